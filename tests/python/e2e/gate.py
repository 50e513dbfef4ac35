"""The words of the stories: topics, schemas, records; what was delivered and what Kafka really holds."""

import io
import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import fastavro
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "com.shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "amount", "type": "double"},
        {"name": "note", "type": ["null", "string"], "default": None},
    ],
}
PAYMENT = {"type": "record", "name": "Payment", "namespace": "com.shop", "fields": [{"name": "iban", "type": "string"}]}

INVALID_RECORD = 87
DIFFERENT_RECORD = KafkaError._INVALID_DIFFERENT_RECORD

numbers = itertools.count(1)


@dataclass
class Record:
    value: bytes | None
    key: bytes | None = None
    headers: list = field(default_factory=list)
    partition: int = 0


@dataclass
class Delivery:
    record: Record
    error: KafkaError | None
    partition: int
    offset: int

    @property
    def code(self) -> int | None:
        return self.error and self.error.code()


@dataclass
class Stored:
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list


class Gate:
    """A server in front of a Kafka, as seen by those who use it and by somebody who looks behind it."""

    def __init__(self, server, kafka):
        self.server, self.kafka = server, kafka
        self.direct = AdminClient({"bootstrap.servers": kafka.bootstrap})

    def topic(self, kind: str, partitions: int = 1) -> str:
        """A new topic, made behind the proxy's back; its kind decides the policy."""
        return self.topic_named(f"{kind}.{next(numbers)}", partitions)

    def topic_named(self, name: str, partitions: int = 1) -> str:
        self.direct.create_topics([NewTopic(name, partitions, 1)])[name].result(20)
        eventually(lambda: self._leads(name, partitions))
        return name

    def _leads(self, topic: str, partitions: int) -> None:
        """Kafka says that a topic is made before its leader serves it."""
        assert len(self.direct.list_topics(topic, timeout=5).topics[topic].partitions) == partitions
        asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}
        for answer in self.direct.list_offsets(asked, request_timeout=5).values():
            answer.result(10)

    # --- schemas

    def ask(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        request = urllib.request.Request(f"{self.server.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in (answer.headers["Content-Type"] or "") else text

    def register(self, subject: str, schema: dict = ORDER) -> int:
        return self.ask("POST", f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})["id"]

    # --- producing

    def producer(self, **settings) -> Producer:
        """One that sends what is produced before a flush as one batch per partition."""
        return producer(self.server.bootstrap, **settings)

    def produce(self, topic: str, records: Iterable[Record | bytes | None], **settings) -> list[Delivery]:
        return deliver(self.producer(**settings), topic, records)

    # --- looking behind the proxy

    def stored(self, topic: str, **settings) -> list[Stored]:
        return read(self.kafka.bootstrap, topic, **settings)

    def values(self, topic: str, **settings) -> list[bytes | None]:
        return [record.value for record in self.stored(topic, **settings)]


def frame(schema_id: int, payload: bytes) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big") + payload


def avro(value: dict, schema: dict = ORDER) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def order(schema_id: int, number: int = 1, note: str | None = "by hand") -> bytes:
    return frame(schema_id, avro({"id": number, "amount": number * 1.5, "note": note}))


def producer(bootstrap: str, **settings) -> Producer:
    defaults = {"bootstrap.servers": bootstrap, "client.id": "e2e", "linger.ms": 500, "message.timeout.ms": 20_000}
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return Producer(defaults | named)


def deliver(
    sender: Producer, topic: str, records: Iterable[Record | bytes | None], timestamp: int = 0
) -> list[Delivery]:
    """Produces and waits; the deliveries are in the order of the records."""
    records = [record if isinstance(record, Record) else Record(record) for record in records]
    sender.list_topics(topic, timeout=20)  # A topic known beforehand: otherwise the first batch may be split anywhere.
    deliveries: list[Delivery | None] = [None] * len(records)

    def report(index: int) -> Callable:
        def on_delivery(error, message):
            deliveries[index] = Delivery(records[index], error, message.partition(), message.offset())

        return on_delivery

    for index, record in enumerate(records):
        sender.produce(
            topic,
            record.value,
            record.key,
            record.partition,
            on_delivery=report(index),
            timestamp=timestamp,
            headers=record.headers,
        )
    left = sender.flush(30)
    assert left == 0 and None not in deliveries, f"{left} records of {len(records)} were neither delivered nor refused"
    return deliveries


def read(bootstrap: str, topic: str, isolation: str = "read_uncommitted") -> list[Stored]:
    """All that the topic holds now, in order within each partition."""
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": "onlooker",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": isolation,
    }
    consumer = Consumer(settings)
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        open_partitions, found = set(partitions), []
        deadline = time.monotonic() + 30
        while open_partitions:
            assert time.monotonic() < deadline, f"{topic} could not be read to its end"
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                open_partitions.discard(message.partition())
            else:
                found.append(stored(message))
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def stored(message) -> Stored:
    return Stored(message.partition(), message.offset(), message.key(), message.value(), message.headers() or [])


def poll_values(consumer: Consumer, count: int, seconds: float = 30) -> list[bytes | None]:
    """The next `count` values."""
    return [message.value() for message in poll_records(consumer, count, seconds)]


def poll_records(consumer: Consumer, count: int, seconds: float = 30) -> list[Message]:
    """The next `count` records."""
    records, deadline = [], time.monotonic() + seconds
    while len(records) < count:
        assert time.monotonic() < deadline, f"only {len(records)} of {count} records came"
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            records.append(message)
    return records


def eventually(look: Callable, seconds: float = 10):
    """Looks again until it holds, and gives what was seen; the last failure is the story's."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return look()
        except (AssertionError, LookupError, ValueError, KafkaException, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
