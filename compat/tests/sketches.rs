//! Do sketches show where something is wrong, and nothing of what is there?
#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use tidegate_compat::{Metadata, Payload, SchemaKind, Sketch, Sketcher, Strictness, parse};

fn sketcher(kind: SchemaKind, text: &str, metadata: Option<&Metadata>) -> Sketcher {
    parse(kind, text, &[], Strictness::Strict).unwrap().sketcher(metadata, |tag| tag == "PII")
}

/// A line for each value: its name behind as many points as it is deep, its mask, and the rules that it breaks.
fn told(sketch: &Sketch) -> Vec<String> {
    fn tell(sketch: &Sketch, depth: usize, lines: &mut Vec<String>) {
        let marks: Vec<String> = sketch.rules.iter().map(|rule| format!(" !{rule}")).collect();
        lines.push(format!("{}{} {}{}", ".".repeat(depth), sketch.name, sketch.mask, marks.concat()));
        sketch.inner.iter().for_each(|inner| tell(inner, depth + 1, lines));
    }
    let mut lines = Vec::new();
    tell(sketch, 0, &mut lines);
    lines
}

const AVRO: &str = r#"{"type":"record","name":"shop.Order","fields":[
    {"name":"email","type":"string","confluent:tags":["PII"]},
    {"name":"note","type":["null","string"]},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"sku","type":"string"},{"name":"price","type":"double"}]}}},
    {"name":"tags","type":{"type":"map","values":"int"}}]}"#;

/// The email, no note, five lines, two tags.
fn order() -> Vec<u8> {
    let mut bytes = b"\x08anna\x00\x0a".to_vec();
    for _ in 0..5 {
        bytes.extend(b"\x04ab\0\0\0\0\0\0\0\0");
    }
    bytes.extend(b"\x00\x04\x02x\x06\x02y\x08\x00");
    bytes
}

#[test]
fn a_tree_shows_where_something_is_wrong_in_avro() {
    let sketcher = sketcher(SchemaKind::Avro, AVRO, None);
    let order = order();
    let faults = [("lines[4].price", "positive"), ("email", "mail"), ("tags[1]", "small"), ("nowhere.at.all", "lost")];
    let sketch = sketcher.sketch((&order).into(), &faults);
    assert_eq!(
        told(&sketch),
        [
            " record !lost",
            ".email hidden !mail",
            ".note null",
            ".lines list(5)",
            "..[0] record",
            "...sku string(2)",
            "...price float",
            "..[1] record",
            "...sku string(2)",
            "...price float",
            "..[2] record",
            "...sku string(2)",
            "...price float",
            "..[4] record",
            "...sku string(2)",
            "...price float !positive",
            ".tags map(2)",
            "..{0} int",
            "..{1} int !small",
        ]
    );
    assert!(!format!("{sketch:?}").contains("anna"));
}

#[test]
fn what_breaks_off_is_drawn_as_far_as_it_goes() {
    let sketcher = sketcher(SchemaKind::Avro, AVRO, None);
    let order = order();
    // In the price of the second line.
    let sketch = sketcher.sketch(order.get(..24).unwrap().into(), &[("lines[1].price", "tidegate.payload")]);
    let lines = told(&sketch);
    assert!(
        lines.ends_with(&[
            "..[1] record".into(),
            "...sku string(2)".into(),
            "...price unreadable !tidegate.payload".into()
        ]),
        "{lines:?}"
    );
    assert_eq!(told(&sketcher.sketch(b"".into(), &[("email", "x")])), [" record", ".email hidden !x"]);
}

#[test]
fn members_that_the_schema_does_not_know_are_named_by_their_place() {
    let schema = r#"{"type":"object","additionalProperties":false,"required":["id"],"properties":{
        "id":{"type":"integer"},"home":{"type":"object","properties":{"zip":{"type":"string","confluent:tags":["PII"]}}}}}"#;
    let sketcher = sketcher(SchemaKind::Json, schema, None);
    let payload = br#"{"home":{"zip":"89073"},"secret":"hello"}"#;
    let sketch = sketcher.sketch(payload.into(), &[("{1}", "tidegate.payload"), ("id", "there"), ("home.zip", "zip")]);
    let lines = told(&sketch);
    assert_eq!(
        lines,
        [" record", ".id absent !there", ".home record", "..zip hidden !zip", ".{1} unknown !tidegate.payload"]
    );
    let text = format!("{sketch:?}");
    assert!(!text.contains("secret") && !text.contains("89073") && !text.contains("hello"));
}

#[test]
fn protobuf_has_its_own_names_for_entries() {
    let schema =
        "syntax = \"proto3\"; message Order { string email = 1; map<string, int32> tags = 2; repeated int32 n = 3; }";
    let metadata =
        Metadata { tags: [("Order.email".to_owned(), ["PII".to_owned()].into())].into(), ..Metadata::default() };
    let sketcher = sketcher(SchemaKind::Protobuf, schema, Some(&metadata));
    let payload = Payload { bytes: b"\x0a\x02ab\x12\x05\x0a\x01x\x10\x05\x1a\x03\x01\x02\x03", header: Some(&[0]) };
    let sketch = sketcher.sketch(payload, &[("tags{}", "a"), ("n[2]", "b")]);
    let expected = [
        " record",
        ".email hidden",
        ".tags map(1) !a",
        "..{0} int",
        ".n list(3)",
        "..[0] int",
        "..[1] int",
        "..[2] int !b",
    ];
    assert_eq!(told(&sketch), expected);
}

#[test]
fn sketches_are_small_however_large_the_payload_is() {
    let schema =
        r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"array","items":{"type":"array"}}}}}"#;
    let sketcher = sketcher(SchemaKind::Json, schema, None);
    let row = format!("[{}]", vec!["[1,2,3,4,5]"; 50].join(","));
    let payload = format!("{{\"a\":[{}]}}", vec![row; 50].join(","));
    let lines = told(&sketcher.sketch(payload.as_bytes().into(), &[("a[40][40][4]", "deep")]));
    assert!(lines.len() < 240, "{}", lines.len());
    assert!(lines.iter().any(|line| line == "....[4] int !deep"), "{lines:?}");
    let deep = "[".repeat(120) + &"]".repeat(120);
    let lines = told(&sketcher.sketch(format!("{{\"a\":{deep}}}").as_bytes().into(), &[]));
    assert!(lines.len() <= 27, "{}", lines.len());
}
