//! What would a schema and its rules say about pasted records?

use std::time::SystemTime;

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tidegate_api::ErrorCode;
use tidegate_api::trying as wire;
use tidegate_compat::rules::RuleAction;
use tidegate_compat::{SchemaKind, SubjectName};
use tidegate_registry::Right;
use tidegate_registry::trying::{Trial, Tried, TriedRecord};

use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::confluent::wire::candidate;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;

/// How many records may be tried at once.
const MOST: usize = 1_000;

pub(in crate::http) async fn try_rules(
    State(api): State<Api>,
    Asking(access): Asking,
    Json(request): Json<wire::TryRequest>,
) -> Answer<wire::Tried> {
    let wire::TryRequest { subject, framing, records, candidate: sent } = request;
    let subject = subject.filter(|subject| !subject.is_empty());
    if subject.is_none() && sent.schema.is_none() {
        return Err(unprocessable("either 'subject' or 'schema' is needed"));
    }
    let subject = match subject {
        Some(subject) => {
            let subject = api.registry.resolve_alias(&SubjectName::parse(&subject)).await?;
            access.demand(Right::Read, &subject)?;
            subject
        }
        None => SubjectName::parse(""),
    };
    let is_framed = match framing.as_deref() {
        None | Some("none") => false,
        Some("confluent") => true,
        Some(_) => return Err(unprocessable("'framing' is one of none, confluent")),
    };
    if records.len() > MOST {
        return Err(unprocessable(format!("at most {MOST} records are tried at once")));
    }
    let candidate = candidate(sent)?;
    access.demand_references(&subject, &candidate.references)?;
    let has_json = records.iter().any(|record| record.json.is_some());
    let records = records.into_iter().map(bytes).collect::<Result<_, _>>()?;
    let tried = api.registry.try_records(&subject, candidate, Trial { records, is_framed, now: now() }).await?;
    if has_json && tried.kind != SchemaKind::Json {
        return Err(unprocessable("'json' is for JSON Schema; records of other kinds come as 'base64'"));
    }
    Ok(Json(shown(tried)))
}

fn bytes(record: wire::TryRecord) -> Result<Vec<u8>, Failure> {
    match (record.base64, record.json) {
        (Some(text), None) => STANDARD.decode(text).map_err(|_| unprocessable("a record's 'base64' is not base64")),
        (None, Some(json)) => Ok(json.to_string().into_bytes()),
        _ => Err(unprocessable("a record has either 'base64' or 'json'")),
    }
}

fn unprocessable(reason: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::UnprocessableEntity, reason.into())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn shown(tried: Tried) -> wire::Tried {
    let found: Vec<_> = (0..).zip(&tried.records).filter_map(|(index, record)| told(index, record)).collect();
    let is_refused = |record: &&wire::TriedRecord| record.violations.iter().any(|broken| broken.action != "NONE");
    wire::Tried {
        schema_type: tried.kind.as_str().to_owned(),
        records: tried.records.len() as u64,
        refused: found.iter().filter(is_refused).count() as u64,
        micros: u64::try_from(tried.took.as_micros()).unwrap_or(u64::MAX),
        left_to_client: tried.left_to_client.iter().map(ToString::to_string).collect(),
        not_checkable: tried
            .not_checkable
            .iter()
            .map(|rule| wire::UncheckedRule { rule: rule.rule.to_string(), why: rule.why.to_string() })
            .collect(),
        found,
    }
}

fn told(index: u64, record: &TriedRecord) -> Option<wire::TriedRecord> {
    let own = |rule: &str, path: &str, reason: &str| wire::TriedViolation {
        rule: rule.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
        action: "ERROR".to_owned(),
    };
    let mut violations: Vec<_> = record.unframed.iter().map(|reason| own("tidegate.framing", "", reason)).collect();
    violations.extend(record.flaws.iter().map(|flaw| own("tidegate.payload", &flaw.path, &flaw.what)));
    violations.extend(record.failed.iter().map(|failure| wire::TriedViolation {
        rule: failure.rule.to_string(),
        path: failure.path.clone(),
        reason: failure.reason.clone(),
        action: action(&failure.action).to_owned(),
    }));
    // At the gate a rule that can't be decided counts as broken.
    violations.extend(record.undecided.iter().map(|rule| own(&rule.rule, "", &rule.why)));
    (!violations.is_empty()).then_some(wire::TriedRecord { index, violations })
}

fn action(action: &RuleAction) -> &'static str {
    match action {
        RuleAction::Continue => "NONE",
        RuleAction::Reject => "ERROR",
        RuleAction::DeadLetter { .. } => "DLQ",
    }
}
