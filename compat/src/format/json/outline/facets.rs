//! What else is said about a value: limits, defaults, documentation, tags?

use std::collections::BTreeMap;

use super::super::canonical::compact;
use super::targets;
use crate::format::json::tree::{Schema, Site};
use crate::json::{Node, Value};
use crate::tags::tags_in;

/// How far annotations are looked for along references.
const MAX_HOPS: usize = 8;

const OF_OBJECTS: [&str; 11] = [
    "properties",
    "required",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
];

/// What is told of the objects themselves; their properties are elements of their own.
const OBJECT_FACETS: [&str; 8] = [
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
];

const VALUE_FACETS: [&str; 24] = [
    "default",
    "const",
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "contentEncoding",
    "contentMediaType",
    "readOnly",
    "writeOnly",
    "deprecated",
    "connect.type",
    "connect.version",
];

/// Whether a keyword makes an object out of the schema that has it.
pub(super) fn is_of_objects(keyword: &str) -> bool {
    OF_OBJECTS.contains(&keyword)
}

/// What an object as such must be like.
pub(super) fn of_object(node: &Node) -> BTreeMap<String, String> {
    pick(node, &OBJECT_FACETS, "")
}

/// What a value must be like, here and where its references lead; what stands here comes first.
pub(super) fn of_value(schema: &Schema, site: Site<'_>) -> BTreeMap<String, String> {
    let mut facets = BTreeMap::new();
    for site in chain(schema, site) {
        let items = site.node.get("items").map(|items| pick(items, &VALUE_FACETS, "items.")).unwrap_or_default();
        for (key, value) in pick(site.node, &VALUE_FACETS, "").into_iter().chain(items) {
            facets.entry(key).or_insert(value);
        }
    }
    facets
}

/// The documentation of a schema.
pub(super) fn doc(node: &Node) -> Option<String> {
    node.get("description").and_then(Node::text).map(str::to_owned)
}

/// The documentation of a value: the nearest there is.
pub(super) fn doc_of(schema: &Schema, site: Site<'_>) -> Option<String> {
    chain(schema, site).into_iter().find_map(|site| doc(site.node))
}

/// The tags of a schema.
pub(in super::super) fn tags(node: &Node) -> Vec<String> {
    tags_in(node.members().unwrap_or_default())
}

/// The tags of a value, those of what its references lead to included, unless that is an object, which tells its own.
pub(super) fn tags_of(schema: &Schema, site: Site<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (hop, site) in chain(schema, site).into_iter().enumerate() {
        if hop > 0 && site.node.get("properties").is_some() {
            continue;
        }
        for tag in tags(site.node) {
            if !all.contains(&tag) {
                all.push(tag);
            }
        }
    }
    all
}

/// A value as people say it: text without its quotes.
pub(super) fn plain(node: &Node) -> String {
    node.text().map_or_else(|| compact(node), str::to_owned)
}

/// A schema and where its references lead, one after the other.
fn chain<'s>(schema: &'s Schema, site: Site<'s>) -> Vec<Site<'s>> {
    let next = |site: &Site<'s>| targets(schema, *site).into_iter().next().map(|(_, target)| target);
    std::iter::successors(Some(site), next).take(MAX_HOPS).collect()
}

/// What values of JSON are told as JSON, words as words.
fn pick(node: &Node, keywords: &[&str], prefix: &str) -> BTreeMap<String, String> {
    let members = node.members().unwrap_or_default().iter().filter(|member| keywords.contains(&member.key.as_str()));
    members
        .map(|member| {
            let is_value = matches!(member.key.as_str(), "default" | "const");
            let value = match &member.value.value {
                Value::Text(text) if !is_value => text.clone(),
                _ => compact(&member.value),
            };
            (format!("{prefix}{}", member.key), value)
        })
        .collect()
}
