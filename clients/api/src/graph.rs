//! The native lineage graph on the wire: nodes, edges with how each is known, ways, differences, impact, time, and usage.

use serde::{Deserialize, Serialize};

/// Somebody or something that data flows through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Kind, namespace and name, with colons between.
    pub id: String,
    /// `application`, `group`, `job`, `table` or `topic`.
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// How many steps from where the walk began.
    pub depth: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// Other names of a dataset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<crate::marquez::NameId>,
}

/// Data flows from one node to the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    pub from: String,
    pub to: String,
    #[serde(flatten)]
    pub known: Known,
}

/// How something is known, and what went over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// `declared`, `observed`.
    pub evidence: Vec<String>,
    /// `declared`, `subscribed`, `fetched`, `committed`, `produced`.
    pub grades: Vec<String>,
    /// From 0 to 1.
    pub confidence: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<SchemaSeen>,
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
    pub first_seen: String,
    pub last_seen: String,
}

/// A schema that records were written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaSeen {
    pub context: String,
    pub id: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
}

/// How much was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub nodes: usize,
    pub edges: usize,
    pub nodes_at_depth: Vec<usize>,
}

/// A part of the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    pub from: String,
    pub to: String,
    /// How exactly times are told apart in it, in seconds.
    pub resolution: i64,
}

/// `GET /govern/v1/lineage/graph`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    pub node: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Whether there is more within the depth.
    pub truncated: bool,
    pub totals: Totals,
    /// Absent where all that is known now is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// `GET /govern/v1/lineage/paths`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paths {
    pub from: String,
    pub to: String,
    /// Ids of nodes, the shortest way first.
    pub paths: Vec<Vec<String>>,
    /// The edges of these ways.
    pub edges: Vec<Edge>,
    /// Whether there may be other ways.
    pub truncated: bool,
}

/// `GET /govern/v1/lineage/diff`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    pub node: String,
    pub before: Window,
    pub after: Window,
    pub nodes_added: Vec<String>,
    pub nodes_removed: Vec<String>,
    pub edges_added: Vec<Edge>,
    pub edges_removed: Vec<Edge>,
    pub edges_changed: Vec<EdgeChange>,
    /// Whether one of the two graphs has more than was compared.
    pub truncated: bool,
}

/// An edge that is there at both times, and differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EdgeChange {
    pub from: String,
    pub to: String,
    pub schemas_added: Vec<SchemaSeen>,
    pub schemas_removed: Vec<SchemaSeen>,
    pub records_before: u64,
    pub records_after: u64,
}

/// `GET /govern/v1/lineage/impact`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    pub node: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub writers: Vec<Party>,
    pub readers: Vec<Party>,
    pub downstream: Vec<Party>,
    /// Absent where no field is asked for, or nothing is declared of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldImpact>>,
    /// Who says that it reads the topic, and whether it reads the field in question.
    #[serde(default)]
    pub declared_readers: Vec<crate::consumers::DeclaredReader>,
    pub coverage: ImpactCoverage,
    pub truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// Somebody or something that is concerned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    #[serde(flatten)]
    pub node: Node,
    #[serde(flatten)]
    pub known: Known,
}

/// A field that is made of the one in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldImpact {
    pub namespace: String,
    pub dataset: String,
    pub field: String,
    pub depth: usize,
    pub transformations: Vec<crate::marquez::Transformation>,
    /// Nobody says so: each way there leads over fields that are alike by name and type.
    #[serde(default)]
    pub inferred: bool,
}

/// How much of those who are concerned can be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactCoverage {
    /// Groups that were observed.
    pub groups_observed: usize,
    /// All groups that have committed offsets or were observed. `null`: the cluster has not told.
    pub groups_known: Option<usize>,
    /// Those that were not observed.
    #[serde(default)]
    pub groups_elsewhere: Vec<GroupElsewhere>,
    /// `declared`, or `unknown`.
    pub fields: String,
    /// What is not known, in sentences.
    pub unknown: Vec<String>,
}

/// A group that reads past all proxies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupElsewhere {
    pub group: String,
    pub topic: String,
    /// When its committed offsets last moved, as far as was seen.
    pub last_moved: String,
}

/// `GET /govern/v1/lineage/timeline`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Around which topic; absent where it is all that changed in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    pub from: String,
    pub to: String,
    /// The oldest first.
    pub events: Vec<Happening>,
    pub truncated: bool,
}

/// Something that happened. Members that don't apply are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Happening {
    pub at: String,
    /// Such as `schema.register`, `policy.change`, `writer.appeared`.
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaSeen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// `GET /govern/v1/usage/subjects/{subject}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub subject: String,
    pub window: Window,
    pub topics: Vec<String>,
    pub versions: Vec<VersionUsage>,
    pub writers: Vec<Writer>,
    pub readers: Vec<Reader>,
    /// Who says that it reads the subject.
    #[serde(default)]
    pub declared_readers: Vec<crate::consumers::DeclaredReader>,
    pub lookups: Vec<Lookup>,
    pub registrations: Vec<Registration>,
    pub coverage: UsageCoverage,
}

/// What was written with one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionUsage {
    pub version: i32,
    pub id: i32,
    pub deleted: bool,
    pub writers: usize,
    pub records: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_written: Option<String>,
}

/// Somebody who writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writer {
    pub application: String,
    pub topic: String,
    pub id: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// 1: seen at the wire.
    pub tier: u8,
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
    /// On average, from when it was first seen in the window until the end of it.
    pub records_per_second: f64,
    pub first_seen: String,
    pub last_seen: String,
}

/// Somebody who reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// Absent for who reads without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub applications: Vec<String>,
    pub topic: String,
    /// 2: seen at the wire. Which fields it uses does not show there.
    pub tier: u8,
    /// `subscribed`, `fetched`, `committed`.
    pub grades: Vec<String>,
    /// `unknown`: it has to be assumed that it uses every field.
    pub fields: String,
    pub records: u64,
    pub bytes: u64,
    pub records_per_second: f64,
    pub first_seen: String,
    pub last_seen: String,
}

/// Somebody who fetched a schema of the subject from the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lookup {
    /// Its principal or, where it has none, what it calls its software, or else its address.
    pub client: String,
    /// `principal`, `software` or `address`: what `client` is.
    pub named_by: String,
    /// Where it comes from, if it has no principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub id: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Of all times that are kept.
    pub count: u64,
    pub first_seen: String,
    pub last_seen: String,
}

/// Who registered a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    pub at: String,
    pub actor: String,
    pub origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// How much of the use can be known. `null` is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageCoverage {
    pub groups_observed: usize,
    pub groups_known: Option<usize>,
    /// Groups that have committed offsets and were not observed.
    #[serde(default)]
    pub groups_elsewhere: Vec<GroupElsewhere>,
    /// Groups with evidence of tier 2 to 5, of all that have committed offsets.
    pub read: Option<f64>,
    /// Records that passed a proxy, of all that were appended.
    pub write: Option<f64>,
    /// What is not known, in sentences.
    pub unknown: Vec<String>,
}
