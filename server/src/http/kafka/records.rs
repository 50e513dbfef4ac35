//! Records: one after the other as long as the caller sends some, or several in one body.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt, join_all, ready};
use futures_util::stream::unfold;
use http_body_util::BodyExt;
use serde::Serialize;
use tidegate_api::ErrorCode;
use tidegate_api::produce as wire;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::outgoing::Desk;
use super::{Clusters, Kafka};
use crate::door::Pieces;
use crate::http::error::Failure;
use crate::http::extract::{Cluster, Topic};
use crate::http::json::Json;
use crate::http::media::Media;

/// The route whose body is read as it comes.
pub(in crate::http) const STREAMED: &str = "/kafka/v3/clusters/{cluster}/topics/{topic}/records";

/// Records of one request that are under way at once.
const UNDER_WAY: usize = 500;
/// Records in one body.
const MOST_ENTRIES: usize = 1_000;
const MAX_ID: usize = 80;

type Outcome = Result<wire::ProduceReceipt, Failure>;
type Awaited = BoxFuture<'static, Outcome>;

/// Answers each record with a line of its own, in order, while more are still coming.
pub(in crate::http) async fn produce(
    State(clusters): State<Clusters>,
    Cluster(cluster): Cluster,
    Topic(topic): Topic,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let kafka = addressed(&clusters, &cluster, &headers)?;
    let (outcomes, awaited) = mpsc::channel::<Awaited>(UNDER_WAY);
    tokio::spawn(read(kafka, topic, body, outcomes));
    let settled = unfold(awaited, |mut awaited| async move { awaited.recv().await.map(|outcome| (outcome, awaited)) });
    let lines = settled.buffered(UNDER_WAY).map(|outcome| Ok::<_, Infallible>(line(outcome)));
    let mut response = Body::from_stream(lines).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(Media::Json.as_str()));
    Ok(response)
}

/// Takes several records at once, and tells of each what became of it.
pub(in crate::http) async fn batch(
    State(clusters): State<Clusters>,
    Cluster(cluster): Cluster,
    Topic(topic): Topic,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let kafka = addressed(&clusters, &cluster, &headers)?;
    // The exchange has let in no more than the limit.
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| Failure::new(ErrorCode::BadRequest, "the body broke off"))?;
    let batch: wire::ProduceBatch = serde_json::from_slice(&body).map_err(|error| unexpected(&error))?;
    check_ids(&batch)?;
    let mut desk = Desk::of(kafka, topic);
    let mut awaited: Vec<BoxFuture<'static, (Option<String>, Outcome)>> = Vec::with_capacity(batch.entries.len());
    for entry in batch.entries {
        let id = entry.id.clone();
        awaited.push(match desk.post(entry).await {
            Ok(posted) => posted.settled().map(|outcome| (id, outcome)).boxed(),
            Err(failure) => ready((id, Err(failure))).boxed(),
        });
    }
    let mut answer = wire::ProduceBatchAnswer::default();
    for (id, outcome) in join_all(awaited).await {
        match outcome {
            Ok(receipt) => answer.successes.push(receipt),
            Err(failure) => answer.failures.push(told(id, &failure)),
        }
    }
    Ok((StatusCode::MULTI_STATUS, Json(answer)).into_response())
}

/// Sends records as they come, until the body ends, the caller goes, or something comes that is no record.
async fn read(kafka: Kafka, topic: String, mut body: Body, outcomes: mpsc::Sender<Awaited>) {
    let (patience, mut pieces, stop) = (kafka.patience, Pieces::of(kafka.max_record), kafka.stop.clone());
    let mut desk = Desk::of(kafka, topic);
    let end = loop {
        match pieces.next() {
            Ok(Some(piece)) => {
                let awaited = match posted(&mut desk, &piece).await {
                    Ok(awaited) => awaited,
                    Err(failure) => break Some(failure),
                };
                if outcomes.send(awaited).await.is_err() {
                    // Nobody listens any more.
                    return;
                }
                continue;
            }
            Ok(None) => {}
            Err(too_long) => break Some(Failure::new(ErrorCode::PayloadTooLarge, too_long.to_string())),
        }
        let more = tokio::select! {
            more = timeout(patience, body.frame()) => more,
            () = stop.cancelled() => break Some(Failure::new(ErrorCode::Unavailable, "the server is shutting down")),
        };
        match more {
            Ok(Some(Ok(frame))) => pieces.add(frame.data_ref().map(|data| &data[..]).unwrap_or_default()),
            Ok(Some(Err(_))) => return,
            Ok(None) => {
                let rest = pieces.rest();
                break rest.map(|_| Failure::new(ErrorCode::BadRequest, "the body ends in the middle of a record"));
            }
            Err(_) => break Some(Failure::new(ErrorCode::RequestTimeout, "no record came in time")),
        }
    };
    if let Some(failure) = end {
        let _ = outcomes.send(ready(Err(failure)).boxed()).await;
    }
}

/// What will be told of a record. What is no record at all ends the request, since nobody knows where the next one begins.
async fn posted(desk: &mut Desk, piece: &[u8]) -> Result<Awaited, Failure> {
    let request = serde_json::from_slice(piece).map_err(|error| unexpected(&error))?;
    Ok(match desk.post(request).await {
        Ok(posted) => posted.settled().boxed(),
        Err(failure) => ready(Err(failure)).boxed(),
    })
}

fn addressed(clusters: &Clusters, cluster: &str, headers: &HeaderMap) -> Result<Kafka, Failure> {
    if !Media::is_read(headers) {
        return Err(Failure::new(ErrorCode::UnsupportedMediaType, "HTTP 415 Unsupported Media Type"));
    }
    clusters.called(cluster).cloned()
}

/// Each entry needs a name of its own, by which the answer calls it.
fn check_ids(batch: &wire::ProduceBatch) -> Result<(), Failure> {
    let unfit = |message: String| Err(Failure::new(ErrorCode::UnprocessableEntity, message));
    if batch.entries.is_empty() || batch.entries.len() > MOST_ENTRIES {
        return unfit(format!("a batch has 1 to {MOST_ENTRIES} entries"));
    }
    let mut ids = HashSet::new();
    for entry in &batch.entries {
        let id = entry.id.as_deref().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > MAX_ID || !id.chars().all(plain) {
            return unfit(format!("each entry has an id of 1 to {MAX_ID} letters, digits, - or _"));
        }
        if !ids.insert(id) {
            return unfit(format!("two entries have the id '{id}'"));
        }
    }
    Ok(())
}

fn unexpected(error: &serde_json::Error) -> Failure {
    Failure::new(ErrorCode::BadRequest, format!("a record is not as expected: {error}"))
}

fn told(id: Option<String>, failure: &Failure) -> wire::ProduceFailure {
    wire::ProduceFailure { id, error_code: failure.code.code(), message: failure.message.clone() }
}

fn line(outcome: Outcome) -> Bytes {
    match outcome {
        Ok(receipt) => written(&receipt),
        Err(failure) => written(&told(None, &failure)),
    }
}

fn written(value: &impl Serialize) -> Bytes {
    // It is texts and numbers only, which can always be written.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_batch_are_told_apart() {
        let batch = |text: &str| check_ids(&serde_json::from_str(text).unwrap());
        assert!(batch(r#"{"entries":[{"id":"a"},{"id":"b-1_"}]}"#).is_ok());
        for bad in [
            r#"{"entries":[]}"#,
            r#"{"entries":[{}]}"#,
            r#"{"entries":[{"id":"a"},{"id":"a"}]}"#,
            r#"{"entries":[{"id":"a b"}]}"#,
        ] {
            assert!(batch(bad).is_err(), "{bad}");
        }
    }
}
