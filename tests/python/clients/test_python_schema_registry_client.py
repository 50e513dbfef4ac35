"""Does python-schema-registry-client, which is nobody's official client, get through the life of a subject?

It knows Avro and JSON Schema; of Protobuf it has neither schemas nor serializers.
"""

import json

import pytest
from schema_registry.client import SchemaRegistryClient
from schema_registry.client.errors import ClientError
from schema_registry.client.schema import AvroSchema, JsonSchema
from schema_registry.serializers import AvroMessageSerializer, JsonMessageSerializer

import shelf
from growing import Avro, Json
from subjects import PARCEL, WITH_STREET


@pytest.fixture
def client(url):
    return SchemaRegistryClient(url)


@pytest.fixture
def other(url):
    """Another client, which has seen nothing yet."""
    return SchemaRegistryClient(url)


@pytest.mark.parametrize(("form", "schema"), [(Avro, AvroSchema), (Json, JsonSchema)], ids=["avro", "json"])
def test_a_subject_lives_and_dies(client, other, names, form, schema):
    subject = names.subject
    old, new, wrong = (schema(text(names.topic)) for text in (form.first, form.grown, form.broken))
    first = client.register(subject, old)
    assert other.register(subject, old) == first
    second = client.register(subject, new)
    assert second != first

    assert not client.test_compatibility(subject, wrong)
    assert client.test_compatibility(subject, new)
    with pytest.raises(ClientError) as refusal:
        client.register(subject, wrong)
    assert (refusal.value.http_code, refusal.value.server_traceback["error_code"]) == (409, 40901)

    assert other.get_by_id(first) == old
    latest = other.get_schema(subject)
    assert (latest.version, latest.schema_id, latest.schema) == (2, second, new)
    assert other.get_schema(subject, version=1).schema_id == first
    assert other.check_version(subject, old).version == 1
    assert other.check_version(subject, wrong) is None
    assert subject in other.get_subjects()
    assert other.get_versions(subject) == [1, 2]

    assert client.delete_version(subject, 1) == 1
    assert client.delete_subject(subject) == [2]
    assert subject not in other.get_subjects()
    assert other.get_versions(subject) == []
    assert other.get_schema(subject) is None
    assert SchemaRegistryClient(other.url_manager.base_url).get_by_id(first) == old


def test_levels_can_be_set(client, names):
    client.register(names.subject, AvroSchema(PARCEL))
    assert client.get_compatibility() == "BACKWARD"
    assert client.update_compatibility("NONE", names.subject)
    assert client.get_compatibility(names.subject) == "NONE"
    assert client.register(names.subject, AvroSchema(WITH_STREET))


@pytest.mark.parametrize(
    ("schema", "serializer"),
    [
        (AvroSchema(shelf.schema("avsc")), AvroMessageSerializer),
        (JsonSchema(shelf.schema("schema.json")), JsonMessageSerializer),
    ],
    ids=["avro", "json"],
)
def test_records_get_there_and_back(client, other, names, schema, serializer):
    written = serializer(client).encode_record_with_schema(names.subject, schema, shelf.PARCEL)
    assert serializer(other).decode_message(written) == shelf.PARCEL
    assert json.loads(json.dumps(other.get_schema(names.subject).schema.raw_schema)) == schema.raw_schema
