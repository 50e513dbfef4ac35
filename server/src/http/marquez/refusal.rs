//! What does a caller under `/api/v1` get to hear when something goes wrong? The status and a sentence, as Marquez has it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tidegate_api::{ErrorCode, MarquezError};
use tidegate_registry::Error;

use crate::http::error::Failure;
use crate::http::json::Json;

/// What handlers return.
pub(in crate::http) type Told<T> = Result<Json<T>, Refusal>;

/// An answer that is not a success.
#[derive(Debug)]
pub(in crate::http) struct Refusal(Failure);

impl Refusal {
    pub(in crate::http) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Failure::new(code, message))
    }

    pub(in crate::http) fn bad(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// In Marquez's words.
    pub(in crate::http) fn not_found(what: &str, name: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("{what} '{name}' not found."))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = MarquezError { code: status.as_u16(), message: self.0.body().message };
        let mut response = (status, Json(body)).into_response();
        if status.is_server_error() {
            // So that it is logged.
            response.extensions_mut().insert(self.0);
        }
        response
    }
}
