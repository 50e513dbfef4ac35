//! What did a registry hold when somebody looked? A file that is committed, so that checks need no network.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tidegate_api as api;

use super::fetch::{settings, version};
use super::{Baseline, History, unusable};
use crate::project::accept::{date, today};
use crate::trouble::{Result, Trouble, on_file};

/// What `schema` says.
const SCHEMA: &str = "https://tidegate.dev/snapshot/v1";
/// The largest file that is read.
const MAX_FILE: u64 = 1 << 30;

/// The file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    pub(crate) schema: String,
    /// The registry's name in the project, or its address.
    pub(crate) registry: String,
    /// The day, in UTC.
    pub(crate) taken: String,
    /// SHA-256 over the subjects, so that a merge gone wrong is noticed.
    pub(crate) digest: String,
    pub(crate) subjects: BTreeMap<String, SubjectOf>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectOf {
    pub(crate) config: api::Config,
    /// Live versions, oldest first.
    pub(crate) versions: Vec<api::Schema>,
}

impl Snapshot {
    pub(crate) fn new(registry: &str, mut subjects: BTreeMap<String, SubjectOf>) -> Self {
        for subject in subjects.values_mut() {
            subject.versions.sort_by_key(|version| version.version);
            // What differs from day to day, or is told by the key, only makes differences that nobody wants to read.
            for version in &mut subject.versions {
                version.ts = None;
                version.deleted = None;
                version.subject.clear();
            }
        }
        let digest = digest(&subjects);
        let taken = today().format("%Y-%m-%d").to_string();
        Self { schema: SCHEMA.to_owned(), registry: registry.to_owned(), taken, digest, subjects }
    }

    pub(crate) fn load(path: &Path) -> Result<Self> {
        let name = format!("snapshot:{}", path.display());
        let size = std::fs::metadata(path)
            .map_err(|error| unusable(&name, &error).help("`tidegate snapshot` takes one from the registry"))?;
        if size.len() > MAX_FILE {
            return Err(unusable(&name, "it is larger than 1 GiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| on_file(path, "read", &error))?;
        let snapshot: Self = serde_json::from_str(&text).map_err(|error| unusable(&name, error))?;
        if snapshot.schema != SCHEMA {
            return Err(unusable(&name, format!("it is of another kind ({})", crate::words::shown(&snapshot.schema))));
        }
        if snapshot.digest != digest(&snapshot.subjects) {
            return Err(unusable(&name, "its digest does not fit what is in it: it was changed by hand or merged")
                .help("take it again: `tidegate snapshot`"));
        }
        Ok(snapshot)
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Trouble::usage(error.to_string()))? + "\n";
        crate::commands::write(path, text.as_bytes())
    }

    pub(crate) fn baseline(self, name: &str) -> Baseline {
        let mut baseline = Baseline { name: name.to_owned(), taken: Some(self.taken.clone()), ..Baseline::default() };
        for (subject, of) in self.subjects {
            let versions = of.versions.into_iter().map(|schema| version(&self.registry, &subject, schema)).collect();
            baseline.subjects.insert(subject, History { settings: settings(&of.config), versions });
        }
        baseline
    }
}

/// How many days ago a day was; `None` for what is no day.
pub(crate) fn age_in_days(taken: &str) -> Option<i64> {
    let taken: NaiveDate = date(taken)?;
    Some((today() - taken).num_days())
}

fn digest(subjects: &BTreeMap<String, SubjectOf>) -> String {
    let text = serde_json::to_vec(subjects).unwrap_or_default();
    let hash = Sha256::digest(&text);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
