"""How are the action for GitHub, the template for GitLab and the hook tried? Their scripts are run, with a server for downloads here."""

import os
import subprocess
from pathlib import Path

from . import CACHE, ROOT, Unavailable, junit, python
from .summary import Report, Suite

NAME = "action"
FOLDER = ROOT / "clients" / "action"
OUTCOME = CACHE / "action.xml"


def test(report: Report, binary: Path) -> None:
    """With a binary that only notes what it is asked, and with the real one where it was built."""
    try:
        interpreter = python.environment(FOLDER / "requirements.txt", CACHE / "action-venv")
    except Unavailable as missing:
        report.skip(NAME, missing)
        return
    run(report, interpreter, binary)


def run(report: Report, interpreter: Path, binary: Path) -> None:
    print("\n=== clients/action", flush=True)
    OUTCOME.unlink(missing_ok=True)
    command = [interpreter, "-m", "pytest", "-q", f"--junitxml={OUTCOME}"]
    environment = os.environ | ({"TIDEGATE_BIN": str(binary)} if binary.exists() else {})
    code = subprocess.run(command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL).returncode
    suites = junit.read(OUTCOME, NAME)
    for suite in suites:
        report.add(suite)
    if code != 0 and not any(suite.failed for suite in suites):
        report.add(Suite(NAME, failed=1, note=f"pytest ended with {code}"))
