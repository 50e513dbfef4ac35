//! Which subjects are there, at a glance, a page at a time? And has anything changed since it was asked last?

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tidegate_api::ErrorCode;
use tidegate_api::overview::{EffectiveLevel, EffectiveMode, Origin, SubjectOverview, SubjectPage};
use tidegate_compat::{ContextName, SchemaKind, SubjectName};
use tidegate_registry::{Access, Moment, Overview, OverviewChoice, Prefix, Visibility};

use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::error::Failure;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::tags;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
/// Kept by the caller alone, and never used without asking whether it still holds.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");

pub(in crate::http) async fn list(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let wanted = wanted(&query)?;
    // Taken before reading, so that the page is never older than what its tag says.
    let tag = tag(&api.registry.moment().await?, &access, &query);
    if tags::is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag), (CACHE_CONTROL, REVALIDATED)]).into_response());
    }
    let (page, has_more) = api.registry.overview_for(&access, &wanted).await?;
    let last = page.last().filter(|_| has_more);
    let next = last.map(|last| next(&query, &last.subject));
    let link = next.as_ref().and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    let subjects = page.into_iter().map(shown).collect();
    let mut response = Json(SubjectPage { subjects, next }).into_response();
    let head = response.headers_mut();
    head.insert(ETAG, tag);
    head.insert(CACHE_CONTROL, REVALIDATED);
    if let Some(link) = link {
        head.insert(LINK, link);
    }
    Ok(response)
}

fn wanted(query: &Query) -> Result<OverviewChoice, Failure> {
    let refused = |message: String| Failure::new(ErrorCode::BadRequest, message);
    let bare = query.raw("prefix").unwrap_or_default().to_owned();
    let prefix = match query.text("context") {
        None => Prefix::AllContexts(bare),
        Some(name) => Prefix::Context(ContextName::parse(name).map_err(|error| refused(error.to_string()))?, bare),
    };
    let kind = query.text("type").map(|name| {
        let kind = SchemaKind::parse(&name.to_ascii_uppercase());
        kind.ok_or_else(|| refused(format!("parameter 'type' must be AVRO, PROTOBUF or JSON, not '{name}'")))
    });
    let limit = match query.text("limit").map(str::parse) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
        Some(_) => return Err(refused(format!("parameter 'limit' must be a number from 1 to {MAX_LIMIT}"))),
    };
    Ok(OverviewChoice {
        prefix,
        visibility: visibility(query)?,
        kind: kind.transpose()?,
        after: query.raw("after").map(SubjectName::parse),
        limit,
    })
}

/// What of the soft-deleted is to be shown.
pub(super) fn visibility(query: &Query) -> Result<Visibility, Failure> {
    match query.text("deleted") {
        None | Some("false") => Ok(Visibility::Live),
        Some("true") => Ok(Visibility::WithDeleted),
        Some("only") => Ok(Visibility::OnlyDeleted),
        Some(_) => Err(Failure::new(ErrorCode::BadRequest, "parameter 'deleted' must be true, false or only")),
    }
}

/// The same question about what lies behind `last`.
fn next(query: &Query, last: &SubjectName) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(query.pairs().filter(|(name, _)| *name != "after"));
    text.append_pair("after", &last.to_string());
    format!("/govern/v1/subjects?{}", text.finish())
}

/// A strong tag of what this release answers to this question at a moment, to somebody who may read what this one may.
fn tag(moment: &Moment, access: &Access, query: &Query) -> HeaderValue {
    let grants: Vec<_> = access.grants().iter().map(ToString::to_string).collect();
    // The same on every node: this hasher has no keys.
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    let hash = hash.hash_one((env!("CARGO_PKG_VERSION"), moment, grants, query.written()));
    HeaderValue::from_str(&format!("\"{:x}-{hash:016x}\"", moment.revision)).unwrap_or(HeaderValue::from_static("\"\""))
}

pub(super) fn shown(overview: Overview) -> SubjectOverview {
    let Overview { subject, latest, guid, kind, versions, level, mode, owner, tags, sensitive } = overview;
    SubjectOverview {
        context: subject.context().to_string(),
        subject: subject.to_string(),
        version: latest.version.0,
        id: latest.id.0,
        guid: guid.to_string(),
        schema_type: kind.as_str().to_owned(),
        versions,
        updated: latest.stored_at,
        deleted: latest.is_deleted,
        compatibility: EffectiveLevel { level: level.0.as_str().to_owned(), from: origin(level.1) },
        mode: EffectiveMode { mode: mode.0.as_str().to_owned(), from: origin(mode.1) },
        owner,
        tags: tags.into_iter().collect(),
        sensitive,
    }
}

pub(super) fn origin(origin: tidegate_registry::Origin) -> Origin {
    use tidegate_registry::Origin as O;
    match origin {
        O::Subject => Origin::Subject,
        O::Context => Origin::Context,
        O::Global => Origin::Global,
        O::Server => Origin::Server,
    }
}

#[cfg(test)]
mod tests {
    use tidegate_compat::CompatibilityLevel;
    use tidegate_registry::{Grants, Right};

    use super::*;

    #[test]
    fn a_tag_holds_for_one_question_at_one_moment() {
        let moment = Moment { revision: 5, at: 7, default_level: CompatibilityLevel::Backward };
        let ask = |query: &str| Query::parse(query);
        let all = || Access::anonymous(Grants::everywhere(Right::Read));
        let first = tag(&moment, &all(), &ask("limit=5"));
        assert_eq!(first, tag(&moment, &all(), &ask("limit=5")));
        assert_ne!(first, tag(&moment, &all(), &ask("limit=6")));
        assert_ne!(first, tag(&moment, &Access::anonymous(Grants::default()), &ask("limit=5")));
        assert_ne!(first, tag(&Moment { revision: 6, ..moment }, &all(), &ask("limit=5")));
        assert_ne!(first, tag(&Moment { at: 8, ..moment }, &all(), &ask("limit=5")), "another database");
        assert_ne!(first, tag(&Moment { default_level: CompatibilityLevel::Full, ..moment }, &all(), &ask("limit=5")));
    }

    #[test]
    fn the_next_page_is_the_same_question_from_another_place() {
        let query = Query::parse("prefix=a%26b&after=x&limit=2");
        let next = next(&query, &SubjectName::parse(":.ctx:a/b"));
        assert_eq!(next, "/govern/v1/subjects?prefix=a%26b&limit=2&after=%3A.ctx%3Aa%2Fb");
    }
}
