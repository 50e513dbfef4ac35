//! What do applications say that they read? They publish it, take it back, and others look it up.

use axum::extract::State;
use tidegate_api::ErrorCode;
use tidegate_api::consumers as wire;
use tidegate_compat::SubjectName;
use tidegate_registry::consumers::STALE_AFTER;
use tidegate_registry::{Claim, Consumer, DeclaredReader, Publication, Reads};

use super::graph::bad;
use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::ApplicationName;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::timestamp::rfc3339;

const USUAL: u32 = 100;
const MOST: u32 = 1_000;

pub(in crate::http) async fn publish(
    State(api): State<Api>,
    Caller(actor): Caller,
    Asking(access): Asking,
    ApplicationName(application): ApplicationName,
    Json(wish): Json<wire::ConsumerWish>,
) -> Answer<wire::Consumer> {
    let reads = wish.consumes.into_iter().map(|it| {
        let subject = SubjectName::parse(&it.subject);
        let reads = Reads { subject, group: it.group, fields: it.fields, purpose: it.purpose };
        Claim { reads, reader_schema: it.reader_schema }
    });
    let publication = Publication { application, owner: wish.owner, source: wish.source, reads: reads.collect() };
    Ok(Json(shown(api.registry.publish_consumer(&actor, &access, publication).await?)))
}

pub(in crate::http) async fn get(
    State(api): State<Api>,
    Asking(access): Asking,
    ApplicationName(application): ApplicationName,
) -> Answer<wire::Consumer> {
    Ok(Json(shown(api.registry.consumer(&access, &application).await?)))
}

/// Answers what there was.
pub(in crate::http) async fn retract(
    State(api): State<Api>,
    Caller(actor): Caller,
    Asking(access): Asking,
    ApplicationName(application): ApplicationName,
) -> Answer<wire::Consumer> {
    Ok(Json(shown(api.registry.retract_consumer(&actor, &access, &application).await?)))
}

pub(in crate::http) async fn list(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
) -> Answer<wire::ConsumerPage> {
    let limit = match query.text("limit").map(str::parse) {
        None => USUAL,
        Some(Ok(limit @ 1..=MOST)) => limit,
        Some(_) => return Err(bad(format!("parameter 'limit' must be a number from 1 to {MOST}"))),
    };
    let subject = match query.text("subject") {
        Some(subject) if subject.contains('\0') => return Err(Failure::new(ErrorCode::BadRequest, "no such subject")),
        Some(subject) => Some(api.registry.resolve_alias(&SubjectName::parse(subject)).await?),
        None => None,
    };
    let behind = query.text("after").unwrap_or_default();
    let (items, next) = api.registry.consumers(&access, subject.as_ref(), behind, limit).await?;
    Ok(Json(wire::ConsumerPage { items: items.into_iter().map(shown).collect(), next }))
}

fn shown(consumer: Consumer) -> wire::Consumer {
    let consumes = consumer.reads.into_iter().map(|it| wire::Consumes {
        subject: it.subject.to_string(),
        group: it.group,
        fields: it.fields,
        reader_schema: None,
        purpose: it.purpose,
    });
    wire::Consumer {
        application: consumer.application,
        owner: consumer.owner,
        source: consumer.source,
        published_at: rfc3339(consumer.published_at),
        published_by: consumer.published_by,
        stale_at: rfc3339(consumer.published_at.saturating_add(STALE_AFTER)),
        consumes: consumes.collect(),
    }
}

/// Somebody who says that it reads a subject, and whether it reads a field of it.
pub(super) fn reader(reader: &DeclaredReader, field: Option<&str>) -> wire::DeclaredReader {
    wire::DeclaredReader {
        application: reader.application.clone(),
        group: reader.group.clone(),
        owner: reader.owner.clone(),
        purpose: reader.purpose.clone(),
        fields: reader.fields.clone(),
        published_at: rfc3339(reader.published_at),
        stale: reader.is_stale,
        reads: field.map(|field| reader.reads(field)),
    }
}
