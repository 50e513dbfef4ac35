"""Is it known how much of a topic's traffic passes no proxy? The cluster is asked, and groups beside the proxy show."""

import uuid

import pytest
from confluent_kafka import Consumer

from gate import Gate, deliver, eventually, order, poll_values, producer
from lab.server import Server


@pytest.fixture
def surveying(binary, folder, kafka):
    """Each node asks the same cluster, once a second."""
    config = {
        "proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "*"}]},
        "lineage": {"flush_interval": "300ms", "survey_interval": "1s"},
    }
    server = Server(binary, folder / f"surveying-{uuid.uuid4()}", config).start()
    yield Gate(server, kafka)
    server.stop()


def reads(bootstrap: str, topic: str, group: str, protocol: str, count: int) -> None:
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "group.protocol": protocol,
        "auto.offset.reset": "earliest",
    }
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    assert len(poll_values(consumer, count)) == count
    consumer.commit(asynchronous=False)
    consumer.close()


def coverage(gate, topic: str) -> dict:
    return gate.ask("GET", f"/govern/v1/usage/subjects/{topic}-value")["coverage"]


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_five_of_six_is_a_fact(surveying, kafka, protocol):
    gate = surveying
    topic = gate.topic("enforced", partitions=3)
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)])

    def asked():
        assert coverage(gate, topic)["groupsKnown"] == 0

    eventually(asked, seconds=20)
    gate.produce(topic, [order(schema_id, number) for number in range(29)])
    deliver(producer(kafka.bootstrap), topic, [order(schema_id, number) for number in range(10)])
    run = str(uuid.uuid4())
    billing, audit = f"billing-{run}", f"audit-{run}"
    reads(gate.server.bootstrap, topic, billing, protocol, 40)
    reads(kafka.bootstrap, topic, audit, protocol, 40)

    def known():
        told = coverage(gate, topic)
        assert (told["groupsObserved"], told["groupsKnown"]) == (1, 2), told
        assert [group["group"] for group in told["groupsElsewhere"]] == [audit]
        assert told["read"] == 0.5
        # 29 of the 39 records after the first survey that saw the topic; of the very first one it may have seen nothing.
        assert told["write"] == pytest.approx(0.75, abs=0.02), told

    eventually(known, seconds=20)
    cluster_id = producer(kafka.bootstrap).list_topics(topic, timeout=20).cluster_id
    node = f"topic:kafka://{{}}:{topic}"
    graphs = [gate.ask("GET", f"/govern/v1/lineage/graph?node={node.format(name)}") for name in (cluster_id, "default")]
    assert graphs[0]["nodes"] == graphs[1]["nodes"] and len(graphs[0]["nodes"]) > 1
    impact = gate.ask("GET", f"/govern/v1/lineage/impact?subject={topic}-value")
    assert impact["coverage"]["groupsElsewhere"][0]["group"] == audit
