"""How is the command line tool built to be given away? As one static file, which has to stay small."""

import subprocess

from . import cargo

TARGET = "x86_64-unknown-linux-musl"
# Whoever fetches it in a pipeline may fetch it each time.
MOST = 12_000_000


def build() -> int:
    """Builds it, and fails where it is larger than it may be."""
    command = ["build", "--locked", "--profile", "dist", "--package", "tidegate-cli", "--target", TARGET]
    if cargo.run(*command) != 0:
        print(f"It takes the target, `rustup target add {TARGET}`, and a C compiler for it, package musl-tools.")
        return 1
    binary = cargo.target() / TARGET / "dist" / "tidegate"
    size = binary.stat().st_size
    print(f"{binary} has {size:,} bytes, and may have {MOST:,}.", flush=True)
    if size > MOST:
        print("It is too large: `cargo tree` tells what came along, docs/benchmarks.md how the room is used.")
        return 1
    return subprocess.run([binary, "--version"], stdin=subprocess.DEVNULL).returncode
