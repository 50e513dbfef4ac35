//! The live stream: what proxies report is told at once to whoever watches and may, and the server stops all the same.

use std::time::Duration;

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, Setup, TestRegistry, client, trusting};
use tokio::time::{Instant, timeout};

const EVENTS: &str = "/govern/v1/events";
const PATIENCE: Duration = Duration::from_secs(20);
/// An Argon2 hash of `wonderland`, a cheap one.
const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$kQ6BFyi2aB3HLX0eIcKid7LCZBJ1gTdwfvgnlmj/OqI";

/// An open stream.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(registry: &TestRegistry, query: &str) -> Self {
        let response = client(trusting(None)).get(format!("{}{EVENTS}{query}", registry.url())).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next block: an event, or a comment. `None` at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("something comes");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The data of the next event of this name; others are passed over.
    async fn event(&mut self, name: &str) -> Value {
        loop {
            let block = self.block().await.expect("an event comes");
            let mut lines = block.lines();
            if lines.next() == Some(&format!("event: {name}")) {
                let data = lines.next().unwrap().strip_prefix("data: ").unwrap();
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn violation(topic: &str, records: u64) -> Value {
    let at = now();
    json!({
        "cluster": "main", "topic": topic, "rule": "cheap", "path": "lines[].price", "reason": "value: too cheap",
        "clientId": "shop", "principal": "User:alice", "records": records, "acted": 1, "first": at - 10, "last": at,
        "samples": [{
            "at": at, "partition": 3, "index": 1, "schema": {"context": ".", "id": 1}, "action": "reject",
            "path": "lines[2].price", "bytes": 120, "fields": [{"path": "id", "mask": "int"}],
        }],
    })
}

async fn report(registry: &TestRegistry, violations: Value) {
    let answer = registry.post("/govern/v1/violations/observations", &json!({ "violations": violations })).await;
    assert_eq!(answer.status, 204, "{answer}");
}

async fn observe(registry: &TestRegistry, topic: &str, records: u64) {
    let seen = json!({
        "cluster": "main", "topic": topic, "client_id": "shop", "direction": "produces",
        "records": records, "bytes": records * 100, "refused": 2, "first": 1, "last": 2,
    });
    let answer = registry.post("/govern/v1/lineage/observations", &json!({ "observations": [seen] })).await;
    assert_eq!(answer.status, 204, "{answer}");
}

async fn what_proxies_report_is_told_to_those_who_watch(registry: TestRegistry) {
    report(&registry, json!([violation("orders", 100)])).await;
    let mut all = Stream::open(&registry, "").await;
    let mut bills = Stream::open(&registry, "?topic=bills").await;
    report(&registry, json!([violation("orders", 3)])).await;
    let told = all.event("violation").await;
    assert_eq!((&told["topic"], &told["rule"], &told["records"]), (&json!("orders"), &json!("cheap"), &json!(3)));
    assert_eq!((&told["clientId"], &told["principal"]), (&json!("shop"), &json!("User:alice")));
    let fields = json!([{"path": "id", "mask": "int"}]);
    assert_eq!((&told["sample"]["action"], &told["sample"]["fields"]), (&json!("reject"), &fields));

    observe(&registry, "orders", 40).await;
    observe(&registry, "bills", 7).await;
    let (mut records, mut refused, mut broken) = (0, 0, 0);
    while records < 47 || broken < 3 {
        for topic in all.event("counts").await["topics"].as_array().unwrap() {
            records += topic["records"].as_u64().unwrap();
            refused += topic["refused"].as_u64().unwrap();
            broken +=
                topic["rules"].as_array().unwrap().iter().map(|rule| rule["records"].as_u64().unwrap()).sum::<u64>();
        }
    }
    assert_eq!((records, refused, broken), (47, 4, 3), "differences, and nothing from before");

    let counts = bills.event("counts").await;
    let [topic] = &counts["topics"].as_array().unwrap()[..] else { panic!("{counts}") };
    assert_eq!((&topic["topic"], &topic["records"], &topic["rules"]), (&json!("bills"), &json!(7), &json!([])));
    assert_eq!((&counts["leftOut"], &counts["withheld"]), (&json!(0), &json!(0)));
}

async fn a_comment_says_that_the_stream_is_alive(registry: TestRegistry) {
    let mut stream = Stream::open(&registry, "").await;
    let block = stream.block().await.unwrap();
    assert!(block.starts_with(':'), "{block}");
}

async fn the_server_stops_while_somebody_watches(registry: TestRegistry) {
    let mut stream = Stream::open(&registry, "").await;
    let waiting = tokio::spawn(async move { stream.block().await });
    let begun = Instant::now();
    let (status, elapsed) = registry.stop().await;
    assert!(status.success() && elapsed < Duration::from_secs(3), "{status} after {elapsed:?}");
    assert_eq!(waiting.await.unwrap(), None, "the stream ends, and does not break");
    assert!(begun.elapsed() < PATIENCE);
}

on_both_databases!(
    what_proxies_report_is_told_to_those_who_watch,
    a_comment_says_that_the_stream_is_alive,
    the_server_stops_while_somebody_watches,
);

#[tokio::test]
async fn it_takes_the_right_to_read_what_is_told() {
    let users = format!("auth.users=[{{name: ann, password: '{HASH}', grants: ['read orders-']}}]");
    let registry = Setup::on(Database::Sqlite).set(&users).start().await;
    let ask = async |query: &str, password: Option<&str>| {
        let request = client(trusting(None)).get(format!("{}{EVENTS}{query}", registry.url()));
        let request = password.iter().fold(request, |request, password| request.basic_auth("ann", Some(*password)));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("?topic=orders", None).await, 401);
    assert_eq!(ask("?topic=orders", Some("wonderland")).await, 200);
    assert_eq!(ask("?topic=bills", Some("wonderland")).await, 403);
    assert_eq!(ask("", Some("wonderland")).await, 403, "all topics are for who may read everything");
}
