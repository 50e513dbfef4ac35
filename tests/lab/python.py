"""Where do packages from PyPI come from? Pinned requirements in a virtual environment under .cache/."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import CACHE, ROOT, Unavailable

REQUIREMENTS = ROOT / "tests" / "python" / "requirements.txt"
VENV = CACHE / "venv"


def environment(requirements: Path = REQUIREMENTS, venv: Path = VENV, base: Path | None = None) -> Path:
    """The interpreter of a virtual environment that has exactly the requirements; made with `base`, or as we were."""
    interpreter = venv / "bin" / "python"
    made_with = venv / "made-with.txt"  # Interpreter and requirements, when it was made.
    wanted = f"{base or sys.version}\n{venv}\n{requirements.read_text()}"
    if made_with.exists() and made_with.read_text() == wanted:
        return interpreter
    name = requirements.relative_to(ROOT)
    print(f"Fetching what {name} lists ...", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    run(
        [base or sys.executable, "-m", "venv", venv],
        "a virtual environment can't be made (on Debian: apt-get install python3-venv)",
    )
    install = [interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements]
    run(install, f"pip could not install {name} (see its output above)")
    made_with.write_text(wanted)
    return interpreter


def run(command: list, otherwise: str) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise Unavailable(otherwise)
