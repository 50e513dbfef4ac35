//! How are events sent over HTTP? Many at once where that is taken, and again and again until they are taken or refused.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tidegate_lineage::openlineage::emission::Event;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::super::remote::current;
use crate::config::{Credential, RegistryUrl};

/// How many events go at once.
const BATCH: usize = 100;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it pauses after a failure; twice as long after each further one, up to a minute.
const PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where events go.
pub(super) struct Receiver {
    client: Client,
    base: String,
    token: Option<Credential>,
    /// Whether it takes many events at once. Not every one does.
    takes_batches: bool,
    sent: Counter<u64>,
}

/// What became of events that were sent.
enum Outcome {
    Done,
    /// These may be taken when they are sent again.
    Again(Vec<String>, String),
}

impl Receiver {
    pub(super) fn new(url: &RegistryUrl, token: Option<Credential>, sent: Counter<u64>) -> reqwest::Result<Self> {
        crate::use_ring();
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(2)).timeout(PATIENCE);
        if url.to_string().starts_with("http://") {
            // Without TLS nobody has to be trusted, and a system that trusts nobody is no reason not to start.
            builder = builder.tls_certs_only([]);
        }
        let base = format!("{url}/api/v1/lineage");
        Ok(Self { client: builder.build()?, base, token, takes_batches: true, sent })
    }

    async fn send(&mut self, events: Vec<String>) -> Outcome {
        if self.takes_batches && events.len() > 1 {
            match self.post("/batch", format!("[{}]", events.join(","))).await {
                Ok((status, answer)) if status.is_success() => return self.read(&answer, events),
                Ok((StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _)) => self.takes_batches = false,
                // Nothing tells which of them is at fault.
                Ok((status, _)) if status.is_client_error() && !is_passing(status) => {}
                Ok((status, _)) => return Outcome::Again(events, status.to_string()),
                Err(reason) => return Outcome::Again(events, reason),
            }
        }
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            let reason = match self.post("", event.clone()).await {
                Ok((status, _)) if status.is_success() => {
                    self.count(1, "taken");
                    continue;
                }
                Ok((status, answer)) if status.is_client_error() && !is_passing(status) => {
                    self.refused(1, &format!("{status}: {answer}"));
                    continue;
                }
                Ok((status, _)) => status.to_string(),
                Err(reason) => reason,
            };
            return Outcome::Again(std::iter::once(event).chain(events).collect(), reason);
        }
        Outcome::Done
    }

    /// Of what was sent at once, what may be sent again.
    fn read(&self, answer: &str, events: Vec<String>) -> Outcome {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let failed = answer["failed_events"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut again = Vec::new();
        for failure in failed {
            let index = failure["index"].as_u64().and_then(|index| usize::try_from(index).ok());
            match index.and_then(|index| events.get(index)) {
                Some(event) if failure["retriable"] == true => again.push(event.clone()),
                _ => self.refused(1, failure["reason"].as_str().unwrap_or("without a reason")),
            }
        }
        self.count(events.len().saturating_sub(failed.len()), "taken");
        if again.is_empty() { Outcome::Done } else { Outcome::Again(again, "some were not taken".to_owned()) }
    }

    async fn post(&self, path: &str, body: String) -> Result<(StatusCode, String), String> {
        let request =
            self.client.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, "application/json").body(body);
        let request = match &self.token {
            Some(token) => request.bearer_auth(current(token).await),
            None => request,
        };
        // The address is known, and an error may quote it with what is secret in it.
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        Ok((status, answer.text().await.unwrap_or_default()))
    }

    fn refused(&self, count: usize, reason: &str) {
        let reason: String = reason.chars().take(200).collect();
        tracing::warn!(%reason, "an OpenLineage event was refused, and is not sent again");
        self.count(count, "refused");
    }

    fn count(&self, count: usize, outcome: &'static str) {
        self.sent.add(count as u64, &[KeyValue::new("outcome", outcome)]);
    }
}

/// Whether the same request may be answered otherwise later. Credentials are renewed.
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    )
}

/// Sends what waits. What can't be sent is tried again, and until then the others wait.
pub(super) async fn send(mut receiver: Receiver, mut waiting: mpsc::Receiver<Event>, stop: CancellationToken) {
    let (mut batch, mut arrived) = (Vec::new(), Vec::new());
    let mut pause = PAUSE;
    let mut is_last_try = false;
    loop {
        if batch.is_empty() {
            if waiting.recv_many(&mut arrived, BATCH).await == 0 {
                return;
            }
            batch.extend(arrived.drain(..).map(|event| event.text));
        }
        match receiver.send(std::mem::take(&mut batch)).await {
            Outcome::Done => pause = PAUSE,
            Outcome::Again(..) if is_last_try => return,
            Outcome::Again(events, reason) => {
                if pause == PAUSE {
                    tracing::warn!(%reason, "OpenLineage events can't be sent; they are kept and tried again");
                }
                batch = events;
                tokio::select! {
                    () = sleep(pause) => {}
                    // One more time, with what is still to come, since there will be no other.
                    () = stop.cancelled() => is_last_try = true,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}
