//! Does somebody say that it reads a field which is gone? Levels don't ask that: what is removed can be compatible, and whoever
//! named the field is hurt all the same.

use std::collections::BTreeSet;

use tidegate_compat::{Parsed, Strictness, parse};

use crate::baseline::{Baseline, Ground};
use crate::check::Wish;
use crate::finding::plain;
use crate::local::Library;
use crate::registry::Connection;
use crate::report::{Check, Finding, Outcome, State, Subject};
use crate::rules;
use crate::together::Answers;
use crate::words::{counted, shown};

/// Of how many subjects a registry is asked who reads them.
const MAX_SUBJECTS: u64 = 50;

/// What there is to say of fields that are gone, and how many questions that took. Only registries that answered for the change
/// as a whole know of declarations.
pub(crate) fn gone(
    wish: &Wish<'_>,
    library: &Library,
    baselines: &[Baseline],
    answers: &Answers,
    subjects: &[Subject],
) -> (Vec<Finding>, u64) {
    let (mut findings, mut requests): (Vec<Finding>, u64) = (Vec::new(), 0);
    for ground in wish.grounds {
        let Ground::Registry(name) = ground else { continue };
        let Ok(connection) = Connection::open(Some(wish.project), wish.global, name.as_deref()) else { continue };
        let ground = format!("registry@{}", connection.name);
        let Some(baseline) = baselines.iter().find(|it| it.name == ground) else { continue };
        if !answers.told.iter().any(|told| told.ground == ground) {
            continue;
        }
        for subject in subjects.iter().filter(|subject| subject.state == State::Changed) {
            let gone = gone_fields(library, baseline, subject);
            if gone.is_empty() || requests >= MAX_SUBJECTS {
                continue;
            }
            requests += 1;
            let asked = connection.client.consumers(Some(&subject.subject));
            let Ok(consumers) = connection.ask(asked) else { continue };
            for consumer in consumers {
                for reads in consumer.consumes.iter().filter(|reads| reads.subject == subject.subject) {
                    let fields = reads.fields.iter().flatten();
                    let missed: Vec<&str> =
                        fields.map(String::as_str).filter(|field| is_missed(field, &gone)).collect();
                    if missed.is_empty() {
                        continue;
                    }
                    let finding = finding(subject, &consumer, reads, &missed);
                    if !findings.iter().any(|known| known.fingerprint == finding.fingerprint) {
                        findings.push(finding);
                    }
                }
            }
        }
    }
    (findings, requests)
}

/// The line of what was looked at, where something is read that is gone.
pub(crate) fn line(findings: &[Finding]) -> Option<Check> {
    let own = findings.iter().filter(|it| it.counts() && it.code == rules::DECLARED_FIELD_GONE.code).count();
    let detail = format!("{} to read what is gone", counted(own, "declaration"));
    (own > 0).then(|| Check { name: "consumers".to_owned(), outcome: Outcome::Warned, detail })
}

/// Paths of fields that the latest version has, and the candidate has not.
fn gone_fields(library: &Library, baseline: &Baseline, subject: &Subject) -> BTreeSet<String> {
    let candidate = || {
        let at = library.position(&subject.subject)?;
        let document = library.documents.get(at)?;
        parse(document.kind, &document.text, &library.closure(at).here, Strictness::Lenient).ok()
    };
    let latest = || Some(baseline.predecessor(&subject.subject, baseline.latest(&subject.subject)?)?.schema);
    let (Some(candidate), Some(latest)) = (candidate(), latest()) else { return BTreeSet::new() };
    let now = paths(&candidate);
    paths(&latest).into_iter().filter(|path| !now.contains(path)).collect()
}

/// As people write them, without signs for elements of lists.
fn paths(schema: &Parsed) -> BTreeSet<String> {
    let paths = schema.outline().fields().map(|field| field.path.replace("[]", "")).collect::<BTreeSet<_>>();
    paths.into_iter().filter(|path| !path.is_empty()).collect()
}

/// Whether a field, something in it, or what it is in, is gone.
fn is_missed(field: &str, gone: &BTreeSet<String>) -> bool {
    let is_below = |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
    gone.iter().any(|path| path == field || is_below(path, field) || is_below(field, path))
}

fn finding(
    subject: &Subject,
    consumer: &tidegate_api::consumers::Consumer,
    reads: &tidegate_api::consumers::Consumes,
    missed: &[&str],
) -> Finding {
    let application = consumer.application.as_str();
    let fields = missed.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
    let is = if missed.len() == 1 { "which is" } else { "which are" };
    let message = shown(&format!("{application} says that it reads {fields}, {is} gone"));
    let about = [&[application][..], missed].concat();
    let mut finding = plain(&rules::DECLARED_FIELD_GONE, &subject.file, Some(&subject.subject), message, &about);
    let owner = consumer.owner.as_deref().unwrap_or("nobody");
    let day = consumer.published_at.get(..10).unwrap_or(&consumer.published_at);
    let group = reads.group.as_ref().map(|group| format!(", in the group {group}")).unwrap_or_default();
    let purpose = reads.purpose.as_ref().map(|purpose| format!(", for {purpose}")).unwrap_or_default();
    finding = finding.note(shown(&format!("{owner} answers for it; it said so on {day}{group}{purpose}")));
    finding.help("keep the field until they read it no more, or agree with them and accept this")
}

/// One finding, as it would be of a registry that is asked.
#[cfg(test)]
pub(crate) fn example() -> Finding {
    let subject = serde_json::json!({"subject": "orders-value", "file": "orders.avsc", "kind": "AVRO", "state": "changed",
        "errors": 0, "warnings": 0, "infos": 0, "against": []});
    let reads = serde_json::json!({"subject": "orders-value", "group": "fraud", "fields": ["customer_id"], "purpose": "scoring"});
    let consumer = serde_json::json!({"application": "fraud-scorer", "owner": "team-risk", "publishedBy": "ci",
        "publishedAt": "2026-03-01T10:00:00.000Z", "staleAt": "2026-06-01T10:00:00.000Z", "consumes": [reads]});
    let subject: Subject = serde_json::from_value(subject).unwrap();
    let consumer: tidegate_api::consumers::Consumer = serde_json::from_value(consumer).unwrap();
    finding(&subject, &consumer, &consumer.consumes[0], &["customer_id"])
}
