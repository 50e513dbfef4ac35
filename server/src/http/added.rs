//! Which headers does the operator add to every answer, errors included?

use std::sync::Arc;

use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use crate::config::HttpConfig;

/// Headers that are on every answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AddedHeaders(Arc<[(HeaderName, HeaderValue)]>);

impl From<&HttpConfig> for AddedHeaders {
    fn from(config: &HttpConfig) -> Self {
        let nosniff = config.nosniff.then(|| (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
        let lines = config.response_headers.iter().map(|line| (line.name.clone(), line.value.clone()));
        Self(nosniff.into_iter().chain(lines).collect())
    }
}

impl AddedHeaders {
    pub(super) fn add_to(&self, response: &mut Response) {
        for (name, value) in &*self.0 {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
}
