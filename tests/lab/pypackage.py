"""How is our package for Python tried? On each CPython that it promises and that is here; types and form on the newest."""

import os
import subprocess
from pathlib import Path

from . import CACHE, ROOT, Unavailable, interpreters, junit, python
from .summary import Report, Suite

FOLDER = ROOT / "clients" / "python"
REQUIREMENTS = FOLDER / "requirements.txt"
STATIC = {
    "types": ["mypy"],
    "format": ["ruff", "format", "--check"],
    "lint": ["ruff", "check"],
}


def test(report: Report, server: Path) -> None:
    newest = None
    for version in interpreters.VERSIONS:
        name = f"python {version}"
        found = interpreters.find(version)
        if found is None:
            report.skip(name, f"there is no CPython {version} here")
            continue
        try:
            newest = environment(version, found)
        except Unavailable as missing:
            report.skip(name, missing)
            continue
        on_one(report, name, newest, server)
    if newest is not None:
        static(report, newest)


def environment(version: str, interpreter: Path) -> Path:
    return python.environment(REQUIREMENTS, CACHE / f"python-{version}", interpreter)


def on_one(report: Report, name: str, interpreter: Path, server: Path) -> None:
    print(f"\n=== clients/python on {name}", flush=True)
    outcome = CACHE / f"{name.replace(' ', '-')}.xml"
    outcome.unlink(missing_ok=True)
    command = [interpreter, "-m", "pytest", "-q", f"--junitxml={outcome}"]
    where = {"TIDEGATE_SERVER_BIN": str(server)}
    code = subprocess.run(command, cwd=FOLDER, env=os.environ | where, stdin=subprocess.DEVNULL).returncode
    total = Suite(name)
    for suite in junit.read(outcome, name):
        total.passed += suite.passed
        total.failed += suite.failed
        total.skipped += suite.skipped
    if code != 0 and not total.failed:
        total.failed, total.note = 1, f"pytest ended with {code}"
    report.add(total)


def static(report: Report, interpreter: Path) -> None:
    for name, command in STATIC.items():
        print(f"\n=== clients/python: {' '.join(command)}", flush=True)
        line = [interpreter, "-m", *command]
        if subprocess.run(line, cwd=FOLDER, stdin=subprocess.DEVNULL).returncode == 0:
            report.add(Suite(f"python {name}", passed=1))
        else:
            report.fail(f"python {name}", " ".join(command))


def wheel() -> int:
    """Builds it into clients/python/dist."""
    for version in reversed(interpreters.VERSIONS):
        if found := interpreters.find(version):
            break
    else:
        print(f"no CPython {' or '.join(interpreters.VERSIONS)} is here")
        return 1
    try:
        builder = environment(version, found)
    except Unavailable as missing:
        print(missing)
        return 1
    command = [builder, "-m", "hatchling", "build", "--target", "wheel"]
    return subprocess.run(command, cwd=FOLDER, stdin=subprocess.DEVNULL).returncode
