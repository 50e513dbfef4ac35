//! Violations on the wire: which rules are broken, by whom, and how does a proxy report it?

use serde::{Deserialize, Serialize};

use crate::lineage::SchemaKey;

/// `GET /govern/v1/violations`. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolationPage {
    /// Those seen last first.
    pub violations: Vec<Violation>,
    /// The path of the next page, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// All records of one producer that break one rule in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Its fingerprint.
    pub id: String,
    pub cluster: String,
    pub topic: String,
    /// The rule of a contract, or one of the gate's own, such as `tidegate.payload`.
    pub rule: String,
    /// The field, with `[]` for items of arrays; empty where it is about no field.
    pub path: String,
    pub reason: String,
    pub client_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub principal: String,
    pub records: u64,
    /// Those of them that were refused, removed or flagged.
    pub acted: u64,
    pub first_seen: String,
    pub last_seen: String,
    /// The last 24 hours, without those in which nothing happened.
    pub trend: Vec<TrendHour>,
    /// `new`, `acknowledged`, `muted` or `fixed`.
    pub state: String,
    /// When muting ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What was said with the state, also of one that holds no more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_at: Option<String>,
}

/// `PUT /govern/v1/violations/{violation}/state`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ViolationStateWish {
    pub state: String,
    /// For `muted` only: when that ends, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How often it happened in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendHour {
    /// When the hour began.
    pub hour: String,
    pub records: u64,
}

/// `GET /govern/v1/violations/{violation}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolationDetail {
    #[serde(flatten)]
    pub violation: Violation,
    /// The newest records that are still kept, newest first.
    pub samples: Vec<Sample>,
}

/// One record, with nothing of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub at: String,
    pub partition: i32,
    /// Its place in its batch.
    pub index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaKey>,
    /// What was done about it, or would have been in shadow.
    pub action: String,
    /// The field at fault, with positions; empty where it is about no field.
    pub path: String,
    /// Bytes of key and value.
    pub bytes: u64,
    /// Its fields in their order, as far as it could be read.
    pub fields: Vec<SampleField>,
    /// The record as a tree, with everything in it that is at fault. Absent where nobody could read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<SampleNode>,
}

/// A value in the tree of a record, masked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SampleNode {
    /// The field, or `[2]` for an item and `{2}` for an entry; empty for the whole record.
    #[serde(default)]
    pub name: String,
    /// What kind of value it is, and how long.
    pub mask: String,
    /// The rules that it breaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What is in it; of lists and maps the first few and those at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inner: Vec<SampleNode>,
}

/// One value of a record, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleField {
    pub path: String,
    /// What kind of value it is, and how long: `string(12)`.
    pub mask: String,
}

/// `POST /govern/v1/violations/observations`: what a proxy saw since its last report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ViolationReport {
    pub violations: Vec<ObservedViolation>,
}

/// One violation with what to add to its counts. Times are milliseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedViolation {
    pub cluster: String,
    pub topic: String,
    pub rule: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    pub principal: String,
    pub records: u64,
    #[serde(default)]
    pub acted: u64,
    pub first: i64,
    pub last: i64,
    #[serde(default)]
    pub samples: Vec<ObservedSample>,
}

/// A sample as a proxy reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedSample {
    pub at: i64,
    pub partition: i32,
    pub index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaKey>,
    pub action: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub bytes: u64,
    #[serde(default)]
    pub fields: Vec<SampleField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<SampleNode>,
}
