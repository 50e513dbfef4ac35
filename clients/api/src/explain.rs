//! An explained change on the wire: what is different, what was found, and which levels would let it pass?

use serde::{Deserialize, Serialize};

use crate::schema::RegisterRequest;

/// `POST /govern/v1/explain`. The candidate has the members of a registration; what it is compared with is the subject, one
/// version of it, or the texts given in `against`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExplainRequest {
    /// Whose settings count, in whose context references are looked up, and whose versions are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A version number or `latest`; without it all live versions of the subject are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_version: Option<VersionName>,
    /// Texts to compare with instead, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<Vec<RegisterRequest>>,
    /// Another level than that of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<String>,
    /// Another policy than that of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatibility_policy: Option<String>,
    /// Whether the candidate is normalized first.
    pub normalize: bool,
    /// The candidate.
    #[serde(flatten)]
    pub candidate: RegisterRequest,
}

/// A version as a number or in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VersionName {
    Number(i32),
    Word(String),
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Explanation {
    /// Whether it passes under `compatibility`.
    pub is_compatible: bool,
    pub schema_type: String,
    pub compatibility: String,
    pub compatibility_policy: String,
    /// Every level under which it would pass, weakest first.
    pub passes: Vec<String>,
    /// The versions compared with, newest first; empty for texts.
    pub compared_with: Vec<i32>,
    /// What is different from the newest of them.
    pub changes: Vec<Change>,
    /// What was found against all of them, newest first.
    pub findings: Vec<Finding>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Change {
    /// `added`, `removed`, `changed`, `reordered`, `renamed`.
    pub kind: String,
    /// `record`, `field`, `enum`, `symbol` …
    pub element: String,
    pub name: String,
    /// The path of its value in payloads, if it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    pub summary: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    /// Where it was in the existing text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<Place>,
    /// Where it is in the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Place>,
    pub backward: Judgement,
    pub forward: Judgement,
}

/// Something about a part that differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facet {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// What a change does in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Judgement {
    /// `safe`, or the worst severity found: `info`, `warning`, `error`.
    pub verdict: String,
    /// Positions in `findings`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<usize>,
}

/// One finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Finding {
    pub rule: String,
    pub slug: String,
    pub severity: String,
    /// `BACKWARD`: the candidate reads existing data. `FORWARD`: the existing version reads the candidate's.
    pub direction: String,
    /// The version compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Where in the candidate.
    pub candidate: Place,
    /// Where in the existing text.
    pub existing: Place,
    /// What changes for whom.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The fix as changes to a text, where that is safe.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Confluent's name for such a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confluent: Option<String>,
}

/// A place in a text. Lines and columns count from 1, columns in characters; offsets are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub line: u32,
    pub column: u32,
}

/// A change to a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// `candidate` or `existing`.
    pub text: String,
    pub span: Span,
    pub replacement: String,
}

/// `GET /govern/v1/rules`: one rule of the compatibility checks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompatibilityRule {
    pub rule: String,
    pub slug: String,
    pub severity: String,
    /// `sound`, `stricter`, `laxer` or `advice`: how its verdict relates to what happens to data.
    pub basis: String,
    pub purpose: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confluent: Option<String>,
}
