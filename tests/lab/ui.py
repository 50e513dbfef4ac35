"""How is the stewards' UI built and tried? By npm, in clients/ui; its flows run in Chromium before the real server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import CACHE, ROOT, Unavailable, junit
from .summary import Report, Suite

FOLDER = ROOT / "clients" / "ui"
FETCHED = CACHE / "ui-fetched-with.json"  # The lock file that the packages were fetched with.
LEAST_NODE = (20, 19)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def prepare() -> None:
    """Has the packages there that the lock file pins, or raises `Unavailable`."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Unavailable(f"the UI needs `{tool}`, which is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    found = re.match(r"v(\d+)\.(\d+)", version)
    if (int(found[1]), int(found[2])) < LEAST_NODE:
        raise Unavailable(f"the UI needs Node.js {'.'.join(map(str, LEAST_NODE))} or newer, this is {version}")
    lock = (FOLDER / "package-lock.json").read_text()
    if (FOLDER / "node_modules").exists() and FETCHED.exists() and FETCHED.read_text() == lock:
        return
    print("Fetching what the UI is made of ...", flush=True)
    if npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error") != 0:
        raise Unavailable("npm could not install what clients/ui pins (see its output above)")
    FETCHED.parent.mkdir(parents=True, exist_ok=True)
    FETCHED.write_text(lock)


def build() -> bool:
    """Builds it into clients/ui/dist, from where the server's next build takes it; not again if nothing has changed."""
    built = FOLDER / "dist" / "app" / "index.html"
    sources = [file for part in ("src", "public", "scripts") for file in (FOLDER / part).rglob("*") if file.is_file()]
    sources += [file for file in FOLDER.iterdir() if file.is_file()]
    if built.exists() and all(file.stat().st_mtime <= built.stat().st_mtime for file in sources):
        return True
    print("Building the UI ...", flush=True)
    return npm("run", "--silent", "build") == 0


def build_if_possible(report: Report | None = None) -> bool:
    """For those who can do without. Says why not, where it is not possible."""
    try:
        prepare()
    except Unavailable as missing:
        if report is None:
            print(f"The server is built without its UI: {missing}", flush=True)
        else:
            report.skip("ui", missing)
        return False
    if build():
        return True
    if report is not None:
        report.fail("ui build", "npm run build")
    return False


def test(report: Report, server: Path) -> None:
    """After `build_if_possible`, and with a server that was built after it."""
    step(report, "ui units", "test", {})
    try:
        environment = {"CHROMIUM": browser(), "TIDEGATE_SERVER_BIN": str(server)}
    except Unavailable as missing:
        report.skip("ui flows", missing)
        return
    step(report, "ui flows", "test:flows", environment)


def step(report: Report, name: str, script: str, environment: dict) -> None:
    outcome = CACHE / f"{name.replace(' ', '-')}.xml"
    outcome.unlink(missing_ok=True)
    reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={outcome}"]
    code = npm("run", "--silent", script, "--", *reporters, environment=environment)
    total = Suite(name)
    for suite in junit.read(outcome, name):
        total.passed += suite.passed
        total.failed += suite.failed
        total.skipped += suite.skipped
    if code != 0 and not total.failed:
        total.failed, total.note = 1, f"npm run {script} ended with {code}"
    report.add(total)


def lint(report: Report) -> None:
    try:
        prepare()
    except Unavailable as missing:
        report.skip("lint ui", missing)
        return
    for name, script in (("ui format", "lint"), ("ui types", "check")):
        print(f"\n=== {name}: npm run {script}", flush=True)
        if npm("run", "--silent", script) == 0:
            report.add(Suite(f"lint {name}", passed=1))
        else:
            report.fail(f"lint {name}", f"npm run {script}")


def browser() -> str:
    """A Chromium; on Debian one is installed if we may."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium ...", flush=True)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"]
        if subprocess.run(install, env=environment, **quiet).returncode == 0 and (found := shutil.which("chromium")):
            return found
    raise Unavailable("the flows of the UI need Chromium, which is not installed")


def npm(*arguments: str, environment: dict | None = None) -> int:
    command = ["npm", *arguments]
    return subprocess.run(command, cwd=FOLDER, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL).returncode
