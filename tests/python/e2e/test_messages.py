"""Which message of a Protobuf file is a record, and which subject is it of?"""

import pytest
from confluent_kafka.schema_registry import record_subject_name_strategy, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer

import protos
import raw
from forms import FRAMINGS, Json, stranger, understood, value_of, written
from gate import INVALID_RECORD, read


@FRAMINGS
@pytest.mark.parametrize(
    "message",
    [
        protos.Parcel(weight=1.5),
        protos.order(),
        protos.Note(text="below another message"),
        protos.Author(name="two below"),
    ],
    ids=["the first", "the second", "nested", "nested twice"],
)
def test_any_message_of_a_file_may_be_sent(gate, registry, message, framing):
    topic = gate.topic("enforced")
    kind = type(message)
    record = written(ProtobufSerializer(kind, registry, {"schema.id.serializer": framing}), message, topic)
    assert gate.produce(topic, [record])[0].error is None
    deserialize = ProtobufDeserializer(kind, schema_registry_client=stranger(gate))
    assert [understood(deserialize, found, topic) for found in read(gate.server.bootstrap, topic)] == [message]


def test_each_message_is_checked_as_the_one_that_it_says_it_is(gate, registry):
    topic = gate.topic("enforced")
    note = ProtobufSerializer(protos.Note, registry)(protos.Note(text="a note"), value_of(topic))
    # Two indexes: the second message, and in it the second one, for the first stands for the map's entries.
    assert note[5:8] == bytes([4, 2, 2])
    as_parcel = note[:5] + b"\0" + note[8:]
    as_order = note[:5] + b"\2\2" + note[8:]
    as_author = note[:5] + bytes([6, 2, 2, 0]) + note[8:]
    outcome = raw.produce(gate.server.bootstrap, topic, {0: [note, as_parcel, as_order, as_author]})[0]
    # Field 1 is a double in a parcel, a number in an order, and text in an author.
    assert sorted(outcome.records) == [1, 2]


def test_clients_that_do_not_count_the_entries_of_maps_are_understood_too(gate, registry):
    """As Confluent's Java client counts when it has the schema as text."""
    topic = gate.topic("enforced")
    note = protos.Note(text="a note").SerializeToString()
    settings = {"normalize.schemas": True}
    counted = ProtobufSerializer(protos.Note, registry, settings)(protos.Note(text="a note"), value_of(topic))
    uncounted = counted[:5] + bytes([4, 2, 0]) + note
    of_author = counted[:5] + bytes([6, 2, 0, 0]) + note
    assert [delivery.error for delivery in gate.produce(topic, [counted, uncounted, of_author])] == [None] * 3


def test_a_subject_can_be_named_after_the_message(gate, registry):
    messages = [protos.order(), protos.Note(text="nested"), protos.Author(name="nested twice")]
    plain, qualified, elsewhere = gate.topic("recordname"), gate.topic("topicrecordname"), gate.topic("topicrecordname")
    for message in messages:
        settings = {"subject.name.strategy": record_subject_name_strategy}
        record = written(ProtobufSerializer(type(message), registry, settings), message, plain)
        assert gate.produce(plain, [record])[0].error is None, message.DESCRIPTOR.full_name
        settings = {"subject.name.strategy": topic_record_subject_name_strategy}
        record = written(ProtobufSerializer(type(message), registry, settings), message, qualified)
        assert gate.produce(qualified, [record])[0].error is None, message.DESCRIPTOR.full_name
        assert gate.produce(elsewhere, [record])[0].code == INVALID_RECORD
    names = {"shop.Order", "shop.Order.Note", "shop.Order.Note.Author"}
    assert names | {f"{qualified}-{name}" for name in names} <= set(registry.get_subjects())


def test_a_subject_can_be_named_after_the_title_of_a_json_schema(gate, registry):
    topic = gate.topic("topicrecordname")
    serialize = Json.serializer(registry, subject_name_strategy=topic_record_subject_name_strategy)
    assert gate.produce(topic, [written(serialize, Json.messages[0], topic)])[0].error is None
    assert f"{topic}-Order" in registry.get_subjects()
