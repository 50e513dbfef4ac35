"""Do confluent-kafka's serializers use the subject that a topic is associated with, and can its client make it so?"""

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.common.schema_registry_client import (
    AssociationCreateOrUpdateInfo,
    AssociationCreateOrUpdateRequest,
)
from confluent_kafka.schema_registry.error import SchemaRegistryError

from formats import FORMATS


def associate(registry: SchemaRegistryClient, topic: str, **association):
    wanted = AssociationCreateOrUpdateInfo(association_type="value", **association)
    request = AssociationCreateOrUpdateRequest(topic, "lkc-1", f"{topic}-id", "topic", [wanted])
    return registry.create_association(request).associations[0]


def write_and_read(registry: SchemaRegistryClient, stranger: SchemaRegistryClient, names, form) -> None:
    written = form.serializer(registry)(form.value, names.value)
    assert form.deserializer(stranger)(written, names.value) == form.value


@FORMATS
def test_a_topic_owns_its_subject(registry, stranger, names, form):
    owned = f":.lkc-1:{names.topic}-value"
    made = associate(registry, names.topic, schema=form.schema())
    assert (made.subject, made.lifecycle, made.frozen) == (owned, "STRONG", True)
    write_and_read(registry, stranger, names, form)
    assert f"{names.topic}-value" not in stranger.get_subjects()
    assert stranger.get_versions(owned) == [1]

    with pytest.raises(SchemaRegistryError) as frozen:
        registry.delete_associations(f"{names.topic}-id")
    assert frozen.value.error_code == 40908
    registry.delete_associations(f"{names.topic}-id", cascade_lifecycle=True)
    assert owned not in stranger.get_subjects(deleted=True)


@FORMATS
def test_topics_share_a_subject(registry, stranger, names, form):
    shared = f"{names.topic}-shared"
    registry.register_schema(shared, form.schema())
    made = associate(registry, names.topic, subject=shared, lifecycle="WEAK")
    assert (made.subject, made.frozen) == (shared, False)
    found = stranger.get_associations_by_resource_name(names.topic, "-", "topic", ["value"])
    assert [association.subject for association in found] == [shared]
    write_and_read(registry, stranger, names, form)
    assert f"{names.topic}-value" not in stranger.get_subjects()
    with pytest.raises(SchemaRegistryError) as used:
        stranger.delete_subject(shared)
    assert used.value.error_code == 40904
    registry.delete_associations(f"{names.topic}-id", "topic", ["value"])
    assert stranger.delete_subject(shared) == [1]
