"""How are the end-to-end tests run? pytest in its own environment; counts per file from its JUnit report."""

import os
import subprocess
from pathlib import Path

from . import CACHE, ROOT, Unavailable, flink, junit, kafka, python
from .summary import Report

FOLDER = ROOT / "tests" / "python"
OUTCOME = CACHE / "e2e.xml"


def test(report: Report, server: Path, arguments: list[str] = ()) -> None:
    try:
        interpreter = python.environment()
        kafka.fetch()
    except Unavailable as missing:
        report.skip("end-to-end on Apache Kafka", missing)
        return
    OUTCOME.unlink(missing_ok=True)
    command = [interpreter, "-m", "pytest", f"--junitxml={OUTCOME}", *arguments]
    environment = os.environ | {"TIDEGATE_SERVER_BIN": str(server)}
    try:
        interpreter, jars = flink.fetch()
        environment |= {"TIDEGATE_FLINK_PYTHON": str(interpreter), "TIDEGATE_FLINK_JARS": str(jars)}
    except Unavailable as missing:
        report.skip("a job of PyFlink, end to end", missing)
        command.append("--ignore=e2e/test_flink.py")
    code = subprocess.run(command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL).returncode
    suites = junit.read(OUTCOME, "end-to-end")
    for suite in suites:
        report.add(suite)
    if code != 0 and not any(suite.failed for suite in suites):
        report.fail("end-to-end on Apache Kafka", f"pytest ended with {code}")

