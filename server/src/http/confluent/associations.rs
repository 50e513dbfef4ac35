//! Associations: which subject is a topic's, and how do they come and go?

use std::future::Future;

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_compat::{ContextName, SubjectName};
use tidegate_registry::{
    Access, Actor, Association, AssociationChoice, AssociationKind, AssociationsOf, Lifecycle, Operation, Related,
    ResourceChange, Right, StoredVersion, Wanted,
};

use super::{shown, wire};
use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{self, Answer, Failure};
use crate::http::extract::{ResourceId, ResourceName, Subject};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::{Api, page};

/// How many resources one batch may be about.
const MAX_BATCH: usize = 1000;

type BatchAnswer = Result<(StatusCode, Json<api::AssociationBatchAnswer>), Failure>;

pub(in crate::http) async fn of_subject(
    State(api): State<Api>,
    Subject(subject): Subject,
    query: Query,
) -> Answer<Vec<api::Association>> {
    list(&api, &AssociationsOf::Subject(subject), &query).await
}

pub(in crate::http) async fn of_name(
    State(api): State<Api>,
    Asking(access): Asking,
    ResourceName { namespace, name }: ResourceName,
    query: Query,
) -> Answer<Vec<api::Association>> {
    readable(&access, list(&api, &AssociationsOf::ResourceName { namespace, name }, &query).await)
}

pub(in crate::http) async fn of_id(
    State(api): State<Api>,
    Asking(access): Asking,
    ResourceId(id): ResourceId,
    query: Query,
) -> Answer<Vec<api::Association>> {
    readable(&access, list(&api, &AssociationsOf::ResourceId(id), &query).await)
}

/// A topic's subjects, of those that may be read.
fn readable(access: &Access, listed: Answer<Vec<api::Association>>) -> Answer<Vec<api::Association>> {
    let Json(mut listed) = listed?;
    listed.retain(|association| {
        let subject = SubjectName::parse(&association.subject);
        access.grants().may(Right::Read, &subject)
    });
    Ok(Json(listed))
}

pub(in crate::http) async fn create(
    State(api): State<Api>,
    Caller(actor): Caller,
    query: Query,
    Json(request): Json<api::AssociationRequest>,
) -> Answer<api::ResourceAssociations> {
    let change = change(request, &query, |wish| Ok(Operation::Create(wanted(wish)?)))?;
    Ok(Json(changed(&api, &actor, change).await?))
}

/// The id stands in the path and in the body.
pub(in crate::http) async fn upsert(
    State(api): State<Api>,
    Caller(actor): Caller,
    ResourceId(id): ResourceId,
    query: Query,
    Json(request): Json<api::AssociationRequest>,
) -> Answer<api::ResourceAssociations> {
    if request.resource_id.as_ref() != Some(&id) {
        return Err(invalid("resourceId must be the one of the path"));
    }
    let change = change(request, &query, |wish| Ok(Operation::Upsert(wanted(wish)?)))?;
    Ok(Json(changed(&api, &actor, change).await?))
}

/// Nothing is answered.
pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    ResourceId(id): ResourceId,
    query: Query,
) -> Result<StatusCode, Failure> {
    let choice = kinds(&query);
    let (cascade, dry_run) = (query.flag("cascadeLifecycle")?, query.flag("dryRun")?);
    api.registry.delete_associations(&actor, &id, &choice, cascade, dry_run).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn batch_get(
    State(api): State<Api>,
    query: Query,
    Json(batch): Json<api::AssociationBatchGet>,
) -> BatchAnswer {
    let with_schemas = query.flag("includeSchemas")?;
    must_ask(&batch.requests)?;
    each(batch.requests, |question| found(&api, question, with_schemas)).await
}

/// Each resource for itself: what is refused for one is done for the others.
pub(in crate::http) async fn batch_mutate(
    State(api): State<Api>,
    Caller(actor): Caller,
    query: Query,
    Json(batch): Json<api::AssociationBatch>,
) -> BatchAnswer {
    // A query that can't be read is not the fault of one resource.
    context(&query)?;
    query.flag("dryRun")?;
    must_ask(&batch.requests)?;
    each(batch.requests, async |request| changed(&api, &actor, change(request, &query, operation)?).await).await
}

/// A batch about nothing is a mistake.
fn must_ask<T>(requests: &Option<Vec<T>>) -> Result<(), Failure> {
    if requests.as_ref().is_none_or(Vec::is_empty) {
        return Err(Failure::new(ErrorCode::InvalidAssociation, "'requests' is missing or empty"));
    }
    Ok(())
}

/// Which kinds of association the query chooses.
pub(super) fn kinds(query: &Query) -> AssociationChoice {
    AssociationChoice {
        resource: query.text("resourceType").map(ToOwned::to_owned),
        kinds: query.all("associationType").filter(|kind| !kind.is_empty()).map(ToOwned::to_owned).collect(),
        lifecycle: None,
    }
}

/// `NONE` is no association.
pub(super) fn lifecycles(query: &Query) -> Result<Vec<Option<Lifecycle>>, Failure> {
    let lifecycle = |word: &str| match word {
        "NONE" => Ok(None),
        _ => Lifecycle::parse(word).map(Some).ok_or_else(no_lifecycle),
    };
    query.all("lifecycle").filter(|word| !word.is_empty()).map(lifecycle).collect()
}

pub(super) fn shown(association: Association) -> api::Association {
    let Association { subject, guid, resource, kind, lifecycle, created_at, updated_at } = association;
    api::Association {
        subject: subject.to_string(),
        guid,
        resource_name: resource.name,
        resource_namespace: resource.namespace,
        resource_id: resource.id,
        resource_type: resource.kind,
        association_type: kind.as_str().to_owned(),
        lifecycle: lifecycle.as_str().to_owned(),
        // It always is as the lifecycle has it.
        frozen: None,
        create_ts: Some(created_at),
        update_ts: Some(updated_at),
    }
}

async fn list(api: &Api, of: &AssociationsOf, query: &Query) -> Answer<Vec<api::Association>> {
    let lifecycle = query.text("lifecycle").map(|word| Lifecycle::parse(word).ok_or_else(no_lifecycle)).transpose()?;
    let choice = AssociationChoice { lifecycle, ..kinds(query) };
    let associations = api.registry.associations(of, &choice, page::capped(query)?).await?;
    Ok(Json(associations.into_iter().map(shown).collect()))
}

// === changes ===

fn change(
    request: api::AssociationRequest,
    query: &Query,
    operation: impl Fn(api::AssociationWish) -> Result<Operation, Failure>,
) -> Result<ResourceChange, Failure> {
    let api::AssociationRequest { resource_name, resource_namespace, resource_id, resource_type, associations } =
        request;
    Ok(ResourceChange {
        kind: resource_type.filter(|kind| !kind.is_empty()).unwrap_or_else(|| "topic".to_owned()),
        id: resource_id,
        namespace: resource_namespace.unwrap_or_default(),
        name: resource_name.unwrap_or_default(),
        context: context(query)?,
        operations: associations.unwrap_or_default().into_iter().map(operation).collect::<Result<_, _>>()?,
        dry_run: query.flag("dryRun")?,
    })
}

fn operation(wish: api::AssociationWish) -> Result<Operation, Failure> {
    match wish.op_type.as_deref() {
        Some("CREATE") => Ok(Operation::Create(wanted(wish)?)),
        Some("UPSERT") => Ok(Operation::Upsert(wanted(wish)?)),
        Some("DELETE") => Ok(Operation::Delete {
            kind: kind(wish.association_type.as_deref())?,
            cascade: wish.cascade_lifecycle.unwrap_or(false),
        }),
        _ => Err(invalid("opType must be CREATE, UPSERT or DELETE")),
    }
}

fn wanted(wish: api::AssociationWish) -> Result<Wanted, Failure> {
    let api::AssociationWish { subject, association_type, lifecycle, frozen, schema, normalize, .. } = wish;
    let no_lifecycle = || invalid("lifecycle must be STRONG or WEAK");
    Ok(Wanted {
        subject,
        kind: kind(association_type.as_deref())?,
        lifecycle: lifecycle.map(|word| Lifecycle::parse(&word).ok_or_else(no_lifecycle)).transpose()?,
        frozen,
        schema: schema.map(wire::candidate).transpose()?,
        normalize: normalize.unwrap_or(false),
    })
}

fn kind(word: Option<&str>) -> Result<AssociationKind, Failure> {
    match word {
        None | Some("") => Ok(AssociationKind::Value),
        Some(word) => AssociationKind::parse(word).ok_or_else(|| invalid("associationType must be 'key' or 'value'")),
    }
}

fn context(query: &Query) -> Result<ContextName, Failure> {
    let Some(text) = query.text("context") else { return Ok(ContextName::default_context()) };
    ContextName::parse(text).map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))
}

async fn changed(api: &Api, actor: &Actor, change: ResourceChange) -> Result<api::ResourceAssociations, Failure> {
    let related = api.registry.change_associations(actor, &change).await?;
    Ok(api::ResourceAssociations {
        resource_name: change.name,
        resource_namespace: change.namespace,
        resource_id: change.id.unwrap_or_default(),
        resource_type: change.kind,
        associations: related.iter().map(info).collect(),
    })
}

fn info(related: &Related) -> api::AssociationInfo {
    let Related { association, schema } = related;
    api::AssociationInfo {
        subject: association.subject.to_string(),
        association_type: association.kind.as_str().to_owned(),
        lifecycle: association.lifecycle.as_str().to_owned(),
        frozen: association.lifecycle.is_frozen(),
        schema: schema.as_ref().map(|stored: &StoredVersion| shown::plain(stored)),
    }
}

// === batches ===

async fn each<T, F: Future<Output = Result<api::ResourceAssociations, Failure>>>(
    requests: Option<Vec<T>>,
    answer: impl Fn(T) -> F,
) -> BatchAnswer {
    let requests = requests.unwrap_or_default();
    if requests.len() > MAX_BATCH {
        let message = format!("A batch is about {MAX_BATCH} resources at most, not {}", requests.len());
        return Err(Failure::new(ErrorCode::TooManyAssociations, message));
    }
    let mut results = Vec::with_capacity(requests.len());
    for request in requests {
        results.push(match answer(request).await {
            Ok(done) => api::AssociationResult::Result(done),
            Err(failure) => {
                error::log_part(&failure);
                api::AssociationResult::Error(failure.body())
            }
        });
    }
    Ok((StatusCode::MULTI_STATUS, Json(api::AssociationBatchAnswer { results })))
}

async fn found(
    api: &Api,
    question: api::AssociationQuestion,
    with_schemas: bool,
) -> Result<api::ResourceAssociations, Failure> {
    let api::AssociationQuestion {
        resource_name,
        resource_namespace,
        resource_id,
        resource_type,
        association_types,
        lifecycle,
    } = question;
    let any = |name: &String| name != "-";
    let of = match (&resource_id, &resource_name) {
        (Some(id), _) if !id.is_empty() => AssociationsOf::ResourceId(id.clone()),
        (_, Some(name)) if !name.is_empty() => AssociationsOf::ResourceName {
            namespace: resource_namespace.clone().filter(any),
            name: Some(name.clone()).filter(any),
        },
        _ => return Err(invalid("resourceId or resourceName must be given")),
    };
    let no_lifecycle = || invalid("lifecycle must be STRONG or WEAK");
    let choice = AssociationChoice {
        resource: resource_type.clone().filter(|kind| !kind.is_empty()),
        kinds: association_types.unwrap_or_default(),
        lifecycle: lifecycle.map(|word| Lifecycle::parse(&word).ok_or_else(no_lifecycle)).transpose()?,
    };
    let related = api.registry.related(&of, &choice, with_schemas).await?;
    let resource = related.first().map(|first| first.association.resource.clone());
    Ok(match resource {
        Some(resource) => api::ResourceAssociations {
            resource_name: resource.name,
            resource_namespace: resource.namespace,
            resource_id: resource.id,
            resource_type: resource.kind,
            associations: related.iter().map(info).collect(),
        },
        // What was asked for, without associations.
        None => api::ResourceAssociations {
            resource_name: resource_name.unwrap_or_default(),
            resource_namespace: resource_namespace.unwrap_or_default(),
            resource_id: resource_id.unwrap_or_default(),
            resource_type: resource_type.unwrap_or_default(),
            associations: Vec::new(),
        },
    })
}

fn no_lifecycle() -> Failure {
    Failure::new(ErrorCode::NotFound, "HTTP 404 Not Found: there is no such lifecycle")
}

fn invalid(message: &str) -> Failure {
    Failure::new(ErrorCode::InvalidAssociation, message)
}
