"""Is a Flink job known by what it does on the wire, and joined with what it says of itself?"""

import json
import os
import subprocess
import uuid
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import fastavro
import pytest
from confluent_kafka import Consumer
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.transport.http import HttpConfig, HttpTransport

from gate import avro, eventually, frame, poll_values

JOB = Path(__file__).resolve().parents[2] / "flink" / "job.py"
ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "com.shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "customer", "type": "string"},
        {"name": "cents", "type": "long"},
    ],
}
CUSTOMERS = ["ada", "ben", "cid"]


def run(gate, source: str, sink: str, name: str) -> None:
    arguments = [os.environ["TIDEGATE_FLINK_JARS"], gate.server.bootstrap, gate.server.url, source, sink, name]
    command = [os.environ["TIDEGATE_FLINK_PYTHON"], JOB, *arguments]
    # A job of SQL alone has no workers for Python functions; by default PyFlink would get ready for some.
    environment = os.environ | {"_python_worker_execution_mode": "process"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]


@pytest.fixture(scope="module")
def estate(gate):
    """shop → orders → the job → totals → finance, all through the proxy; the job told of as its integration does."""
    source, sink, name = gate.topic("enforced"), gate.topic("enforced"), f"totals-{uuid.uuid4().hex[:8]}"
    schema_id = gate.register(f"{source}-value", ORDER)
    orders = [{"id": number, "customer": CUSTOMERS[number % 3], "cents": number} for number in range(300)]
    gate.produce(source, [frame(schema_id, avro(order, ORDER)) for order in orders], client_id="shop")

    client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=gate.server.url)))
    runs, namespace = Run(runId=str(uuid.uuid4())), f"kafka://{gate.server.bootstrap}"

    def tell(state: RunState, inputs=(), outputs=()) -> None:
        at = datetime.now(UTC).isoformat()
        job = Job(namespace="flink", name=name)
        facts = {"eventTime": at, "run": runs, "job": job, "producer": "https://example.com/flink"}
        client.emit(RunEvent(eventType=state, inputs=list(inputs), outputs=list(outputs), **facts))

    tell(RunState.START, [InputDataset(namespace, source)], [OutputDataset(namespace, sink)])
    run(gate, source, sink, name)
    tell(RunState.COMPLETE)

    settings = {"bootstrap.servers": gate.server.bootstrap, "client.id": "ledger", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings | {"group.id": f"finance-{name}"})
    consumer.subscribe([sink])
    values = poll_values(consumer, len(CUSTOMERS))
    consumer.commit(asynchronous=False)
    consumer.close()
    return source, sink, name, values


def test_what_the_job_wrote_is_right_and_has_a_schema_of_the_registry(gate, estate):
    source, sink, name, values = estate
    latest = gate.ask("GET", f"/subjects/{sink}-value/versions/latest")
    schema = fastavro.parse_schema(json.loads(latest["schema"]))
    assert {int.from_bytes(value[1:5]) for value in values} == {latest["id"]}
    rows = [fastavro.schemaless_reader(BytesIO(value[5:]), schema) for value in values]
    expected = [(customer, 100, sum(range(at, 300, 3))) for at, customer in enumerate(CUSTOMERS)]
    assert sorted((row["customer"], row["orders"], row["cents"]) for row in rows) == expected


def graph(gate, topic: str, more: str) -> dict:
    """Edges of the graph around a topic, by the kinds and names of their ends."""
    graph = gate.ask("GET", f"/govern/v1/lineage/graph?node=topic:kafka://default:{topic}&{more}")
    named = {node["id"]: f"{node['kind']}:{node['name']}" for node in graph["nodes"]}
    return {(named[edge["from"]], named[edge["to"]]): set(edge["grades"]) for edge in graph["edges"]}


def test_the_graph_leads_from_producer_to_consumer_through_the_job(gate, estate):
    source, sink, name, _ = estate

    def whole():
        edges = graph(gate, source, "direction=both&depth=6")
        way = ["application:shop", f"topic:{source}", f"job:{name}", f"topic:{sink}", f"group:finance-{name}"]
        missing = [step for step in zip(way, way[1:]) if step not in edges]
        assert not missing, (missing, sorted(edges))
        return edges

    edges = eventually(whole, seconds=30)
    assert edges[f"topic:{source}", f"job:{name}"] == edges[f"job:{name}", f"topic:{sink}"] == {"declared"}
    # And what the job does is seen on the wire, not only told. Flink numbers its readers.
    assert edges[f"topic:{source}", f"application:{name}-0"] == {"fetched"}
    assert graph(gate, sink, "direction=up&depth=1")[f"application:{name}", f"topic:{sink}"] == {"produced"}


def test_both_topics_tell_their_schema_versions(gate, estate):
    source, sink, name, _ = estate

    def seen():
        for topic, client in ((source, "shop"), (sink, name)):
            usage = gate.ask("GET", f"/govern/v1/usage/subjects/{topic}-value")
            assert [(version["version"], version["records"] > 0) for version in usage["versions"]] == [(1, True)]
            assert any(writer["application"] == client for writer in usage["writers"]), usage["writers"]

    eventually(seen, seconds=20)
