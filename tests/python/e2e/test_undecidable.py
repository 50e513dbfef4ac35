"""What if the registry is away? Known schemas still count; for others the policy decides."""

import time

import pytest
from confluent_kafka import KafkaError

from gate import INVALID_RECORD, Gate, order
from lab.server import Server

POLICIES = [{"topics": "closed.*"}, {"topics": "open.*", "when_undecidable": "open"}]


@pytest.fixture
def apart(binary, folder, kafka):
    """A registry and a proxy as two processes; the registry comes and goes."""
    registry = Server(binary, folder / f"registry-{id(object())}").start()
    config = {
        "proxy": {
            "brokers": [kafka.bootstrap],
            "registry_url": registry.url,
            "lookup_deadline": "300ms",
            "policies": POLICIES,
        }
    }
    proxy = Server(binary, folder / f"proxy-{id(object())}", config, command="proxy").start()
    gate = Gate(proxy, kafka)
    gate.ask = Gate(registry, kafka).ask
    yield gate, registry
    proxy.stop()
    registry.stop()


def test_a_proxy_of_its_own_asks_the_registry_elsewhere(apart):
    gate, _ = apart
    topic = gate.topic("closed")
    schema_id = gate.register(f"{topic}-value")
    assert gate.produce(topic, [order(schema_id)])[0].error is None
    assert gate.produce(topic, [b"bad"])[0].code == INVALID_RECORD


def test_schemas_seen_before_need_no_registry(apart):
    gate, registry = apart
    topic = gate.topic("closed")
    schema_id = gate.register(f"{topic}-value")
    assert gate.produce(topic, [order(schema_id, 1)])[0].error is None
    registry.stop()
    assert gate.produce(topic, [order(schema_id, 2)])[0].error is None
    time.sleep(6)  # Longer than the proxy believes what the registry said without asking again.
    assert gate.produce(topic, [order(schema_id, 2)])[0].error is None
    assert gate.produce(topic, [order(schema_id, 3)[:-1]])[0].code == INVALID_RECORD
    assert gate.produce(topic, [b"bad"])[0].code == INVALID_RECORD


def test_closed_refuses_with_an_error_that_producers_retry(apart):
    gate, registry = apart
    topic = gate.topic("closed")
    schema_id = gate.register(f"{topic}-value")
    registry.stop()
    [refused] = gate.produce(topic, [order(schema_id)], retries=0)
    assert refused.code == KafkaError.NOT_ENOUGH_REPLICAS
    assert gate.values(topic) == []


def test_a_producer_that_retries_gets_through_when_the_registry_is_back(apart):
    gate, registry = apart
    topic = gate.topic("closed")
    schema_id = gate.register(f"{topic}-value")
    registry.stop()
    producer = gate.producer(enable_idempotence=True, retry_backoff_ms=200, message_timeout_ms=60_000)
    outcome = []
    producer.produce(topic, order(schema_id), on_delivery=lambda error, message: outcome.append(error))
    assert producer.flush(2) == 1, outcome
    registry.start()
    assert producer.flush(30) == 0
    assert outcome == [None]
    assert gate.values(topic) == [order(schema_id)]


def test_open_lets_pass(apart):
    gate, registry = apart
    topic = gate.topic("open")
    schema_id = gate.register(f"{topic}-value")
    registry.stop()
    assert gate.produce(topic, [order(schema_id)])[0].error is None
    assert gate.produce(topic, [b"no id at all"])[0].code == INVALID_RECORD
    assert gate.values(topic) == [order(schema_id)]
