//! Many schemas judged as one change on the wire: what is asked, and what would become of each?

use serde::{Deserialize, Serialize};

use crate::ErrorBody;
use crate::explain::{Finding, Place};
use crate::graph::{Reader, UsageCoverage, VersionUsage, Window, Writer};
use crate::overview::{EffectiveLevel, EffectiveMode};
use crate::schema::RegisterRequest;

/// `POST /govern/v1/check`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckRequest {
    /// All that are to come, 1,000 at most, each subject once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schemas: Option<Vec<SchemaToCheck>>,
    /// Whether they are normalized first.
    pub normalize: bool,
    /// From when on use is told; a time or a day. Without it, of the last seven days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A schema that is to come, with the members of a registration. A reference without a version is one to the latest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SchemaToCheck {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where it is from. It is only answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(flatten)]
    pub candidate: RegisterRequest,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckAnswer {
    /// Whether all of them would be taken, if they were registered in `order`.
    pub is_compatible: bool,
    pub counts: CheckCounts,
    /// Subjects, those first that others stand on; without those whose references lead in a ring.
    pub order: Vec<String>,
    /// In the order of the request.
    pub schemas: Vec<CheckedSchema>,
    /// Who stands on what changes, and is not in the request.
    pub affected: Vec<AffectedSubject>,
    /// Whether there are more of these.
    pub more_affected: bool,
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckCounts {
    pub schemas: usize,
    pub new: usize,
    pub changed: usize,
    pub references_changed: usize,
    pub unchanged: usize,
    pub unreadable: usize,
    /// Those that a rule refuses.
    pub incompatible: usize,
    /// Those that are refused for another reason, the unreadable ones among them.
    pub refused: usize,
}

/// What would become of a schema.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckedSchema {
    /// If the subject that was named has an alias, the one that answers for it.
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_type: Option<String>,
    /// `new`, `changed`, `referencesChanged`, `unchanged`, `unreadable`.
    pub state: String,
    /// Whether it would be taken.
    pub is_compatible: bool,
    pub compatibility: EffectiveLevel,
    pub compatibility_policy: String,
    pub mode: EffectiveMode,
    /// The version that it would become; of an unchanged one, the version that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// The id of an unchanged one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i32>,
    /// The versions compared with, newest first.
    pub compared_with: Vec<i32>,
    pub findings: Vec<Finding>,
    /// Why it would be refused for another reason than a finding, as a registration would be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
    /// Where in the text the error is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Who used the subject, of those that change; of 200 subjects at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageInShort>,
}

/// The use of a subject, in short: `GET /govern/v1/usage/subjects/{subject}` tells all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageInShort {
    pub window: Window,
    pub topics: Vec<String>,
    pub versions: Vec<VersionUsage>,
    /// The 50 who wrote most.
    pub writers: Vec<Writer>,
    /// The 50 who were seen last.
    pub readers: Vec<Reader>,
    pub coverage: UsageCoverage,
}

/// A subject outside the request that stands on one that changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AffectedSubject {
    pub subject: String,
    /// The newest of its live versions that does.
    pub version: i32,
    /// What it refers to: a subject that changes, or one that is affected itself.
    pub on: String,
    /// The version that it refers to, and goes on to until it is registered anew.
    pub on_version: i32,
}
