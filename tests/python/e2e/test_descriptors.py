"""Is a Protobuf file still the same after it went through the registry? Asked of the files that Google publishes."""

import base64
import pkgutil
from importlib import import_module
from urllib.parse import quote

import confluent_kafka.schema_registry.confluent as confluent
import google.api
import google.logging
import google.longrunning
import google.protobuf
import google.rpc
import google.type
import pytest
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto

PACKAGES = [confluent, google.api, google.logging, google.longrunning, google.protobuf, google.rpc, google.type]
KNOWN = ("google/protobuf/", "google/type/", "confluent/")  # These need no reference.


def published() -> list[FileDescriptor]:
    """All files, those that others import first."""
    found = {}
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("_pb2") and not module.name.endswith("_grpc_pb2"):
                add(import_module(module.name).DESCRIPTOR, found)
    return list(found.values())


def add(file: FileDescriptor, found: dict) -> None:
    for imported in file.dependencies:
        add(imported, found)
    found.setdefault(file.name, file)


FILES = published()


def request(file: FileDescriptor) -> dict:
    references = [
        {"name": one.name, "subject": one.name, "version": 1}
        for one in file.dependencies
        if not one.name.startswith(KNOWN)
    ]
    text = base64.b64encode(file.serialized_pb).decode()
    return {"schemaType": "PROTOBUF", "schema": text, "references": references}


def essence(described: FileDescriptorProto) -> FileDescriptorProto:
    """The file without what has no meaning or is put in order: its name, the order of fields and so on."""
    kept = FileDescriptorProto()
    kept.CopyFrom(described)
    kept.ClearField("name")
    kept.dependency.sort()
    for service in kept.service:
        for method in service.method:
            if not method.options.ByteSize():
                method.ClearField("options")
    for extension in kept.extension:
        extension.ClearField("json_name")
    for enum in kept.enum_type:
        tidy_enum(enum)
    for message in kept.message_type:
        tidy(message)
    return kept


def tidy(message: DescriptorProto) -> None:
    message.field.sort(key=lambda field: field.number)
    message.reserved_range.sort(key=lambda reserved: reserved.start)
    for field in [*message.field, *message.extension]:
        field.ClearField("json_name")
    for enum in message.enum_type:
        tidy_enum(enum)
    for nested in message.nested_type:
        tidy(nested)


def tidy_enum(enum: EnumDescriptorProto) -> None:
    enum.value.sort(key=lambda value: (value.number, value.name))


@pytest.fixture(scope="module")
def ask(gate):
    """Registers each file under its own name and those that it imports before it."""
    known = {}

    def asked(file: FileDescriptor) -> dict:
        for imported in file.dependencies:
            if not imported.name.startswith(KNOWN):
                asked(imported)
        if file.name not in known:
            known[file.name] = gate.ask("POST", f"/subjects/{quote(file.name, safe='')}/versions", request(file))
        return known[file.name]

    return asked


def is_edition(file: FileDescriptor) -> bool:
    return FileDescriptorProto.FromString(file.serialized_pb).syntax == "editions"


@pytest.mark.parametrize("file", [file for file in FILES if not is_edition(file)], ids=lambda file: file.name)
def test_a_file_comes_back_as_it_was_sent(gate, ask, file):
    kept = ask(file)
    subject = quote(file.name, safe="")
    sent = FileDescriptorProto.FromString(file.serialized_pb)
    again = gate.ask("POST", f"/subjects/{subject}/versions", request(file) | {"schema": kept["schema"]})
    assert again["id"] == kept["id"], "the canonical text is its own canonical text"
    normal = gate.ask("POST", f"/subjects/{subject}-normal/versions?normalize=true", request(file))
    again = gate.ask(
        "POST", f"/subjects/{subject}-normal/versions?normalize=true", request(file) | {"schema": normal["schema"]}
    )
    assert again["id"] == normal["id"], "so is the normal text"
    for schema in (kept, normal):
        serialized = gate.ask("GET", f"/schemas/ids/{schema['id']}?format=serialized")["schema"]
        got = FileDescriptorProto.FromString(base64.b64decode(serialized))
        assert essence(got) == essence(sent)


def test_there_are_many_such_files():
    assert len(FILES) > 60
