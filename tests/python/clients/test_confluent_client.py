"""Does the client of confluent-kafka get through the life of a subject?"""

import json

import pytest
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, Schema, SchemaReference, ServerConfig
from confluent_kafka.schema_registry.error import SchemaRegistryError

from subjects import PARCEL, WITH_STREET, WITH_WEIGHT, avro

INCOMPATIBLE = 40901


def test_a_subject_lives_and_dies(registry, stranger, names):
    subject = names.subject
    first = registry.register_schema(subject, avro(PARCEL))
    assert stranger.register_schema(subject, avro(PARCEL)) == first
    second = registry.register_schema(subject, avro(WITH_WEIGHT))
    assert second != first

    assert not registry.test_compatibility(subject, avro(WITH_STREET))
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(subject, avro(WITH_STREET))
    assert (refusal.value.http_status_code, refusal.value.error_code) == (409, INCOMPATIBLE)

    assert json.loads(stranger.get_schema(first).schema_str) == PARCEL
    latest = stranger.get_latest_version(subject)
    assert (latest.version, latest.schema_id, latest.subject) == (2, second, subject)
    assert stranger.get_version(subject, 1).schema_id == first
    assert subject in stranger.get_subjects()
    assert stranger.get_versions(subject) == [1, 2]

    assert registry.delete_version(subject, 1) == 1
    assert registry.delete_subject(subject) == [2]
    assert subject not in stranger.get_subjects()
    assert subject in stranger.get_subjects(deleted=True)
    stranger.clear_caches()
    assert json.loads(stranger.get_schema(first).schema_str) == PARCEL
    assert registry.delete_subject(subject, permanent=True) == [1, 2]
    stranger.clear_caches()
    with pytest.raises(SchemaRegistryError) as gone:
        stranger.get_latest_version(subject)
    assert (gone.value.http_status_code, gone.value.error_code) == (404, 40401)
    assert subject not in stranger.get_subjects(deleted=True)


def test_a_lookup_tells_all_and_only_of_what_is_there(registry, stranger, names):
    with pytest.raises(SchemaRegistryError) as unknown:
        stranger.lookup_schema(names.subject, avro(PARCEL))
    assert unknown.value.error_code == 40401
    registered = registry.register_schema_full_response(names.subject, avro(PARCEL))
    found = stranger.lookup_schema(names.subject, avro(PARCEL))
    assert (found.schema_id, found.version) == (registered.schema_id, 1)
    assert found.guid == registered.guid
    assert json.loads(stranger.get_schema_by_guid(found.guid).schema_str) == PARCEL
    with pytest.raises(SchemaRegistryError) as other:
        stranger.lookup_schema(names.subject, avro(WITH_WEIGHT))
    assert other.value.error_code == 40403


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


def test_what_is_no_schema_is_refused(registry, names):
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.register_schema(names.subject, Schema('{"type": "recrod"}', "AVRO"))
    assert (refusal.value.http_status_code, refusal.value.error_code) == (422, 42201)


def test_references_are_kept_and_told(registry, stranger, names):
    city = {"type": "record", "name": "City", "namespace": "shop", "fields": [{"name": "name", "type": "string"}]}
    registry.register_schema(names.other("city"), avro(city))
    reference = SchemaReference("shop.City", names.other("city"), 1)
    parcel = PARCEL | {"fields": [{"name": "city", "type": "shop.City"}]}
    made = registry.register_schema(names.subject, avro(parcel, references=[reference]))
    assert stranger.get_schema(made).references == [reference]
    assert stranger.get_referenced_by(names.other("city"), 1) == [made]
    with pytest.raises(SchemaRegistryError) as refusal:
        registry.delete_subject(names.other("city"))
    assert (refusal.value.http_status_code, refusal.value.error_code) == (422, 42206)


def test_an_id_tells_where_it_is_used(registry, stranger, names):
    shared = registry.register_schema(names.subject, avro(PARCEL | {"doc": names.topic}))
    assert registry.register_schema(names.other("copy"), avro(PARCEL | {"doc": names.topic})) == shared
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
