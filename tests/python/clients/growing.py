"""How does a parcel's schema grow, how may it not, and what does it refer to, in each format?

Texts carry a note, so that nobody else has one of them, nor its id.
"""

import json

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference


class Avro:
    kind, nonsense = "AVRO", '{"type": "recrod"}'
    reference = "shop.City"

    @staticmethod
    def parcel(note: str, *fields: dict) -> str:
        those = [{"name": "id", "type": "long"}, {"name": "city", "type": "string"}, *fields]
        return json.dumps({"type": "record", "name": "Parcel", "namespace": "shop", "doc": note, "fields": those})

    first = parcel

    weight = {"name": "weight", "type": "double", "default": 0}

    @staticmethod
    def grown(note: str) -> str:
        return Avro.parcel(note, Avro.weight)

    @staticmethod
    def broken(note: str) -> str:
        """Old records have no street."""
        return Avro.parcel(note, Avro.weight, {"name": "street", "type": "string"})

    @staticmethod
    def city(note: str) -> str:
        fields = [{"name": "name", "type": "string"}]
        return json.dumps({"type": "record", "name": "City", "namespace": "shop", "doc": note, "fields": fields})

    @staticmethod
    def addressed(note: str) -> str:
        fields = [{"name": "city", "type": "City"}]  # The record's own namespace goes without saying.
        return json.dumps({"type": "record", "name": "Addressed", "namespace": "shop", "doc": note, "fields": fields})

    meaning = staticmethod(json.loads)


class Json:
    kind, nonsense = "JSON", '{"type": "objekt"}'
    reference = "https://shop.example/city.json"

    @staticmethod
    def parcel(note: str, required: list[str] = (), **properties: str) -> str:
        those = {"id": "integer", "city": "string"} | properties
        return json.dumps(
            {
                "description": note,
                "type": "object",
                "properties": {name: {"type": type_} for name, type_ in those.items()},
                "required": ["id", *required],
                "additionalProperties": False,
            }
        )

    first = parcel

    @staticmethod
    def grown(note: str) -> str:
        return Json.parcel(note, weight="number")

    @staticmethod
    def broken(note: str) -> str:
        """Old records have no street."""
        return Json.parcel(note, ["street"], weight="number", street="string")

    @staticmethod
    def city(note: str) -> str:
        return json.dumps({"$id": Json.reference, "description": note, "type": "string"})

    @staticmethod
    def addressed(note: str) -> str:
        return json.dumps({"description": note, "type": "object", "properties": {"city": {"$ref": Json.reference}}})

    meaning = staticmethod(json.loads)


class Protobuf:
    kind, nonsense = "PROTOBUF", 'syntax = "proto3"; message Parcel { int64 id; }'
    reference = "shop/city.proto"

    @staticmethod
    def file(note: str, content: str) -> str:
        return f'syntax = "proto3"; package {note.replace("-", "_")}; {content}'

    @staticmethod
    def parcel(note: str, city: str = "string", more: str = "") -> str:
        return Protobuf.file(note, f"message Parcel {{ int64 id = 1; {city} city = 2; {more} }}")

    first = parcel

    @staticmethod
    def grown(note: str) -> str:
        return Protobuf.parcel(note, more="double weight = 3;")

    @staticmethod
    def broken(note: str) -> str:
        """No old record's city is a number."""
        return Protobuf.parcel(note, city="double", more="double weight = 3;")

    @staticmethod
    def city(note: str) -> str:
        return Protobuf.file(note, "message City { string name = 1; }")

    @staticmethod
    def addressed(note: str) -> str:
        return Protobuf.file(note, f'import "{Protobuf.reference}"; message Addressed {{ City city = 1; }}')

    @staticmethod
    def meaning(text: str) -> str:
        """A registry lays its lines in another way."""
        return "".join(text.split())


def schema(form, text: str, references: list[SchemaReference] = ()) -> Schema:
    return Schema(text, form.kind, list(references))


FORMATS = pytest.mark.parametrize("form", [Avro, Json, Protobuf], ids=["avro", "json", "protobuf"])
