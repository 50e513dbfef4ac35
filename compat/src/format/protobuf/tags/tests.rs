//! Where do tags go in a Protobuf schema, in which way of writing, and what stays as it was?

use super::super::outline::outline;
use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;
use crate::tags::TagEdit;

use ElementKind::{Field as AField, Record as ARecord};

fn read(text: &str) -> Schema {
    parse(text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

fn edit(entity: &str, kind: ElementKind, add: &[&str], remove: &[&str]) -> TagEdit {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    TagEdit { entity: entity.to_owned(), kind, add: owned(add), remove: owned(remove) }
}

/// The text after an edit, or the path that it did not find. The text is as it would be printed again.
fn edited(schema: &Schema, edits: &[TagEdit]) -> Result<String, String> {
    let edits = Edits::new(edits);
    let text = with_tags(schema, &edits);
    if let Some(missed) = edits.missed() {
        return Err(missed.entity);
    }
    let again = parse(&text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"));
    assert_eq!(canonical::identity(&again), text);
    Ok(text)
}

/// The tags of a part, as the linked file tells them.
fn tags_of(text: &str, entity: &str) -> Vec<String> {
    let outline = outline(&read(text));
    let found = outline.elements.into_iter().find(|element| element.entity == entity);
    found.unwrap_or_else(|| panic!("no {entity}")).tags
}

#[test]
fn new_tags_stand_as_confluent_writes_them_and_bring_the_import() {
    let schema = read("syntax = \"proto3\";\npackage shop;\nmessage Order {\n  string email = 1;\n}\n");
    let text = edited(&schema, &[edit(".Order.email", AField, &["A", "B"], &[]), edit("Order", ARecord, &["C"], &[])]);
    assert_eq!(
        text.unwrap(),
        concat!(
            "syntax = \"proto3\";\npackage shop;\n\nimport \"confluent/meta.proto\";\n\nmessage Order {\n",
            "  option (confluent.message_meta) = {\n    tags: [\n      \"C\"\n    ]\n  };\n\n",
            "  string email = 1 [(confluent.field_meta) = {\n    tags: [\n      \"A\",\n      \"B\"\n    ]\n  }];\n}\n"
        )
    );
    assert_eq!(edited(&schema, &[edit("Order", ARecord, &["C"], &["C"])]).unwrap(), canonical::identity(&schema));
}

#[test]
fn every_way_of_writing_goes_on_as_it_was() {
    for (options, add, remove, tags, kept) in [
        (
            "(confluent.field_meta).tags = \"A\"",
            &["B"][..],
            &[][..],
            &["A", "B"][..],
            "(confluent.field_meta).tags = \"A\"",
        ),
        ("(.confluent.field_meta).tags = \"A\"", &["B"], &["A"], &["B"], "(.confluent.field_meta).tags = \"B\""),
        ("(confluent.field_meta).doc = \"d\"", &["A"], &[], &["A"], "(confluent.field_meta).tags = \"A\""),
        ("(confluent.field_meta) = {tags: \"A\" doc: \"d\"}", &["B"], &[], &["A", "B"], "doc: \"d\""),
        ("(confluent.field_meta) = {tags: [\"A\", \"B\"]}", &[], &["A"], &["B"], "\"B\""),
        ("(confluent.field_meta) = {doc: \"d\" params: {key: \"k\" value: \"v\"}}", &["A"], &[], &["A"], "key: \"k\""),
        ("(confluent.field_meta) = {tags: \"A\" doc: \"d\"}", &[], &["A"], &[], "doc: \"d\""),
        ("deprecated = true, json_name = \"j\"", &["A"], &[], &["A"], "json_name = \"j\""),
    ] {
        let text = format!(
            "syntax = \"proto3\"; import \"confluent/meta.proto\"; message M {{ string f = 1 [{options}]; int32 g = 2; }}"
        );
        let text = edited(&read(&text), &[edit("M.f", AField, add, remove)]).unwrap();
        assert_eq!(tags_of(&text, "M.f"), tags, "{text}");
        assert!(text.contains(kept), "{text}");
    }
}

#[test]
fn the_last_tag_takes_its_option_along() {
    for options in [
        "(confluent.field_meta).tags = \"A\", (confluent.field_meta).tags = \"B\"",
        "(confluent.field_meta) = {tags: \"A\" tags: \"B\"}",
        "(confluent.field_meta) = {tags: [\"A\", \"B\"]}",
    ] {
        let text =
            format!("syntax = \"proto3\"; import \"confluent/meta.proto\"; message M {{ string f = 1 [{options}]; }}");
        let text = edited(&read(&text), &[edit("M.f", AField, &[], &["A", "B", "C"])]).unwrap();
        assert!(text.ends_with("message M {\n  string f = 1;\n}\n"), "{text}");
    }
}

#[test]
fn fields_are_found_wherever_they_stand_and_nothing_else_is() {
    let schema = read(
        r#"syntax = "proto2"; package shop;
        message Order {
            oneof pay { string card = 1; group Cash = 2 { optional int32 sum = 1; } }
            repeated group Line = 3 { optional string sku = 1; }
            map<string, string> notes = 4;
            message Inner { optional string deep = 1; }
            enum Color { RED = 0; }
            extensions 100 to 200;
        }
        extend Order { optional string more = 100; optional group Far = 101 { optional string x = 1; } }"#,
    );
    for (entity, kind) in [
        ("Order", ARecord),
        ("Order.pay", AField),
        ("Order.card", AField),
        ("Order.cash", AField),
        ("Order.Cash", ARecord),
        ("Order.Cash.sum", AField),
        ("Order.line", AField),
        ("Order.Line.sku", AField),
        ("Order.notes", AField),
        ("Order.Inner", ARecord),
        ("Order.Inner.deep", AField),
        ("Far", ARecord),
        ("Far.x", AField),
    ] {
        let text = edited(&schema, &[edit(entity, kind, &["T"], &[])]);
        if entity == "Order.pay" {
            assert_eq!(text, Err(entity.to_owned()), "a oneof holds no value");
            continue;
        }
        assert_eq!(tags_of(&text.unwrap(), entity), ["T"], "{entity}");
    }
    for (entity, kind) in [
        ("shop.Order", ARecord),
        ("Order.Color", ARecord),
        ("Order.more", AField),
        ("Order.NotesEntry", ARecord),
        ("Order", AField),
    ] {
        assert_eq!(edited(&schema, &[edit(entity, kind, &["T"], &[])]), Err(entity.to_owned()));
    }
}

#[test]
fn somebody_elses_copy_of_the_options_is_as_good() {
    let copy = include_str!("../wellknown/confluent/meta.proto");
    let copy = Resolved { name: "copied/meta.proto".into(), kind: SchemaKind::Protobuf, text: copy.into() };
    let text = "syntax = \"proto3\"; import \"copied/meta.proto\"; message M { string f = 1; }";
    let schema = parse(text, &[copy], Strictness::Strict).unwrap();
    let edits = [edit("M.f", AField, &["T"], &[])];
    let text = with_tags(&schema, &Edits::new(&edits));
    assert!(text.contains("copied/meta.proto") && !text.contains("\"confluent/meta.proto\""), "{text}");
}

#[test]
fn a_nearer_package_of_that_name_is_not_meant() {
    let schema = read("syntax = \"proto3\"; package shop.confluent; message M { string f = 1; }");
    let text = edited(&schema, &[edit("M.f", AField, &["T"], &[])]).unwrap();
    assert_eq!(tags_of(&text, "M.f"), ["T"]);
}

#[test]
fn tags_come_along_to_where_the_same_parts_still_are() {
    let before = read(
        r#"syntax = "proto3"; import "confluent/meta.proto"; message M { option (confluent.message_meta).tags = "R";
        string a = 1 [(confluent.field_meta) = {tags: ["PII", "NEW"]}]; string gone = 2 [(confluent.field_meta).tags = "X"];
        message N { string deep = 1 [(confluent.field_meta).tags = "DEEP"]; } }"#,
    );
    let after = read(
        r#"syntax = "proto3"; message M { string a = 7 [(confluent.field_meta).tags = "NEW"]; string b = 2;
        message N { oneof o { string deep = 1; } } }"#,
    );
    let text = with_tags_of(&after, &before);
    assert_eq!(tags_of(&text, "M"), ["R"]);
    assert_eq!(tags_of(&text, "M.a"), ["NEW", "PII"]);
    assert_eq!(tags_of(&text, "M.b"), [""; 0]);
    assert_eq!(tags_of(&text, "M.N.deep"), ["DEEP"]);
}
