"""Which CPythons are on this machine? Those on the PATH, of pyenv and of uv; each is asked what it is before it is believed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ASK = "import platform, sys; print(platform.python_implementation(), *sys.version_info[:2], sep=' ')"


def find(version: str) -> Path | None:
    """A CPython of this version, such as 3.12. Shims that lead nowhere don't count."""
    return next((path for path in candidates(version) if is_one(path, version)), None)


def candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    for found in sorted((pyenv() / "versions").glob(f"{version}.*/bin/python{version}")):
        yield found
    if uv := shutil.which("uv"):
        told = ask([uv, "python", "find", "--offline", "--system", version])
        if told:
            yield Path(told)


def pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def is_one(path: Path, version: str) -> bool:
    return ask([path, "-I", "-c", ASK]) == f"CPython {version.replace('.', ' ')}"


def ask(command: list) -> str | None:
    """What it prints, or None if it can't be run or fails."""
    try:
        outcome = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return outcome.stdout.strip() if outcome.returncode == 0 else None
