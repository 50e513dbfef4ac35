"""How are the benchmarks run? Kernels by criterion, paths by the system benches; both on release builds."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from . import ROOT, Unavailable, cargo, kafka, python
from .postgres import DURABLE, Postgres

SYSTEM = ["declared", "hostile", "lineage", "reads", "registrations", "throughput", "validation"]


def run(is_quick: bool) -> int:
    if cargo.run("build", "--locked", "--release", "--package", "tidegate-server") != 0:
        return 1
    server = cargo.target() / "release" / "tidegate-server"
    environment = {"TIDEGATE_SERVER_BIN": os.environ.get("TIDEGATE_SERVER_BIN", str(server))}
    mode = ["--", "--quick"] if is_quick else []
    with database() as url:
        environment |= {"TIDEGATE_BENCH_POSTGRES": url, "TIDEGATE_TEST_POSTGRES": url} if url else {}
        codes = [
            cargo.run("bench", "--locked", "--package", package, "--bench", name, *mode, environment=environment)
            for package, name in benches()
        ]
    codes.append(clients(environment, ["--quick"] if is_quick else []))
    return max(codes, default=1)


def clients(environment: dict[str, str], mode: list[str]) -> int:
    """Real clients before a real Kafka, where they can be had."""
    try:
        interpreter = python.environment()
        kafka.fetch()
    except Unavailable as reason:
        print(f"The benches run without real clients: {reason}")
        return 0
    script = ROOT / "tests" / "python" / "bench_clients.py"
    return subprocess.run([interpreter, script, *mode], env=os.environ | environment, stdin=subprocess.DEVNULL).returncode


@contextmanager
def database() -> Iterator[str | None]:
    """A PostgreSQL that loses nothing, where one can be had."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        try:
            postgres = Postgres(Path(folder) / "postgres", DURABLE).start()
        except Unavailable as reason:
            print(f"The benches run without PostgreSQL: {reason}")
            yield None
            return
        try:
            yield postgres.url
        finally:
            postgres.stop()


def benches() -> list[tuple[str, str]]:
    """Package and name of each; the system benches are the last."""
    packages = cargo.metadata()["packages"]
    found = [
        (package["name"], target["name"]) for package in packages for target in package["targets"] if is_bench(target)
    ]
    return sorted(found, key=lambda bench: (bench[1] in SYSTEM, bench))


def is_bench(target: dict) -> bool:
    return target["kind"] == ["bench"]
