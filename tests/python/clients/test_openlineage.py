"""Do OpenLineage's client and Marquez's get along with the server, and do both see one graph with what the proxy saw?"""

import json
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone

import pytest
from confluent_kafka import Consumer, Producer
from marquez_client import MarquezClient
from marquez_client.errors import APIError
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import column_lineage_dataset, job_type_job, ownership_dataset, schema_dataset
from openlineage.client.transport.http import HttpCompression, HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

PRODUCER = "https://example.com/ci"
# Counts are flushed every few seconds.
PATIENCE = 30


@pytest.fixture(params=[None, HttpCompression.GZIP], ids=["plain", "gzip"])
def openlineage(url, request):
    config = HttpConfig(url=url, timeout=20, compression=request.param, retry={"total": 0})
    client = OpenLineageClient(transport=HttpTransport(config))
    yield client
    client.close()


@pytest.fixture
def marquez(url):
    return MarquezClient(url=url)


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


def lineage(url: str, node: str) -> dict:
    """The nodes of a graph by id; marquez-python can't ask for it."""
    query = urllib.parse.urlencode({"nodeId": node, "depth": 10})
    try:
        with urllib.request.urlopen(f"{url}/api/v1/lineage?{query}", timeout=20) as answer:
            return {node["id"]: node for node in json.load(answer)["graph"]}
    except urllib.error.HTTPError as error:
        assert error.code == 404 and json.load(error)["code"] == 404
        return {}


def enrich(openlineage, namespace: str, names) -> tuple[str, Job, str]:
    """A run that makes one topic of another, and tells how; answers the topics' common beginning, the job and the run."""
    topic, run = f"2024.{names.topic}", Run(runId=str(generate_new_uuid()))
    kind = job_type_job.JobTypeJobFacet(processingType="STREAMING", integration="FLINK", jobType="JOB")
    job = Job(f"payments-{names.topic}", "enrich/orders", facets={"jobType": kind})
    email = schema_dataset.SchemaDatasetFacet(fields=[schema_dataset.SchemaDatasetFacetFields("email", "string")])
    masked = column_lineage_dataset.Transformation(type="DIRECT", subtype="TRANSFORMATION", masking=True)
    field = column_lineage_dataset.InputField(namespace, f"{topic}.in", "email", transformations=[masked])
    columns = column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={"hash": column_lineage_dataset.Fields(inputFields=[field])}
    )
    inputs = [InputDataset(namespace, f"{topic}.in", facets={"schema": email})]
    outputs = [OutputDataset(namespace, f"{topic}.out", facets={"columnLineage": columns})]
    for state in (RunState.START, RunState.RUNNING, RunState.COMPLETE):
        told = {"eventTime": now(), "producer": PRODUCER, "inputs": inputs, "outputs": outputs}
        openlineage.emit(RunEvent(eventType=state, run=run, job=job, **told))
    return topic, job, run.runId


def test_marquez_tells_what_openlineage_sent(openlineage, marquez, names):
    namespace = "kafka://broker-1.example.com:9092"
    topic, job, run = enrich(openlineage, namespace, names)

    assert namespace in [it["name"] for it in marquez.list_namespaces(limit=1000)["namespaces"]]
    assert marquez.get_namespace(namespace)["name"] == namespace
    dataset = marquez.get_dataset(namespace, f"{topic}.in")
    assert dataset["fields"] == [{"name": "email", "type": "string", "tags": [], "description": None}]
    assert f"{topic}.out" in [it["name"] for it in marquez.list_datasets(namespace, limit=1000)["datasets"]]

    told = marquez.get_job(job.namespace, job.name)
    assert (told["type"], told["latestRun"]["state"], told["latestRun"]["id"]) == ("STREAM", "COMPLETED", run)
    assert told["inputs"] == [{"namespace": namespace, "name": f"{topic}.in"}]
    assert [it["name"] for it in marquez.list_jobs(job.namespace)["jobs"]] == [job.name]
    assert [it["id"] for it in marquez.list_job_runs(job.namespace, job.name)["runs"]] == [run]
    told = marquez.get_job_run(run)
    assert told["state"] == "COMPLETED" and told["facets"]["tags"]["tags"][0]["key"] == "openlineage_client_version"
    assert marquez.list_events(limit=1)["totalCount"] >= 3

    for graph in (
        marquez.get_column_lineage_by_dataset(namespace, f"{topic}.out"),
        marquez.get_column_lineage_by_dataset_field(namespace, f"{topic}.out", "hash"),
        marquez.get_column_lineage_by_job(job.namespace, job.name),
    ):
        [made_of] = [it["data"]["inputFields"] for it in graph["graph"] if it["data"]["field"] == "hash"]
        assert [(it["dataset"], it["field"]) for it in made_of] == [(f"{topic}.in", "email")]
        assert made_of[0]["transformations"][0]["masking"] is True


def test_marquez_hears_what_is_not_there(marquez, names):
    for ask in (
        lambda: marquez.get_namespace(names.topic),
        lambda: marquez.get_dataset("kafka://h:1", names.topic),
        lambda: marquez.get_job_run(str(generate_new_uuid())),
    ):
        with pytest.raises(APIError) as refusal:
            ask()
        response = refusal.value.__cause__.response
        assert response.status_code == 404 and response.json()["code"] == 404


def test_jobs_and_datasets_are_declared_without_a_run(openlineage, marquez, names):
    namespace, job = "postgres://db:5432", Job(f"ns-{names.topic}", "load")
    openlineage.emit(JobEvent(eventTime=now(), producer=PRODUCER, job=job, outputs=[OutputDataset(namespace, names.topic)]))
    owner = ownership_dataset.OwnershipDatasetFacet(owners=[ownership_dataset.Owner("team:shop", "MAINTAINER")])
    dataset = StaticDataset(namespace, names.topic, facets={"ownership": owner})
    openlineage.emit(DatasetEvent(eventTime=now(), producer=PRODUCER, dataset=dataset))
    told = marquez.get_job(job.namespace, job.name)
    assert told["latestRun"] is None and told["outputs"] == [{"namespace": namespace, "name": names.topic}]
    facet = marquez.get_dataset(namespace, names.topic)["facets"]["ownership"]
    assert facet["owners"] == [{"name": "team:shop", "type": "MAINTAINER"}]


def test_what_flows_is_one_graph_with_what_is_declared(openlineage, url, brokers, names):
    # As a job behind the proxy knows the cluster: by the proxy's address.
    topic, job, _ = enrich(openlineage, f"kafka://{brokers}", names)
    shop, billing = f"shop-{names.topic}", f"billing-{names.topic}"
    producer = Producer({"bootstrap.servers": brokers, "client.id": shop})
    producer.produce(f"{topic}.in", b"a record")
    producer.flush(20)
    # The job itself is not run here: somebody else writes what it would.
    producer.produce(f"{topic}.out", b"another")
    producer.flush(20)
    settings = {"bootstrap.servers": brokers, "group.id": billing, "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    consumer.subscribe([f"{topic}.out"])
    deadline = time.monotonic() + PATIENCE
    while (record := consumer.poll(1)) is None or record.error():
        assert time.monotonic() < deadline, "nothing was read"
    consumer.commit(asynchronous=False)
    consumer.close()

    start = f"job:{job.namespace}:{job.name}"
    while not _is_whole(graph := lineage(url, start), shop, billing):
        assert time.monotonic() < deadline + PATIENCE, sorted(graph)
        time.sleep(1)
    [source] = [node for node in graph if node.endswith(f":{topic}.in")]
    [sink] = [node for node in graph if node.endswith(f":{topic}.out")]
    edges = {(edge["origin"], edge["destination"]): edge for node in graph.values() for edge in node["outEdges"]}
    [seller] = [node for node in graph if node.endswith(f":{shop}")]
    [biller] = [node for node in graph if node.endswith(f":{billing}")]
    way = [seller, source, start, sink, biller]
    evidence = [edges[step]["evidence"] for step in zip(way, way[1:])]
    assert evidence == [["observed"], ["declared"], ["declared"], ["observed"]]
    assert graph[biller]["data"]["namedBy"] == "group"
    assert lineage(url, seller).keys() == graph.keys()


def _is_whole(graph: dict, *names: str) -> bool:
    return all(any(node.endswith(f":{name}") for node in graph) for name in names)
