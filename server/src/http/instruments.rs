//! How many requests, and how long did they take?

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use opentelemetry::metrics::{BoundCounter, BoundHistogram, Counter, Histogram};
use opentelemetry::{KeyValue, global};

use crate::metrics::{HTTP_REQUESTS, HTTP_SECONDS};

const BOUNDARIES: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone)]
pub(super) struct Instruments {
    routes: Arc<HashSet<&'static str, ahash::RandomState>>,
    requests: Counter<u64>,
    seconds: Histogram<f64>,
    often: Arc<Often>,
}

/// What is counted so often that looking its labels up would be felt.
struct Often {
    route: &'static str,
    requests: BoundCounter<u64>,
    seconds: BoundHistogram<f64>,
}

impl Instruments {
    /// Counts by these routes; requests for others count as one unknown. What is asked most by far is got at `often`.
    pub(super) fn new(routes: impl IntoIterator<Item = &'static str>, often: &'static str) -> Self {
        let meter = global::meter("tidegate");
        let requests = meter.u64_counter(HTTP_REQUESTS.0).with_description(HTTP_REQUESTS.2).build();
        let seconds = meter
            .f64_histogram(HTTP_SECONDS.0)
            .with_description(HTTP_SECONDS.2)
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        let [route, method, status] = labels(often, &Method::GET, StatusCode::OK);
        let often = Often {
            route: often,
            requests: requests.bind(&[route.clone(), method.clone(), status]),
            seconds: seconds.bind(&[route, method]),
        };
        Self { routes: Arc::new(routes.into_iter().collect()), requests, seconds, often: Arc::new(often) }
    }

    /// Labels come from what we know, never from what a caller made up.
    pub(super) fn count(&self, route: &str, method: &Method, status: StatusCode, elapsed: Duration) {
        let often = &*self.often;
        if route == often.route && method == Method::GET && status == StatusCode::OK {
            often.requests.add(1);
            often.seconds.record(elapsed.as_secs_f64());
            return;
        }
        let route = self.routes.get(route).copied().unwrap_or("unknown");
        let [route, method, status] = labels(route, method, status);
        self.requests.add(1, &[route.clone(), method.clone(), status]);
        self.seconds.record(elapsed.as_secs_f64(), &[route, method]);
    }
}

fn labels(route: &'static str, method: &Method, status: StatusCode) -> [KeyValue; 3] {
    [
        KeyValue::new("route", route),
        KeyValue::new("method", known_method(method)),
        KeyValue::new("status", i64::from(status.as_u16())),
    ]
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
