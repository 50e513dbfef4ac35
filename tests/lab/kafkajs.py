"""How is kafkajs tried? By a small program of tests/clients/kafkajs, with the package as its lock file pins it."""

import os
import shutil
import subprocess

from . import CACHE, ROOT, Unavailable

FOLDER = ROOT / "tests" / "clients" / "kafkajs"
PACKAGES = CACHE / "kafkajs"
FETCHED = PACKAGES / "fetched-with.json"  # The lock file that the package was fetched with.


def prepare() -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Unavailable(f"kafkajs needs `{tool}`, which is not installed")
    lock = (FOLDER / "package-lock.json").read_text()
    if FETCHED.exists() and FETCHED.read_text() == lock:
        return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / file, PACKAGES)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(install, cwd=PACKAGES, stdin=subprocess.DEVNULL).returncode != 0:
        raise Unavailable("npm could not install what tests/clients/kafkajs pins (see its output above)")
    FETCHED.write_text(lock)


def environment() -> dict:
    return os.environ | {"NODE_PATH": str(PACKAGES / "node_modules")}
