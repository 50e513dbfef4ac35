"""How does a server process live? Started with a log, waited for, ended by its own process id."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class Daemon:
    """A child process that runs until it is stopped."""

    def __init__(self, name: str, command: Sequence[str], log: Path, **options):
        self.name, self.log = name, log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end our children ourselves, in order.
                **options,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.is_running():
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} was not ready within {seconds:.0f} s:\n{self.tail()}")
            time.sleep(0.1)

    def stop(self, grace: float = 20, how: int = signal.SIGTERM) -> float:
        """Asks it to end, insists after `grace` seconds, and tells how long it took."""
        asked = time.monotonic()
        if self.is_running():
            self.process.send_signal(how)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - asked

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
