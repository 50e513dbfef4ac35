//! Are differences the ones that Confluent sees, at the paths that it gives?

mod wild;

use crate::format::{Parsed, Resolved, Strictness, parse};
use crate::level::{Direction, Policy};
use crate::schema::SchemaKind;
use crate::violation::{Severity, Side, Violation};

fn schema(text: &str) -> Parsed {
    parse(SchemaKind::Json, text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

fn reads(new: &str, old: &str) -> Vec<Violation> {
    schema(new).reads(&schema(old), Policy::Strict)
}

/// The errors, as Confluent calls and places them.
fn errors(new: &str, old: &str) -> Vec<String> {
    let is_error = |violation: &&Violation| violation.rule.severity == Severity::Error;
    let tell = |violation: &Violation| format!("{} #{}", violation.rule.confluent.unwrap(), violation.reader.path);
    reads(new, old).iter().filter(is_error).map(tell).collect()
}

fn in_property(schema: &str) -> String {
    format!(r#"{{"type": "object", "properties": {{"p": {schema}}}}}"#)
}

#[track_caller]
fn assert_errors(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(errors(new, old), expected, "{old} -> {new}");
    let moved: Vec<_> = expected.iter().map(|error| error.replacen("#/", "#/properties/p/", 1)).collect();
    let moved: Vec<_> = moved.iter().map(|error| error.trim_end_matches('/')).collect();
    assert_eq!(errors(&in_property(new), &in_property(old)), moved, "{old} -> {new}");
}

// === Kinds ===

#[test]
fn anything_becomes_empty_and_nothing_becomes_anything() {
    assert_errors(r#"{"properties": {}}"#, "{}", &[]);
    assert_errors(r#"{"type": "string"}"#, "true", &[]);
    assert_errors("false", r#"{"type": "string"}"#, &[]);
    assert_errors("{}", r#"{"type": "string"}"#, &["TYPE_CHANGED #/"]);
    assert_errors("true", "false", &["TYPE_CHANGED #/"]);
    assert_errors(r#"{"type": "object"}"#, r#"{"type": "array"}"#, &["TYPE_CHANGED #/"]);
}

#[test]
fn a_type_may_become_one_of_several() {
    assert_errors(r#"{"type": "string"}"#, r#"{"anyOf": [{"type": "number"}, {"type": "string"}]}"#, &[]);
    assert_errors(r#"{"type": "string"}"#, r#"{"type": ["number", "string"]}"#, &[]);
    assert_errors(r#"{"type": ["string"]}"#, r#"{"type": "string"}"#, &[]);
    assert_errors(r#"{"type": ["string", "null"]}"#, r#"{"type": "string"}"#, &["TYPE_CHANGED #/"]);
    let all = r#"{"allOf": [{"type": "number"}, {"type": "string"}]}"#;
    assert_errors(r#"{"type": "string"}"#, all, &["TYPE_CHANGED #/"]);
    assert_errors(all, r#"{"type": "string"}"#, &[]);
}

#[test]
fn drafts_of_the_same_meaning_are_compared_in_the_same_terms() {
    let d20 = r#""$schema": "https://json-schema.org/draft/2020-12/schema""#;
    let old = r#"{"type": "array", "items": [{"type": "string"}], "additionalItems": {"type": "integer"}}"#;
    let new =
        format!(r#"{{{d20}, "type": "array", "prefixItems": [{{"type": "string"}}], "items": {{"type": "number"}}}}"#);
    assert_eq!(errors(&new, old), [] as [&str; 0]);
    assert_eq!(errors(old, &new), ["TYPE_NARROWED #/additionalItems"]);
    let beside = format!(
        r##"{{{d20}, "$defs": {{"a": {{"type": "string"}}}}, "properties": {{"p": {{"$ref": "#/$defs/a", "maxLength": 3}}}}}}"##
    );
    let alone = beside.replace(r#", "maxLength": 3"#, "");
    assert_eq!(errors(&beside, &alone), ["TYPE_CHANGED #/properties/p"]);
    assert_eq!(errors(&alone, &beside), [] as [&str; 0]);
}

// === Combinations ===

#[test]
fn parts_are_matched_in_any_order_and_repetitions_count_once() {
    let (one, two) = (r#"{"enum": ["one"]}"#, r#"{"type": "string"}"#);
    let three = r#"{"maxLength": 5}"#;
    assert_errors(
        &format!(r#"{{"allOf": [{one}, {two}, {three}]}}"#),
        &format!(r#"{{"allOf": [{three}, {one}, {two}]}}"#),
        &[],
    );
    assert_errors(
        &format!(r#"{{"allOf": [{one}, {two}, {three}]}}"#),
        &format!(r#"{{"allOf": [{three}, {one}, {{"type": "number"}}]}}"#),
        &["COMBINED_TYPE_SUBSCHEMAS_CHANGED #/"],
    );
    assert_errors(&format!(r#"{{"allOf": [{two}]}}"#), &format!(r#"{{"allOf": [{two}, {two}]}}"#), &[]);
    assert_errors(
        r#"{"oneOf": [{"type": "string"}]}"#,
        r#"{"oneOf": [{"type": "number"}]}"#,
        &["COMBINED_TYPE_SUBSCHEMAS_CHANGED #/"],
    );
}

#[test]
fn a_combination_becomes_another_only_where_it_takes_more() {
    let combined = |criterion: &str, parts: &str| format!(r#"{{"{criterion}": [{parts}]}}"#);
    let (one, two) = (r#"{"type": "string"}"#, r#"{"type": "number"}, {"type": "string"}"#);
    for (old, old_parts, new, new_parts, expected) in [
        ("oneOf", one, "anyOf", two, &[][..]),
        ("allOf", one, "anyOf", two, &[]),
        ("anyOf", one, "oneOf", two, &[]),
        ("allOf", one, "oneOf", two, &[]),
        ("oneOf", one, "allOf", one, &[]),
        ("anyOf", two, "oneOf", two, &["COMBINED_TYPE_CHANGED #/"]),
        ("oneOf", two, "allOf", one, &["COMBINED_TYPE_CHANGED #/"]),
        ("anyOf", one, "allOf", two, &["COMBINED_TYPE_CHANGED #/"]),
        ("oneOf", two, "anyOf", one, &["SUM_TYPE_NARROWED #/"]),
        ("allOf", one, "allOf", two, &["PRODUCT_TYPE_EXTENDED #/"]),
        ("allOf", two, "allOf", one, &[]),
    ] {
        assert_errors(&combined(old, old_parts), &combined(new, new_parts), expected);
    }
}

#[test]
fn differences_of_matched_parts_are_placed_below_the_branch_of_the_writer() {
    let old = r#"{"anyOf": [{"type": "integer"}, {"type": "string", "default": "a"}]}"#;
    let new = r#"{"anyOf": [{"type": "string", "default": "b"}, {"type": "integer"}]}"#;
    let found = reads(new, old);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].rule.code, found[0].reader.path.as_str()), ("TG384", "/anyOf/1"));
}

#[test]
fn a_combination_that_is_refused_says_which_of_its_parts_is_to_blame() {
    let found = reads(r#"{"type": "string", "enum": ["a"]}"#, r#"{"type": "string", "enum": ["a", "b"]}"#);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.confluent, Some("COMBINED_TYPE_SUBSCHEMAS_CHANGED"));
    assert_eq!(found[0].message, r#"the reader does not know "b", which the writer may write"#);
    assert_eq!(found[0].edits[0].replacement, r#", "b""#);
}

// === Objects and arrays ===

#[test]
fn a_property_comes_and_goes_as_the_content_model_allows() {
    let object = |properties: &str, rest: &str| format!(r#"{{"properties": {{{properties}}}{rest}}}"#);
    let (foo, bar) = (r#""foo": {"type": "string"}"#, r#""bar": {"type": "string"}"#);
    let both = format!("{foo}, {bar}");
    let closed = r#", "additionalProperties": false"#;
    let texts = r#", "additionalProperties": {"type": "string"}"#;
    let numbers = r#", "additionalProperties": {"type": "number"}"#;
    for (old, new, expected) in [
        (object(foo, ""), object(bar, ""), &["OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/bar"][..]),
        (object(foo, closed), object(&both, closed), &[]),
        (object(&both, closed), object(foo, closed), &["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/bar"]),
        (object(foo, texts), object(&both, texts), &[]),
        (
            object(foo, numbers),
            object(&both, numbers),
            &[
                "TYPE_CHANGED #/properties/bar",
                "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/bar",
            ],
        ),
        (object(&both, texts), object(foo, texts), &[]),
        (
            object(&both, numbers),
            object(foo, numbers),
            &[
                "TYPE_CHANGED #/properties/bar",
                "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/bar",
            ],
        ),
        (object(foo, ""), object(foo, closed), &["ADDITIONAL_PROPERTIES_REMOVED #/additionalProperties"]),
        (object(foo, texts), object(foo, ""), &[]),
        (object(foo, ""), object(foo, texts), &["ADDITIONAL_PROPERTIES_NARROWED #/additionalProperties"]),
        (object(foo, closed), object(foo, texts), &[]),
        (object(foo, texts), object(foo, numbers), &["TYPE_CHANGED #/additionalProperties"]),
    ] {
        assert_errors(&old, &new, expected);
    }
}

#[test]
fn a_pattern_covers_before_additional_properties_do() {
    let patterns = r#""patternProperties": {"^S_": {"type": "string"}, "^I_": {"type": "integer"}}"#;
    let old = format!(r#"{{"properties": {{}}, "additionalProperties": false, {patterns}}}"#);
    let new = |property: &str| {
        format!(r#"{{"properties": {{"I_1": {property}}}, "additionalProperties": false, {patterns}}}"#)
    };
    assert_errors(&old, &new(r#"{"type": "number"}"#), &[]);
    assert_errors(
        &old,
        &new(r#"{"type": "string"}"#),
        &[
            "TYPE_CHANGED #/properties/I_1",
            "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/I_1",
        ],
    );
}

#[test]
fn a_moved_subschema_is_still_the_same() {
    let old = r#"{"properties": {"a": {"type": "string"}, "b": {"oneOf": [{"type": "null"}, {"type": "string"}]}}}"#;
    let new = r##"{"definitions": {"s": {"type": "string"}},
        "properties": {"a": {"$ref": "#/definitions/s"}, "b": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/s"}]}}}"##;
    assert_eq!(reads(new, old), []);
    assert_eq!(reads(old, new), []);
}

// === Recursion ===

#[test]
fn recursive_schemas_are_compared_once_around() {
    let tree = |value: &str| {
        format!(
            r##"{{"properties": {{"value": {value}, "children": {{"type": "array", "items": {{"$ref": "#"}}}}}}}}"##
        )
    };
    assert_eq!(reads(&tree(r#"{"type": "number"}"#), &tree(r#"{"type": "integer"}"#)), []);
    assert_eq!(
        errors(&tree(r#"{"type": "integer"}"#), &tree(r#"{"type": "number"}"#)),
        ["TYPE_NARROWED #/properties/value"]
    );
}

#[test]
fn what_was_taken_for_granted_in_a_circle_is_looked_at_again() {
    // `a` and `b` refer to each other; that `b` fits is concluded while `a` is open, and `a` does not fit.
    let schemas = |leaf: &str| {
        format!(
            r##"{{"definitions": {{
                "a": {{"properties": {{"to_b": {{"$ref": "#/definitions/b"}}, "leaf": {leaf}}}, "required": ["leaf"]}},
                "b": {{"properties": {{"to_a": {{"$ref": "#/definitions/a"}}}}}}
            }},
            "properties": {{
                "first": {{"anyOf": [{{"$ref": "#/definitions/a"}}, {{"type": "null"}}]}},
                "second": {{"anyOf": [{{"$ref": "#/definitions/b"}}, {{"type": "null"}}]}}
            }}}}"##
        )
    };
    let found = errors(&schemas(r#"{"type": "integer"}"#), &schemas(r#"{"type": "string"}"#));
    assert_eq!(
        found,
        ["COMBINED_TYPE_SUBSCHEMAS_CHANGED #/properties/first", "COMBINED_TYPE_SUBSCHEMAS_CHANGED #/properties/second"]
    );
}

// === What is told ===

#[test]
fn a_finding_points_at_the_name_in_both_texts_and_offers_what_is_safe() {
    let old = "{\"properties\": {\"a\": {\"type\": \"string\"}}, \"required\": [\"z\"]}";
    let new = "{\"properties\":\n  {\"a\": {\"type\": \"string\"}},\n  \"required\": [\"a\", \"z\"]}";
    let found = reads(new, old);
    assert_eq!(found.len(), 1);
    let (reader, writer) = (found[0].reader.span.unwrap(), found[0].writer.span.unwrap());
    assert_eq!((reader.line, reader.column, &new[reader.start..reader.end]), (3, 16, "\"a\""));
    assert_eq!(&old[writer.start..writer.end], "\"a\"");
    let edit = &found[0].edits[0];
    assert_eq!(
        (edit.side, &new[edit.span.start..edit.span.end], edit.replacement.as_str()),
        (Side::Reader, "\"a\", ", "")
    );
}

#[test]
fn edits_mend_what_they_are_for() {
    for (old, new) in [
        (r#"{"enum": [1, "b"]}"#, r#"{"enum": ["b"]}"#),
        (r#"{"type": "string", "maxLength": 50}"#, r#"{"type": "string", "maxLength": 5}"#),
        (r#"{"properties": {"a": {}}, "required": ["b"]}"#, r#"{"properties": {"a": {}}, "required": ["b", "a"]}"#),
    ] {
        let mut mended = new.to_owned();
        for edit in reads(new, old).remove(0).edits {
            mended.replace_range(edit.span.start..edit.span.end, &edit.replacement);
        }
        assert_eq!(reads(&mended, old), [], "{mended}");
    }
}

#[test]
fn what_is_wrong_in_a_referenced_document_has_a_path_and_no_place_in_the_text() {
    let with = |kind: &str| {
        let address = Resolved {
            name: "address.json".into(),
            kind: SchemaKind::Json,
            text: format!(r#"{{"properties": {{"zip": {{"type": "{kind}"}}}}}}"#).into(),
        };
        let text = r#"{"properties": {"dock": {"$ref": "address.json"}}}"#;
        parse(SchemaKind::Json, text, &[address], Strictness::Strict).unwrap()
    };
    let found = with("integer").reads(&with("string"), Policy::Strict);
    assert_eq!((found.len(), found[0].reader.path.as_str()), (1, "/properties/dock/properties/zip"));
    assert_eq!((found[0].reader.span, found[0].writer.span), (None, None));
}

#[test]
fn an_author_is_told_what_to_do_about_the_candidate() {
    let open = schema(r#"{"properties": {}}"#);
    let existing = schema(r#"{"properties": {"a": {"type": "string"}}, "required": ["a"]}"#);
    let found = open.compare(&existing, Direction::Forward, Policy::Strict);
    assert_eq!(found[0].rule.confluent, Some("REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"));
    assert!(found[0].fix.as_deref().unwrap().starts_with("keep declaring it"), "{found:?}");
    assert!(found.iter().all(|violation| violation.edits.iter().all(|edit| edit.side == Side::Writer)));
}
