"""Do the serializers and deserializers of confluent-kafka get on with the registry, with their various settings?"""

from uuid import UUID

import pytest
from confluent_kafka.schema_registry import (
    Metadata,
    MetadataProperties,
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationError

from formats import FORMATS
from subjects import PARCEL, WITH_WEIGHT, avro, id_of

RECORD = {"id": 7, "city": "Århus"}
LOOK_UP = {"auto.register.schemas": False}


@FORMATS
@pytest.mark.parametrize("framing", [prefix_schema_id_serializer, header_schema_id_serializer], ids=["id", "guid"])
def test_every_format_gets_there_and_back(registry, stranger, names, form, framing):
    headers = []
    written = form.serializer(registry, {"schema.id.serializer": framing})(form.value, names.context(headers))
    if framing is header_schema_id_serializer:
        [(key, header)] = headers
        guid = UUID(stranger.get_latest_version(names.subject).guid)
        assert (key, header[:17]) == ("__value_schema_id", b"\1" + guid.bytes)
    else:
        assert (headers, id_of(written)) == ([], stranger.get_latest_version(names.subject).schema_id)
    assert form.deserializer(stranger)(written, names.context(headers)) == form.value


@FORMATS
def test_a_client_that_must_not_register_looks_up(registry, names, url, form):
    with pytest.raises(SchemaRegistryError) as unknown:
        form.serializer(registry, LOOK_UP)(form.value, names.value)
    assert unknown.value.http_status_code == 404
    written = form.serializer(registry)(form.value, names.value)
    fresh = SchemaRegistryClient({"url": url})
    assert form.serializer(fresh, LOOK_UP)(form.value, names.value) == written
    assert form.serializer(fresh, LOOK_UP | {"use.latest.version": True})(form.value, names.value) == written


@FORMATS
def test_references_are_fetched_for_reading(registry, stranger, names, form):
    serialize = form.with_reference(registry, names)
    written = serialize(form.nested_value, names.value)
    [reference] = stranger.get_latest_version(names.subject).schema.references
    assert stranger.get_referenced_by(reference.subject, reference.version) == [id_of(written)]
    assert form.nested_deserializer(stranger)(written, names.value) == form.nested_value


def test_an_old_record_is_read_with_the_latest_schema(registry, stranger, names):
    written = AvroSerializer(registry, avro(PARCEL))(RECORD, names.value)
    registry.register_schema(names.subject, avro(WITH_WEIGHT))
    assert AvroDeserializer(stranger)(written, names.value) == RECORD
    latest = AvroDeserializer(stranger, conf={"use.latest.version": True})
    assert latest(written, names.value) == RECORD | {"weight": 0}


def test_a_version_is_found_by_its_metadata(registry, stranger, names):
    def application(version: str) -> Metadata:
        return Metadata(None, MetadataProperties({"application.major": version}), [])

    first = registry.register_schema(names.subject, avro(PARCEL, metadata=application("1")))
    second = registry.register_schema(names.subject, avro(WITH_WEIGHT, metadata=application("2")))
    for version, expected in [("1", first), ("2", second)]:
        wanted = LOOK_UP | {"use.latest.with.metadata": {"application.major": version}}
        assert id_of(AvroSerializer(stranger, None, conf=wanted)(RECORD | {"weight": 1}, names.value)) == expected
    assert stranger.get_version(names.subject, 1).schema.metadata == application("1")


def test_normalizing_clients_share_one_id(registry, stranger, names):
    wordy = {"fields": PARCEL["fields"], "namespace": "", "name": "shop.Parcel", "type": "record"}
    conf = {"normalize.schemas": True}
    plain = AvroSerializer(registry, avro(PARCEL), conf=conf)(RECORD, names.value)
    assert AvroSerializer(stranger, avro(wordy), conf=conf)(RECORD, names.value) == plain
    assert stranger.get_versions(names.subject) == [1]


def test_a_record_that_does_not_fit_never_leaves(registry, names):
    with pytest.raises(Exception, match="city"):
        AvroSerializer(registry, avro(PARCEL))({"id": 7, "city": 8000}, names.value)
    text = '{"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}, "required": ["id"]}'
    with pytest.raises(SerializationError):
        JSONSerializer(text, registry)({"id": 0}, names.context(field=MessageField.KEY))


def test_json_by_reference_is_validated_with_what_it_refers_to(registry, stranger, names):
    city = '{"$id": "https://shop.example/city.json", "type": "string", "minLength": 2}'
    registry.register_schema(names.other("city"), Schema(city, "JSON"))
    reference = SchemaReference("https://shop.example/city.json", names.other("city"), 1)
    text = '{"type": "object", "properties": {"city": {"$ref": "https://shop.example/city.json"}}}'
    serialize = JSONSerializer(Schema(text, "JSON", [reference]), registry)
    written = serialize({"city": "Ry"}, names.value)
    assert JSONDeserializer(None, schema_registry_client=stranger)(written, names.value) == {"city": "Ry"}
    with pytest.raises(SerializationError):
        serialize({"city": "Å"}, names.value)
