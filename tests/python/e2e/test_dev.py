"""Does the five-minute tour work, with nothing but the one binary?"""

import asyncio
import json
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from gate import INVALID_RECORD, ORDER, Gate, deliver, eventually, order, poll_values
from lab.server import Server


@pytest.fixture(scope="module")
def dev(binary, folder):
    server = Server(binary, folder / "dev", {"lineage": {"flush_interval": "300ms"}}, command="dev").start()
    yield server
    assert server.stop() < 5
    assert server.daemon.process.returncode == 0, server.daemon.tail()


@pytest.fixture(scope="module")
def gate(dev) -> Gate:
    """Nothing to look behind: the proxy is the only door."""
    return Gate(dev, dev)


def test_the_banner_says_what_runs_where(dev):
    banner = dev.log.read_text()
    for word in (dev.url, dev.bootstrap, "development only", "KAFKA=1"):
        assert word in banner


def test_the_tour_with_confluents_client(gate, dev):
    registry = SchemaRegistryClient({"url": dev.url})
    serialize = AvroSerializer(registry, json.dumps(ORDER))
    context = SerializationContext("tour", MessageField.VALUE)
    values = [serialize({"id": number, "amount": 1.5, "note": None}, context) for number in range(10)]
    producer = gate.producer(client_id="shop")
    assert [delivery.error for delivery in deliver(producer, "tour", values)] == [None] * 10
    assert deliver(producer, "tour", [values[0][:-3]])[0].code == INVALID_RECORD
    assert deliver(producer, "tour", [b'{"id": 2}'])[0].code == INVALID_RECORD

    consumer = Consumer({"bootstrap.servers": dev.bootstrap, "group.id": "tour", "auto.offset.reset": "earliest"})
    consumer.subscribe(["tour"])
    assert poll_values(consumer, 10) == values
    consumer.close()

    def seen():
        seen = gate.ask("GET", "/govern/v1/lineage/topics/tour")
        [shop] = [producer for producer in seen["producers"] if producer["client_id"] == "shop"]
        assert (shop["records"], shop["refused"]) == (10, 2)
        assert "tour" in [consumer.get("group") for consumer in seen["consumers"]]

    eventually(seen)


@pytest.mark.parametrize("idempotent", [False, True], ids=["plain", "idempotent"])
def test_the_tour_with_aiokafka(gate, dev, idempotent):
    topic = f"aio-{idempotent}".lower()
    schema_id = gate.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(10)]

    async def story() -> list[bytes]:
        async with AIOKafkaProducer(bootstrap_servers=dev.bootstrap, enable_idempotence=idempotent) as producer:
            for value in values:
                await producer.send_and_wait(topic, value, partition=0)
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=dev.bootstrap, group_id=topic, auto_offset_reset="earliest"
        )
        async with consumer:
            return [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in values]

    assert asyncio.run(story()) == values


def test_whoever_asks_the_broker_in_memory_for_a_topic_is_told_what_to_do_instead(dev):
    admin = AdminClient({"bootstrap.servers": dev.bootstrap})
    begun = time.monotonic()
    with pytest.raises(KafkaException) as refused:
        admin.create_topics([NewTopic("made", 1, 1)], request_timeout=10)["made"].result(20)
    assert time.monotonic() - begun < 5
    assert "KAFKA=1" in refused.value.args[0].str()
    assert "made" not in admin.list_topics(timeout=10).topics
