"""Is it written down who wrote and read what?"""

import itertools
import json
import urllib.parse
import uuid

import pytest
from confluent_kafka import Consumer, Producer

from gate import ORDER, Gate, Record, eventually, order, poll_records, poll_values
from lab.server import Server

V2 = ORDER | {"fields": [*ORDER["fields"], {"name": "currency", "type": "string", "default": "EUR"}]}


def lineage(gate, topic: str) -> dict:
    return gate.ask("GET", f"/govern/v1/lineage/topics/{topic}")


def test_a_producer_is_known_with_its_schema_and_counts(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id, number) for number in range(40)], client_id="shop")
    gate.produce(topic, [order(schema_id, number) for number in range(2)], client_id="shop")
    gate.produce(topic, [b"bad"], client_id="shop")

    def seen():
        seen = lineage(gate, topic)
        [shop] = [producer for producer in seen["producers"] if producer["client_id"] == "shop"]
        assert (shop["records"], shop["refused"]) == (42, 1)
        return seen, shop

    whole, shop = eventually(seen)
    assert shop["software"].startswith(("confluent-kafka-python", "librdkafka"))
    assert shop["address"] == "127.0.0.1"
    assert shop["bytes"] > 42 * len(order(schema_id)) / 2
    assert shop["first_seen"] <= shop["last_seen"]
    [traffic] = shop["schemas"]
    assert (traffic["id"], traffic["subject"], traffic["version"], traffic["records"]) == (
        schema_id,
        f"{topic}-value",
        1,
        42,
    )
    assert [version["id"] for version in whole["schema_versions"]] == [schema_id]


def test_every_schema_version_that_was_written_is_listed(gate):
    topic = gate.topic("enforced")
    first, second = gate.register(f"{topic}-value"), gate.register(f"{topic}-value", V2)
    gate.produce(topic, [order(first)] * 3)
    gate.produce(topic, [order(second) + b"\x06EUR"] * 2)

    def seen():
        versions = {version["version"]: version["records"] for version in lineage(gate, topic)["schema_versions"]}
        assert versions == {1: 3, 2: 2}

    eventually(seen)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_group_is_known_as_a_consumer(gate, protocol):
    topic, group = gate.topic("enforced"), f"{protocol}-{uuid.uuid4()}"
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)])
    consumer = Consumer(
        {
            "bootstrap.servers": gate.server.bootstrap,
            "client.id": "billing",
            "group.id": group,
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    poll_values(consumer, 1)
    consumer.commit(asynchronous=False)
    consumer.close()

    def seen():
        evidence = {
            word
            for found in lineage(gate, topic)["consumers"]
            if found.get("group") == group and found["client_id"] == "billing"
            for word in found["evidence"]
        }
        assert {"subscribed", "committed"} <= evidence

    eventually(seen)


def test_counts_survive_a_restart(binary, folder, kafka):
    config = {
        "proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "*"}]},
        "lineage": {"flush_interval": "1h"},
    }
    server = Server(binary, folder / "restarted", config).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)] * 5)
    server.stop()
    server.start()
    assert lineage(gate, topic)["producers"][0]["records"] == 5
    server.stop()


def test_what_is_seen_is_written_in_a_topic_as_openlineage_events(binary, kafka, folder):
    told = f"told-{uuid.uuid4()}"
    config = {
        "proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "*"}]},
        "lineage": {"flush_interval": "100ms", "emit_topic": told, "emit_interval": "200ms"},
    }
    server = Server(binary, folder / "telling", config).start()
    gate = Gate(server, kafka)
    gate.topic_named(told)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    gate.produce(topic, [order(schema_id)] * 5, client_id="shop")

    def events(least: int) -> list[dict]:
        stored = gate.stored(told)
        assert len(stored) >= least
        named = {(record.key, dict(record.headers)["content-type"]) for record in stored}
        assert named == {(f"run:kafka://{kafka.bootstrap}/shop".encode(), b"application/json")}
        return [json.loads(record.value) for record in stored]

    event = eventually(lambda: events(1))[0]
    assert (event["eventType"], event["job"]["name"]) == ("START", "shop")
    [output] = event["outputs"]
    assert output["name"] == topic
    assert 1 <= output["outputFacets"]["outputStatistics"]["rowCount"] <= 5
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == ["id", "amount", "note"]
    assert output["facets"]["dataQualityAssertions"]["assertions"][0]["success"] is True
    server.stop()
    whole = events(2)
    assert (whole[0]["eventType"], whole[-1]["eventType"]) == ("START", "COMPLETE")
    assert sum(event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] for event in whole) == 5


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("conclusion", ["commit", "abort"])
def test_a_transaction_ties_what_was_read_to_what_was_written(gate, named, conclusion):
    source, target, group = gate.topic("enforced"), gate.topic("enforced"), f"copy-{uuid.uuid4()}"
    source_id, target_id = gate.register(f"{source}-value"), gate.register(f"{target}-value")
    gate.produce(source, [order(source_id, number) for number in range(5)], client_id="shop")
    reading = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    identity = {"client.id": f"enrich-{group}"} if named else {}
    consumer = Consumer({"bootstrap.servers": gate.server.bootstrap} | reading | identity)
    producer = Producer(
        {"bootstrap.servers": gate.server.bootstrap, "transactional.id": f"tx-{uuid.uuid4()}"} | identity
    )
    consumer.subscribe([source])
    poll_values(consumer, 5)
    producer.init_transactions(30)
    producer.begin_transaction()
    for number in range(5):
        producer.produce(target, order(target_id, number))
    producer.flush(30)
    positions = consumer.position(consumer.assignment())
    producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), 30)
    {"commit": producer.commit_transaction, "abort": producer.abort_transaction}[conclusion](30)
    consumer.close()

    # Whoever gave itself no name goes by that of the group, on both sides.
    application = f"enrich-{group}" if named else group
    namespace = f"kafka://{gate.kafka.bootstrap}"
    way = [
        f"{kind}:{namespace}:{name}"
        for kind, name in [("topic", source), ("group", group), ("application", application), ("topic", target)]
    ]

    def told() -> dict:
        query = urllib.parse.urlencode({"source": way[0], "target": way[-1]})
        return gate.ask("GET", f"/govern/v1/lineage/paths?{query}")

    def tied():
        found = told()
        assert found["paths"] == [way], found
        assert [set(edge["grades"]) >= {"transactional"} for edge in found["edges"]] == [True] * 3, found
        [producing] = lineage(gate, target)["producers"]
        assert (producing["groups"], producing["records"]) == ([group], 5)

    def not_tied():
        graph = gate.ask("GET", f"/govern/v1/lineage/graph?{urllib.parse.urlencode({'node': way[-1]})}")
        assert any("produced" in edge["grades"] for edge in graph["edges"]), graph
        assert not any("transactional" in edge["grades"] for edge in graph["edges"]), graph
        assert "transactional" not in {word for it in lineage(gate, source)["consumers"] for word in it["evidence"]}

    eventually(tied if conclusion == "commit" else not_tied)


def traceparents(count: int) -> list[list[tuple[str, str]]]:
    """Headers of so many traces."""
    return [[("traceparent", f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01")] for _ in range(count)]


def test_a_trace_ties_what_was_read_to_what_was_written(gate):
    """shop writes orders; enrich reads them and goes on with their traces, and so does bill. shop writes a journal as well."""
    run = uuid.uuid4().hex[:8]
    shop, enrich, bill = f"shop-{run}", f"enrich-{run}", f"bill-{run}"
    orders, enriched, bills, journal = (gate.topic("enforced") for _ in range(4))
    ids = {topic: gate.register(f"{topic}-value") for topic in (orders, enriched, bills, journal)}

    def carry_on(client: str, topic: str, traces: list) -> None:
        records = [Record(order(ids[topic], number), headers=trace) for number, trace in enumerate(traces)]
        assert all(delivery.error is None for delivery in gate.produce(topic, records, client_id=client))

    def read(client: str, topic: str, count: int) -> list:
        settings = {"group.id": f"{client}-group", "auto.offset.reset": "earliest", "client.id": client}
        consumer = Consumer({"bootstrap.servers": gate.server.bootstrap} | settings)
        consumer.subscribe([topic])
        headers = [record.headers() for record in poll_records(consumer, count)]
        consumer.commit(asynchronous=False)
        consumer.close()
        # Each hop is another span of the same trace.
        return [[("traceparent", f"{header.decode()[:36]}{uuid.uuid4().hex[:16]}-01")] for [(_, header)] in headers]

    # One trace in eight is looked at: with 200 of them none has 2.5e-12 of a chance.
    began = traceparents(200)
    carry_on(shop, orders, began)
    carry_on(shop, journal, began)
    carry_on(bill, bills, read(bill, orders, 200))
    carry_on(enrich, enriched, read(enrich, orders, 200))
    # Somebody reads what shop and bill wrote, which makes neither come of the other.
    read(enrich, bills, 200)

    namespace = f"kafka://{gate.kafka.bootstrap}"
    way = [
        f"{kind}:{namespace}:{name}"
        for kind, name in [
            ("topic", orders),
            ("group", f"{enrich}-group"),
            ("application", enrich),
            ("topic", enriched),
        ]
    ]

    def told(topic: str) -> dict[tuple[str, str], set[str]]:
        query = urllib.parse.urlencode({"node": f"topic:{namespace}:{topic}", "direction": "up", "depth": 5})
        graph = gate.ask("GET", f"/govern/v1/lineage/graph?{query}")
        return {(edge["from"], edge["to"]): set(edge["grades"]) for edge in graph["edges"]}

    def tied():
        edges = told(enriched)
        assert all("traced" in edges[ends] for ends in itertools.pairwise(way)), edges
        # bill's records were there before enrich's, in the same traces; but enrich had not read them when it wrote.
        assert "committed" in edges[f"topic:{namespace}:{bills}", way[1]]
        assert "traced" not in edges[f"topic:{namespace}:{bills}", way[1]], edges
        assert [it["traced_from"] for it in lineage(gate, enriched)["producers"]] == [[orders]]
        assert told(journal) == {(f"application:{namespace}:{shop}", f"topic:{namespace}:{journal}"): {"produced"}}

    eventually(tied)
