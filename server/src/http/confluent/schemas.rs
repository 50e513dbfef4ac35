//! Schemas by id and GUID, and the listing of all: what deserializers ask for on every new id.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tidegate_api as api;
use tidegate_compat::{SchemaId, SchemaKind, SubjectName, Version};
use tidegate_registry::{Access, Listing};

use super::prefix::prefix;
use super::{associations, shown};
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::{Guid, Id};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::visitor::{Visit, context_of};
use crate::http::{Api, page};

/// The hottest path: a finished body is kept, and found again before routing by whoever asks in the same words.
pub(in crate::http) async fn by_id(
    State(api): State<Api>,
    Asking(access): Asking,
    Id(id): Id,
    visit: Visit,
    query: Query,
) -> Result<Response, Failure> {
    // A finished body names the subject that comes first, which not everybody may read.
    if !access.reads_everything() {
        return Ok(Json(schema_by_id(&api, &access, id, &query, &visit).await?).into_response());
    }
    let now = api.prepared.follow(&api.registry).await?;
    if let Some(body) = api.prepared.get(now, id, query.written()) {
        let context = context_of(query.written()).unwrap_or_default();
        visit.fetched(&api.registry, &access, &context, id);
        return Ok(Response::new(Body::from(body)));
    }
    let schema = schema_by_id(&api, &access, id, &query, &visit).await?;
    let body = Bytes::from(serde_json::to_vec(&schema).map_err(shown::unwritable)?);
    // What other forms are made of, and the highest id, are changed by other ids too.
    let is_lasting = query.text("format").is_none() && schema.max_id.is_none();
    api.prepared.put(now, id, query.written(), body.clone(), is_lasting);
    Ok(Response::new(Body::from(body)))
}

async fn schema_by_id(
    api: &Api,
    access: &Access,
    id: SchemaId,
    query: &Query,
    visit: &Visit,
) -> Result<api::SchemaById, Failure> {
    let with_max_id = query.flag("fetchMaxId")?;
    let subject = api.registry.seen_as(access, id, subject(api, query).await?).await?;
    let stored = api.registry.by_id(id, subject.as_ref()).await?;
    let mut schema = shown::by_id(api, &stored, query).await?;
    visit.fetched(&api.registry, access, stored.subject.context(), id);
    if with_max_id {
        schema.max_id = Some(api.registry.max_id(stored.subject.context()).await?);
    }
    Ok(schema)
}

/// The schema itself as the body.
pub(in crate::http) async fn text(
    State(api): State<Api>,
    Asking(access): Asking,
    Id(id): Id,
    visit: Visit,
    query: Query,
) -> Result<Response, Failure> {
    let subject = api.registry.seen_as(&access, id, subject(&api, &query).await?).await?;
    let stored = api.registry.by_id(id, subject.as_ref()).await?;
    let text = shown::text(&api, &stored, &query).await?;
    visit.fetched(&api.registry, &access, stored.subject.context(), id);
    Ok(Response::new(Body::from(text.as_bytes().to_vec())))
}

pub(in crate::http) async fn subjects(
    State(api): State<Api>,
    Asking(access): Asking,
    Id(id): Id,
    query: Query,
) -> Answer<Vec<String>> {
    let usages = usages(&api, &access, id, &query).await?;
    Ok(Json(usages.into_iter().map(|(subject, _)| subject.to_string()).collect()))
}

pub(in crate::http) async fn versions(
    State(api): State<Api>,
    Asking(access): Asking,
    Id(id): Id,
    query: Query,
) -> Answer<Vec<api::SubjectVersion>> {
    let usages = usages(&api, &access, id, &query).await?;
    let shown =
        usages.into_iter().map(|(s, version)| api::SubjectVersion { subject: s.to_string(), version: version.0 });
    Ok(Json(shown.collect()))
}

pub(in crate::http) async fn by_guid(
    State(api): State<Api>,
    Asking(access): Asking,
    Guid(guid): Guid,
    query: Query,
) -> Answer<api::SchemaById> {
    let stored = api.registry.by_guid_for(&access, guid).await?;
    Ok(Json(shown::by_guid(&api, &stored, &query).await?))
}

/// What is not a GUID has no ids either.
pub(in crate::http) async fn ids_of_guid(
    State(api): State<Api>,
    Asking(access): Asking,
    guid: Result<Guid, Failure>,
) -> Answer<Vec<api::ContextId>> {
    let Ok(Guid(guid)) = guid else { return Ok(Json(Vec::new())) };
    let ids = api.registry.ids_of_guid_for(&access, guid).await?;
    Ok(Json(ids.into_iter().map(|(context, id)| api::ContextId { context: context.to_string(), id: id.0 }).collect()))
}

pub(in crate::http) async fn list(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
) -> Answer<Vec<api::ListedSchema>> {
    let prefix = prefix(query.raw("subjectPrefix").unwrap_or_default());
    let listing = Listing {
        with_deleted: query.flag("deleted")?,
        latest_only: query.flag("latestOnly")?,
        rule_type: query.text("ruleType").map(ToOwned::to_owned),
        with_aliases: query.flag("aliases")?,
        associations: associations::kinds(&query),
        lifecycles: associations::lifecycles(&query)?,
    };
    let listed = api.registry.schemas_for(&access, &prefix, &listing, page::capped(&query)?).await?;
    Ok(Json(listed.into_iter().map(shown::listed).collect()))
}

/// The kinds of schema that are served so far.
pub(in crate::http) async fn types() -> Json<[&'static str; 3]> {
    Json([SchemaKind::Json, SchemaKind::Protobuf, SchemaKind::Avro].map(SchemaKind::as_str))
}

async fn usages(
    api: &Api,
    access: &Access,
    id: SchemaId,
    query: &Query,
) -> Result<Vec<(SubjectName, Version)>, Failure> {
    let (page, with_deleted) = (page::unlimited(query)?, query.flag("deleted")?);
    let subject = subject(api, query).await?;
    Ok(api.registry.usages_for(access, id, subject.as_ref(), with_deleted, page).await?)
}

/// `subject=` says in which context an id counts, and which subject to name. A bare context is a subject without a name.
async fn subject(api: &Api, query: &Query) -> Result<Option<SubjectName>, Failure> {
    let Some(subject) = query.text("subject").map(SubjectName::parse) else { return Ok(None) };
    if subject.bare().is_empty() {
        return Ok((!subject.context().is_default()).then_some(subject));
    }
    Ok(Some(api.registry.resolve_alias(&subject).await?))
}
