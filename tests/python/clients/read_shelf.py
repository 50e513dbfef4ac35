"""Can the Python clients read what every client, of whatever language, has laid on the shelf?"""

import pytest
from confluent_kafka.serialization import MessageField, SerializationContext
from schema_registry.client import SchemaRegistryClient
from schema_registry.serializers import AvroMessageSerializer, JsonMessageSerializer

import shelf
from formats import Avro, Json, Protobuf
from subjects import id_of

SERDES = {"avro": Avro, "json": Json, "protobuf": Protobuf}


def items(*forms: str):
    found = [item for form in forms for item in shelf.items(form)]
    return pytest.mark.parametrize("item", found, ids=[item.file.name for item in found])


@items("avro", "json", "protobuf")
def test_confluent_kafka_reads(registry, item):
    serde = SERDES[item.form]
    context = SerializationContext(shelf.topic(item.form), MessageField.VALUE, item.headers)
    assert serde.deserializer(registry)(item.value, context) == serde.value


@items("avro", "json")
def test_python_schema_registry_client_reads(url, item):
    if item.headers:
        with pytest.raises(Exception):  # noqa: B017 -- It looks for the id in front, and for nothing else.
            AvroMessageSerializer(SchemaRegistryClient(url)).decode_message(item.value)
        return
    reader = {"avro": AvroMessageSerializer, "json": JsonMessageSerializer}[item.form]
    assert reader(SchemaRegistryClient(url)).decode_message(item.value) == shelf.PARCEL


@pytest.mark.parametrize("form", SERDES)
def test_all_clients_registered_one_schema(registry, form):
    """However each of them worded it: as text, compacted, or as a descriptor."""
    [version] = registry.get_versions(f"{shelf.topic(form)}-value")
    expected = registry.get_version(f"{shelf.topic(form)}-value", version)
    in_front = [item for item in shelf.items(form) if not item.headers]
    assert in_front and {id_of(item.value) for item in in_front} == {expected.schema_id}
    for item in shelf.items(form):
        if item.headers:
            [(_, header)] = item.headers
            assert header[1:17].hex() == expected.guid.replace("-", "")
