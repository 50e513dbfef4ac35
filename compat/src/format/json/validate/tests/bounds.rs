//! Does checking end, within its bounds, whatever the schema and the payload?

use std::fmt::Write;
use std::time::Instant;

use super::agreement::{DRAFTS, compiled};
use super::random::{Random, payload, schema};
use super::{assert_valid, flaw, validator};
use crate::validator::{Payload, Program};

#[test]
fn alternatives_within_alternatives_are_not_tried_for_ever() {
    // Two ways at each of many levels, and only the last of all of them is right.
    let mut inner = r#"{"type":"integer"}"#.to_owned();
    for _ in 0..24 {
        inner = format!("{{\"anyOf\":[{{\"items\":{inner},\"maxItems\":1}},{{\"items\":{inner},\"minItems\":1}}]}}");
        if inner.len() > 40_000 {
            break;
        }
    }
    let wide = validator(&inner);
    let levels = 40;
    let text = format!("{}\"x\"{}", "[".repeat(levels), "]".repeat(levels));
    let begun = Instant::now();
    let _ = wide.validate(&text);
    // The schema refers to itself, so that there is no end to the levels.
    let endless = validator(
        r##"{"anyOf":[{"type":"integer"},{"$ref":"#/definitions/a"},{"$ref":"#/definitions/b"}],"definitions":{
            "a":{"type":"array","items":{"$ref":"#"},"maxItems":1},"b":{"type":"array","items":{"$ref":"#"},"minItems":1}}}"##,
    );
    assert!(!flaw(&endless, &text).what.is_empty());
    let good = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert_valid(&endless, &good);
    assert!(begun.elapsed().as_secs() < 30);
}

#[test]
fn mutated_payloads_and_schemas_never_break_anything() {
    const MARKS: &[u8] = b"\"\\{}[]:,.-+eE0 19tfn\n\x00\xc3\xa9u";
    let mut flaws = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed + 1_000_000);
        let draft = DRAFTS[random.below(DRAFTS.len())];
        let text = schema(&mut random, draft);
        let code = compiled(&text);
        for _ in 0..15 {
            let mut bytes = payload(&mut random, 0).into_bytes();
            for _ in 0..1 + random.below(3) {
                let at = random.below(bytes.len() + 1);
                let mark = MARKS[random.below(MARKS.len())];
                match random.below(3) {
                    0 => bytes.insert(at, mark),
                    1 => bytes.truncate(at),
                    _ => drop(bytes.get_mut(at).map(|byte| *byte = mark)),
                }
            }
            let verdict = code.check(Payload::from(&bytes));
            let all = code.flaws(Payload::from(&bytes), 4);
            assert_eq!(verdict.is_ok(), all.is_empty(), "{text} {bytes:?}");
            assert!(all.len() <= 4 && all.iter().all(|flaw| flaw.offset <= bytes.len()));
            flaws += all.len();
            if let Some(slow) = code.slow.as_ref().zip(std::str::from_utf8(&bytes).ok()) {
                assert_eq!(slow.0.check(slow.1).is_ok(), verdict.is_ok(), "{text} {bytes:?}");
            }
        }
    }
    assert!(flaws > 1_000, "{flaws}");
}

#[test]
fn many_properties_and_patterns_are_compiled_in_time() {
    let mut schema = "{\"properties\":{".to_owned();
    for index in 0..5_000 {
        let _ = write!(schema, "\"p{index}\":{{\"type\":\"integer\"}},");
    }
    schema.pop();
    schema.push_str("},\"patternProperties\":{");
    for index in 0..100 {
        let _ = write!(schema, "\"^q{index}\":{{\"type\":\"integer\"}},");
    }
    schema.pop();
    schema.push_str("}}");
    let begun = Instant::now();
    let wide = validator(&schema);
    assert!(begun.elapsed().as_secs() < 20);
    assert!(wide.slow_because().is_some_and(|reason| reason.starts_with("very many properties")));
    assert_valid(&wide, "{\"p4999\":1,\"q99\":2}");
    assert_eq!(flaw(&wide, "{\"p4999\":\"\"}").path, "p4999");
}

#[test]
fn objects_of_hundreds_of_properties_are_checked_in_one_pass() {
    let members = |value: &str| (0..400).map(|index| format!("\"p{index}\":{value}")).collect::<Vec<_>>().join(",");
    let names = (0..400).map(|index| format!("\"p{index}\"")).collect::<Vec<_>>().join(",");
    let properties = members("{\"type\":\"integer\"}");
    let wide = validator(&format!(
        "{{\"properties\":{{{properties}}},\"required\":[{names}],\"additionalProperties\":false}}"
    ));
    assert_eq!(wide.slow_because(), None);
    assert_valid(&wide, &format!("{{{}}}", members("1")));
    let without = format!("{{{}}}", members("1").replace("\"p300\":1,", ""));
    assert_eq!(flaw(&wide, &without).what, "the property 'p300' is missing");
    let twice = format!("{{{},\"p350\":1}}", members("1"));
    assert_eq!(flaw(&wide, &twice).what, "the object has this member twice");
}

#[test]
fn expressions_that_are_no_regular_ones_are_told_and_bounded() {
    let lookahead = validator(r#"{"pattern":"^(?=.*\\d)(?=.*[a-z]).+$"}"#);
    assert_valid(&lookahead, "\"a1\"");
    assert_eq!(flaw(&lookahead, "\"aa\"").offset, 0);
    let back = validator(r#"{"pattern":"^(a+)+\\1$"}"#);
    assert!(back.slow_because().is_some_and(|reason| reason.contains("no regular expression proper")));
    let begun = Instant::now();
    let _ = back.validate(&format!("\"{}!\"", "a".repeat(5_000)));
    assert!(begun.elapsed().as_secs() < 20);
}

#[test]
fn chains_of_references_do_not_eat_the_stack() {
    let mut definitions = String::new();
    for index in 0..120 {
        let next = index + 1;
        let _ = write!(definitions, "\"d{index}\":{{\"allOf\":[{{\"$ref\":\"#/definitions/d{next}\"}}]}},");
    }
    let chain = validator(&format!(
        "{{\"definitions\":{{{definitions}\"d120\":{{\"items\":{{\"$ref\":\"#/definitions/d0\"}}}}}},\"$ref\":\"#/definitions/d0\"}}"
    ));
    assert!(chain.slow_because().is_some());
    assert_valid(&chain, "[[1]]");
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    assert_eq!(flaw(&chain, &deep).what, "the value nests too deep for its schema");
    let short = validator(
        r##"{"allOf":[{"allOf":[{"allOf":[{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}]}]}]}"##,
    );
    assert_valid(&short, &deep);
}
