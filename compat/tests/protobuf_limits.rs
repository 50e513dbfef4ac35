//! Is there an end to every comparison of Protobuf schemas, however large or tangled they are?

use std::time::{Duration, Instant};

use tidegate_compat::{Parsed, Policy, Resolved, SchemaKind, Severity, Strictness, parse};

/// The file that is imported where one is.
const COMMON: &str = "common.proto";

fn protobuf(text: &str, imports: &[(&str, &str)]) -> Parsed {
    let resolved = |(name, text): &(&str, &str)| Resolved {
        name: (*name).to_owned(),
        kind: SchemaKind::Protobuf,
        text: (*text).into(),
    };
    let imports: Vec<_> = imports.iter().map(resolved).collect();
    parse(SchemaKind::Protobuf, text, &imports, Strictness::Strict)
        .unwrap_or_else(|malformed| panic!("{malformed}: {}", &text[..text.len().min(200)]))
}

/// How long a comparison took, and how many errors it found. Reading the schemas is not part of it.
fn timed(reader: &Parsed, writer: &Parsed) -> (Duration, usize) {
    let start = Instant::now();
    let found = reader.reads(writer, Policy::Strict);
    let errors = found.iter().filter(|violation| violation.rule.severity == Severity::Error).count();
    (start.elapsed(), errors)
}

/// A file with one message that has as many fields as wanted.
fn wide(fields: usize, field: impl Fn(usize) -> String) -> Parsed {
    let fields: String = (1..=fields).map(|number| field(number) + "\n").collect();
    protobuf(&format!("syntax = \"proto3\";\nmessage Wide {{\n{fields}}}"), &[])
}

/// Generous for a loaded machine and a debug build; what loops or squares takes minutes.
const LIMIT: Duration = Duration::from_secs(20);

/// How many errors are told at most.
const MOST: usize = 1_000;

#[test]
fn ten_thousand_fields_are_compared_in_time() {
    let number = |number: usize| format!("int64 f{number} = {};", number + 20_000);
    let text = |number: usize| format!("string f{number} = {};", number + 20_000);
    let (took, errors) = timed(&wide(10_000, text), &wide(10_000, number));
    assert_eq!(errors, MOST);
    println!("all of other types: {took:?}");
    assert!(took < LIMIT, "{took:?}");
    let (took, errors) = timed(&wide(1, text), &wide(10_000, text));
    println!("all but one removed: {took:?}");
    assert!(took < LIMIT && errors == 0, "{took:?}");
    let swapped = |number: usize| format!("string f{} = {};", 10_001 - number, number + 20_000);
    let (took, errors) = timed(&wide(10_000, swapped), &wide(10_000, text));
    println!("all with the name of another: {took:?}");
    assert!(took < LIMIT && errors == 0, "{took:?}");
}

#[test]
fn ten_thousand_choices_are_compared_in_time() {
    let oneof = |range: std::ops::Range<usize>| {
        let members: String = range.map(|number| format!("int32 f{number} = {};\n", number + 20_000)).collect();
        protobuf(&format!("syntax = \"proto3\";\nmessage Wide {{ oneof all {{\n{members}}} }}"), &[])
    };
    let (took, errors) = timed(&oneof(0..1), &oneof(0..10_000));
    println!("all but one choice removed: {took:?}");
    assert!(took < LIMIT && errors == MOST, "{took:?} {errors}");
    let (took, errors) =
        timed(&oneof(0..10_000), &wide(9_999, |number| format!("int32 f{number} = {};", number + 20_000)));
    println!("all fields in one oneof: {took:?}");
    assert!(took < LIMIT && errors == 1, "{took:?} {errors}");
}

#[test]
fn wide_enums_are_compared_in_time() {
    // One enum that is wide, many that are not, and fields that go from the one to each of the others.
    let declared = |prefix: &str, of: &dyn Fn(usize) -> String| {
        let symbols: String = (0..10_000).map(|number| format!("{prefix}{number} = {number};")).collect();
        let fields: String = (1..=500).map(|number| format!("optional {} f{number} = {number};", of(number))).collect();
        let others: String = (1..=500).map(|number| format!("enum E{number} {{ {prefix}Z{number} = 0; }}\n")).collect();
        let text = format!("syntax = \"proto2\";\nmessage M {{ {fields} }}\nenum E {{ {symbols} }}\n{others}");
        protobuf(&text, &[])
    };
    let reader = declared("A", &|number| format!("E{number}"));
    let writer = declared("B", &|_| "E".into());
    for (reader, writer) in [(&reader, &writer), (&writer, &reader)] {
        let (took, errors) = timed(reader, writer);
        println!("one wide enum and 500 others: {took:?}");
        assert!(took < LIMIT && errors == 0, "{took:?} {errors}");
    }
}

#[test]
fn an_enum_with_thousands_of_names_for_a_number_is_compared_in_time() {
    let declared = |prefix: &str| {
        let symbols: String = (0..10_000).map(|number| format!("{prefix}{number} = 0;")).collect();
        protobuf(&format!("syntax = \"proto3\";\nenum E {{ option allow_alias = true; {symbols} }}"), &[])
    };
    for writer in [declared("A"), declared("B")] {
        let (took, errors) = timed(&declared("A"), &writer);
        println!("10,000 names for a number: {took:?}");
        assert!(took < LIMIT && errors == 0, "{took:?} {errors}");
    }
}

/// Messages that lead into each other, one after the other, in a file that is imported.
fn chain(length: usize, last: &str) -> String {
    let links: String = (0..length).map(|link| format!("message C{link} {{ C{} next = 1; }}\n", link + 1)).collect();
    format!("syntax = \"proto3\";\npackage common;\n{links}message C{length} {{ {last} }}")
}

const USES_CHAIN: &str = "syntax = \"proto3\";\nimport \"common.proto\";\nmessage M { common.C0 first = 1; }";

#[test]
fn types_that_lead_deep_into_each_other_neither_hang_nor_overflow() {
    let parsed = |length, last| protobuf(USES_CHAIN, &[(COMMON, &chain(length, last))]);
    // A change at the end of a chain is found, all the way up.
    let (took, errors) = timed(&parsed(100, "string value = 1;"), &parsed(100, "int32 value = 1;"));
    assert!(took < LIMIT && errors == 102, "{took:?} {errors}");
    // A chain that is too long is refused, unless both sides have the same.
    let (took, errors) = timed(&parsed(5_000, "int64 value = 1;"), &parsed(5_000, "int32 value = 1;"));
    println!("a chain of 5,000 messages: {took:?}");
    assert!(took < LIMIT && errors > 0, "{took:?} {errors}");
    let (took, errors) = timed(&parsed(5_000, "int64 value = 1;"), &parsed(5_000, "int64 value = 1;"));
    assert!(took < LIMIT && errors == 0, "{took:?} {errors}");
}

#[test]
fn types_that_all_refer_to_all_are_compared_in_time() {
    // Every pair of types is met, since every field has a type of another name.
    let parsed = |shift: usize| {
        let messages: String = (0..150)
            .map(|message| {
                let fields: String = (1..=150)
                    .map(|field| format!("T{} f{field} = {field};", (field + shift * message) % 150))
                    .collect();
                format!("message T{message} {{ {fields} }}\n")
            })
            .collect();
        protobuf(&format!("syntax = \"proto3\";\n{messages}"), &[])
    };
    let (took, errors) = timed(&parsed(1), &parsed(2));
    println!("150 types with 150 fields: {took:?}");
    assert!(took < LIMIT && errors > 0, "{took:?} {errors}");
}
