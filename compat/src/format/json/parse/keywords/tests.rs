//! Do we and the metaschemas refuse the same? Every keyword of every dialect with every kind of value.

use serde_json::{Value as Json, json};

use super::super::{Strictness, parse};
use super::*;

const DRAFTS: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020];

const KEYWORDS: [&str; 44] = [
    "type",
    "title",
    "description",
    "format",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
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
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "prefixItems",
    "contains",
    "unevaluatedItems",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "definitions",
    "$defs",
    "contentSchema",
    "$recursiveAnchor",
];

fn values() -> Vec<Json> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(2),
        json!(1.5),
        json!(2.0),
        json!("text"),
        json!("("),
        json!("string"),
        json!([]),
        json!(["a"]),
        json!(["a", "a"]),
        json!([1]),
        json!(["string", "null"]),
        json!([{}]),
        json!([true]),
        json!({}),
        json!({ "a": {} }),
        json!({ "a": true }),
        json!({ "a": ["b"] }),
        json!({ "a": [] }),
        json!({ "a": [1] }),
        json!({ "a": 1 }),
        json!({ "(": {} }),
        json!({ "type": "nonsense" }),
        json!({ "a": { "maxLength": -1 } }),
    ]
}

fn is_valid_for_the_metaschema(draft: Draft, schema: &Json) -> bool {
    match draft {
        Draft::Draft4 => jsonschema::draft4::meta::is_valid(schema),
        Draft::Draft6 => jsonschema::draft6::meta::is_valid(schema),
        Draft::Draft7 => jsonschema::draft7::meta::is_valid(schema),
        Draft::Draft2019 => jsonschema::draft201909::meta::is_valid(schema),
        Draft::Draft2020 => jsonschema::draft202012::meta::is_valid(schema),
    }
}

/// Why we take something that the metaschema refuses; the reasons are all there are.
fn is_known_to_be_wider(draft: Draft, keyword: &str, value: &Json) -> bool {
    let list = value.as_array();
    let lists =
        list.into_iter().chain(value.as_object().into_iter().flat_map(|map| map.values()).filter_map(Json::as_array));
    let is_empty_or_repeats = lists
        .into_iter()
        .any(|list| list.is_empty() || list.iter().any(|one| list.iter().filter(|other| *other == one).count() > 1));
    match keyword {
        "enum" | "required" | "dependencies" | "dependentRequired" | "items" if is_empty_or_repeats => true,
        // Confluent reads booleans as schemas in every dialect.
        _ if draft == Draft::Draft4 && contains_boolean(value) => true,
        // In draft-04 a whole number has no point.
        _ if draft == Draft::Draft4 && value.is_f64() => true,
        // Neither is read: one says nothing about values, the other is only a switch for `$recursiveRef`.
        "$recursiveAnchor" => true,
        _ => false,
    }
}

fn contains_boolean(value: &Json) -> bool {
    match value {
        Json::Bool(_) => true,
        Json::Array(items) => items.iter().any(contains_boolean),
        Json::Object(members) => members.values().any(contains_boolean),
        _ => false,
    }
}

/// Why we refuse something that the metaschema takes.
fn is_known_to_be_narrower(draft: Draft, keyword: &str) -> bool {
    match keyword {
        // Definitions go by either name in every dialect, and a metaschema knows one, or keeps the old one loosely.
        "definitions" | "$defs" => true,
        // Some metaschemas don't ask whether a pattern is one.
        "pattern" | "patternProperties" => true,
        // Since 2019-09 the metaschema keeps this one loosely, but it is read as before.
        "dependencies" => draft >= Draft::Draft2019,
        _ => false,
    }
}

#[test]
fn we_and_the_metaschemas_refuse_the_same_but_for_what_is_written_here() {
    let (mut both, mut neither, mut unknown) = (0, 0, Vec::new());
    for draft in DRAFTS {
        for keyword in KEYWORDS {
            for value in values() {
                let schema = json!({ "$schema": draft.uri(), keyword: value });
                let theirs = is_valid_for_the_metaschema(draft, &schema);
                let ours = parse(&schema.to_string(), &[], Strictness::Strict);
                match (&ours, theirs) {
                    (Ok(_), true) => both += 1,
                    (Err(_), false) => neither += 1,
                    (Ok(_), false) if is_known_to_be_wider(draft, keyword, &value) => {}
                    (Err(_), true) if is_known_to_be_narrower(draft, keyword) => {}
                    _ => unknown.push(
                        format!("{schema} {theirs} {:?}", ours.err().map(|malformed| malformed.message))
                            .chars()
                            .take(200)
                            .collect::<String>(),
                    ),
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(both > 1_000 && neither > 1_000, "{both} {neither}");
}
