//! What was found? The one document that every output is made from, and that can be kept and shown later.
//!
//! It is a promise: members are added, and none changes its meaning while the number in `schema` stays the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frame::{Excerpt, Frame};

/// What `schema` says.
pub(crate) const SCHEMA: &str = "https://tidegate.dev/report/v1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) schema: String,
    pub(crate) tool: Tool,
    pub(crate) summary: Summary,
    /// What was compared with.
    pub(crate) against: Vec<Ground>,
    /// What was looked at, whether or not something was found.
    pub(crate) checks: Vec<Check>,
    /// Sorted by file.
    pub(crate) subjects: Vec<Subject>,
    /// The worst of a file first; files in the order of their names.
    pub(crate) findings: Vec<Finding>,
    /// Who stands on what changes, and is in no file of the project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) outside: Vec<Outside>,
    /// What the project says of comments, for whoever may write one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<Comment>,
}

/// Whether a pipeline tells the report as a comment under the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Comment {
    /// As one, which is written anew each time.
    Update,
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The exit code of the run.
    pub(crate) exit_code: u8,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    /// Findings that were accepted, and so are counted nowhere else.
    pub(crate) accepted: usize,
    /// Findings that were accepted and wait for somebody to approve of that; they are counted nowhere else, either.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) waiting: usize,
    /// Subjects, by what happened to them.
    pub(crate) schemas: usize,
    pub(crate) changed: usize,
    pub(crate) new: usize,
    pub(crate) removed: usize,
    /// Requests to registries.
    pub(crate) requests: u64,
    pub(crate) milliseconds: u64,
}

/// Something that was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ground {
    /// As given: `registry@prod`, `git:main` …
    pub(crate) name: String,
    /// Whether anything could be judged against it.
    pub(crate) judged: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trouble: Option<String>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    /// `parse`, `references`, `compat`, `acceptances`, `approvals` and others.
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// In a few words.
    pub(crate) detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Passed,
    Warned,
    Failed,
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) subject: String,
    pub(crate) file: String,
    /// `AVRO`, `PROTOBUF`, `JSON`.
    pub(crate) kind: String,
    pub(crate) state: State,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    /// Findings that wait for approval.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) waiting: usize,
    /// One for each ground that was judged against.
    pub(crate) against: Vec<Compared>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    New,
    Changed,
    /// Its own text is what it was, but something that it refers to changed.
    ReferencesChanged,
    Unchanged,
    Removed,
    /// It is no schema, or stands on something that is none.
    Unreadable,
    /// There was nothing to compare it with.
    NotCompared,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) ground: String,
    /// The compatibility level, and who says so: `project`, `subject`, `context`, `default`.
    pub(crate) level: String,
    pub(crate) level_from: String,
    /// The latest version there; nothing when the subject is new, or has no numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<i32>,
    /// How many versions it was compared with.
    pub(crate) versions: usize,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Compatible,
    Incompatible,
    New,
    Unchanged,
}

impl Subject {
    /// Whether it changed, and was compared with no version, as under `NONE`.
    pub(crate) fn is_left(&self) -> bool {
        matches!(self.state, State::Changed | State::ReferencesChanged)
            && self.against.iter().all(|compared| compared.versions == 0)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weight {
    Info,
    Warning,
    Error,
}

impl Weight {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) slug: String,
    /// As it counts here.
    pub(crate) severity: Weight,
    /// As the rule has it.
    pub(crate) base_severity: Weight,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    pub(crate) file: String,
    /// Where in the schema: a JSON pointer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    /// What it was compared with, for findings of a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) against: Option<Against>,
    /// One sentence.
    pub(crate) message: String,
    /// Confluent's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confluent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) frames: Vec<Frame>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<Fix>,
    /// Who is affected, as far as the registry has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<Usage>,
    /// The same for the same finding, wherever in the file it stands.
    pub(crate) fingerprint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<Accepted>,
    /// Somebody accepted it, and nobody who may has approved of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Waiting>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Against {
    pub(crate) ground: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<i32>,
    /// Older versions of which the same holds, where the level looks at them; the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) older: Vec<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<i32>,
    /// `backward`: the new version reads old data; `forward`: an old version reads new data.
    pub(crate) direction: String,
    pub(crate) level: String,
}

/// What was seen of the topic that a subject is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) topic: String,
    /// Records that were written with the versions that the finding is about.
    pub(crate) records: u64,
    /// How many of them a second, on average; absent if that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records_per_second: Option<f64>,
    /// When the last of them was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_written: Option<String>,
    /// The same of each version, the newest first, where the finding is about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<VersionUse>,
    /// Clients that wrote to the topic.
    pub(crate) producers: Vec<String>,
    /// Groups, or clients without one, that read the topic. Which fields they use is not seen.
    pub(crate) consumers: Vec<String>,
    /// How many records a second each of them read on average, of those of whom that is told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) consumer_rates: BTreeMap<String, f64>,
    /// The time that all this is about, such as `last 7 days`; without it, all that was ever seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) window: Option<String>,
    /// Which share of the records passed a proxy, from 0 to 1; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) write_coverage: Option<f64>,
    /// Which share of the reading groups was observed, from 0 to 1; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read_coverage: Option<f64>,
}

/// What was written with one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionUse {
    pub(crate) version: i32,
    pub(crate) records: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records_per_second: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_written: Option<String>,
}

/// A subject of a registry that has no file here, and stands on one that changes, directly or through others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outside {
    pub(crate) ground: String,
    pub(crate) subject: String,
    /// The newest of its versions that does.
    pub(crate) version: i32,
    /// What it refers to, and in which version: it goes on to until it is registered anew.
    pub(crate) on: String,
    pub(crate) on_version: i32,
}

/// What helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fix {
    pub(crate) message: String,
    /// The same as changes to `file`, where that is safe to do without thinking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) edits: Vec<Edit>,
    /// The lines that the edits change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Excerpt>,
}

/// What stands between two bytes of the file becomes something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) replacement: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approved_by: Option<String>,
    pub(crate) until: String,
}

/// An acceptance that does not hold yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    pub(crate) until: String,
    /// What is missing, in a few words.
    pub(crate) why: String,
    /// Who could approve it.
    pub(crate) approvers: Vec<String>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Against {
    /// All versions that it is about, the newest first.
    pub(crate) fn versions(&self) -> Vec<i32> {
        self.version.into_iter().chain(self.older.iter().copied()).collect()
    }
}

impl Finding {
    /// Whether its author has to do something about it.
    pub(crate) fn counts(&self) -> bool {
        self.accepted.is_none() && self.waiting.is_none()
    }

    /// Whether it stands in the way: nobody who has to agree lets it pass.
    pub(crate) fn is_open(&self) -> bool {
        self.accepted.is_none()
    }
}

impl Report {
    /// The worst weight that counts.
    pub(crate) fn worst(&self) -> Option<Weight> {
        self.findings.iter().filter(|finding| finding.counts()).map(|finding| finding.severity).max()
    }

    /// The worst weight that waits for approval.
    pub(crate) fn worst_waiting(&self) -> Option<Weight> {
        self.findings.iter().filter(|finding| finding.waiting.is_some()).map(|finding| finding.severity).max()
    }
}
