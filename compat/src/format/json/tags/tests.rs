//! Where do tags go in a JSON Schema, and by which paths?

use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;
use crate::tags::TagEdit;

const ORDER: &str = r##"{"type":"object","properties":{
    "id":{"type":"integer"},
    "a.b":{"type":"string","confluent:tags":["PII"],"maxLength":1.0},
    "customer":{"type":["null","object"],"properties":{"email":{"type":"string"}}},
    "lines":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number"}}}},
    "pay":{"oneOf":[{"type":"string"},{"type":"object","properties":{"card":{"type":"string"}}}]},
    "ship":{"$ref":"#/definitions/Address"},
    "any":true,
    "extra":{"type":"object","additionalProperties":{"type":"object","properties":{"x":{"type":"string"}}}},
    "more":{"$ref":"other.json"}},
    "if":{"properties":{"id":{"minimum":1}}},"then":{"properties":{"note":{"type":"string"}}},
    "not":{"properties":{"bad":{"type":"string"}},"required":["bad"]},
    "definitions":{"Address":{"type":"object","properties":{"zip":{"type":"string"}}},
        "Unused":{"type":"object","properties":{"x":{"type":"string"}}}}}"##;

const OTHER: &str = r#"{"type":"object","properties":{"far":{"type":"string"}}}"#;

fn order() -> Schema {
    let other = Resolved { name: "other.json".into(), kind: SchemaKind::Json, text: OTHER.into() };
    parse(ORDER, &[other], Strictness::Strict).unwrap()
}

/// The text after adding a tag, or the path that was not found.
fn tagged(schema: &Schema, entity: &str, kind: ElementKind) -> Result<String, String> {
    let edits = [TagEdit { entity: entity.to_owned(), kind, add: vec!["T".to_owned()], remove: Vec::new() }];
    let edits = Edits::new(&edits);
    let text = with_tags(schema, &edits);
    edits.missed().map_or(Ok(text), |missed| Err(missed.entity))
}

/// The JSON pointers of everything that is tagged `T`.
fn pointers(text: &str) -> Vec<String> {
    fn walk(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        if value["confluent:tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == "T")) {
            found.push(at.to_owned());
        }
        let inner: Vec<(String, &serde_json::Value)> = match value {
            serde_json::Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
            serde_json::Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
            }
            _ => Vec::new(),
        };
        inner.into_iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), found));
    }
    let mut found = Vec::new();
    walk(&serde_json::from_str(text).unwrap(), "", &mut found);
    found
}

#[test]
fn paths_lead_where_confluent_has_them() {
    use ElementKind::{Field, Record};
    let schema = order();
    let before = compact(&schema.root);
    for (entity, kind, pointer) in [
        ("object", Record, ""),
        ("object.id", Field, "/properties/id"),
        ("object.a.b", Field, "/properties/a.b"),
        ("object.customer", Field, "/properties/customer"),
        ("object.customer.anyof.1.object", Record, "/properties/customer"),
        ("object.customer.anyof.1.object.email", Field, "/properties/customer/properties/email"),
        ("object.lines.array.object", Record, "/properties/lines/items"),
        ("object.lines.array.object.price", Field, "/properties/lines/items/properties/price"),
        ("object.pay.oneof.0.object.card", Field, "/properties/pay/oneOf/1/properties/card"),
        ("object.ship", Field, "/properties/ship"),
        ("object.definitions.Address.object", Record, "/definitions/Address"),
        ("object.definitions.Address.object.zip", Field, "/definitions/Address/properties/zip"),
        ("object.definitions.Unused.object.x", Field, "/definitions/Unused/properties/x"),
        ("conditional.if.object.id", Field, "/if/properties/id"),
        ("conditional.then.object.note", Field, "/then/properties/note"),
        ("not.object.bad", Field, "/not/properties/bad"),
    ] {
        let text = tagged(&schema, entity, kind).unwrap_or_else(|missed| panic!("{missed} is not found"));
        assert_eq!(pointers(&text), [pointer], "{entity}");
        let without = text.replace(r#","confluent:tags":["T"]"#, "").replace(r#"["PII","T"]"#, r#"["PII"]"#);
        assert_eq!(without, before, "{entity}");
    }
    for (entity, kind) in [
        ("object", Field),
        ("object.id", Record),
        ("object.id.object", Record),
        ("object.any", Field),
        ("object.customer.object.email", Field),
        ("object.pay.oneof.1.object.card", Field),
        ("object.ship.object.zip", Field),
        ("object.extra.object.x", Field),
        ("object.more.object.far", Field),
        ("object.", Field),
        ("definitions.Address.object", Record),
        ("", Record),
    ] {
        assert_eq!(tagged(&schema, entity, kind), Err(entity.to_owned()));
    }
}

#[test]
fn beside_a_reference_nothing_counts_in_old_dialects() {
    let text = |draft: &str| {
        format!(
            r##"{{"$schema":"{draft}","$ref":"#/$defs/A","properties":{{"x":{{"type":"string"}}}},
            "$defs":{{"A":{{"type":"object","properties":{{"y":{{"type":"string"}}}}}}}}}}"##
        )
    };
    let [old, new] = ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"]
        .map(|draft| parse(&text(draft), &[], Strictness::Strict).unwrap());
    assert!(tagged(&old, "object.x", ElementKind::Field).is_err());
    assert!(tagged(&new, "object.x", ElementKind::Field).is_ok());
    for schema in [old, new] {
        let text = tagged(&schema, "object.$defs.A.object.y", ElementKind::Field).unwrap();
        assert_eq!(pointers(&text), ["/$defs/A/properties/y"]);
    }
}

#[test]
fn tags_come_along_to_the_same_places() {
    let [before, after] = [
        r#"{"type":"object","confluent:tags":["R"],"properties":{"gone":{"confluent:tags":["X"]},
            "a":{"type":"string","confluent:tags":["PII"]},
            "l":{"type":"array","items":{"type":"object","properties":{"p":{"confluent:tags":["DEEP"]}}}}}}"#,
        r#"{"properties":{"l":{"items":{"properties":{"p":{"type":"number"}}}},"a":{"confluent:tags":["NEW"]},"b":{},
            "gone":true}}"#,
    ]
    .map(|text| parse(text, &[], Strictness::Strict).unwrap());
    assert_eq!(
        with_tags_of(&after, &before),
        concat!(
            r#"{"properties":{"l":{"items":{"properties":{"p":{"type":"number","confluent:tags":["DEEP"]}}}},"#,
            r#""a":{"confluent:tags":["NEW","PII"]},"b":{},"gone":true},"confluent:tags":["R"]}"#
        )
    );
}
