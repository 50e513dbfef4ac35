"""Can groups read through the proxy, with both protocols?"""

import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from gate import Record, eventually, order, poll_values

PROTOCOLS = ["classic", "consumer"]


def member(gate, group: str, protocol: str) -> Consumer:
    settings = {
        "bootstrap.servers": gate.server.bootstrap,
        "client.id": "reader",
        "group.id": group,
        "group.protocol": protocol,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    return Consumer(settings)


def filled(gate, count: int, partitions: int = 1) -> tuple[str, list[bytes]]:
    topic = gate.topic("enforced", partitions)
    schema_id = gate.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(count)]
    records = [Record(value, partition=number % partitions) for number, value in enumerate(values)]
    assert not any(delivery.error for delivery in gate.produce(topic, records))
    return topic, values


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_group_reads_commits_and_goes_on_where_it_stopped(gate, protocol):
    topic, values = filled(gate, 100)
    group = f"{protocol}-{uuid.uuid4()}"
    first = member(gate, group, protocol)
    first.subscribe([topic])
    assert poll_values(first, 60) == values[:60]
    first.commit(offsets=[TopicPartition(topic, 0, 60)], asynchronous=False)
    first.close()

    second = member(gate, group, protocol)
    assert second.committed([TopicPartition(topic, 0)], timeout=20)[0].offset == 60
    second.subscribe([topic])
    assert poll_values(second, 40) == values[60:]
    second.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_members_share_the_partitions(gate, protocol):
    topic, values = filled(gate, 40, partitions=4)
    group = f"{protocol}-{uuid.uuid4()}"
    members = [member(gate, group, protocol) for _ in range(2)]
    for consumer in members:
        consumer.subscribe([topic])
    seen = []

    def both_have_two():
        for consumer in members:
            message = consumer.poll(0.3)
            if message is not None and message.error() is None:
                seen.append(message.value())
        assert sorted(len(consumer.assignment()) for consumer in members) == [2, 2]

    eventually(both_have_two, seconds=40)

    def all_was_read():
        for consumer in members:
            while (message := consumer.poll(0.2)) is not None:
                seen.append(message.value())
        assert set(seen) == set(values)

    eventually(all_was_read, seconds=20)
    for consumer in members:
        consumer.close()


@pytest.mark.parametrize("isolation", ["read_committed", "read_uncommitted"])
def test_partitions_can_be_read_without_a_group(gate, isolation):
    topic, values = filled(gate, 20)
    settings = {"bootstrap.servers": gate.server.bootstrap, "group.id": "none", "isolation.level": isolation}
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topic, 0, 5)])
    assert poll_values(consumer, 15) == values[5:]
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20) == (0, 20)
    consumer.close()


def test_a_large_answer_is_read_whole(gate):
    topic = gate.topic("off")
    values = [bytes([number]) * 700_000 for number in range(12)]
    assert not any(delivery.error for delivery in gate.produce(topic, values))
    settings = {
        "bootstrap.servers": gate.server.bootstrap,
        "group.id": "large",
        "fetch.max.bytes": 20_000_000,
        "max.partition.fetch.bytes": 10_000_000,
    }
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topic, 0, 0)])
    assert poll_values(consumer, 12) == values
    consumer.close()
