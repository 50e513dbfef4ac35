"""How are the benchmarks run? Kernels by criterion, paths by the system bench; both on release builds."""

import os

from . import cargo


def run(is_quick: bool) -> int:
    if cargo.run("build", "--locked", "--release", "--package", "tidegate-server") != 0:
        return 1
    server = cargo.target() / "release" / "tidegate-server"
    environment = {"TIDEGATE_SERVER_BIN": os.environ.get("TIDEGATE_SERVER_BIN", str(server))}
    mode = ["--", "--quick"] if is_quick else []
    return cargo.run(
        "bench", "--locked", "--package", "tidegate-tests", "--bench", "throughput", *mode, environment=environment
    )
