//! Which values does a path show, and what is said when the payload ends before?

use crate::format::{Resolved, Strictness, parse};
use crate::schema::SchemaKind;
use crate::validator::{Scalar, Validator};

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Avro, schema, &[], Strictness::Strict).unwrap().validator()
}

fn record(fields: &str) -> Validator {
    validator(&format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#))
}

/// What stands at `path`.
#[track_caller]
fn shown<'p>(validator: &Validator, path: &str, payload: &'p [u8]) -> Vec<Scalar<'p>> {
    let mut values = Vec::new();
    let slot = validator.slot(path).unwrap_or_else(|| panic!("no slot for {path}"));
    slot.each(payload, &mut |value| values.push(value)).unwrap();
    values
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(text.into())
}

fn order() -> Validator {
    record(
        r#"{"name":"id","type":"long"},
           {"name":"weight","type":"double"},
           {"name":"paid","type":"boolean"},
           {"name":"hash","type":{"type":"fixed","name":"Hash","size":2}},
           {"name":"to","type":{"type":"record","name":"To","fields":[{"name":"zip","type":"int"},{"name":"city","type":"string"}]}},
           {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
              {"name":"sku","type":"string"},{"name":"price","type":"float"},{"name":"raw","type":"bytes"}]}}},
           {"name":"tags","type":{"type":"map","values":["null","string"]}},
           {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
           {"name":"nothing","type":"null"}"#,
    )
}

fn payload() -> Vec<u8> {
    let mut payload = vec![3];
    payload.extend(1.5f64.to_le_bytes());
    payload.extend([1, 7, 8, 10, 4, b'h', b'i', 3, 32]);
    for sku in *b"ab" {
        payload.extend([2, sku]);
        payload.extend(0.5f32.to_le_bytes());
        payload.extend([2, 0xff]);
    }
    // Two blocks.
    payload.extend([2, 2, b'c', 0, 0, 0, 0, 0, 0]);
    payload.extend([4, 2, b'x', 2, 2, b'y', 2, b'z', 0, 0, 2]);
    payload
}

#[test]
fn every_kind_of_value_is_shown_as_what_it_is() {
    let (order, payload) = (order(), payload());
    let expected: [(&str, Vec<Scalar<'_>>); 11] = [
        ("id", vec![Scalar::Int(-2)]),
        ("weight", vec![Scalar::Float(1.5)]),
        ("paid", vec![Scalar::Boolean(true)]),
        ("hash", vec![Scalar::Bytes((&[7, 8][..]).into())]),
        ("to.zip", vec![Scalar::Int(5)]),
        ("to.city", vec![text("hi")]),
        ("lines[].sku", vec![text("a"), text("b"), text("c")]),
        ("lines[].price", vec![Scalar::Float(0.5), Scalar::Float(0.5), Scalar::Float(0.0)]),
        ("tags{}", vec![text("y"), Scalar::Null]),
        ("state", vec![text("PAID")]),
        ("nothing", vec![Scalar::Null]),
    ];
    for (path, values) in expected {
        assert_eq!(shown(&order, path, &payload), values, "{path}");
    }
}

#[test]
fn only_single_values_have_a_slot() {
    let order = order();
    for path in [
        "",
        "to",
        "lines",
        "lines[]",
        "tags",
        "nobody",
        "id.x",
        "id[]",
        "to.",
        ".id",
        "to..zip",
        "lines[]sku",
        "lines{}.sku",
        "tags[]",
        "id[",
        "tags{",
        "]",
    ] {
        assert!(order.slot(path).is_none(), "{path}");
    }
    let long = "a.".repeat(100_000);
    assert!(order.slot(&long).is_none());
    let nulls = record(r#"{"name":"a","type":{"type":"array","items":"null"}}"#);
    assert!(nulls.slot("a[]").is_none());
}

#[test]
fn a_schema_without_a_record_has_a_slot_of_its_own() {
    assert_eq!(shown(&validator(r#""string""#), "", &[2, b'x']), [text("x")]);
    assert_eq!(shown(&validator(r#""bytes""#), "", &[9, 9]), [Scalar::Bytes((&[9, 9][..]).into())]);
    let longs = validator(r#"{"type":"array","items":{"type":"array","items":"long"}}"#);
    assert_eq!(shown(&longs, "[][]", &[4, 2, 2, 0, 2, 4, 0, 0]), [Scalar::Int(1), Scalar::Int(2)]);
}

#[test]
fn a_path_leads_through_unions_and_shows_what_the_payload_chose() {
    let union = record(
        r#"{"name":"who","type":["null","int",
             {"type":"record","name":"A","fields":[{"name":"skipped","type":"string"},{"name":"x","type":"int"}]},
             {"type":"record","name":"B","fields":[{"name":"x","type":["null","string"]}]}]},
           {"name":"z","type":"long"}"#,
    );
    let cases: [(&[u8], Vec<Scalar<'_>>); 5] = [
        (&[0, 8], vec![]),
        (&[2, 2, 8], vec![]),
        (&[4, 2, b'q', 6, 8], vec![Scalar::Int(3)]),
        (&[6, 2, 2, b't', 8], vec![text("t")]),
        (&[6, 0, 8], vec![Scalar::Null]),
    ];
    for (payload, values) in cases {
        assert_eq!(shown(&union, "who.x", payload), values, "{payload:?}");
        assert_eq!(shown(&union, "z", payload), [Scalar::Int(4)], "{payload:?}");
    }
    assert_eq!(shown(&union, "who", &[2, 2, 8]), [Scalar::Int(1)]);
    assert_eq!(shown(&union, "who", &[0, 8]), [Scalar::Null]);
    assert_eq!(shown(&union, "who", &[6, 0, 8]), []);
    let optional = record(r#"{"name":"a","type":["null",{"type":"array","items":"int"}]}"#);
    assert!(optional.slot("a").is_none());
    assert_eq!(shown(&optional, "a[]", &[2, 2, 6, 0]), [Scalar::Int(3)]);
    assert_eq!(shown(&optional, "a[]", &[0]), []);
}

#[test]
fn types_within_themselves_have_slots_as_deep_as_the_path() {
    let list = validator(
        r#"{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}"#,
    );
    let chain = [2, 2, 4, 2, 6, 0];
    for (path, value) in [("v", 1), ("next.v", 2), ("next.next.v", 3)] {
        assert_eq!(shown(&list, path, &chain), [Scalar::Int(value)], "{path}");
    }
    assert_eq!(shown(&list, "next.next.next.v", &chain), []);
    let tree = validator(
        r#"{"type":"record","name":"T","fields":[
            {"name":"kids","type":{"type":"array","items":"T"}},{"name":"v","type":"int"}]}"#,
    );
    assert_eq!(shown(&tree, "kids[].v", &[4, 2, 0, 8, 0, 2, 0, 4, 0, 6]), [Scalar::Int(1), Scalar::Int(2)]);
    // Two branches that lead to each other would double at every step.
    let doubling = validator(
        r#"{"type":"record","name":"A","fields":[{"name":"x","type":["null","A",
            {"type":"record","name":"B","fields":[{"name":"x","type":["null","A","B"]}]}]},{"name":"v","type":"int"}]}"#,
    );
    assert!(doubling.slot(&format!("{}v", "x.".repeat(150))).is_some());
}

#[test]
fn what_stands_behind_the_field_is_not_looked_at_and_what_stands_before_must_be_good() {
    let record = record(
        r#"{"name":"a","type":"int"},{"name":"b","type":{"type":"array","items":"boolean"}},{"name":"c","type":"string"}"#,
    );
    assert_eq!(shown(&record, "a", &[2, 0xff]), [Scalar::Int(1)]);
    let flaw = |path: &str, payload: &[u8]| {
        let mut values = Vec::new();
        let flaw =
            record.slot(path).unwrap().each(payload, &mut |value| values.push(format!("{value:?}"))).unwrap_err();
        (values.len(), flaw.to_string())
    };
    assert_eq!(flaw("b[]", &[2, 4, 1, 9]), (1, "field b[1]: a boolean is the byte 0 or 1 (at byte 3)".into()));
    assert_eq!(flaw("c", &[2, 2, 9]), (0, "field b[0]: a boolean is the byte 0 or 1 (at byte 2)".into()));
    assert_eq!(flaw("c", &[2, 0, 2, 0xff]), (0, "field c: the text is not UTF-8 (at byte 2)".into()));
    assert_eq!(flaw("b[]", &[2, 8]), (0, "field b: a block claims more items than there are bytes (at byte 2)".into()));
}

#[test]
fn a_schema_with_references_has_slots_too() {
    let money = r#"{"type":"record","name":"Money","namespace":"m","fields":[{"name":"cents","type":"long"}]}"#;
    let reference = Resolved { name: "m.Money".into(), kind: SchemaKind::Avro, text: money.into() };
    let order =
        r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"int"},{"name":"total","type":"m.Money"}]}"#;
    let validator = parse(SchemaKind::Avro, order, &[reference], Strictness::Strict).unwrap().validator();
    assert_eq!(shown(&validator, "total.cents", &[2, 4]), [Scalar::Int(2)]);
}
