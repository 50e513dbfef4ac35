"""What is kept of bad records, and told afterwards?"""

import json

from gate import INVALID_RECORD, eventually, frame, order

CUSTOMER = {
    "type": "record",
    "name": "Customer",
    "namespace": "com.shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": "string", "confluent:tags": ["PII"]},
        {"name": "city", "type": "string"},
        {"name": "age", "type": "int"},
    ],
}


def violations(gate, topic: str) -> list[dict]:
    def found():
        seen = gate.ask("GET", f"/govern/v1/violations?topic={topic}")["violations"]
        assert seen
        return seen

    return eventually(found)


def test_bad_records_are_counted_and_shown_without_their_values(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value", CUSTOMER)
    # Anna of Ulm, whose age is missing.
    bad = frame(schema_id, b"\x2a\x08Anna\x06Ulm")
    for _ in range(3):
        assert gate.produce(topic, [bad])[0].code == INVALID_RECORD
    eventually(lambda: check(gate, topic, 3))
    [violation] = violations(gate, topic)
    assert (violation["rule"], violation["clientId"], violation["path"]) == ("tidegate.payload", "e2e", "age")
    assert sum(hour["records"] for hour in violation["trend"]) == 3
    detail = gate.ask("GET", f"/govern/v1/violations/{violation['id']}")
    sample = detail["samples"][0]
    assert (sample["action"], sample["schema"]["id"], sample["path"]) == ("reject", schema_id, "age")
    masks = {field["path"]: field["mask"] for field in sample["fields"]}
    assert masks == {"id": "int", "name": "hidden", "city": "string(3)"}
    assert "Anna" not in json.dumps(detail) and "Ulm" not in json.dumps(detail)


def check(gate, topic: str, records: int) -> None:
    [violation] = violations(gate, topic)
    assert (violation["records"], violation["acted"]) == (records, records)


def test_in_shadow_nothing_is_done_and_all_is_told(gate):
    topic = gate.topic("shadow")
    bad = order(gate.register(f"{topic}-value"))[:-1]
    assert gate.produce(topic, [bad])[0].error is None
    [violation] = violations(gate, topic)
    assert (violation["records"], violation["acted"]) == (1, 0)


def test_topics_without_framing_obey_the_latest_version(gate):
    topic = gate.topic("bare")
    schema_id = gate.register(f"{topic}-value")
    good = order(schema_id)[5:]
    assert gate.produce(topic, [good])[0].error is None
    assert gate.produce(topic, [good[:-1]])[0].code == INVALID_RECORD
    assert gate.produce(topic, [order(schema_id)])[0].code == INVALID_RECORD
    assert gate.values(topic) == [good]


def test_a_fixed_subject_is_that_of_all_topics(gate):
    topic = gate.topic("fixed")
    schema_id = gate.register("all-orders")
    assert gate.produce(topic, [order(schema_id)])[0].error is None
    assert gate.produce(topic, [order(gate.register(f"{topic}-value", CUSTOMER))])[0].code == INVALID_RECORD
