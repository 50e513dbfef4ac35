//! Lineage as OpenLineage's clients and Marquez's know it: what do bodies under `/api/v1` look like?
//!
//! Unlike elsewhere, members that are null are written: Marquez does so, and its clients look for them.

use serde::{Deserialize, Serialize};

/// The body of an answer that isn't a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarquezError {
    /// The HTTP status once more.
    pub code: u16,
    pub message: String,
}

/// What came of a batch of events of which some were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// `partial_success`.
    pub status: String,
    pub summary: BatchSummary,
    pub failed_events: Vec<FailedEvent>,
}

/// Numbers of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSummary {
    pub received: usize,
    pub successful: usize,
    pub failed: usize,
    pub retriable: usize,
    pub non_retriable: usize,
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedEvent {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    pub reason: String,
    /// Whether it may be taken when it is sent again.
    pub retriable: bool,
}

/// A name in a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    pub namespace: String,
    pub name: String,
}

/// A graph of jobs and datasets, or of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph<T> {
    /// Sorted by id.
    pub graph: Vec<Node<T>>,
    /// Whether nodes were left out. Marquez has no such member.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node<T> {
    pub id: String,
    /// `DATASET`, `JOB` or `DATASET_FIELD`.
    #[serde(rename = "type")]
    pub kind: String,
    pub data: T,
    pub in_edges: Vec<Edge>,
    pub out_edges: Vec<Edge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    pub origin: String,
    pub destination: String,
    /// `declared`, `observed`, or both. Marquez has no such member, and fields have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// When it was first and last told or seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
}

/// What is known of a job or a dataset, with how it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NodeData {
    Job(Box<Job>),
    Dataset(Box<Dataset>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    pub id: NameId,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub physical_name: String,
    pub created_at: String,
    pub updated_at: String,
    pub namespace: String,
    pub source_name: String,
    pub fields: Vec<Field>,
    pub tags: Vec<String>,
    pub last_modified_at: Option<String>,
    pub last_lifecycle_state: String,
    pub description: Option<String>,
    pub current_version: Option<String>,
    pub facets: serde_json::Map<String, serde_json::Value>,
    pub deleted: bool,
    /// In graphs: `declared`, `observed`, or both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// In graphs: other names of the same dataset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<NameId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub tags: Vec<String>,
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub id: NameId,
    /// `BATCH`, `STREAM` or `SERVICE`.
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub simple_name: String,
    pub parent_job_name: Option<String>,
    pub parent_job_uuid: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub namespace: String,
    pub inputs: Vec<NameId>,
    pub outputs: Vec<NameId>,
    pub location: Option<String>,
    pub description: Option<String>,
    pub latest_run: Option<Run>,
    pub tags: Vec<String>,
    pub current_version: Option<String>,
    pub facets: serde_json::Map<String, serde_json::Value>,
    /// In graphs: `declared`, `observed`, or both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Of a job that was observed: what gave it its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub id: String,
    pub created_at: String,
    pub updated_at: String,
    pub nominal_start_time: Option<String>,
    pub nominal_end_time: Option<String>,
    /// `NEW`, `RUNNING`, `COMPLETED`, `ABORTED` or `FAILED`.
    pub state: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub duration_ms: Option<i64>,
    pub args: serde_json::Map<String, serde_json::Value>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub facets: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunFacets {
    pub run_id: String,
    pub facets: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Namespace {
    pub name: String,
    pub created_at: String,
    pub updated_at: String,
    pub owner_name: String,
    pub description: Option<String>,
    pub is_hidden: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    pub namespaces: Vec<Namespace>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Datasets {
    pub datasets: Vec<Dataset>,
    pub total_count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Jobs {
    pub jobs: Vec<Job>,
    pub total_count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Runs {
    pub runs: Vec<Run>,
    pub total_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchAnswer {
    pub total_count: u64,
    pub results: Vec<SearchResult>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// `DATASET` or `JOB`.
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub updated_at: String,
    pub namespace: String,
    pub node_id: String,
}

/// A field, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldData {
    pub namespace: String,
    pub dataset: String,
    pub dataset_version: Option<String>,
    pub field: String,
    pub field_type: Option<String>,
    pub transformation_description: Option<String>,
    pub transformation_type: Option<String>,
    pub input_fields: Vec<InputField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputField {
    pub namespace: String,
    pub dataset: String,
    pub dataset_version: Option<String>,
    pub field: String,
    pub transformation_description: Option<String>,
    pub transformation_type: Option<String>,
    /// All that is done on the way. Marquez has no such member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transformations: Vec<Transformation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transformation {
    #[serde(rename = "type")]
    pub kind: String,
    pub subtype: String,
    pub description: String,
    pub masking: bool,
}
