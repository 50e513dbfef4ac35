"""Do administrators reach the cluster through the proxy, and see no address but the proxy's?"""

import uuid

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec

from gate import eventually, order


@pytest.fixture
def admin(server) -> AdminClient:
    return AdminClient({"bootstrap.servers": server.bootstrap})


def done(futures: dict) -> list:
    return [future.result(30) for future in futures.values()]


def test_topics_are_made_listed_changed_and_deleted(gate, admin):
    topic = f"enforced.made-{uuid.uuid4().hex[:6]}"
    done(admin.create_topics([NewTopic(topic, 2, 1, config={"cleanup.policy": "compact"})]))
    eventually(lambda: assert_partitions(admin, topic, 2))

    [config] = done(admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))
    assert config["cleanup.policy"].value == "compact"

    done(admin.create_partitions([NewPartitions(topic, 3)]))
    eventually(lambda: assert_partitions(gate.direct, topic, 3))

    done(admin.delete_topics([topic]))

    def is_gone():
        assert topic not in admin.list_topics(timeout=20).topics

    eventually(is_gone)


def assert_partitions(admin: AdminClient, topic: str, count: int) -> None:
    assert len(admin.list_topics(timeout=20).topics[topic].partitions) == count


def test_only_addresses_of_the_proxy_are_told(gate, admin, server):
    cluster = admin.describe_cluster(request_timeout=20).result(30)
    brokers = [(node.id, node.host, node.port) for node in cluster.nodes]
    assert [node for node, _, _ in brokers] == [1]
    assert all(host == "127.0.0.1" and port in server.ports for _, host, port in brokers)
    assert cluster.controller.port in server.ports
    assert {broker.port in server.ports for broker in admin.list_topics(timeout=20).brokers.values()} == {True}


def test_groups_are_described_with_a_coordinator_behind_the_proxy(gate, admin, server):
    topic, group = gate.topic("off"), f"described-{uuid.uuid4()}"
    gate.produce(topic, [b"1"])
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while consumer.poll(0.2) is None:
        pass
    [described] = done(admin.describe_consumer_groups([group]))
    assert described.coordinator.port in server.ports
    assert [member.assignment.topic_partitions for member in described.members] == [[TopicPartition(topic, 0)]]
    consumer.close()

    [deleted] = done(admin.delete_consumer_groups([group]))
    assert deleted is None
    assert group not in [found.group_id for found in admin.list_consumer_groups().result(30).valid]


def test_offsets_are_listed_and_altered(gate, admin):
    topic, group = gate.topic("enforced"), f"altered-{uuid.uuid4()}"
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id, number) for number in range(7)])
    [latest] = done(admin.list_offsets({TopicPartition(topic, 0): OffsetSpec.latest()}))
    assert latest.offset == 7

    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 3)])
    done(admin.alter_consumer_group_offsets([wanted]))
    [found] = done(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
    assert [(partition.topic, partition.offset) for partition in found.topic_partitions] == [(topic, 3)]
