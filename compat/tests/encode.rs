//! Do values that are told in JSON become the payloads that the formats' own libraries read?
#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::sync::LazyLock;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use proptest::prelude::*;
use tidegate_compat::{Flaw, Outcome, Parsed, Payload, SchemaKind, Strictness, parse};

const ORDER: &str = r#"{"type": "record", "name": "shop.Order", "fields": [
    {"name": "id", "type": "long"},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OPEN", "PAID"]}, "default": "OPEN"},
    {"name": "email", "type": ["null", "string"], "default": null},
    {"name": "price", "type": ["double", {"type": "record", "name": "Money", "fields": [
        {"name": "cents", "type": "int"}, {"name": "currency", "type": "string", "default": "EUR"}]}], "default": 1.5},
    {"name": "tags", "type": {"type": "array", "items": "string"}, "default": ["new"]},
    {"name": "notes", "type": {"type": "map", "values": "float"}, "default": {}},
    {"name": "digest", "type": {"type": "fixed", "name": "Digest", "size": 2}, "default": "\u0000\u00ff"},
    {"name": "blob", "type": "bytes", "default": "é"},
    {"name": "next", "type": ["null", "shop.Order"], "default": null}]}"#;

/// Read once for all cases.
static SCHEMAS: LazyLock<[Parsed; 2]> =
    LazyLock::new(|| [avro(ORDER), parse(SchemaKind::Protobuf, PROTO, &[], Strictness::Strict).unwrap()]);

fn avro(text: &str) -> Parsed {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict).unwrap()
}

/// What Avro's own library reads back.
fn read(schema: &str, bytes: &[u8]) -> Value {
    let schema = apache_avro::Schema::parse_str(schema).unwrap();
    let mut rest = bytes;
    let value = GenericDatumReader::builder(&schema).build().unwrap().read_value(&mut rest).unwrap();
    assert!(rest.is_empty());
    value
}

fn field<'a>(record: &'a Value, name: &str) -> &'a Value {
    let Value::Record(fields) = record else { panic!("{record:?} is no record") };
    &fields.iter().find(|(field, _)| field == name).unwrap().1
}

#[test]
fn what_is_missing_has_its_default() {
    let order = read(ORDER, &avro(ORDER).encode(r#"{"id": -7}"#).unwrap());
    assert_eq!(field(&order, "id"), &Value::Long(-7));
    assert_eq!(field(&order, "state"), &Value::Enum(0, "OPEN".into()));
    assert_eq!(field(&order, "email"), &Value::Union(0, Box::new(Value::Null)));
    assert_eq!(field(&order, "price"), &Value::Union(0, Box::new(Value::Double(1.5))));
    assert_eq!(field(&order, "tags"), &Value::Array(vec![Value::String("new".into())]));
    assert_eq!(field(&order, "digest"), &Value::Fixed(2, vec![0, 0xff]));
    assert_eq!(field(&order, "blob"), &Value::Bytes(vec![0xe9]));
}

#[test]
fn branches_are_named_or_found() {
    let schema = avro(ORDER);
    let price = |told: &str| read(ORDER, &schema.encode(&format!(r#"{{"id": 1, "price": {told}}}"#)).unwrap());
    let money = Value::Record(vec![("cents".into(), Value::Int(5)), ("currency".into(), Value::String("EUR".into()))]);
    for told in [r#"{"shop.Money": {"cents": 5}}"#, r#"{"cents": 5}"#] {
        assert_eq!(field(&price(told), "price"), &Value::Union(1, Box::new(money.clone())), "{told}");
    }
    for told in [r#"{"double": 2}"#, "2"] {
        assert_eq!(field(&price(told), "price"), &Value::Union(0, Box::new(Value::Double(2.0))), "{told}");
    }
    let with = schema.encode(r#"{"id": 1, "email": {"string": "a@b"}, "next": {"shop.Order": {"id": 2}}}"#).unwrap();
    let without = schema.encode(r#"{"id": 1, "email": "a@b", "next": {"id": 2}}"#).unwrap();
    assert_eq!(with, without);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let schema = avro(ORDER);
    for (text, path, what) in [
        (r#"{"id": "1"}"#, "id", "text where long is wanted"),
        (r#"{}"#, "id", "it is missing, and has no default"),
        (r#"{"id": 1, "stat": "OPEN"}"#, "", "'stat' is no field of shop.Order"),
        (r#"{"id": 1, "state": "LOST"}"#, "state", "it is not one of 'OPEN', 'PAID'"),
        (r#"{"id": 1.5}"#, "id", "it is no whole number of 64 bits"),
        (r#"{"id": 1, "email": 5}"#, "email", "a number where string is wanted"),
        (r#"{"id": 1, "price": true}"#, "price", "a boolean fits none of 'double', 'shop.Money'"),
        (
            r#"{"id": 1, "price": {"shop.Money": {"cents": 3000000000}}}"#,
            "price.cents",
            "it is no whole number of 32 bits",
        ),
        (r#"{"id": 1, "tags": ["a", null]}"#, "tags[1]", "null where string is wanted"),
        (r#"{"id": 1, "notes": {"a": "b"}}"#, "notes{}", "text where float is wanted"),
        (r#"{"id": 1, "notes": {"a": 1e300}}"#, "notes{}", "it is too large for a float"),
        (r#"{"id": 1, "digest": "abc"}"#, "digest", "it has 3 bytes, not 2"),
        (r#"{"id": 1, "next": {"id": 1, "next": {}}}"#, "next.next.id", "it is missing, and has no default"),
    ] {
        let flaw = schema.encode(text).unwrap_err();
        assert_eq!((flaw.path.as_str(), flaw.what.as_str()), (path, what), "{text}");
    }
    let flaw = schema.encode("{\"id\": 1,\n \"tags\": [}").unwrap_err();
    assert!(flaw.what.starts_with("no JSON: "), "{flaw}");
}

#[test]
fn a_default_that_has_no_end_is_given_up() {
    let text = r#"{"type": "record", "name": "A", "fields": [{"name": "a", "type": "A", "default": {}}]}"#;
    if let Ok(schema) = parse(SchemaKind::Avro, text, &[], Strictness::Lenient) {
        assert_eq!(schema.encode("{}").unwrap_err().what, "it is too large, or nests too deep, to be encoded");
    }
    // Each union is tried with both of its branches, and each trial tries all that are inside it.
    let record = |name: &str, at: usize, inner: &str| {
        format!(r#"{{"type": "record", "name": "{name}{at}", "fields": [{{"name": "v", "type": {inner}}}]}}"#)
    };
    let mut text = "\"int\"".to_owned();
    for at in 0..40 {
        let again = if at == 0 { "\"int\"".to_owned() } else { format!(r#"["A{0}", "B{0}"]"#, at - 1) };
        text = format!("[{}, {}]", record("A", at, &text), record("B", at, &again));
    }
    let schema = parse(SchemaKind::Avro, &text, &[], Strictness::Lenient).unwrap();
    let value = (0..40).fold("\"x\"".to_owned(), |inner, _| format!(r#"{{"v": {inner}}}"#));
    assert_eq!(schema.encode(&value).unwrap_err().what, "it is too large, or nests too deep, to be encoded");
}

const PROTO: &str = r#"syntax = "proto3";
    import "google/protobuf/timestamp.proto";
    message Order { int64 id = 1; string name = 2; repeated Line lines = 3; google.protobuf.Timestamp at = 4;
        message Line { string sku = 1; bytes raw = 2; } }
    message Other { }"#;

#[test]
fn messages_are_told_as_protobuf_maps_them() {
    let schema = parse(SchemaKind::Protobuf, PROTO, &[], Strictness::Strict).unwrap();
    let text = r#"{"id": "7", "name": "a", "lines": [{"sku": "b", "raw": "/w=="}], "at": "1970-01-01T00:00:05Z"}"#;
    let bytes = schema.encode(text).unwrap();
    assert_eq!(bytes, b"\x08\x07\x12\x01a\x1a\x06\x0a\x01b\x12\x01\xff\x22\x02\x08\x05");
    let payload = Payload { bytes: &bytes, header: Some(schema.first_message()) };
    assert_eq!(schema.validator().validate(payload), Outcome::Valid);
    let told = |text: &str| schema.encode(text).unwrap_err();
    let Flaw { offset, what, .. } = told("{\"id\": 1,\n \"nam\": 2}");
    assert!(what.contains("nam") && offset > 10, "{offset}: {what}");
    assert!(told(r#"{"id": 1} {}"#).what.contains("trailing"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text: String) {
        for schema in &*SCHEMAS {
            let _ = schema.encode(&text);
        }
    }

    #[test]
    fn whatever_is_encoded_obeys_the_schema_and_is_read_by_avro(
        id: i64, email: Option<String>, cents: i32, tags: Vec<String>, notes in prop::collection::hash_map(".*", any::<f32>(), 0..4),
        blob: Vec<u8>, is_money: bool, is_named: bool,
    ) {
        let money = serde_json::json!({"cents": cents});
        let price = match (is_money, is_named) {
            (true, true) => serde_json::json!({"shop.Money": money}),
            (true, false) => money,
            (false, true) => serde_json::json!({"double": f64::from(cents)}),
            (false, false) => serde_json::json!(f64::from(cents)),
        };
        let letters: String = blob.iter().map(|byte| char::from(*byte)).collect();
        let notes: serde_json::Map<_, _> = notes.into_iter().map(|(key, number)| {
            (key, if number.is_finite() { serde_json::json!(number) } else { serde_json::json!("NaN") })
        }).collect();
        let told = serde_json::json!({"id": id, "email": email, "price": price, "tags": tags, "notes": notes, "blob": letters});
        let schema = &SCHEMAS[0];
        let bytes = schema.encode(&told.to_string()).unwrap();
        prop_assert_eq!(schema.validator().validate(Payload { bytes: &bytes, header: None }), Outcome::Valid);
        let order = read(ORDER, &bytes);
        prop_assert_eq!(field(&order, "id"), &Value::Long(id));
        prop_assert_eq!(field(&order, "blob"), &Value::Bytes(blob));
        prop_assert_eq!(field(&order, "tags"), &Value::Array(tags.into_iter().map(Value::String).collect()));
    }
}
