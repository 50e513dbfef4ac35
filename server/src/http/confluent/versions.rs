//! Versions of a subject: register, list, get, delete, and who refers to one.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tidegate_api as api;
use tidegate_compat::SubjectName;
use tidegate_registry::{Candidate, Page, Right, Visibility};

use super::subjects::visibility;
use super::{shown, tagging, wire};
use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::{AtVersion, Subject};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::visitor::Visit;
use crate::http::{Api, page};

/// What has become of a new version, and what may be wrong with its rules.
type Saved = Result<(HeaderMap, Json<api::Registered>), Failure>;

pub(in crate::http) async fn register(
    State(api): State<Api>,
    Caller(actor): Caller,
    Asking(access): Asking,
    Subject(subject): Subject,
    query: Query,
    Json(request): Json<api::RegisterRequest>,
) -> Saved {
    let candidate = Candidate { force: query.flag("force")?, ..wire::candidate(request)? };
    access.demand_references(&subject, &candidate.references)?;
    let stored = api.registry.register(&actor, &subject, candidate, query.flag("normalize")?).await?;
    shown::saved(&api, &stored, &query).await
}

/// Registers an existing version with other tags, metadata and rules.
pub(in crate::http) async fn tag(
    State(api): State<Api>,
    Caller(actor): Caller,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    query: Query,
    Json(request): Json<api::TagRequest>,
) -> Saved {
    let stored = api.registry.edit_version(&actor, &subject, version, tagging::edit(request)?).await?;
    shown::saved(&api, &stored, &query).await
}

pub(in crate::http) async fn list(State(api): State<Api>, Subject(subject): Subject, query: Query) -> Answer<Vec<i32>> {
    let page = page::unlimited(&query)?;
    if query.flag("deletedAsNegative")? {
        return with_deleted_as_negative(&api, &subject, query.flag("deleted")?, page).await;
    }
    let versions = api.registry.versions(&subject, visibility(&query)?, page).await?;
    Ok(Json(versions.into_iter().map(|(version, _)| version.0).collect()))
}

/// All versions, deleted ones below zero. A subject of deleted versions only still needs `deleted=true` to be found.
async fn with_deleted_as_negative(api: &Api, subject: &SubjectName, deleted: bool, page: Page) -> Answer<Vec<i32>> {
    if !deleted {
        api.registry.versions(subject, Visibility::Live, Page { offset: 0, limit: Some(1) }).await?;
    }
    let versions = api.registry.versions(subject, Visibility::WithDeleted, page).await?;
    let signed =
        |(version, is_deleted): (tidegate_compat::Version, bool)| if is_deleted { -version.0 } else { version.0 };
    Ok(Json(versions.into_iter().map(signed).collect()))
}

pub(in crate::http) async fn get(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    visit: Visit,
    query: Query,
) -> Answer<api::Schema> {
    let stored = api.registry.version(&subject, version, query.flag("deleted")?).await?;
    // An unqualified name may be answered for by another context.
    access.demand(Right::Read, &stored.subject)?;
    visit.fetched(&api.registry, &access, stored.subject.context(), stored.schema.id);
    Ok(Json(shown::version(&api, &stored, &query).await?))
}

/// The schema itself as the body, not as a member of one.
pub(in crate::http) async fn text(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    visit: Visit,
    query: Query,
) -> Result<Response, Failure> {
    let stored = api.registry.version(&subject, version, query.flag("deleted")?).await?;
    // An unqualified name may be answered for by another context.
    access.demand(Right::Read, &stored.subject)?;
    visit.fetched(&api.registry, &access, stored.subject.context(), stored.schema.id);
    let text = shown::text(&api, &stored, &query).await?;
    Ok(Response::new(Body::from(text.as_bytes().to_vec())))
}

pub(in crate::http) async fn referenced_by(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    query: Query,
) -> Answer<Vec<i32>> {
    let page = page::capped(&query)?;
    let (subject, ids) = api.registry.referenced_by(&subject, version, query.flag("deleted")?, page).await?;
    // An unqualified name may be answered for by another context.
    access.demand(Right::Read, &subject)?;
    Ok(Json(ids.into_iter().map(|id| id.0).collect()))
}

pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    query: Query,
) -> Answer<i32> {
    let deleted = api.registry.delete_version(&actor, &subject, version, query.flag("permanent")?).await?;
    Ok(Json(deleted.0))
}
