//! Which nodes are there, and what do they answer? Each reaches the database through a relay of its own.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tidegate_tests::contract;
use tidegate_tests::registry::{self, Setup, TestRegistry, new_postgres_database};
use tidegate_tests::relay::{Line, Relay};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// `store.timeout` of the nodes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);
/// How long any answer may take: whoever is cut off in the middle waits for a connection and for an answer. The rest is for a
/// machine that does something else as well.
const PATIENCE: Duration = Duration::from_secs(8);

pub(crate) struct Cluster {
    nodes: Vec<Node>,
    database: String,
    client: Client,
}

struct Node {
    relay: Relay,
    registry: Mutex<TestRegistry>,
    url: RwLock<String>,
}

/// What a node answered, if it was one of the answers that any healthy node could give.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Cluster {
    pub(crate) async fn start(size: usize) -> Self {
        let database = new_postgres_database();
        let server = address(&database);
        let mut nodes = Vec::new();
        for _ in 0..size {
            let relay = Relay::to(server).await.unwrap();
            let setup = Setup::on_store(through(&database, relay.address()));
            let registry = setup.set(&format!("store.timeout={}s", TIMEOUT.as_secs())).start().await;
            let url = RwLock::new(registry.url().to_owned());
            nodes.push(Node { relay, registry: Mutex::new(registry), url });
        }
        let client = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { nodes, database, client }
    }

    pub(crate) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// The database itself, not through a relay.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    pub(crate) async fn crash(&self, node: usize) {
        self.nodes[node].registry.lock().await.crash().await;
    }

    pub(crate) async fn start_again(&self, node: usize) {
        let mut registry = self.nodes[node].registry.lock().await;
        registry.start_again().await;
        registry.url().clone_into(&mut self.nodes[node].url.write().unwrap());
    }

    pub(crate) fn set_line(&self, node: usize, line: Line) {
        self.nodes[node].relay.set(line);
    }

    /// Waits until the node calls itself ready; answers how long that took.
    pub(crate) async fn becomes_ready(&self, node: usize) -> Duration {
        let begun = Instant::now();
        while self.raw(node, Method::GET, "/health/ready", None).await.is_none_or(|answer| answer.status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(20), "node {node} does not come back");
            sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    }

    pub(crate) async fn get(&self, node: usize, path: &str) -> Option<Answer> {
        self.ask(node, Method::GET, path, None).await
    }

    /// `None` when the node can't answer: it is not there, or it says that it is cut off.
    pub(crate) async fn ask(&self, node: usize, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let answer = self.raw(node, method.clone(), path, body).await?;
        if answer.status == 503 {
            assert_eq!(answer.body["error_code"], 503, "{method} {path}: {answer:?}");
            return None;
        }
        assert!(answer.status < 500, "node {node}, {method} {path}: {answer:?}");
        Some(answer)
    }

    /// Whatever comes; `None` when the connection breaks.
    pub(crate) async fn raw(&self, node: usize, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let url = format!("{}{path}", self.nodes[node].url.read().unwrap());
        let mut request = self.client.request(method.clone(), url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let begun = Instant::now();
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        assert!(begun.elapsed() < PATIENCE, "node {node}, {method} {path}: {status} after {:?}", begun.elapsed());
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        contract::hold(method.as_str(), path, &registry::Answer { status, headers, text, body: body.clone() });
        Some(Answer { status, body })
    }
}

impl Answer {
    /// The schema in the body, as JSON.
    pub(crate) fn schema(&self) -> Value {
        self.body["schema"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }

    pub(crate) fn number(&self, member: &str) -> i64 {
        self.body[member].as_i64().unwrap_or_else(|| panic!("no {member} in {self:?}"))
    }
}

/// A record of one optional field: each may follow each, in both directions.
pub(crate) fn record(field: &str) -> Value {
    json!({"type": "record", "name": "R", "fields": [{"name": field, "type": ["null", "string"], "default": null}]})
}

pub(crate) fn registration(schema: &Value) -> Value {
    json!({"schema": schema.to_string()})
}

fn address(url: &str) -> SocketAddr {
    let authority = authority(url);
    let host = authority.rsplit('@').next().unwrap();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
    host.to_socket_addrs().unwrap().next().unwrap()
}

fn through(url: &str, relay: SocketAddr) -> String {
    let authority = authority(url);
    let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
    url.replacen(authority, &format!("{user}{relay}"), 1)
}

fn authority(url: &str) -> &str {
    url.split("://").nth(1).unwrap().split(['/', '?']).next().unwrap()
}
