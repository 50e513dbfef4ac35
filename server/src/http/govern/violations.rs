//! Which rules are broken, by whom, and what did the records look like? How far are people with it? And what did a proxy
//! elsewhere see?

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_api::ErrorCode;
use tidegate_api::violations as wire;
use tidegate_lineage::Sample;
use tidegate_registry::violations::{Saying, Violation, ViolationFilter, ViolationState};
use tidegate_registry::{Access, Error, Page, Right};

use crate::adapters::violation_wire;
use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::ViolationName;
use crate::http::json::Json;
use crate::http::page;
use crate::http::query::Query;
use crate::http::timestamp::{millis, rfc3339};

const DEFAULT_LIMIT: usize = 100;

pub(in crate::http) async fn list(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
) -> Answer<wire::ViolationPage> {
    let text = |name: &str| query.text(name).map(str::to_owned);
    let filter = ViolationFilter {
        cluster: text("cluster"),
        topic: text("topic"),
        rule: text("rule"),
        client_id: text("clientId"),
        principal: text("principal"),
        since: query.number("since")?,
        states: states(&query)?,
    };
    may_see(&access, filter.topic.as_deref())?;
    let asked = page::capped(&query)?;
    let limit = query.number("limit")?.and(asked.limit).unwrap_or(DEFAULT_LIMIT);
    let (found, has_more) = api.registry.violations(&filter, Page { limit: Some(limit), ..asked }).await?;
    let next = has_more.then(|| next(&query, asked.offset + found.len()));
    Ok(Json(wire::ViolationPage { violations: found.into_iter().map(shown).collect(), next }))
}

pub(in crate::http) async fn get(
    State(api): State<Api>,
    Asking(access): Asking,
    ViolationName(id): ViolationName,
) -> Answer<wire::ViolationDetail> {
    let (violation, samples) = api.registry.violation(&id).await?.ok_or_else(unknown)?;
    may_see(&access, Some(&violation.row.offence.topic.topic))?;
    Ok(Json(wire::ViolationDetail { violation: shown(violation), samples: samples.into_iter().map(sample).collect() }))
}

pub(in crate::http) async fn put_state(
    State(api): State<Api>,
    Caller(actor): Caller,
    ViolationName(id): ViolationName,
    Json(wish): Json<wire::ViolationStateWish>,
) -> Answer<wire::Violation> {
    let mut faults = Vec::new();
    let state = ViolationState::parse(&wish.state);
    if state.is_none() {
        faults.push(format!("state '{}' is none of {}", wish.state, state_names()));
    }
    let until = wish.until.as_deref().and_then(millis);
    if let Some(text) = wish.until.as_deref().filter(|_| until.is_none()) {
        faults.push(format!("until '{text}' is no time as RFC 3339 writes it, such as 2026-03-08T09:00:00Z"));
    }
    let Some(state) = state.filter(|_| faults.is_empty()) else {
        return Err(Error::InvalidViolationState(faults).into());
    };
    let saying = Saying { state, until, note: wish.note };
    let violation = api.registry.say_of_violation(&actor, &id, &saying).await?.ok_or_else(unknown)?;
    Ok(Json(shown(violation)))
}

pub(in crate::http) async fn observe(
    State(api): State<Api>,
    Json(report): Json<wire::ViolationReport>,
) -> Result<StatusCode, Failure> {
    let seen: Result<Vec<_>, _> = report.violations.into_iter().map(violation_wire::from_wire).collect();
    let seen = seen.map_err(|reason| Failure::new(ErrorCode::UnprocessableEntity, reason))?;
    api.registry.add_offences(&seen).await?;
    api.feed.offended(&seen);
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> Failure {
    Failure::new(ErrorCode::NotFound, "HTTP 404 Not Found: nothing is known of such a violation")
}

/// Those that are asked for, by repeating the parameter or with commas; without it, any.
fn states(query: &Query) -> Result<Option<Vec<ViolationState>>, Failure> {
    let names = query.all("state").flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let states: Option<Vec<_>> = names.map(ViolationState::parse).collect();
    let wrong = || format!("HTTP 404 Not Found: parameter 'state' must be of {}", state_names());
    let states = states.ok_or_else(|| Failure::new(ErrorCode::NotFound, wrong()))?;
    Ok(Some(states).filter(|states| !states.is_empty()))
}

fn state_names() -> String {
    ViolationState::ALL.map(ViolationState::as_str).join(", ")
}

/// Who may read the subjects of a topic may know what is wrong with its records; all topics are for who may read everything.
pub(super) fn may_see(access: &Access, topic: Option<&str>) -> Result<(), Failure> {
    match topic {
        Some(topic) => access.demand_topic(Right::Read, topic)?,
        None => access.demand_everywhere(Right::Read)?,
    }
    Ok(())
}

/// The same question from another offset on.
fn next(query: &Query, offset: usize) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.pairs().filter(|(name, _)| *name != "offset") {
        written.append_pair(name, value);
    }
    written.append_pair("offset", &offset.to_string());
    format!("/govern/v1/violations?{}", written.finish())
}

fn shown(violation: Violation) -> wire::Violation {
    let Violation { row, trend } = violation;
    let (offence, standing) = (row.offence, row.standing);
    let said = standing.said.as_ref();
    wire::Violation {
        id: row.fingerprint,
        cluster: offence.topic.cluster.to_string(),
        topic: offence.topic.topic.to_string(),
        rule: offence.rule.to_string(),
        path: offence.path.to_string(),
        reason: offence.reason.to_string(),
        client_id: offence.client_id.to_string(),
        principal: offence.principal.to_string(),
        records: row.records,
        acted: row.acted,
        first_seen: rfc3339(row.first),
        last_seen: rfc3339(row.last),
        trend: trend.into_iter().map(|(hour, records)| wire::TrendHour { hour: rfc3339(hour), records }).collect(),
        state: standing.state.as_str().to_owned(),
        until: standing.until.map(rfc3339),
        note: said.map(|said| said.note.clone()).unwrap_or_default(),
        state_by: said.map(|said| said.by.clone()),
        state_at: said.map(|said| rfc3339(said.at)),
    }
}

pub(super) fn sample(sample: Sample) -> wire::Sample {
    wire::Sample {
        at: rfc3339(sample.at),
        partition: sample.partition,
        index: sample.index,
        schema: sample.schema.as_ref().map(violation_wire::schema_key),
        action: sample.action.to_string(),
        path: sample.path,
        bytes: sample.bytes,
        fields: sample.fields.iter().map(violation_wire::field).collect(),
        tree: sample.tree.as_ref().map(violation_wire::node),
    }
}
