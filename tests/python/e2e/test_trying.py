"""What would be refused of what a topic holds already?"""

import json
import urllib.error

import pytest

from gate import avro, frame, order

CHEAP = {
    "domainRules": [
        {"name": "dear", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "message.amount > 30.0"}
    ]
}


def attempt(gate, **body) -> dict:
    return gate.ask("POST", "/govern/v1/rules/try", body)


def refused(gate, **body) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as failed:
        attempt(gate, **body)
    told = json.loads(failed.value.read())
    return told["error_code"], told["message"]


def test_the_last_records_of_a_topic_are_held_against_a_proposed_rule(gate):
    topic = gate.topic("off", 2)
    schema_id = gate.register(f"{topic}-value")
    records = [order(schema_id, number, note="a secret") for number in range(1, 41)]  # Amounts from 1.5 to 60.
    assert all(delivery.error is None for delivery in gate.produce(topic, records))
    tried = attempt(gate, topic=topic, last=30, ruleSet=CHEAP)
    assert (tried["records"], tried["topic"]["cut"], tried["topic"]["empty"]) == (30, False, 0)
    assert tried["topic"]["topic"] == topic and tried["topic"]["micros"] > 0
    stored = {(record.partition, record.offset): record.value for record in gate.stored(topic)}
    # The amount is half again the number.
    cheap = {place for place, value in stored.items() if records.index(value) + 1 <= 20}
    found = {(found["partition"], found["offset"]) for found in tried["found"]}
    assert found <= cheap and len(found) == tried["refused"] > 0
    assert {found["schemaId"] for found in tried["found"]} == {schema_id}
    assert {broken["rule"] for found in tried["found"] for broken in found["violations"]} == {"dear"}
    assert "secret" not in json.dumps(tried)
    every = attempt(gate, topic=topic, last=1000, ruleSet=CHEAP)
    assert (every["records"], every["refused"]) == (40, len(cheap)) == (40, 20)


def test_a_proposed_schema_and_tombstones(gate):
    topic = gate.topic("off")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id), None, b"no schema at all", frame(schema_id, avro({"id": 1, "amount": 1, "note": None})[:-1])])
    tried = attempt(gate, topic=topic)
    assert (tried["records"], tried["refused"], tried["topic"]["empty"]) == (3, 2, 1)
    assert [(found["offset"], found["violations"][0]["rule"]) for found in tried["found"]] == [
        (2, "tidegate.framing"),
        (3, "tidegate.payload"),
    ]
    text = json.dumps({"type": "record", "name": "Order", "namespace": "com.shop", "fields": [{"name": "id", "type": "long"}]})
    assert attempt(gate, topic=topic, schema=text)["refused"] == 3


def test_what_can_not_be_read_is_told(gate):
    assert refused(gate, topic="nowhere.1", schema='"long"')[0] == 40493
    topic = gate.topic("off")
    assert refused(gate, topic=topic)[0] == 40401, "its subject is not there"
    assert refused(gate, topic=topic, schema='"long"', cluster="other")[0] == 40494
    for body in [{"last": 0}, {"last": 1001}, {"part": "header"}, {"records": [{"base64": ""}]}]:
        assert refused(gate, topic=topic, schema='"long"', **body)[0] == 422
    assert attempt(gate, topic=topic, schema='"long"')["records"] == 0
