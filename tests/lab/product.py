"""How does somebody try the product? Build it, and start everything on this machine."""

import os
import subprocess
import tempfile
from pathlib import Path

from . import ROOT, Unavailable, cargo, kafka, ui

PROFILE = "quick"


def run(with_kafka: bool, arguments: list[str]) -> int:
    ui.build_if_possible()
    server = build()
    if server is None:
        return 1
    os.chdir(ROOT)
    if not with_kafka:
        os.execv(server, [server, "dev", *arguments])
    return run_with_kafka(server, arguments)


def build() -> str | None:
    """The server's program; `None` if it could not be built."""
    print("Building tidegate-server (a first build takes some minutes) ...", flush=True)
    if cargo.run("build", "--locked", "--profile", PROFILE, "--package", "tidegate-server") != 0:
        return None
    return str(cargo.target() / PROFILE / "tidegate-server")


def run_with_kafka(server: str, arguments: list[str]) -> int:
    try:
        kafka.fetch()
    except Unavailable as missing:
        print(f"KAFKA=1 is not possible here: {missing}")
        return 1
    with tempfile.TemporaryDirectory(prefix="tidegate-kafka-") as folder:
        print("Starting Apache Kafka ...", flush=True)
        node = kafka.Kafka(Path(folder)).start()
        try:
            return wait(subprocess.Popen([server, "dev", "--brokers", node.bootstrap, *arguments]))
        finally:
            node.stop()


def wait(process: subprocess.Popen) -> int:
    """Until it ends by itself. Ctrl-C reaches it directly; the signal that reaches only us is passed on."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
        except SystemExit:
            process.terminate()
