//! Is the process alive, and can it do its work?

use std::sync::Weak;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tidegate_proxy::Proxy;
use tidegate_registry::Registry;

use super::json::Json;
use super::router::Operations;

/// The parts that can be ready or not; those that this process does not have are `None`.
#[derive(Clone)]
pub struct Health {
    registry: Option<Registry>,
    proxies: Vec<Weak<Proxy>>,
}

impl Health {
    pub fn new(registry: Option<Registry>, proxies: Vec<Weak<Proxy>>) -> Self {
        Self { registry, proxies }
    }
}

#[derive(Serialize)]
struct Report {
    status: Status,
    /// Whether the database answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<Status>,
    /// Whether a broker of each cluster answered the proxy lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    broker: Option<Status>,
    /// Whether the registry has told the proxy its topic policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<Status>,
    /// Whether the proxy has the validators of schemas that were seen lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    schemas: Option<Status>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Up,
    Down,
}

/// Answers as long as the process can.
pub(super) async fn live() -> Response {
    Json(Report { status: Status::Up, store: None, broker: None, policies: None, schemas: None }).into_response()
}

/// 200 when every part is up, 503 otherwise; the body tells which.
pub(super) async fn ready(State(operations): State<Operations>) -> Response {
    let Health { registry, proxies } = &operations.health;
    let store = match registry {
        Some(registry) => Some(Status::of(registry.is_ready().await.is_ok())),
        None => None,
    };
    let asked = |ask: fn(&Proxy) -> bool| {
        let agrees = |proxy: &Weak<Proxy>| proxy.upgrade().is_some_and(|proxy| ask(&proxy));
        (!proxies.is_empty()).then(|| Status::of(proxies.iter().all(agrees)))
    };
    let (broker, policies, schemas) = (asked(Proxy::is_connected), asked(Proxy::knows_policies), asked(Proxy::is_warm));
    let is_ready = [store, broker, policies, schemas].into_iter().flatten().all(|part| part == Status::Up);
    let code = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Report { status: Status::of(is_ready), store, broker, policies, schemas })).into_response()
}

impl Status {
    fn of(is_up: bool) -> Self {
        if is_up { Self::Up } else { Self::Down }
    }
}
