//! The graph as Marquez tells it: what was declared and what was observed hang together, by whatever names they go.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, Setup, TestRegistry};

use crate::declared::{KAFKA, dataset, declare, encoded, event, refused};

const LINEAGE: &str = "/api/v1/lineage";
const OBSERVATIONS: &str = "/govern/v1/lineage/observations";

async fn graph(registry: &TestRegistry, node: &str, depth: usize) -> Value {
    registry.get(&format!("{LINEAGE}?nodeId={}&depth={depth}", encoded(node))).await.ok()
}

fn ids(graph: &Value) -> Vec<&str> {
    graph["graph"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect()
}

fn node<'a>(graph: &'a Value, id: &str) -> &'a Value {
    let found = graph["graph"].as_array().unwrap().iter().find(|node| node["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not in {graph}"))
}

/// `orders` → enrich → `enriched` → bill → `bills`
async fn a_chain(registry: &TestRegistry) {
    for (second, job, from, to) in [(1, "enrich", "2024.orders", "enriched"), (2, "bill", "enriched", "bills")] {
        let mut event = event(job, &format!("run-{job}"), "RUNNING", second);
        event["inputs"] = json!([dataset(KAFKA, from)]);
        event["outputs"] = json!([dataset(KAFKA, to)]);
        event["job"]["facets"] = json!({"jobType": {"processingType": "STREAMING", "integration": "FLINK"}});
        declare(registry, &event).await;
    }
}

async fn a_graph_is_walked_as_far_as_is_asked_for(registry: TestRegistry) {
    a_chain(&registry).await;
    let orders = format!("dataset:{KAFKA}:2024.orders");
    let whole = graph(&registry, &orders, 20).await;
    let expected = [
        format!("dataset:{KAFKA}:2024.orders"),
        format!("dataset:{KAFKA}:bills"),
        format!("dataset:{KAFKA}:enriched"),
        "job:payments:bill".to_owned(),
        "job:payments:enrich".to_owned(),
    ];
    assert_eq!(ids(&whole), expected);
    assert_eq!(ids(&graph(&registry, &orders, 0).await), [orders.as_str()]);
    assert_eq!(ids(&graph(&registry, &orders, 1).await).len(), 3);
    assert_eq!(ids(&graph(&registry, "job:payments:bill", 0).await).len(), 3, "a job has its datasets with it");
    let enrich = node(&whole, "job:payments:enrich");
    let ends = |edges: &str| {
        let edge = &enrich[edges][0];
        (edge["origin"].clone(), edge["destination"].clone(), edge["evidence"].clone())
    };
    let declared = json!(["declared"]);
    assert_eq!(ends("inEdges"), (json!(orders), json!("job:payments:enrich"), declared.clone()));
    assert_eq!(ends("outEdges"), (json!("job:payments:enrich"), json!(expected[2]), declared));
    let data = &enrich["data"];
    assert_eq!((&data["type"], &data["latestRun"]["state"]), (&json!("STREAM"), &json!("RUNNING")));
    assert_eq!(data["inputs"], json!([{"namespace": KAFKA, "name": "2024.orders"}]));
    assert!(data["facets"]["jobType"].is_object());
}

async fn what_was_observed_joins_what_was_declared(registry: TestRegistry) {
    a_chain(&registry).await;
    let seen = |topic: &str, client: &str, more: Value| {
        let mut seen =
            json!({"cluster": "broker-1:9092", "topic": topic, "client_id": client, "first": 1000, "last": 2000});
        seen.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        seen
    };
    let reads = json!({"direction": "consumes", "group": "billing", "evidence": "committed"});
    let observations = json!([
        seen("2024.orders", "shop", json!({"direction": "produces", "records": 3})),
        seen("returns", "shop", json!({"direction": "produces", "records": 1})),
        seen("bills", "consumer-billing-1", reads),
    ]);
    let answer = registry.post(OBSERVATIONS, &json!({ "observations": observations })).await;
    assert_eq!(answer.status, 204, "{answer}");
    let whole = graph(&registry, "job:payments:enrich", 20).await;
    let shop = node(&whole, &format!("job:{KAFKA}:shop"));
    assert_eq!((&shop["data"]["evidence"], &shop["data"]["namedBy"]), (&json!(["observed"]), &json!("clientId")));
    let outputs: Vec<_> = shop["data"]["outputs"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(outputs, ["2024.orders", "returns"]);
    let billing = node(&whole, &format!("job:{KAFKA}:billing"));
    assert_eq!(billing["data"]["namedBy"], "group");
    assert_eq!(billing["inEdges"][0]["origin"], format!("dataset:{KAFKA}:bills"));
    assert_eq!(billing["inEdges"][0]["evidence"], json!(["observed"]));
    assert_eq!(node(&whole, &format!("dataset:{KAFKA}:bills"))["data"]["evidence"], json!(["declared", "observed"]));
    assert_eq!(node(&whole, &format!("dataset:{KAFKA}:returns"))["data"]["evidence"], json!(["observed"]));
    let other_end = graph(&registry, &format!("job:{KAFKA}:billing"), 20).await;
    assert_eq!(ids(&other_end), ids(&whole), "one graph, from wherever it is looked at");
}

async fn what_a_complete_run_does_no_more_is_past(registry: TestRegistry) {
    for (run, from, seconds) in [("r1", "old", [1, 2]), ("r2", "new", [5, 6])] {
        for (state, second) in ["START", "COMPLETE"].into_iter().zip(seconds) {
            let mut event = event("load", run, state, second);
            event["inputs"] = json!([dataset(KAFKA, from)]);
            declare(&registry, &event).await;
        }
        let now = graph(&registry, "job:payments:load", 1).await;
        assert_eq!(ids(&now), [&format!("dataset:{KAFKA}:{from}"), "job:payments:load"]);
    }
    assert_eq!(registry.get(&format!("/api/v1/namespaces/{}/datasets", encoded(KAFKA))).await.ok()["totalCount"], 2);
}

async fn what_a_run_began_with_is_not_past_though_it_is_told_last(registry: TestRegistry) {
    let told = |run: &str, state: &str, second: u32, sides: &[(&str, &str)]| {
        let mut event = event("load", run, state, second);
        for (side, name) in sides {
            event[*side] = json!([dataset(KAFKA, name)]);
        }
        event
    };
    declare(&registry, &told("r1", "START", 1, &[("inputs", "old")])).await;
    declare(&registry, &told("r1", "COMPLETE", 2, &[("outputs", "out")])).await;
    declare(&registry, &told("r2", "COMPLETE", 9, &[("outputs", "out")])).await;
    let shown = async || -> Vec<String> {
        let now = graph(&registry, "job:payments:load", 1).await;
        ids(&now)
            .into_iter()
            .filter_map(|id| id.strip_prefix(&format!("dataset:{KAFKA}:")).map(str::to_owned))
            .collect()
    };
    assert_eq!(shown().await, ["out"]);
    declare(&registry, &told("r2", "START", 5, &[("inputs", "new")])).await;
    assert_eq!(shown().await, ["new", "out"]);
}

async fn a_dataset_with_two_names_is_one(registry: TestRegistry) {
    let mut writes = event("write", "r1", "RUNNING", 1);
    let symlinks = json!({"identifiers": [{"namespace": KAFKA, "name": "orders", "type": "TOPIC"}]});
    let mut table = dataset("flink://catalog", "db.orders");
    table["facets"] = json!({"symlinks": symlinks, "documentation": {"description": "a table"}});
    writes["outputs"] = json!([table]);
    let mut reads = event("read", "r2", "RUNNING", 2);
    reads["inputs"] = json!([dataset(KAFKA, "orders")]);
    declare(&registry, &writes).await;
    declare(&registry, &reads).await;
    let topic = format!("dataset:{KAFKA}:orders");
    let expected = [topic.as_str(), "job:payments:read", "job:payments:write"];
    for start in [&topic, "dataset:flink://catalog:db.orders", "job:payments:read"] {
        let found = graph(&registry, start, 5).await;
        assert_eq!(ids(&found), expected, "{start}");
        let data = &node(&found, &topic)["data"];
        assert_eq!(data["also"], json!([dataset("flink://catalog", "db.orders")]));
        assert_eq!(data["description"], "a table");
    }
    writes["eventTime"] = json!("2026-02-28T11:00:00.000Z");
    writes["outputs"][0]["facets"]["symlinks"] = json!({"_deleted": true});
    declare(&registry, &writes).await;
    assert_eq!(ids(&graph(&registry, &topic, 5).await), [&topic, "job:payments:read"], "the other name is taken back");
}

async fn fields_are_followed_up_and_down(registry: TestRegistry) {
    let column = |from: &str, field: &str| {
        json!({"namespace": KAFKA, "name": from, "field": field,
        "transformations": [{"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": false}]})
    };
    for (job, to, field, inputs) in [
        ("one", "left", "l", json!([column("source", "a:b")])),
        ("two", "right", "r", json!([column("source", "a:b")])),
        ("three", "sink", "s", json!([column("left", "l"), column("right", "r")])),
    ] {
        let mut event = event(job, job, "RUNNING", 1);
        let mut output = dataset(KAFKA, to);
        output["facets"] = json!({"columnLineage": {"fields": {field: {"inputFields": inputs}}},
            "schema": {"fields": [{"name": field, "type": "string"}]}});
        event["outputs"] = json!([output]);
        declare(&registry, &event).await;
    }
    let ask = async |node: &str, more: &str| {
        registry.get(&format!("/api/v1/column-lineage?nodeId={}{more}", encoded(node))).await.ok()
    };
    let field = |name: &str| format!("datasetField:{KAFKA}:{name}");
    let up = ask(&field("sink:s"), "").await;
    assert_eq!(ids(&up), [field("left:l"), field("right:r"), field("sink:s"), field("source:a:b")]);
    let sink = node(&up, &field("sink:s"));
    assert_eq!((&sink["data"]["fieldType"], &sink["type"]), (&json!("string"), &json!("DATASET_FIELD")));
    assert_eq!(sink["data"]["inputFields"].as_array().unwrap().len(), 2);
    assert_eq!(sink["data"]["inputFields"][0]["transformationType"], "IDENTITY");
    assert_eq!(sink["inEdges"][0], json!({"origin": field("sink:s"), "destination": field("left:l")}));
    assert_eq!(ids(&ask(&field("sink:s"), "&depth=1").await).len(), 3);
    assert_eq!(ids(&ask(&field("source:a:b"), "").await).len(), 1);
    assert_eq!(ids(&ask(&field("source:a:b"), "&withDownstream=true").await).len(), 4);
    assert_eq!(ids(&ask("job:payments:three", "&depth=1").await), ids(&ask(&field("sink:s"), "&depth=1").await));
    refused(&registry.get(&format!("/api/v1/column-lineage?nodeId={}", encoded(&field("sink:none")))).await, 404);
}

/// So that nobody takes a part for the whole.
async fn more_fields_than_are_told_are_told_of(registry: TestRegistry) {
    let field = |number: usize| format!("f{number:04}");
    let ask = async |name: &str| {
        registry
            .get(&format!("/api/v1/column-lineage?nodeId={}", encoded(&format!("dataset:{KAFKA}:{name}"))))
            .await
            .ok()
    };
    for (name, count) in [("narrow", 5), ("wide", 2_001)] {
        let mut event = event(name, name, "RUNNING", 1);
        let mut output = dataset(KAFKA, name);
        let fields: Vec<_> = (0..count).map(|number| json!({"name": field(number), "type": "int"})).collect();
        output["facets"] = json!({"schema": {"fields": fields}});
        event["outputs"] = json!([output]);
        declare(&registry, &event).await;
    }
    let (narrow, wide) = (ask("narrow").await, ask("wide").await);
    assert_eq!((ids(&narrow).len(), narrow.get("truncated")), (5, None));
    assert_eq!((ids(&wide).len(), &wide["truncated"]), (2_000, &json!(true)));
}

async fn lists_and_searches_go_page_by_page(registry: TestRegistry) {
    for number in 0..5 {
        let mut event = event(&format!("job_{number}"), &format!("r{number}"), "COMPLETE", number);
        event["outputs"] = json!([dataset(KAFKA, &format!("topic_{number}"))]);
        declare(&registry, &event).await;
    }
    let names = |answer: &Value, list: &str| -> Vec<String> {
        answer[list].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let datasets = format!("/api/v1/namespaces/{}/datasets", encoded(KAFKA));
    let page = registry.get(&format!("{datasets}?limit=2&offset=3")).await.ok();
    assert_eq!((names(&page, "datasets"), &page["totalCount"]), (vec!["topic_3".into(), "topic_4".into()], &json!(5)));
    let jobs = registry.get("/api/v1/jobs?limit=2").await.ok();
    assert_eq!(names(&jobs, "jobs"), ["job_4", "job_3"]);
    assert_eq!(names(&registry.get("/api/v1/namespaces").await.ok(), "namespaces"), [KAFKA, "payments"]);
    let found = registry.get("/api/v1/search?q=IC_&limit=3").await.ok();
    assert_eq!((found["results"].as_array().unwrap().len(), &found["totalCount"]), (3, &json!(5)));
    assert_eq!(found["results"][0]["nodeId"], format!("dataset:{KAFKA}:topic_0"));
    let found = registry.get("/api/v1/search?q=_1&filter=JOB&sort=UPDATE_AT&namespace=payments").await.ok();
    assert_eq!(names(&found, "results"), ["job_1"]);
    assert_eq!(registry.get("/api/v1/search?q=job&before=2026-02-28").await.ok()["totalCount"], 0);
    let events = registry.get("/api/v1/events/lineage?sortDirection=asc&limit=1&offset=1").await.ok();
    assert_eq!((&events["events"][0]["run"]["runId"], &events["totalCount"]), (&json!("r1"), &json!(5)));
    let runs = registry.get("/api/v1/namespaces/payments/jobs/job_1/runs").await.ok();
    assert_eq!((&runs["runs"][0]["id"], &runs["totalCount"]), (&json!("r1"), &json!(1)));
    let facets = registry.get("/api/v1/jobs/runs/r1/facets?type=run").await.ok();
    assert_eq!(facets, json!({"runId": "r1", "facets": {}}));
}

async fn what_is_not_there_is_told_as_marquez_does(registry: TestRegistry) {
    a_chain(&registry).await;
    for (path, message) in [
        ("/api/v1/namespaces/none", "Namespace 'none' not found."),
        ("/api/v1/namespaces/none/jobs", "Namespace 'none' not found."),
        ("/api/v1/namespaces/payments/datasets/none", "Dataset 'none' not found."),
        ("/api/v1/namespaces/payments/jobs/none", "Job 'none' not found."),
        ("/api/v1/namespaces/payments/jobs/none/runs", "Job 'none' not found."),
        ("/api/v1/jobs/runs/none", "Run 'none' not found."),
        ("/api/v1/lineage?nodeId=dataset:payments:none", "Node 'dataset:payments:none' not found."),
        ("/api/v1/lineage?nodeId=nonsense", "Node 'nonsense' not found."),
        ("/api/v1/lineage?nodeId=run:x", "Node 'run:x' not found."),
    ] {
        assert_eq!(refused(&registry.get(path).await, 404), message);
    }
    for path in [
        "/api/v1/lineage",
        "/api/v1/lineage?nodeId=job:payments:enrich&depth=far",
        "/api/v1/search",
        "/api/v1/search?q=x&filter=TABLE",
        "/api/v1/events/lineage?after=soon",
        "/api/v1/namespaces?limit=-1",
    ] {
        refused(&registry.get(path).await, 400);
    }
}

on_both_databases!(
    a_graph_is_walked_as_far_as_is_asked_for,
    what_was_observed_joins_what_was_declared,
    what_a_complete_run_does_no_more_is_past,
    what_a_run_began_with_is_not_past_though_it_is_told_last,
    more_fields_than_are_told_are_told_of,
    a_dataset_with_two_names_is_one,
    fields_are_followed_up_and_down,
    lists_and_searches_go_page_by_page,
    what_is_not_there_is_told_as_marquez_does,
);

/// A client behind the proxy tells the proxy's address, and another one the second broker's.
#[tokio::test]
async fn all_addresses_of_a_cluster_are_one_namespace() {
    let registry = Setup::on(Database::Sqlite)
        .set("proxy.brokers=broker-1:9092, broker-2:9092")
        .set("proxy.listen=127.0.0.1:0")
        .set("proxy.advertised_host=kafka.example.com")
        .set("proxy.advertised_port=19092")
        .start()
        .await;
    let at = |address: &str| format!("kafka://{address}");
    let mut writes = event("write", "r1", "RUNNING", 1);
    writes["outputs"] = json!([dataset(&at("kafka.example.com:19092"), "orders")]);
    let mut reads = event("read", "r2", "RUNNING", 2);
    reads["inputs"] = json!([dataset(&at("broker-2:9092"), "orders")]);
    declare(&registry, &writes).await;
    declare(&registry, &reads).await;
    let topic = format!("dataset:{KAFKA}:orders");
    for address in ["broker-1:9092", "broker-2:9092", "kafka.example.com:19092"] {
        let found = graph(&registry, &format!("dataset:{}:orders", at(address)), 1).await;
        assert_eq!(ids(&found), [topic.as_str(), "job:payments:read", "job:payments:write"]);
    }
    let kept = registry.get("/api/v1/events/lineage").await.ok();
    assert_eq!(kept["events"][0], reads, "events are kept as they came");
}
