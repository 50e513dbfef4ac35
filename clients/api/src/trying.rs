//! A trial of rules on the wire: what would a schema and its contract say about these records?

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::RegisterRequest;

/// `POST /govern/v1/rules/try`. The candidate has the members of a registration. Without `schema` the latest version of the
/// subject is meant; without `ruleSet` or `metadata` those of that version.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TryRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `confluent` or `none`, which it is unless said: whether records begin with the name of a schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framing: Option<String>,
    pub records: Vec<TryRecord>,
    /// Instead of `records`: the last ones of this topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// On which cluster; needed where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// How many of the topic, at most 1,000; 100 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<usize>,
    /// Instead of the last ones: the one of this partition …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// … at this offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// `value`, which it is unless said, or `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The candidate.
    #[serde(flatten)]
    pub candidate: RegisterRequest,
}

/// One record: its bytes, or what they say in JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TryRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
}

/// The answer. Nothing in it is a value of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    pub schema_type: String,
    /// How many records were looked at, and how many of them would be refused where a policy enforces.
    pub records: u64,
    pub refused: u64,
    /// How long all of them took together.
    pub micros: u64,
    /// Rules that change records, which is left to clients.
    pub left_to_client: Vec<String>,
    /// Rules that say nothing at the gate.
    pub not_checkable: Vec<UncheckedRule>,
    /// What is wrong with the rules, whatever the records are.
    #[serde(default)]
    pub problems: Vec<RuleProblem>,
    /// The records in which something was found.
    pub found: Vec<TriedRecord>,
    /// What was read of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<TriedTopic>,
}

/// What was read of a topic. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedTopic {
    pub cluster: String,
    pub topic: String,
    pub part: String,
    /// Records that were not tried because they have no such part, as tombstones have no value.
    pub empty: u64,
    /// Whether time or room ended before all were read.
    pub cut: bool,
    /// How long reading took.
    pub micros: u64,
}

/// A rule that can't be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UncheckedRule {
    pub rule: String,
    pub why: String,
}

/// Something that is wrong with a rule before any record is held against it, such as a field that the schema does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleProblem {
    pub rule: String,
    /// Where in its expression, in characters from 0, if it is about a place there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// Whether the rule fails always or can't be run at all; else it is likely a mistake.
    pub is_certain: bool,
    pub message: String,
}

/// What was found in one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedRecord {
    /// Its place among those that were sent or read.
    pub index: u64,
    /// Where it stands in the topic, and which schema it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<i32>,
    pub violations: Vec<TriedViolation>,
}

/// A rule that a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedViolation {
    /// That of the contract, or one of the gate's own, such as `tidegate.payload`.
    pub rule: String,
    pub path: String,
    pub reason: String,
    /// What the contract wants done: `NONE`, `ERROR` or `DLQ`.
    pub action: String,
}
