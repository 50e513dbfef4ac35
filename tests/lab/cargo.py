"""How is the Rust part built and tested? One build for all of it, and counts read from what the tests print."""

import json
import os
import re
import subprocess
from pathlib import Path

from . import ROOT
from .summary import Report, Suite

RUNNING = re.compile(r"^\s+Running (?:unittests )?(?P<source>\S+) \((?P<binary>\S+)\)")
DOC_TESTS = re.compile(r"^\s+Doc-tests (?P<crate>\S+)")
RESULT = re.compile(r"^test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed; (?P<ignored>\d+) ignored")
HASH = re.compile(r"-[0-9a-f]{16}$")


class BuildFailed(Exception):
    """The compiler has said why."""


def run(*arguments: str, environment: dict | None = None) -> int:
    """Cargo, with its output on ours."""
    command = ["cargo", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL).returncode


def target() -> Path:
    return Path(metadata()["target_directory"])


def metadata() -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    return json.loads(
        subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    )


def build_for_tests() -> Path:
    """Builds every library, binary and test in one go, so that each dependency is built once. Returns the server."""
    if run("build", "--locked", "--workspace", "--lib", "--bins", "--tests") != 0:
        raise BuildFailed("cargo build --workspace --bins --tests")
    return target() / "debug" / "tidegate-server"


def test(report: Report, environment: dict) -> None:
    """Runs every Rust test and adds a suite per crate and test file."""
    command = ["cargo", "test", "--locked", "--workspace", "--no-fail-fast"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    suites = Suites(owners())
    for line in process.stdout:
        print(line, end="", flush=True)
        suites.read(line)
    code = process.wait()
    for suite in suites.finished():
        report.add(suite)
    if code != 0 and not any(suite.failed for suite in report.suites):
        report.fail("cargo test", f"ended with {code}, see its output")


def owners() -> dict[str, str]:
    """The crate that each test binary belongs to."""
    names = {}
    for package in metadata()["packages"]:
        for built in package["targets"]:
            names[built["name"].replace("-", "_")] = package["name"]
    return names


class Suites:
    """Reads `cargo test`'s output line by line."""

    def __init__(self, owners: dict[str, str]):
        self.owners = owners
        self.suites: list[Suite] = []
        self.is_open = False

    def read(self, line: str) -> None:
        if match := RUNNING.match(line):
            target = HASH.sub("", Path(match["binary"]).name)
            self._begin(f"{self.owners.get(target, target)} {match['source']}")
        elif match := DOC_TESTS.match(line):
            self._begin(f"{self.owners.get(match['crate'], match['crate'])} doc-tests")
        elif (match := RESULT.match(line)) and self.suites:
            suite = self.suites[-1]
            suite.passed += int(match["passed"])
            suite.failed += int(match["failed"])
            suite.skipped += int(match["ignored"])
            self.is_open = False

    def finished(self) -> list[Suite]:
        self._close()
        return [suite for suite in self.suites if suite.passed or suite.failed or suite.skipped]

    def _begin(self, name: str) -> None:
        self._close()
        self.suites.append(Suite(name))
        self.is_open = True

    def _close(self) -> None:
        """A suite that began and gave no result was cut short."""
        if self.is_open:
            self.suites[-1].failed += 1
            self.suites[-1].note = "ended without a result"
            self.is_open = False
