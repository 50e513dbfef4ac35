//! What does each keyword let pass, and what is said where it does not?

use super::{assert_flaw, assert_valid, validator};

/// A schema, payloads that pass, and payloads that do not with what is said of the first flaw.
#[track_caller]
fn assert_keyword(schema: &str, good: &[&str], bad: &[(&str, &str)]) {
    let validator = validator(schema);
    assert_eq!(validator.slow_because(), None, "{schema}");
    for payload in good {
        assert_valid(&validator, payload);
    }
    for (payload, what) in bad {
        let found = super::flaw(&validator, payload);
        assert_eq!(found.what, *what, "{schema} {payload}");
    }
}

#[test]
fn types_are_told_apart() {
    assert_keyword(
        r#"{"type":"integer"}"#,
        &["1", "-3", "1.0", "1e2", "18446744073709551616"],
        &[
            ("1.5", "an integer is required, and this is a number that is none"),
            ("\"1\"", "an integer is required, and this is text"),
            ("null", "an integer is required, and this is null"),
            ("[]", "an integer is required, and this is an array"),
        ],
    );
    assert_keyword(
        r#"{"type":["string","null"]}"#,
        &["\"\"", "null"],
        &[
            ("0", "text or null is required, and this is a number"),
            ("{}", "text or null is required, and this is an object"),
        ],
    );
    assert_keyword(
        r#"{"type":["object","array"]}"#,
        &["{}", "[]"],
        &[("true", "an object or an array is required, and this is true or false")],
    );
}

#[test]
fn objects_have_the_properties_that_they_should() {
    assert_keyword(
        r#"{"properties":{"a":{"type":"string"},"b":true},"required":["a","c"],"additionalProperties":false}"#,
        &["7"],
        &[
            ("{}", "the property 'a' is missing"),
            (r#"{"a":"","b":1}"#, "the property 'c' is missing"),
            (r#"{"a":"","d":1}"#, "the schema allows no such property"),
            (r#"{"a":"","c":1}"#, "the schema allows no such property"),
            (r#"{"a":1}"#, "text is required, and this is a number"),
        ],
    );
    assert_keyword(
        r#"{"patternProperties":{"^x_":{"type":"integer"},"_y$":{"minimum":3}},"additionalProperties":{"type":"null"}}"#,
        &["{\"x_a\":1,\"b_y\":\"\",\"x_y\":4,\"z\":null}"],
        &[
            ("{\"x_a\":null}", "an integer is required, and this is null"),
            ("{\"x_y\":2}", "the number is below 3"),
            ("{\"z\":1}", "null is required, and this is a number"),
        ],
    );
    assert_keyword(
        r#"{"propertyNames":{"maxLength":3},"minProperties":1,"maxProperties":2}"#,
        &[r#"{"abc":1}"#],
        &[
            ("{}", "at least 1 property must stand here, and there are 0"),
            (r#"{"a":1,"b":1,"c":1}"#, "at most 2 properties may stand here, and there are 3"),
            (r#"{"abcd":1}"#, "the schema allows no property of this name"),
        ],
    );
    assert_keyword(
        r#"{"dependencies":{"a":["b","c"],"d":{"minProperties":2}}}"#,
        &["{}", r#"{"a":1,"b":1,"c":1}"#, r#"{"d":1,"e":1}"#],
        &[
            (r#"{"a":1,"b":1}"#, "the property 'c' is missing, which 'a' requires"),
            (r#"{"d":1}"#, "at least 2 properties must stand here, and there are 1"),
        ],
    );
}

#[test]
fn arrays_have_the_items_that_they_should() {
    assert_keyword(
        r#"{"items":[{"type":"string"},{"type":"integer"}],"additionalItems":false}"#,
        &["[]", "[\"a\"]", "[\"a\",1]"],
        &[("[1]", "text is required, and this is a number"), ("[\"a\",1,2]", "the schema allows no item here")],
    );
    assert_keyword(
        r#"{"minItems":1,"maxItems":2,"contains":{"type":"null"}}"#,
        &["[null]", "[1,null]"],
        &[
            ("[]", "at least 1 item must stand here, and there are 0"),
            ("[1,2,null]", "at most 2 items may stand here, and there are 3"),
            ("[1]", "0 items are such as 'contains' asks for"),
        ],
    );
    assert_keyword(
        r#"{"uniqueItems":true}"#,
        &["[1,2,\"1\",true,[1],[2],{\"a\":1},{\"a\":2}]", "[[],{},null,\"\",0,false]"],
        &[
            ("[1,2,1.0]", "the array has this item twice"),
            ("[\"a\",\"\\u0061\"]", "the array has this item twice"),
            ("[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "the array has this item twice"),
            ("[0,-0.0]", "the array has this item twice"),
        ],
    );
    let many: Vec<String> = (0..300).map(|index| index.to_string()).collect();
    assert_keyword(
        r#"{"uniqueItems":true}"#,
        &[&format!("[{}]", many.join(","))],
        &[(&format!("[{},7.0]", many.join(",")), "the array has this item twice")],
    );
}

#[test]
fn texts_have_the_length_and_the_form_that_they_should() {
    assert_keyword(
        r#"{"minLength":2,"maxLength":3}"#,
        &["\"ab\"", "\"éàü\"", "\"\\u00e9\\ud83d\\ude00\"", "1"],
        &[
            ("\"é\"", "at least 2 characters must stand here, and there are 1"),
            ("\"\\ud83d\\ude00\"", "at least 2 characters must stand here, and there are 1"),
            ("\"abcd\"", "at most 3 characters may stand here, and there are 4"),
        ],
    );
    assert_keyword(
        r#"{"pattern":"^[a-z]+\\d$"}"#,
        &["\"ab1\"", "\"\\u00611\"", "null"],
        &[
            ("\"ab\"", "the text does not match the pattern '^[a-z]+\\d$'"),
            ("\"ab١\"", "the text does not match the pattern '^[a-z]+\\d$'"),
        ],
    );
    assert_keyword(
        r#"{"format":"date"}"#,
        &["\"2024-02-29\"", "3"],
        &[("\"2023-02-29\"", "the text does not have the format 'date'")],
    );
    assert_keyword(r#"{"format":"something-of-ours"}"#, &["\"anything\""], &[]);
}

#[test]
fn numbers_have_the_size_that_they_should() {
    assert_keyword(
        r#"{"minimum":0,"exclusiveMaximum":100.5}"#,
        &["0", "-0.0", "100", "1e2", "\"-1\""],
        &[
            ("-1", "the number is below 0"),
            ("100.5", "the number is not below 100.5"),
            ("1e400", "the number is not below 100.5"),
        ],
    );
    assert_keyword(
        r#"{"exclusiveMinimum":9007199254740993,"maximum":9007199254740995}"#,
        &["9007199254740994", "9007199254740995"],
        &[
            ("9007199254740993", "the number is not above 9007199254740993"),
            ("9007199254740996", "the number is above 9007199254740995"),
        ],
    );
    assert_keyword(
        r#"{"multipleOf":0.01}"#,
        &["19.99", "0", "0.07", "1234567.89", "1e3"],
        &[("19.999", "the number is no multiple of 0.01")],
    );
}

#[test]
fn listed_values_are_equal_by_what_they_mean() {
    assert_keyword(
        r#"{"enum":["a",1,null,[1,{"b":2}],true]}"#,
        &["\"a\"", "\"\\u0061\"", "1.0", "null", "[1.0, {\"b\":2e0}]", "true"],
        &[
            ("\"b\"", "the value is none of the 5 that the schema lists"),
            ("2", "the value is none of the 5 that the schema lists"),
            ("false", "the value is none of the 5 that the schema lists"),
            ("[1]", "the value is none of the 5 that the schema lists"),
            ("{}", "the value is none of those that the schema lists"),
        ],
    );
    assert_keyword(r#"{"const":"x"}"#, &["\"x\""], &[("\"y\"", "the value is not the one that the schema wants")]);
    let words: Vec<String> = (0..50).map(|index| format!("\"word number {index}\"")).collect();
    assert_keyword(
        &format!("{{\"enum\":[{}]}}", words.join(",")),
        &["\"word number 0\"", "\"word number 49\""],
        &[("\"word number 50\"", "the value is none of the 50 that the schema lists")],
    );
}

#[test]
fn combinations_are_decided_by_kind_or_by_trying() {
    // The usual optional value: what is wrong is said of the only branch that is left.
    assert_keyword(
        r#"{"oneOf":[{"type":"null"},{"type":"string","maxLength":2}]}"#,
        &["null", "\"ab\""],
        &[
            ("\"abc\"", "at most 2 characters may stand here, and there are 3"),
            ("1", "the value fits none of 2 alternatives"),
        ],
    );
    assert_keyword(
        r#"{"anyOf":[{"properties":{"k":{"const":1}},"required":["k"]},{"properties":{"k":{"const":2}},"required":["k"]}]}"#,
        &["{\"k\":1}", "{\"k\":2,\"x\":[{}]}"],
        &[
            ("{\"k\":3}", "the value fits none of 2 alternatives"),
            ("{\"k\":1", "the value fits none of 2 alternatives"),
        ],
    );
    assert_keyword(
        r#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#,
        &["2", "3"],
        &[("6", "the value fits more than one of 2 alternatives"), ("5", "the value fits none of 2 alternatives")],
    );
    assert_keyword(
        r#"{"allOf":[{"properties":{"a":{"minimum":1}}},{"required":["a"]},{"not":{"required":["b"]}}]}"#,
        &["{\"a\":1}"],
        &[
            ("{\"a\":0}", "the number is below 1"),
            ("{}", "the property 'a' is missing"),
            ("{\"a\":1,\"b\":1}", "the value is such as 'not' forbids"),
        ],
    );
    assert_keyword(
        r#"{"if":{"properties":{"k":{"const":1}}},"then":{"required":["x"]},"else":{"required":["y"]}}"#,
        &["{\"k\":1,\"x\":0}", "{\"k\":2,\"y\":0}", "[]"],
        &[("{\"k\":1}", "the property 'x' is missing"), ("{\"k\":2}", "the property 'y' is missing")],
    );
}

#[test]
fn schemas_may_contain_themselves() {
    let list = validator(
        r##"{"type":"object","properties":{"v":{"type":"integer"},"next":{"oneOf":[{"type":"null"},{"$ref":"#"}]}},
            "required":["v"],"additionalProperties":false}"##,
    );
    assert_eq!(list.slow_because(), None);
    assert_valid(&list, r#"{"v":1,"next":{"v":2,"next":null}}"#);
    assert_flaw(&list, r#"{"v":1,"next":{"v":2,"next":{}}}"#, 28, "next.next", "the property 'v' is missing");
}

#[test]
fn flaws_name_field_place_and_reason_and_all_are_told() {
    let order = validator(
        r#"{"type":"object","properties":{
            "order":{"properties":{"lines":{"items":{"properties":{"price":{"type":"number","minimum":0}},"required":["price"]}}}},
            "tags":{"additionalProperties":{"type":"string"}},
            "note":{"type":["string","null"]}},
            "required":["note"]}"#,
    );
    let payload = r#"{"order":{"lines":[{"price":1},{"price":"x"},{},{"price":-1}]},"tags":{"a":"b","secret name":1}}"#;
    assert_flaw(&order, payload, 40, "order.lines[1].price", "a number is required, and this is text");
    let told: Vec<String> = order.flaws(payload, 10).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "field order.lines[1].price: a number is required, and this is text (at byte 40)",
            "field order.lines[2]: the property 'price' is missing (at byte 45)",
            "field order.lines[3].price: the number is below 0 (at byte 57)",
            "field tags{1}: text is required, and this is a number (at byte 93)",
            "the property 'note' is missing (at byte 0)",
        ]
    );
    assert_eq!(order.flaws(payload, 2).len(), 2);
    // What is no JSON ends the list.
    let broken = payload.replace("\"tags\":{", "\"tags\":[");
    let told = order.flaws(&broken, 10);
    assert_eq!((told.len(), told[3].offset), (4, 74), "{told:?}");
}

#[test]
fn a_pattern_that_only_our_engine_reads_is_checked_all_the_same() {
    // `(?i)` is none of ECMA-262's.
    assert_keyword(
        r#"{"pattern":"^(?i)ab$"}"#,
        &["\"AB\"", "7"],
        &[("\"AC\"", "the text does not match the pattern '^(?i)ab$'")],
    );
}
