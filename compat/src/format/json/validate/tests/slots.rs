//! Which fields can be read by their path, and what is read?

use std::borrow::Cow;

use super::validator;
use crate::validator::{Scalar, Validator};

const SCHEMA: &str = r##"{"type":"object","additionalProperties":false,"properties":{
    "customer":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/customer"}]},
    "lines":{"type":"array","items":{"properties":{"price":{"type":"number"}},"additionalProperties":false}},
    "tags":{"type":"object","additionalProperties":{"type":"string"}},
    "free":{}},
    "definitions":{"customer":{"type":"object","properties":{"email":{"type":"string"},"age":{"type":"integer"}},
        "additionalProperties":false}}}"##;

fn read<'p>(validator: &Validator, path: &str, payload: &'p str) -> Vec<Scalar<'p>> {
    let mut found = Vec::new();
    validator.slot(path).unwrap().each(payload, &mut |scalar| found.push(scalar)).unwrap();
    found
}

#[test]
fn values_are_read_by_path() {
    let order = validator(SCHEMA);
    let payload = r#"{"tags":{"a":"x","b":"\u0079"},"lines":[{"price":1.5},{"price":2},{}],
        "customer":{"age":18446744073709551615,"email":"e@x"},"free":{"deep":[true,null,-1,[1]]}}"#;
    assert_eq!(read(&order, "customer.email", payload), [Scalar::Text(Cow::Borrowed("e@x"))]);
    assert_eq!(read(&order, "customer.age", payload), [Scalar::Unsigned(u64::MAX)]);
    assert_eq!(read(&order, "lines[].price", payload), [Scalar::Float(1.5), Scalar::Int(2)]);
    assert_eq!(read(&order, "tags{}", payload), [Scalar::Text("x".into()), Scalar::Text("y".into())]);
    assert_eq!(read(&order, "tags.b", payload), [Scalar::Text("y".into())]);
    assert_eq!(read(&order, "free.deep[]", payload), [Scalar::Boolean(true), Scalar::Null, Scalar::Int(-1)]);
    assert!(read(&order, "customer", payload).is_empty());
    assert!(read(&order, "customer.email", r#"{"customer":null}"#).is_empty());
    let mut texts = Vec::new();
    order.slot("tags{}").unwrap().each(payload, &mut |scalar| texts.push(scalar)).unwrap();
    assert!(matches!(&texts[0], Scalar::Text(Cow::Borrowed("x"))));
}

#[test]
fn paths_that_no_payload_has_are_told() {
    let order = validator(SCHEMA);
    for path in
        ["nobody", "customer.name", "lines[].cost", "lines{}", "tags[]", "lines[0].price", "a..b", "tags.b.c", "."]
    {
        assert!(order.slot(path).is_none(), "{path}");
    }
    for path in ["customer", "free.any[]{}.thing", "tags.whatever", "lines[]", ""] {
        assert!(order.slot(path).is_some(), "{path}");
    }
}

#[test]
fn what_breaks_off_is_told() {
    let order = validator(SCHEMA);
    let slot = order.slot("lines[].price").unwrap();
    let mut found = 0;
    let flaw = slot.each(r#"{"lines":[{"price":1},{"price":2}"#, &mut |_| found += 1).unwrap_err();
    assert_eq!((found, flaw.offset), (2, 33));
    for payload in ["", "{", "{\"lines\"", "{\"lines\":[{\"price\":\"", "{\"a\":[}"] {
        assert!(slot.each(payload, &mut |_| {}).is_err() || payload.is_empty(), "{payload}");
    }
    assert!(slot.each(&b"\xff"[..], &mut |_| {}).is_err());
    let deep = order.slot("free{}").unwrap();
    assert!(deep.each(&format!("{{\"free\":{{\"a\":{}", "[".repeat(100_000)), &mut |_| {}).is_err());
}
