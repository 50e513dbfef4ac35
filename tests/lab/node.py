"""How are the registry clients from npm tried? By node's own test runner, with packages as the lock file pins them."""

import re
import shutil
import subprocess

from . import CACHE, ROOT, Unavailable, junit
from .summary import Suite

NAME = "javascript"
FOLDER = ROOT / "tests" / "clients" / "javascript"
PACKAGES = CACHE / "node"
FETCHED = PACKAGES / "fetched-with.json"  # The lock file that the packages were fetched with.
OUTCOME = CACHE / "clients-javascript.xml"
LEAST_NODE = 20


def prepare() -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Unavailable(f"the clients for JavaScript need `{tool}`, which is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(re.match(r"v(\d+)", version)[1]) < LEAST_NODE:
        raise Unavailable(f"the clients for JavaScript need Node.js {LEAST_NODE} or newer, this is {version}")
    lock = (FOLDER / "package-lock.json").read_text()
    if FETCHED.exists() and FETCHED.read_text() == lock:
        return
    print("Fetching the registry clients for JavaScript ...", flush=True)
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / file, PACKAGES)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(install, cwd=PACKAGES, stdin=subprocess.DEVNULL).returncode != 0:
        raise Unavailable("npm could not install what tests/clients/javascript pins (see its output above)")
    FETCHED.write_text(lock)


def stories(environment: dict) -> list[Suite]:
    return [run(file.name, environment) for file in sorted(FOLDER.glob("*.test.js"))]


def readings(environment: dict) -> list[Suite]:
    return [run("read-shelf.js", environment)]


def run(file: str, environment: dict) -> Suite:
    """One file of tests; node's report knows no classes, so that all of it is one suite."""
    OUTCOME.unlink(missing_ok=True)
    reports = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
    reports += ["--test-reporter=junit", f"--test-reporter-destination={OUTCOME}"]
    command = ["node", *reports, "--test", file]
    environment = environment | {"NODE_PATH": str(PACKAGES / "node_modules")}
    code = subprocess.run(command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL).returncode
    total = Suite(f"clients {NAME} {file.removesuffix('.js').removesuffix('.test')}")
    for suite in junit.read(OUTCOME, ""):
        total.passed += suite.passed
        total.failed += suite.failed
        total.skipped += suite.skipped
    if code != 0 and not total.failed:
        total.failed, total.note = 1, f"node ended with {code}"
    return total
