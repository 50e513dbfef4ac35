"""How are the benchmarks run? Kernels by criterion, paths by the system bench; both on release builds."""

import os

from . import cargo

SYSTEM = "throughput"


def run(is_quick: bool) -> int:
    if cargo.run("build", "--locked", "--release", "--package", "tidegate-server") != 0:
        return 1
    server = cargo.target() / "release" / "tidegate-server"
    environment = {"TIDEGATE_SERVER_BIN": os.environ.get("TIDEGATE_SERVER_BIN", str(server))}
    mode = ["--", "--quick"] if is_quick else []
    codes = [
        cargo.run("bench", "--locked", "--package", package, "--bench", name, *mode, environment=environment)
        for package, name in benches()
    ]
    return max(codes, default=1)


def benches() -> list[tuple[str, str]]:
    """Package and name of each; the system bench is the last."""
    packages = cargo.metadata()["packages"]
    found = [
        (package["name"], target["name"]) for package in packages for target in package["targets"] if is_bench(target)
    ]
    return sorted(found, key=lambda bench: (bench[1] == SYSTEM, bench))


def is_bench(target: dict) -> bool:
    return target["kind"] == ["bench"]
