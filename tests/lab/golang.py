"""How are the registry clients from Go's module proxy tried? By `go test`, with modules as go.sum pins them."""

import json
import os
import re
import shutil
import subprocess

from . import CACHE, ROOT, Unavailable
from .summary import Suite

NAME = "go"
FOLDER = ROOT / "tests" / "clients" / "go"
BINARY = CACHE / "go" / "clients.test"
LEAST_GO = (1, 24)
OUTCOMES = {"pass": "passed", "fail": "failed", "skip": "skipped"}


def prepare() -> None:
    if shutil.which("go") is None:
        raise Unavailable("the clients for Go need `go`, which is not installed")
    version = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, cwd=CACHE.parent).stdout
    if (found := re.match(r"go(\d+)\.(\d+)", version)) and tuple(map(int, found.groups())) < LEAST_GO:
        raise Unavailable(f"the clients for Go need Go {'.'.join(map(str, LEAST_GO))} or newer, this is {version.strip()}")
    print("Building the registry clients for Go ...", flush=True)
    if go({}, "mod", "download") != 0:
        raise Unavailable("the modules of tests/clients/go could not be fetched (see the output above)")


def stories(environment: dict) -> list[Suite]:
    if go(environment, "test", "-c", "-o", str(BINARY)) != 0:
        return [Suite(f"clients {NAME}", failed=1, note="it does not compile")]
    return run("stories", ["-test.skip", "^TestReading"], environment)


def readings(environment: dict) -> list[Suite]:
    return run("readings", ["-test.run", "^TestReading"], environment) if BINARY.exists() else []


def go(environment: dict, *arguments: str) -> int:
    return subprocess.run(
        ["go", *arguments], cwd=FOLDER, env=with_caches(environment), stdin=subprocess.DEVNULL
    ).returncode


def with_caches(environment: dict) -> dict:
    """Nothing is fetched but modules, and all of it lies under .cache/, where it can be removed."""
    return os.environ | environment | {
        "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOMODCACHE": str(CACHE / "go" / "modules"),
        "GOCACHE": str(CACHE / "go" / "build"),
    }


def run(part: str, chosen: list[str], environment: dict) -> list[Suite]:
    """Each test counts, and each of its cases where it has some."""
    command = ["go", "tool", "test2json", "-t", str(BINARY), "-test.v=test2json", *chosen]
    process = subprocess.run(
        command,
        cwd=FOLDER,
        env=with_caches(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    suite = Suite(f"clients {NAME} {part}")
    ended_well = False
    for line in process.stdout.splitlines():
        event = json.loads(line)
        print(event.get("Output", ""), end="", flush=True)
        outcome = OUTCOMES.get(event["Action"])
        if outcome and "Test" in event:
            setattr(suite, outcome, getattr(suite, outcome) + 1)
        elif outcome == "passed":
            ended_well = True
    if not ended_well and not suite.failed:
        suite.failed, suite.note = 1, f"it ended with {process.returncode}"
    return [suite]
