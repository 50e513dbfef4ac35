//! Do keywords mean what they mean in the dialect at hand?

use super::{assert_flaw, assert_valid, flaw, referring, validator};
use crate::format::Resolved;
use crate::schema::SchemaKind;

const DRAFTS: [&str; 5] = [
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
];

/// Whether the payload passes the schema in each of the five dialects, oldest first.
fn verdicts(members: &str, payload: &str) -> [bool; 5] {
    DRAFTS.map(|draft| {
        let validator = validator(&format!("{{\"$schema\":\"{draft}\",{members}}}"));
        validator.flaws(payload, 5).is_empty()
    })
}

#[test]
fn dialects_differ_where_they_should() {
    const T: bool = true;
    const F: bool = false;
    for (members, payload, expected) in [
        (r#""type":"integer""#, "1.0", [F, T, T, T, T]),
        (r#""minimum":1,"exclusiveMinimum":true"#, "1", [F, T, T, T, T]),
        (r#""const":1"#, "2", [T, F, F, F, F]),
        (r#""contains":{"type":"null"}"#, "[]", [T, F, F, F, F]),
        (r#""contains":{"type":"null"},"minContains":0"#, "[]", [T, F, F, T, T]),
        (r#""propertyNames":{"maxLength":1}"#, r#"{"ab":1}"#, [T, F, F, F, F]),
        (r#""if":true,"then":false"#, "1", [T, T, F, F, F]),
        (r#""dependentRequired":{"a":["b"]}"#, r#"{"a":1}"#, [T, T, T, F, F]),
        (r#""dependencies":{"a":["b"]}"#, r#"{"a":1}"#, [F, F, F, F, F]),
        (r#""dependentSchemas":{"a":{"minProperties":2}}"#, r#"{"a":1}"#, [T, T, T, F, F]),
        (r#""prefixItems":[{"type":"null"}]"#, "[1]", [T, T, T, T, F]),
        (r#""unevaluatedProperties":false"#, r#"{"a":1}"#, [T, T, T, F, F]),
        (r#""format":"date""#, "\"yesterday\"", [F, F, F, T, T]),
        (r#""contentEncoding":"base64""#, "\"?\"", [T, F, F, T, T]),
        (
            r##""definitions":{"x":{"type":"null"}},"properties":{"a":{"$ref":"#/definitions/x","type":"string"}}"##,
            r#"{"a":null}"#,
            [T, T, T, F, F],
        ),
    ] {
        let drafts = DRAFTS.map(|draft| format!("{{\"$schema\":\"{draft}\",{members}}}"));
        for (draft, expected) in drafts.iter().zip(expected) {
            // A boolean is no bound from draft-06 on.
            if draft.contains("exclusiveMinimum\":true") && !draft.contains("draft-04") {
                continue;
            }
            let found = validator(draft).flaws(payload, 5).is_empty();
            assert_eq!(found, expected, "{draft} {payload}");
        }
    }
    assert_eq!(verdicts(r#""multipleOf":0.1"#, "0.3"), [true; 5]);
}

#[test]
fn negative_zero_is_an_integer_in_every_dialect() {
    assert_eq!(verdicts(r#""type":"integer""#, "-0"), [true; 5]);
}

#[test]
fn unevaluated_properties_go_fast_where_it_is_known_who_speaks_of_properties() {
    let schema = |members: &str| {
        let head = "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"";
        validator(&format!("{{{head},{members},\"unevaluatedProperties\":false}}"))
    };
    let what = "the schema allows no such property";
    for members in [
        r#""properties":{"a":true}"#,
        r#""allOf":[{"properties":{"a":true}}]"#,
        r#""allOf":[{"allOf":[{"patternProperties":{"^a":true}}]}]"#,
        r##""$ref":"#/$defs/a","$defs":{"a":{"properties":{"a":true}}}"##,
        r#""properties":{"a":true},"anyOf":[{"properties":{"a":{"type":"integer"}}},{"required":["b"]}]"#,
        r#""properties":{"a":true},"if":{"required":["a"]},"then":{"minProperties":1},"required":["a"]"#,
        r#""properties":{"a":true},"not":{"properties":{"b":true},"required":["c"]}"#,
    ] {
        let known = schema(members);
        assert_eq!(known.slow_because(), None, "{members}");
        assert_valid(&known, "{\"a\":1}");
        assert_flaw(&known, "{\"a\":1,\"b\":2}", 7, "{1}", what);
    }
    let open = schema(r#""allOf":[{"additionalProperties":true}]"#);
    assert_eq!(open.slow_because(), None);
    assert_valid(&open, "{\"a\":1}");
    let inner = schema(r#""allOf":[{"properties":{"a":true},"unevaluatedProperties":{"type":"integer"}}]"#);
    assert_eq!(inner.slow_because(), None);
    assert_valid(&inner, "{\"a\":\"\",\"b\":2}");
    assert_eq!(flaw(&inner, "{\"b\":\"\"}").offset, 5);
    for members in [
        r#""anyOf":[{"properties":{"a":true}},{"required":["b"]}]"#,
        r#""dependentSchemas":{"a":{"properties":{"a":true}}}"#,
        r#""if":{"properties":{"a":true}}"#,
        r#""allOf":[{"oneOf":[{"patternProperties":{"^a":true}}]}]"#,
        r#""properties":{"a":true},"anyOf":[{"additionalProperties":true,"required":["c"]},{"type":"object"}]"#,
    ] {
        let unknown = schema(members);
        assert_eq!(unknown.slow_because(), Some("the keyword 'unevaluatedProperties'"));
        assert_valid(&unknown, "{\"a\":1}");
        let what = "the object has a property that the schema does not allow";
        assert_flaw(&unknown, " {\"a\":1,\"b\":2}", 1, "", what);
        assert_eq!(flaw(&unknown, "{\"a\":1,\"a\":2}").what, "the object has this member twice");
        assert_eq!(flaw(&unknown, "{\"a\":").what, "the payload ends where a value must stand");
    }
}

#[test]
fn the_slow_form_tells_the_same_places() {
    let slow = validator(
        r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[{"properties":{
            "lines":{"items":{"properties":{"price":{"type":"number","minimum":0}},"required":["price"]}},
            "tags":{"additionalProperties":{"pattern":"^a"}}}}],"dependentSchemas":{"x":{"properties":{"y":true}}},
            "unevaluatedProperties":false}"#,
    );
    let payload = r#"{"lines":[{"price":1},{"price":"x"}, {}],"tags":{"secret name":"b"}}"#;
    assert_flaw(&slow, payload, 31, "lines[1].price", "the value is not of the type that the schema wants");
    let told: Vec<String> = slow.flaws(payload, 10).iter().map(ToString::to_string).collect();
    assert!(told.contains(&"field lines[2]: the property 'price' is missing (at byte 37)".into()), "{told:?}");
    assert!(told.contains(&"field tags{0}: the text does not match the pattern '^a' (at byte 63)".into()), "{told:?}");
    assert!(!told.join(" ").contains("secret"));
}

#[test]
fn references_lead_into_other_documents() {
    let reference = |name: &str, text: &str| Resolved { name: name.into(), kind: SchemaKind::Json, text: text.into() };
    let money = reference(
        "money.json",
        r##"{"properties":{"amount":{"$ref":"#/definitions/n"}},"definitions":{"n":{"type":"integer"}}}"##,
    );
    let both = [money, reference("http://example.com/null", r#"{"type":"null"}"#)];
    for extra in [
        "",
        r#","$schema":"https://json-schema.org/draft/2020-12/schema","if":{"properties":{"x":true}},"unevaluatedProperties":false"#,
    ] {
        let schema = format!(
            "{{\"properties\":{{\"m\":{{\"$ref\":\"money.json\"}},\"n\":{{\"$ref\":\"http://example.com/null\"}}}}{extra}}}"
        );
        let order = referring(&schema, &both);
        assert_eq!(order.slow_because().is_some(), !extra.is_empty());
        assert_valid(&order, "{\"m\":{\"amount\":1},\"n\":null}");
        assert_eq!(flaw(&order, "{\"m\":{\"amount\":1.5}}").path, "m.amount");
        assert_eq!(flaw(&order, "{\"n\":0}").path, "n");
    }
}

#[test]
fn references_that_depend_on_the_way_are_followed() {
    // One place to lead to: a plain reference.
    let tree = r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"http://x/tree","$dynamicAnchor":"node",
        "properties":{"kids":{"items":{"$dynamicRef":"#node"}},"v":{"type":"integer"}}}"##;
    let plain = validator(tree);
    assert_eq!(plain.slow_because(), None);
    assert_flaw(&plain, r#"{"kids":[{"v":1},{"v":""}]}"#, 22, "kids[1].v", "an integer is required, and this is text");
    // Two: where it leads depends on where the walk began.
    let strict = r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"http://x/strict","$dynamicAnchor":"node",
        "$ref":"tree","unevaluatedProperties":false}"##;
    let tree = Resolved { name: "http://x/tree".into(), kind: SchemaKind::Json, text: tree.into() };
    let strict = referring(strict, &[tree]);
    assert_valid(&strict, r#"{"kids":[{"v":1}]}"#);
    assert!(!strict.flaws(r#"{"kids":[{"w":1}]}"#, 1).is_empty());
    let recursive = validator(
        r##"{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"type":["object","integer"],
            "additionalProperties":{"$recursiveRef":"#"}}"##,
    );
    assert_eq!(recursive.slow_because(), None);
    assert_valid(&recursive, r#"{"a":{"b":1}}"#);
    assert_eq!(flaw(&recursive, r#"{"a":{"b":""}}"#).path, "{0}{0}");
}

#[test]
fn keywords_whose_values_mean_nothing_are_absent() {
    let lenient = validator(r#"{"type":"string","required":true,"items":7,"minItems":"x"}"#);
    assert_valid(&lenient, "\"a\"");
    assert_eq!(flaw(&lenient, "[]").what, "text is required, and this is an array");
    assert_valid(&validator("true"), "[1]");
    assert_eq!(flaw(&validator("false"), "[1]").what, "nothing is required, and this is an array");
}
