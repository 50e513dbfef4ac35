//! Which payloads pass, and what is said of those that do not?

use crate::format::{Strictness, parse};
use crate::schema::SchemaKind;
use crate::validator::{Flaw, Outcome, Validator};

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Avro, schema, &[], Strictness::Strict).unwrap().validator()
}

fn record(fields: &str) -> Validator {
    validator(&format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#))
}

fn flaw(validator: &Validator, payload: &[u8]) -> Flaw {
    match validator.validate(payload) {
        Outcome::Invalid(flaw) => flaw,
        Outcome::Valid => panic!("{payload:?} is valid"),
    }
}

#[track_caller]
fn assert_flaw(validator: &Validator, payload: &[u8], offset: usize, path: &str, what: &str) {
    let found = flaw(validator, payload);
    assert_eq!((found.offset, found.path.as_str(), found.what.as_str()), (offset, path, what));
}

#[test]
fn each_primitive_is_used_up_exactly() {
    let good: [(&str, &[u8]); 8] = [
        ("null", &[]),
        ("boolean", &[1]),
        ("int", &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("long", &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
        ("float", &[0; 4]),
        ("double", &[0; 8]),
        ("string", &[6, b'a', 0xc3, 0xa9]),
        ("bytes", &[0xff, 0xff]),
    ];
    for (word, payload) in good {
        let validator = validator(&format!("\"{word}\""));
        assert_eq!(validator.validate(payload), Outcome::Valid, "{word}");
        if word != "bytes" {
            let longer = [payload, &[0]].concat();
            assert_flaw(&validator, &longer, payload.len(), "", "1 byte is left over after the last field");
        }
        if let Some((_, shorter)) = payload.split_last().filter(|_| word != "bytes") {
            assert!(matches!(validator.validate(shorter), Outcome::Invalid(_)), "{word}");
        }
    }
}

#[test]
fn flaws_name_field_place_and_reason() {
    let order = record(
        r#"{"name":"id","type":"long"},
           {"name":"to","type":{"type":"record","name":"To","fields":[{"name":"zip","type":"int"},{"name":"city","type":"string"}]}},
           {"name":"lines","type":{"type":"array","items":{"type":"record","name":"L","fields":[
              {"name":"sku","type":"string"},{"name":"price","type":"double"}]}}},
           {"name":"note","type":["null","string"]},
           {"name":"state","type":{"type":"enum","name":"S","symbols":["A","B"]}}"#,
    );
    let good = [&[2, 4, 2, b'x', 2, 2, b'y'][..], &[0; 8], &[0, 0, 2]].concat();
    assert_eq!(order.validate(&good), Outcome::Valid);

    assert_flaw(&order, &[], 0, "id", "the payload ends before the value does");
    let wide = [2, 0x80, 0x80, 0x80, 0x80, 0x10];
    assert_flaw(&order, &wide, 1, "to.zip", "the number does not fit an int");
    assert_flaw(&order, &[2, 4, 2, 0xff], 2, "to.city", "the text is not UTF-8");
    assert_flaw(&order, &[2, 4, 1], 2, "to.city", "the length is negative");
    assert_flaw(&order, &[2, 4, 20, b'x'], 2, "to.city", "the length reaches past the end of the payload");
    assert_flaw(&order, &good[..10], 7, "lines[0].price", "the payload ends before the value does");
    assert_flaw(&order, &[2, 4, 0, 200, 1], 5, "lines", "a block claims more items than there are bytes");

    let replace = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        bad
    };
    assert_flaw(&order, &replace(16, 4), 16, "note", "the union has 2 branches, and the index is none of them");
    assert_flaw(&order, &replace(17, 4), 17, "state", "the enum has 2 symbols, and the index is none of them");
    assert_flaw(&order, &replace(17, 1), 17, "state", "the enum has 2 symbols, and the index is none of them");
    let longer = [&good[..], &[0, 0]].concat();
    assert_flaw(&order, &longer, 18, "", "2 bytes are left over after the last field");
}

#[test]
fn a_flaw_reads_as_a_sentence() {
    let told = flaw(&record(r#"{"name":"a","type":"boolean"}"#), &[2]).to_string();
    assert_eq!(told, "field a: a boolean is the byte 0 or 1 (at byte 0)");
}

#[test]
fn unions_go_by_index_whatever_stands_in_them() {
    let union = record(
        r#"{"name":"u","type":["int",{"type":"array","items":"boolean"},"null","string"]},{"name":"z","type":"int"}"#,
    );
    for payload in [&[0, 8, 0][..], &[2, 2, 1, 0, 0], &[4, 0], &[6, 2, b'x', 0], &[0x84, 0, 0]] {
        assert_eq!(union.validate(payload), Outcome::Valid, "{payload:?}");
    }
    assert_flaw(&union, &[8, 0], 0, "u", "the union has 4 branches, and the index is none of them");
    assert_flaw(&union, &[2, 2, 7, 0, 0], 2, "u[0]", "a boolean is the byte 0 or 1");
    for null in [r#"["null","long"]"#, r#"["long","null"]"#, r#"["null","string"]"#, r#"["string","null"]"#] {
        let optional = record(&format!(r#"{{"name":"o","type":{null}}},{{"name":"z","type":"int"}}"#));
        let (absent, present) = if null.starts_with(r#"["null""#) { (0, 2) } else { (2, 0) };
        assert_eq!(optional.validate(&[absent, 9]), Outcome::Valid, "{null}");
        assert_eq!(optional.validate(&[present, 0, 9]), Outcome::Valid, "{null}");
        assert_flaw(&optional, &[4, 0], 0, "o", "the union has 2 branches, and the index is none of them");
    }
}

#[test]
fn sizes_of_blocks_must_be_true() {
    let array = record(r#"{"name":"a","type":{"type":"array","items":"string"}}"#);
    let map = record(r#"{"name":"a","type":{"type":"map","values":"int"}}"#);
    // Two items in 4 bytes, then one without a size.
    assert_eq!(array.validate(&[3, 8, 2, b'x', 2, b'y', 2, 0, 0]), Outcome::Valid);
    assert_flaw(&array, &[3, 6, 2, b'x', 2, b'y', 0], 6, "a", "the size of a block does not match its items");
    assert_flaw(&array, &[3, 100, 2, b'x', 2, b'y', 0], 0, "a", "the size of a block does not match its items");
    assert_flaw(&array, &[3, 1, 2, b'x', 2, b'y', 0], 0, "a", "the size of a block does not match its items");
    assert_eq!(map.validate(&[1, 6, 2, b'k', 8, 0]), Outcome::Valid);
    assert_flaw(&map, &[2, 2, b'k', 0x80], 3, "a[0]", "the payload ends before the value does");
    let least = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0];
    assert_flaw(&array, &least, 0, "a", "the count of a block is out of range");
}

#[test]
fn items_without_bytes_are_counted_not_walked() {
    for items in [r#""null""#, r#"{"type":"fixed","name":"F","size":0}"#, r#"{"type":"record","name":"E","fields":[]}"#]
    {
        let array = record(&format!(r#"{{"name":"a","type":{{"type":"array","items":{items}}}}}"#));
        assert_eq!(array.validate(&[6, 2, 0]), Outcome::Valid);
        assert_eq!(array.validate(&[3, 0, 0]), Outcome::Valid);
        let bomb = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0];
        assert_flaw(&array, &bomb, 0, "a", "an array claims more than 1000000 items that take no bytes");
    }
}

#[test]
fn types_within_themselves_nest_up_to_a_bound() {
    let list = validator(
        r#"{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}"#,
    );
    let chain = |links: usize| [[2, 2].repeat(links), vec![2, 0]].concat();
    assert_eq!(list.validate(&chain(450)), Outcome::Valid);
    assert!(flaw(&list, &chain(5000)).what.contains("nests deeper than 500 levels"));
    assert_flaw(&list, &[2, 2, 2, 7], 3, "next.next", "the union has 2 branches, and the index is none of them");

    let endless = validator(r#"{"type":"record","name":"E","fields":[{"name":"e","type":"E"}]}"#);
    assert!(flaw(&endless, &[]).what.contains("nests deeper"));

    let tree =
        validator(r#"{"type":"record","name":"T","fields":[{"name":"kids","type":{"type":"array","items":"T"}}]}"#);
    assert_eq!(tree.validate(&[4, 0, 2, 0, 0, 0]), Outcome::Valid);
    assert_flaw(&tree, &[4, 0, 2, 0x80], 3, "kids[1].kids[0].kids", "the payload ends before the value does");
}

#[test]
fn references_that_double_at_every_level_stay_small() {
    for leaf in ["int", "null"] {
        let mut inner = format!(r#"{{"type":"record","name":"T40","fields":[{{"name":"x","type":"{leaf}"}}]}}"#);
        for level in (0..40).rev() {
            let deeper = level + 1;
            inner = format!(
                r#"{{"type":"record","name":"T{level}","fields":[{{"name":"a","type":{inner}}},{{"name":"b","type":"T{deeper}"}}]}}"#
            );
        }
        let doubling = validator(&inner);
        let valid = doubling.validate(&[]) == Outcome::Valid;
        assert_eq!(valid, leaf == "null");
        assert!(matches!(doubling.validate(&[0; 40]), Outcome::Invalid(_)));
    }
}

#[test]
fn widths_side_by_side_merge_but_not_across_branches() {
    let record = record(
        r#"{"name":"o","type":["null","double"]},{"name":"d","type":"double"},{"name":"f","type":{"type":"fixed","name":"F","size":3}}"#,
    );
    assert_eq!(record.validate(&[0; 12]), Outcome::Valid);
    assert_eq!(record.validate(&[&[2][..], &[0; 19]].concat()), Outcome::Valid);
    assert!(matches!(record.validate(&[&[2][..], &[0; 18]].concat()), Outcome::Invalid(_)));
}

/// Offset, path and reason of all flaws.
fn flaws(validator: &Validator, payload: &[u8], most: usize) -> Vec<(usize, String, String)> {
    validator.flaws(payload, most).into_iter().map(|flaw| (flaw.offset, flaw.path, flaw.what)).collect()
}

#[test]
fn all_flaws_are_told_as_long_as_it_is_clear_where_the_next_value_begins() {
    let record = record(
        r#"{"name":"a","type":"boolean"},{"name":"b","type":"int"},{"name":"c","type":["null","string"]},
           {"name":"d","type":{"type":"array","items":{"type":"enum","name":"E","symbols":["A"]}}},
           {"name":"e","type":{"type":"map","values":"string"}},{"name":"f","type":["int","string"]}"#,
    );
    let good = [1, 2, 2, 2, b'x', 4, 0, 0, 0, 2, 2, b'k', 2, b'v', 0, 0, 0];
    assert_eq!(flaws(&record, &good, 10), []);
    let bad = [7, 0x80, 0x80, 0x80, 0x80, 0x10, 2, 2, 0xff, 4, 2, 4, 0, 2, 2, 0xfe, 2, 0xfd, 0, 0, 0, 0, 0];
    let mut told = flaws(&record, &bad, 10).into_iter();
    let mut next = || told.next().map(|(offset, path, what)| format!("{offset} {path}: {what}")).unwrap_or_default();
    assert_eq!(next(), "0 a: a boolean is the byte 0 or 1");
    assert_eq!(next(), "1 b: the number does not fit an int");
    assert_eq!(next(), "6 c: the text is not UTF-8");
    assert_eq!(next(), "10 d[0]: the enum has 1 symbols, and the index is none of them");
    assert_eq!(next(), "11 d[1]: the enum has 1 symbols, and the index is none of them");
    assert_eq!(next(), "14 e[0]: the text is not UTF-8");
    assert_eq!(next(), "16 e[0]: the text is not UTF-8");
    assert_eq!(next(), "21 : 2 bytes are left over after the last field");
    assert_eq!(next(), "");
    assert_eq!(flaws(&record, &bad, 3).len(), 3);
    assert_eq!(flaws(&record, &bad, 0), []);
    // Behind a union whose branch nobody knows, nothing can be told.
    let lost = [7, 2, 0, 0, 0, 8, 0xff, 0xff];
    assert_eq!(flaws(&record, &lost, 10).iter().map(|flaw| flaw.0).collect::<Vec<_>>(), [0, 5]);
}

#[test]
fn the_flaws_of_one_payload_are_bounded() {
    let array = record(r#"{"name":"a","type":{"type":"array","items":"boolean"}}"#);
    let payload = [&[0xd0, 0x0f][..], &[9; 1000], &[0]].concat();
    assert_eq!(flaws(&array, &payload, usize::MAX).len(), 100);
}

#[test]
fn a_value_must_be_what_its_logical_type_says() {
    let of = |word: &str, logical: &str| {
        record(&format!(r#"{{"name":"a","type":{{"type":"{word}","logicalType":"{logical}","precision":4}}}}"#))
    };
    let text = |text: &str| [&[2 * text.len() as u8][..], text.as_bytes()].concat();
    let uuid = of("string", "uuid");
    assert_eq!(uuid.validate(&text("0123abcd-0000-4000-8000-0123456789AB")), Outcome::Valid);
    for bad in [
        "",
        "0123abcd-0000-4000-8000-0123456789a",
        "0123abcd-0000-4000-8000-0123456789ag",
        "0123abcd00000-4000-8000-0123456789ab",
    ] {
        assert_flaw(&uuid, &text(bad), 0, "a", "the text is no UUID");
    }
    let millis = of("int", "time-millis");
    assert_eq!(millis.validate(&[0xfe, 0xef, 0xb2, 0x52]), Outcome::Valid);
    assert_flaw(&millis, &[0x80, 0xf0, 0xb2, 0x52], 0, "a", "the number is no time of a day");
    assert_flaw(&millis, &[1], 0, "a", "the number is no time of a day");
    assert_flaw(&millis, &[0x80, 0x80, 0x80, 0x80, 0x10], 0, "a", "the number does not fit an int");
    let micros = of("long", "time-micros");
    assert_eq!(micros.validate(&[0x80, 0xf0, 0xb2, 0x52]), Outcome::Valid);
    assert_flaw(&micros, &[1], 0, "a", "the number is no time of a day");
    let decimal = of("bytes", "decimal");
    assert_eq!(decimal.validate(&[2, 0]), Outcome::Valid);
    assert_flaw(&decimal, &[0], 0, "a", "a decimal has a byte at least");
    // A logical type on a type that it does not fit means nothing.
    assert_eq!(of("bytes", "uuid").validate(&[0]), Outcome::Valid);
    assert_eq!(of("long", "time-millis").validate(&[1]), Outcome::Valid);
    let optional =
        record(r#"{"name":"a","type":["null",{"type":"string","logicalType":"uuid"}]},{"name":"b","type":"int"}"#);
    assert_eq!(optional.validate(&[0, 0]), Outcome::Valid);
    assert_eq!(
        flaws(&optional, &[2, 2, b'x', 0x80, 0x80, 0x80, 0x80, 0x10], 9).iter().map(|flaw| flaw.0).collect::<Vec<_>>(),
        [1, 3]
    );
}
