//! What proxies saw is told to others as OpenLineage events: to a real receiver, by the letter of the standard, and without
//! anybody waiting for it.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};
use tidegate_tests::registry::{Database, Setup, TestRegistry};

const OBSERVATIONS: &str = "/govern/v1/lineage/observations";

fn seen(client: &str, topic: &str, more: Value) -> Value {
    let mut seen = json!({"cluster": "main", "topic": topic, "client_id": client, "first": 1000, "last": 2000});
    seen.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    seen
}

async fn observe(registry: &TestRegistry, records: u64) {
    let produces =
        json!({"direction": "produces", "schema": {"context": ".", "id": 7}, "records": records, "bytes": 90});
    let observations = json!([
        seen("enrich", "orders", json!({"direction": "consumes", "group": "g", "evidence": "committed"})),
        seen("enrich", "enriched", produces),
    ]);
    let answer = registry.post(OBSERVATIONS, &json!({ "observations": observations })).await;
    assert_eq!(answer.status, 204, "{answer}");
}

/// The events that a receiver has, once there are at least so many; the oldest first.
async fn events(receiver: &TestRegistry, least: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let told = receiver.get("/api/v1/events/lineage?sortDirection=asc&limit=1000").await.ok();
        let events = told["events"].as_array().unwrap().clone();
        if events.len() >= least {
            return events;
        }
        assert!(Instant::now() < deadline, "{} of {least} events", events.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sender(url: &str) -> TestRegistry {
    let address = format!("lineage.emit_url={url}");
    Setup::on(Database::Sqlite).set(&address).set("lineage.emit_interval=200ms").start().await
}

#[tokio::test]
async fn what_was_seen_is_told_as_one_run_to_its_end() {
    let receiver = TestRegistry::start(Database::Sqlite).await;
    let sender = sender(receiver.url()).await;
    observe(&sender, 5).await;
    events(&receiver, 1).await;
    observe(&sender, 3).await;
    let told = events(&receiver, 2).await;
    sender.stop().await;
    let whole = events(&receiver, 3).await;
    let states: Vec<_> = whole.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(states, ["START", "RUNNING", "COMPLETE"]);
    assert!(whole.iter().all(|event| event["run"] == whole[0]["run"]));
    let written = &told[1]["outputs"][0];
    assert_eq!(
        (&written["name"], &written["outputFacets"]["outputStatistics"]["rowCount"]),
        (&json!("enriched"), &json!(3))
    );
    assert_eq!(written["facets"]["version"]["datasetVersion"], "schema-id:7");
    assert_eq!(told[1]["inputs"][0]["name"], "orders");
    let graph = receiver.get("/api/v1/lineage?nodeId=job%3Akafka%3A%2F%2Fmain%3Aenrich&depth=1").await.ok();
    assert_eq!(graph["graph"].as_array().unwrap().len(), 3);
    every_event_keeps_to_the_standard(&whole, 18);
}

#[tokio::test]
async fn what_is_known_of_applications_and_schemas_is_told_with_it() {
    let receiver = TestRegistry::start(Database::Sqlite).await;
    let sender = sender(receiver.url()).await;
    let schema = r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long","doc":"Its number."}]}"#;
    let registered = sender
        .post(
            "/subjects/enriched-value/versions",
            &json!({"schema": schema, "metadata": {"properties": {"owner": "team-orders"}}}),
        )
        .await
        .ok();
    let application = json!({"owner": "team-shop", "clientIds": ["enrich-*"]});
    let declared = sender.put("/govern/v1/applications/enrichment", &application).await;
    assert!(declared.status < 300, "{declared}");
    let group = |topic: &str, direction: &str| {
        seen("enrich-1", topic, json!({"direction": direction, "group": "g", "evidence": "transactional"}))
    };
    let produces = json!({
        "direction": "produces", "schema": {"context": ".", "id": registered["id"]}, "records": 5, "refused": 2,
    });
    let observations =
        json!([group("orders", "consumes"), group("enriched", "produces"), seen("enrich-1", "enriched", produces)]);
    let answer = sender.post(OBSERVATIONS, &json!({ "observations": observations })).await;
    assert_eq!(answer.status, 204, "{answer}");
    let told = events(&receiver, 1).await;
    let job = &told[0]["job"];
    assert_eq!(
        (&job["name"], &job["facets"]["ownership"]["owners"][0]["name"]),
        (&json!("enrichment"), &json!("team-shop"))
    );
    let entry = &job["facets"]["lineage"]["entries"][0];
    assert_eq!((&entry["name"], &entry["inputs"][0]["name"]), (&json!("enriched"), &json!("orders")));
    let facets = &told[0]["outputs"][0]["facets"];
    assert_eq!(facets["ownership"]["owners"][0]["name"], "team-orders");
    assert_eq!(facets["schema"]["fields"], json!([{"name": "id", "type": "long", "description": "Its number."}]));
    let assertion = &facets["dataQualityAssertions"]["assertions"][0];
    assert_eq!((&assertion["success"], &assertion["actual"]), (&json!(false), &json!("2")));
    // A while after it was seen, its end is told with the same.
    tokio::time::sleep(Duration::from_millis(500)).await;
    sender.stop().await;
    let whole = events(&receiver, 2).await;
    let last = whole.last().unwrap();
    assert_eq!((&last["eventType"], &last["outputs"][0]["facets"]["schema"]), (&json!("COMPLETE"), &facets["schema"]));
    every_event_keeps_to_the_standard(&whole, 20);
}

#[tokio::test]
async fn a_receiver_that_is_away_holds_nobody_up_and_hears_of_it_later() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sender = sender(&format!("http://{address}")).await;
    let begun = Instant::now();
    observe(&sender, 5).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    tokio::time::sleep(Duration::from_millis(800)).await;
    observe(&sender, 3).await;
    let receiver = Setup::on(Database::Sqlite).listen(&address.to_string()).start().await;
    let told = events(&receiver, 2).await;
    let counts: u64 = told
        .iter()
        .map(|event| event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"].as_u64().unwrap())
        .sum();
    assert_eq!(counts, 8, "nothing was lost");
}

/// Schemas of the standard by their address.
struct Shelf(HashMap<String, Value>);

impl Retrieve for Shelf {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let address = uri.as_str().trim_end_matches('#');
        self.0.get(address).cloned().ok_or_else(|| format!("{address} is not there").into())
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn every_event_keeps_to_the_standard(events: &[Value], least: usize) {
    let Some(folder) = std::env::var_os("TIDEGATE_CORPORA") else {
        eprintln!("SKIPPED: TIDEGATE_CORPORA is not set");
        return;
    };
    let folder = PathBuf::from(folder).join("openlineage");
    let read = |path: PathBuf| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let core = read(folder.join("spec/OpenLineage.json"));
    let mut shelf = HashMap::from([(core["$id"].as_str().unwrap().to_owned(), core)]);
    for entry in std::fs::read_dir(folder.join("facets")).unwrap() {
        let schema = read(entry.unwrap().path());
        shelf.insert(schema["$id"].as_str().unwrap().to_owned(), schema);
    }
    let against = |reference: &str| -> Validator {
        let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": reference});
        jsonschema::options().with_retriever(Shelf(shelf.clone())).should_validate_formats(true).build(&schema).unwrap()
    };
    let mut checked = 0;
    let mut hold = |value: &Value, reference: &str| {
        let faults: Vec<_> = against(reference).iter_errors(value).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{reference}: {faults:?}\n{value:#}");
        checked += 1;
    };
    for event in events {
        hold(event, event["schemaURL"].as_str().unwrap());
        let datasets = ["inputs", "outputs"].into_iter().flat_map(|side| event[side].as_array().unwrap());
        for holder in datasets.chain([&event["job"], &event["run"]]) {
            for group in ["facets", "inputFacets", "outputFacets"] {
                for facet in holder[group].as_object().into_iter().flat_map(|facets| facets.values()) {
                    hold(facet, facet["_schemaURL"].as_str().unwrap());
                }
            }
        }
    }
    assert!(checked >= least, "{checked}");
}
