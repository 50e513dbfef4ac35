"""What do the Python clients lay on the shelf, for all the others to read?"""

import pytest
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.serialization import MessageField, SerializationContext
from schema_registry.client import SchemaRegistryClient
from schema_registry.client.schema import AvroSchema, JsonSchema
from schema_registry.serializers import AvroMessageSerializer, JsonMessageSerializer

import shelf
from formats import Avro, Json, Protobuf

FORMATS = pytest.mark.parametrize(
    ("form", "serde"), [("avro", Avro), ("json", Json), ("protobuf", Protobuf)], ids=["avro", "json", "protobuf"]
)


@FORMATS
def test_confluent_kafka_with_the_id_in_front(registry, form, serde):
    value = serde.serializer(registry)(serde.value, SerializationContext(shelf.topic(form), MessageField.VALUE))
    shelf.Item("confluent-kafka-python", form, value, []).put()


@FORMATS
def test_confluent_kafka_with_the_guid_in_a_header(registry, form, serde):
    headers = []
    context = SerializationContext(shelf.topic(form), MessageField.VALUE, headers)
    value = serde.serializer(registry, {"schema.id.serializer": header_schema_id_serializer})(serde.value, context)
    assert headers
    shelf.Item("confluent-kafka-python-guid", form, value, headers).put()


@pytest.mark.parametrize(
    ("form", "schema", "serializer"),
    [
        ("avro", AvroSchema(shelf.schema("avsc")), AvroMessageSerializer),
        ("json", JsonSchema(shelf.schema("schema.json")), JsonMessageSerializer),
    ],
    ids=["avro", "json"],
)
def test_python_schema_registry_client(url, form, schema, serializer):
    serialize = serializer(SchemaRegistryClient(url))
    value = serialize.encode_record_with_schema(f"{shelf.topic(form)}-value", schema, shelf.PARCEL)
    shelf.Item("python-schema-registry-client", form, value, []).put()
