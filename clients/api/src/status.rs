//! What does a server say about itself?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET /v1/metadata/id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterId {
    pub id: String,
    pub scope: Scope,
}

/// Which clusters the registry stands for, in the words of Confluent's role bindings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub path: Vec<String>,
    pub clusters: BTreeMap<String, String>,
}

/// `GET /v1/metadata/version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVersion {
    pub version: String,
    #[serde(rename = "commitId")]
    pub commit_id: String,
}

/// `GET /v1/metadata/deployment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Words about how the registry is run.
    pub attributes: Vec<String>,
}
