"""Do confluent-kafka's serializers follow a schema that grows, in every format, and stop where it may not?"""

from functools import cache

import pytest
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

import growing
from formats import DOUBLE, INT64, STRING, field
from growing import schema
from subjects import id_of

OLD, NEW, WITH_STREET = {"id": 7, "city": "Århus"}, {"id": 8, "city": "Ry", "weight": 2.5}, {"street": "Torvet"}
LOOK_UP = {"auto.register.schemas": False}


class Avro:
    texts, broken = growing.Avro, NEW | WITH_STREET
    old_in_new = OLD | {"weight": 0}  # The default.

    @staticmethod
    def serializer(registry, note, step, conf=None):
        return AvroSerializer(registry, text(Avro, note, step), conf=conf)

    @staticmethod
    def deserializer(registry, note, step):
        return AvroDeserializer(registry, text(Avro, note, step))

    @staticmethod
    def value(told, note, step):
        return told

    @staticmethod
    def told(value):
        return value


class Json(Avro):
    texts, old_in_new = growing.Json, OLD

    @staticmethod
    def serializer(registry, note, step, conf=None):
        return JSONSerializer(text(Json, note, step), registry, conf=conf)

    @staticmethod
    def deserializer(registry, note, step):
        return JSONDeserializer(text(Json, note, step), schema_registry_client=registry)


class Protobuf:
    texts, broken = growing.Protobuf, NEW | {"city": 8000}
    old_in_new = OLD

    @staticmethod
    @cache
    def message(note: str, step: str) -> type:
        """The class that a build would make of the text."""
        fields = [field(1, "id", INT64), field(2, "city", DOUBLE if step == "broken" else STRING)]
        weight = [] if step == "first" else [field(3, "weight", DOUBLE)]
        content = [DescriptorProto(name="Parcel", field=fields + weight)]
        package = note.replace("-", "_")
        files = DescriptorPool()
        files.Add(FileDescriptorProto(name="parcel.proto", package=package, syntax="proto3", message_type=content))
        return GetMessageClass(files.FindMessageTypeByName(f"{package}.Parcel"))

    @staticmethod
    def serializer(registry, note, step, conf=None):
        return ProtobufSerializer(Protobuf.message(note, step), registry, conf)

    @staticmethod
    def deserializer(registry, note, step):
        return ProtobufDeserializer(Protobuf.message(note, step), schema_registry_client=registry)

    @staticmethod
    def value(told, note, step):
        return Protobuf.message(note, step)(**told)

    @staticmethod
    def told(value):
        return {field.name: value for field, value in value.ListFields()}


FORMATS = pytest.mark.parametrize("form", [Avro, Json, Protobuf], ids=["avro", "json", "protobuf"])


def text(form, note: str, step: str) -> str:
    return getattr(form.texts, step)(note)


@FORMATS
def test_serializers_register_what_has_grown_and_stop_at_what_breaks(registry, stranger, names, form):
    def write(told: dict, step: str) -> bytes:
        return form.serializer(registry, names.topic, step)(form.value(told, names.topic, step), names.value)

    old, new = write(OLD, "first"), write(NEW, "grown")
    assert id_of(old) != id_of(new)
    with pytest.raises(SchemaRegistryError) as refusal:
        write(form.broken, "broken")
    assert (refusal.value.http_status_code, refusal.value.error_code) == (409, 40901)
    assert stranger.get_versions(names.subject) == [1, 2]

    # What they register is what somebody else would have as a text.
    for written, step in [(old, "first"), (new, "grown")]:
        found = stranger.lookup_schema(names.subject, schema(form.texts, text(form, names.topic, step)))
        assert found.schema_id == id_of(written)


@FORMATS
def test_a_new_reader_reads_old_records_too(registry, stranger, names, form):
    written = {}
    for step, told in [("first", OLD), ("grown", NEW)]:
        made = registry.register_schema(names.subject, schema(form.texts, text(form, names.topic, step)))
        serialize = form.serializer(stranger, names.topic, step, LOOK_UP)
        written[step] = serialize(form.value(told, names.topic, step), names.value)
        assert id_of(written[step]) == made

    def read(record: bytes, step: str) -> dict:
        return form.told(form.deserializer(registry, names.topic, step)(record, names.value))

    registry.clear_caches()  # It knows the texts it has registered, where readers of Protobuf want descriptors.
    assert read(written["first"], "first") == OLD
    assert read(written["grown"], "grown") == NEW
    assert read(written["first"], "grown") == form.old_in_new
    # Also after the version is gone, for as long as the subject can be taken back.
    stranger.delete_subject(names.subject)
    registry.clear_caches()
    assert read(written["first"], "grown") == form.old_in_new


@FORMATS
def test_a_serializer_can_be_tied_to_an_id(registry, stranger, names, form):
    first, second = (
        registry.register_schema(names.subject, schema(form.texts, text(form, names.topic, step)))
        for step in ("first", "grown")
    )
    for version, id_, other in [(1, first, "grown"), (2, second, "first")]:
        stranger.get_version(names.subject, version, fmt="serialized")  # An id that it never met it takes for none.
        tied = form.serializer(stranger, names.topic, other, LOOK_UP | {"use.schema.id": id_})
        assert id_of(tied(form.value(OLD, names.topic, other), names.value)) == id_
