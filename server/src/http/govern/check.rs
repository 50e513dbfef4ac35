//! What would become of many schemas, if they were registered as one change?

use std::collections::HashMap;

use axum::extract::State;
use tidegate_api::check as wire;
use tidegate_api::overview::{EffectiveLevel, EffectiveMode};
use tidegate_api::{ErrorCode, Reference};
use tidegate_compat::{Malformed, SubjectName};
use tidegate_registry::together::{Affected, Proposal, Proposed, State as Fate, Together};
use tidegate_registry::{Error, Right};

use super::explain::{finding, span};
use super::graph::{bad, moment, now};
use super::subjects::origin;
use super::usage::{USUAL, in_short};
use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::confluent::wire::candidate;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;

/// How many schemas come together.
const MOST: usize = 1_000;

/// A schema as it was sent, and what was wrong with it at first sight.
struct Sent {
    file: Option<String>,
    failure: Option<Failure>,
}

pub(in crate::http) async fn check(
    State(api): State<Api>,
    Asking(access): Asking,
    Json(request): Json<wire::CheckRequest>,
) -> Answer<wire::CheckAnswer> {
    let wire::CheckRequest { schemas, normalize, from } = request;
    let schemas =
        schemas.ok_or_else(|| impossible("'schemas' is missing: a list of schemas, each with its subject"))?;
    if schemas.len() > MOST {
        return Err(impossible(&format!("'schemas' has {} members, and {MOST} are taken at once", schemas.len())));
    }
    let to = now();
    let from = from.map_or_else(|| Ok(to.saturating_sub(USUAL)), |from| moment("from", &from))?;
    if from >= to {
        return Err(bad("'from' is in the past"));
    }
    let mut seen: HashMap<SubjectName, usize> = HashMap::with_capacity(schemas.len());
    let (mut proposals, mut sent) = (Vec::with_capacity(schemas.len()), Vec::with_capacity(schemas.len()));
    for (at, schema) in schemas.into_iter().enumerate() {
        let wire::SchemaToCheck { subject, file, candidate: mut request } = schema;
        let subject = subject.ok_or_else(|| impossible(&format!("schema {} of 'schemas' has no 'subject'", at + 1)))?;
        let subject = api.registry.resolve_alias(&SubjectName::parse(&subject)).await?;
        access.demand(Right::Read, &subject)?;
        if let Some(first) = seen.insert(subject.clone(), at) {
            let message =
                format!("subject '{subject}' is given twice: schemas {} and {} of 'schemas'", first + 1, at + 1);
            return Err(impossible(&message));
        }
        request.references.iter_mut().flatten().for_each(to_latest);
        let (candidate, failure) = match candidate(request) {
            Ok(candidate) => (Some(candidate), None),
            // One that is no schema doesn't keep others from being judged.
            Err(failure) if failure.code == ErrorCode::InvalidSchema => (None, Some(failure)),
            Err(failure) => return Err(failure),
        };
        if let Some(candidate) = &candidate {
            access.demand_references(&subject, &candidate.references)?;
        }
        proposals.push(Proposal { subject, candidate });
        sent.push(Sent { file, failure });
    }
    let together = api.registry.check_together(&access, proposals, normalize, (from, to)).await?;
    Ok(Json(answer(together, sent)))
}

fn impossible(message: &str) -> Failure {
    Failure::new(ErrorCode::UnprocessableEntity, message)
}

/// What comes together has no numbers yet.
fn to_latest(reference: &mut Reference) {
    reference.version.get_or_insert(-1);
}

fn answer(together: Together, sent: Vec<Sent>) -> wire::CheckAnswer {
    let Together { schemas, order, affected, has_more_affected } = together;
    let order = order.iter().filter_map(|at| Some(schemas.get(*at)?.subject.to_string())).collect();
    let fates: Vec<Fate> = schemas.iter().map(|proposed| proposed.state).collect();
    let incompatible = schemas.iter().filter(|proposed| !proposed.is_compatible()).count();
    let schemas: Vec<_> = schemas.into_iter().zip(sent).map(|(proposed, sent)| shown(proposed, sent)).collect();
    let count = |fate: Fate| fates.iter().filter(|it| **it == fate).count();
    wire::CheckAnswer {
        is_compatible: schemas.iter().all(|schema| schema.is_compatible),
        counts: wire::CheckCounts {
            schemas: schemas.len(),
            new: count(Fate::New),
            changed: count(Fate::Changed),
            references_changed: count(Fate::ReferencesChanged),
            unchanged: count(Fate::Unchanged),
            unreadable: count(Fate::Unreadable),
            incompatible,
            refused: schemas.iter().filter(|schema| schema.error.is_some()).count(),
        },
        order,
        schemas,
        affected: affected.iter().map(outside).collect(),
        more_affected: has_more_affected,
    }
}

fn shown(proposed: Proposed, sent: Sent) -> wire::CheckedSchema {
    let is_compatible = proposed.is_compatible();
    let place = match &proposed.refusal {
        Some(Error::Malformed(malformed)) => place(malformed),
        _ => None,
    };
    let failure = sent.failure.or(proposed.refusal.map(Failure::from));
    let error = failure.as_ref().map(Failure::body);
    wire::CheckedSchema {
        subject: proposed.subject.to_string(),
        file: sent.file,
        schema_type: proposed.kind.map(|kind| kind.as_str().to_owned()),
        state: proposed.state.as_str().to_owned(),
        is_compatible: is_compatible && error.is_none(),
        compatibility: EffectiveLevel { level: proposed.level.0.as_str().to_owned(), from: origin(proposed.level.1) },
        compatibility_policy: proposed.policy.as_str().to_owned(),
        mode: EffectiveMode { mode: proposed.mode.0.as_str().to_owned(), from: origin(proposed.mode.1) },
        version: proposed.version.map(|version| version.0),
        id: proposed.id.map(|id| id.0),
        compared_with: proposed.compared.iter().map(|version| version.0).collect(),
        findings: proposed.findings.iter().map(finding).collect(),
        error,
        place,
        usage: proposed.usage.as_ref().map(in_short),
    }
}

fn place(malformed: &Malformed) -> Option<tidegate_api::explain::Place> {
    if malformed.span.is_none() && malformed.path.is_none() {
        return None;
    }
    let path = malformed.path.clone().unwrap_or_default();
    Some(tidegate_api::explain::Place { path, span: malformed.span.map(span) })
}

fn outside(affected: &Affected) -> wire::AffectedSubject {
    wire::AffectedSubject {
        subject: affected.subject.to_string(),
        version: affected.version.0,
        on: affected.on.0.to_string(),
        on_version: affected.on.1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_without_a_version_is_one_to_the_latest() {
        let mut reference = Reference::default();
        to_latest(&mut reference);
        assert_eq!(reference.version, Some(-1));
        let mut second = Reference { version: Some(2), ..reference };
        to_latest(&mut second);
        assert_eq!(second.version, Some(2));
    }

    #[test]
    fn a_fault_without_a_place_has_none() {
        let malformed =
            |path: Option<&str>| Malformed { message: String::new(), span: None, path: path.map(Into::into) };
        assert_eq!(place(&malformed(None)), None);
        assert_eq!(place(&malformed(Some("/fields/0"))).unwrap().path, "/fields/0");
    }
}
