"""What are subjects and topics called, and what is a record made of, in the stories of the clients?"""

import json
from dataclasses import dataclass

from confluent_kafka.schema_registry import Schema
from confluent_kafka.serialization import MessageField, SerializationContext

PARCEL = {
    "type": "record",
    "name": "Parcel",
    "namespace": "shop",
    "fields": [{"name": "id", "type": "long"}, {"name": "city", "type": "string"}],
}
WITH_WEIGHT = PARCEL | {"fields": [*PARCEL["fields"], {"name": "weight", "type": "double", "default": 0}]}
WITH_STREET = PARCEL | {"fields": [*PARCEL["fields"], {"name": "street", "type": "string"}]}  # Old records have none.


@dataclass(frozen=True)
class Names:
    """Names of one story."""

    topic: str

    @property
    def subject(self) -> str:
        return f"{self.topic}-value"

    def other(self, what: str) -> str:
        return f"{self.topic}-{what}"

    @property
    def value(self) -> SerializationContext:
        return self.context()

    def context(self, headers: list | None = None, field: str = MessageField.VALUE) -> SerializationContext:
        return SerializationContext(self.topic, field, headers)


def avro(schema: dict, **members) -> Schema:
    return Schema(json.dumps(schema), "AVRO", **members)


def id_of(framed: bytes) -> int:
    """The id in front of a record."""
    assert framed[0] == 0
    return int.from_bytes(framed[1:5], "big")
