"""How are the registry clients of other people tried? All against one registry, where each reads what the others wrote."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import Unavailable, golang, java, node, pyclients
from .server import Server
from .summary import Report, Suite

# Records that a rule sends to a topic for dead letters are JSON; no schema tells how.
CONFIG = {"proxy": {"policies": [{"topics": "checked.*"}]}}


class Language(Protocol):
    """The clients of one language: a module of this folder."""

    NAME: str

    def prepare(self) -> None:
        """Fetches and builds what is needed, or raises `Unavailable`."""

    def stories(self, environment: dict) -> list[Suite]:
        """Each client for itself; what it writes it lays on the shelf."""

    def readings(self, environment: dict) -> list[Suite]:
        """Each client reads all that lies on the shelf."""


LANGUAGES: list[Language] = [pyclients, node, golang, java]


@dataclass(frozen=True)
class Place:
    """Where the clients find the registry, and the shelf on which they lay what they write."""

    server: Server
    shelf: Path

    @property
    def environment(self) -> dict:
        return os.environ | {
            "TIDEGATE_URL": self.server.url,
            "TIDEGATE_BROKERS": self.server.bootstrap,
            "TIDEGATE_SHELF": str(self.shelf),
        }


def test(report: Report, binary: Path) -> None:
    ready = []
    for language in LANGUAGES:
        try:
            language.prepare()
            ready.append(language)
        except Unavailable as missing:
            report.skip(f"clients {language.NAME}", missing)
    with tempfile.TemporaryDirectory(prefix="tidegate-clients-") as folder:
        place = Place(Server(binary, Path(folder) / "server", CONFIG, command="dev"), Path(folder) / "shelf")
        place.shelf.mkdir()
        place.server.start()
        try:
            for language in ready:
                add(report, language, "stories", language.stories(place.environment))
            for language in ready:
                add(report, language, "readings", language.readings(place.environment))
        finally:
            still_up = place.server.daemon.is_running()
            place.server.stop()
        if not still_up or "panicked" in place.server.log.read_text():
            report.fail("clients: the server", f"it ended or panicked:\n{place.server.daemon.tail()}")


def add(report: Report, language: Language, part: str, suites: list[Suite]) -> None:
    for suite in suites:
        report.add(suite)
    if not any(suite.passed or suite.failed for suite in suites):
        report.fail(f"clients {language.NAME} {part}", "nothing was tried, see the output")
