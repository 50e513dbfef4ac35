//! Where do tags go in an Avro schema, and what stays as it was?

use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;
use crate::tags::TagEdit;

fn edit(entity: &str, kind: ElementKind, add: &[&str], remove: &[&str]) -> TagEdit {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    TagEdit { entity: entity.to_owned(), kind, add: owned(add), remove: owned(remove) }
}

/// The text after an edit, or the path that it did not find.
fn edited(schema: &Schema, edits: &[TagEdit]) -> Result<String, String> {
    let edits = Edits::new(edits);
    let text = with_tags(schema, &edits);
    edits.missed().map_or(Ok(text), |missed| Err(missed.entity))
}

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","doc":"d","fields":[
    {"name":"id","type":"double","default":1.50e0},
    {"name":"buyer","type":["null",{"type":"record","name":"Buyer","fields":[{"name":"email","type":"string",
        "confluent:tags":["PII"],"x":1}],"aliases":["Client"]}]},
    {"name":"seller","type":["null","Buyer"]},
    {"name":"color","type":{"type":"enum","name":"Color","symbols":["RED"]}}],"other":{"b":1,"a":2}}"#;

#[test]
fn a_record_and_a_field_get_tags_behind_their_other_members() {
    let schema = parse(ORDER, &[], Strictness::Strict).unwrap();
    let before = canonical::identity(&schema);
    let text = edited(&schema, &[edit("shop.Order", ElementKind::Record, &["A", "B"], &[])]).unwrap();
    assert_eq!(
        text,
        before.replace(r#""other":{"b":1,"a":2}}"#, r#""other":{"b":1,"a":2},"confluent:tags":["A","B"]}"#)
    );
    let text = edited(&schema, &[edit("shop.Buyer.email", ElementKind::Field, &["A", "PII"], &[])]).unwrap();
    assert_eq!(text, before.replace(r#"["PII"]"#, r#"["PII","A"]"#));
    let text = edited(&schema, &[edit("shop.Buyer.email", ElementKind::Field, &[], &["PII"])]).unwrap();
    assert_eq!(text, before.replace(r#""confluent:tags":["PII"],"#, ""));
    assert_eq!(edited(&schema, &[]).unwrap(), before);
}

#[test]
fn only_records_and_fields_of_this_text_are_found() {
    let address = r#"{"type":"record","name":"Address","namespace":"shop","fields":[{"name":"zip","type":"string"}]}"#;
    let address = Resolved { name: "shop.Address".into(), kind: SchemaKind::Avro, text: address.into() };
    let text = ORDER.replace("\"double\"", "\"shop.Address\"").replace(",\"default\":1.50e0", "");
    let schema = parse(&text, &[address], Strictness::Strict).unwrap();
    for (entity, kind) in [
        ("shop.Address", ElementKind::Record),
        ("shop.Address.zip", ElementKind::Field),
        ("shop.Color", ElementKind::Record),
        ("Order", ElementKind::Record),
        ("shop.Order", ElementKind::Field),
        ("shop.Order.id", ElementKind::Record),
        ("shop.Order.none", ElementKind::Field),
        ("shop.Client", ElementKind::Record),
        ("", ElementKind::Record),
    ] {
        let found =
            edited(&schema, &[edit("shop.Order", ElementKind::Record, &["A"], &[]), edit(entity, kind, &["A"], &[])]);
        assert_eq!(found, Err(entity.to_owned()));
    }
}

#[test]
fn tags_come_along_to_where_the_same_parts_still_are() {
    let before = r#"{"type":"record","name":"R","confluent:tags":["X"],"fields":[
        {"name":"a","type":"string","confluent:tags":["PII","NEW"]},{"name":"gone","type":"int","confluent:tags":["Y"]}]}"#;
    let after = r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"},
        {"name":"a","type":"string","confluent:tags":["NEW"]}]}"#;
    let [before, after] = [before, after].map(|text| parse(text, &[], Strictness::Strict).unwrap());
    assert_eq!(
        with_tags_of(&after, &before),
        concat!(
            r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"},"#,
            r#"{"name":"a","type":"string","confluent:tags":["NEW","PII"]}],"confluent:tags":["X"]}"#
        )
    );
    assert_eq!(with_tags_of(&after, &after), canonical::identity(&after));
}
