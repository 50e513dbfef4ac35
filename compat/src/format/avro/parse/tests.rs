//! What is a schema, and what is said of text that is none?

use std::fmt::Write as _;

use crate::format::{Parsed, Resolved, Strictness, parse};
use crate::level::Policy;
use crate::schema::SchemaKind;
use crate::violation::Malformed;

fn avro(text: &str) -> Result<Parsed, Malformed> {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict)
}

fn lenient(text: &str) -> Result<Parsed, Malformed> {
    parse(SchemaKind::Avro, text, &[], Strictness::Lenient)
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

fn reference(name: &str, text: &str) -> Resolved {
    Resolved { name: name.into(), kind: SchemaKind::Avro, text: text.into() }
}

/// The message, the pointer and the piece of the text that is to blame.
#[track_caller]
fn assert_refused(text: &str, message: &str, path: &str, piece: &str) {
    let malformed = avro(text).unwrap_err();
    let span = malformed.span.unwrap();
    let found = (malformed.message.as_str(), malformed.path.as_deref(), &text[span.start..span.end]);
    assert_eq!(found, (message, Some(path), piece));
}

#[test]
fn primitives_are_json_texts_or_objects() {
    for word in ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] {
        assert!(avro(&format!("\"{word}\"")).is_ok());
        assert!(avro(&format!(r#"{{"type":"{word}"}}"#)).is_ok());
    }
    let bare = avro("string").unwrap_err();
    assert_eq!(bare.message, "'string' is not JSON; a text stands in double quotes");
    assert_refused(
        "\"text\"",
        "unknown type 'text': it is neither defined here nor in a referenced schema",
        "",
        "\"text\"",
    );
}

#[test]
fn refusals_say_what_and_where() {
    assert_refused("12", "a schema is text, an object or an array, not a number", "", "12");
    assert_refused(r#"{"name":"x"}"#, "'type' is missing", "", r#"{"name":"x"}"#);
    assert_refused(r#"{"type":["int"]}"#, "'type' must be text here, not an array", "/type", r#"["int"]"#);
    assert_refused(r#"{"type":"array"}"#, "'items' is missing", "", r#"{"type":"array"}"#);
    let no_type = record(r#"{"name":"a"}"#);
    assert_refused(&no_type, "'type' is missing", "/fields/0", r#"{"name":"a"}"#);
    let twice = record(r#"{"name":"a","type":"int"},{"name":"a","type":"int"}"#);
    assert_refused(&twice, "the record has two fields named 'a'", "/fields/1", r#"{"name":"a","type":"int"}"#);
    let order = record(r#"{"name":"a","type":"int","order":"up"}"#);
    assert_refused(&order, "the order is ascending, descending or ignore", "/fields/0/order", "\"up\"");
    let symbols = r#"{"type":"enum","name":"E","symbols":["A","A"]}"#;
    assert_refused(symbols, "the symbol 'A' stands twice", "/symbols/1", "\"A\"");
    let default = r#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#;
    assert_refused(default, "the default 'B' is not one of the symbols", "/default", "\"B\"");
    let size = r#"{"type":"fixed","name":"F","size":-1}"#;
    assert!(avro(size).unwrap_err().message.starts_with("a fixed type needs a 'size'"));
    assert_refused(
        r#"["int","int"]"#,
        "the union has 'int' twice, so that a reader could not tell the branches apart",
        "/1",
        "\"int\"",
    );
    assert_refused(r#"["null",["int"]]"#, "a union can't stand directly in a union", "/1", r#"["int"]"#);
    let again = record(r#"{"name":"a","type":{"type":"record","name":"R","fields":[]}}"#);
    assert!(avro(&again).unwrap_err().message.contains("'R' is already defined"));
    assert!(avro(r#"{"type":"fixed","name":"int","size":1}"#).unwrap_err().message.contains("a primitive type"));
}

#[test]
fn spans_count_lines_and_characters() {
    let text = "{\"type\":\"record\",\"name\":\"R\",\n \"fields\":[\n  {\"name\":\"ä\", \"type\":\"int\"}]}";
    let span = avro(text).unwrap_err().span.unwrap();
    assert_eq!((span.line, span.column), (3, 11));
}

#[test]
fn a_type_may_be_defined_again_in_the_same_words() {
    let twice = |one: &str, other: &str| {
        avro(&record(&format!(r#"{{"name":"a","type":{one}}},{{"name":"b","type":{other}}}"#)))
    };
    let defined = |fields: &str| format!(r#"{{"type":"record","name":"Q","fields":[{fields}]}}"#);
    let inner = r#"{"name":"x","type":["null",{"type":"fixed","name":"F","size":1,"p":1}],"default":null}"#;
    let same = twice(&defined(inner), &defined(&inner.replace(r#""name":"x""#, r#""doc":"x","name":"x""#))).unwrap();
    assert_eq!(same.identity(), twice(&defined(inner), r#""Q""#).unwrap().identity());
    for other in [
        "",
        &inner.replace(r#""p":1"#, r#""p":2"#),
        &inner.replace(r#","default":null"#, ""),
        &inner.replace(r#""x""#, r#""y""#),
    ] {
        let refused = twice(&defined(inner), &defined(other)).unwrap_err();
        assert!(refused.message.contains("is already defined in other words"), "{refused}");
    }
    let list = defined(r#"{"name":"next","type":["null","Q"]}"#);
    assert!(twice(&list, &list).unwrap_err().message.contains("'Q' is already defined"));
}

#[test]
fn names_resolve_in_their_namespace_first_and_may_come_early() {
    let text = r#"{"type":"record","name":"a.R","fields":[
        {"name":"early","type":"F"},
        {"name":"f","type":{"type":"fixed","name":"F","size":2}},
        {"name":"again","type":"a.F"},
        {"name":"plain","type":{"type":"record","name":"P","namespace":"","fields":[{"name":"g","type":{"type":"fixed","name":"G","size":1}}]}},
        {"name":"g","type":"G"}]}"#;
    let identity = avro(text).unwrap().identity();
    assert_eq!(
        identity,
        concat!(
            r#"{"type":"record","name":"R","namespace":"a","fields":[{"name":"early","type":{"type":"fixed","name":"F","size":2}},"#,
            r#"{"name":"f","type":"F"},{"name":"again","type":"F"},"#,
            r#"{"name":"plain","type":{"type":"record","name":"P","namespace":"","fields":[{"name":"g","type":{"type":"fixed","name":"G","size":1}}]}},"#,
            r#"{"name":"g","type":"G"}]}"#
        )
    );
}

#[test]
fn references_bring_their_types_along() {
    let cents = reference("m.Cents", r#"{"type":"fixed","name":"Cents","namespace":"m","size":8}"#);
    let money = reference(
        "m.Money",
        r#"{"type":"record","name":"Money","namespace":"m","fields":[{"name":"c","type":"Cents"},
            {"name":"cur","type":{"type":"enum","name":"Cur","symbols":["EUR"]}}]}"#,
    );
    let text = record(r#"{"name":"m","type":"m.Money"},{"name":"c","type":"m.Cur"}"#);
    let all = [cents, money];
    let parsed = parse(SchemaKind::Avro, &text, &all, Strictness::Strict).unwrap();
    assert_eq!(parsed.identity(), text);
    assert!(parsed.rendered("resolved").unwrap().contains(r#""name":"Cents""#));

    let wrong = parse(SchemaKind::Avro, &text, &all[1..], Strictness::Strict).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the referenced schema 'm.Money' can't be used: unknown type 'm.Cents': it is neither defined here nor in a \
         referenced schema at /fields/0/type"
    );
    let json = Resolved { kind: SchemaKind::Json, ..all[0].clone() };
    assert!(parse(SchemaKind::Avro, &text, &[json], Strictness::Strict).is_err());
}

#[test]
fn strictness_is_about_names_namespaces_and_defaults() {
    for text in [
        r#"{"type":"fixed","name":"größe","size":1}"#.to_owned(),
        r#"{"type":"fixed","name":"F","namespace":"a-b","size":1}"#.to_owned(),
        record(r#"{"name":"a","type":"int","default":"x"}"#),
    ] {
        assert!(avro(&text).is_err(), "{text}");
        assert!(lenient(&text).is_ok(), "{text}");
    }
    assert!(lenient(r#"{"type":"fixed","name":"a-b","size":1}"#).is_err());
}

#[test]
fn defaults_must_fit_their_types() {
    let enumeration = r#"{"type":"enum","name":"E","symbols":["A"]}"#;
    let nested =
        r#"{"type":"record","name":"N","fields":[{"name":"x","type":"int"},{"name":"y","type":"int","default":0}]}"#;
    let good = [
        ("\"null\"", "null"),
        ("\"boolean\"", "true"),
        ("\"int\"", "-2147483648"),
        ("\"long\"", "9223372036854775807"),
        ("\"float\"", "1"),
        ("\"double\"", "\"NaN\""),
        ("\"double\"", "\" 1.5e3d \""),
        ("\"string\"", "\"\""),
        ("\"bytes\"", "\"\\u00ff\""),
        (enumeration, "\"A\""),
        (r#"{"type":"array","items":"int"}"#, "[1,2]"),
        (r#"{"type":"map","values":"int"}"#, r#"{"a":1}"#),
        (r#"["null","int"]"#, "null"),
        (r#"["null","int"]"#, "1"),
        (nested, r#"{"x":1}"#),
    ];
    for (of, default) in good {
        let text = record(&format!(r#"{{"name":"a","type":{of},"default":{default}}}"#));
        assert!(avro(&text).is_ok(), "{text}");
    }
    let bad = [
        ("\"null\"", "0"),
        ("\"int\"", "2147483648"),
        ("\"int\"", "1.0"),
        ("\"long\"", "1e3"),
        ("\"float\"", "\"much\""),
        ("\"double\"", "\"inf\""),
        ("\"string\"", "null"),
        (enumeration, "1"),
        (r#"{"type":"array","items":"int"}"#, "[1,\"a\"]"),
        (r#"{"type":"map","values":"int"}"#, "[]"),
        (r#"["null","int"]"#, "\"x\""),
        (nested, r#"{"y":1}"#),
    ];
    for (of, default) in bad {
        let text = record(&format!(r#"{{"name":"a","type":{of},"default":{default}}}"#));
        let malformed = avro(&text).unwrap_err();
        assert_eq!(malformed.path.as_deref(), Some("/fields/0/default"), "{text}");
    }
}

#[test]
fn hostile_texts_are_refused_in_time() {
    let mut chain = String::new();
    for link in 0..5000 {
        let _ =
            write!(chain, r#"{{"type":"record","name":"T{link}","fields":[{{"name":"n","type":"T{}"}}]}},"#, link + 1);
    }
    let chain = format!(r#"[{chain}{{"type":"fixed","name":"T5000","size":1}}]"#);
    assert!(avro(&chain).unwrap_err().message.contains("nest deeper"));

    // The same backwards nests nowhere until somebody follows it.
    let mut flat = r#"{"type":"fixed","name":"T1000","size":1}"#.to_owned();
    for link in (0..1000).rev() {
        let _ =
            write!(flat, r#",{{"type":"record","name":"T{link}","fields":[{{"name":"n","type":"T{}"}}]}}"#, link + 1);
    }
    let parsed = avro(&format!("[{flat}]")).unwrap();
    parsed.validator();
    assert!(parsed.reads(&parsed, Policy::Strict).is_empty());

    // Two rings of different length unfold against each other for as long as both together.
    let ring = |length: usize| {
        let mut ring = String::new();
        for link in (1..length).rev() {
            let _ = write!(
                ring,
                r#"{{"type":"record","name":"T{link}","fields":[{{"name":"n","type":"T{}"}}]}},"#,
                (link + 1) % length
            );
        }
        avro(&format!(r#"[{ring}{{"type":"record","name":"T0","fields":[{{"name":"n","type":"T1"}}]}}]"#)).unwrap()
    };
    let found = ring(150).reads(&ring(149), Policy::Strict);
    assert!(!found.is_empty());

    let long = format!(r#"{{"type":"fixed","name":"F","namespace":"{}","size":1}}"#, "n".repeat(5000));
    assert_eq!(avro(&long).unwrap_err().message, "a full name has at most 4096 bytes");

    let selfish = record(r#"{"name":"a","type":"R","default":{}}"#);
    assert!(avro(&selfish).is_err());
    let mut doubling = String::new();
    for level in 0..60 {
        let next = level + 1;
        let _ = write!(
            doubling,
            r#"{{"type":"record","name":"D{level}","fields":[{{"name":"a","type":"D{next}","default":{{}}}},{{"name":"b","type":"D{next}","default":{{}}}}]}},"#
        );
    }
    let doubling = format!(r#"[{doubling}{{"type":"record","name":"D60","fields":[]}}]"#);
    assert!(avro(&doubling).is_err());
}

#[test]
fn mutated_texts_never_panic() {
    let seed = r#"{"type":"record","name":"a.R","doc":"d","aliases":["Q",".P"],"p":[1,{"q":-1.5e-3}],"fields":[
        {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"A"},"default":"B","order":"ignore"},
        {"name":"u","type":["null","R",{"type":"map","values":{"type":"array","items":"E"}}],"default":null},
        {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"\u00ff"},
        {"name":"f","type":{"type":"fixed","name":"F","size":2},"aliases":["g"]},{"name":"x","type":"double","default":"NaN"}]}"#;
    let whole = avro(seed).unwrap();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..3_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=next(3) {
            let (from, to) = (next(bytes.len()), next(bytes.len()));
            match next(4) {
                0 => bytes[from] = b"{}[]\":,0Aae.\\-"[next(14)],
                1 => bytes.swap(from, to),
                2 => drop(bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 9))),
                _ => bytes.insert(from, bytes[to]),
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let Ok(parsed) = avro(&text) {
            accepted += 1;
            let identity = parsed.identity();
            assert_eq!(avro(&identity).unwrap().identity(), identity, "{text}");
            let _ = (
                parsed.normalized(),
                parsed.validator(),
                parsed.reads(&whole, Policy::Strict),
                whole.reads(&parsed, Policy::Strict),
            );
            assert!(parsed.is_equivalent(&lenient(&identity).unwrap()), "{text}");
        }
    }
    assert!(accepted > 50, "{accepted}");
}
