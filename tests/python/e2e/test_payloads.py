"""Which payloads are refused, in each format, and with what reason?"""

import pytest
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer

import protos
import raw
from forms import FORMATS, Avro, Json, Protobuf, written
from gate import INVALID_RECORD, Record, frame

BAD_AVRO = {
    "cut short": (lambda good: good[:-1], "tax"),
    "more than the record": (lambda good: good + b"\0", ""),
    "a branch that is none": (lambda good: good[:-1] + b"\x04", "tax"),
    "JSON": (lambda good: b'{"id": 1}', ""),
    "nothing": (lambda good: b"", "id"),
}
BAD_JSON = {
    "no JSON": (lambda good: b"id: 1", ""),
    "cut short": (lambda good: good[:-1], ""),
    "two values": (lambda good: good + b"{}", ""),
    "a wrong type": (lambda good: b'{"id": "1", "net": {"cents": 1}}', "id"),
    "a wrong type in a reference": (lambda good: b'{"id": 1, "net": {"cents": 1.5}}', "net.cents"),
    "too small a number in a reference": (lambda good: b'{"id": 1, "net": {"cents": -1}}', "net.cents"),
    "more than a reference allows": (lambda good: b'{"id": 1, "net": {"cents": 1, "more": "secret"}}', "net"),
    "something required is missing": (lambda good: b'{"net": {"cents": 1}}', "id"),
    "no alternative fits": (lambda good: b'{"id": 1, "net": {"cents": 1}, "tax": 7}', "tax"),
    "an item twice": (lambda good: b'{"id": 1, "net": {"cents": 1}, "labels": ["secret", "secret"]}', "labels"),
    "a key twice": (lambda good: b'{"id": 1, "net": {"cents": 1}, "id": 2}', "id"),
    "a key twice, spelt otherwise": (lambda good: b'{"id": 1, "net": {"cents": 1}, "\\u0069d": 2}', "id"),
    "a key twice where anything goes": (
        lambda good: b'{"id": 1, "net": {"cents": 1}, "more": {"x": 1, "x": 2}}',
        "twice",
    ),
    "not UTF-8": (lambda good: b'{"id": 1, "net": {"cents": 1}, "labels": ["\xff"]}', ""),
    "a number that is none": (lambda good: b'{"id": NaN, "net": {"cents": 1}}', ""),
    "nothing": (lambda good: b"", ""),
    "brackets without end": (lambda good: b"[" * 100_000, ""),
}
BAD_PROTOBUF = {
    "no index": (lambda good: b"", ""),
    "an index that is none": (lambda good: b"\2\x12" + good[2:], ""),
    "an index below a message that has none below": (lambda good: b"\4\0\0" + good[2:], ""),
    "a negative index": (lambda good: b"\2\1" + good[2:], ""),
    "indexes without end": (lambda good: b"\xfe\xff\xff\xff\x0f" + good[2:], ""),
    "cut short": (lambda good: good[:-1], ""),
    "text where a number belongs": (lambda good: good[:2] + b"\x0a\x06secret", "id"),
    "a number where text belongs": (lambda good: good[:2] + b"\x2a\x02\x08\x05", "note.text"),
    "not UTF-8": (lambda good: good[:2] + b"\x2a\x03\x0a\x01\xff", "note.text"),
    "not UTF-8 in an import": (lambda good: good[:2] + b"\x12\x03\x0a\x01\xff", "lines[0].sku"),
    "cut short in an import of an import": (
        lambda good: good[:2] + b"\x12\x04\x12\x02\x08\xff",
        "lines[0].price.cents",
    ),
    "a field without a number": (lambda good: good[:2] + b"\x00\x01", ""),
    "a kind of field that is none": (lambda good: good[:2] + b"\x0f", ""),
    "a group that is never closed": (lambda good: good[:2] + b"\x4b", ""),
    "JSON": (lambda good: b'{"id": 1}', ""),
}


def assert_refused(gate, registry, form, spoil, place: str) -> None:
    topic = gate.topic("enforced")
    good = written(form.serializer(registry), form.messages[1], topic).value
    bad = good[:5] + spoil(good[5:])
    outcome = raw.produce(gate.server.bootstrap, topic, {0: [good, bad, good]})[0]
    assert outcome.code == INVALID_RECORD and sorted(outcome.records) == [1]
    reason = outcome.records[1]
    assert len(reason) > 10 and place in reason, reason
    assert "secret" not in reason
    assert raw.produce(gate.server.bootstrap, topic, {0: [good]})[0].code == 0
    assert gate.values(topic) == [good]


@pytest.mark.parametrize("what", BAD_AVRO)
def test_bad_avro_is_refused_with_the_reason(gate, registry, what):
    assert_refused(gate, registry, Avro, *BAD_AVRO[what])


@pytest.mark.parametrize("what", BAD_JSON)
def test_bad_json_is_refused_with_the_reason(gate, registry, what):
    assert_refused(gate, registry, Json, *BAD_JSON[what])


@pytest.mark.parametrize("what", BAD_PROTOBUF)
def test_bad_protobuf_is_refused_with_the_reason(gate, registry, what):
    assert_refused(gate, registry, Protobuf, *BAD_PROTOBUF[what])


@FORMATS
def test_a_bad_record_that_names_its_schema_in_a_header_is_refused(gate, registry, form):
    topic = gate.topic("enforced")
    good = written(form.serializer(registry, schema_id_serializer=header_schema_id_serializer), form.messages[1], topic)
    assert gate.produce(topic, [good])[0].error is None
    cut = Record(good.value[:-1], headers=good.headers)
    [(name, guid)] = good.headers
    unknown = Record(good.value, headers=[(name, guid[:1] + bytes(16) + guid[17:])])
    short = Record(good.value, headers=[(name, guid[:9])])
    for bad in (cut, unknown, short, Record(good.value)):
        assert gate.produce(topic, [bad])[0].code == INVALID_RECORD
    assert len(gate.stored(topic)) == 1


def test_what_a_reader_ignores_is_no_reason_to_refuse(gate, registry):
    topic = gate.topic("enforced")
    good = written(Protobuf.serializer(registry), Protobuf.messages[1], topic).value
    unknown = good + b"\xfa\x7f\x01x" + b"\xfb\x7f\xf8\x7f\x01\xfc\x7f"  # Text and a group, both numbered 2047.
    unpacked = good[:7] + b"\x30\x01\x30\x02"
    empty = good[:7]
    assert [delivery.error for delivery in gate.produce(topic, [unknown, unpacked, empty])] == [None] * 3
    more = written(Json.serializer(registry), Json.messages[1], other := gate.topic("enforced")).value
    roomy = more[:5] + b' {"id":1, "net" : {"cents": 1e2}, "anything": [[[{"a": null}]]]}\r\n'
    assert [delivery.error for delivery in gate.produce(other, [more, roomy])] == [None, None]


def test_the_old_syntax_has_fields_that_must_be_there(gate, registry):
    topic = gate.topic("enforced")
    serialize = ProtobufSerializer(protos.Legacy, registry)
    good = written(serialize, protos.Legacy(id=7, note="n"), topic).value
    assert gate.produce(topic, [good])[0].error is None
    without = frame(int.from_bytes(good[1:5], "big"), b"\0" + protos.Legacy(note="n").SerializePartialToString())
    outcome = raw.produce(gate.server.bootstrap, topic, {0: [without]})[0]
    assert outcome.code == INVALID_RECORD and "id" in outcome.records[0]
    assert gate.values(topic) == [good]
