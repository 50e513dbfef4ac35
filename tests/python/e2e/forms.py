"""An order and its money, each a schema of its own, in three formats, with the serializers of Confluent's client."""

import json

import pytest
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

import protos
from gate import Record, Stored

MONEY_IN_AVRO = {
    "type": "record",
    "name": "Money",
    "namespace": "shop",
    "fields": [{"name": "cents", "type": "long"}, {"name": "currency", "type": "string", "default": "EUR"}],
}
ORDER_IN_AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "net", "type": "shop.Money"},
        {"name": "tax", "type": ["null", "shop.Money"], "default": None},
    ],
}
MONEY_IN_JSON = {
    "$id": "https://shop.example/money.json",
    "type": "object",
    "properties": {"cents": {"type": "integer", "minimum": 0}, "currency": {"type": "string", "maxLength": 3}},
    "required": ["cents"],
    "additionalProperties": False,
}
ORDER_IN_JSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "net": {"$ref": "https://shop.example/money.json"},
        "tax": {"oneOf": [{"type": "null"}, {"$ref": "https://shop.example/money.json"}]},
        "labels": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "required": ["id", "net"],
}


class Avro:
    """An order whose money is another schema's."""

    messages = [{"id": n, "net": {"cents": n * 100, "currency": "DKK"}, "tax": None} for n in range(20)]

    @staticmethod
    def serializer(registry, **settings):
        money = Schema(json.dumps(MONEY_IN_AVRO), "AVRO")
        registry.register_schema("money-in-avro", money)
        reference = SchemaReference("shop.Money", "money-in-avro", 1)
        return AvroSerializer(registry, Schema(json.dumps(ORDER_IN_AVRO), "AVRO", [reference]), conf=dotted(settings))

    @staticmethod
    def deserializer(registry):
        return AvroDeserializer(registry)


class Json:
    """The same in JSON; the reference is a URI."""

    messages = [
        {"id": n, "net": {"cents": n * 100, "currency": "DKK"}, "tax": None, "labels": ["ø", "🫖"]} for n in range(20)
    ]

    @staticmethod
    def serializer(registry, **settings):
        money = Schema(json.dumps(MONEY_IN_JSON), "JSON")
        registry.register_schema("money-in-json", money)
        reference = SchemaReference("https://shop.example/money.json", "money-in-json", 1)
        return JSONSerializer(Schema(json.dumps(ORDER_IN_JSON), "JSON", [reference]), registry, conf=dotted(settings))

    @staticmethod
    def deserializer(registry):
        return JSONDeserializer(None, schema_registry_client=registry)


class Protobuf:
    """An order that imports its lines, which import money; the serializer registers all three files."""

    messages = [protos.order(n) for n in range(20)]

    @staticmethod
    def serializer(registry, **settings):
        return ProtobufSerializer(protos.Order, registry, dotted(settings))

    @staticmethod
    def deserializer(registry):
        return ProtobufDeserializer(protos.Order, schema_registry_client=registry)


FORMATS = pytest.mark.parametrize("form", [Avro, Json, Protobuf], ids=["avro", "json", "protobuf"])
FRAMINGS = pytest.mark.parametrize(
    "framing", [prefix_schema_id_serializer, header_schema_id_serializer], ids=["prefix", "header"]
)


def dotted(settings: dict) -> dict:
    return {name.replace("_", "."): value for name, value in settings.items()}


def value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def stranger(gate) -> SchemaRegistryClient:
    """A client that has seen nothing yet."""
    return SchemaRegistryClient({"url": gate.server.url})


def written(serialize, message, topic: str) -> Record:
    """A record as a producer makes it, with the headers that the serializer adds."""
    headers = []
    value = serialize(message, SerializationContext(topic, MessageField.VALUE, headers))
    return Record(value, headers=headers)


def understood(deserialize, found: Stored, topic: str):
    return deserialize(found.value, SerializationContext(topic, MessageField.VALUE, found.headers))
