//! What may stand in `tidegate.yaml`? Every key, in the words of the file. What is not here is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::approvals::ApprovalsFile;
use super::asked::{GovernanceFile, LintFile};
use super::consumes::ConsumesFile;
use super::usage::UsageFile;
use crate::report::Comment;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectFile {
    pub(super) version: Spanned<u32>,
    /// By this name subjects are marked as this project's.
    pub(super) project: Option<String>,
    #[serde(default)]
    pub(super) registries: BTreeMap<String, Registry>,
    pub(super) default_registry: Option<Spanned<String>>,
    pub(super) compat: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) subjects: Vec<SubjectRule>,
    #[serde(default)]
    pub(super) references: References,
    #[serde(default)]
    pub(super) accept: Vec<Acceptance>,
    #[serde(default)]
    pub(super) ci: Ci,
    pub(super) lint: Option<LintFile>,
    pub(super) governance: Option<GovernanceFile>,
    pub(super) usage: Option<UsageFile>,
    pub(super) approvals: Option<ApprovalsFile>,
    pub(super) consumes: Option<ConsumesFile>,
    /// Another project file, whose settings hold where this one has none.
    pub(super) extends: Option<Spanned<String>>,
}

/// Where a registry is, and what is shown to it. `${NAME}` stands for a variable of the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// A PEM file of the authorities that are trusted instead of the system's.
    pub(crate) ca: Option<String>,
}

impl Registry {
    /// The same for a file in another folder.
    pub(super) fn moved(&self, root: &std::path::Path) -> Self {
        let ca = self.ca.as_ref().map(|ca| match ca.starts_with("${") {
            true => ca.clone(),
            false => std::path::absolute(root.join(ca)).map_or_else(|_| ca.clone(), |path| path.display().to_string()),
        });
        Self { ca, ..self.clone() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectRule {
    #[serde(rename = "match")]
    pub(super) matches: Spanned<String>,
    pub(super) subject: Spanned<String>,
    #[serde(default)]
    pub(super) exclude: Vec<Spanned<String>>,
    pub(super) compat: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub(super) schema_type: Option<Kind>,
    pub(super) owner: Option<Spanned<String>>,
    /// The name that the file's first message, or record, has.
    pub(super) message: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) kind: RuleKind,
}

/// What becomes of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleKind {
    /// Records of a topic are written with it.
    #[default]
    Topic,
    /// Others refer to it, and no record is written with it alone.
    Shared,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "AVRO")]
    Avro,
    #[serde(rename = "PROTOBUF")]
    Protobuf,
    #[serde(rename = "JSON")]
    Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct References {
    #[serde(default)]
    pub(super) names: BTreeMap<String, String>,
    /// Where a name is looked up.
    pub(super) resolve: Option<Spanned<Vec<Where>>>,
    /// There is one way, so that nothing follows from it.
    #[serde(rename = "remote_urls")]
    pub(super) _remote_urls: Option<RemoteUrls>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Where {
    Repo,
    Registry,
}

/// What becomes of a `$ref` that is a URL. There is one way: whoever sends a pull request could have CI ask any address.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RemoteUrls {
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    pub(super) id: Spanned<String>,
    pub(super) rule: Option<String>,
    pub(super) subject: Option<String>,
    /// For people: where it was when it was accepted.
    #[serde(rename = "path")]
    pub(super) _path: Option<String>,
    pub(super) reason: Spanned<String>,
    pub(super) by: Option<String>,
    pub(super) approved_by: Option<String>,
    pub(super) until: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ci {
    pub(super) fail_on: Option<FailOn>,
    pub(super) changed_only: Option<ChangedOnly>,
    pub(super) comment: Option<Comment>,
}

/// Whether `check` looks only at what changed when nobody says on the command line what it is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChangedOnly {
    #[default]
    Never,
    /// On pull requests and merge requests.
    Auto,
    Always,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FailOn {
    #[default]
    Error,
    Warning,
    Never,
}
