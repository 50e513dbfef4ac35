//! Does comparing end, whatever the schemas, and without touching the bottom of the stack?

use std::fmt::Write;

use super::reads;
use crate::violation::{MOST_TOLD, Violation};

fn is_too_large(found: &[Violation]) -> bool {
    matches!(found, [violation] if violation.rule.code == "TG367")
}

fn listed(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(", ")
}

#[test]
fn ten_thousand_properties_are_no_trouble() {
    let object = |kind: &str| {
        let properties = listed(10_000, |place| format!(r#""p{place}": {{"type": "{kind}", "maxLength": 5}}"#));
        format!(r#"{{"type": "object", "properties": {{{properties}}}, "additionalProperties": false}}"#)
    };
    assert_eq!(reads(&object("string"), &object("string")), []);
    assert_eq!(reads(&object("integer"), &object("string")).len(), MOST_TOLD);
    let none = r#"{"type": "object", "additionalProperties": false}"#;
    assert_eq!(reads(none, &object("string")).len(), MOST_TOLD);
}

#[test]
fn a_hundred_thousand_demands_are_no_trouble() {
    let object = |name: &str| {
        let names = listed(100_000, |place| format!(r#""{name}{place}""#));
        format!(r#"{{"type": "object", "required": [{names}]}}"#)
    };
    let begun = std::time::Instant::now();
    assert_eq!(reads(&object("a"), &object("b")).len(), MOST_TOLD);
    // Each name on its own took minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn many_branches_are_matched_and_too_many_are_refused() {
    let any = |count: usize, more: usize| {
        let parts = listed(count, |place| format!(r#"{{"enum": [{place}, {}]}}"#, place + more));
        format!(r#"{{"anyOf": [{parts}]}}"#)
    };
    assert_eq!(reads(&any(200, 1), &any(200, 1)), []);
    assert_eq!(reads(&any(150, 1), &any(150, 0)), []);
    assert_eq!(reads(&any(150, 0), &any(150, 1))[0].rule.slug, "json-alternatives-changed");
    assert!(is_too_large(&reads(&any(2_000, 1), &any(2_000, 2))));
}

#[test]
fn definitions_that_all_refer_to_each_other_are_compared_pair_by_pair() {
    let web = |count: usize, leaf: &str| {
        let branches = listed(count, |place| format!(r##"{{"$ref": "#/definitions/d{place}"}}"##));
        let definitions = listed(count, |place| {
            format!(
                r#""d{place}": {{"type": "object", "properties": {{"k": {{"const": {place}}}, "v": {leaf}, "next": {{"oneOf": [{branches}]}}}}, "required": ["k"]}}"#
            )
        });
        format!(r##"{{"definitions": {{{definitions}}}, "$ref": "#/definitions/d0"}}"##)
    };
    assert_eq!(reads(&web(30, r#"{"type": "number"}"#), &web(30, r#"{"type": "integer"}"#)), []);
    let found = reads(&web(30, r#"{"type": "integer"}"#), &web(30, r#"{"type": "number"}"#));
    assert!(found.iter().any(|violation| violation.rule.slug == "json-type-narrowed"), "{found:?}");
}

#[test]
fn combinations_within_combinations_end() {
    let nested = |depth: usize, leaf: &str| {
        let mut text = leaf.to_owned();
        for place in 0..depth {
            text = format!(
                r#"{{"oneOf": [{text}, {{"type": "object", "properties": {{"p": {text}}}, "minProperties": {place}}}]}}"#
            );
        }
        text
    };
    let found = reads(&nested(12, r#"{"type": "integer"}"#), &nested(12, r#"{"type": "string"}"#));
    assert_eq!(found[0].rule.slug, "json-alternatives-changed");
    let deep = |leaf: &str| {
        let (open, close) = (r#"{"anyOf": [{"type": "null"}, "#.repeat(48), "]}".repeat(48));
        format!("{open}{leaf}{close}")
    };
    let found = reads(&deep(r#"{"type": "integer"}"#), &deep(r#"{"type": "string"}"#));
    assert_eq!(found[0].rule.slug, "json-alternatives-changed");
}

#[test]
fn chains_of_references_do_not_touch_the_bottom_of_the_stack() {
    let chain = |count: usize, leaf: &str| {
        let mut text = String::from(r##"{"$ref": "#/definitions/d0", "definitions": {"##);
        for place in 0..count {
            let next = place + 1;
            write!(text, r##""d{place}": {{"properties": {{"n": {{"$ref": "#/definitions/d{next}"}}}}}}, "##).unwrap();
        }
        write!(text, r#""d{count}": {{"type": "{leaf}"}}}}}}"#).unwrap();
        text
    };
    assert_eq!(reads(&chain(390, "string"), &chain(390, "string")), []);
    let found = reads(&chain(390, "string"), &chain(390, "integer"));
    assert_eq!((found.len(), found[0].reader.path.len()), (1, "/properties/n".len() * 390));
    assert!(is_too_large(&reads(&chain(5_000, "string"), &chain(5_000, "integer"))));
}
