"""How is the product run as its users run it? The real binary, on free ports, in a folder of its own."""

import json
import urllib.error
import urllib.request
from pathlib import Path

from .daemon import Daemon
from .ports import free_block, free_port


class Server:
    """`tidegate-server` with its registry at `url` and its proxy at `bootstrap`."""

    def __init__(self, binary: Path, folder: Path, config: dict | None = None, command: str = "serve"):
        folder.mkdir(parents=True, exist_ok=True)
        http, kafka = free_port(), free_block(6)
        self.url, self.bootstrap = f"http://127.0.0.1:{http}", f"127.0.0.1:{kafka}"
        self.ports = range(kafka, kafka + 6)
        self.folder, self.log = folder, folder / "server.log"
        self.file = folder / "tidegate-server.yaml"
        self.file.write_text(json.dumps(self._complete(config or {}, http, kafka), indent=2))  # JSON is YAML.
        self.command = [binary, command, "--config", self.file]
        self.daemon: Daemon | None = None

    def start(self, seconds: float = 30) -> "Server":
        self.daemon = Daemon("tidegate-server", self.command, self.log, cwd=self.folder)
        try:
            self.daemon.wait_until(self.is_ready, seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, **options) -> float:
        return self.daemon.stop(**options) if self.daemon else 0

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _complete(self, config: dict, http: int, kafka: int) -> dict:
        """The given settings, with ports and a database of our own where they name none."""
        defaults = {
            "http": {"listen": f"127.0.0.1:{http}"},
            "store": {"url": f"sqlite://{self.folder / 'tidegate.db'}"},
            "proxy": {"listen": f"127.0.0.1:{kafka}"},
        }
        sections = defaults.keys() | config.keys()
        return {section: defaults.get(section, {}) | config.get(section, {}) for section in sorted(sections)}
