//! By which id is a request known to both sides? By the caller's, if it sent exactly one, else by one of ours.

use axum::http::{HeaderMap, HeaderValue};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all("x-request-id").iter();
        if let (Some(only), None) = (given.next(), given.next())
            && only.to_str().is_ok_and(|text| !text.trim().is_empty())
        {
            return Self(only.clone());
        }
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("")))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}
