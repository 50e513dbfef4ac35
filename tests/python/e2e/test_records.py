"""Which records pass, and which are refused?"""

import pytest

from gate import DIFFERENT_RECORD, INVALID_RECORD, ORDER, PAYMENT, Record, avro, frame, order


def good(gate, topic: str, number: int = 1) -> bytes:
    return order(gate.register(f"{topic}-value"), number)


def foreign(gate, topic: str) -> bytes:
    return frame(gate.register(f"{topic}-elsewhere-value", PAYMENT), avro({"iban": "XX"}, PAYMENT))


BAD = {
    "no magic byte": lambda gate, topic: b'{"id": 1, "amount": 2.5}',
    "empty but not null": lambda gate, topic: b"",
    "an id cut short": lambda gate, topic: good(gate, topic)[:3],
    "an unknown id": lambda gate, topic: frame(987_654, good(gate, topic)[5:]),
    "an id of another subject": foreign,
    "a negative id": lambda gate, topic: b"\0\xff\xff\xff\xff" + good(gate, topic)[5:],
    "nothing after the id": lambda gate, topic: good(gate, topic)[:5],
    "truncated": lambda gate, topic: good(gate, topic)[:-1],
    "trailing bytes": lambda gate, topic: good(gate, topic) + b"\0",
    "a union branch that does not exist": lambda gate, topic: good(gate, topic)[:-9] + b"\x7f",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_record_is_refused(gate, what):
    topic = gate.topic("enforced")
    bad = BAD[what](gate, topic)
    assert gate.produce(topic, [good(gate, topic)])[0].error is None
    [refused] = gate.produce(topic, [bad])
    assert refused.code == INVALID_RECORD
    assert gate.values(topic) == [good(gate, topic)]


@pytest.mark.parametrize("what", BAD)
def test_a_bad_record_on_a_shadowed_topic_passes(gate, what):
    topic = gate.topic("shadow")
    bad = BAD[what](gate, topic)
    assert gate.produce(topic, [bad])[0].error is None
    assert gate.values(topic) == [bad]


@pytest.mark.parametrize("kind", ["off", "unnamed"])
def test_where_no_policy_enforces_anything_passes(gate, kind):
    topic = gate.topic(kind)
    assert gate.produce(topic, [b"anything", None, b""])[0].error is None
    assert gate.values(topic) == [b"anything", None, b""]


@pytest.mark.parametrize("bad_first", [True, False], ids=["bad then good", "good then bad"])
def test_one_bad_record_refuses_its_batch_wherever_it_stands(gate, bad_first):
    topic = gate.topic("enforced")
    batch = [b"bad", good(gate, topic)] if bad_first else [good(gate, topic), b"bad"]
    deliveries = gate.produce(topic, batch)
    assert all(delivery.error for delivery in deliveries)
    bad = deliveries[0 if bad_first else 1]
    assert bad.code == INVALID_RECORD
    assert gate.values(topic) == []


def test_the_client_tells_bad_records_from_their_neighbours(gate):
    topic = gate.topic("enforced")
    fine = good(gate, topic)
    batch = [fine, b"no magic", fine, fine[:-1], fine, fine + b"\0\0", fine]
    deliveries = gate.produce(topic, batch)
    assert [delivery.code for delivery in deliveries[1::2]] == [INVALID_RECORD] * 3
    assert [delivery.code for delivery in deliveries[0::2]] == [DIFFERENT_RECORD] * 4
    assert gate.values(topic) == []


def test_a_batch_that_is_all_bad_is_refused_whole(gate):
    topic = gate.topic("enforced")
    gate.register(f"{topic}-value")
    deliveries = gate.produce(topic, [b"bad %d" % number for number in range(500)])
    assert {delivery.code for delivery in deliveries} == {INVALID_RECORD}
    assert gate.values(topic) == []


def test_neighbouring_partitions_of_a_bad_batch_pass(gate):
    topic = gate.topic("enforced", partitions=4)
    fine = [good(gate, topic, number) for number in range(8)]
    records = [Record(value, partition=number % 4) for number, value in enumerate(fine)] + [Record(b"bad", partition=2)]
    deliveries = gate.produce(topic, records)
    refused = [delivery.record.partition for delivery in deliveries if delivery.error]
    assert refused == [2, 2, 2]
    stored = {(record.partition, record.value) for record in gate.stored(topic)}
    assert stored == {(number % 4, value) for number, value in enumerate(fine) if number % 4 != 2}


def test_neighbouring_topics_of_a_bad_batch_pass(gate):
    topics = [gate.topic("enforced") for _ in range(3)]
    producer = gate.producer()
    errors = {}
    for index, topic in enumerate(topics):
        value = b"bad" if index == 1 else good(gate, topic)
        producer.produce(topic, value, on_delivery=lambda error, message: errors.update({message.topic(): error}))
    assert producer.flush(30) == 0
    assert [errors[topic] is None for topic in topics] == [True, False, True]


def test_tombstones_pass(gate):
    topic = gate.topic("enforced")
    [delivery] = gate.produce(topic, [Record(None, key=b"gone")])
    assert delivery.error is None
    assert [(record.key, record.value) for record in gate.stored(topic)] == [(b"gone", None)]


def test_keys_are_checked_where_the_policy_says_so(gate):
    topic = gate.topic("keyed")
    value, key = good(gate, topic), order(gate.register(f"{topic}-key"))
    assert gate.produce(topic, [Record(value, key)])[0].error is None
    assert gate.produce(topic, [Record(None, key)])[0].error is None
    assert gate.produce(topic, [Record(value, b"plain")])[0].code == INVALID_RECORD
    assert gate.produce(topic, [Record(b"plain", key)])[0].code == INVALID_RECORD
    assert len(gate.stored(topic)) == 2


def test_values_are_not_checked_where_the_policy_names_only_keys(gate):
    topic = gate.topic("keyonly")
    key = order(gate.register(f"{topic}-key"))
    assert gate.produce(topic, [Record(b"plain", key)])[0].error is None
    assert gate.produce(topic, [Record(b"plain", b"plain")])[0].code == INVALID_RECORD


def test_a_subject_can_be_named_after_the_record(gate):
    topic = gate.topic("recordname")
    schema = ORDER | {"name": f"Order{topic.rpartition('.')[2]}"}
    elsewhere = order(gate.register(f"{topic}-value", schema | {"doc": "another text, so another id"}))
    fine = order(gate.register(f"com.shop.{schema['name']}", schema))
    assert gate.produce(topic, [fine])[0].error is None
    assert gate.produce(topic, [elsewhere])[0].code == INVALID_RECORD


def test_a_subject_can_be_named_after_topic_and_record(gate):
    topic = gate.topic("topicrecordname")
    fine = order(gate.register(f"{topic}-com.shop.Order"))
    elsewhere = order(gate.register("com.shop.Order", ORDER | {"doc": "elsewhere"}))
    assert gate.produce(topic, [fine])[0].error is None
    assert gate.produce(topic, [elsewhere])[0].code == INVALID_RECORD


def test_ids_count_in_the_context_that_the_policy_names(gate):
    topic = gate.topic("staging")
    default = [gate.register(f"{topic}-unrelated-{number}-value", ORDER | {"doc": str(number)}) for number in range(3)]
    staged = gate.register(f":.staging:{topic}-value")
    assert gate.produce(topic, [order(staged)])[0].error is None
    outsiders = [number for number in default if number != staged]
    assert gate.produce(topic, [order(outsiders[-1])])[0].code == INVALID_RECORD
