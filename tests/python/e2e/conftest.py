"""What is there before a story begins? One Kafka, one server in front of it, and fresh topics."""

import os
import tempfile
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from gate import Gate
from lab import kafka as lab_kafka
from lab.server import Server

POLICIES = [
    {"topics": "enforced.*"},
    {"topics": "shadow.*", "mode": "shadow"},
    {"topics": "off.*", "mode": "off"},
    {"topics": "keyed.*", "key": True},
    {"topics": "keyonly.*", "key": True, "value": False},
    {"topics": "recordname.*", "subject": "record_name"},
    {"topics": "topicrecordname.*", "subject": "topic_record_name"},
    {"topics": "staging.*", "context": ".staging"},
    {"topics": "flagged.*", "action": "flag"},
    {"topics": "removed.*", "action": "remove_and_dead_letter"},
    {"topics": "kept.*", "action": "reject_and_dead_letter"},
    {"topics": "ramped.*", "producers": ["careful-*"]},
    {"topics": "bare.*", "framing": "none"},
    {"topics": "fixed.*", "subject": "fixed:all-orders"},
]


@pytest.fixture(scope="session")
def binary() -> Path:
    return Path(os.environ["TIDEGATE_SERVER_BIN"])


@pytest.fixture(scope="session")
def folder():
    with tempfile.TemporaryDirectory(prefix="tidegate-e2e-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def kafka(folder):
    node = lab_kafka.Kafka(folder / "kafka").start()
    yield node
    node.stop()


@pytest.fixture(scope="session")
def server(binary, folder, kafka):
    """The product as most people run it: registry and proxy in one process, SQLite."""
    config = {
        "proxy": {"brokers": [kafka.bootstrap], "policies": POLICIES},
        "lineage": {"flush_interval": "300ms"},
    }
    running = Server(binary, folder / "server", config).start()
    yield running
    still_up = running.daemon.is_running()
    running.stop()
    assert still_up, f"the server ended during the tests:\n{running.daemon.tail()}"
    assert "panicked" not in running.log.read_text(), running.daemon.tail(60)


@pytest.fixture(scope="session")
def gate(server, kafka) -> Gate:
    return Gate(server, kafka)


@pytest.fixture
def registry(server) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": server.url})
