"""Are records carried over a breaking change by the migrations that the newer schema brings?"""

import json
from functools import cache

import pytest
from confluent_kafka.schema_registry import (
    Metadata,
    MetadataProperties,
    Rule,
    RuleKind,
    RuleMode,
    RuleSet,
    Schema,
    ServerConfig,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.schema_registry.rule_registry import RuleRegistry
from confluent_kafka.schema_registry.rules.jsonata.jsonata_executor import JsonataExecutor
from google.protobuf.descriptor_pb2 import DescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from formats import DOUBLE, INT64, described, field
from subjects import id_of

MAJOR = "application.major"
OLD, NEW = {"id": 7, "grams": 2500}, {"id": 7, "kilograms": 2.5}
# In the JSON of Protobuf, which is what a rule sees, a number of 64 bits is a text.
UP = "$merge([$sift($, function($v, $k) {$k != 'grams'}), {'kilograms': $number(grams) / 1000}])"
DOWN = "$merge([$sift($, function($v, $k) {$k != 'kilograms'}), {'grams': $round(kilograms * 1000)}])"
TO_TONS = "$merge([$sift($, function($v, $k) {$k != 'kilograms'}), {'tons': kilograms / 1000}])"
IS_WHOLE = {"grams": True, "kilograms": False, "tons": False}


class Avro:
    kind = "AVRO"

    @staticmethod
    def text(weight: str) -> str:
        fields = [{"name": "id", "type": "long"}, {"name": weight, "type": "long" if IS_WHOLE[weight] else "double"}]
        return json.dumps({"type": "record", "name": "Parcel", "namespace": "shop", "fields": fields})

    @staticmethod
    def serializer(registry, weight, conf):
        return AvroSerializer(registry, Avro.text(weight), conf=conf)

    @staticmethod
    def deserializer(registry, weight, conf, executors):
        return AvroDeserializer(registry, conf=conf, rule_registry=executors)

    @staticmethod
    def value(told: dict):
        return told

    told = value


class Json(Avro):
    kind = "JSON"

    @staticmethod
    def text(weight: str) -> str:
        properties = {"id": {"type": "integer"}, weight: {"type": "integer" if IS_WHOLE[weight] else "number"}}
        return json.dumps({"type": "object", "properties": properties, "additionalProperties": False})

    @staticmethod
    def serializer(registry, weight, conf):
        return JSONSerializer(Json.text(weight), registry, conf=conf)

    @staticmethod
    def deserializer(registry, weight, conf, executors):
        return JSONDeserializer(None, conf=conf, schema_registry_client=registry, rule_registry=executors)


class Protobuf:
    """All weights have one number: grams, which lie on the wire in another way, are no kilograms without a migration."""

    kind = "PROTOBUF"

    @staticmethod
    def text(weight: str) -> str:
        kind = "int64" if IS_WHOLE[weight] else "double"
        return f'syntax = "proto3"; package shop; message Parcel {{ int64 id = 1; {kind} {weight} = 2; }}'

    @staticmethod
    @cache
    def message(weight: str) -> type:
        fields = [field(1, "id", INT64), field(2, weight, INT64 if IS_WHOLE[weight] else DOUBLE)]
        files = DescriptorPool()
        files.Add(described("parcel.proto", DescriptorProto(name="Parcel", field=fields)))
        return GetMessageClass(files.FindMessageTypeByName("shop.Parcel"))

    @staticmethod
    def serializer(registry, weight, conf):
        return ProtobufSerializer(Protobuf.message(weight), registry, conf)

    @staticmethod
    def deserializer(registry, weight, conf, executors):
        message = Protobuf.message(weight)
        return ProtobufDeserializer(message, conf, schema_registry_client=registry, rule_registry=executors)

    @staticmethod
    def value(told: dict):
        [weight] = told.keys() & IS_WHOLE
        return Protobuf.message(weight)(**told)

    @staticmethod
    def told(message) -> dict:
        return {field.name: value for field, value in message.ListFields()}


FORMATS = pytest.mark.parametrize("form", [Avro, Json, Protobuf], ids=["avro", "json", "protobuf"])


def major(number: int) -> Metadata:
    return Metadata(None, MetadataProperties({MAJOR: str(number)}), None)


def migration(name: str, mode: RuleMode, expr: str) -> Rule:
    return Rule(name, "", RuleKind.TRANSFORM, mode, "JSONATA", None, None, expr, None, None, False)


def register(registry, subject: str, form, number: int, weight: str, *migrations: Rule) -> int:
    rules = RuleSet(list(migrations), []) if migrations else None
    return registry.register_schema(subject, Schema(form.text(weight), form.kind, [], major(number), rules))


def register_both(registry, subject: str, form) -> None:
    """Two majors, the second of which names the weight otherwise, and says how to come from the one to the other."""
    registry.set_config(subject, ServerConfig(compatibility_group=MAJOR))
    register(registry, subject, form, 1, "grams")
    rules = [migration("up", RuleMode.UPGRADE, UP), migration("down", RuleMode.DOWNGRADE, DOWN)]
    register(registry, subject, form, 2, "kilograms", *rules)


def at_major(number: int) -> dict:
    return {"use.latest.with.metadata": {MAJOR: str(number)}}


@pytest.fixture
def executors() -> RuleRegistry:
    those = RuleRegistry()
    those.register_executor(JsonataExecutor())
    return those


@FORMATS
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_record_is_read_in_the_other_major(registry, stranger, names, executors, form, direction):
    register_both(registry, names.subject, form)
    majors = [(1, "grams", OLD), (2, "kilograms", NEW)]
    (writer, written_as, written), (reader, read_as, wanted) = majors if direction == "up" else reversed(majors)
    serialize = form.serializer(registry, written_as, {"auto.register.schemas": False} | at_major(writer))
    record = serialize(form.value(written), names.value)
    assert id_of(record) == registry.get_version(names.subject, writer).schema_id
    for wanted_major, weight, expected in [(writer, written_as, written), (reader, read_as, wanted)]:
        deserialize = form.deserializer(stranger, weight, at_major(wanted_major), executors)
        assert form.told(deserialize(record, names.value)) == expected


@FORMATS
def test_within_a_major_compatibility_is_asked_for(registry, names, form):
    register_both(registry, names.subject, form)
    with pytest.raises(SchemaRegistryError) as refusal:
        register(registry, names.subject, form, 2, "grams")
    assert (refusal.value.http_status_code, refusal.value.error_code) == (409, 40901)
    assert register(registry, names.subject, form, 3, "grams")


@FORMATS
def test_migrations_run_over_several_versions(registry, stranger, names, executors, form):
    register_both(registry, names.subject, form)
    register(registry, names.subject, form, 3, "tons", migration("to_tons", RuleMode.UPGRADE, TO_TONS))
    serialize = form.serializer(registry, "grams", {"auto.register.schemas": False} | at_major(1))
    newest = form.deserializer(stranger, "tons", {"use.latest.version": True}, executors)
    found = newest(serialize(form.value(OLD), names.value), names.value)
    assert form.told(found) == {"id": 7, "tons": 0.0025}
