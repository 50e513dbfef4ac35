"""How are the registry clients from PyPI tried? By pytest, in the same environment as the end-to-end tests."""

import subprocess

from . import CACHE, ROOT, junit, python
from .summary import Suite

NAME = "python"
FOLDER = ROOT / "tests" / "python"
OUTCOME = CACHE / "clients-python.xml"


def prepare() -> None:
    python.environment()


def stories(environment: dict) -> list[Suite]:
    return run(["clients"], environment)


def readings(environment: dict) -> list[Suite]:
    return run(["clients/read_shelf.py"], environment)


def run(what: list[str], environment: dict) -> list[Suite]:
    OUTCOME.unlink(missing_ok=True)
    command = [python.environment(), "-m", "pytest", f"--junitxml={OUTCOME}", *what]
    code = subprocess.run(command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL).returncode
    suites = junit.read(OUTCOME, f"clients {NAME}")
    if code != 0 and not any(suite.failed for suite in suites):
        suites.append(Suite(f"clients {NAME}", failed=1, note=f"pytest ended with {code}"))
    return suites
