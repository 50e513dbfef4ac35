//! What does Prometheus get to see?

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus::{Encoder, TextEncoder};
use tidegate_api::ErrorCode;

use super::error::Failure;
use super::router::Operations;

pub(super) async fn prometheus(State(operations): State<Operations>) -> Response {
    let encoder = TextEncoder::new();
    let mut page = Vec::new();
    match encoder.encode(&operations.prometheus.gather(), &mut page) {
        Ok(()) => ([(CONTENT_TYPE, encoder.format_type().to_owned())], page).into_response(),
        Err(error) => Failure::new(ErrorCode::Internal, error.to_string()).into_response(),
    }
}
