"""Where do the Kafka clients from PyPI come from? Pinned requirements in a virtual environment under .cache/."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import CACHE, ROOT, Unavailable

REQUIREMENTS = ROOT / "tests" / "python" / "requirements.txt"
VENV = CACHE / "venv"
MADE_WITH = VENV / "made-with.txt"  # Interpreter and requirements, when it was made.


def environment() -> Path:
    """The interpreter of a virtual environment that has exactly the requirements."""
    interpreter = VENV / "bin" / "python"
    wanted = f"{sys.version}\n{VENV}\n{REQUIREMENTS.read_text()}"
    if MADE_WITH.exists() and MADE_WITH.read_text() == wanted:
        return interpreter
    print("Fetching the Kafka clients for Python ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", VENV],
        "a virtual environment can't be made (on Debian: apt-get install python3-venv)",
    )
    install = [interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", REQUIREMENTS]
    run(install, "pip could not install tests/python/requirements.txt (see its output above)")
    MADE_WITH.write_text(wanted)
    return interpreter


def run(command: list, otherwise: str) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise Unavailable(otherwise)
