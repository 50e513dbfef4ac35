"""Does Kafka hold exactly what was sent? Compared with what it holds when nothing stands in between."""

import random
import threading

import pytest

from gate import INVALID_RECORD, Record, deliver, order, producer

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
HEADERS = [("trace", b"1"), ("trace", b"2"), ("empty", b""), ("null", None), ("trace", b"1")]
WHEN = 1_700_000_000_000


def records(schema_id: int) -> list[Record]:
    return [
        Record(order(schema_id, number, note="x" * (number % 90)), b"key %d" % (number % 7), HEADERS[: number % 6])
        for number in range(300)
    ]


def segment(gate, topic: str) -> bytes:
    """The log that Kafka wrote for partition 0: the record batches as they arrived."""
    folder = gate.kafka.properties.parent / "data" / f"{topic}-0"
    return b"".join(file.read_bytes() for file in sorted(folder.glob("*.log")))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("kind", ["enforced", "shadow", "off"])
def test_a_batch_arrives_byte_for_byte(gate, kind, codec):
    through, direct = gate.topic(kind), gate.topic("direct")
    schema_id = gate.register(f"{through}-value")
    settings = {"compression_type": codec}
    deliver(producer(gate.kafka.bootstrap, **settings), direct, records(schema_id), timestamp=WHEN)
    deliveries = deliver(gate.producer(**settings), through, records(schema_id), timestamp=WHEN)
    assert [delivery.error for delivery in deliveries] == [None] * 300
    assert segment(gate, through) == segment(gate, direct) != b""


@pytest.mark.parametrize("codec", CODECS)
def test_a_bad_record_is_found_inside_every_codec(gate, codec):
    topic = gate.topic("enforced")
    batch = records(gate.register(f"{topic}-value"))
    batch[137].value = batch[137].value[:-1]
    batch[211].value += b"\0"
    deliveries = gate.produce(topic, batch, compression_type=codec)
    refused = [index for index, delivery in enumerate(deliveries) if delivery.code == INVALID_RECORD]
    assert refused == [137, 211]
    assert segment(gate, topic) == b""


def test_under_a_mixed_load_nothing_accepted_is_lost_and_nothing_refused_is_stored(gate):
    topic = gate.topic("enforced", partitions=4)
    schema_id = gate.register(f"{topic}-value")
    outcomes, threads = [], []
    for sender in range(4):
        threads.append(
            threading.Thread(target=lambda sender=sender: outcomes.extend(load(gate, topic, schema_id, sender)))
        )
        threads[-1].start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 4 * 2_000
    accepted = {(delivery.partition, delivery.offset): delivery.record for delivery in outcomes if not delivery.error}
    stored = {(found.partition, found.offset): found for found in gate.stored(topic)}
    assert accepted.keys() == stored.keys()
    assert 1_000 < len(accepted) < 8_000
    for place, record in accepted.items():
        found = stored[place]
        assert (found.key, found.value, found.headers) == (record.key, record.value, record.headers)
    bad = [delivery for delivery in outcomes if not delivery.record.value.startswith(b"\0")]
    assert bad and all(delivery.code == INVALID_RECORD for delivery in bad)


def load(gate, topic: str, schema_id: int, sender: int) -> list:
    choose = random.Random(sender)
    settings = {
        "compression_type": CODECS[sender + 1],
        "linger_ms": 2,
        "batch_num_messages": 20,
        "enable_idempotence": sender % 2 == 0,
    }
    values = (b"bad" if choose.random() < 0.01 else order(schema_id, choose.getrandbits(40)) for _ in range(2_000))
    batch = [Record(value, b"%d" % sender, HEADERS[:2], choose.randrange(4)) for value in values]
    return deliver(gate.producer(**settings), topic, batch)
