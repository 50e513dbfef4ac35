//! What does the server say about itself?

use std::collections::BTreeMap;

use axum::extract::State;
use serde_json::{Map, Value};
use tidegate_api::{ClusterId, Deployment, Scope, ServerVersion};

use crate::http::Api;
use crate::http::json::Json;

/// The version of the Confluent Schema Registry whose answers these are.
const SPOKEN: &str = "8.2.0";

/// An empty object: someone is there.
pub(in crate::http) async fn alive() -> Json<Map<String, Value>> {
    Json(Map::new())
}

pub(in crate::http) async fn id(State(api): State<Api>) -> Json<ClusterId> {
    let clusters =
        [("kafka-cluster", api.cluster.to_string()), ("schema-registry-cluster", "schema-registry".to_owned())];
    let clusters = BTreeMap::from_iter(clusters.map(|(name, id)| (name.to_owned(), id)));
    Json(ClusterId { id: String::new(), scope: Scope { path: Vec::new(), clusters } })
}

pub(in crate::http) async fn version() -> Json<ServerVersion> {
    let commit_id = concat!("tidegate-", env!("CARGO_PKG_VERSION")).to_owned();
    Json(ServerVersion { version: SPOKEN.to_owned(), commit_id })
}

/// Nothing that Confluent has a word for is known about how this registry is run.
pub(in crate::http) async fn deployment() -> Json<Deployment> {
    Json(Deployment { attributes: Vec::new() })
}
