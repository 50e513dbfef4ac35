//! Topic policies: list them, change one, and tell which one decides for a topic.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tidegate_api::ErrorCode;
use tidegate_api::policies as wire;
use tidegate_compat::policy::Producer;
use tidegate_registry::{KeptPolicy, PolicySet, PolicyVersion};

use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::error::{Answer, Failure};
use crate::http::extract::PolicyName;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::tags;
use crate::http::timestamp::rfc3339;
use crate::policy_words;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
/// Kept by the caller alone, and never used without asking whether it still holds.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What a policy is told with, and can't be changed.
const TOLD_ONLY: [&str; 3] = ["version", "changedAt", "changedBy"];

pub(in crate::http) async fn list(
    State(api): State<Api>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let limit = limit(&query)?;
    let offset = match query.text("offset").map(str::parse) {
        None => 0,
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return Err(refused("parameter 'offset' must be a number from 0".to_owned())),
    };
    let set = api.registry.policies().await?;
    let tag = tag(&set, &query);
    if tags::is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag), (CACHE_CONTROL, REVALIDATED)]).into_response());
    }
    let policies: Vec<_> = set.policies.iter().skip(offset).take(limit).map(shown).collect();
    let end = offset.saturating_add(limit);
    let next = (end < set.policies.len()).then(|| format!("/govern/v1/policies?limit={limit}&offset={end}"));
    let page = Json(wire::PolicyPage { revision: set.revision, policies, next });
    Ok(([(ETAG, tag), (CACHE_CONTROL, REVALIDATED)], page).into_response())
}

pub(in crate::http) async fn get(State(api): State<Api>, PolicyName(name): PolicyName) -> Result<Response, Failure> {
    Ok(tagged(&api.registry.policy(&name).await?))
}

pub(in crate::http) async fn put(
    State(api): State<Api>,
    Caller(actor): Caller,
    PolicyName(name): PolicyName,
    headers: HeaderMap,
    Json(wish): Json<wire::PolicyWish>,
) -> Result<Response, Failure> {
    let expected = tags::expected(&headers)?;
    let wire::PolicyWish { name: named, position, definition, others } = wish;
    let mut faults = Vec::new();
    if named.is_some_and(|named| named != name) {
        faults.push("name: it is not that of the path".to_owned());
    }
    let unknown = others.keys().filter(|member| !TOLD_ONLY.contains(&member.as_str()));
    faults.extend(unknown.map(|member| format!("{member}: there is no such member")));
    let policy = match policy_words::policy(&name, definition) {
        Ok(policy) if faults.is_empty() => policy,
        Ok(_) => return Err(invalid(&faults)),
        Err(others) => {
            faults.extend(others);
            return Err(invalid(&faults));
        }
    };
    let (kept, _) = api.registry.put_policy(&actor, policy, position, expected).await?;
    Ok(tagged(&kept))
}

/// Nothing is answered.
pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    PolicyName(name): PolicyName,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    api.registry.delete_policy(&actor, &name, tags::expected(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn history(
    State(api): State<Api>,
    PolicyName(name): PolicyName,
    query: Query,
) -> Answer<wire::PolicyHistory> {
    let below = match query.text("below").map(str::parse) {
        None => None,
        Some(Ok(below)) => Some(below),
        Some(Err(_)) => return Err(refused("parameter 'below' must be a version".to_owned())),
    };
    let limit = limit(&query)?;
    let (found, has_more) = api.registry.policy_history(&name, below, limit).await?;
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| format!("/govern/v1/policies/{name}/versions?limit={limit}&below={}", last.version));
    Ok(Json(wire::PolicyHistory { versions: found.into_iter().map(shown_version).collect(), next }))
}

pub(in crate::http) async fn deciding(State(api): State<Api>, query: Query) -> Answer<wire::PolicyMatch> {
    let Some(topic) = query.text("topic") else { return Err(refused("parameter 'topic' is missing".to_owned())) };
    let partition = match query.text("partition").map(str::parse) {
        None => 0,
        Some(Ok(partition)) => partition,
        Some(Err(_)) => return Err(refused("parameter 'partition' must be a number".to_owned())),
    };
    let producer = Producer {
        principal: query.text("principal").unwrap_or_default(),
        client_id: query.text("clientId").unwrap_or_default(),
    };
    let set = api.registry.policies().await?;
    let mode = set.table().find(topic).map(|policy| policy.mode_for(producer, topic, partition).to_string());
    Ok(Json(wire::PolicyMatch { topic: topic.to_owned(), policy: set.deciding(topic).map(shown), mode }))
}

fn limit(query: &Query) -> Result<usize, Failure> {
    match query.text("limit").map(str::parse) {
        None => Ok(DEFAULT_LIMIT),
        Some(Ok(limit @ 1..=MAX_LIMIT)) => Ok(limit),
        Some(_) => Err(refused(format!("parameter 'limit' must be a number from 1 to {MAX_LIMIT}"))),
    }
}

fn refused(message: String) -> Failure {
    Failure::new(ErrorCode::BadRequest, message)
}

fn invalid(faults: &[String]) -> Failure {
    Failure::new(ErrorCode::InvalidPolicy, format!("The policy can't be used: {}", faults.join("; ")))
}

fn tagged(kept: &KeptPolicy) -> Response {
    ([(ETAG, tags::of_version(kept.version)), (CACHE_CONTROL, REVALIDATED)], Json(shown(kept))).into_response()
}

/// A strong tag of what this release answers to this question while policies stay as they are, in this database.
fn tag(set: &PolicySet, query: &Query) -> HeaderValue {
    let kept: Vec<_> = set.policies.iter().map(|kept| (&kept.policy.name, kept.version, kept.changed_at)).collect();
    // The same on every node: this hasher has no keys.
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    let hash = hash.hash_one((env!("CARGO_PKG_VERSION"), set.revision, kept, query.written()));
    HeaderValue::from_str(&format!("\"{:x}-{hash:016x}\"", set.revision)).unwrap_or(HeaderValue::from_static("\"\""))
}

fn shown(kept: &KeptPolicy) -> wire::Policy {
    wire::Policy {
        name: kept.policy.name.clone(),
        position: kept.position,
        version: kept.version,
        definition: policy_words::definition(&kept.policy),
        changed_at: rfc3339(kept.changed_at),
        changed_by: kept.changed_by.clone(),
    }
}

fn shown_version(version: PolicyVersion) -> wire::PolicyVersion {
    wire::PolicyVersion {
        version: version.version,
        position: version.position,
        definition: version.policy.as_ref().map(policy_words::definition),
        changed_at: rfc3339(version.changed_at),
        changed_by: version.changed_by,
    }
}
