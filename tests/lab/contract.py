"""Does the server keep what openapi.yaml promises, whatever it is asked? Schemathesis asks, guided by the contract."""

import json
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from . import CACHE, ROOT, Unavailable, junit, python
from .server import Server
from .summary import Report

NAME = "contract openapi.yaml"
FOLDER = ROOT / "tests" / "contract"
OUTCOME = CACHE / "contract.xml"

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long", "confluent:tags": ["PII"]}]}
WITH_NOTE = ORDER | {"fields": [*ORDER["fields"], {"name": "note", "type": "string", "default": ""}]}
FURNITURE = [
    ("/subjects/orders-value/versions", {"schema": json.dumps(ORDER), "metadata": {"properties": {"owner": "shop"}}}),
    ("/subjects/orders-value/versions", {"schema": json.dumps(WITH_NOTE)}),
    ("/subjects/:.staging:orders-value/versions", {"schema": json.dumps(ORDER)}),
    ("/subjects/payments-value/versions", {"schemaType": "JSON", "schema": '{"type": "object"}'}),
    (
        "/subjects/clicks-value/versions",
        {"schemaType": "PROTOBUF", "schema": 'syntax = "proto3"; message Click { string page = 1; }'},
    ),
]


def test(report: Report, server: Path) -> None:
    try:
        interpreter = python.environment(FOLDER / "requirements.txt", CACHE / "contract-venv")
    except Unavailable as missing:
        report.skip(NAME, missing)
        return
    OUTCOME.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="tidegate-contract-") as folder:
        # One of the questions is for a token, and after that nobody would be let in without one.
        registry = Server(server, Path(folder), {"auth": {"anonymous": "admin"}}).start()
        try:
            furnish(registry.url)
            code = ask(interpreter, registry.url, Path(folder))
            if not registry.is_ready():
                report.fail(NAME, "the server did not survive")
        finally:
            registry.stop()
    suites = junit.read(OUTCOME, NAME)
    for suite in suites:
        report.add(suite)
    if code != 0 and not any(suite.failed for suite in suites):
        report.fail(NAME, f"schemathesis ended with {code}")


def furnish(url: str) -> None:
    """What the examples of the contract speak of, so that questions are also about what is there."""
    for path, body in FURNITURE:
        request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10):
            pass


def ask(interpreter: Path, url: str, folder: Path) -> int:
    contract = folder / "contract.json"
    written = subprocess.run(
        [interpreter, FOLDER / "explicit.py", ROOT / "openapi.yaml", contract], stdin=subprocess.DEVNULL
    )
    if written.returncode != 0:
        return written.returncode
    # Reproducible: the same questions on every run, until the contract or the tool changes.
    command = [interpreter.parent / "schemathesis", "--config-file", FOLDER / "schemathesis.toml", "run", contract]
    options = ["--url", url, "--seed", "1", "--no-color", "--report", "junit", "--report-junit-path", OUTCOME]
    return subprocess.run([*command, *options], cwd=folder, stdin=subprocess.DEVNULL).returncode
