//! What does one writer do? Changes through one node, and after each acknowledgement a look through another: it must see
//! the change at once.
//!
//! A writer has a subject that nobody else touches, so that it knows what must be there. When an answer fails to come, nobody
//! knows, and it takes a new one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cluster::{Answer, Cluster, record, registration};
use crate::ledger::{Kept, Ledger};
use crate::random::Random;

/// Subjects that all writers share, and contents that all of them bring.
const SHARED: usize = 3;
const COMMON: usize = 40;

pub(crate) struct Writer {
    number: u64,
    random: Random,
    cluster: Arc<Cluster>,
    ledger: Arc<Ledger>,
    count: u64,
    own: Own,
}

/// A subject of one writer, as it must be.
struct Own {
    name: String,
    next: i64,
    live: Vec<(i64, i64)>,
    deleted: Vec<(i64, i64)>,
}

/// The answer did not come.
struct Doubt;

impl Writer {
    pub(crate) fn new(number: u64, random: Random, cluster: Arc<Cluster>, ledger: Arc<Ledger>) -> Self {
        Self { number, random, cluster, ledger, count: 0, own: Own::of(number, 0) }
    }

    pub(crate) async fn write_until(mut self, end: Instant) {
        while Instant::now() < end {
            let done = match self.random.below(12) {
                0..=2 => self.register_own().await,
                3 | 4 => self.register_shared().await,
                5 => self.register_common().await,
                6 | 7 => self.configure().await,
                8 => self.change_mode().await,
                9 => self.delete_version().await,
                10 => self.purge_version().await,
                _ => self.delete_subject().await,
            };
            if done.is_err() {
                self.ledger.count_doubt();
                self.take_another_subject();
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn register_own(&mut self) -> Result<(), Doubt> {
        let (schema, name) = (self.new_schema(), self.own.name.clone());
        let (node, answer) = self.change(Method::POST, &versions(&name), Some(registration(&schema))).await?;
        let (id, version) = (answer.number("id"), self.own.next);
        self.ledger.identify(id, &schema);
        self.own.next += 1;
        self.own.live.push((version, id));
        let latest = self.elsewhere(node, &format!("{}/latest", versions(&name))).await;
        assert_eq!((latest.status, latest.number("version"), latest.number("id")), (200, version, id), "{latest:?}");
        let by_id = self.elsewhere(node, &format!("/schemas/ids/{id}")).await;
        assert_eq!((by_id.status, by_id.schema()), (200, schema));
        Ok(())
    }

    async fn register_shared(&mut self) -> Result<(), Doubt> {
        let (schema, subject) = (self.new_schema(), format!("shared-{}", self.random.below(SHARED)));
        let (node, answer) = self.change(Method::POST, &versions(&subject), Some(registration(&schema))).await?;
        let id = answer.number("id");
        self.ledger.identify(id, &schema);
        let found = self.look_up(node, &subject, &schema).await;
        assert_eq!((found.status, found.number("id")), (200, id), "{found:?}");
        let version = found.number("version");
        let latest = self.elsewhere(node, &format!("{}/latest", versions(&subject))).await;
        assert!(latest.number("version") >= version, "{latest:?} is older than version {version}");
        self.ledger.keep(Kept { subject, version, id, schema });
        Ok(())
    }

    /// What others bring at the same time, through other nodes: one id for all, one version.
    async fn register_common(&mut self) -> Result<(), Doubt> {
        let schema = record(&format!("common_{}", self.random.below(COMMON)));
        let node = self.random.below(self.cluster.size());
        let body = Some(registration(&schema));
        let answer = self.cluster.ask(node, Method::POST, "/subjects/shared-common/versions", body).await;
        self.ledger.count_race();
        let answer = answer.ok_or(Doubt)?;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.ledger.identify(answer.number("id"), &schema);
        let found = self.look_up(node, "shared-common", &schema).await;
        assert_eq!((found.status, found.number("id")), (200, answer.number("id")), "{found:?}");
        Ok(())
    }

    async fn configure(&mut self) -> Result<(), Doubt> {
        let level = ["BACKWARD", "FULL", "NONE", "FORWARD"][self.random.below(4)];
        let path = format!("/config/{}", self.own.name);
        let (node, _) = self.change(Method::PUT, &path, Some(json!({"compatibility": level}))).await?;
        let config = self.elsewhere(node, &path).await;
        assert_eq!((config.status, &config.body["compatibilityLevel"]), (200, &json!(level)));
        Ok(())
    }

    /// Closes the subject, which another node must know, and opens it through that one.
    async fn change_mode(&mut self) -> Result<(), Doubt> {
        let (path, body) = (format!("/mode/{}", self.own.name), |mode: &str| Some(json!({"mode": mode})));
        let (node, _) = self.change(Method::PUT, &path, body("READONLY")).await?;
        let mode = self.elsewhere(node, &path).await;
        assert_eq!((mode.status, &mode.body["mode"]), (200, &json!("READONLY")));
        let (schema, other) = (self.new_schema(), self.other_than(node));
        let (path_of_versions, body_of_schema) = (versions(&self.own.name), Some(registration(&schema)));
        if let Some(refused) = self.cluster.ask(other, Method::POST, &path_of_versions, body_of_schema).await {
            assert_eq!((refused.status, &refused.body["error_code"]), (422, &json!(42205)), "{refused:?}");
        }
        let (node, _) = self.change(Method::PUT, &path, body("READWRITE")).await?;
        let mode = self.elsewhere(node, &path).await;
        assert_eq!(mode.body["mode"], "READWRITE");
        self.register_own().await
    }

    async fn delete_version(&mut self) -> Result<(), Doubt> {
        let Some((version, id)) = self.own.live.first().copied().filter(|_| self.own.live.len() > 1) else {
            return Ok(());
        };
        let path = format!("{}/{version}", versions(&self.own.name));
        let (node, _) = self.change(Method::DELETE, &path, None).await?;
        self.own.live.remove(0);
        self.own.deleted.push((version, id));
        let gone = self.elsewhere(node, &path).await;
        assert_eq!((gone.status, &gone.body["error_code"]), (404, &json!(40402)), "{gone:?}");
        let by_id = self.elsewhere(node, &format!("/schemas/ids/{id}")).await;
        assert_eq!(by_id.status, 200, "soft-deleted schemas are found by id");
        Ok(())
    }

    async fn purge_version(&mut self) -> Result<(), Doubt> {
        let Some((version, id)) = self.own.deleted.pop() else { return Ok(()) };
        // Every node has it in memory.
        for node in 0..self.cluster.size() {
            self.cluster.get(node, &format!("/schemas/ids/{id}")).await;
        }
        let path = format!("{}/{version}", versions(&self.own.name));
        let (node, _) = self.change(Method::DELETE, &format!("{path}?permanent=true"), None).await?;
        let gone = self.elsewhere(node, &format!("{path}?deleted=true")).await;
        assert_eq!((gone.status, &gone.body["error_code"]), (404, &json!(40402)), "{gone:?}");
        let gone = self.elsewhere(node, &format!("/schemas/ids/{id}")).await;
        assert_eq!((gone.status, &gone.body["error_code"]), (404, &json!(40403)), "{gone:?}");
        Ok(())
    }

    async fn delete_subject(&mut self) -> Result<(), Doubt> {
        if self.own.live.is_empty() {
            return Ok(());
        }
        let path = format!("/subjects/{}", self.own.name);
        let (node, _) = self.change(Method::DELETE, &path, None).await?;
        let gone = self.elsewhere(node, &format!("{path}/versions")).await;
        assert_eq!((gone.status, &gone.body["error_code"]), (404, &json!(40401)), "{gone:?}");
        self.take_another_subject();
        Ok(())
    }

    /// Changes something through any node; answers which it was.
    async fn change(&mut self, method: Method, path: &str, body: Option<Value>) -> Result<(usize, Answer), Doubt> {
        let node = self.random.below(self.cluster.size());
        let answer = self.cluster.ask(node, method.clone(), path, body).await.ok_or(Doubt)?;
        assert_eq!(answer.status, 200, "node {node}, {method} {path}: {answer:?}");
        self.ledger.count_change();
        Ok((node, answer))
    }

    /// What another node says, one that can say something.
    async fn elsewhere(&mut self, node: usize, path: &str) -> Answer {
        self.asked_elsewhere(node, Method::GET, path, None).await
    }

    async fn look_up(&mut self, node: usize, subject: &str, schema: &Value) -> Answer {
        self.asked_elsewhere(node, Method::POST, &format!("/subjects/{subject}"), Some(registration(schema))).await
    }

    async fn asked_elsewhere(&mut self, node: usize, method: Method, path: &str, body: Option<Value>) -> Answer {
        loop {
            let other = self.other_than(node);
            if let Some(answer) = self.cluster.ask(other, method.clone(), path, body.clone()).await {
                self.ledger.count_check();
                return answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn other_than(&mut self, node: usize) -> usize {
        let size = self.cluster.size();
        (node + 1 + self.random.below(size - 1)) % size
    }

    fn new_schema(&mut self) -> Value {
        self.count += 1;
        record(&format!("w{}_{}", self.number, self.count))
    }

    fn take_another_subject(&mut self) {
        self.count += 1;
        self.own = Own::of(self.number, self.count);
    }
}

impl Own {
    fn of(writer: u64, count: u64) -> Self {
        Self { name: format!("own-{writer}-{count}"), next: 1, live: Vec::new(), deleted: Vec::new() }
    }
}

fn versions(subject: &str) -> String {
    format!("/subjects/{subject}/versions")
}
