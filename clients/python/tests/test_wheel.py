"""Does what is built install elsewhere, and is all in it that should be?"""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent
LOOK = """
import importlib.metadata as metadata, importlib.resources as resources, sys
import tidegate
assert tidegate.__file__.startswith(sys.prefix), tidegate.__file__
assert metadata.version("tidegate") == tidegate.__version__
assert resources.files("tidegate").joinpath("py.typed").is_file()
[plugin] = [found for found in metadata.entry_points(group="pytest11") if found.name == "tidegate"]
assert plugin.value == "pytest_tidegate"
needs = [need for need in metadata.requires("tidegate") if "extra ==" not in need]
assert len(needs) == 1 and needs[0].startswith("httpx"), needs
tidegate.Client("http://127.0.0.1:8081").close()
print("looked")
"""
QUIET = "import sys, pytest_tidegate; assert 'httpx' not in sys.modules and 'tidegate' not in sys.modules"


def run(*command: object, where: Path = PACKAGE) -> str:
    line = [str(part) for part in command]
    outcome = subprocess.run(line, capture_output=True, text=True, check=False, cwd=where, stdin=subprocess.DEVNULL)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The interpreter of a new environment that has the wheel, what it needs, and pytest."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    [wheel] = folder.glob("tidegate-*-py3-none-any.whl")
    run(sys.executable, "-m", "venv", folder / "fresh")
    python = folder / "fresh" / "bin" / "python"
    options = ["--quiet", "--disable-pip-version-check", "--constraint", PACKAGE / "requirements.txt"]
    run(python, "-m", "pip", "install", *options, wheel, "pytest")
    return python


def test_it_can_be_imported(installed):
    assert run(installed, "-I", "-c", LOOK, where=installed.parent) == "looked\n"


def test_pytest_finds_the_plugin(installed):
    assert "tidegate_schemas" in run(installed, "-I", "-m", "pytest", "--help", where=installed.parent)


def test_who_has_no_schemas_does_not_wait_for_us(installed):
    run(installed, "-I", "-c", QUIET, where=installed.parent)
