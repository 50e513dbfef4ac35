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
    /// SHA-256 over all the rest, so that a merge gone wrong is noticed.
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
        let taken = today().format("%Y-%m-%d").to_string();
        let digest = digest(&(registry, &taken, &subjects));
        Self { schema: SCHEMA.to_owned(), registry: registry.to_owned(), taken, digest, subjects }
    }

    /// As if it had been taken on another day.
    #[cfg(test)]
    pub(crate) fn of_day(mut self, day: String) -> Self {
        self.taken = day;
        self.digest = digest(&(&self.registry, &self.taken, &self.subjects));
        self
    }

    pub(crate) fn load(path: &Path) -> Result<Self> {
        let name = format!("snapshot:{}", path.display());
        let size = std::fs::metadata(path)
            .map_err(|error| unusable(&name, &error).help("`tidegate snapshot` takes one from the registry"))?;
        if size.len() > MAX_FILE {
            return Err(unusable(&name, "it is larger than 1 GiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| on_file(path, "read", &error))?;
        let again = "take it again: `tidegate snapshot`";
        let snapshot: Self = serde_json::from_str(&text).map_err(|error| match error.is_eof() {
            true => unusable(&name, "it ends in the middle: it was cut short").help(again),
            false => unusable(&name, format!("it is no snapshot: {error}")).help(again),
        })?;
        if snapshot.schema != SCHEMA {
            return Err(unusable(&name, format!("it is of another kind ({})", crate::words::shown(&snapshot.schema))));
        }
        let Self { registry, taken, digest: told, subjects, .. } = &snapshot;
        // Those of older versions are over the subjects alone.
        if *told != digest(&(registry, taken, subjects)) && *told != digest(subjects) {
            let why = "its digest does not fit what is in it: it was changed by hand or merged";
            return Err(unusable(&name, why).help(again));
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

fn digest(of: &impl Serialize) -> String {
    let text = serde_json::to_vec(of).unwrap_or_default();
    let hash = Sha256::digest(&text);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let config = api::Config { compatibility_level: Some("FULL".to_owned()), ..api::Config::default() };
        let of = SubjectOf { config, versions: Vec::new() };
        Snapshot::new("prod", BTreeMap::from([("a-value".to_owned(), of)]))
    }

    fn read(text: &str) -> std::result::Result<Snapshot, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snapshot.json");
        std::fs::write(&path, text).unwrap();
        Snapshot::load(&path).map_err(|trouble| trouble.message)
    }

    #[test]
    fn what_was_changed_by_hand_or_cut_short_is_refused() {
        let text = serde_json::to_string_pretty(&snapshot()).unwrap();
        assert_eq!(read(&text), Ok(snapshot()));
        let taken = snapshot().taken;
        for (was, is, why) in [
            ("FULL", "NONE", "digest"),
            ("\"prod\"", "\"staging\"", "digest"),
            (taken.as_str(), "2999-01-01", "digest"),
            ("a-value", "b-value", "digest"),
            ("\"subjects\"", "\"subject\"", "it is no snapshot"),
            ("snapshot/v1", "snapshot/v9", "another kind"),
        ] {
            let told = read(&text.replace(was, is)).unwrap_err();
            assert!(text.contains(was) && told.contains(why), "{was}: {told}");
        }
        for length in [0, 1, text.len() / 2, text.len() - 2] {
            let told = read(&text[..length]).unwrap_err();
            assert!(told.contains("cut short"), "{length}: {told}");
        }
    }

    #[test]
    fn a_snapshot_of_an_older_version_is_read() {
        let mut older = snapshot();
        older.digest = digest(&older.subjects);
        assert_eq!(read(&serde_json::to_string(&older).unwrap()), Ok(older));
    }
}
