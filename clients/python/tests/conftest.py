"""Which server do these tests ask? The real one, with a broker in memory; and a scripted one for faults."""

import os
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from lab.server import Server

import tidegate
from scripted import Scripted

# Topics that begin so are judged; the others let everything through.
CONFIG = {"proxy": {"policies": [{"topics": "gated-*", "mode": "enforce"}]}}
RUN, NUMBERS = uuid4().hex[:8], count(1)


@pytest.fixture(autouse=True)
def no_registry_from_outside(monkeypatch):
    for name in ("URL", "TOKEN", "USER", "PASSWORD", "CA"):
        monkeypatch.delenv(f"TIDEGATE_{name}", raising=False)


@pytest.fixture(scope="session")
def binary() -> Path:
    return Path(os.environ["TIDEGATE_SERVER_BIN"])


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    running = Server(binary, tmp_path_factory.mktemp("server") / "one", CONFIG, command="dev").start()
    yield running
    running.stop()
    assert "panicked" not in running.log.read_text()


@pytest.fixture
def client(server):
    with tidegate.Client(server.url) as made:
        yield made


@pytest.fixture
def name() -> str:
    """One that nobody else uses."""
    return f"shop-{RUN}-{next(NUMBERS)}"


@pytest.fixture
def scripted():
    with Scripted() as made:
        yield made


@pytest.fixture
def produce(server):
    """Writes records as they are, and gives what the server says of each."""

    def write(topic: str, *values: dict) -> list[dict]:
        entries = [{"id": str(index), "value": value} for index, value in enumerate(values)]
        url = f"{server.url}/kafka/v3/clusters/default/topics/{topic}/records:batch"
        answer = httpx.post(url, json={"entries": entries}, timeout=30)
        assert answer.status_code == 207, answer.text
        return answer.json()["failures"]

    return write
