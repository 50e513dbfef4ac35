"""Policies that the registry keeps: do they hold on connections that are open, at once, and while the registry is away?"""

import re
import time
import urllib.request

import pytest

from gate import INVALID_RECORD, Gate, deliver, order
from lab.server import Server

SECONDS = 2


PROXY = {"policies": [{"topics": "filed.*", "mode": "shadow"}]}


@pytest.fixture(scope="module")
def together(binary, folder, kafka):
    """Registry and proxy in one process."""
    both = Server(binary, folder / "policies-together", {"proxy": PROXY | {"brokers": [kafka.bootstrap]}}).start()
    yield Gate(both, kafka)
    both.stop()


@pytest.fixture(scope="module")
def apart(binary, folder, kafka):
    """Registry and proxy in two processes."""
    registry = Server(binary, folder / "policies-registry").start()
    config = {"proxy": PROXY | {"brokers": [kafka.bootstrap], "registry_url": registry.url}}
    alone = Server(binary, folder / "policies-proxy", config, command="proxy").start()
    gate = Gate(alone, kafka)
    gate.ask = Gate(registry, kafka).ask
    yield gate, registry
    alone.stop()
    registry.stop()


@pytest.fixture(params=["together", "apart"])
def gate(request) -> Gate:
    found = request.getfixturevalue(request.param)
    return found[0] if request.param == "apart" else found


def code_within(sender, topic: str, record: bytes, wanted: int | None) -> float:
    """How long it takes until the record meets this end, on the connection that is open."""
    began = time.monotonic()
    while True:
        [delivery] = deliver(sender, topic, [record])
        if delivery.code == wanted:
            return time.monotonic() - began
        assert time.monotonic() - began < SECONDS + 1, f"still {delivery.code}"


def metric(gate: Gate, name: str) -> float:
    with urllib.request.urlopen(f"{gate.server.url}/metrics", timeout=5) as answer:
        found = re.search(rf"^{name}(?:{{.*}})? (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found.group(1))


def test_a_changed_policy_holds_on_an_open_connection(gate):
    topic = gate.topic("kept")
    schema_id = gate.register(f"{topic}-value")
    sender = gate.producer(linger_ms=0)
    assert [delivery.error for delivery in deliver(sender, topic, [b"free", order(schema_id)])] == [None, None]
    connections = metric(gate, "tidegate_proxy_connections")
    path = f"/govern/v1/policies/{topic}"
    gate.ask("PUT", path, {"topics": topic})
    assert code_within(sender, topic, b"bad", INVALID_RECORD) < SECONDS
    assert deliver(sender, topic, [order(schema_id)])[0].error is None
    gate.ask("PUT", path, {"topics": topic, "mode": "shadow"})
    assert code_within(sender, topic, b"bad", None) < SECONDS
    gate.ask("PUT", path, {"topics": topic})
    assert code_within(sender, topic, b"bad", INVALID_RECORD) < SECONDS
    gate.ask("DELETE", path)
    assert code_within(sender, topic, b"bad", None) < SECONDS
    assert metric(gate, "tidegate_proxy_connections") == connections, "no connection was dropped"


def test_what_the_registry_keeps_comes_before_the_file(gate):
    topic = gate.topic("filed")
    sender = gate.producer(linger_ms=0)
    assert deliver(sender, topic, [b"bad"])[0].error is None
    gate.ask("PUT", f"/govern/v1/policies/{topic}", {"topics": topic})
    assert code_within(sender, topic, b"bad", INVALID_RECORD) < SECONDS


def test_policies_outlast_an_outage_of_the_registry(apart):
    gate, registry = apart
    topic = gate.topic("lasting")
    schema_id = gate.register(f"{topic}-value")
    gate.ask("PUT", f"/govern/v1/policies/{topic}", {"topics": topic})
    sender = gate.producer(linger_ms=0)
    code_within(sender, topic, b"bad", INVALID_RECORD)
    assert deliver(sender, topic, [order(schema_id)])[0].error is None
    assert metric(gate, "tidegate_proxy_registry_contact_age_seconds") < 3
    registry.stop()
    time.sleep(3)
    assert metric(gate, "tidegate_proxy_registry_contact_age_seconds") > 2
    assert deliver(sender, topic, [b"bad"])[0].code == INVALID_RECORD
    assert deliver(sender, topic, [order(schema_id)])[0].error is None
    assert gate.server.is_ready(), "it does its work"
    registry.start()
    gate.ask("DELETE", f"/govern/v1/policies/{topic}")
    assert code_within(sender, topic, b"bad", None) < SECONDS
