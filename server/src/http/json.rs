//! How do bodies become values, and values bodies?

mod objects;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_api::ErrorCode;

use self::objects::Objects;
use super::error::Failure;
use super::media::Media;

/// A JSON body. As an answer it does not name its media type: the exchange does, as the caller asked.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        if !Media::is_read(request.headers()) {
            return Err(Failure::new(ErrorCode::UnsupportedMediaType, "HTTP 415 Unsupported Media Type"));
        }
        // The exchange has let in no more than the limit.
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        let body = body.map_err(|_| Failure::new(ErrorCode::BadRequest, "the body broke off"))?;
        // Some editors and shells of Windows begin a text with its byte order mark.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        if matches!(body.trim_ascii(), b"" | b"null") {
            return Err(Failure::new(ErrorCode::UnprocessableEntity, "the request needs a body"));
        }
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Failure::new(ErrorCode::BadRequest, "the body is not as expected: it must be a JSON object"));
        }
        read(body)
            .map(Json)
            .map_err(|error| Failure::new(ErrorCode::BadRequest, format!("the body is not as expected: {error}")))
    }
}

/// One document that fills the whole body.
fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = T::deserialize(Objects(&mut reader))?;
    reader.end()?;
    Ok(value)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => Response::new(Body::from(body)),
            Err(error) => Failure::new(ErrorCode::Internal, error.to_string()).into_response(),
        }
    }
}
