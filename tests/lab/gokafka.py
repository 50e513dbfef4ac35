"""How are Go's Kafka clients tried? By a small program of tests/clients/kafka, built once with modules as go.sum pins them."""

import subprocess
from pathlib import Path

from . import CACHE, ROOT, Unavailable, golang

FOLDER = ROOT / "tests" / "clients" / "kafka"
BINARY = CACHE / "go" / "kafka"


def build() -> Path:
    command = ["go", "build", "-o", str(BINARY), "."]
    try:
        done = subprocess.run(command, cwd=FOLDER, env=golang.with_caches({}), stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise Unavailable("Go's Kafka clients need `go`, which is not installed") from None
    if done.returncode != 0:
        raise Unavailable("Go's Kafka clients could not be built (see the output above)")
    return BINARY
