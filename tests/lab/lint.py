"""Is the code in order? Format, clippy, documentation, licences and sources; each step counts as one test."""

import os
import shutil
from pathlib import Path

from . import CACHE, cargo, ui
from .summary import Report, Suite

DENY_VERSION = "0.20.2"
TOOLS = CACHE / "tools"

STEPS = {
    "fmt": ["fmt", "--all", "--check"],
    "clippy": ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"],
    "doc": ["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"],
}


def check(report: Report) -> None:
    for name, arguments in STEPS.items():
        step(report, name, arguments, {"RUSTDOCFLAGS": "-D warnings"})
    ui.lint(report)
    deny(report)


def step(report: Report, name: str, arguments: list[str], environment: dict) -> None:
    print(f"\n=== {name}: cargo {' '.join(arguments)}", flush=True)
    if cargo.run(*arguments, environment=environment) == 0:
        report.add(Suite(f"lint {name}", passed=1))
    else:
        report.fail(f"lint {name}", f"cargo {' '.join(arguments)}")


def deny(report: Report) -> None:
    """Licences, duplicates and sources need no network; the database of advisories does."""
    tool = cargo_deny()
    if tool is None:
        report.skip("lint deny", "cargo-deny could not be installed")
        return
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "GIT_TERMINAL_PROMPT": "0"}
    step(
        report,
        "deny",
        ["deny", "--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"],
        environment,
    )
    if cargo.run("deny", "--workspace", "fetch", "db", environment=environment) == 0:
        step(report, "advisories", ["deny", "--workspace", "check", "advisories"], environment)
    else:
        report.skip("lint advisories", "the RustSec advisory database can't be fetched from here")


def cargo_deny() -> Path | None:
    """The machine's cargo-deny, or one built once under .cache/."""
    if found := shutil.which("cargo-deny"):
        return Path(found)
    tool = TOOLS / "bin" / "cargo-deny"
    if not tool.exists():
        print(f"\n=== building cargo-deny {DENY_VERSION} once, into .cache/tools", flush=True)
        cargo.run(
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "--root",
            str(TOOLS),
            f"cargo-deny@{DENY_VERSION}",
            environment={"CARGO_PROFILE_DEV_DEBUG": "false", "CARGO_TARGET_DIR": str(TOOLS / "target")},
        )
        shutil.rmtree(TOOLS / "target", ignore_errors=True)
    return tool if tool.exists() else None
