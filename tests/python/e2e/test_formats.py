"""Does every format get from Confluent's serializers through registry and proxy to its deserializers?"""

from urllib.parse import quote

import pytest
from confluent_kafka.schema_registry import Schema, header_schema_id_serializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

import protos
from forms import FORMATS, FRAMINGS, Json, Protobuf, stranger, understood, value_of, written
from gate import INVALID_RECORD, Record, frame, read


@FORMATS
@FRAMINGS
def test_records_get_through_and_can_be_read(gate, registry, form, framing):
    topic = gate.topic("enforced")
    serialize = form.serializer(registry, schema_id_serializer=framing)
    records = [written(serialize, message, topic) for message in form.messages]
    assert all(bool(record.headers) == (framing is header_schema_id_serializer) for record in records)
    assert [delivery.error for delivery in gate.produce(topic, records)] == [None] * len(records)

    deserialize = form.deserializer(stranger(gate))
    found = read(gate.server.bootstrap, topic)
    assert [understood(deserialize, record, topic) for record in found] == form.messages


@FORMATS
def test_what_the_serializer_registered_stands_on_its_references(gate, registry, form):
    topic = gate.topic("enforced")
    form.serializer(registry)(form.messages[0], value_of(topic))
    latest = gate.ask("GET", f"/subjects/{topic}-value/versions/latest")
    [reference] = [one for one in latest["references"] if "google" not in one["name"]]
    base = f"/subjects/{quote(reference['subject'], safe='')}/versions/{reference['version']}"
    assert latest["id"] in gate.ask("GET", f"{base}/referencedby")
    # A second producer, started later, gets the same id.
    again = form.serializer(stranger(gate))
    value = again(form.messages[1], value_of(topic))
    assert int.from_bytes(value[1:5], "big") == latest["id"]
    assert registry.get_versions(f"{topic}-value") == [1]


@FORMATS
def test_producers_may_look_up_instead_of_registering(gate, registry, form):
    topic = gate.topic("enforced")
    context = value_of(topic)
    latest = form.serializer(registry, auto_register_schemas=False, use_latest_version=True)
    lookup = form.serializer(registry, auto_register_schemas=False)
    with pytest.raises(SchemaRegistryError) as refusal:
        lookup(form.messages[0], context)
    assert refusal.value.http_status_code == 404
    first = form.serializer(registry)(form.messages[0], context)
    registry.clear_caches()
    assert lookup(form.messages[0], context) == latest(form.messages[0], context) == first
    assert gate.produce(topic, [first])[0].error is None


@FORMATS
def test_normalizing_producers_get_through_too(gate, registry, form):
    topic = gate.topic("enforced")
    serialize = form.serializer(registry, normalize_schemas=True)
    records = [written(serialize, message, topic) for message in form.messages]
    assert [delivery.error for delivery in gate.produce(topic, records)] == [None] * len(records)
    deserialize = form.deserializer(stranger(gate))
    assert [understood(deserialize, found, topic) for found in gate.stored(topic)] == form.messages


def test_key_and_value_may_be_of_different_formats(gate, registry):
    topic = gate.topic("keyed")
    key = Json.serializer(registry)(Json.messages[3], SerializationContext(topic, MessageField.KEY))
    value = written(Protobuf.serializer(registry), Protobuf.messages[3], topic).value
    assert gate.produce(topic, [Record(value, key)])[0].error is None
    assert gate.produce(topic, [Record(value, value)])[0].code == INVALID_RECORD
    assert gate.produce(topic, [Record(key, key)])[0].code == INVALID_RECORD
    assert [(found.key, found.value) for found in gate.stored(topic)] == [(key, value)]


def test_an_incompatible_version_is_refused_and_an_evolved_one_is_taken(gate, registry):
    topic = gate.topic("enforced")
    subject = f"{topic}-value"
    text = 'syntax = "proto3"; package shop; message Parcel {{ {} }}'
    registry.register_schema(subject, Schema(text.format("double weight = 1;"), "PROTOBUF"))
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(subject, Schema(text.format("string weight = 1;"), "PROTOBUF"))
    assert refusal.value.http_status_code == 409 and "FIELD_SCALAR_KIND_CHANGED" in str(refusal.value)
    assert not registry.test_compatibility(subject, Schema(text.format("string weight = 1;"), "PROTOBUF"))
    evolved = registry.register_schema(subject, Schema(text.format("double weight = 1; string to = 2;"), "PROTOBUF"))
    value = frame(evolved, b"\0" + protos.Parcel(weight=2.5).SerializeToString() + b"\x12\x01x")
    assert gate.produce(topic, [value])[0].error is None
    deserialize = ProtobufDeserializer(protos.Parcel, schema_registry_client=stranger(gate))
    assert deserialize(value, value_of(topic)).weight == 2.5
