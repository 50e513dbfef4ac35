//! How is a stored schema shown?

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_compat::{ElementKind, SubjectName, Tagged};
use tidegate_registry::{Listed, StoredVersion};

use super::{associations, wire};
use crate::http::Api;
use crate::http::error::Failure;
use crate::http::json::Json;
use crate::http::query::Query;

const WARNING: HeaderName = HeaderName::from_static("x-tidegate-warning");
/// How many warnings go out with an answer, and how many letters each may have: clients bound their headers.
const MOST_WARNINGS: usize = 10;
const LONGEST_WARNING: usize = 400;

/// The text in the form that `format` asks for; unknown forms are passed over.
pub(super) async fn text(api: &Api, stored: &StoredVersion, query: &Query) -> Result<Arc<str>, Failure> {
    match query.text("format") {
        Some(format) => Ok(api.registry.rendered(stored.subject.context(), &stored.schema, format).await?),
        None => Ok(Arc::clone(&stored.schema.text)),
    }
}

pub(super) async fn version(api: &Api, stored: &StoredVersion, query: &Query) -> Result<api::Schema, Failure> {
    let schema = text(api, stored, query).await?.to_string();
    let schema_tags = tags(api, stored, query).await?;
    Ok(api::Schema { schema, schema_tags, references: references(stored, query), ..plain(stored) })
}

/// What the text tags with a tag that `findTags` asks for, `*` being all; of each part the tags that were asked for.
async fn tags(api: &Api, stored: &StoredVersion, query: &Query) -> Result<Vec<api::SchemaTags>, Failure> {
    let wanted: HashSet<&str> = query.all("findTags").filter(|tag| !tag.is_empty()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let tagged = api.registry.tagged(stored.subject.context(), &stored.schema).await?;
    let shown = tagged.into_iter().map(|Tagged { entity, kind, mut tags }| {
        tags.retain(|tag| wanted.contains("*") || wanted.contains(tag.as_str()));
        let entity_type = if kind == ElementKind::Record { "sr_record" } else { "sr_field" }.to_owned();
        api::SchemaTags { schema_entity: api::SchemaEntity { entity_path: entity, entity_type }, tags }
    });
    Ok(shown.filter(|shown| !shown.tags.is_empty()).collect())
}

pub(super) async fn registered(api: &Api, stored: &StoredVersion, query: &Query) -> Result<api::Registered, Failure> {
    let api::Schema { id, version, guid, schema_type, references, metadata, rule_set, schema, ts, deleted, .. } =
        self::version(api, stored, query).await?;
    let version = Some(version);
    Ok(api::Registered { id, version, guid, schema_type, references, metadata, rule_set, schema, ts, deleted })
}

/// The same for whoever has just saved it, with what may be wrong with its rules in headers.
pub(super) async fn saved(
    api: &Api,
    stored: &StoredVersion,
    query: &Query,
) -> Result<(HeaderMap, Json<api::Registered>), Failure> {
    let mut headers = HeaderMap::new();
    for problem in api.registry.rule_problems(stored).await?.iter().take(MOST_WARNINGS) {
        let printable = |letter: char| if matches!(letter, ' '..='~') { letter } else { '?' };
        let text: String = problem.to_string().chars().take(LONGEST_WARNING).map(printable).collect();
        if let Ok(text) = HeaderValue::from_str(&text) {
            headers.append(WARNING, text);
        }
    }
    Ok((headers, Json(registered(api, stored, query).await?)))
}

pub(super) async fn by_id(api: &Api, stored: &StoredVersion, query: &Query) -> Result<api::SchemaById, Failure> {
    let api::Schema {
        subject,
        version,
        guid,
        schema_type,
        references,
        metadata,
        rule_set,
        schema,
        schema_tags,
        ts,
        deleted,
        ..
    } = self::version(api, stored, query).await?;
    let (version, max_id) = (Some(version), None);
    Ok(api::SchemaById {
        subject,
        version,
        guid,
        schema_type,
        schema,
        references,
        metadata,
        rule_set,
        schema_tags,
        max_id,
        ts,
        deleted,
    })
}

/// One content can belong to many subjects, so none is named.
pub(super) async fn by_guid(api: &Api, stored: &StoredVersion, query: &Query) -> Result<api::SchemaById, Failure> {
    let shown = by_id(api, stored, query).await?;
    Ok(api::SchemaById { subject: String::new(), version: None, schema_tags: Vec::new(), ..shown })
}

pub(super) fn listed(listed: Listed) -> api::ListedSchema {
    let Listed { stored, aliases, associations } = listed;
    api::ListedSchema {
        schema: plain(&stored),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        associations: associations.into_iter().map(associations::shown).collect(),
    }
}

/// A body that can't be written, which would be a defect.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn unwritable(error: serde_json::Error) -> Failure {
    Failure::new(ErrorCode::Internal, error.to_string())
}

/// As it is stored.
pub(super) fn plain(stored: &StoredVersion) -> api::Schema {
    let StoredVersion { subject, version, schema, stored_at, is_deleted } = stored;
    api::Schema {
        subject: subject.to_string(),
        version: version.0,
        id: schema.id.0,
        guid: schema.fingerprint.to_string(),
        schema_type: schema.kind.as_str().to_owned(),
        references: schema.references.iter().map(wire::reference).collect(),
        metadata: schema.contract.metadata.as_ref().map(wire::metadata),
        rule_set: schema.contract.rules.as_ref().map(wire::rule_set),
        schema: schema.text.to_string(),
        schema_tags: Vec::new(),
        ts: Some(*stored_at),
        deleted: Some(*is_deleted),
    }
}

/// `referenceFormat=qualified` names the context of the referrer where a reference leaves it out.
fn references(stored: &StoredVersion, query: &Query) -> Vec<api::Reference> {
    let context = stored.subject.context();
    let qualified = query.text("referenceFormat").is_some_and(|format| format.eq_ignore_ascii_case("qualified"));
    let shown = stored.schema.references.iter().map(|reference| {
        let shown = wire::reference(reference);
        if !qualified {
            return shown;
        }
        let subject = SubjectName::parse_in(context, &reference.subject).to_string();
        api::Reference { subject: Some(subject), ..shown }
    });
    shown.collect()
}
