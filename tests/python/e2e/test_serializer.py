"""Does the stock serializer of Confluent's clients work, from registration to reading back?"""

import json

import pytest
from confluent_kafka.schema_registry import Schema
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from gate import INVALID_RECORD, ORDER, Record, eventually

V2 = ORDER | {"fields": [*ORDER["fields"], {"name": "currency", "type": "string", "default": "EUR"}]}
INCOMPATIBLE = ORDER | {"fields": [*ORDER["fields"], {"name": "required", "type": "string"}]}


def value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def test_it_registers_produces_and_reads_back(gate, registry):
    topic = gate.topic("enforced")
    serialize = AvroSerializer(registry, json.dumps(ORDER))
    orders = [{"id": number, "amount": number / 4, "note": None} for number in range(50)]
    deliveries = gate.produce(topic, [serialize(order, value_of(topic)) for order in orders])
    assert [delivery.error for delivery in deliveries] == [None] * 50
    assert registry.get_versions(f"{topic}-value") == [1]

    deserialize = AvroDeserializer(registry)
    assert [deserialize(value, value_of(topic)) for value in gate.values(topic)] == orders


def test_what_it_made_and_was_cut_short_is_refused(gate, registry):
    topic = gate.topic("enforced")
    whole = AvroSerializer(registry, json.dumps(ORDER))({"id": 1, "amount": 9.99, "note": None}, value_of(topic))
    assert gate.produce(topic, [whole[:-3]])[0].code == INVALID_RECORD
    assert gate.produce(topic, [whole])[0].error is None
    assert gate.values(topic) == [whole]


def test_a_new_version_is_taken_without_a_restart(gate, registry):
    topic = gate.topic("enforced")
    old = AvroSerializer(registry, json.dumps(ORDER))({"id": 1, "amount": 1.0, "note": None}, value_of(topic))
    assert gate.produce(topic, [old])[0].error is None
    new = AvroSerializer(registry, json.dumps(V2))(
        {"id": 2, "amount": 1.0, "note": "n", "currency": "DKK"}, value_of(topic)
    )
    assert new[1:5] != old[1:5]
    assert [delivery.error for delivery in gate.produce(topic, [new, old])] == [None, None]
    assert registry.get_versions(f"{topic}-value") == [1, 2]


def test_an_id_that_was_unknown_is_taken_once_it_is_registered(gate, registry):
    topic = gate.topic("enforced")
    other = gate.topic("enforced")
    value = AvroSerializer(registry, json.dumps(ORDER | {"doc": topic}))(
        {"id": 1, "amount": 1.0, "note": None}, value_of(other)
    )
    assert gate.produce(topic, [value])[0].code == INVALID_RECORD
    registry.register_schema(f"{topic}-value", Schema(json.dumps(ORDER | {"doc": topic}), "AVRO"))

    def is_taken():
        assert gate.produce(topic, [value])[0].error is None

    eventually(is_taken)


def test_an_incompatible_version_is_refused_by_the_registry(gate, registry):
    topic = gate.topic("enforced")
    registry.register_schema(f"{topic}-value", Schema(json.dumps(ORDER), "AVRO"))
    with pytest.raises(SchemaRegistryError) as refusal:
        AvroSerializer(registry, json.dumps(INCOMPATIBLE))(
            {"id": 1, "amount": 1.0, "note": None, "required": "x"}, value_of(topic)
        )
    assert refusal.value.http_status_code == 409
    assert registry.get_versions(f"{topic}-value") == [1]


def test_keys_have_their_own_subject(gate, registry):
    topic = gate.topic("keyed")
    serialize = AvroSerializer(registry, json.dumps(ORDER))
    fields = {"id": 1, "amount": 1.0, "note": None}
    key = serialize(fields, SerializationContext(topic, MessageField.KEY))
    assert gate.produce(topic, [Record(serialize(fields, value_of(topic)), key)])[0].error is None
    assert {f"{topic}-key", f"{topic}-value"} <= set(registry.get_subjects())
