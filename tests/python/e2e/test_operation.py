"""Can it be watched, stopped and killed?"""

import json
import signal
import time
import urllib.request

import pytest
from confluent_kafka import Consumer, TopicPartition

from gate import ORDER, Gate, eventually, order, poll_values
from lab.server import Server


def test_metrics_count_records_by_topic_and_verdict(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)] * 7)
    gate.produce(topic, [b"bad"] * 2)

    def counted():
        lines = [line for line in gate.ask("GET", "/metrics").splitlines() if topic in line and "proxy_records" in line]
        counts = sorted(float(line.rpartition(" ")[2]) for line in lines)
        assert counts[-2:] == [2, 7], lines

    eventually(counted)


def test_it_is_alive_and_ready(gate):
    for path in ("/health/live", "/health/ready"):
        gate.ask("GET", path)


@pytest.mark.parametrize("how", ["serve", "proxy"])
def test_a_start_makes_ready_what_was_in_use(binary, folder, kafka, how):
    lineage = {"lineage": {"flush_interval": "100ms"}}
    enforced = {"brokers": [kafka.bootstrap], "policies": [{"topics": "enforced.*"}]}
    server = Server(binary, folder / f"warm-{how}", lineage | {"proxy": enforced}).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)])
    seen = {"context": ".", "id": schema_id}

    def is_seen():
        [told] = gate.ask("GET", "/govern/v1/lineage/schemas?cluster=default")["schemas"]
        assert seen.items() <= told.items()

    eventually(is_seen)
    if how == "serve":
        server.stop()
        again = server.start()
    else:
        elsewhere = {"proxy": enforced | {"registry_url": server.url}}
        again = Server(binary, folder / "warm-elsewhere", elsewhere, command="proxy").start()
    with urllib.request.urlopen(f"{again.url}/health/ready") as answer:
        assert json.loads(answer.read())["schemas"] == "up"
    assert "schemas seen lately are ready" in again.log.read_text()
    server.stop()
    again.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_five_seconds_under_open_connections(binary, folder, kafka, how):
    config = {"proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "enforced.*"}]}}
    server = Server(binary, folder / f"stopped-{how.name}", config).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = gate.producer()
    waits_long = {"fetch.wait.max.ms": 30_000, "socket.timeout.ms": 60_000}
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "open", **waits_long})
    consumer.assign([TopicPartition(topic, 0, 0)])
    producer.produce(topic, order(schema_id))
    assert producer.flush(20) == 0
    poll_values(consumer, 1)
    took = server.stop(grace=15, how=how)
    assert took < 5, server.daemon.tail()
    assert server.daemon.process.returncode == 0, server.daemon.tail()
    server.start()  # Without a broker to talk to, the consumer would take a minute to close.
    consumer.close()
    server.stop()


def test_what_was_registered_survives_a_kill(binary, folder):
    server = Server(binary, folder / "killed").start()
    gate = Gate(server, KafkaElsewhere)
    ids = {}
    for number in range(20):
        ids[number] = gate.register(f"killed-{number}-value", ORDER | {"doc": str(number)})
    server.stop(how=signal.SIGKILL)
    server.start()
    for number, schema_id in ids.items():
        assert f'"doc":"{number}"' in gate.ask("GET", f"/schemas/ids/{schema_id}")["schema"].replace(" ", "")
    server.stop()


def test_a_producer_rides_out_a_restart(binary, folder, kafka):
    config = {"proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "enforced.*"}]}}
    server = Server(binary, folder / "ridden", config).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = gate.producer(enable_idempotence=True, linger_ms=5, reconnect_backoff_max_ms=500)
    errors = []
    for number in range(400):
        producer.produce(topic, order(schema_id, number), on_delivery=lambda error, message: errors.append(error))
        if number == 200:
            producer.poll(0)
            server.stop()
            server.start()
        time.sleep(0.001)
    assert producer.flush(60) == 0
    assert errors == [None] * 400
    assert gate.values(topic) == [order(schema_id, number) for number in range(400)]
    server.stop()


class KafkaElsewhere:
    """For a server without a proxy: nobody answers there, and nobody asks."""

    bootstrap = "127.0.0.1:1"
