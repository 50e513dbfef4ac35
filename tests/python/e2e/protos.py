"""Which Protobuf messages do the stories send? Described by hand, as protoc would have described the files.

shop/money.proto  <-  shop/line.proto  <-  shop/order.proto, and shop/legacy.proto in the old syntax on its own.
"""

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

TYPES = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
}
LABELS = {
    "optional": FieldDescriptorProto.LABEL_OPTIONAL,
    "repeated": FieldDescriptorProto.LABEL_REPEATED,
    "required": FieldDescriptorProto.LABEL_REQUIRED,
}


def field(number: int, name: str, kind: str, label: str = "optional") -> FieldDescriptorProto:
    described = FieldDescriptorProto(name=name, number=number, label=LABELS[label], json_name=name)
    if kind in TYPES:
        described.type = TYPES[kind]
    else:
        described.type, described.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{kind}"
    return described


def message(name: str, *fields: FieldDescriptorProto, nested: list[DescriptorProto] = ()) -> DescriptorProto:
    return DescriptorProto(name=name, field=fields, nested_type=nested)


def file(name: str, *messages: DescriptorProto, imports: list[str] = (), syntax: str = "proto3") -> FileDescriptorProto:
    described = FileDescriptorProto(name=name, package="shop", dependency=imports, message_type=messages)
    if syntax != "proto2":  # Which a descriptor leaves out.
        described.syntax = syntax
    return described


def entry(name: str, key: str, value: str) -> DescriptorProto:
    """The message that stands for the entries of a map."""
    described = message(name, field(1, "key", key), field(2, "value", value))
    described.options.map_entry = True
    return described


FILES = [
    file("shop/money.proto", message("Money", field(1, "cents", "int64"), field(2, "currency", "string"))),
    file(
        "shop/line.proto",
        message("Line", field(1, "sku", "string"), field(2, "price", "shop.Money"), field(3, "count", "int32")),
        imports=["shop/money.proto"],
    ),
    file(
        "shop/order.proto",
        message("Parcel", field(1, "weight", "double")),
        message(
            "Order",
            field(1, "id", "int64"),
            field(2, "lines", "shop.Line", "repeated"),
            field(3, "at", "google.protobuf.Timestamp"),
            field(4, "labels", "shop.Order.LabelsEntry", "repeated"),
            field(5, "note", "shop.Order.Note"),
            field(6, "steps", "int32", "repeated"),
            nested=[
                entry("LabelsEntry", "string", "string"),
                message(
                    "Note",
                    field(1, "text", "string"),
                    nested=[message("Author", field(1, "name", "string"))],
                ),
            ],
        ),
        imports=["google/protobuf/timestamp.proto", "shop/line.proto"],
    ),
    file(
        "shop/legacy.proto",
        message("Legacy", field(1, "id", "int64", "required"), field(2, "note", "string")),
        syntax="proto2",
    ),
]


def pool() -> DescriptorPool:
    described = DescriptorPool()
    described.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    for one in FILES:
        described.Add(one)
    return described


POOL = pool()


def known(name: str) -> type:
    return GetMessageClass(POOL.FindMessageTypeByName(f"shop.{name}"))


Parcel, Order, Legacy = known("Parcel"), known("Order"), known("Legacy")
Note, Author = known("Order.Note"), known("Order.Note.Author")


def order(number: int = 1, text: str = "by hand") -> Order:
    made = Order(id=number, labels={"a": "b"}, steps=[1, -2, 3])
    made.lines.add(sku="tea", count=2).price.cents = 499
    made.at.seconds = 1_700_000_000
    made.note.text = text
    return made
