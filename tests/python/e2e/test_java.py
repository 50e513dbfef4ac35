"""Do Apache Kafka's own tools, of its newest version, work through the proxy and mean what they say?"""

import json
import uuid

import pytest

from gate import eventually, frame
from lab import javatools

EVENT = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


DELIMITER = 0x1E


def checked_topic(gate, partitions: int = 1):
    """A topic with a JSON schema, whose records can be written into a text file."""
    topic = gate.topic("enforced", partitions)
    # Which id comes next depends on the tests before.
    for attempt in range(300):
        body = {"schemaType": "JSON", "schema": json.dumps(EVENT | {"title": f"{topic} {attempt}"})}
        schema_id = gate.ask("POST", f"/subjects/{topic}-value/versions", body)["id"]
        if all(byte < 128 and byte != DELIMITER for byte in schema_id.to_bytes(4, "big")):
            return topic, schema_id
    raise AssertionError("no id can be written as text")


def payloads(folder, schema_id: int, texts) -> list:
    file = folder / f"{uuid.uuid4()}.txt"
    file.write_bytes(b"\x1e".join(frame(schema_id, text.encode()) for text in texts))
    return ["--payload-file", file, "--payload-delimiter", "\\x1e"]


def perf(gate, topic: str, count: int, *more) -> str:
    return javatools.run(
        javatools.PRODUCER_PERFORMANCE,
        ["--bootstrap-server", gate.server.bootstrap, "--topic", topic, "--num-records", count, "--throughput", -1, *more],
    )


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_the_performance_tool_produces_to_a_checked_topic(gate, folder, codec):
    topic, schema_id = checked_topic(gate, partitions=3)
    texts = [json.dumps({"n": number}) for number in range(50)]
    told = perf(gate, topic, 5_000, "--command-property", f"compression.type={codec}", *payloads(folder, schema_id, texts))
    assert "5000 records sent" in told
    values = gate.values(topic)
    assert len(values) == 5_000
    assert set(values) <= {frame(schema_id, text.encode()) for text in texts}


def test_what_it_sends_is_refused_if_it_is_bad(gate, folder):
    topic, schema_id = checked_topic(gate)
    arguments = ["--bootstrap-server", gate.server.bootstrap, "--topic", topic, "--num-records", 20, "--throughput", -1]
    arguments += payloads(folder, schema_id, ['{"n": "no number"}'])
    told, complaints = javatools.start(javatools.PRODUCER_PERFORMANCE, arguments).communicate(timeout=60)
    assert "\n0 records sent" in told
    assert "InvalidRecordException" in complaints and "n" in complaints, complaints
    assert gate.values(topic) == []


def test_its_transactions_are_seen_when_they_are_over(gate, folder):
    topic, schema_id = checked_topic(gate)
    perf(gate, topic, 500, "--transactional-id", f"txn-{uuid.uuid4()}", *payloads(folder, schema_id, ['{"n": 1}']))
    assert gate.values(topic, isolation="read_committed") == [frame(schema_id, b'{"n": 1}')] * 500


def test_the_verifiable_producer_is_acknowledged_what_is_stored(gate):
    topic = gate.topic("off")
    told = javatools.run(
        javatools.VERIFIABLE_PRODUCER,
        ["--bootstrap-server", gate.server.bootstrap, "--topic", topic, "--max-messages", 300, "--throughput", 1_000],
    )
    events = [json.loads(line) for line in told.splitlines()]
    acknowledged = {event["value"] for event in events if event["name"] == "producer_send_success"}
    assert acknowledged == {str(number) for number in range(300)}
    assert {value.decode() for value in gate.values(topic)} == acknowledged


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_the_console_consumer_reads_in_a_group(gate, protocol):
    topic, schema_id = checked_topic(gate)
    gate.produce(topic, [frame(schema_id, b'{"n": %d}' % number) for number in range(30)])
    group = f"{protocol}-{uuid.uuid4()}"
    options = ["--topic", topic, "--group", group, "--from-beginning", "--max-messages", 30]
    options += ["--command-property", f"group.protocol={protocol}"]
    told = javatools.run(javatools.CONSOLE_CONSUMER, ["--bootstrap-server", gate.server.bootstrap, *options], seconds=60)
    assert told.count('{"n": ') == 30
    eventually(lambda: known_reader(gate, topic, group))


def test_a_share_group_reads_what_was_produced(gate):
    topic, schema_id = checked_topic(gate)
    gate.produce(topic, [frame(schema_id, b'{"n": %d}' % number) for number in range(40)])
    group = f"share-{uuid.uuid4()}"
    server = ["--bootstrap-server", gate.server.bootstrap]
    change = ["--alter", "--entity-type", "groups", "--entity-name", group]
    javatools.run(javatools.CONFIGS, [*server, *change, "--add-config", "share.auto.offset.reset=earliest"])
    options = ["--topic", topic, "--group", group, "--max-messages", 40]
    told = javatools.run(javatools.CONSOLE_SHARE_CONSUMER, [*server, *options], seconds=60)
    assert told.count('{"n": ') == 40
    eventually(lambda: known_reader(gate, topic, group))


def known_reader(gate, topic: str, group: str) -> None:
    seen = gate.ask("GET", f"/govern/v1/lineage/topics/{topic}")
    assert group in {consumer.get("group") for consumer in seen["consumers"]}, seen["consumers"]
