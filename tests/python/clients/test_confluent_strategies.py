"""Under which subject does confluent-kafka register? By topic, by record, or as an association says."""

import pytest
from confluent_kafka.schema_registry import (
    AssociationCreateOrUpdateInfo,
    AssociationCreateOrUpdateRequest,
    record_subject_name_strategy,
    topic_record_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import SerializationError

from subjects import PARCEL, avro, id_of

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


CLUSTER = "lkc-1"


def associate(registry, names, lifecycle: str, **members):
    association = AssociationCreateOrUpdateInfo(association_type="value", lifecycle=lifecycle, **members)
    request = AssociationCreateOrUpdateRequest(names.topic, CLUSTER, names.other("id"), "topic", [association])
    return registry.create_association(request)


def test_a_topic_that_shares_a_subject_writes_under_it(registry, stranger, names):
    shared = registry.register_schema(names.other("shared"), avro(PARCEL))
    associate(registry, names, "WEAK", subject=names.other("shared"))
    [found] = stranger.get_associations_by_resource_name(names.topic, "-", "topic", ["value"])
    assert (found.subject, found.resource_namespace, found.frozen) == (names.other("shared"), CLUSTER, False)
    written = serializer(stranger)(RECORD, names.value)  # The strategy for associations is the default one.
    assert id_of(written) == shared
    assert f"{names.topic}-value" not in stranger.get_subjects()
    assert AvroDeserializer(stranger)(written, names.value) == RECORD

    registry.delete_associations(names.other("id"), "topic", ["value"])
    serializer(stranger)(RECORD, names.value)
    assert f"{names.topic}-value" in stranger.get_subjects()


def test_a_topic_that_owns_a_subject_brings_its_schema(registry, stranger, names):
    made = associate(registry, names, "STRONG", schema=avro(PARCEL))
    [owned] = made.associations
    assert (owned.subject, owned.frozen) == (f":.{CLUSTER}:{names.topic}-value", True)
    written = serializer(stranger)(RECORD, names.value)
    assert id_of(written) == stranger.get_latest_version(owned.subject).schema_id
    with pytest.raises(SchemaRegistryError) as refusal:
        associate(registry, names, "WEAK", subject=owned.subject)
    assert refusal.value.http_status_code == 409
    registry.delete_associations(names.other("id"), cascade_lifecycle=True)
    assert owned.subject not in stranger.get_subjects(deleted=True)
