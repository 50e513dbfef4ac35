//! What does a change do, and under which levels would it pass? And which rules decide that?

use axum::extract::State;
use tidegate_api::explain as wire;
use tidegate_api::{ErrorCode, RegisterRequest};
use tidegate_compat::violation::Finding;
use tidegate_compat::{
    Change, CompatibilityLevel, Direction, Edit, Judgement, Place, Policy, Side, Span, SubjectName, VersionSpec,
};
use tidegate_registry::Right;
use tidegate_registry::explain::{Against, Explained, Terms};

use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::confluent::wire::candidate;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;

/// How many texts may be sent to compare with.
const MAX_TEXTS: usize = 100;

pub(in crate::http) async fn explain(
    State(api): State<Api>,
    Asking(access): Asking,
    Json(request): Json<wire::ExplainRequest>,
) -> Answer<wire::Explanation> {
    let subject = request.subject.as_deref().filter(|subject| !subject.is_empty());
    let against = against(request.against_version, request.against, subject.is_some())?;
    let subject = match subject {
        Some(subject) => {
            let subject = api.registry.resolve_alias(&SubjectName::parse(subject)).await?;
            access.demand(Right::Read, &subject)?;
            subject
        }
        // Only the settings and the context count then: those of the default context.
        None => SubjectName::parse(""),
    };
    let terms = Terms {
        level: word(request.compatibility, ErrorCode::InvalidCompatibilityLevel, CompatibilityLevel::parse)?,
        policy: word(request.compatibility_policy, ErrorCode::InvalidCompatibilityLevel, Policy::parse)?,
    };
    let candidate = candidate(request.candidate)?;
    let others = if let Against::Candidates(others) = &against { others.as_slice() } else { &[] };
    for candidate in others.iter().chain([&candidate]) {
        access.demand_references(&subject, &candidate.references)?;
    }
    let explained = api.registry.explain(&subject, against, candidate, request.normalize, terms).await?;
    Ok(Json(explanation(&explained)))
}

pub(in crate::http) async fn rules() -> Json<Vec<wire::CompatibilityRule>> {
    let shown = |rule: &tidegate_compat::violation::Rule| wire::CompatibilityRule {
        rule: rule.code.into(),
        slug: rule.slug.into(),
        severity: rule.severity.as_str().into(),
        basis: rule.basis.as_str().into(),
        purpose: rule.purpose.into(),
        confluent: rule.confluent.map(str::to_owned),
    };
    Json(tidegate_compat::format::rules().into_iter().map(shown).collect())
}

fn against(
    version: Option<wire::VersionName>,
    texts: Option<Vec<RegisterRequest>>,
    has_subject: bool,
) -> Result<Against, Failure> {
    let bad = |message: &str| Failure::new(ErrorCode::UnprocessableEntity, message);
    match (version, texts) {
        (Some(_), Some(_)) => Err(bad("'againstVersion' and 'against' exclude each other")),
        (None, Some(texts)) if texts.len() > MAX_TEXTS => Err(bad("'against' has more than 100 schemas")),
        (None, Some(texts)) => Ok(Against::Candidates(texts.into_iter().map(candidate).collect::<Result<_, _>>()?)),
        (_, None) if !has_subject => Err(bad("either 'subject' or 'against' is needed: what is compared with?")),
        (Some(wire::VersionName::Number(number)), None) => version_named(&number.to_string()),
        (Some(wire::VersionName::Word(word)), None) => version_named(&word),
        (None, None) => Ok(Against::Subject),
    }
}

fn version_named(text: &str) -> Result<Against, Failure> {
    let invalid = || {
        let message = format!("The specified version '{text}' is not a valid version id: a number from 1, or latest");
        Failure::new(ErrorCode::InvalidVersion, message)
    };
    VersionSpec::parse(text).map(Against::Version).ok_or_else(invalid)
}

fn word<T>(text: Option<String>, code: ErrorCode, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
    let Some(text) = text else { return Ok(None) };
    parse(&text).map(Some).ok_or_else(|| Failure::new(code, format!("'{text}' is not known")))
}

// === What is answered ===

fn explanation(explained: &Explained) -> wire::Explanation {
    let Explained { explanation, kind, level, policy, compared } = explained;
    wire::Explanation {
        is_compatible: explanation.passes.contains(level),
        schema_type: kind.as_str().into(),
        compatibility: level.as_str().into(),
        compatibility_policy: policy.as_str().into(),
        passes: explanation.passes.iter().map(|level| level.as_str().to_owned()).collect(),
        compared_with: compared.iter().map(|version| version.0).collect(),
        changes: explanation.changes.iter().map(change).collect(),
        findings: explanation.findings.iter().map(finding).collect(),
    }
}

fn change(change: &Change) -> wire::Change {
    wire::Change {
        kind: change.kind.as_str().into(),
        element: change.element.as_str().into(),
        name: change.name.clone(),
        path: change.path.clone(),
        summary: change.summary.clone(),
        facets: change
            .facets
            .iter()
            .map(|facet| wire::Facet { name: facet.name.clone(), old: facet.old.clone(), new: facet.new.clone() })
            .collect(),
        existing: change.old.as_ref().map(place),
        candidate: change.new.as_ref().map(place),
        backward: judgement(&change.backward),
        forward: judgement(&change.forward),
    }
}

fn judgement(judgement: &Judgement) -> wire::Judgement {
    let verdict = judgement.worst.map_or("safe", |severity| severity.as_str());
    wire::Judgement { verdict: verdict.into(), findings: judgement.findings.clone() }
}

pub(super) fn finding(finding: &Finding) -> wire::Finding {
    let violation = &finding.violation;
    let rule = violation.rule;
    let (candidate, existing) = match finding.direction {
        Direction::Backward => (&violation.reader, &violation.writer),
        Direction::Forward => (&violation.writer, &violation.reader),
    };
    wire::Finding {
        rule: rule.code.into(),
        slug: rule.slug.into(),
        severity: rule.severity.as_str().into(),
        direction: finding.direction.as_str().into(),
        version: finding.version.map(|version| version.0),
        candidate: place(candidate),
        existing: place(existing),
        message: violation.message.clone(),
        fix: violation.fix.clone(),
        edits: violation.edits.iter().map(|one| edit(one, finding.direction)).collect(),
        confluent: rule.confluent.map(str::to_owned),
    }
}

fn edit(edit: &Edit, direction: Direction) -> wire::Edit {
    let is_candidate =
        matches!((edit.side, direction), (Side::Reader, Direction::Backward) | (Side::Writer, Direction::Forward));
    wire::Edit {
        text: if is_candidate { "candidate" } else { "existing" }.into(),
        span: span(edit.span),
        replacement: edit.replacement.clone(),
    }
}

pub(super) fn place(place: &Place) -> wire::Place {
    wire::Place { path: place.path.clone(), span: place.span.map(span) }
}

pub(super) fn span(span: Span) -> wire::Span {
    wire::Span { start: span.start, end: span.end, line: span.line, column: span.column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(version: Option<wire::VersionName>, texts: Option<Vec<RegisterRequest>>, subject: bool) -> ErrorCode {
        against(version, texts, subject).unwrap_err().code
    }

    #[test]
    fn what_to_compare_with_must_be_clear() {
        let word = |word: &str| Some(wire::VersionName::Word(word.into()));
        assert_eq!(refused(word("latest"), Some(Vec::new()), true), ErrorCode::UnprocessableEntity);
        assert_eq!(refused(None, None, false), ErrorCode::UnprocessableEntity);
        assert_eq!(refused(word("newest"), None, true), ErrorCode::InvalidVersion);
        assert_eq!(refused(Some(wire::VersionName::Number(0)), None, true), ErrorCode::InvalidVersion);
        let many = vec![RegisterRequest::default(); MAX_TEXTS + 1];
        assert_eq!(refused(None, Some(many), true), ErrorCode::UnprocessableEntity);
        assert!(matches!(against(None, None, true), Ok(Against::Subject)));
        assert!(matches!(against(word("latest"), None, true), Ok(Against::Version(VersionSpec::Latest))));
    }

    #[test]
    fn edits_name_the_text_as_the_author_knows_it() {
        let one =
            Edit { side: Side::Writer, span: Span { start: 0, end: 0, line: 1, column: 1 }, replacement: "x".into() };
        assert_eq!(edit(&one, Direction::Forward).text, "candidate");
        assert_eq!(edit(&one, Direction::Backward).text, "existing");
    }
}
