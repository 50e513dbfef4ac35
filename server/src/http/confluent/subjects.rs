//! Subjects: list them, look a schema up in one, delete one.

use axum::extract::State;
use tidegate_api as api;
use tidegate_registry::{Right, Visibility};

use super::prefix::prefix;
use super::{shown, wire};
use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::Subject;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::visitor::Visit;
use crate::http::{Api, page};

pub(in crate::http) async fn list(State(api): State<Api>, Asking(access): Asking, query: Query) -> Answer<Vec<String>> {
    let prefix = prefix(query.raw("subjectPrefix").unwrap_or(":*:"));
    let subjects = api.registry.subjects_for(&access, &prefix, visibility(&query)?, page::unlimited(&query)?).await?;
    Ok(Json(subjects.iter().map(ToString::to_string).collect()))
}

pub(in crate::http) async fn look_up(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    visit: Visit,
    query: Query,
    Json(request): Json<api::RegisterRequest>,
) -> Answer<api::Schema> {
    let candidate = wire::candidate(request)?;
    access.demand_references(&subject, &candidate.references)?;
    let (normalize, deleted) = (query.flag("normalize")?, query.flag("deleted")?);
    let stored = api.registry.look_up(&subject, candidate, normalize, deleted).await?;
    access.demand(Right::Read, &stored.subject)?;
    visit.fetched(&api.registry, &access, stored.subject.context(), stored.schema.id);
    Ok(Json(shown::version(&api, &stored, &query).await?))
}

/// The latest version that has all properties; names and values are told one by one, and belong together by their order.
pub(in crate::http) async fn with_metadata(
    State(api): State<Api>,
    Subject(subject): Subject,
    query: Query,
) -> Answer<api::Schema> {
    let owned = |text: &str| text.to_owned();
    let properties: Vec<_> = query.all("key").map(owned).zip(query.all("value").map(owned)).collect();
    let stored = api.registry.version_with_properties(&subject, &properties, query.flag("deleted")?).await?;
    Ok(Json(shown::version(&api, &stored, &query).await?))
}

pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    Subject(subject): Subject,
    query: Query,
) -> Answer<Vec<i32>> {
    let versions = api.registry.delete_subject(&actor, &subject, query.flag("permanent")?).await?;
    Ok(Json(versions.into_iter().map(|version| version.0).collect()))
}

/// `deletedOnly` wins over `deleted`.
pub(super) fn visibility(query: &Query) -> Result<Visibility, Failure> {
    Ok(match (query.flag("deletedOnly")?, query.flag("deleted")?) {
        (true, _) => Visibility::OnlyDeleted,
        (false, true) => Visibility::WithDeleted,
        (false, false) => Visibility::Live,
    })
}
