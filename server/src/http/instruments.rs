//! How many requests, and how long did they take?

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, global};

use crate::metrics::{HTTP_REQUESTS, HTTP_SECONDS};

const BOUNDARIES: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone)]
pub(super) struct Instruments {
    routes: Arc<HashSet<&'static str, ahash::RandomState>>,
    requests: Counter<u64>,
    seconds: Histogram<f64>,
}

impl Instruments {
    /// Counts by these routes; requests for others count as one unknown.
    pub(super) fn new(routes: impl IntoIterator<Item = &'static str>) -> Self {
        let meter = global::meter("tidegate");
        Self {
            routes: Arc::new(routes.into_iter().collect()),
            requests: meter.u64_counter(HTTP_REQUESTS.0).with_description(HTTP_REQUESTS.2).build(),
            seconds: meter
                .f64_histogram(HTTP_SECONDS.0)
                .with_description(HTTP_SECONDS.2)
                .with_boundaries(BOUNDARIES.to_vec())
                .build(),
        }
    }

    /// Labels come from what we know, never from what a caller made up.
    pub(super) fn count(&self, route: &str, method: &Method, status: StatusCode, elapsed: Duration) {
        let route = KeyValue::new("route", self.routes.get(route).copied().unwrap_or("unknown"));
        let method = KeyValue::new("method", known_method(method));
        let status = KeyValue::new("status", i64::from(status.as_u16()));
        self.requests.add(1, &[route.clone(), method.clone(), status]);
        self.seconds.record(elapsed.as_secs_f64(), &[route, method]);
    }
}

fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
