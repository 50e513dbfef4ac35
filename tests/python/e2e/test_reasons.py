"""What is a producer told about its bad records?"""

import raw
from gate import INVALID_RECORD, PAYMENT, avro, frame, order


def good(gate, topic: str) -> bytes:
    return order(gate.register(f"{topic}-value"))


def test_every_bad_record_is_named_with_its_own_reason(gate):
    topic = gate.topic("enforced")
    fine = good(gate, topic)
    foreign_id = gate.register(f"{topic}-elsewhere-value", PAYMENT)
    foreign = frame(foreign_id, avro({"iban": "XX"}, PAYMENT))
    unknown = frame(987_654, fine[5:])
    values = [fine, b"no magic", fine, fine[:-1], fine + b"\0", unknown, None, foreign, fine]
    outcome = raw.produce(gate.server.bootstrap, topic, {0: values})[0]
    assert outcome.code == INVALID_RECORD
    assert sorted(outcome.records) == [1, 3, 4, 5, 7]
    assert len(set(outcome.records.values())) == 5
    assert "987654" in outcome.records[5]
    assert str(foreign_id) in outcome.records[7] and f"{topic}-value" in outcome.records[7]
    assert "5" in outcome.message
    assert gate.values(topic) == []


def test_no_reason_repeats_what_the_record_holds(gate):
    topic = gate.topic("enforced")
    fine = good(gate, topic)
    secret = b"4111-1111-1111-1111"
    values = [secret, frame(int.from_bytes(fine[1:5], "big"), secret), fine + secret, fine[:-4]]
    outcome = raw.produce(gate.server.bootstrap, topic, {0: values})[0]
    assert sorted(outcome.records) == [0, 1, 2, 3]
    told = f"{outcome.message} {outcome.records}" + gate.server.log.read_text()
    # Four digits alone may be part of a time.
    assert "4111-1111" not in told and "by hand" not in told


def test_each_partition_has_an_outcome_of_its_own_in_the_order_asked(gate):
    topic = gate.topic("enforced", partitions=4)
    fine = good(gate, topic)
    outcomes = raw.produce(
        gate.server.bootstrap, topic, {3: [fine], 1: [b"bad", fine], 0: [fine], 2: [fine, fine, b""]}
    )
    assert [(index, outcome.code) for index, outcome in outcomes.items()] == [
        (3, 0),
        (1, INVALID_RECORD),
        (0, 0),
        (2, INVALID_RECORD),
    ]
    assert [sorted(outcome.records) for outcome in outcomes.values()] == [[], [0], [], [2]]
    assert [found.partition for found in gate.stored(topic)] == [0, 3]


def test_a_flood_of_bad_records_gets_all_its_indexes_and_texts_for_the_first(gate):
    topic = gate.topic("enforced")
    good(gate, topic)
    outcome = raw.produce(gate.server.bootstrap, topic, {0: [b"bad"] * 100})[0]
    assert sorted(outcome.records) == list(range(100))
    assert len([text for text in outcome.records.values() if text]) == 20
    assert "80 more" in outcome.message
