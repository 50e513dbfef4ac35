//! What becomes of OpenLineage events that are sent, one or many at a time?

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use tidegate_api::ErrorCode;
use tidegate_api::marquez::{BatchAnswer, BatchSummary, FailedEvent};
use tidegate_lineage::openlineage;
use tidegate_registry::{Declared, Error};

use super::body::Text;
use super::refusal::Refusal;
use crate::http::Api;
use crate::http::error::{self, Failure};
use crate::http::json::Json;

/// How many events may come at once.
const MOST: usize = 1_000;

pub(in crate::http) async fn send(State(api): State<Api>, Text(text): Text) -> Result<StatusCode, Refusal> {
    match api.registry.declare(vec![text]).await?.pop() {
        Some(Declared::Taken) => Ok(StatusCode::CREATED),
        Some(Declared::Refused(reason)) => Err(Refusal::bad(reason)),
        Some(Declared::Failed(error)) => Err(error.into()),
        None => Err(Error::ShuttingDown.into()),
    }
}

pub(in crate::http) async fn send_many(State(api): State<Api>, Text(text): Text) -> Result<Response, Refusal> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(&text) {
        return Err(Refusal::bad(format!("this is no JSON: {error}")));
    }
    let items = openlineage::items(&text).ok_or_else(|| Refusal::bad("a batch is a JSON list of events"))?;
    if items.len() > MOST {
        let message = format!("a batch has at most {MOST} events, and these are {}", items.len());
        return Err(Refusal::new(ErrorCode::PayloadTooLarge, message));
    }
    let outcomes = api.registry.declare(items.into_iter().map(str::to_owned).collect()).await?;
    let received = outcomes.len();
    let mut failures: Vec<FailedEvent> = Vec::new();
    for (index, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Declared::Taken => {}
            Declared::Refused(reason) => failures.push(FailedEvent { index, reason, retriable: false }),
            Declared::Failed(reason) => {
                let failure = Failure::from(reason);
                error::log_part(&failure);
                failures.push(FailedEvent { index, reason: failure.message, retriable: true });
            }
        }
    }
    let retriable = failures.iter().filter(|failure| failure.retriable).count();
    if failures.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if retriable == received {
        // Nothing of it is kept: let the client's own way of trying again do its work.
        return Err(Refusal::new(ErrorCode::Unavailable, failures.swap_remove(0).reason));
    }
    let summary = BatchSummary {
        received,
        successful: received - failures.len(),
        failed: failures.len(),
        retriable,
        non_retriable: failures.len() - retriable,
    };
    let answer = BatchAnswer { status: "partial_success".to_owned(), summary, failed_events: failures };
    Ok(Json(answer).into_response())
}
