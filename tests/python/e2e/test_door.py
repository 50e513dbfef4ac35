"""Records over HTTP: are they judged as any producer's, answered one by one, and written as they were sent?"""

import base64
import http.client
import json
import urllib.error
import urllib.request

import pytest
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from gate import eventually, frame, order

NAME = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
REFUSED, NO_TOPIC, NO_CLUSTER = 42292, 40493, 40494


def place(topic: str, kind: str = "records") -> str:
    return f"/kafka/v3/clusters/default/topics/{topic}/{kind}"


def send(gate, path: str, body: str) -> tuple[int, list[dict]]:
    request = urllib.request.Request(f"{gate.server.url}{path}", body.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, [json.loads(line) for line in answer.read().splitlines()]
    except urllib.error.HTTPError as refused:
        return refused.code, [json.loads(refused.read())]


def binary(value: bytes) -> dict:
    return {"value": {"type": "BINARY", "data": base64.b64encode(value).decode()}}


def stream(*records: dict) -> str:
    return "\n".join(json.dumps(record) for record in records)


def test_each_record_is_answered_in_order_and_the_bad_one_alone_is_refused(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    records = [order(schema_id, number) for number in range(20)]
    records[7] = records[7][:-3]
    status, answers = send(gate, place(topic), stream(*map(binary, records)))
    assert status == 200
    assert [answer["error_code"] for answer in answers] == [200] * 7 + [REFUSED] + [200] * 12, answers
    assert f"schema {schema_id}" in answers[7]["message"] or "value" in answers[7]["message"], answers[7]
    assert sorted(gate.values(topic)) == sorted(value for index, value in enumerate(records) if index != 7)
    stored = {(record.partition, record.offset): record.value for record in gate.stored(topic)}
    for index, answer in enumerate(answers):
        if answer["error_code"] == 200:
            assert stored[(answer["partition_id"], answer["offset"])] == records[index]


def test_json_is_written_as_it_was_sent_under_the_topics_schema(gate):
    topic = gate.topic("enforced")
    body = {"schema": json.dumps(NAME), "schemaType": "JSON"}
    schema_id = gate.ask("POST", f"/subjects/{topic}-value/versions", body)["id"]
    text = '{"id":  1, "amount": 1.10}'
    good = f'{{"headers":[{{"name":"a","value":"Yg=="}}],"value":{{"type":"JSONSCHEMA","data":{text}}}}}'
    by_id = json.dumps({"key": {"type": "STRING", "data": "k"}, "value": {"schema_id": schema_id, "data": {"id": 2}}})
    bad = json.dumps({"value": {"type": "JSONSCHEMA", "data": {"id": "x"}}})
    _, answers = send(gate, place(topic), good + by_id + bad)
    assert [answer["error_code"] for answer in answers] == [200, 200, REFUSED], answers
    shown = {"type": "JSONSCHEMA", "size": len(text) + 5, "subject": f"{topic}-value", "schema_id": schema_id, "schema_version": 1}
    assert answers[0]["value"] == shown
    assert answers[1]["value"] == shown | {"size": len('{"id": 2}') + 5}
    assert "/id" in answers[2]["message"] or "id" in answers[2]["message"], answers[2]
    first, second = sorted(gate.stored(topic), key=lambda record: record.key or b"")
    assert (first.value, first.headers) == (frame(schema_id, text.encode()), [("a", b"b")])
    assert (second.key, second.value) == (b"k", frame(schema_id, b'{"id": 2}'))


def test_avro_and_protobuf_are_told_in_json_and_read_by_their_deserializers(gate, registry):
    avro, proto = gate.topic("enforced"), gate.topic("enforced")
    schema_id = gate.register(f"{avro}-value")
    text = 'syntax = "proto3"; message Order { int64 id = 1; string note = 2; }'
    body = {"schema": text, "schemaType": "PROTOBUF"}
    proto_id = gate.ask("POST", f"/subjects/{proto}-value/versions", body)["id"]
    good = {"value": {"type": "PROTOBUF", "data": {"id": "7", "note": "n"}}}
    misfit = {"value": {"type": "PROTOBUF", "data": {"id": 7, "notes": 1}}}
    _, answers = send(gate, place(proto), stream(good, misfit))
    assert [answer["error_code"] for answer in answers] == [200, 422], answers
    assert "notes" in answers[1]["message"]
    assert gate.values(proto) == [frame(proto_id, b"\x00\x08\x07\x12\x01n")]
    fields = {"id": 1, "amount": 1.5, "note": "a"}
    _, answers = send(gate, place(avro), stream({"value": {"type": "AVRO", "data": fields}}, {"value": {"type": "AVRO", "data": {}}}))
    assert [answer["error_code"] for answer in answers] == [200, 422], answers
    assert answers[0]["value"] | {"type": "AVRO", "schema_id": schema_id} == answers[0]["value"]
    [value] = gate.values(avro)
    assert AvroDeserializer(registry)(value, SerializationContext(avro, MessageField.VALUE)) == fields


def test_a_version_of_any_subject_can_be_named(gate):
    topic = gate.topic("off")
    schemas = [NAME, NAME | {"title": "second"}]
    ids = []
    for schema in schemas:
        body = {"schema": json.dumps(schema), "schemaType": "JSON"}
        ids.append(gate.ask("POST", f"/subjects/{topic}.names/versions", body)["id"])
    named = {"subject": f"{topic}.names", "data": {"id": 1}}
    parts = [named | {"schema_version": 1}, named, named | {"schema_version": 3}, named | {"schema": "{}"}]
    parts += [named | {"type": "AVRO"}, named | {"schema_version": 0}]
    _, answers = send(gate, place(topic), stream(*({"value": part} for part in parts)))
    assert [answer["error_code"] for answer in answers] == [200, 200, 40403, 422, 422, 422], answers
    assert [answer["value"]["schema_id"] for answer in answers[:2]] == ids
    assert [answer["value"]["schema_version"] for answer in answers[:2]] == [1, 2]
    assert gate.values(topic) == [frame(schema_id, b'{"id": 1}') for schema_id in ids]


def test_a_batch_tells_what_became_of_each(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    entries = [{"id": "good"} | binary(order(schema_id)), {"id": "bad"} | binary(b"bad"), {"id": "odd", "value": {"type": "XML"}}]
    status, [answer] = send(gate, place(topic, "records:batch"), json.dumps({"entries": entries}))
    assert status == 207
    assert [success["id"] for success in answer["successes"]] == ["good"]
    assert [(failure["id"], failure["error_code"]) for failure in answer["failures"]] == [("bad", REFUSED), ("odd", 422)]
    assert gate.values(topic) == [order(schema_id)]


def test_answers_come_while_the_request_is_still_going_on(gate):
    topic = gate.topic("off")
    connection = http.client.HTTPConnection(gate.server.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", place(topic))
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()

    def chunk(text: str) -> None:
        connection.send(f"{len(text):x}\r\n{text}\r\n".encode())

    chunk('{"value": {"type": "STRING", "da')
    chunk('ta": "one"}} {"value"')
    answer = connection.getresponse()
    assert json.loads(answer.readline())["error_code"] == 200
    chunk(': {"type": "STRING", "data": "two"}}')
    assert json.loads(answer.readline())["error_code"] == 200
    chunk("nonsense}")
    assert json.loads(answer.readline())["error_code"] == 400
    connection.close()
    assert sorted(gate.values(topic)) == [b"one", b"two"]


def test_partition_timestamp_and_tombstones(gate):
    topic = gate.topic("off", 3)
    record = {"partition_id": 2, "timestamp": "2026-02-28T23:59:59.999Z", "key": {"type": "STRING", "data": "k"}}
    _, [answer] = send(gate, place(topic), stream(record))
    assert (answer["partition_id"], answer["timestamp"]) == (2, "2026-02-28T23:59:59.999Z")
    [stored] = gate.stored(topic)
    assert (stored.partition, stored.key, stored.value) == (2, b"k", None)


@pytest.mark.parametrize("topic, code", [("no such topic!", NO_TOPIC)])
def test_what_is_not_there_is_told(gate, topic, code):
    _, [answer] = send(gate, place(urllib.request.quote(topic)), stream({"value": {"type": "STRING", "data": "x"}}))
    assert answer["error_code"] == code, answer
    status, [answer] = send(gate, "/kafka/v3/clusters/other/topics/x/records", "{}")
    assert (status, answer["error_code"]) == (404, NO_CLUSTER)


def test_clusters_and_topics_are_listed(gate):
    topic = gate.topic("off", 2)
    [cluster] = gate.ask("GET", "/kafka/v3/clusters")["data"]
    assert cluster["cluster_id"] == "default"

    def seen():
        topics = {told["topic_name"]: told for told in gate.ask("GET", cluster["topics"]["related"])["data"]}
        assert (topics[topic]["partitions_count"], topics[topic]["is_internal"]) == (2, False)

    eventually(seen)
