"""How does somebody see the product at work? With an estate that runs: seeded, then written to and read by a dozen applications."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import ROOT, Unavailable, product, python, ui

DEMO = ROOT / "clients" / "ui" / "demo"
HTTP, KAFKA = "127.0.0.1:8081", "127.0.0.1:9092"
# One cluster with the traffic that the seed tells of.
SETTINGS = ("proxy.cluster=harbour",)
START = 60.0


def run(arguments: list[str]) -> int:
    """`arguments`: `--listen` and `--proxy-listen` for other ports, and whatever else `tidegate-server dev` takes."""
    try:
        server = program()
        interpreter = python.environment()
    except Unavailable as missing:
        print(f"The demo is not possible here: {missing}")
        return 1
    if server is None:
        return 1
    url = f"http://{value(arguments, '--listen', HTTP)}"
    bootstrap = value(arguments, "--proxy-listen", KAFKA)
    with tempfile.TemporaryDirectory(prefix="tidegate-demo-") as folder:
        return run_in(Path(folder), server, interpreter, url, bootstrap, arguments)


def program() -> str | None:
    """The server with its UI; one that is there already where TIDEGATE_SERVER_BIN names it."""
    if shutil.which("node") is None:
        raise Unavailable("it needs `node`, which is not installed")
    if given := os.environ.get("TIDEGATE_SERVER_BIN"):
        return given
    ui.prepare()
    return product.build() if ui.build() else None


def run_in(folder: Path, server: str, interpreter: Path, url: str, bootstrap: str, arguments: list[str]) -> int:
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    store = ["--store", f"sqlite://{folder / 'tidegate.db'}"]
    log = folder / "server.log"
    processes: list[subprocess.Popen] = []
    try:
        with log.open("wb") as out:
            command = [server, "dev", *store, *settings, *arguments]
            processes.append(subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, start_new_session=True))
        if not is_ready(url, processes[0]):
            print(f"The server did not start:\n{log.read_text(errors='replace')[-2000:]}")
            return 1
        if subprocess.run(["node", DEMO / "seed.mjs", url]).returncode != 0:
            return 1
        applications = [interpreter, DEMO / "applications.py", url, bootstrap]
        processes.append(subprocess.Popen(applications, start_new_session=True))
        print(f"\nThe estate is running. Look at it: {url}/ui/   (Kafka: {bootstrap}; Ctrl-C ends it all)\n", flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        print("The server ended." if processes[0].poll() is not None else "The applications ended.")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        # Whoever is impatient presses Ctrl-C again; what was started is ended all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for process in reversed(processes):
            end(process)


def is_ready(url: str, process: subprocess.Popen) -> bool:
    """Whether it answers before it ends or we lose patience."""
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    return False


def end(process: subprocess.Popen) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def value(arguments: list[str], name: str, otherwise: str) -> str:
    """What follows a flag, in either way of writing it."""
    for place, argument in enumerate(arguments):
        if argument.startswith(f"{name}="):
            return argument.split("=", 1)[1]
        if argument == name and place + 1 < len(arguments):
            return arguments[place + 1]
    return otherwise
