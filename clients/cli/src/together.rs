//! What does the registry itself say of the change? All that differs is sent in one request, and the answer is held against
//! what the files were found to be: a check that passes must not become a registration that is refused.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use tidegate_api::check::{CheckAnswer, CheckRequest, CheckedSchema, SchemaToCheck};
use tidegate_api::{Reference, RegisterRequest};
use tidegate_client::ClientError;

use crate::baseline::{Baseline, Ground};
use crate::check::Wish;
use crate::contracts::Beside;
use crate::finding::plain;
use crate::local::{Library, Target};
use crate::plan::again;
use crate::registry::Connection;
use crate::report::{Check, Compared, Finding, Outcome, Outside, State, Subject, Verdict, Weight};
use crate::rules;
use crate::tree::Side;
use crate::words::{counted, shown};

/// How many schemas a registry takes at once.
const MOST: usize = 1_000;
/// How many of its findings are told of a schema.
const TOLD: usize = 3;

/// What a registry said.
pub(crate) struct Told {
    /// `registry@prod`
    pub(crate) ground: String,
    /// `prod`
    pub(crate) registry: String,
    answer: CheckAnswer,
    /// Where each subject stands in the answer.
    places: HashMap<String, usize>,
    /// Subjects with a contract beside the file.
    with_contract: HashSet<String>,
    /// How many were not asked for because there are too many.
    left_out: usize,
}

impl Told {
    /// What became of a subject, by the name that the project gives it.
    pub(crate) fn of(&self, subject: &str) -> Option<&CheckedSchema> {
        self.answer.schemas.get(*self.places.get(subject)?)
    }
}

/// What came of asking the grounds that are registries.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) told: Vec<Told>,
    /// Why others did not tell, if that is worth a word.
    troubles: Vec<String>,
    pub(crate) requests: u64,
}

#[cfg(test)]
impl Answers {
    /// What a registry would have said, in its own words.
    pub(crate) fn saying(ground: &str, schemas: &[serde_json::Value]) -> Self {
        let answer: CheckAnswer = serde_json::from_value(serde_json::json!({ "schemas": schemas })).unwrap();
        let places = answer.schemas.iter().enumerate().map(|(at, schema)| (schema.subject.clone(), at)).collect();
        let registry = ground.trim_start_matches("registry@").to_owned();
        let with_contract = answer.schemas.iter().map(|schema| schema.subject.clone()).collect();
        let told = vec![Told { ground: ground.to_owned(), registry, answer, places, with_contract, left_out: 0 }];
        Self { told, ..Self::default() }
    }
}

/// Asks every registry that was compared with about what is different there.
pub(crate) fn ask(wish: &Wish<'_>, library: &Library, baselines: &[Baseline], subjects: &[Subject]) -> Answers {
    let mut answers = Answers::default();
    for ground in wish.grounds {
        let Ground::Registry(name) = ground else { continue };
        let Ok(connection) = Connection::open(Some(wish.project), wish.global, name.as_deref()) else { continue };
        let ground = format!("registry@{}", connection.name);
        let Some(baseline) = baselines.iter().find(|baseline| baseline.name == ground) else { continue };
        let Changed { mut asked, mut schemas, with_contract } = changed(wish, library, baseline, subjects);
        if schemas.is_empty() {
            continue;
        }
        let left_out = schemas.len().saturating_sub(MOST);
        asked.truncate(MOST);
        schemas.truncate(MOST);
        let from = Some(since(wish.project.usage.window));
        let request = CheckRequest { schemas: Some(schemas), normalize: false, from };
        answers.requests += 1;
        match connection.ask(connection.client.check_together(&request)) {
            Ok(answer) if answer.schemas.len() == asked.len() => {
                let places = asked.into_iter().enumerate().map(|(at, subject)| (subject, at)).collect();
                answers.told.push(Told { ground, registry: connection.name, answer, places, with_contract, left_out });
            }
            Ok(_) => answers.troubles.push(format!("{ground} did not answer for all")),
            // Other registries have no such question.
            Err(ClientError::Refused { status: 404 | 405, .. }) => {}
            Err(error) => answers.troubles.push(format!("{ground}: {error}")),
        }
    }
    answers
}

/// What is asked of one registry.
#[derive(Default)]
struct Changed {
    /// Their subjects.
    asked: Vec<String>,
    schemas: Vec<SchemaToCheck>,
    with_contract: HashSet<String>,
}

/// The documents that are not what the ground has, as registrations, those first that others stand on.
fn changed(wish: &Wish<'_>, library: &Library, baseline: &Baseline, subjects: &[Subject]) -> Changed {
    let by_file: HashMap<&str, &Subject> = subjects.iter().map(|subject| (subject.file.as_str(), subject)).collect();
    let mut lacking: HashSet<usize> = HashSet::new();
    let mut changed = Changed::default();
    for at in &library.order {
        let Some(document) = library.documents.get(*at) else { continue };
        let Some(subject) = by_file.get(document.path.as_str()) else { continue };
        let compared = compared(subject, &baseline.name);
        let latest = baseline.latest(&document.subject);
        // What is staged is not what lies beside it; and that it can't be read is told elsewhere.
        let beside = match wish.side {
            Side::Disk => document.beside(wish.project).unwrap_or_default().after(latest),
            Side::Index => Beside::default(),
        };
        let is_same_contract = latest.is_none_or(|latest| beside.is_that_of(latest));
        if is_same_contract && compared.is_some_and(|compared| compared.verdict == Verdict::Unchanged) {
            continue;
        }
        let references = document.links.iter().map(|link| {
            let (subject, version) = match link.target {
                // The registry takes the one that comes along, or the latest if that did not change.
                Target::Here(other) if lacking.contains(&other) => return None,
                Target::Here(other) => (library.documents.get(other)?.subject.clone(), None),
                Target::Elsewhere => {
                    let subject = baseline.subject_of(wish.project, &link.need, &document.subject)?;
                    let version = baseline.latest(&subject)?.number;
                    (subject, version)
                }
            };
            Some(Reference { name: link.need.names.first().cloned(), subject: Some(subject), version })
        });
        let references: Option<Vec<Reference>> = references.collect();
        let (Some(references), Some(_)) = (references, compared) else {
            lacking.insert(*at);
            continue;
        };
        if !beside.is_silent() {
            changed.with_contract.insert(document.subject.clone());
        }
        let candidate = RegisterRequest {
            schema_type: Some(document.kind.as_str().to_owned()),
            schema: Some(document.text.to_string()),
            references: Some(references).filter(|references| !references.is_empty()),
            metadata: beside.metadata,
            rule_set: beside.rule_set,
            ..RegisterRequest::default()
        };
        let (subject, file) = (Some(document.subject.clone()), Some(document.path.clone()));
        changed.asked.push(document.subject.clone());
        changed.schemas.push(SchemaToCheck { subject, file, candidate });
    }
    changed
}

fn compared<'s>(subject: &'s Subject, ground: &str) -> Option<&'s Compared> {
    let is_readable = !matches!(subject.state, State::Unreadable | State::Removed);
    subject.against.iter().find(|compared| compared.ground == ground).filter(|_| is_readable)
}

/// The moment so long ago.
fn since(window: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(now.saturating_sub(window).as_secs()).unwrap_or_default();
    let moment: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Adds a finding wherever a registry comes to another verdict.
pub(crate) fn differences(answers: &Answers, subjects: &[Subject], findings: &mut Vec<Finding>) {
    for told in &answers.told {
        for subject in subjects {
            let (Some(schema), Some(compared)) = (told.of(&subject.subject), compared(subject, &told.ground)) else {
                continue;
            };
            let is_there = schema.state == "unchanged";
            let older = schema.version.zip(compared.version).filter(|(found, latest)| is_there && found < latest);
            if let Some(versions) = older.filter(|_| told.with_contract.contains(&subject.subject)) {
                findings.push(went_back(subject, versions, &told.ground));
                continue;
            }
            let is_refused_here = compared.verdict == Verdict::Incompatible;
            match (schema.is_compatible, is_refused_here) {
                // What is there already needs no registration, and so nobody who allows it.
                (false, false) if !is_there => findings.push(refused(subject, compared, schema, &told.ground)),
                // A level of the project may ask for more than the registry does.
                (true, true) if schema.compatibility.level == compared.level => {
                    findings.push(taken(subject, schema, &told.ground));
                }
                _ => {}
            }
        }
    }
}

fn refused(subject: &Subject, compared: &Compared, schema: &CheckedSchema, ground: &str) -> Finding {
    let message = format!("{ground} would refuse it, although nothing is wrong with it here");
    let mut finding = plain(&rules::REGISTRY_REFUSES, &subject.file, Some(&subject.subject), message, &[ground]);
    let has_own_level = schema.compatibility.level != compared.level;
    if let Some(error) = &schema.error {
        finding = finding.note(shown(&format!("{} ({})", error.message, error.error_code)));
    }
    let errors: Vec<_> = schema.findings.iter().filter(|finding| finding.severity == "error").collect();
    for found in errors.iter().take(TOLD) {
        let version = found.version.map(|version| format!(" against version {version}")).unwrap_or_default();
        finding = finding.note(shown(&format!("{}{version}: {}", found.rule, found.message)));
    }
    if errors.len() > TOLD {
        finding = finding.note(format!("and {} more", errors.len() - TOLD));
    }
    let level = &schema.compatibility;
    if has_own_level && schema.error.is_none() {
        finding.severity = Weight::Warning;
        let from = from(level.from);
        let note = format!("the level there is {} ({from}), and {} is asked for here", level.level, compared.level);
        finding = finding.note(note).help("set the level first: `tidegate plan` does, or `compat` goes");
    } else if schema.mode.mode != "READWRITE" {
        // It may be meant to be so for a while, and is not the author's to change.
        finding.severity = Weight::Warning;
        finding = finding.note(format!("its mode is {} ({})", schema.mode.mode, from(schema.mode.from)));
    } else {
        finding = finding.note(format!("the level there is {} ({})", level.level, from(level.from)));
    }
    finding
}

/// A contract that was changed to be what it was before is not what anybody gets by registering it.
fn went_back(subject: &Subject, (found, latest): (i32, i32), ground: &str) -> Finding {
    let message = format!("with the contract beside it, {}", again::in_short(found, latest));
    let about = [ground, "contract"];
    plain(&rules::CONTRACT_WENT_BACK, &subject.file, Some(&subject.subject), message, &about)
        .note(format!(
            "{ground} has another contract in version {latest}, and answers a registration with version {found}"
        ))
        .help("delete on purpose what came after it, or change the text or the contract")
}

fn taken(subject: &Subject, schema: &CheckedSchema, ground: &str) -> Finding {
    let message = format!("{ground} would take it, although it was found to break something here");
    let finding = plain(&rules::VERDICTS_DIFFER, &subject.file, Some(&subject.subject), message, &[ground]);
    let level = &schema.compatibility;
    finding.note(format!("there it is {} under {} ({})", schema.state, level.level, from(level.from)))
}

fn from(origin: tidegate_api::overview::Origin) -> &'static str {
    use tidegate_api::overview::Origin;
    match origin {
        Origin::Subject => "set for the subject",
        Origin::Context => "set for its context",
        Origin::Global => "set for everything",
        Origin::Server => "its default",
    }
}

/// The line of what was looked at, if a registry was asked.
pub(crate) fn line(answers: &Answers, findings: &[Finding]) -> Option<Check> {
    let of = |weight: Weight| {
        let is_ours = |finding: &&Finding| {
            let codes = [&rules::REGISTRY_REFUSES, &rules::VERDICTS_DIFFER, &rules::CONTRACT_WENT_BACK];
            codes.iter().any(|rule| rule.code == finding.code)
        };
        findings.iter().filter(is_ours).filter(|it| it.counts() && it.severity == weight).count()
    };
    let asked: usize = answers.told.iter().map(|told| told.places.len()).sum();
    let left_out: usize = answers.told.iter().map(|told| told.left_out).sum();
    let (outcome, detail) = match (of(Weight::Error), of(Weight::Warning)) {
        (0, 0) => match answers.troubles.first() {
            Some(trouble) => (Outcome::Skipped, shown(trouble)),
            None if answers.told.is_empty() => return None,
            None if left_out > 0 => (Outcome::Passed, format!("agrees on {asked}, {left_out} not asked")),
            None => (Outcome::Passed, format!("agrees on {}", counted(asked, "schema"))),
        },
        (0, warnings) => (Outcome::Warned, counted(warnings, "difference")),
        (errors, warnings) => (Outcome::Failed, counted(errors + warnings, "difference")),
    };
    Some(Check { name: "registry".to_owned(), outcome, detail })
}

/// Who stands on what changes, and is in no file of this project.
pub(crate) fn outside(answers: &Answers, library: &Library) -> Vec<Outside> {
    let here: HashSet<&str> = library.documents.iter().map(|document| document.subject.as_str()).collect();
    let mut outside = Vec::new();
    for told in &answers.told {
        let affected = told.answer.affected.iter().filter(|affected| !here.contains(affected.subject.as_str()));
        outside.extend(affected.map(|affected| Outside {
            ground: told.ground.clone(),
            subject: affected.subject.clone(),
            version: affected.version,
            on: affected.on.clone(),
            on_version: affected.on_version,
        }));
    }
    outside
}
