"""Do the rules that a schema carries reach the serializers of confluent-kafka, and does the data obey them?"""

from uuid import uuid4

import pytest
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import (
    Metadata,
    MetadataProperties,
    Rule,
    RuleKind,
    RuleMode,
    RuleParams,
    RuleSet,
    Schema,
    ServerConfig,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.schema_registry.rule_registry import RuleRegistry
from confluent_kafka.schema_registry.rules.cel.cel_executor import CelExecutor
from confluent_kafka.schema_registry.rules.cel.cel_field_executor import CelFieldExecutor
from confluent_kafka.schema_registry.rules.dlq.dlq_action import DlqAction
from confluent_kafka.serialization import SerializationError

import shelf
from formats import FORMATS, Avro, Json, Parcel, Protobuf

LATEST = {"auto.register.schemas": False, "use.latest.version": True}
ENDINGS = {Avro: ("avsc", "AVRO"), Json: ("schema.json", "JSON"), Protobuf: ("proto", "PROTOBUF")}


def rule(name: str, kind: RuleKind, type_: str, expr: str, mode=RuleMode.WRITE, tags=None, failure=None, params=None):
    return Rule(name, "", kind, mode, type_, tags, params, expr, None, failure, False)


def condition(expr: str, **members) -> Rule:
    return rule("check", RuleKind.CONDITION, "CEL", expr, **members)


def field_transform(expr: str, **members) -> Rule:
    return rule("mask", RuleKind.TRANSFORM, "CEL_FIELD", expr, **members)


def contract(form, *rules: Rule, metadata: Metadata | None = None) -> Schema:
    ending, kind = ENDINGS[form]
    return Schema(shelf.schema(ending), kind, [], metadata, RuleSet([], list(rules)))


@pytest.fixture
def executors():
    """What runs the rules, for one story alone."""
    made = RuleRegistry()
    for executor in (CelExecutor(), CelFieldExecutor()):
        made.register_executor(executor)
    return made


def serializer(form, registry, executors):
    match form:
        case _ if form is Avro:
            return AvroSerializer(registry, None, conf=LATEST, rule_registry=executors)
        case _ if form is Json:
            return JSONSerializer(shelf.schema("schema.json"), registry, conf=LATEST, rule_registry=executors)
        case _:
            return ProtobufSerializer(Parcel, registry, LATEST, rule_registry=executors)


def deserializer(form, registry, executors):
    match form:
        case _ if form is Avro:
            return AvroDeserializer(registry, rule_registry=executors)
        case _ if form is Json:
            return JSONDeserializer(None, schema_registry_client=registry, rule_registry=executors)
        case _:
            return ProtobufDeserializer(Parcel, schema_registry_client=registry, rule_registry=executors)


def parcel(form, **changes):
    members = shelf.PARCEL | changes
    return Parcel(**members) if form is Protobuf else members


@FORMATS
def test_a_condition_refuses_what_breaks_it(registry, stranger, names, executors, form):
    registry.register_schema(names.subject, contract(form, condition("message.weight < 30.0")))
    serialize = serializer(form, stranger, executors)
    written = serialize(parcel(form), names.value)
    assert deserializer(form, stranger, executors)(written, names.value) == parcel(form)
    with pytest.raises(SerializationError) as refusal:
        serialize(parcel(form, weight=31.0), names.value)
    assert "message.weight < 30.0" in str(refusal.value.__cause__)


@FORMATS
def test_a_transform_changes_fields(registry, stranger, names, executors, form):
    registry.register_schema(names.subject, contract(form, field_transform("name == 'city' ; value + '*'")))
    written = serializer(form, stranger, executors)(parcel(form), names.value)
    assert deserializer(form, stranger, executors)(written, names.value) == parcel(form, city="Århus*")


@pytest.mark.parametrize("form", [Avro, Json], ids=["avro", "json"])
def test_a_transform_changes_the_tagged_fields_alone(registry, stranger, names, executors, form):
    """Tags stand in the schema itself: this client can't hash a schema whose metadata has some."""
    ending, kind = ENDINGS[form]
    text = shelf.schema(ending).replace('"type": "string"', '"type": "string", "confluent:tags": ["PII"]')
    rules = RuleSet([], [field_transform("value + '*'", tags=["PII"])])
    registry.register_schema(names.subject, Schema(text, kind, [], None, rules))
    written = serializer(form, stranger, executors)(parcel(form), names.value)
    assert deserializer(form, stranger, executors)(written, names.value) == parcel(form, city="Århus*")


def test_tags_of_protobuf_stand_in_its_options(registry, stranger, names, executors):
    tag = ' [(confluent.field_meta).tags = "PII"];'
    text = shelf.schema("proto").replace("package shop;", 'package shop;\nimport "confluent/meta.proto";')
    rules = RuleSet([], [field_transform("value + '*'", tags=["PII"])])
    registry.register_schema(names.subject, Schema(text.replace("city = 2;", "city = 2" + tag), "PROTOBUF", [], None, rules))
    written = serializer(Protobuf, stranger, executors)(parcel(Protobuf), names.value)
    assert deserializer(Protobuf, stranger, executors)(written, names.value) == parcel(Protobuf, city="Århus*")


def test_a_whole_message_can_be_transformed(registry, names, executors):
    change = rule("change", RuleKind.TRANSFORM, "CEL", "{'id': message.id + 1, 'city': 'Ry', 'weight': message.weight}")
    registry.register_schema(names.subject, contract(Avro, change))
    written = serializer(Avro, registry, executors)(parcel(Avro), names.value)
    assert deserializer(Avro, registry, executors)(written, names.value) == {"id": 4712, "city": "Ry", "weight": 2.5}


def test_rules_run_in_order_and_backwards_for_reading(registry, names, executors):
    both = [
        rule(f"add_{letter}", RuleKind.TRANSFORM, "CEL_FIELD", f"name == 'city' ; value + '{letter}'", RuleMode.WRITEREAD)
        for letter in "ab"
    ]
    registry.register_schema(names.subject, contract(Avro, *both))
    written = serializer(Avro, registry, executors)(parcel(Avro, city=""), names.value)
    assert deserializer(Avro, registry, executors)(written, names.value)["city"] == "abba"


def test_a_failed_rule_may_be_let_pass(registry, names, executors):
    registry.register_schema(names.subject, contract(Avro, condition("message.weight < 30.0", failure="NONE")))
    heavy = parcel(Avro, weight=31.0)
    written = serializer(Avro, registry, executors)(heavy, names.value)
    assert deserializer(Avro, registry, executors)(written, names.value) == heavy


def test_a_rule_of_a_kind_that_nobody_runs_is_an_error(registry, names):
    registry.register_schema(names.subject, contract(Avro, condition("message.weight < 30.0")))
    with pytest.raises(SerializationError):
        serializer(Avro, registry, RuleRegistry())(parcel(Avro), names.value)


def test_a_dead_letter_tells_why(registry, names, executors, brokers):
    letters = names.other("letters")
    check = condition("message.weight < 30.0", failure="DLQ", params=RuleParams({"dlq.topic": letters}))
    registry.register_schema(names.subject, contract(Avro, check))
    action = DlqAction({"bootstrap.servers": brokers, "dlq.auto.flush": "true"})
    executors.register_action(action)
    with pytest.raises(SerializationError):
        serializer(Avro, registry, executors)(parcel(Avro, weight=31.0), names.value)
    action.close()
    letter = only_record(brokers, letters)
    headers = dict(letter.headers())
    assert headers["__rule.name"] == b"check" and headers["__rule.subject"] == names.subject.encode()
    assert b'"weight": 31.0' in letter.value()


def test_the_subjects_settings_add_rules_and_properties(registry, names, executors):
    config = ServerConfig(
        default_metadata=Metadata(None, MetadataProperties({"owner": "logistics"}), None),
        override_rule_set=RuleSet([], [condition("message.city != ''")]),
    )
    registry.set_config(names.subject, config)
    registry.register_schema(names.subject, Schema(shelf.schema("avsc"), "AVRO"))
    latest = registry.get_latest_version(names.subject).schema
    assert latest.metadata.properties.properties == {"owner": "logistics"}
    assert [found.name for found in latest.rule_set.domain_rules] == ["check"]
    with pytest.raises(SerializationError) as refusal:
        serializer(Avro, registry, executors)(parcel(Avro, city=""), names.value)
    assert "message.city" in str(refusal.value.__cause__)


def only_record(brokers: str, topic: str):
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": str(uuid4()), "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    record = consumer.poll(20)
    consumer.close()
    assert record is not None and record.error() is None, record and record.error()
    return record
