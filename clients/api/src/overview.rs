//! Subjects at a glance on the wire: what does a page of `GET /govern/v1/subjects` look like?

use serde::{Deserialize, Serialize};

/// A page of subjects, sorted by their qualified name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SubjectPage {
    pub subjects: Vec<SubjectOverview>,
    /// Where the next page is: path and query. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A subject at a glance. Version, id, GUID, type, owner and tags are those of the latest live version or, if there is
/// none, of the highest one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SubjectOverview {
    /// Qualified, unless it is in the default context.
    pub subject: String,
    pub context: String,
    /// The latest version.
    pub version: i32,
    pub id: i32,
    pub guid: String,
    pub schema_type: String,
    /// How many live versions there are, or soft-deleted ones if there is none.
    pub versions: u32,
    /// When the latest version was stored, milliseconds since 1970.
    pub updated: i64,
    /// Whether all versions are soft-deleted.
    pub deleted: bool,
    pub compatibility: EffectiveLevel,
    pub mode: EffectiveMode,
    /// Who owns it, as the metadata say: the first of the properties `owner`, `owner.team`, `confluent:owner`, `team`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The tags that the metadata give to parts of the schema, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How many properties of the metadata are sensitive.
    pub sensitive: usize,
}

/// The compatibility level that holds, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EffectiveLevel {
    pub level: String,
    pub from: Origin,
}

/// The mode that holds, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EffectiveMode {
    pub mode: String,
    pub from: Origin,
}

/// Who set what holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Subject,
    Context,
    Global,
    /// Nobody: it is the server's default.
    #[default]
    Server,
}
