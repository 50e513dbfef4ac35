//! How do requests to change tags and rules become values of the domain?

use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_compat::{ElementKind, TagEdit};
use tidegate_registry::{Changes, VersionEdit};

use super::wire::{sent_metadata, sent_rule_set};
use crate::http::error::Failure;

pub(super) fn edit(request: api::TagRequest) -> Result<VersionEdit, Failure> {
    let api::TagRequest {
        new_version,
        tags_to_add,
        tags_to_remove,
        metadata,
        rule_set,
        rules_to_merge,
        rules_to_remove,
    } = request;
    Ok(VersionEdit {
        new_version,
        metadata: metadata.map(sent_metadata),
        rules: rule_set.map(sent_rule_set).transpose()?,
        changes: Changes {
            tags: tag_edits(tags_to_add, tags_to_remove)?,
            propagate_tags: false,
            rules_to_merge: rules_to_merge.map(sent_rule_set).transpose()?,
            rules_to_remove,
        },
    })
}

/// What is added and what is removed, in one list.
pub(super) fn tag_edits(
    add: Option<Vec<api::SchemaTags>>,
    remove: Option<Vec<api::SchemaTags>>,
) -> Result<Vec<TagEdit>, Failure> {
    let added = add.unwrap_or_default().into_iter().map(|sent| {
        let (entity, kind, tags) = parts(sent)?;
        Ok(TagEdit { entity, kind, add: tags, remove: Vec::new() })
    });
    let removed = remove.unwrap_or_default().into_iter().map(|sent| {
        let (entity, kind, tags) = parts(sent)?;
        Ok(TagEdit { entity, kind, add: Vec::new(), remove: tags })
    });
    added.chain(removed).collect()
}

fn parts(sent: api::SchemaTags) -> Result<(String, ElementKind, Vec<String>), Failure> {
    let api::SchemaTags { schema_entity: api::SchemaEntity { entity_path, entity_type }, tags } = sent;
    let kind = match entity_type.as_str() {
        "sr_record" => ElementKind::Record,
        "sr_field" => ElementKind::Field,
        other => {
            let message = format!("Invalid tags: entityType is 'sr_record' or 'sr_field', not '{other}'");
            return Err(Failure::new(ErrorCode::InvalidSchema, message));
        }
    };
    Ok((entity_path, kind, tags))
}
