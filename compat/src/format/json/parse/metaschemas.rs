//! What do the metaschemas of the five dialects say? They may be referred to without being given: their texts come with
//! crate `jsonschema`.
//!
//! The newer two consist of vocabularies that refer to each other dynamically. Here such a reference leads to the
//! vocabulary that it stands in, so that subschemas are judged by one vocabulary only: more is accepted than should be.

use serde_json::json;

use super::super::tree::Document;
use super::{Draft, Node, Value, read_strict};

const VOCABULARIES_2019: [&str; 6] = ["core", "applicator", "validation", "meta-data", "format", "content"];
const VOCABULARIES_2020: [&str; 7] =
    ["core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content"];

/// Where in a registry the question stands.
const ENTRY: &str = "json-schema:///";

/// The metaschemas that references in these documents name.
pub(super) fn named_in<'n>(roots: impl Iterator<Item = &'n Node>) -> Vec<Document> {
    let mut drafts = Vec::new();
    roots.for_each(|root| collect(root, &mut drafts));
    drafts.into_iter().flat_map(|draft| uris(draft).into_iter().filter_map(move |uri| document(draft, &uri))).collect()
}

/// Looks for references at any depth of a document, in schemas or not: a metaschema too many does no harm.
fn collect(node: &Node, drafts: &mut Vec<Draft>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| collect(item, drafts)),
        Value::Object(members) => {
            for member in members {
                let draft = member.value.text().filter(|_| member.key == "$ref").and_then(named_by);
                drafts.extend(draft.filter(|draft| !drafts.contains(draft)));
                collect(&member.value, drafts);
            }
        }
        _ => {}
    }
}

/// The dialect whose metaschema, or a vocabulary of it, a reference names.
fn named_by(reference: &str) -> Option<Draft> {
    let address = reference.split('#').next().unwrap_or_default();
    let has_part = |draft: &Draft| address.starts_with(draft.uri().trim_end_matches("schema"));
    Draft::of_uri(address).or_else(|| [Draft::Draft2019, Draft::Draft2020].into_iter().find(has_part))
}

/// The addresses of the documents that make up a metaschema.
fn uris(draft: Draft) -> Vec<String> {
    let vocabularies: &[&str] = match draft {
        Draft::Draft2019 => &VOCABULARIES_2019,
        Draft::Draft2020 => &VOCABULARIES_2020,
        Draft::Draft4 | Draft::Draft6 | Draft::Draft7 => &[],
    };
    let folder = draft.uri().trim_end_matches("schema");
    let vocabularies = vocabularies.iter().map(|name| format!("{folder}meta/{name}"));
    std::iter::once(draft.uri().to_owned()).chain(vocabularies).collect()
}

/// A registry of the crate has the metaschemas that something in it refers to.
fn document(draft: Draft, uri: &str) -> Option<Document> {
    let draft = match draft {
        Draft::Draft4 => jsonschema::Draft::Draft4,
        Draft::Draft6 => jsonschema::Draft::Draft6,
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft2019 => jsonschema::Draft::Draft201909,
        Draft::Draft2020 => jsonschema::Draft::Draft202012,
    };
    let registry = jsonschema::Registry::new().draft(draft).add(ENTRY, json!({ "$ref": uri })).ok()?.prepare().ok()?;
    let text = registry.resolver(jsonschema::uri::from_str(ENTRY).ok()?).lookup(uri).ok()?.contents().to_string();
    Some(Document { name: uri.to_owned(), root: read_strict(&text).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metaschema_is_at_hand() {
        for draft in [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020] {
            for uri in uris(draft) {
                let document = document(draft, &uri).unwrap_or_else(|| panic!("{uri}"));
                assert!(document.root.get("$schema").is_some(), "{uri}");
            }
        }
    }
}
