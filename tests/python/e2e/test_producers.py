"""Do all kinds of producers stay correct around a refusal: idempotent, transactional, with every `acks`?"""

import uuid

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from gate import INVALID_RECORD, deliver, eventually, order


@pytest.mark.parametrize("acks", ["1", "all"])
def test_acknowledged_records_are_stored(gate, acks):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    deliveries = gate.produce(topic, [order(schema_id, number) for number in range(10)], acks=acks)
    assert [delivery.offset for delivery in deliveries] == list(range(10))


def test_without_acks_bad_batches_are_dropped_and_good_ones_arrive(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = gate.producer(acks="0")
    for batch in (
        [order(schema_id, 1)],
        [b"bad"],
        [order(schema_id, 2)],
        [b"bad", order(schema_id, 3)],
        [order(schema_id, 4)],
    ):
        deliver(producer, topic, batch)

    def arrived():
        assert gate.values(topic) == [order(schema_id, number) for number in (1, 2, 4)]

    eventually(arrived)


def test_an_idempotent_producer_goes_on_after_a_refusal(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = gate.producer(enable_idempotence=True)
    sent = []
    for round_ in range(5):
        fine = [order(schema_id, round_ * 10 + number) for number in range(3)]
        assert [delivery.error for delivery in deliver(producer, topic, fine)] == [None] * 3
        sent += fine
        assert deliver(producer, topic, [fine[0], b"bad"])[1].code == INVALID_RECORD
    assert gate.values(topic) == sent


def test_an_idempotent_producer_with_many_batches_in_flight_keeps_its_order(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    values = [b"bad" if number % 401 == 400 else order(schema_id, number) for number in range(3_000)]
    producer = gate.producer(enable_idempotence=True, linger_ms=1, batch_num_messages=10)
    deliveries = deliver(producer, topic, values)
    accepted = [delivery.record.value for delivery in deliveries if not delivery.error]
    assert gate.values(topic) == accepted
    assert len(accepted) > 2_000 and b"bad" not in accepted


def transactional(gate):
    producer = gate.producer(transactional_id=f"tx-{uuid.uuid4()}")
    producer.init_transactions(30)
    return producer


def test_a_transaction_is_committed_or_aborted_as_the_producer_says(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = transactional(gate)
    for number, conclude in enumerate(
        [producer.commit_transaction, producer.abort_transaction, producer.commit_transaction]
    ):
        producer.begin_transaction()
        assert deliver(producer, topic, [order(schema_id, number)])[0].error is None
        conclude(30)
    assert gate.values(topic, isolation="read_committed") == [order(schema_id, 0), order(schema_id, 2)]
    assert gate.values(topic) == [order(schema_id, number) for number in range(3)]


def test_a_refusal_in_a_transaction_leads_to_its_abort_and_the_next_one_works(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    producer = transactional(gate)
    producer.begin_transaction()
    assert deliver(producer, topic, [order(schema_id, 1)])[0].error is None
    assert deliver(producer, topic, [b"bad"])[0].error is not None
    with pytest.raises(KafkaException) as refusal:
        producer.commit_transaction(30)
    assert refusal.value.args[0].txn_requires_abort()
    producer.abort_transaction(30)

    commit(producer, topic, order(schema_id, 2))
    assert gate.values(topic, isolation="read_committed") == [order(schema_id, 2)]


def commit(producer, topic: str, value: bytes) -> None:
    """Tries again after an abort: once after a refusal, by a broker too, librdkafka skips sequence numbers."""
    for _ in range(3):
        producer.begin_transaction()
        producer.produce(topic, value, partition=0)
        try:
            producer.commit_transaction(30)
            return
        except KafkaException as failure:
            assert failure.args[0].txn_requires_abort(), failure
            producer.abort_transaction(30)
    raise AssertionError("no transaction could be committed any more")


def test_offsets_are_committed_within_a_transaction(gate):
    source, target, group = gate.topic("enforced"), gate.topic("enforced"), f"copy-{uuid.uuid4()}"
    source_id, target_id = gate.register(f"{source}-value"), gate.register(f"{target}-value")
    gate.produce(source, [order(source_id, number) for number in range(5)])
    consumer = Consumer({"bootstrap.servers": gate.server.bootstrap, "group.id": group, "enable.auto.commit": False})
    producer = transactional(gate)
    producer.begin_transaction()
    deliver(producer, target, [order(target_id, number) for number in range(5)])
    producer.send_offsets_to_transaction([TopicPartition(source, 0, 5)], consumer.consumer_group_metadata(), 30)
    producer.commit_transaction(30)

    def committed():
        assert consumer.committed([TopicPartition(source, 0)], timeout=20)[0].offset == 5

    eventually(committed)
    consumer.close()
    assert len(gate.values(target, isolation="read_committed")) == 5
