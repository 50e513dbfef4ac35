//! How does a body become text? Plain or gzipped, and never longer than anybody needs.

use std::io::Read;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::read::MultiGzDecoder;
use tidegate_api::ErrorCode;

use super::refusal::Refusal;
use crate::http::media::Media;

/// How long a body may be once it is unpacked, in bytes.
const MAX_TEXT: u64 = 16 << 20;

/// The text of a body.
pub(in crate::http) struct Text(pub(super) String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        if !Media::is_read(request.headers()) {
            return Err(Refusal::new(ErrorCode::UnsupportedMediaType, "HTTP 415 Unsupported Media Type"));
        }
        let is_packed = is_packed(request.headers())?;
        // The exchange has let in no more than the limit.
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        let body = body.map_err(|_| Refusal::bad("the body broke off"))?;
        let bytes = if is_packed { unpacked(&body)? } else { body.into() };
        String::from_utf8(bytes).map(Self).map_err(|_| Refusal::bad("the body is not UTF-8"))
    }
}

fn is_packed(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "" | "identity" => Ok(false),
        _ => Err(Refusal::new(ErrorCode::UnsupportedMediaType, "the only content encoding that is read is gzip")),
    }
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(body).take(MAX_TEXT + 1).read_to_end(&mut bytes);
    read.map_err(|_| Refusal::bad("the body is not gzip as it says"))?;
    if bytes.len() as u64 > MAX_TEXT {
        let message = format!("the body has more than {MAX_TEXT} bytes when it is unpacked");
        return Err(Refusal::new(ErrorCode::PayloadTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked_up_to_a_limit() {
        assert_eq!(unpacked(&gzip(b"{}")).unwrap(), b"{}");
        assert!(unpacked(b"{}").is_err());
        let bomb = gzip(&vec![b' '; usize::try_from(MAX_TEXT).unwrap() + 1]);
        assert!(bomb.len() < 100_000 && unpacked(&bomb).is_err());
        let mut cut = gzip(b"{\"a\": 1}");
        cut.pop();
        assert!(unpacked(&cut).is_err());
    }
}
