"""A parcel in three formats, alone and with its city as a schema of its own, with the serializers of confluent-kafka."""

import json

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

import shelf

CITY = {"type": "record", "name": "City", "namespace": "shop", "fields": [{"name": "name", "type": "string"}]}
ADDRESSED = {"type": "record", "name": "Addressed", "namespace": "shop", "fields": [{"name": "city", "type": "shop.City"}]}
CITY_IN_JSON = {
    "$id": "https://shop.example/named.json",
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "additionalProperties": False,
}
ADDRESSED_IN_JSON = {
    "title": "Addressed",
    "type": "object",
    "properties": {"city": {"$ref": "https://shop.example/named.json"}},
    "additionalProperties": False,
}


class Avro:
    value, nested_value = shelf.PARCEL, {"city": {"name": "Ry"}}
    record = "shop.Parcel"

    @staticmethod
    def schema() -> Schema:
        return Schema(shelf.schema("avsc"), "AVRO")

    @staticmethod
    def serializer(registry, conf=None):
        return AvroSerializer(registry, shelf.schema("avsc"), conf=conf)

    @staticmethod
    def deserializer(registry, conf=None):
        return AvroDeserializer(registry, conf=conf)

    @staticmethod
    def with_reference(registry, names):
        registry.register_schema(names.other("city"), Schema(json.dumps(CITY), "AVRO"))
        reference = SchemaReference("shop.City", names.other("city"), 1)
        return AvroSerializer(registry, Schema(json.dumps(ADDRESSED), "AVRO", [reference]))

    nested_deserializer = deserializer


class Json:
    value, nested_value = Avro.value, Avro.nested_value
    record = "Parcel"  # Its title, as no schema of JSON has a name.

    @staticmethod
    def schema() -> Schema:
        return Schema(shelf.schema("schema.json"), "JSON")

    @staticmethod
    def serializer(registry, conf=None):
        return JSONSerializer(shelf.schema("schema.json"), registry, conf=conf)

    @staticmethod
    def deserializer(registry, conf=None):
        return JSONDeserializer(None, schema_registry_client=registry, conf=conf)

    @staticmethod
    def with_reference(registry, names):
        registry.register_schema(names.other("city"), Schema(json.dumps(CITY_IN_JSON), "JSON"))
        reference = SchemaReference(CITY_IN_JSON["$id"], names.other("city"), 1)
        return JSONSerializer(Schema(json.dumps(ADDRESSED_IN_JSON), "JSON", [reference]), registry)

    nested_deserializer = deserializer


def field(number: int, name: str, kind: int, of: str | None = None) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_OPTIONAL
    return FieldDescriptorProto(name=name, number=number, type=kind, type_name=of, label=label, json_name=name)


def described(name: str, message: DescriptorProto, imports: list[str] = ()) -> FileDescriptorProto:
    return FileDescriptorProto(name=name, package="shop", syntax="proto3", dependency=imports, message_type=[message])


FILES = DescriptorPool()
INT64, STRING = FieldDescriptorProto.TYPE_INT64, FieldDescriptorProto.TYPE_STRING
DOUBLE, MESSAGE = FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_MESSAGE
PARCEL = DescriptorProto(
    name="Parcel", field=[field(1, "id", INT64), field(2, "city", STRING), field(3, "weight", DOUBLE)]
)
FILES.Add(described("parcel.proto", PARCEL))
FILES.Add(described("named/city.proto", DescriptorProto(name="City", field=[field(1, "name", STRING)])))
FILES.Add(
    described(
        "addressed.proto",
        DescriptorProto(name="Addressed", field=[field(1, "city", MESSAGE, ".shop.City")]),
        ["named/city.proto"],
    )
)
Parcel, City, Addressed = (
    GetMessageClass(FILES.FindMessageTypeByName(f"shop.{name}")) for name in ("Parcel", "City", "Addressed")
)


class Protobuf:
    value, nested_value = Parcel(**shelf.PARCEL), Addressed(city=City(name="Ry"))
    record = "shop.Parcel"

    @staticmethod
    def schema() -> Schema:
        return Schema(shelf.schema("proto"), "PROTOBUF")

    @staticmethod
    def serializer(registry, conf=None):
        return ProtobufSerializer(Parcel, registry, conf)

    @staticmethod
    def deserializer(registry, conf=None):
        return ProtobufDeserializer(Parcel, conf, schema_registry_client=registry)

    @staticmethod
    def with_reference(registry, names):
        """Which registers what it imports by itself."""
        return ProtobufSerializer(Addressed, registry)

    @staticmethod
    def nested_deserializer(registry):
        return ProtobufDeserializer(Addressed, schema_registry_client=registry)


FORMATS = pytest.mark.parametrize("form", [Avro, Json, Protobuf], ids=["avro", "json", "protobuf"])
