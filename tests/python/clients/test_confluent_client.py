"""Does the client of confluent-kafka get through the life of a subject, in every format?"""

from base64 import b64decode

import pytest
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, Schema, SchemaReference, ServerConfig
from confluent_kafka.schema_registry.error import SchemaRegistryError
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from growing import FORMATS, Protobuf, schema
from subjects import PARCEL, WITH_STREET, WITH_WEIGHT, avro

INCOMPATIBLE = 40901


def refused(ask) -> tuple[int, int]:
    with pytest.raises(SchemaRegistryError) as refusal:
        ask()
    return refusal.value.http_status_code, refusal.value.error_code


@FORMATS
def test_a_subject_lives_and_dies(registry, stranger, names, form):
    subject = names.subject
    old, new, wrong = (schema(form, text(names.topic)) for text in (form.first, form.grown, form.broken))
    first = registry.register_schema(subject, old)
    assert stranger.register_schema(subject, old) == first
    assert registry.test_compatibility(subject, new)
    second = registry.register_schema(subject, new)
    assert second != first

    assert not registry.test_compatibility(subject, wrong)
    assert refused(lambda: registry.register_schema(subject, wrong)) == (409, INCOMPATIBLE)

    def is_told(id_: int, text: str) -> bool:
        stranger.clear_caches()
        told = stranger.get_schema(id_)
        return (told.schema_type, form.meaning(told.schema_str)) == (form.kind, form.meaning(text))

    assert is_told(first, old.schema_str) and is_told(second, new.schema_str)
    latest = stranger.get_latest_version(subject)
    assert (latest.version, latest.schema_id, latest.subject) == (2, second, subject)
    assert stranger.get_version(subject, 1).schema_id == first
    assert subject in stranger.get_subjects()
    assert stranger.get_versions(subject) == [1, 2]

    assert registry.delete_version(subject, 1) == 1
    assert registry.delete_subject(subject) == [2]
    assert subject not in stranger.get_subjects()
    assert subject in stranger.get_subjects(deleted=True)
    assert is_told(first, old.schema_str) and is_told(second, new.schema_str)
    assert registry.delete_subject(subject, permanent=True) == [1, 2]
    stranger.clear_caches()
    assert refused(lambda: stranger.get_latest_version(subject)) == (404, 40401)
    assert subject not in stranger.get_subjects(deleted=True)
    assert {refused(lambda: stranger.get_schema(id_)) for id_ in (first, second)} == {(404, 40403)}


@FORMATS
def test_a_lookup_tells_all_and_only_of_what_is_there(registry, stranger, names, form):
    old, new = schema(form, form.first(names.topic)), schema(form, form.grown(names.topic))
    assert refused(lambda: stranger.lookup_schema(names.subject, old)) == (404, 40401)
    registered = registry.register_schema_full_response(names.subject, old)
    found = stranger.lookup_schema(names.subject, old)
    assert (found.schema_id, found.version) == (registered.schema_id, 1)
    assert found.guid == registered.guid
    told = stranger.get_schema_by_guid(found.guid)
    assert form.meaning(told.schema_str) == form.meaning(old.schema_str)
    assert refused(lambda: stranger.lookup_schema(names.subject, new)) == (404, 40403)


def test_a_schema_of_protobuf_is_told_as_a_descriptor(registry, stranger, names):
    made = registry.register_schema_full_response(names.subject, schema(Protobuf, Protobuf.grown(names.topic)))
    for ask in (
        lambda: stranger.get_schema(made.schema_id, fmt="serialized"),
        lambda: stranger.get_schema_by_guid(made.guid, fmt="serialized"),
        lambda: stranger.get_version(names.subject, 1, fmt="serialized").schema,
        lambda: stranger.get_latest_version(names.subject, fmt="serialized").schema,
    ):
        stranger.clear_caches()
        file = FileDescriptorProto.FromString(b64decode(ask().schema_str, validate=True))
        [parcel] = file.message_type
        assert [(field.name, field.number) for field in parcel.field] == [("id", 1), ("city", 2), ("weight", 3)]


CLOSED = '{"type": "object", "properties": {"id": {"type": "integer"}%s}, "additionalProperties": false}'
MESSAGE = 'syntax = "proto3"; message Parcel { int64 id = 1; %s }'


@pytest.mark.parametrize(
    ("kind", "text", "evolved", "broken", "reason"),
    [
        ("JSON", CLOSED, ', "city": {"type": "string"}', ', "id": {"type": "string"}', "42201"),
        ("JSON", CLOSED, ', "city": {"type": "string"}', ', "city": {"type": "integer"}', "TYPE_CHANGED"),
        ("PROTOBUF", MESSAGE, "string city = 2;", "bytes city = 2; reserved 1;", "42201"),
        ("PROTOBUF", MESSAGE, "string city = 2;", "double city = 2;", "FIELD_SCALAR_KIND_CHANGED"),
    ],
    ids=["json_member_twice", "json_type", "protobuf_reserved", "protobuf_type"],
)
def test_other_formats_evolve_and_are_refused_too(registry, names, kind, text, evolved, broken, reason):
    first = registry.register_schema(names.subject, Schema(text % "", kind))
    second = registry.register_schema(names.subject, Schema(text % evolved, kind))
    assert first != second
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(names.subject, Schema(text % broken, kind))
    assert refusal.value.http_status_code == (422 if reason == "42201" else 409)
    assert reason in str(refusal.value)


@FORMATS
def test_what_is_no_schema_is_refused(registry, names, form):
    assert refused(lambda: registry.register_schema(names.subject, schema(form, form.nonsense))) == (422, 42201)


@FORMATS
def test_references_are_kept_and_told(registry, stranger, names, form):
    text, city = form.addressed(names.topic), names.other("city")
    assert refused(lambda: registry.register_schema(names.subject, schema(form, text))) == (422, 42201)
    registry.register_schema(city, schema(form, form.city(names.topic)))
    reference = SchemaReference(form.reference, city, 1)
    made = registry.register_schema(names.subject, schema(form, text, [reference]))
    told = stranger.get_schema(made)
    assert (form.meaning(told.schema_str), told.references) == (form.meaning(text), [reference])
    assert stranger.get_referenced_by(city, 1) == [made]
    assert refused(lambda: registry.delete_subject(city)) == (422, 42206)
    assert registry.delete_subject(names.subject) == [1]
    assert registry.delete_subject(city) == [1]


@FORMATS
def test_an_id_tells_where_it_is_used(registry, stranger, names, form):
    text = schema(form, form.first(names.topic))
    shared = registry.register_schema(names.subject, text)
    assert registry.register_schema(names.other("copy"), text) == shared
    assert set(stranger.get_subjects_by_schema_id(shared)) == {names.subject, names.other("copy")}
    places = {(place.subject, place.version) for place in stranger.get_schema_versions(shared)}
    assert places == {(names.subject, 1), (names.other("copy"), 1)}


def test_settings_of_a_subject(registry, names):
    registry.register_schema(names.subject, avro(PARCEL))
    registry.set_compatibility(names.subject, level="FORWARD")
    assert registry.get_compatibility(names.subject) == "FORWARD"
    assert registry.register_schema(names.subject, avro(WITH_STREET))
    config = ServerConfig(compatibility=ConfigCompatibilityLevel.FULL, compatibility_group="major")
    registry.set_config(names.subject, config)
    found = registry.get_config(names.subject)
    assert (found.compatibility_level, found.compatibility_group) == (ConfigCompatibilityLevel.FULL, "major")
    registry.delete_config(names.subject)
    with pytest.raises(SchemaRegistryError) as unset:
        registry.get_config(names.subject)
    assert unset.value.error_code == 40408


def test_a_subject_can_be_made_read_only(registry, names):
    assert registry.get_global_mode() == "READWRITE"
    registry.register_schema(names.subject, avro(PARCEL))
    registry.update_mode(names.subject, "READONLY")
    assert registry.get_mode(names.subject) == "READONLY"
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(names.subject, avro(WITH_WEIGHT))
    assert (refusal.value.http_status_code, refusal.value.error_code) == (422, 42205)
    registry.delete_mode(names.subject)
    assert registry.register_schema(names.subject, avro(WITH_WEIGHT))


def test_contexts_and_types(registry, stranger, names):
    subject = f":.{names.topic}:orders"
    registry.register_schema(subject, avro(PARCEL))
    assert f".{names.topic}" in stranger.get_contexts()
    assert subject in stranger.get_subjects(subject_prefix=f":.{names.topic}:")
    assert {"AVRO", "JSON", "PROTOBUF"} <= set(stranger.get_schema_types())
