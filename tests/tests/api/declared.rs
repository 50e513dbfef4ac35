//! Lineage that others declare: OpenLineage events over HTTP, taken once they are kept, refused with a reason, and never
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, Database, Setup, TestRegistry, client, trusting};

const EVENTS: &str = "/api/v1/lineage";
const BATCH: &str = "/api/v1/lineage/batch";
pub(crate) const KAFKA: &str = "kafka://broker-1:9092";

/// An event of a run, without datasets.
pub(crate) fn event(job: &str, run: &str, state: &str, second: u32) -> Value {
    json!({
        "eventType": state, "eventTime": format!("2026-02-28T10:00:{second:02}.000Z"),
        "producer": "https://example.com/ci",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run}, "job": {"namespace": "payments", "name": job}, "inputs": [], "outputs": [],
    })
}

pub(crate) fn dataset(namespace: &str, name: &str) -> Value {
    json!({"namespace": namespace, "name": name})
}

pub(crate) async fn declare(registry: &TestRegistry, event: &Value) {
    let answer = registry.post(EVENTS, event).await;
    assert_eq!((answer.status, answer.text.as_str()), (201, ""), "{answer}");
}

/// A refusal in the form that Marquez's have.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(answer.body["code"], status, "{answer}");
    answer.body["message"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn an_event_is_taken_plain_and_gzipped(registry: TestRegistry) {
    declare(&registry, &event("enrich", "019127df-00a2-743c-b714-df7e6dcadb2b", "START", 1)).await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(event("enrich", "r2", "START", 2).to_string().as_bytes()).unwrap();
    let http = client(trusting(None));
    let send = |body: Vec<u8>, encoding: &'static str| {
        let request = http.post(format!("{}{EVENTS}", registry.url())).header("content-type", "application/json");
        request.header("content-encoding", encoding).body(body).send()
    };
    let packed = encoder.finish().unwrap();
    assert_eq!(send(packed.clone(), "gzip").await.unwrap().status(), 201);
    assert_eq!(send(packed, "br").await.unwrap().status(), 415);
    assert_eq!(send(b"{}".to_vec(), "gzip").await.unwrap().status(), 400);
    let mut part = GzEncoder::new(Vec::new(), Compression::fast());
    part.write_all(&vec![b' '; 1 << 20]).unwrap();
    let bomb = part.finish().unwrap().repeat(17);
    assert_eq!(send(bomb, "gzip").await.unwrap().status(), 413);
}

async fn what_is_no_event_is_refused_with_the_reason(registry: TestRegistry) {
    let mut untimed = event("enrich", "r1", "START", 1);
    untimed["eventTime"] = json!("soon");
    assert!(refused(&registry.post(EVENTS, &untimed).await, 400).contains("eventTime"));
    let mut nameless = event("enrich", "r1", "START", 1);
    nameless["outputs"] = json!([{"namespace": KAFKA}]);
    assert!(refused(&registry.post(EVENTS, &nameless).await, 400).contains("outputs[0].name"));
    refused(&registry.post(EVENTS, &json!([])).await, 400);
    for body in ["", "{", "\u{0}", &"[".repeat(100_000), &format!("{{\"run\":{}", "{\"a\":".repeat(100_000))] {
        refused(&registry.send(Method::POST, EVENTS, &[], Some(body.to_owned())).await, 400);
        refused(&registry.send(Method::POST, BATCH, &[], Some(body.to_owned())).await, 400);
    }
    let text = [("content-type", "text/plain")];
    refused(&registry.send(Method::POST, EVENTS, &text, Some(untimed.to_string())).await, 415);
    refused(&registry.post(BATCH, &json!({})).await, 400);
    refused(&registry.post(BATCH, &Value::Array(vec![json!(1); 1_001])).await, 413);
}

async fn a_batch_tells_which_of_it_was_not_taken(registry: TestRegistry) {
    let (first, second) = (event("a", "r1", "START", 1), event("b", "r2", "COMPLETE", 2));
    let answer = registry.post(BATCH, &json!([first, second])).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer}");
    assert_eq!(registry.post(BATCH, &json!([])).await.status, 204);
    let answer = registry.post(BATCH, &json!([event("c", "r3", "START", 3), {"job": {}}, 7])).await.ok();
    let summary = json!({"received": 3, "successful": 1, "failed": 2, "retriable": 0, "non_retriable": 2});
    assert_eq!((&answer["status"], &answer["summary"]), (&json!("partial_success"), &summary));
    let failed = answer["failed_events"].as_array().unwrap();
    let places: Vec<_> = failed.iter().map(|it| (it["index"].as_u64().unwrap(), it["retriable"].clone())).collect();
    assert_eq!(places, [(1, json!(false)), (2, json!(false))]);
    assert!(failed[0]["reason"].as_str().unwrap().contains("eventTime"), "{answer}");
}

/// `TIDEGATE_CORPORA`, unless it is not there.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn corpus() -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("TIDEGATE_CORPORA") else {
        eprintln!("SKIPPED: TIDEGATE_CORPORA is not set");
        return None;
    };
    let folder = PathBuf::from(folder).join("openlineage/events");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let events: Vec<Value> = files.map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect();
    assert_eq!(events.len(), 34);
    Some(events)
}

type Pair = (String, String);

fn pair(value: &Value) -> Pair {
    let text = |key: &str| value[key].as_str().unwrap().to_owned();
    (text("namespace"), text("name"))
}

/// What a corpus speaks of, by walking over its JSON and nothing else.
#[derive(Debug, Default, PartialEq)]
struct Holdings {
    datasets: BTreeSet<Pair>,
    jobs: BTreeSet<Pair>,
    /// With the job of each.
    runs: BTreeMap<String, Pair>,
    /// Source, its field, target, its field.
    columns: BTreeSet<(Pair, String, Pair, String)>,
    flows: BTreeSet<(String, String)>,
}

impl Holdings {
    fn of(events: &[Value]) -> Self {
        let mut found = Self::default();
        let id = |kind: &str, (namespace, name): &Pair| format!("{kind}:{namespace}:{name}");
        for event in events {
            let job = pair(&event["job"]);
            found.jobs.insert(job.clone());
            found.runs.insert(event["run"]["runId"].as_str().unwrap().to_owned(), job.clone());
            let parent = &event["run"]["facets"]["parent"];
            for above in [parent, &parent["root"]] {
                if above.is_object() {
                    found.jobs.insert(pair(&above["job"]));
                    let run = above["run"]["runId"].as_str().unwrap().to_owned();
                    found.runs.entry(run).or_insert_with(|| pair(&above["job"]));
                }
            }
            for (side, dataset) in ["inputs", "outputs"]
                .iter()
                .flat_map(|side| event[side].as_array().unwrap().iter().map(move |dataset| (*side, dataset)))
            {
                let own = pair(dataset);
                found.datasets.insert(own.clone());
                let (job, own_id) = (id("job", &job), id("dataset", &own));
                found.flows.insert(if side == "inputs" { (own_id, job) } else { (job, own_id) });
                let fields = dataset["facets"]["columnLineage"]["fields"].as_object().into_iter().flatten();
                for (name, field) in fields {
                    for input in field["inputFields"].as_array().unwrap() {
                        found.datasets.insert(pair(input));
                        let source = input["field"].as_str().unwrap().to_owned();
                        found.columns.insert((pair(input), source, own.clone(), name.clone()));
                    }
                }
            }
        }
        found
    }

    /// The same as a registry tells it.
    async fn told(registry: &TestRegistry) -> Self {
        let mut found = Self::default();
        let namespaces = registry.get("/api/v1/namespaces?limit=1000").await.ok();
        for namespace in namespaces["namespaces"].as_array().unwrap() {
            let path = format!("/api/v1/namespaces/{}", encoded(namespace["name"].as_str().unwrap()));
            let datasets = registry.get(&format!("{path}/datasets?limit=1000")).await.ok();
            found.datasets.extend(datasets["datasets"].as_array().unwrap().iter().map(pair));
            let jobs = registry.get(&format!("{path}/jobs?limit=1000")).await.ok();
            for job in jobs["jobs"].as_array().unwrap() {
                found.jobs.insert(pair(job));
                let runs = registry.get(&format!("{path}/jobs/{}/runs", encoded(&pair(job).1))).await.ok();
                for run in runs["runs"].as_array().unwrap() {
                    found.runs.insert(run["id"].as_str().unwrap().to_owned(), pair(run));
                }
            }
        }
        for (namespace, name) in found.datasets.clone() {
            let node = encoded(&format!("dataset:{namespace}:{name}"));
            let fields = registry.get(&format!("/api/v1/column-lineage?nodeId={node}&depth=1")).await.ok();
            for node in fields["graph"].as_array().unwrap() {
                let data = &node["data"];
                let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
                let of = |value: &Value| (text(value, "namespace"), text(value, "dataset"));
                for input in data["inputFields"].as_array().unwrap() {
                    found.columns.insert((of(input), text(input, "field"), of(data), text(data, "field")));
                }
            }
            let graph = registry.get(&format!("{EVENTS}?nodeId={node}&depth=1")).await.ok();
            for edge in graph["graph"].as_array().unwrap().iter().flat_map(|node| node["inEdges"].as_array().unwrap()) {
                let end = |key: &str| edge[key].as_str().unwrap().to_owned();
                found.flows.insert((end("origin"), end("destination")));
            }
        }
        found
    }
}

pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn nothing_of_what_real_clients_send_is_lost(mut registry: TestRegistry) {
    let Some(events) = corpus() else { return };
    let expected = Holdings::of(&events);
    assert!(expected.datasets.len() > 10 && expected.jobs.len() > 10 && expected.columns.len() > 20, "{expected:?}");
    for event in events.iter().take(20) {
        declare(&registry, event).await;
    }
    // All of them, in the other order, and 20 for the second time.
    let all: Vec<_> = events.iter().rev().cloned().collect();
    assert_eq!(registry.post(BATCH, &Value::Array(all)).await.status, 204);
    let told = Holdings::told(&registry).await;
    assert_eq!(told.datasets, expected.datasets);
    assert_eq!(told.jobs, expected.jobs);
    assert_eq!(told.runs, expected.runs);
    assert_eq!(told.columns, expected.columns);
    let lost: Vec<_> = expected.flows.difference(&told.flows).collect();
    assert!(lost.is_empty() && expected.flows.len() == 27, "{lost:?}");
    registry.crash_and_restart().await;
    let kept = registry.get("/api/v1/events/lineage?limit=1000").await.ok();
    // Two of the files hold the same event.
    let (mut kept, mut sent) = (kept["events"].as_array().unwrap().clone(), events);
    for list in [&mut kept, &mut sent] {
        list.sort_by_cached_key(ToString::to_string);
    }
    sent.dedup();
    assert_eq!((kept.len(), kept == sent), (33, true), "with every facet, known or not");
}

/// What was acknowledged outlives the process, whenever that ends.
async fn what_was_taken_is_kept(mut registry: TestRegistry) {
    let http = client(trusting(None));
    let url = format!("{}{EVENTS}", registry.url());
    let count = Arc::new(AtomicUsize::new(0));
    let sending = (0..8).map(|sender| {
        let (http, url, count) = (http.clone(), url.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            let mut taken = Vec::new();
            for number in 0.. {
                let run = format!("run-{sender}-{number}");
                let body = event("enrich", &run, "START", 1).to_string();
                let answer = http.post(&url).header("content-type", "application/json").body(body).send().await;
                match answer {
                    Ok(answer) if answer.status() == 201 => {
                        taken.push(run);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => break,
                }
            }
            taken
        })
    });
    let sending: Vec<_> = sending.collect();
    while count.load(Ordering::Relaxed) < 40 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    registry.crash().await;
    let mut taken = Vec::new();
    for sender in sending {
        taken.extend(sender.await.unwrap());
    }
    registry.start_again().await;
    let count = registry.get("/api/v1/events/lineage?limit=1").await.ok()["totalCount"].as_u64().unwrap();
    assert!(count >= taken.len() as u64, "{count} of {}", taken.len());
    for run in taken.iter().step_by(7) {
        registry.get(&format!("/api/v1/jobs/runs/{run}")).await.ok();
    }
}

async fn the_order_of_events_does_not_matter(registry: TestRegistry) {
    let mut start = event("enrich", "r1", "START", 1);
    start["inputs"] = json!([{"namespace": KAFKA, "name": "orders", "facets": {
        "documentation": {"description": "old"}, "gone": {"a": 1}, "ownership": {"owners": [{"name": "team:shop"}]},
    }}]);
    let mut complete = event("enrich", "r1", "COMPLETE", 9);
    complete["inputs"] = json!([{"namespace": KAFKA, "name": "orders", "facets": {
        "documentation": {"description": "new"}, "gone": {"_deleted": true},
    }}]);
    for event in [&complete, &start, &complete, &event("enrich", "r1", "OTHER", 20)] {
        declare(&registry, event).await;
    }
    let run = registry.get("/api/v1/jobs/runs/r1").await.ok();
    assert_eq!((&run["state"], &run["durationMs"]), (&json!("COMPLETED"), &json!(8000)), "{run}");
    let dataset = registry.get(&format!("/api/v1/namespaces/{}/datasets/orders", encoded(KAFKA))).await.ok();
    assert_eq!(dataset["description"], "new");
    assert_eq!(dataset["facets"].as_object().unwrap().keys().collect::<Vec<_>>(), ["documentation", "ownership"]);
    assert_eq!(registry.get("/api/v1/events/lineage").await.ok()["totalCount"], 3, "one of them came twice");
}

/// What was told before is not written anew each time. It counts as told all the same.
async fn what_is_told_again_counts_as_told_last(registry: TestRegistry) {
    let told = |millis: u32, description: &str| {
        let mut event = event("enrich", "r1", "RUNNING", 1);
        event["eventTime"] = json!(format!("2026-02-28T10:00:01.{millis:03}Z"));
        event["inputs"] = json!([{"namespace": KAFKA, "name": "orders", "facets": {
            "documentation": {"description": description},
            "schema": {"fields": [{"name": "id", "type": "long"}]},
        }}]);
        event
    };
    let shown = async || {
        let path = format!("/api/v1/namespaces/{}/datasets/orders", encoded(KAFKA));
        registry.get(&path).await.ok()["description"].as_str().unwrap().to_owned()
    };
    declare(&registry, &told(100, "a")).await;
    declare(&registry, &told(500, "a")).await;
    declare(&registry, &told(300, "b")).await;
    assert_eq!(shown().await, "a", "it was said again after the other had been said");
    declare(&registry, &told(600, "b")).await;
    assert_eq!(shown().await, "b");
    // All in one transaction, in no order.
    let all = json!([told(700, "b"), told(900, "a"), told(800, "b"), told(650, "c")]);
    assert_eq!(registry.post(BATCH, &all).await.status, 204);
    assert_eq!(shown().await, "a");
    assert_eq!(registry.get("/api/v1/events/lineage").await.ok()["totalCount"], 8);
}

on_both_databases!(
    an_event_is_taken_plain_and_gzipped,
    what_is_no_event_is_refused_with_the_reason,
    a_batch_tells_which_of_it_was_not_taken,
    nothing_of_what_real_clients_send_is_lost,
    what_was_taken_is_kept,
    the_order_of_events_does_not_matter,
    what_is_told_again_counts_as_told_last,
);

#[tokio::test]
async fn who_declares_has_to_be_allowed_to() {
    let registry = Setup::on(Database::Sqlite).set("auth.anonymous=admin").start().await;
    let make = async |name: &str, grant: &str| {
        let token = registry.post("/govern/v1/tokens", &json!({"name": name, "grants": [grant]})).await.body;
        format!("Bearer {}", token["token"].as_str().unwrap_or_else(|| panic!("{token}")))
    };
    let (observer, reader) = (make("observer", "observe").await, make("reader", "read").await);
    let body = event("enrich", "r1", "START", 1).to_string();
    let send = async |token: &str| {
        let headers = [("authorization", token), ("content-type", "application/json")];
        registry.send(Method::POST, EVENTS, &headers, Some(body.clone())).await.status
    };
    assert_eq!((send(&observer).await, send(&reader).await), (201, 403));
    let ask = async |token: &str| {
        registry.send(Method::GET, "/api/v1/namespaces", &[("authorization", token)], None).await.status
    };
    assert_eq!((ask(&observer).await, ask(&reader).await), (403, 200));
}
