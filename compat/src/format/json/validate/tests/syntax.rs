//! Is a payload JSON at all? The grammar of RFC 8259, and nothing besides.

use super::{assert_flaw, assert_valid, flaw, validator};
use crate::validator::Outcome;

#[test]
fn every_value_of_the_grammar_passes_a_schema_that_asks_nothing() {
    let any = validator("{}");
    for payload in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1.5e+10",
        "\"\"",
        "\"é\\u00e9\\ud83d\\ude00\\n\"",
        "[]",
        "[1,[2],{}]",
        "{}",
        "{\"a\":{\"b\":[]}}",
        " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : null } \n",
    ] {
        assert_valid(&any, payload);
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let any = validator("{}");
    for (payload, offset, what) in [
        ("", 0, "the payload ends where a value must stand"),
        ("  ", 2, "the payload ends where a value must stand"),
        ("nul", 0, "a value must stand here, and this is none"),
        ("'a'", 0, "a value must stand here, and this is none"),
        ("NaN", 0, "a value must stand here, and this is none"),
        ("01", 0, "a number must be spelled as JSON does"),
        ("[1.]", 1, "a number must be spelled as JSON does"),
        ("+1", 0, "a value must stand here, and this is none"),
        ("[1,]", 3, "a value must stand here, and this is none"),
        ("[1 2]", 3, "a comma or the closing bracket must follow an item"),
        ("[1", 2, "the payload ends, and a comma or the closing bracket must follow an item"),
        ("{\"a\":1,}", 7, "the name of a member in double quotes must stand here"),
        ("{a:1}", 1, "the name of a member in double quotes must stand here"),
        ("{\"a\" 1}", 5, "a colon must follow the name of a member"),
        ("{\"a\":1", 6, "the payload ends, and a comma or the closing brace must follow a member"),
        ("{\"a\":1]", 6, "a comma or the closing brace must follow a member"),
        ("\"abc", 4, "the payload ends within a text"),
        ("\"a\nb\"", 2, "a control character in a text must be escaped"),
        ("\"\\x\"", 1, "the text has an escape that is none, or half of a surrogate pair"),
        ("[\"\\ud800\"]", 2, "the text has an escape that is none, or half of a surrogate pair"),
        ("1 2", 2, "1 byte is left over after the value"),
        ("{} []", 3, "2 bytes are left over after the value"),
        ("// no\n1", 0, "a value must stand here, and this is none"),
    ] {
        let found = flaw(&any, payload);
        assert_eq!((found.offset, found.what.as_str()), (offset, what), "{payload}");
    }
    let Outcome::Invalid(found) = any.validate(b"\"ab\xff\"") else { panic!("it is no UTF-8") };
    assert_eq!((found.offset, found.what.as_str()), (3, "the payload is not UTF-8"));
    assert!(matches!(any.validate("\u{feff}1"), Outcome::Invalid(_)));
}

#[test]
fn a_member_may_not_stand_twice() {
    let twice = "the object has this member twice";
    let open = validator(r#"{"properties":{"a":{"type":"integer"}}}"#);
    assert_flaw(&open, r#"{"a":1,"b":2,"a":3}"#, 13, "a", twice);
    assert_flaw(&open, r#"{"b":1,"c":2,"b":3}"#, 13, "", twice);
    assert_flaw(&open, r#"{"a":1,"\u0061":3}"#, 7, "a", twice);
    assert_flaw(&open, r#"{"x":1,"\u0078":3}"#, 7, "", twice);
    assert_flaw(&open, r#"{"a":1,"o":{"b":1,"b":1}}"#, 18, "{1}", twice);
    assert_valid(&open, r#"{"a":1,"A":2,"":3,"aa":4}"#);
    // As many as nobody keeps in mind without taking notes, alike for as long as possible.
    let many = |last: usize| {
        let members: Vec<String> =
            (0..500).chain([last]).map(|index| format!("\"same beginning {index}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_valid(&open, &many(500));
    assert_eq!(flaw(&open, &many(250)).what, twice);
    assert_eq!(flaw(&open, &many(3)).what, twice);
}

#[test]
fn nesting_has_a_bound_in_every_form() {
    let any = validator("{}");
    let tree = validator(r##"{"type":"array","items":{"$ref":"#"}}"##);
    let optional = validator(r##"{"oneOf":[{"type":"null"},{"type":"array","items":{"$ref":"#"}}]}"##);
    let slow = validator(
        r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","items":{"$ref":"#"},"allOf":[true],"unevaluatedItems":false}"##,
    );
    for validator in [&any, &tree, &optional, &slow] {
        assert_valid(validator, &format!("{}{}", "[".repeat(128), "]".repeat(128)));
        for payload in ["[".repeat(129), "[".repeat(1_000_000), "{\"a\":".repeat(129)] {
            let found = flaw(validator, &payload);
            assert!(!found.what.is_empty() && found.offset <= payload.len(), "{found}");
        }
        assert!(flaw(validator, &format!("{}{}", "[".repeat(129), "]".repeat(129))).what.contains("nests deeper"));
    }
}

#[test]
fn large_payloads_are_no_matter() {
    let list = validator(r#"{"type":"array","items":{"type":"string","maxLength":5}}"#);
    let items = vec!["\"abcde\""; 200_000].join(",");
    assert_valid(&list, &format!("[{items}]"));
    let bad = format!("[{items},\"abcdef\"]");
    assert_flaw(&list, &bad, bad.len() - 9, "[200000]", "at most 5 characters may stand here, and there are 6");
    let text = validator(r#"{"type":"string"}"#);
    assert_valid(&text, &format!("\"{}\"", "x".repeat(3_000_000)));
}
