"""Under which subject does confluent-kafka register, in every format? By topic, by record, or as an association says."""

import pytest
from confluent_kafka.schema_registry import (
    AssociationCreateOrUpdateInfo,
    AssociationCreateOrUpdateRequest,
    SchemaRegistryClient,
    record_subject_name_strategy,
    topic_record_subject_name_strategy,
)
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import SerializationError

from formats import FORMATS
from subjects import id_of


@pytest.fixture
def context(names) -> str:
    """Where nobody else has a record of the same name."""
    return f".{names.topic}"


@pytest.fixture
def writer(url, context) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": f"{url}/contexts/{context}"})


@pytest.fixture
def reader(url, context) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": f"{url}/contexts/{context}"})


def named_by(**strategy) -> dict:
    return {f"subject.name.strategy.{name}": value for name, value in strategy.items()}


def fall_back_to(what: str) -> dict:
    return {"type": "ASSOCIATED", "conf": {"subject.name.strategy.fallback.type": what}}


@FORMATS
@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({}, "{topic}-value"),
        ({"type": "TOPIC"}, "{topic}-value"),
        ({"type": "RECORD"}, "{record}"),
        ({"type": "TOPIC_RECORD"}, "{topic}-{record}"),
        ({"type": "ASSOCIATED"}, "{topic}-value"),
        (fall_back_to("TOPIC"), "{topic}-value"),
        (fall_back_to("RECORD"), "{record}"),
        (fall_back_to("TOPIC_RECORD"), "{topic}-{record}"),
    ],
    ids=[
        "default",
        "topic",
        "record",
        "topic_record",
        "associated",
        "associated_else_topic",
        "associated_else_record",
        "associated_else_topic_record",
    ],
)
def test_the_subject_is_named_by_the_strategy(writer, reader, context, names, form, strategy, expected):
    subject = expected.format(topic=names.topic, record=form.record)
    written = form.serializer(writer, named_by(**strategy))(form.value, names.value)
    assert reader.get_subjects() == [f":{context}:{subject}"]
    assert reader.get_latest_version(subject).schema_id == id_of(written)
    assert form.deserializer(reader, named_by(**strategy))(written, names.value) == form.value


@FORMATS
@pytest.mark.parametrize(
    ("strategy", "expected"),
    [(record_subject_name_strategy, "{record}"), (topic_record_subject_name_strategy, "{topic}-{record}")],
    ids=["record", "topic_record"],
)
def test_strategies_can_be_functions(writer, reader, context, names, form, strategy, expected):
    form.serializer(writer, {"subject.name.strategy": strategy})(form.value, names.value)
    assert reader.get_subjects() == [f":{context}:{expected.format(topic=names.topic, record=form.record)}"]


@FORMATS
def test_without_a_fall_back_there_is_no_subject(writer, reader, names, form):
    with pytest.raises(SerializationError, match="No associated subject"):
        form.serializer(writer, named_by(**fall_back_to("NONE")))(form.value, names.value)
    assert reader.get_subjects() == []


CLUSTER = "lkc-1"


def associate(registry, names, lifecycle: str, **members):
    association = AssociationCreateOrUpdateInfo(association_type="value", lifecycle=lifecycle, **members)
    request = AssociationCreateOrUpdateRequest(names.topic, CLUSTER, names.other("id"), "topic", [association])
    return registry.create_association(request)


@FORMATS
@pytest.mark.parametrize("fall_back", [None, "NONE"], ids=["else_topic", "else_none"])
def test_a_topic_that_shares_a_subject_writes_under_it(registry, stranger, names, form, fall_back):
    shared = registry.register_schema(names.other("shared"), form.schema())
    associate(registry, names, "WEAK", subject=names.other("shared"))
    [found] = stranger.get_associations_by_resource_name(names.topic, "-", "topic", ["value"])
    assert (found.subject, found.resource_namespace, found.frozen) == (names.other("shared"), CLUSTER, False)
    # The strategy for associations is the default one.
    conf = named_by(**fall_back_to(fall_back)) if fall_back else {}
    written = form.serializer(registry, conf)(form.value, names.value)
    assert id_of(written) == shared
    assert f"{names.topic}-value" not in stranger.get_subjects()
    assert stranger.get_versions(names.other("shared")) == [1]
    assert form.deserializer(stranger, conf)(written, names.value) == form.value

    registry.delete_associations(names.other("id"), "topic", ["value"])
    afterwards = form.serializer(registry, conf)
    if fall_back:
        with pytest.raises(SerializationError, match="No associated subject"):
            afterwards(form.value, names.value)
    else:
        afterwards(form.value, names.value)
    assert (f"{names.topic}-value" in stranger.get_subjects()) == (fall_back is None)


@FORMATS
def test_a_topic_that_owns_a_subject_brings_its_schema(registry, stranger, names, form):
    made = associate(registry, names, "STRONG", schema=form.schema())
    [owned] = made.associations
    assert (owned.subject, owned.frozen) == (f":.{CLUSTER}:{names.topic}-value", True)
    written = form.serializer(registry)(form.value, names.value)
    assert id_of(written) == stranger.get_latest_version(owned.subject).schema_id
    assert stranger.get_versions(owned.subject) == [1]
    assert form.deserializer(stranger)(written, names.value) == form.value
    with pytest.raises(SchemaRegistryError) as refusal:
        associate(registry, names, "WEAK", subject=owned.subject)
    assert refusal.value.http_status_code == 409
    registry.delete_associations(names.other("id"), cascade_lifecycle=True)
    assert owned.subject not in stranger.get_subjects(deleted=True)
