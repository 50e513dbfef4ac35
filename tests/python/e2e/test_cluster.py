"""Does everything hold when brokers and proxies come and go? Three brokers, two proxies, and records that must not be lost."""

import threading
import time
import uuid

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from gate import Gate, Record, eventually, order, poll_values, read
from lab import javatools
from lab.kafka_cluster import Cluster
from lab.server import Server

POLICIES = [{"topics": "enforced.*"}]
EVENTS = 1_500


@pytest.fixture(scope="module")
def cluster(folder):
    running = Cluster(folder / "cluster").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def front(binary, folder, cluster):
    config = {"proxy": {"brokers": cluster.bootstrap.split(","), "policies": POLICIES}}
    running = Server(binary, folder / "front", config).start()
    yield running
    running.stop()


@pytest.fixture
def many(front, cluster) -> "Replicated":
    return Replicated(front, cluster)


class Replicated(Gate):
    """A gate whose topics have a copy on each broker."""

    def topic(self, kind: str, partitions: int = 3) -> str:
        name = f"{kind}.{uuid.uuid4()}"
        self.direct.create_topics([NewTopic(name, partitions, 3)])[name].result(30)
        eventually(lambda: self._leads(name, partitions), seconds=30)
        return name


def addresses(bootstrap: str) -> dict[int, tuple[str, int]]:
    brokers = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=20).brokers
    return {broker.id: (broker.host, broker.port) for broker in brokers.values()}


def test_ports_follow_from_ids_so_that_proxies_agree(binary, folder, front, cluster):
    first = int(front.bootstrap.split(":")[1])
    seen = addresses(front.bootstrap)
    assert seen == {number: ("127.0.0.1", first + 1 + number) for number in (1, 2, 3)}
    # Another proxy with other ports, which has heard of the brokers in another order.
    proxy = {"brokers": cluster.bootstrap.split(",")[::-1], "first_broker_id": 1}
    other = Server(binary, folder / "other", {"proxy": proxy}).start()
    first = int(other.bootstrap.split(":")[1])
    assert addresses(other.bootstrap) == {number: ("127.0.0.1", first + number) for number in (1, 2, 3)}
    other.stop()


def test_a_group_is_rebalanced_through_the_proxy(many):
    topic = many.topic("enforced", partitions=6)
    schema_id = many.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(120)]
    many.produce(topic, [Record(value, partition=number % 6) for number, value in enumerate(values)])
    for protocol in ("classic", "consumer"):
        group = f"{protocol}-{uuid.uuid4()}"
        settings = {"bootstrap.servers": many.server.bootstrap, "group.id": group, "group.protocol": protocol}
        settings["auto.offset.reset"] = "earliest"
        first, second = Consumer(settings), Consumer(settings)
        seen = []

        def shares(expected, members):
            for member in members:
                message = member.poll(0.2)
                if message is not None and message.error() is None:
                    seen.append(message.value())
            assert [len(member.assignment()) for member in members] == expected

        first.subscribe([topic])
        eventually(lambda: shares([6], [first]), seconds=40)
        second.subscribe([topic])
        eventually(lambda: shares([3, 3], [first, second]), seconds=60)
        second.close()
        eventually(lambda: shares([6], [first]), seconds=60)
        seen += poll_values(first, max(0, len(set(values)) - len(set(seen))))
        assert set(values) == set(seen)
        first.close()


def test_a_transaction_aborts_and_the_next_one_recovers(many):
    topic = many.topic("enforced")
    schema_id = many.register(f"{topic}-value")
    producer = Producer({"bootstrap.servers": many.server.bootstrap, "transactional.id": f"txn-{uuid.uuid4()}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, order(schema_id, 1), partition=0)
    producer.produce(topic, b"bad", partition=1)
    with pytest.raises(KafkaException):
        producer.commit_transaction(30)
    producer.abort_transaction(30)
    commit(producer, topic, {0: order(schema_id, 2), 1: order(schema_id, 3)})
    assert sorted(many.values(topic, isolation="read_committed")) == sorted([order(schema_id, 2), order(schema_id, 3)])


def commit(producer: Producer, topic: str, values: dict[int, bytes]) -> None:
    """Tries again after an abort: once after a refusal, by a broker too, librdkafka skips sequence numbers."""
    for _ in range(3):
        producer.begin_transaction()
        for partition, value in values.items():
            producer.produce(topic, value, partition=partition)
        try:
            return producer.commit_transaction(30)
        except KafkaException as failure:
            assert failure.args[0].txn_requires_abort(), failure
            producer.abort_transaction(30)
    raise AssertionError("no transaction could be committed any more")


class Load:
    """A producer at work beside the test. Every record is acknowledged or told as failed."""

    def __init__(self, gate, topic: str, schema_id: int, count: int):
        settings = {"enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 120_000}
        settings |= {"bootstrap.servers": gate.server.bootstrap, "reconnect.backoff.max.ms": 500}
        self.producer, self.errors, self.left = Producer(settings), [], None
        self.values = [order(schema_id, number) for number in range(count)]
        self.thread = threading.Thread(target=self.run, args=(topic,))
        self.thread.start()

    def run(self, topic: str) -> None:
        for number, value in enumerate(self.values):
            self.producer.produce(topic, value, partition=number % 3, on_delivery=self.report)
            self.producer.poll(0)
            time.sleep(0.008)
        self.left = self.producer.flush(120)

    def report(self, error, message) -> None:
        self.errors.append(error)

    def end(self) -> None:
        self.thread.join()
        assert (self.left, self.errors) == (0, [None] * len(self.values))


def holds_each_once(gate, topic: str, load: Load) -> None:
    """In order, too: an idempotent producer promises that for each partition."""
    for partition in range(3):
        stored = [record.value for record in read(gate.kafka.bootstrap, topic) if record.partition == partition]
        assert stored == load.values[partition::3]


def test_a_restart_of_the_proxy_under_load_loses_and_doubles_nothing(binary, folder, cluster):
    proxy = {"brokers": cluster.bootstrap.split(","), "policies": POLICIES, "expected_brokers": [1, 2, 3]}
    server = Server(binary, folder / "restarted", {"proxy": proxy}).start()
    gate = Replicated(server, cluster)
    topic = gate.topic("enforced")
    load = Load(gate, topic, gate.register(f"{topic}-value"), EVENTS)
    for _ in range(3):
        time.sleep(2)
        server.stop()
        server.start()
    load.end()
    holds_each_once(gate, topic, load)
    server.stop()


def test_a_broker_that_goes_away_takes_nothing_with_it_and_leaks_no_address(many, cluster):
    topic = many.topic("enforced")
    schema_id = many.register(f"{topic}-value")
    load = Load(many, topic, schema_id, EVENTS)
    consumer = Consumer({"bootstrap.servers": many.server.bootstrap, "group.id": "none", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(3)])
    read_so_far = poll_values(consumer, 100)
    time.sleep(1)
    before = leaders(many, topic)
    victim = cluster.nodes[before[0] - 1]
    victim.stop()

    def others_lead():
        assert before[0] not in leaders(many, topic).values()

    eventually(others_lead, seconds=60)
    assert not {port for _, port in addresses(many.server.bootstrap).values()} & cluster.ports
    victim.start(seconds=120)
    load.end()
    read_so_far += poll_values(consumer, EVENTS - 100, seconds=60)
    assert sorted(read_so_far) == sorted(load.values)
    consumer.close()
    holds_each_once(many, topic, load)


def leaders(gate, topic: str) -> dict[int, int]:
    partitions = AdminClient({"bootstrap.servers": gate.server.bootstrap}).list_topics(topic, timeout=20).topics[topic]
    return {number: partition.leader for number, partition in partitions.partitions.items()}


def test_the_java_producer_follows_new_leaders(many, cluster):
    """It takes the addresses of new leaders from answers to Produce (KIP-951)."""
    topic = many.topic("off")
    arguments = ["--bootstrap-server", many.server.bootstrap, "--topic", topic, "--record-size", 50]
    arguments += ["--num-records", 3_000, "--throughput", 300]
    running = javatools.start(javatools.PRODUCER_PERFORMANCE, arguments)
    time.sleep(5)
    victim = cluster.nodes[leaders(many, topic)[0] - 1]
    victim.stop()
    told, complaints = running.communicate(timeout=120)
    victim.start(seconds=120)
    assert "\n3000 records sent" in told, f"{told}\n{complaints[-3000:]}"
    assert len(many.values(topic)) == 3_000
