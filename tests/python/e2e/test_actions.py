"""What becomes of bad records where a policy asks for more than a refusal?"""

import json
import subprocess

import pytest

from gate import INVALID_RECORD, Record, deliver, eventually, order
from lab.kafka import java

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def good(gate, topic: str, number: int = 1) -> bytes:
    return order(gate.register(f"{topic}-value"), number)


def mixed(gate, topic: str) -> list[Record]:
    """Good, bad, good."""
    headers = [("a", b"1"), ("a", b"2"), ("none", None)]
    values = [good(gate, topic, 1), good(gate, topic, 2)[:-1], good(gate, topic, 3)]
    return [Record(value, key=b"k%d" % index, headers=headers) for index, value in enumerate(values)]


def letters(gate, topic: str, count: int) -> list:
    """The dead letters of a topic, once there are so many."""

    def found():
        kept = gate.stored(f"{topic}.dlq")
        assert len(kept) == count, kept
        return kept

    return eventually(found)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("idempotent", [False, True], ids=["plain", "idempotent"])
def test_flagged_records_are_written_with_a_header(gate, codec, idempotent):
    topic = gate.topic("flagged")
    batch = mixed(gate, topic)
    sender = gate.producer(compression_type=codec, enable_idempotence=idempotent)
    for _ in range(3):  # Later batches show that sequence numbers were left alone.
        assert [delivery.error for delivery in deliver(sender, topic, batch)] == [None] * 3
    stored = gate.stored(topic)
    assert [record.value for record in stored] == [record.value for record in batch] * 3
    for index, record in enumerate(stored):
        own, added = record.headers[:3], record.headers[3:]
        assert [tuple(header) for header in own] == batch[0].headers
        if index % 3 == 1:
            [(name, value)] = added
            flag = json.loads(value)
            assert (name, flag["rule"]) == ("tidegate.violation", "tidegate.payload")
            assert flag["path"] == "note" and flag["reason"].startswith("value: ")
        else:
            assert added == []


@pytest.mark.parametrize("codec", CODECS)
def test_removed_records_go_elsewhere_and_the_rest_is_written(gate, codec):
    topic = gate.topic("removed")
    gate.topic_named(f"{topic}.dlq")
    batch = mixed(gate, topic)
    deliveries = gate.produce(topic, batch, compression_type=codec, enable_idempotence=False)
    assert [delivery.error for delivery in deliveries] == [None] * 3
    assert gate.values(topic) == [batch[0].value, batch[2].value]
    [letter] = letters(gate, topic, 1)
    assert (letter.key, letter.value) == (batch[1].key, batch[1].value)
    assert [tuple(header) for header in letter.headers[:3]] == batch[1].headers
    why = dict(letter.headers[3:])
    assert (why["dlq.topic"], why["dlq.partition"], why["dlq.index"]) == (topic.encode(), b"0", b"1")
    assert (why["dlq.rule"], why["dlq.client"], why["dlq.pid"]) == (b"tidegate.payload", b"e2e", b"-1")


def test_a_batch_of_bad_records_is_acknowledged_and_kept_elsewhere(gate):
    topic = gate.topic("removed")
    gate.topic_named(f"{topic}.dlq")
    bad = mixed(gate, topic)[1]
    deliveries = gate.produce(topic, [bad, bad], enable_idempotence=False)
    assert [delivery.error for delivery in deliveries] == [None] * 2
    assert gate.values(topic) == []
    letters(gate, topic, 2)


@pytest.mark.parametrize("kind", ["removed", "kept"])
def test_idempotent_producers_are_refused_and_their_bad_records_kept(gate, kind):
    topic = gate.topic(kind)
    gate.topic_named(f"{topic}.dlq")
    sender = gate.producer(enable_idempotence=True)
    deliveries = deliver(sender, topic, mixed(gate, topic))
    assert deliveries[1].code == INVALID_RECORD and all(delivery.error for delivery in deliveries)
    assert gate.values(topic) == []
    [letter] = letters(gate, topic, 1)
    why = dict(letter.headers[3:])
    assert int(why["dlq.pid"]) >= 0 and why["dlq.seq"] == b"0" and why["dlq.txn"] == b"false"
    # The producer goes on, and nothing is out of order.
    assert deliver(sender, topic, [good(gate, topic, 4)])[0].error is None
    assert gate.values(topic) == [good(gate, topic, 4)]


def test_what_java_reads_back_is_what_was_flagged(gate, kafka):
    """Java's decoders are stricter than librdkafka's: of LZ4 frames, of snappy blocks."""
    topic = gate.topic("flagged")
    batch = mixed(gate, topic)
    for codec in CODECS:
        assert gate.produce(topic, batch, compression_type=codec)[0].error is None
    consumer = "org.apache.kafka.tools.consumer.ConsoleConsumer"
    arguments = ["--bootstrap-server", kafka.bootstrap, "--topic", topic, "--from-beginning", "--max-messages", "15"]
    arguments += ["--timeout-ms", "30000", "--formatter-property", "print.headers=true"]
    done = subprocess.run(java(consumer, *arguments), capture_output=True, timeout=90)
    assert done.stdout.count(b"tidegate.violation") == 5, done.stderr.decode()[-2000:]


def test_nothing_is_asked_of_dead_letters(gate):
    topic = gate.topic("removed")
    gate.topic_named(f"{topic}.dlq")
    assert gate.produce(f"{topic}.dlq", [b"no schema at all"])[0].error is None


def test_only_the_named_producers_are_refused(gate):
    topic = gate.topic("ramped")
    bad = mixed(gate, topic)[1]
    assert gate.produce(topic, [bad], client_id="careful-1")[0].code == INVALID_RECORD
    assert gate.produce(topic, [bad], client_id="old")[0].error is None
    assert gate.values(topic) == [bad.value]
