"""Under which subject does confluent-kafka register? By topic, by record, or as an association says."""

import pytest
from confluent_kafka.schema_registry import record_subject_name_strategy, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import SerializationError

from subjects import PARCEL, avro

RECORD = {"id": 7, "city": "Ry"}


def serializer(registry, **strategy):
    conf = {f"subject.name.strategy.{name}": value for name, value in strategy.items()}
    return AvroSerializer(registry, avro(PARCEL), conf=conf)


def fall_back_to(what: str) -> dict:
    return {"type": "ASSOCIATED", "conf": {"subject.name.strategy.fallback.type": what}}


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({}, "{topic}-value"),
        ({"type": "TOPIC"}, "{topic}-value"),
        ({"type": "RECORD"}, "shop.Parcel"),
        ({"type": "TOPIC_RECORD"}, "{topic}-shop.Parcel"),
        ({"type": "ASSOCIATED"}, "{topic}-value"),
        (fall_back_to("TOPIC_RECORD"), "{topic}-shop.Parcel"),
    ],
    ids=["default", "topic", "record", "topic_record", "associated", "associated_else_topic_record"],
)
def test_the_subject_is_named_by_the_strategy(registry, stranger, names, strategy, expected):
    written = serializer(registry, **strategy)(RECORD, names.value)
    assert expected.format(topic=names.topic) in stranger.get_subjects()
    assert AvroDeserializer(stranger)(written, names.value) == RECORD


@pytest.mark.parametrize("strategy", [record_subject_name_strategy, topic_record_subject_name_strategy])
def test_strategies_can_be_functions(registry, stranger, names, strategy):
    AvroSerializer(registry, avro(PARCEL), conf={"subject.name.strategy": strategy})(RECORD, names.value)
    assert strategy(names.value, "shop.Parcel") in stranger.get_subjects()


def test_without_a_fall_back_there_is_no_subject(registry, names):
    with pytest.raises(SerializationError, match="No associated subject"):
        serializer(registry, **fall_back_to("NONE"))(RECORD, names.value)
