//! What is there already? The versions that a candidate must get along with, wherever they are kept.

mod fetch;
mod files;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tidegate_compat::{
    CompatibilityLevel, Metadata, Policy, Predecessor, Resolved, RuleSet, SchemaKind, Strictness, SubjectName, parse,
};

use crate::args::Global;
use crate::local::{Library, MAX_REFERENCES};
use crate::names::Need;
use crate::project::Project;
use crate::registry::Connection;
use crate::trouble::{Result, Trouble};
pub(crate) use snapshot::{Snapshot, SubjectOf, age_in_days};

/// What `--against` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ground {
    None,
    Registry(Option<String>),
    Git(String),
    Folder(String),
    Snapshot(String),
}

/// What a ground holds.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    /// As it was asked for: `registry@prod`, `git:main`.
    pub(crate) name: String,
    pub(crate) subjects: BTreeMap<String, History>,
    /// Whether it is the whole truth about the files of this project, so that what is missing there is new and what is
    /// missing here is gone.
    pub(crate) is_own_past: bool,
    pub(crate) requests: u64,
    /// When a snapshot was taken, for those that have one.
    pub(crate) taken: Option<String>,
    /// Subjects of which a registry tells whoever asks nothing, and how it says that.
    pub(crate) forbidden: BTreeMap<String, Trouble>,
}

/// The versions of a subject and the settings that hold for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) settings: Settings,
    /// Live ones, oldest first; where only the latest counts there may be no others.
    pub(crate) versions: Vec<Version>,
}

/// What a registry says of a subject. Nothing is known of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) level: Option<CompatibilityLevel>,
    pub(crate) policy: Option<Policy>,
    pub(crate) group: Option<String>,
    pub(crate) validate_fields: bool,
    /// Whether new schemas are held to all rules about names and defaults.
    pub(crate) validate_new: Option<bool>,
}

#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) number: Option<i32>,
    pub(crate) id: Option<i32>,
    pub(crate) kind: SchemaKind,
    pub(crate) text: Arc<str>,
    pub(crate) stands_on: StandsOn,
    pub(crate) metadata: Option<Metadata>,
    /// Rules of its contract, where they make sense.
    pub(crate) rules: Option<RuleSet>,
    /// How it is shown: `schemas/a.avsc` of git:main, `registry@prod:a-value@7`.
    pub(crate) origin: String,
}

/// What a version refers to.
#[derive(Debug, Clone)]
pub(crate) enum StandsOn {
    /// Subjects and versions of the same baseline.
    References(Vec<tidegate_compat::Reference>),
    /// All of it, found already.
    Closure(Vec<Resolved>),
}

impl Ground {
    /// Reads what stands behind `--against`.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, String> {
        match text.split_once(':') {
            None if text == "none" => Ok(Self::None),
            None if text == "registry" => Ok(Self::Registry(None)),
            _ if text.starts_with("registry@") => Ok(Self::Registry(text.strip_prefix("registry@").map(str::to_owned))),
            Some(("git", revision)) if !revision.is_empty() => Ok(Self::Git(revision.to_owned())),
            Some(("dir", folder)) if !folder.is_empty() => Ok(Self::Folder(folder.to_owned())),
            Some(("snapshot", file)) if !file.is_empty() => Ok(Self::Snapshot(file.to_owned())),
            _ => Err("one of registry, registry@NAME, git:REVISION, dir:FOLDER, snapshot:FILE, none".to_owned()),
        }
    }
}

impl std::fmt::Display for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Registry(None) => f.write_str("registry"),
            Self::Registry(Some(name)) => write!(f, "registry@{name}"),
            Self::Git(revision) => write!(f, "git:{revision}"),
            Self::Folder(folder) => write!(f, "dir:{folder}"),
            Self::Snapshot(file) => write!(f, "snapshot:{file}"),
        }
    }
}

impl Baseline {
    /// Gets what a ground holds of the subjects of these documents, and of all that they stand on.
    pub(crate) fn get(ground: &Ground, project: &Project, library: &Library, global: &Global) -> Result<Self> {
        let mut baseline = match ground {
            Ground::None => Self::default(),
            Ground::Git(revision) => files::of_git(project, revision)?,
            Ground::Folder(folder) => files::of_folder(project, Path::new(folder))?,
            Ground::Snapshot(file) => Snapshot::load(Path::new(file))?.baseline(&ground.to_string()),
            Ground::Registry(name) => {
                let connection = Connection::open(Some(project), global, name.as_deref())?;
                let fetched = fetch::fetch(&connection, project, library)?;
                // Nothing can be said about the change as a whole.
                if let Some(trouble) = fetched.forbidden.values().next() {
                    return Err(trouble.clone());
                }
                fetched
            }
        };
        if baseline.name.is_empty() {
            baseline.name = ground.to_string();
        }
        Ok(baseline)
    }

    /// The same of a registry, for each subject that may be read there; the others are told by [`Self::forbidden`].
    pub(crate) fn allowed(connection: &Connection, project: &Project, library: &Library) -> Result<Self> {
        fetch::fetch(connection, project, library)
    }

    /// Why nobody can tell whether a subject has what is needed.
    pub(crate) fn hidden(&self, need: &Need) -> Option<&Trouble> {
        let names = need.names.iter().flat_map(|name| [name.clone(), format!("{name}-value")]);
        names.filter_map(|name| self.forbidden.get(&name)).next()
    }

    pub(crate) fn latest(&self, subject: &str) -> Option<&Version> {
        self.subjects.get(subject)?.versions.last()
    }

    /// Whether the subject is there: with a live version.
    pub(crate) fn has(&self, subject: &str) -> bool {
        self.latest(subject).is_some()
    }

    /// Which subject has what a document needs: as the project file says, as the latest version of the document has it, or a
    /// subject of that very name.
    pub(crate) fn subject_of(&self, project: &Project, need: &Need, referrer: &str) -> Option<String> {
        let is_meant = |name: &String| need.names.contains(name);
        let told = project.names.iter().find(|(name, _)| is_meant(name)).map(|(_, subject)| subject.clone());
        let before = || match &self.latest(referrer)?.stands_on {
            StandsOn::References(references) => {
                references.iter().find(|reference| is_meant(&reference.name)).map(|reference| reference.subject.clone())
            }
            StandsOn::Closure(_) => None,
        };
        let named = || need.names.iter().find(|name| self.has(name)).cloned();
        let valued = || need.names.iter().map(|name| format!("{name}-value")).find(|name| self.has(name));
        told.or_else(before).or_else(named).or_else(valued).filter(|subject| self.has(subject))
    }

    /// What is needed and no file of the project has, with all that it stands on, from the first of the grounds that has it.
    pub(crate) fn elsewhere<'b>(
        grounds: impl IntoIterator<Item = &'b Self>,
        project: &Project,
        need: &Need,
        referrer: &str,
    ) -> Option<Vec<Resolved>> {
        // What the files looked like before is no other place to look than the files.
        let asked = grounds.into_iter().filter(|ground| project.asks_registry || ground.is_own_past);
        asked.into_iter().find_map(|ground| {
            let subject = ground.subject_of(project, need, referrer)?;
            ground.resolved(&subject, &ground.called(need, &subject))
        })
    }

    /// The name that the text calls a need by: of an Avro name without its namespace there are two.
    fn called(&self, need: &Need, subject: &str) -> String {
        let version = self.latest(subject);
        let names = version.map(|version| crate::names::names(version.kind, "", &version.text)).unwrap_or_default();
        let defined = need.names.iter().find(|name| names.defines.contains(*name));
        defined.or(need.names.first()).cloned().unwrap_or_default()
    }

    /// The latest version of a subject and all that it stands on, under the name that the referrer calls it by.
    pub(crate) fn resolved(&self, subject: &str, name: &str) -> Option<Vec<Resolved>> {
        let version = self.latest(subject)?;
        let mut closure = self.closure(subject, version).ok()?;
        closure.push(Resolved { name: name.to_owned(), kind: version.kind, text: Arc::clone(&version.text) });
        Some(closure)
    }

    /// All that a version stands on, what others need before them. Of two with one name the first counts.
    ///
    /// # Errors
    /// What is not there.
    pub(crate) fn closure(&self, subject: &str, version: &Version) -> std::result::Result<Vec<Resolved>, String> {
        let references = match &version.stands_on {
            StandsOn::Closure(closure) => return Ok(closure.clone()),
            StandsOn::References(references) => references,
        };
        let context = SubjectName::parse(subject).context().clone();
        let mut closure = Vec::new();
        let mut called = std::collections::HashSet::new();
        let mut path = vec![(None, context, references.iter())];
        while let Some((_, context, rest)) = path.last_mut() {
            let Some(reference) = rest.next() else {
                closure.extend(path.pop().and_then(|(done, ..)| done));
                continue;
            };
            if !called.insert(reference.name.as_str()) {
                continue;
            }
            if called.len() > MAX_REFERENCES {
                return Err(format!("more than {MAX_REFERENCES} schemas"));
            }
            let target = SubjectName::parse_in(context, &reference.subject);
            let history = self.subjects.get(&target.to_string());
            let found = history.and_then(|history| match reference.version {
                -1 => history.versions.last(),
                number => history.versions.iter().find(|version| version.number == Some(number)),
            });
            let Some(found) = found else { return Err(format!("{target} version {}", reference.version)) };
            let inner: &[tidegate_compat::Reference] = match &found.stands_on {
                StandsOn::References(references) => references,
                StandsOn::Closure(_) => &[],
            };
            let resolved = Resolved { name: reference.name.clone(), kind: found.kind, text: Arc::clone(&found.text) };
            path.push((Some(resolved), target.context().clone(), inner.iter()));
        }
        Ok(closure)
    }

    /// A version as it is compared with; `None` for one that can't be read any more, since nobody can read its data either.
    pub(crate) fn predecessor(&self, subject: &str, version: &Version) -> Option<Predecessor> {
        let closure = self.closure(subject, version).ok()?;
        let parsed = parse(version.kind, &version.text, &closure, Strictness::Lenient).ok()?;
        let number = version.number.map(tidegate_compat::Version);
        Some(Predecessor { version: number, schema: parsed })
    }
}

impl Version {
    /// The text as it is shown to people: what a registry keeps on one line is laid out.
    pub(crate) fn laid_out(&self) -> Arc<str> {
        laid_out(self.kind, &self.text)
    }
}

/// A long line of JSON with its members on lines of their own.
pub(crate) fn laid_out(kind: SchemaKind, text: &Arc<str>) -> Arc<str> {
    if kind == SchemaKind::Protobuf || text.contains('\n') || text.len() < 60 {
        return Arc::clone(text);
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => crate::commands::fmt::json(&value).into(),
        Err(_) => Arc::clone(text),
    }
}

/// A ground that can't be read.
fn unusable(ground: &str, why: impl std::fmt::Display) -> Trouble {
    Trouble::usage(format!("{ground} can't be compared with: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_read_as_they_are_written() {
        for text in
            ["none", "registry", "registry@prod", "git:HEAD~1", "git:main...", "dir:../old", "snapshot:a/b.json"]
        {
            assert_eq!(Ground::parse(text).map(|ground| ground.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "git:", "main", "registr", "snapshot:"] {
            assert!(Ground::parse(text).is_err(), "{text}");
        }
    }
}
