//! Do the rules that Confluent lets a schema hold in its own text say what they mean, once a contract wants them?

#[path = "support/contracts.rs"]
#[allow(dead_code, reason = "shared with other tests, which need more of it")]
mod contracts;
#[path = "support/wire.rs"]
#[allow(dead_code, reason = "shared with other tests, which need more of it")]
mod wire;

use contracts::{Set, avro, protobuf, rule};
use tidegate_compat::{
    RecordFacts, RuleAction, RuleLevel, RuleScratch, RuleVerdict, Rules, SchemaKind, Strictness, parse,
};
use wire::Wire;

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop",
    "confluent:rules":[{"name":"span","doc":"first is not after last","expr":"this.first <= this.last"}],
    "fields":[
        {"name":"first","type":"int"},
        {"name":"last","type":"int"},
        {"name":"email","type":["null","string"],
         "confluent:rules":[{"name":"mail","expr":"this.isEmail() ? '' : 'no address'"}]},
        {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
            {"name":"count","type":"int","confluent:rules":[{"expr":"this > 0"}]}]}}}]}"#;

/// An order with one line.
fn order(first: u8, last: u8, email: Option<&str>, count: u8) -> Vec<u8> {
    let mut bytes = vec![first << 1, last << 1];
    match email {
        None => bytes.push(0),
        Some(email) => {
            bytes.extend([2, (email.len() as u8) << 1]);
            bytes.extend(email.bytes());
        }
    }
    bytes.extend([2, count << 1, 0]);
    bytes
}

fn wanted(when: &str) -> Set {
    Set::of([rule("own").expr("message.first < 9")]).property("validation.rules.execution", when)
}

fn run(rules: &Rules, payload: &[u8]) -> RuleVerdict {
    assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
    rules.run(payload, &RecordFacts::default(), &mut RuleScratch::default())
}

#[test]
fn rules_of_records_and_fields_run_where_they_are_wanted() {
    let rules = avro(ORDER, &wanted("BEFORE_DOMAIN_RULES"));
    for (payload, expected) in [
        (order(1, 2, Some("a@b"), 1), None),
        (order(1, 2, None, 1), None),
        (order(3, 2, None, 1), Some(("span", "", "first is not after last"))),
        (order(1, 2, Some("x"), 1), Some(("mail", "email", "no address"))),
        (order(1, 2, None, 0), Some(("this > 0", "lines[0].count", "Expr failed: 'this > 0'"))),
        (order(9, 2, None, 1), Some(("span", "", "first is not after last"))),
    ] {
        let verdict = run(&rules, &payload);
        let first = verdict.failed.first().map(|failed| (&*failed.rule, &*failed.path, &*failed.reason));
        assert_eq!(first, expected, "{verdict:?}");
    }
}

#[test]
fn a_contract_says_whether_when_and_what_follows() {
    let broken = |set: &Set| {
        let failed = run(&avro(ORDER, set), &order(10, 2, None, 1)).failed;
        failed.into_iter().map(|failure| (failure.rule.to_string(), failure.action)).collect::<Vec<_>>()
    };
    let refused = |rule: &str| vec![(rule.to_owned(), RuleAction::Reject)];
    assert_eq!(broken(&Set::of([rule("own").expr("message.first < 9")])), refused("own"));
    assert_eq!(broken(&wanted("DISABLED")), refused("own"));
    assert_eq!(broken(&wanted("AFTER_DOMAIN_RULES")), refused("own"));
    assert_eq!(broken(&wanted("BEFORE_DOMAIN_RULES")), refused("span"), "nothing behind what refuses is run");
    let counted = wanted("BEFORE_DOMAIN_RULES").property("tidegate.inline", "NONE");
    assert_eq!(broken(&counted), [vec![("span".to_owned(), RuleAction::Continue)], refused("own")].concat());
}

#[test]
fn all_that_are_broken_are_told_as_far_as_there_are_not_too_many() {
    let rules = avro(ORDER, &wanted("BEFORE_DOMAIN_RULES"));
    let verdict = run(&rules, &order(3, 2, Some("x"), 0));
    let failed: Vec<_> = verdict.failed.iter().map(|failed| (&*failed.rule, &*failed.path)).collect();
    assert_eq!(failed, [("span", ""), ("mail", "email"), ("this > 0", "lines[0].count")]);
    assert_eq!(verdict.refusal().map(|failed| &*failed.rule), Some("span"));
    let mut many = vec![2, 4, 0, 100];
    many.extend([0; 50]);
    many.push(0);
    let verdict = run(&rules, &many);
    assert_eq!(verdict.failed.len(), 16);
    assert_eq!(verdict.failed.last().map(|failed| &*failed.path), Some("lines[15].count"));
}

#[test]
fn rules_of_protobuf_are_in_options() {
    let schema = r#"syntax = "proto3"; package shop; import "confluent/meta.proto";
        message Order {
            option (confluent.message_meta) = { rules: [{ name: "span", expr: "this.first <= this.last" }] };
            int32 first = 1;
            int32 last = 2 [(confluent.field_meta) = { rules: [{ name: "small", doc: "too large", expr: "this < 9" }] }];
            optional string note = 3 [(confluent.field_meta).rules = { name: "note", expr: "this != ''" }];
        }"#;
    let rules = protobuf(schema, &wanted("BEFORE_DOMAIN_RULES"));
    let order = |first: i64, last: i64| Wire::default().int(1, first).int(2, last);
    for (wire, expected) in [
        (order(1, 2), None),
        (order(2, 1), Some(("span", ""))),
        (order(1, 9), Some(("small", "last"))),
        (order(1, 2).bytes(3, ""), Some(("note", "note"))),
    ] {
        let verdict = run(&rules, &wire.payload());
        assert_eq!(verdict.failed.first().map(|failed| (&*failed.rule, &*failed.path)), expected, "{verdict:?}");
    }
}

#[test]
fn what_is_wrong_with_them_is_told_when_they_are_saved() {
    let told = |kind: SchemaKind, schema: &str| {
        let parsed = parse(kind, schema, &[], Strictness::Strict).expect("a schema");
        let set = Set::of([]).property("validation.rules.execution", "AFTER_DOMAIN_RULES");
        assert!(Rules::are_in(schema, &set.0));
        let problems = Rules::check(&parsed, &set.0).into_iter();
        let problems = problems.filter(|problem| problem.level >= RuleLevel::Warning);
        problems.map(|problem| format!("{:?} {problem}", problem.level)).collect::<Vec<_>>()
    };
    let rules = |rules: &str| {
        format!(r#"{{"type":"record","name":"R","fields":[{{"name":"n","type":"int","confluent:rules":[{rules}]}}]}}"#)
    };
    assert_eq!(
        told(SchemaKind::Avro, &rules(r#"{"name":"a","expr":"this.x > 1"}, {"name":"b","sql":"n > 1"}"#)),
        [
            "Warning rule 'inline': R.n: its rule 'b' has no expression in CEL",
            "Error rule 'a', at character 5: 'x' is asked of int, which has no fields (on R.n)",
        ]
    );
    let json = r##"{"type":"object","properties":{
        "n":{"type":"integer","confluent:rules":[{"name":"n","expr":"this == 'a'"}]},
        "a":{"anyOf":[{"type":"integer","confluent:rules":[{"expr":"this > 1"}]},{"type":"string"}]}},
        "patternProperties":{"^x/":{"confluent:rules":[{"expr":"this > 1"}]}}}"##;
    assert_eq!(
        told(SchemaKind::Json, json),
        [
            "Warning rule 'inline': $.a: rules of a subschema that not every value must pass are not run",
            "Warning rule 'inline': #/patternProperties/^x~1: rules at this place are not run",
            "Error rule 'n', at character 6: int is never equal to string (on $.n)",
        ]
    );
    let list =
        r#"{"type":"array","items":{"type":"object","confluent:rules":[{"expr":"false"}],"properties":{"a":{}}}}"#;
    assert_eq!(told(SchemaKind::Json, list), ["Warning rule 'inline': $: rules are run in objects only"]);
}

#[test]
fn rules_of_json_schema_are_in_subschemas() {
    let schema = r##"{"type":"object",
        "confluent:rules":[{"name":"span","expr":"this.first <= this.last"}],
        "properties":{
            "first":{"type":"integer"},
            "last":{"allOf":[{"$ref":"#/definitions/Small"}]},
            "email":{"oneOf":[{"type":"null"},{"type":"string","confluent:rules":[{"name":"mail","expr":"this.isEmail()"}]}]},
            "lines":{"type":"array","items":{"type":"object","confluent:rules":[{"name":"line","expr":"this.count < 5"}],
                "properties":{"count":{"type":"integer","confluent:rules":[{"name":"count","expr":"this > 0"}]}}}},
            "words":{"type":"array","items":{"type":"string","confluent:rules":[{"name":"word","expr":"this != ''"}]}},
            "tags":{"type":"object","additionalProperties":{"type":"integer","confluent:rules":[{"name":"tag","expr":"this < 3"}]}},
            "next":{"$ref":"#"}},
        "definitions":{"Small":{"type":"integer","confluent:rules":[{"name":"small","doc":"too large","expr":"this < 9"}]}}}"##;
    let set = wanted("BEFORE_DOMAIN_RULES");
    let parsed = parse(SchemaKind::Json, schema, &[], Strictness::Strict).expect("a schema");
    let rules = Rules::compile(&parsed, &set.0);
    for (payload, expected) in [
        (r#"{"first":1,"last":2,"email":null,"lines":[{"count":1}],"words":["a"],"tags":{"x":1}}"#, &[][..]),
        (r#"{"first":1,"last":2,"email":"a@b"}"#, &[]),
        (r#"{"first":3,"last":2}"#, &[("span", "")]),
        (r#"{"first":1,"last":9}"#, &[("small", "last")]),
        (r#"{"first":1,"last":2,"email":"x"}"#, &[("mail", "email")]),
        (
            r#"{"first":1,"last":2,"lines":[{"count":1},{"count":0},{"count":5}]}"#,
            &[("count", "lines[1].count"), ("line", "lines[2]")],
        ),
        (r#"{"first":1,"last":2,"words":["a",""],"tags":{"x":1,"y":3}}"#, &[("word", "words[1]"), ("tag", "tags[1]")]),
        (
            r#"{"first":1,"last":2,"next":{"first":2,"last":1,"next":{"first":1,"last":9}}}"#,
            &[("span", "next"), ("small", "next.next.last")],
        ),
    ] {
        let verdict = run(&rules, payload.as_bytes());
        let failed: Vec<_> = verdict.failed.iter().map(|failed| (&*failed.rule, &*failed.path)).collect();
        assert_eq!(failed, expected, "{payload} {verdict:?}");
    }
}
