"""How are the end-to-end tests run? pytest in its own environment; counts per file from its JUnit report."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

from . import CACHE, ROOT, Unavailable, kafka, python
from .summary import Report, Suite

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
    code = subprocess.run(command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL).returncode
    suites = read(OUTCOME, "end-to-end") if OUTCOME.exists() else []
    for suite in suites:
        report.add(suite)
    if code != 0 and not any(suite.failed for suite in suites):
        report.fail("end-to-end on Apache Kafka", f"pytest ended with {code}")


def read(file: Path, prefix: str) -> list[Suite]:
    """One suite per class of the JUnit report's cases."""
    suites: dict[str, Suite] = defaultdict(lambda: Suite(""))
    for case in ElementTree.parse(file).iter("testcase"):
        name = case.get("classname", "").split(".")[-1]
        suite = suites[name]
        suite.name = f"{prefix} {name}".rstrip()
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            suite.failed += 1
        elif "skipped" in kinds:
            suite.skipped += 1
        else:
            suite.passed += 1
    return list(suites.values())
