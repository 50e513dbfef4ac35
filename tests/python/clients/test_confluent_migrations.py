"""Are records carried over a breaking change by the migrations that the newer schema brings?"""

import json

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
from confluent_kafka.schema_registry.rule_registry import RuleRegistry
from confluent_kafka.schema_registry.rules.jsonata.jsonata_executor import JsonataExecutor
from confluent_kafka.serialization import SerializationContext

MAJOR = "application.major"
OLD, NEW = {"id": 7, "grams": 2500}, {"id": 7, "kilograms": 2.5}
UP = "$merge([$sift($, function($v, $k) {$k != 'grams'}), {'kilograms': grams / 1000}])"
DOWN = "$merge([$sift($, function($v, $k) {$k != 'kilograms'}), {'grams': $round(kilograms * 1000)}])"


class Avro:
    @staticmethod
    def schema(weight: str, kind: str) -> str:
        fields = [{"name": "id", "type": "long"}, {"name": weight, "type": kind}]
        return json.dumps({"type": "record", "name": "Parcel", "namespace": "shop", "fields": fields})

    kinds = ("AVRO", "long", "double")

    @staticmethod
    def serializer(registry, text, conf):
        return AvroSerializer(registry, text, conf=conf)

    @staticmethod
    def deserializer(registry, conf, executors):
        return AvroDeserializer(registry, conf=conf, rule_registry=executors)


class Json:
    @staticmethod
    def schema(weight: str, kind: str) -> str:
        properties = {"id": {"type": "integer"}, weight: {"type": kind}}
        return json.dumps({"type": "object", "properties": properties, "additionalProperties": False})

    kinds = ("JSON", "integer", "number")

    @staticmethod
    def serializer(registry, text, conf):
        return JSONSerializer(text, registry, conf=conf)

    @staticmethod
    def deserializer(registry, conf, executors):
        return JSONDeserializer(None, conf=conf, schema_registry_client=registry, rule_registry=executors)


FORMATS = pytest.mark.parametrize("form", [Avro, Json], ids=["avro", "json"])


def major(number: int) -> Metadata:
    return Metadata(None, MetadataProperties({MAJOR: str(number)}), None)


def migration(name: str, mode: RuleMode, expr: str) -> Rule:
    return Rule(name, "", RuleKind.TRANSFORM, mode, "JSONATA", None, None, expr, None, None, False)


def register_both(registry, subject: str, form) -> None:
    """Two majors, the second of which names the weight otherwise, and says how to come from the one to the other."""
    registry.set_config(subject, ServerConfig(compatibility_group=MAJOR))
    kind, old, new = form.kinds
    registry.register_schema(subject, Schema(form.schema("grams", old), kind, [], major(1)))
    rules = RuleSet([migration("up", RuleMode.UPGRADE, UP), migration("down", RuleMode.DOWNGRADE, DOWN)], [])
    registry.register_schema(subject, Schema(form.schema("kilograms", new), kind, [], major(2), rules))


def at_major(number: int) -> dict:
    return {"use.latest.with.metadata": {MAJOR: str(number)}}


@FORMATS
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_record_is_read_in_the_other_major(registry, stranger, names, form, direction):
    register_both(registry, names.subject, form)
    executors = RuleRegistry()
    executors.register_executor(JsonataExecutor())
    writer, reader, written, wanted = (1, 2, OLD, NEW) if direction == "up" else (2, 1, NEW, OLD)
    kind, old, new = form.kinds
    text = form.schema("grams", old) if writer == 1 else form.schema("kilograms", new)
    serialize = form.serializer(registry, text, {"auto.register.schemas": False} | at_major(writer))
    record = serialize(written, names.value)
    assert form.deserializer(stranger, at_major(writer), executors)(record, names.value) == written
    found = form.deserializer(stranger, at_major(reader), executors)(record, names.value)
    assert found == wanted


def test_within_a_major_compatibility_is_asked_for(registry, names):
    register_both(registry, names.subject, Avro)
    wrong = Schema(Avro.schema("tons", "double"), "AVRO", [], major(2))
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(names.subject, wrong)
    assert (refusal.value.http_status_code, refusal.value.error_code) == (409, 40901)
    assert registry.register_schema(names.subject, Schema(wrong.schema_str, "AVRO", [], major(3)))


def test_migrations_run_over_several_versions(registry, stranger, names):
    register_both(registry, names.subject, Avro)
    up = "$merge([$sift($, function($v, $k) {$k != 'kilograms'}), {'tons': kilograms / 1000}])"
    rules = RuleSet([migration("to_tons", RuleMode.UPGRADE, up)], [])
    registry.register_schema(names.subject, Schema(Avro.schema("tons", "double"), "AVRO", [], major(3), rules))
    executors = RuleRegistry()
    executors.register_executor(JsonataExecutor())
    context = SerializationContext(names.topic, "value")
    serialize = AvroSerializer(registry, None, conf={"auto.register.schemas": False} | at_major(1))
    newest = AvroDeserializer(stranger, conf={"use.latest.version": True}, rule_registry=executors)
    assert newest(serialize(OLD, context), context) == {"id": 7, "tons": 0.0025}
