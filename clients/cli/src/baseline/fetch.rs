//! What does a registry hold of the subjects that a project has? As few questions as the levels allow, many at a time.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use tidegate_api as api;
use tidegate_client::{Client, ClientError};
use tidegate_compat::{CompatibilityLevel, Policy, Reference, SchemaKind, SubjectName};

use super::{Baseline, History, Settings, StandsOn, Version};
use crate::local::{Library, MAX_REFERENCES, Target};
use crate::names::Need;
use crate::project::Project;
use crate::registry::Connection;
use crate::trouble::Result;

/// How many questions are under way at once.
const AT_ONCE: usize = 16;
/// From how many subjects on the registry is asked for all that it has.
const MANY: usize = 20;
/// How many subjects are got for each that is wanted, at most.
const MOST_IN_VAIN: usize = 4;
/// Of how many subjects the settings are asked at once.
const MOST_SETTINGS: usize = 1000;
/// The subjects of all contexts.
const ALL: &str = ":*:";

/// A subject as a registry has it.
struct Fetched {
    subject: String,
    history: History,
    requests: u64,
}

/// Gets the subjects of a project's documents, and all that these and the documents stand on.
pub(super) fn fetch(connection: &Connection, project: &Project, library: &Library) -> Result<Baseline> {
    let mut wanted: BTreeSet<String> = library.documents.iter().map(|document| document.subject.clone()).collect();
    wanted.extend(project.names.iter().map(|(_, subject)| subject.clone()));
    let named = wanted.clone();
    for at in 0..library.documents.len() {
        wanted.extend(library.closure(at).elsewhere.iter().flat_map(subjects_of));
    }
    let levels: HashMap<String, CompatibilityLevel> =
        library.documents.iter().filter_map(|document| Some((document.subject.clone(), document.level?))).collect();
    let mut baseline = Baseline { name: format!("registry@{}", connection.name), ..Baseline::default() };
    connection.wait(async {
        let client = &connection.client;
        let listed = Listed::get(client, wanted.len()).await?;
        baseline.requests += listed.requests;
        // A name that was only guessed needs no question if the registry has told all that it has.
        wanted.retain(|subject| named.contains(subject) || listed.may_have(subject));
        let (settings, requests) = settings_of(client, &wanted).await?;
        baseline.requests += requests;
        histories(connection, &mut baseline, &wanted, (&levels, &settings), &listed).await?;
        if listed.names.is_some() && project.asks_registry {
            // What is in no list may still be there, for others to see: only a question tells.
            let mut left = guessed(project, library, &baseline);
            left.retain(|subject| !wanted.contains(subject));
            let nothing = (&HashMap::new(), &HashMap::new());
            histories(connection, &mut baseline, &left, nothing, &Listed::default()).await?;
        }
        // Of two names that a subject may have, the other one is of no concern.
        let open = guessed(project, library, &baseline);
        baseline.forbidden.retain(|subject, _| named.contains(subject) || open.contains(subject));
        references(connection, &mut baseline).await
    })?;
    Ok(baseline)
}

/// Gets these subjects, many at a time.
async fn histories(
    connection: &Connection,
    baseline: &mut Baseline,
    wanted: &BTreeSet<String>,
    (levels, settings): (&HashMap<String, CompatibilityLevel>, &HashMap<String, api::Config>),
    listed: &Listed,
) -> std::result::Result<(), ClientError> {
    let client = &connection.client;
    let subjects = wanted.iter().map(|subject| {
        let (level, known) = (levels.get(subject).copied(), settings.get(subject));
        async move {
            match history(client, &connection.name, subject.clone(), (level, known), listed).await {
                // What this one may not see says nothing about the next.
                Err(error @ ClientError::Refused { status: 403, .. }) => Ok(Err((subject.clone(), error))),
                other => other.map(Ok),
            }
        }
    });
    let mut fetched = stream::iter(subjects).buffer_unordered(AT_ONCE);
    while let Some(fetched) = fetched.try_next().await? {
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err((subject, error)) => {
                baseline.requests += 1;
                baseline.forbidden.insert(subject, connection.trouble(error));
                continue;
            }
        };
        baseline.requests += fetched.requests;
        if !fetched.history.versions.is_empty() {
            baseline.subjects.insert(fetched.subject, fetched.history);
        }
    }
    Ok(())
}

/// The subjects that what is found nowhere may be.
fn guessed(project: &Project, library: &Library, baseline: &Baseline) -> BTreeSet<String> {
    let mut guessed = BTreeSet::new();
    for document in &library.documents {
        let elsewhere = document.links.iter().filter(|link| link.target == Target::Elsewhere);
        let nowhere = elsewhere.filter(|link| baseline.subject_of(project, &link.need, &document.subject).is_none());
        guessed.extend(nowhere.flat_map(|link| subjects_of(&link.need)));
    }
    guessed
}

/// The subjects that a name which no file defines may be that of.
fn subjects_of(need: &Need) -> impl Iterator<Item = String> {
    need.names.iter().flat_map(|name| [format!("{name}-value"), name.clone()])
}

/// What a registry has, told at once where many are asked for.
#[derive(Default)]
struct Listed {
    /// The names of all subjects, if they were asked for.
    names: Option<HashSet<String>>,
    /// The latest versions of all of them, if most of them are wanted.
    latest: HashMap<String, api::Schema>,
    requests: u64,
}

impl Listed {
    async fn get(client: &Client, wanted: usize) -> std::result::Result<Self, ClientError> {
        if wanted < MANY {
            return Ok(Self::default());
        }
        let names: HashSet<String> = match client.subjects(ALL).await {
            Ok(names) => names.into_iter().collect(),
            // Whoever may not list may still ask one by one.
            Err(ClientError::Refused { status: 403 | 404, .. }) => return Ok(Self { requests: 1, ..Self::default() }),
            Err(error) => return Err(error),
        };
        let mut listed = Self { requests: 1, ..Self::default() };
        // Of a registry that has much more the rest would be got in vain.
        if names.len() <= wanted.saturating_mul(MOST_IN_VAIN) {
            match client.latest(ALL).await {
                Ok(latest) => {
                    listed.requests += 1 + latest.len() as u64 / 500;
                    let latest = latest.into_iter().map(|it| (it.schema.subject.clone(), it.schema));
                    listed.latest = latest.collect();
                }
                Err(ClientError::Refused { status: 403 | 404, .. }) => listed.requests += 1,
                Err(error) => return Err(error),
            }
        }
        listed.names = Some(names);
        Ok(listed)
    }

    /// Whether a subject may be there.
    fn may_have(&self, subject: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(subject))
    }
}

/// The settings of many subjects, where a registry tells them at once, and how many questions that took. Those that are missing
/// are asked for one by one.
async fn settings_of(
    client: &Client,
    wanted: &BTreeSet<String>,
) -> std::result::Result<(HashMap<String, api::Config>, u64), ClientError> {
    let (mut all, mut requests) = (HashMap::new(), 0);
    if wanted.len() < MANY {
        return Ok((all, requests));
    }
    let wanted: Vec<String> = wanted.iter().cloned().collect();
    for some in wanted.chunks(MOST_SETTINGS) {
        requests += 1;
        match client.settings(some).await {
            Ok(settings) => all.extend(settings.into_iter().map(|of| (of.subject, of.config))),
            Err(error @ ClientError::Unreachable { .. }) => return Err(error),
            // Other registries, and what stands before them, don't know the question. If it is more than that, the next tells.
            Err(_) => break,
        }
    }
    Ok((all, requests))
}

/// The settings of a subject, and as many of its versions as its level looks at. A subject that is not there is new.
async fn history(
    client: &Client,
    registry: &str,
    subject: String,
    (level, known): (Option<CompatibilityLevel>, Option<&api::Config>),
    listed: &Listed,
) -> std::result::Result<Fetched, ClientError> {
    let requests = u64::from(known.is_none());
    let config = match known {
        Some(config) => config.clone(),
        None => client.config(&subject).await?,
    };
    let settings = settings(&config);
    let mut fetched = Fetched { subject, history: History { settings, versions: Vec::new() }, requests };
    let reach = level.or(fetched.history.settings.level).unwrap_or_default().reach();
    // An alias is in no list, and leads to a subject all the same.
    if config.alias.is_none() && !listed.may_have(&fetched.subject) {
        return Ok(fetched);
    }
    let latest = match listed.latest.get(&fetched.subject) {
        Some(latest) => latest.clone(),
        None => {
            fetched.requests += 1;
            match client.version(&fetched.subject, "latest").await {
                Ok(latest) => latest,
                Err(error) if error.is_not_found() => return Ok(fetched),
                Err(error) => return Err(error),
            }
        }
    };
    if reach > 1 || fetched.history.settings.group.is_some() {
        let numbers = client.versions(&fetched.subject).await?;
        let older: Vec<i32> = numbers.into_iter().filter(|number| *number != latest.version).collect();
        fetched.requests += 1 + older.len() as u64;
        let name = &fetched.subject;
        let older = stream::iter(older).map(|number| async move { client.version(name, &number.to_string()).await });
        let older: Vec<api::Schema> = older.buffered(4).try_collect().await?;
        fetched.history.versions =
            older.into_iter().map(|schema| version(registry, &fetched.subject, schema)).collect();
    }
    fetched.history.versions.push(version(registry, &fetched.subject, latest));
    Ok(fetched)
}

/// Gets what versions refer to, and what that refers to.
async fn references(connection: &Connection, baseline: &mut Baseline) -> std::result::Result<(), ClientError> {
    let client = &connection.client;
    let mut asked: HashSet<(String, i32)> = HashSet::new();
    loop {
        let mut missing = BTreeSet::new();
        for (subject, history) in &baseline.subjects {
            let context = SubjectName::parse(subject).context().clone();
            for version in &history.versions {
                let StandsOn::References(references) = &version.stands_on else { continue };
                for reference in references {
                    let target = SubjectName::parse_in(&context, &reference.subject).to_string();
                    let is_there = baseline.subjects.get(&target).is_some_and(|history| {
                        history.versions.iter().any(|version| version.number == Some(reference.version))
                    });
                    if !is_there && !asked.contains(&(target.clone(), reference.version)) {
                        missing.insert((target, reference.version));
                    }
                }
            }
        }
        if missing.is_empty() || asked.len() > 100 * MAX_REFERENCES {
            return Ok(());
        }
        asked.extend(missing.iter().cloned());
        baseline.requests += missing.len() as u64;
        let found = stream::iter(missing).map(|(subject, number)| async move {
            match client.version(&subject, &number.to_string()).await {
                Ok(schema) => Ok(Some((subject, Ok(schema)))),
                // It was deleted since: whoever stands on it can't be read, which is not our trouble.
                Err(error) if error.is_not_found() => Ok(None),
                // What this one may not see says nothing about the next.
                Err(error @ ClientError::Refused { status: 403, .. }) => Ok(Some((subject, Err(error)))),
                Err(error) => Err(error),
            }
        });
        let found: Vec<Option<(String, std::result::Result<api::Schema, ClientError>)>> =
            found.buffer_unordered(AT_ONCE).try_collect().await?;
        for (subject, schema) in found.into_iter().flatten() {
            let schema = match schema {
                Ok(schema) => schema,
                Err(error) => {
                    baseline.forbidden.insert(subject, connection.trouble(error));
                    continue;
                }
            };
            let found = version(&connection.name, &subject, schema);
            let history = baseline.subjects.entry(subject).or_default();
            history.versions.push(found);
            history.versions.sort_by_key(|version| version.number);
        }
    }
}

pub(super) fn settings(config: &api::Config) -> Settings {
    Settings {
        level: config.compatibility_level.as_deref().and_then(CompatibilityLevel::parse),
        policy: config.compatibility_policy.as_deref().and_then(Policy::parse),
        group: config.compatibility_group.clone(),
        validate_fields: config.validate_fields.unwrap_or(false),
        validate_new: config.validate_new_schemas,
    }
}

pub(super) fn version(registry: &str, subject: &str, schema: api::Schema) -> Version {
    let references = schema.references.into_iter().map(|reference| Reference {
        name: reference.name.unwrap_or_default(),
        subject: reference.subject.unwrap_or_default(),
        version: reference.version.unwrap_or(-1),
    });
    Version {
        number: Some(schema.version),
        id: Some(schema.id),
        // Avro is what it is where nothing is said.
        kind: SchemaKind::parse(&schema.schema_type).unwrap_or_default(),
        text: schema.schema.into(),
        stands_on: StandsOn::References(references.collect()),
        metadata: schema.metadata.map(crate::records::metadata),
        rules: schema.rule_set.and_then(|rules| crate::records::contract(None, Some(rules)).ok()?.rules),
        origin: format!("registry@{registry}:{subject}@{}", schema.version),
    }
}
