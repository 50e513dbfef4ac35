//! What can a reader read, rule by rule?

use crate::format::{Parsed, Strictness, parse};
use crate::level::{Direction, Policy};
use crate::schema::SchemaKind;
use crate::violation::{Side, Violation};

fn avro(text: &str) -> Parsed {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict).unwrap()
}

fn codes(reader: &str, writer: &str) -> Vec<String> {
    let told = |violation: &Violation| format!("{} {}", violation.rule.code, violation.reader.path);
    avro(reader).reads(&avro(writer), Policy::Strict).iter().map(told).collect()
}

#[test]
fn places_are_found_in_both_texts() {
    let reader = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\n  {\"name\":\"new\",\"type\":\"int\"},\n  {\"name\":\"a\",\"type\":\"int\"}]}";
    let writer = r#"{"type":"record","name":"R","fields":[{"name":"z","type":"int"},{"name":"a","type":"string"}]}"#;
    let found = avro(reader).reads(&avro(writer), Policy::Strict);
    let [missing, changed] = found.as_slice() else { panic!("{found:?}") };

    let span = missing.reader.span.unwrap();
    assert_eq!((&reader[span.start..span.end], span.line, span.column), ("\"new\"", 2, 11));
    assert_eq!((missing.reader.path.as_str(), missing.writer.path.as_str()), ("/fields/0", ""));

    let (read, written) = (changed.reader.span.unwrap(), changed.writer.span.unwrap());
    assert_eq!((&reader[read.start..read.end], read.line), ("\"int\"", 3));
    assert_eq!((&writer[written.start..written.end], changed.writer.path.as_str()), ("\"string\"", "/fields/1/type"));
    assert_eq!(changed.message, "the reader expects int, the writer writes string");
}

#[test]
fn a_shared_type_is_reported_where_it_is_first_met() {
    let schema = |of: &str| {
        format!(
            r#"{{"type":"record","name":"R","fields":[
                {{"name":"a","type":{{"type":"record","name":"S","fields":[{{"name":"x","type":"{of}"}}]}}}},
                {{"name":"b","type":"S"}}]}}"#
        )
    };
    assert_eq!(codes(&schema("int"), &schema("string")), ["TG103 /fields/0/type/fields/0/type"]);
}

#[test]
fn what_a_union_passed_over_in_silence_is_told_where_it_counts() {
    let schema = |of: &str| {
        format!(
            r#"{{"type":"record","name":"R","fields":[
                {{"name":"a","type":["null",{{"type":"record","name":"S","fields":[{{"name":"x","type":"{of}"}}]}}]}},
                {{"name":"b","type":"S"}}]}}"#
        )
    };
    assert_eq!(
        codes(&schema("int"), &schema("string")),
        ["TG104 /fields/0/type/1", "TG103 /fields/1/type/fields/0/type"]
    );
}

#[test]
fn advice_reaches_into_the_branch_that_is_taken() {
    let schema = |logical: &str| format!(r#"["null",{{"type":"int","logicalType":"{logical}"}}]"#);
    assert_eq!(codes(&schema("date"), &schema("time-millis")), ["TG109 /1"]);
}

#[test]
fn names_count_only_within_and_aliases_without() {
    let named = |name: &str, more: &str| format!(r#"{{"type":"fixed","name":"{name}","size":1{more}}}"#);
    assert!(codes(&named("a.F", ""), &named("b.F", "")).is_empty());
    assert_eq!(codes(&named("a.G", ""), &named("a.F", "")), ["TG105 /name"]);
    assert!(codes(&named("a.G", r#","aliases":["F"]"#), &named("a.F", "")).is_empty());
    assert_eq!(codes(&named("a.G", r#","aliases":["F"]"#), &named("b.F", "")), ["TG105 /name"]);
}

#[test]
fn a_change_deep_in_a_recursive_type_ends_and_is_found() {
    let schema = |of: &str| {
        format!(
            r#"{{"type":"record","name":"T","fields":[{{"name":"kids","type":{{"type":"array","items":"T"}}}},{{"name":"v","type":"{of}"}}]}}"#
        )
    };
    assert_eq!(codes(&schema("int"), &schema("long")), ["TG103 /fields/1/type"]);
    assert!(codes(&schema("long"), &schema("int")).is_empty());
}

#[test]
fn large_unions_are_matched_by_name() {
    let union = |kind: &str| {
        let branches = (0..10_000)
            .map(|n| format!(r#"{{"type": "record", "name": "R{n}", "fields": [{{"name": "x", "type": "{kind}"}}]}}"#));
        format!("[{}]", branches.collect::<Vec<_>>().join(","))
    };
    let begun = std::time::Instant::now();
    assert_eq!(codes(&union("int"), &union("int")), Vec::<String>::new());
    assert_eq!(codes(&union("int"), &union("string")).len(), crate::violation::MOST_TOLD);
    // Each branch with each took minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    // One name in many namespaces: each branch may be meant by each.
    let spaces = |kind: &str| {
        let branches = (0..1_500).map(|n| {
            format!(r#"{{"type": "record", "name": "s{n}.R", "fields": [{{"name": "x", "type": "{kind}"}}]}}"#)
        });
        format!("[{}]", branches.collect::<Vec<_>>().join(","))
    };
    let told = codes(&spaces("int"), &spaces("string"));
    assert!(told.iter().any(|told| told.starts_with("TG112")), "{told:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(40), "{:?}", begun.elapsed());
    let renamed = r#"["null", {"type": "record", "name": "b.New", "aliases": ["a.Old"], "fields": []}]"#;
    let old = r#"["null", {"type": "record", "name": "a.Old", "fields": []}]"#;
    assert!(
        !codes(renamed, old).iter().any(|told| told.contains("TG1") && told.contains("union")),
        "{:?}",
        codes(renamed, old)
    );
}

#[test]
fn types_that_references_define_have_a_path_but_no_span() {
    let reference = |of: &str| crate::format::Resolved {
        name: "S".into(),
        kind: SchemaKind::Avro,
        text: format!(r#"{{"type":"record","name":"S","fields":[{{"name":"x","type":"{of}"}}]}}"#).into(),
    };
    let text = r#"{"type":"record","name":"R","fields":[{"name":"s","type":"S"}]}"#;
    let with = |of: &str| parse(SchemaKind::Avro, text, &[reference(of)], Strictness::Strict).unwrap();
    let found = with("int").reads(&with("string"), Policy::Strict);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].reader.path.as_str(), found[0].reader.span), ("/fields/0/type/fields/0/type", None));
}

/// The reader's text after the edits of its violations.
fn edited(reader: &str, writer: &str) -> String {
    let violations = avro(reader).reads(&avro(writer), Policy::Strict);
    let mut edits: Vec<_> = violations.into_iter().flat_map(|violation| violation.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = reader.to_owned();
    for edit in edits {
        assert_eq!(edit.side, Side::Reader);
        text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
    }
    text
}

#[test]
fn what_an_edit_changes_fits_afterwards() {
    let reader = r#"{"type":"record","name":"R","fields":[
        {"name":"a", "type": ["null", "string"] },
        {"type":{"type":"enum","name":"E","symbols":["A", "B"]},"name":"e"}]}"#;
    let writer = r#"{"type":"record","name":"R","fields":[
        {"name":"e","type":{"type":"enum","name":"E","symbols":["C","B","A","D"]}}]}"#;
    let better = edited(reader, writer);
    assert!(better.contains(r#""type": ["null", "string"], "default": null }"#), "{better}");
    assert!(better.contains(r#"["A", "B", "C", "D"]"#), "{better}");
    assert_eq!(avro(&better).reads(&avro(writer), Policy::Strict), []);
}

#[test]
fn nothing_is_edited_where_somebody_must_think() {
    let reader =
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":["string","null"]},{"name":"b","type":"int"}]}"#;
    assert_eq!(edited(reader, r#"{"type":"record","name":"R","fields":[]}"#), reader);
}

#[test]
fn changes_of_an_existing_text_are_not_offered_to_the_author_of_another() {
    let existing = avro(r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"]}]}"#);
    let candidate = avro(r#"{"type":"record","name":"R","fields":[]}"#);
    let told = candidate.compare(&existing, Direction::Forward, Policy::Strict);
    assert_eq!(told.iter().map(|violation| violation.rule.code).collect::<Vec<_>>(), ["TG102"]);
    assert!(told[0].edits.is_empty());
    assert!(!existing.reads(&candidate, Policy::Strict)[0].edits.is_empty());
}

#[test]
fn advice_is_about_the_branch_that_a_decoder_picks() {
    let union = avro(r#"["string","bytes","double","long"]"#);
    assert_eq!(union.reads(&union, Policy::Strict), []);
    assert_eq!(codes(r#"["null","string"]"#, r#"["bytes","null"]"#), ["TG116 /1"]);
    let fixed = |namespace: &str| format!(r#"{{"type":"fixed","name":"F","namespace":"{namespace}","size":1}}"#);
    let optional = |namespace: &str| format!(r#"["null",{}]"#, fixed(namespace));
    assert_eq!(codes(&optional("a"), &fixed("b")), ["TG113 "]);
    // Java doesn't look into unions that are the same step by step.
    assert_eq!(codes(&optional("a"), &optional("b")), [""; 0]);
    assert_eq!(codes(&optional("a").replace("]", r#","int"]"#), &optional("b")), ["TG113 "]);
}

#[test]
fn a_field_that_could_be_several_is_an_error_even_in_a_branch_that_need_not_be_taken() {
    let record = |namespace: &str, fields: &str| {
        format!(r#"{{"type":"record","name":"R","namespace":"{namespace}","fields":[{fields}]}}"#)
    };
    let ambiguous = record("a", r#"{"name":"c","type":"int","aliases":["x","y"]}"#);
    let good = record("b", r#"{"name":"x","type":"int"}"#);
    let writer = record("c", r#"{"name":"x","type":"int"},{"name":"y","type":"int"}"#);
    assert_eq!(codes(&format!("[{ambiguous},{good}]"), &writer), ["TG111 /0/fields/0"]);
}
