//! Do rule sets say of payloads what the contract means, in each format?

#[path = "support/contracts.rs"]
mod contracts;
#[path = "support/event.rs"]
mod event;
#[path = "support/json_event.rs"]
#[allow(dead_code, reason = "shared with others, which need more of it")]
mod json_event;
#[path = "support/protobuf_event.rs"]
mod protobuf_event;

use contracts::{Set, avro, json, protobuf, rule};
use event::Random;
use tidegate_compat::{EnableAt, RecordFacts, RuleAction, RuleMode, RuleScratch, Rules, SchemaKind, Strictness, parse};

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"amount","type":"double"},
    {"name":"email","type":["null","string"],"confluent:tags":["PII"]},
    {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"sku","type":"string","confluent:tags":["CODE"]},{"name":"count","type":"int"}]}}},
    {"name":"tags","type":{"type":"map","values":"string"}},
    {"name":"key","type":{"type":"fixed","name":"Key","size":2}}]}"#;

fn text(text: &str) -> Vec<u8> {
    [&[2 * text.len() as u8][..], text.as_bytes()].concat()
}

/// An order with two lines.
fn order(id: i8, amount: f64, email: Option<&str>, skus: [&str; 2]) -> Vec<u8> {
    let email = email.map_or_else(|| vec![0], |email| [vec![2], text(email)].concat());
    let lines = [&[4][..], &text(skus[0]), &[2], &text(skus[1]), &[4, 0]].concat();
    let tags = [&[2][..], &text("k"), &text("v"), &[0]].concat();
    [&[(id << 1) as u8][..], &amount.to_le_bytes(), &email, &[2], &lines, &tags, &[1, 2]].concat()
}

fn good() -> Vec<u8> {
    order(1, 9.5, Some("a@b.c"), ["A-1", "B-2"])
}

#[track_caller]
fn assert_holds(expr: &str, expected: Option<bool>) {
    let rules = avro(ORDER, &Set::of([rule("r").expr(expr)]));
    assert!(rules.not_checkable().is_empty(), "{expr}: {:?}", rules.not_checkable());
    let verdict = rules.run(&good(), &RecordFacts { now: 1_700_000_000_000, skip: &[] }, &mut RuleScratch::default());
    assert!(verdict.undecided.is_empty(), "{expr}: {verdict:?}");
    let is_error = verdict.failed.iter().any(|failure| !failure.reason.ends_with('\''));
    assert_eq!((!is_error).then_some(verdict.is_good()), expected, "{expr}: {verdict:?}");
}

#[test]
fn expressions_see_avro_records() {
    for holds in [
        "message.id == 1 && message.amount > 9 && message.amount < 9.75",
        "message.email == 'a@b.c' && message.email.isEmail() && message.email != null",
        "message.state == 'PAID' && message.state in ['NEW', 'PAID']",
        "size(message.lines) == 2 && message.lines[1].sku == 'B-2'",
        "message.lines.all(l, l.sku.matches('^[A-Z]-[0-9]$'))",
        "message.lines.exists(l, l.count == 2) && message.lines.map(l, l.count) == [1, 2]",
        "message.lines.filter(l, l.count > 1).size() == 1",
        "message.tags.k == 'v' && message.tags['k'] == 'v' && 'k' in message.tags && !('x' in message.tags)",
        "message.tags == {'k': 'v'} && message.tags.all(k, k.startsWith('k'))",
        "message.key == b'\\x01\\x02' && size(message.key) == 2",
        "has(message.email) && has(message.tags.k) && !has(message.tags.x)",
        "now > timestamp('2023-01-01T00:00:00Z') && now.getFullYear() == 2023",
        "message['id'] == 1 && 'id' in message",
        "message.lines[0] == {'sku': 'A-1', 'count': 1}",
        "string(message.id) + message.state == '1PAID'",
        "math.greatest(message.id, 0) == 1",
        "[message.state, 'x'].exists(s, s == 'PAID')",
        "'PAID'.matches(message.state)",
        "(message.id > 0 ? message.lines : [])[0].sku == 'A-1'",
        "message.id == 1.0 && message.id < 1u + 1u && dyn(message.id) == 1u",
    ] {
        assert_holds(holds, Some(true));
    }
    for fails in ["message.id > 1", "message.lines.all(l, l.count > 1)", "!has(message.email)", "message.email == null"]
    {
        assert_holds(fails, Some(false));
    }
    for faulty in ["message.nope == 1", "message.lines[2].count == 1", "message.tags.x == 'v'", "message.id / 0 == 1"] {
        assert_holds(faulty, None);
    }
    // Only false fails; and an error that does not matter is none.
    assert_holds("message.id", Some(true));
    assert_holds("message.id == 1 || message.nope == 1", Some(true));
}

#[test]
fn rules_run_in_their_order_until_one_refuses() {
    let set = Set::of([
        rule("first").expr("message.id > 5").on_failure("NONE"),
        rule("off").expr("false").disabled(),
        rule("reads").expr("false").mode(RuleMode::Read),
        rule("both").expr("message.id > 6").mode(RuleMode::WriteRead).on_failure("NONE,ERROR"),
        rule("letter").expr("message.id > 7").on_failure("DLQ").param("dlq.topic", "letters"),
        rule("never").expr("message.id > 8"),
    ]);
    let verdict = avro(ORDER, &set).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    let told: Vec<_> = verdict.failed.iter().map(|failure| (&*failure.rule, &failure.action)).collect();
    let letter = RuleAction::DeadLetter { topic: Some("letters".into()) };
    assert_eq!(told, [("first", &RuleAction::Continue), ("both", &RuleAction::Continue), ("letter", &letter)]);
    assert_eq!(verdict.refusal().map(|failure| &*failure.reason), Some("Expr failed: 'message.id > 7'"));

    let skip = RecordFacts { skip: &["letter"], now: 0 };
    let verdict = avro(ORDER, &set).run(&good(), &skip, &mut RuleScratch::default());
    assert_eq!(verdict.refusal().map(|failure| &*failure.rule), Some("never"));
}

#[test]
fn where_a_set_is_enabled_decides() {
    for (at, runs) in
        [(EnableAt::Gateway, true), (EnableAt::All, true), (EnableAt::Client, false), (EnableAt::None, false)]
    {
        let mut set = Set::of([rule("r").expr("false")]);
        set.0.rules.get_or_insert_default().enable_at = Some(at);
        assert_eq!(avro(ORDER, &set).is_empty(), !runs, "{at:?}");
    }
}

#[test]
fn a_guard_that_is_not_true_skips_the_rule() {
    for (expr, is_good) in [
        ("message.id == 2; false", true),
        ("message.id == 1; false", false),
        ("message.nope == 1; false", true),
        ("message.id; false", true),
        (" ; message.id == 2", false),
        ("message.id == 1; message.state != 'a;b'", true),
    ] {
        let rules = avro(ORDER, &Set::of([rule("r").expr(expr)]));
        let verdict = rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
        assert_eq!(verdict.is_good(), is_good, "{expr}: {verdict:?}");
    }
    let whole = rule("r").expr("message.state == 'a;b'").param("cel.ignore.guard.separator", "true");
    let verdict = avro(ORDER, &Set::of([whole])).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.refusal().map(|failure| &*failure.reason), Some("Expr failed: 'message.state == 'a;b''"));
}

#[test]
fn an_action_may_follow_success() {
    let set = Set::of([rule("r").expr("message.id == 1").on_success("DLQ")]);
    let verdict = avro(ORDER, &set).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.refusal().map(|failure| &failure.action), Some(&RuleAction::DeadLetter { topic: None }));
}

// === Fields ===

fn on_field(rule: contracts::Rule, payload: &[u8]) -> Option<(String, String)> {
    let rules = avro(ORDER, &Set::of([rule.executor("CEL_FIELD")]));
    assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
    let verdict = rules.run(payload, &RecordFacts::default(), &mut RuleScratch::default());
    assert!(verdict.undecided.is_empty(), "{verdict:?}");
    verdict.failed.into_iter().next().map(|failure| (failure.path, failure.reason))
}

#[test]
fn rules_on_fields_look_at_those_with_their_tags() {
    let bad = order(1, 1.0, Some("nobody"), ["A-1", "?"]);
    let failed = |path: &str, expr: &str| Some((path.to_owned(), format!("Expr failed: '{expr}'")));
    let email = rule("r").expr("value.isEmail()").tags(&["PII"]);
    assert_eq!(on_field(email.clone(), &good()), None);
    assert_eq!(on_field(email.clone(), &bad), failed("email", "value.isEmail()"));
    // What is null is not looked at.
    assert_eq!(on_field(email, &order(1, 1.0, None, ["a", "b"])), None);
    let code = rule("r").expr("value.matches('^[A-Z]-[0-9]$')").tags(&["CODE", "OTHER"]);
    assert_eq!(on_field(code, &bad), failed("lines[1].sku", "value.matches('^[A-Z]-[0-9]$')"));
    // Without tags all single values count, but for enums and fixed ones.
    let names = "name in ['id', 'amount', 'email', 'sku', 'count', 'tags']";
    assert_eq!(on_field(rule("r").expr(names), &good()), None);
    let types =
        "typeName == (name == 'id' ? 'LONG' : name == 'amount' ? 'DOUBLE' : name == 'count' ? 'INT' : 'STRING')";
    assert_eq!(on_field(rule("r").expr(types), &good()), None);
    let all = "fullName.startsWith('shop.') && size(tags) <= 1 && (name != 'sku' || message.count > 0)";
    assert_eq!(on_field(rule("r").expr(all), &good()), None);
    assert_eq!(on_field(rule("r").expr("typeName == 'STRING'; size(value) < 4"), &good()).unwrap().0, "email");
    assert_eq!(on_field(rule("r").expr("name == 'tags'; value != 'v'"), &good()).unwrap().0, "tags[0]");
}

#[test]
fn tags_come_from_the_metadata_as_well() {
    for (pattern, path) in [
        ("shop.Order.amount", "amount"),
        ("shop.*.count", "lines[0].count"),
        ("**.id", "id"),
        ("shop.Order.*mount", "amount"),
        ("shop.Order.ema?l", "email"),
    ] {
        let set = Set::of([rule("r").executor("CEL_FIELD").expr("false").tags(&["T"])]).tagged(pattern, "T");
        let verdict = avro(ORDER, &set).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
        assert_eq!(verdict.failed.first().map(|failure| &*failure.path), Some(path), "{pattern}");
    }
}

// === What a gateway can't do ===

#[test]
fn transforms_are_left_to_the_client_and_what_they_hide_is_not_judged() {
    let set = Set::of([
        rule("before").expr("message.id > 100"),
        rule("change").transform().expr("{'id': 101}"),
        rule("after").expr("message.id > 0"),
    ]);
    let rules = avro(ORDER, &set);
    assert_eq!(rules.left_to_client().iter().map(|name| &**name).collect::<Vec<_>>(), ["change"]);
    assert_eq!(rules.not_checkable().iter().map(|it| &*it.rule).collect::<Vec<_>>(), ["before"]);
    assert!(rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default()).is_good());

    let set = Set::of([
        rule("email").expr("message.email == 'x'"),
        rule("id").expr("message.id == 1"),
        rule("mask").executor("CEL_FIELD").transform().tags(&["PII"]).expr("'***'"),
    ]);
    let rules = avro(ORDER, &set);
    assert_eq!(rules.not_checkable().iter().map(|it| &*it.rule).collect::<Vec<_>>(), ["email"]);
    assert!(rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default()).is_good());
}

#[test]
fn encrypted_fields_are_never_judged() {
    let encrypt = || rule("seal").executor("ENCRYPT").transform().tags(&["PII"]);
    let set = Set::of([
        encrypt(),
        rule("email").expr("message.email.isEmail()"),
        rule("some").executor("CEL_FIELD").expr("typeName != 'STRING' || size(value) < 4"),
        rule("only").executor("CEL_FIELD").tags(&["PII"]).expr("false"),
        rule("whole").expr("message == {}"),
        rule("id").expr("message.id == 1"),
    ]);
    let rules = avro(ORDER, &set);
    let names: Vec<_> = rules.not_checkable().iter().map(|it| &*it.rule).collect();
    assert_eq!(names, ["email", "some", "only", "whole"]);
    assert!(rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default()).is_good());
    assert!(!rules.is_opaque());

    let sealed = || encrypt().param("tidegate.encrypted", "required");
    let rules = avro(ORDER, &Set::of([sealed()]));
    let verdict = rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    let refusal = verdict.refusal().expect("a plain address");
    assert_eq!((&*refusal.path, &*refusal.reason), ("email", "the value does not look encrypted"));
    let cipher = "3q2+7w8K1ZkXb0yq5n1m2Qw9fTz8r4Vh6Jc7Lp0sAeU1Bg==";
    let verdict =
        rules.run(&order(1, 1.0, Some(cipher), ["a", "b"]), &RecordFacts::default(), &mut RuleScratch::default());
    assert!(verdict.is_good(), "{verdict:?}");
    let by_property = Set::of([encrypt()]).property("tidegate.encrypted", "required");
    let verdict = avro(ORDER, &by_property).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    assert!(verdict.refusal().is_some());
}

#[test]
fn an_encrypted_payload_is_judged_by_its_look_only() {
    let mut set = Set::of([rule("id").expr("message.id == 1")]);
    set.encoding(rule("seal").executor("ENCRYPT_PAYLOAD").transform().param("tidegate.encrypted", "required"));
    let rules = avro(ORDER, &set);
    assert!(rules.is_opaque());
    assert_eq!(rules.not_checkable().len(), 1);
    let mut random = Random::new(3);
    let cipher: Vec<u8> = (0..64).map(|_| random.next() as u8).collect();
    assert!(rules.run(&cipher, &RecordFacts::default(), &mut RuleScratch::default()).is_good());
    let plain = b"a plain text of more than thirty bytes";
    let verdict = rules.run(plain, &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.refusal().map(|failure| &*failure.rule), Some("seal"));
}

#[test]
fn what_can_not_be_run_is_told_and_refuses_nothing() {
    let set = Set::of([
        rule("sql").executor("SQL").expr("x"),
        rule("broken").expr("message.id ="),
        rule("empty"),
        rule("unknown").expr("message.id.frobnicate()"),
        rule("pattern").expr("message.email.matches('(?=x)')"),
    ]);
    let rules = avro(ORDER, &set);
    assert!(rules.is_empty());
    let told: Vec<_> = rules.not_checkable().iter().map(|it| (&*it.rule, &*it.why)).collect();
    assert_eq!(told[0], ("sql", "there is no executor 'SQL' here"));
    assert_eq!(told[2], ("empty", "it has no expression"));
    assert_eq!(told[3], ("unknown", "there is no function 'frobnicate' here"));
    assert!(told[4].1.starts_with("the pattern can't be used"), "{told:?}");
    assert_eq!(told.len(), 5);
}

#[test]
fn a_rule_that_costs_too_much_is_undecided() {
    let nested = "message.lines.all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, \
                  [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, true))))))";
    let rules = avro(ORDER, &Set::of([rule("costly").expr(nested), rule("id").expr("message.id == 2")]));
    let verdict = rules.run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.undecided.iter().map(|it| &*it.rule).collect::<Vec<_>>(), ["costly"]);
    assert_eq!(verdict.refusal().map(|failure| &*failure.rule), Some("id"));
}

#[test]
fn patterns_match_parts_unless_the_engine_is_the_one_that_does_not() {
    for (engine, is_good) in [(None, true), (Some("re2"), true), (Some("pcre"), false), (Some("PCRE"), false)] {
        let mut part = rule("r").expr("message.email.matches('@b')");
        if let Some(engine) = engine {
            part = part.param("cel.regex.engine", engine);
        }
        let verdict = avro(ORDER, &Set::of([part])).run(&good(), &RecordFacts::default(), &mut RuleScratch::default());
        assert_eq!(verdict.is_good(), is_good, "{engine:?}");
    }
}

// === The other formats ===

const PERSON: &str = r#"syntax = "proto3"; package p; import "confluent/meta.proto";
import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
message Person {
  string name = 1 [(confluent.field_meta) = { tags: ["PII"] }];
  uint32 age = 2;
  optional int64 visits = 3;
  Address home = 4;
  repeated int32 marks = 5;
  map<string, Address> others = 6;
  oneof contact { string phone = 7; string mail = 8; }
  enum Kind { NONE = 0; GOOD = 1; }
  Kind kind = 9;
  google.protobuf.Timestamp born = 10;
  google.protobuf.StringValue nick = 11;
  repeated Address past = 12;
}
message Address { string city = 1 [(confluent.field_meta).tags = "PLACE"]; int32 zip = 2; }"#;

fn person(parts: &[&[u8]]) -> Vec<u8> {
    [&[0][..], &parts.concat()].concat()
}

#[test]
fn expressions_see_protobuf_messages() {
    let payload = person(&[
        &[0x0a, 2, b'A', b'l'],
        &[0x10, 42],
        &[0x22, 5, 0x0a, 1, b'X', 0x10, 7],
        &[0x2a, 3, 1, 2, 3],
        &[0x32, 8, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'Y'],
        &[0x3a, 1, b'9', 0x42, 1, b'm'],
        &[0x48, 1],
        &[0x52, 2, 0x08, 5],
        &[0x5a, 3, 0x0a, 1, b'N'],
        &[0x62, 3, 0x0a, 1, b'P', 0x62, 0],
    ]);
    for holds in [
        "message.name == 'Al' && message.age == 42 && message.age + 1 == 43",
        "!has(message.visits) && message.visits == 0",
        "message.home.city == 'X' && message.home.zip == 7 && has(message.home)",
        "message.marks == [1, 2, 3] && message.marks.all(m, m < 4) && size(message.marks) == 3",
        "message.others['k'].city == 'Y' && message.others['k'].zip == 0 && 'k' in message.others",
        "!has(message.phone) && message.phone == '' && message.mail == 'm'",
        "message.kind == 1",
        "message.born == timestamp(5) && message.born < now && has(message.born)",
        "message.nick == 'N' && message.nick != null",
        "message.past.exists(a, a.city == 'P') && message.past[1].city == '' && size(message.past) == 2",
    ] {
        assert_protobuf(&payload, holds, true);
    }
    let empty = person(&[]);
    for holds in [
        "message.name == '' && message.age == 0 && !has(message.name) && !has(message.home)",
        "message.home.city == '' && size(message.marks) == 0 && message.marks.all(m, false)",
        "message.nick == null && !has(message.nick) && size(message.others) == 0",
        "message.kind == 0 && !has(message.kind) && message.born == timestamp(0)",
    ] {
        assert_protobuf(&empty, holds, true);
    }
    assert_protobuf(&empty, "message.name != ''", false);
    // A message that comes in two parts is one, and what is written last counts.
    let parts =
        person(&[&[0x22, 3, 0x0a, 1, b'X'], &[0x22, 2, 0x10, 7], &[0x10, 1, 0x10, 2], &[0x42, 1, b'm', 0x3a, 0]]);
    assert_protobuf(&parts, "message.home.city == 'X' && message.home.zip == 7 && message.age == 2", true);
    assert_protobuf(&parts, "has(message.phone) && !has(message.mail)", true);
}

#[track_caller]
fn assert_protobuf(payload: &[u8], expr: &str, expected: bool) {
    let rules = protobuf(PERSON, &Set::of([rule("r").expr(expr)]));
    assert!(rules.not_checkable().is_empty(), "{expr}: {:?}", rules.not_checkable());
    let verdict = rules.run(payload, &RecordFacts { now: 1_000_000, skip: &[] }, &mut RuleScratch::default());
    assert!(verdict.undecided.is_empty(), "{expr}: {verdict:?}");
    assert_eq!(verdict.is_good(), expected, "{expr}: {verdict:?}");
}

#[test]
fn rules_on_fields_see_protobuf_messages() {
    let payload = person(&[&[0x22, 3, 0x0a, 1, b'X'], &[0x62, 3, 0x0a, 1, b'P'], &[0x32, 5, 0x0a, 1, b'k', 0x12, 0]]);
    let failing = |expr: &str, tags: &[&str]| {
        let set = Set::of([rule("r").executor("CEL_FIELD").expr(expr).tags(tags)]);
        let verdict = protobuf(PERSON, &set).run(&payload, &RecordFacts::default(), &mut RuleScratch::default());
        verdict.failed.into_iter().next().map(|failure| failure.path)
    };
    assert_eq!(failing("value != ''", &["PII"]).as_deref(), Some("name"));
    assert_eq!(failing("value != 'P'", &["PLACE"]).as_deref(), Some("past[0].city"));
    assert_eq!(failing("value != ''", &["PLACE"]).as_deref(), Some("others[0].city"));
    assert_eq!(failing("fullName in ['p.Address.city', 'p.Person.name']", &["PLACE", "PII"]), None);
    // Absent fields with presence are not looked at, those without are.
    assert_eq!(failing("name != 'visits' && name != 'phone'", &[]), None);
    assert_eq!(failing("name != 'age'", &[]).as_deref(), Some("age"));
}

#[test]
fn a_payload_may_be_any_message_of_its_file() {
    let file = r#"syntax = "proto3"; message A { int32 a = 1; } message B { int32 a = 1; string b = 2; message C { int32 c = 1; } }"#;
    let set = Set::of([rule("r").expr("message.a == 7")]);
    let rules = protobuf(file, &set);
    let run = |payload: &[u8]| rules.run(payload, &RecordFacts::default(), &mut RuleScratch::default());
    assert!(run(&[0, 0x08, 7]).is_good() && run(&[2, 2, 0x08, 7]).is_good());
    assert!(!run(&[2, 2, 0x08, 8]).is_good());
    assert_eq!(run(&[4, 2, 0]).failed[0].reason, "Expr failed: 'message.a == 7': there is no such field");
    let said = Set::of([rule("r").expr("message.a == 7").doc("Nobody pays nothing.")]);
    let verdict = protobuf(file, &said).run(&[4, 2, 0], &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.failed[0].reason, "Nobody pays nothing: there is no such field");
}

const EVENT: &str = r##"{"type":"object","properties":{
    "id":{"type":"integer"},"price":{"type":"number"},"mail":{"type":"string","confluent:tags":["PII"]},
    "home":{"$ref":"#/definitions/Home"},"list":{"type":"array","items":{"$ref":"#/definitions/Home"}},
    "any":{},"maybe":{"type":["null","string"]},"both":{"oneOf":[{"type":"string"},{"type":"object","properties":{"x":{"type":"integer"}}}]},
    "free":{"type":"object","additionalProperties":{"type":"integer"}}},
    "definitions":{"Home":{"type":"object","properties":{"zip":{"type":"string","confluent:tags":["PLACE"]},"next":{"$ref":"#/definitions/Home"}}}}}"##;

#[test]
fn expressions_see_json() {
    let payload = br#"{"id": 7, "price": 1.50, "mail": "a\u0040b.c", "home": {"zip": "1"}, "list": [{"zip": "2"}, {"zip": "3", "next": {"zip": "4"}}],
        "any": {"deep": [1, {"x": null}]}, "maybe": null, "both": {"x": 3}, "free": {"a": 1, "b": 2}, "more": [true]}"#;
    let holds = |expr: &str, expected: bool| {
        let rules = json(EVENT, &Set::of([rule("r").expr(expr)]));
        assert!(rules.not_checkable().is_empty(), "{expr}: {:?}", rules.not_checkable());
        let verdict = rules.run(payload, &RecordFacts::default(), &mut RuleScratch::default());
        assert!(verdict.undecided.is_empty(), "{expr}: {verdict:?}");
        assert_eq!(verdict.is_good(), expected, "{expr}: {verdict:?}");
    };
    for expr in [
        "message.id == 7 && message.price == 1.5 && message.mail == 'a@b.c'",
        "message.home.zip == '1' && message.list[1].next.zip == '4' && !has(message.home.next)",
        "message.list.all(l, size(l.zip) == 1) && message.list.map(l, l.zip).join('') == '23'",
        "message.any.deep[1].x == null && size(message.any.deep) == 2",
        "message.maybe == null && has(message.maybe) && !has(message.nothing)",
        "message.both.x == 3 && message.free.a + message.free['b'] == 3 && size(message.free) == 2",
        "message.more[0] && message.free.all(k, message.free[k] > 0)",
    ] {
        holds(expr, true);
    }
    holds("message.nothing == 1", false);
    holds("message.home.next.zip == '1'", false);
    let fields = |expr: &str, tags: &[&str]| {
        let set = Set::of([rule("r").executor("CEL_FIELD").expr(expr).tags(tags)]);
        let verdict = json(EVENT, &set).run(payload, &RecordFacts::default(), &mut RuleScratch::default());
        verdict.failed.into_iter().next().map(|failure| failure.path)
    };
    assert_eq!(fields("value == ''", &["PII"]).as_deref(), Some("mail"));
    assert_eq!(fields("value != '4'", &["PLACE"]).as_deref(), Some("list[1].next.zip"));
    assert_eq!(fields("fullName != '$.list[1].zip'", &["PLACE"]).as_deref(), Some("list[1].zip"));
    assert_eq!(fields("typeName != 'DOUBLE' || name == 'price'", &[]), None);
    let set = Set::of([rule("r").executor("CEL_FIELD").expr("false").tags(&["T"])]).tagged("$.list*.zip", "T");
    let verdict = json(EVENT, &set).run(payload, &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.failed[0].path, "list[0].zip");
}

#[test]
fn a_list_is_no_message() {
    let set = Set::of([rule("r").expr("false"), rule("f").executor("CEL_FIELD").expr("value > 0").on_failure("NONE")]);
    let list = r#"{"type":"array","items":{"type":"object","properties":{"a":{"type":"integer"}}}}"#;
    let run = |text: &str| json(list, &set).run(text.as_bytes(), &RecordFacts::default(), &mut RuleScratch::default());
    assert!(run(r#"[{"a": 1}]"#).is_good());
    assert_eq!(run(r#"[{"a": 1}, {"a": 0}]"#).failed[0].path, "[1].a");
}

#[test]
fn numbers_of_json_are_numbers() {
    // With `arbitrary_precision` of serde_json a number would be a map, and every rule on numbers would fail.
    assert_eq!(serde_json::from_str::<serde_json::Value>("1.0e400").ok(), None);
    let rules = json(r#"{"type":"object"}"#, &Set::of([rule("r").expr("message.a > 1 && math.abs(message.b) == 2")]));
    assert!(rules.run(br#"{"a": 1.5, "b": -2}"#, &RecordFacts::default(), &mut RuleScratch::default()).is_good());
}

// === Hostile payloads ===

#[test]
fn whatever_bytes_come_nothing_breaks() {
    let exprs = "message.lines.all(l, l.count > 0) && message.tags.all(k, size(k) > 0) && message.email != 'x'";
    let field = || rule("f").executor("CEL_FIELD").expr("value != 'x'");
    let avro = avro(ORDER, &Set::of([rule("r").expr(exprs), field()]));
    let person = "message.past.all(a, a.zip > 0) && message.others.all(k, k != '') && message.marks.all(m, m > 0)";
    let proto = protobuf(PERSON, &Set::of([rule("r").expr(person), field()]));
    let event = "message.list.all(l, l.zip != '') && message.any == message.any";
    let json = json(EVENT, &Set::of([rule("r").expr(event), field()]));
    let mut random = Random::new(11);
    let mut scratch = RuleScratch::default();
    let text = br#"{"id": 7, "list": [{"zip": "2"}, {"zip": "\u00e9", "next": {"zip": "4"}}], "any": {"deep": [1, {"x": null}]}}"#;
    let seeds: [(&Rules, Vec<u8>); 3] = [
        (&avro, good()),
        (
            &proto,
            vec![0, 0x0a, 1, b'x', 0x22, 3, 0x0a, 1, b'X', 0x62, 2, 0x10, 7, 0x2a, 2, 1, 2, 0x32, 3, 0x0a, 1, b'k'],
        ),
        (&json, text.to_vec()),
    ];
    for (rules, seed) in seeds {
        for _ in 0..4_000 {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                match random.below(5) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes[at] = random.next() as u8,
                    2 => bytes.truncate(at.max(1)),
                    3 => bytes.insert(at, random.next() as u8),
                    _ => bytes.extend_from_within(at..),
                }
            }
            let _ = rules.run(&bytes, &RecordFacts::default(), &mut scratch);
        }
    }
}

#[test]
fn a_payload_of_many_values_is_undecided_and_takes_no_memory() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"n","type":{"type":"array","items":"null"}},{"name":"z","type":"int"}]}"#;
    let rules = avro(schema, &Set::of([rule("r").expr("size(message.n) < 3")]));
    // 900,000 nulls in four bytes.
    let payload = [0xc0, 0xee, 0x6d, 0, 0];
    let verdict = rules.run(&payload, &RecordFacts::default(), &mut RuleScratch::default());
    assert_eq!(verdict.undecided.len(), 1, "{verdict:?}");
}

#[test]
fn good_records_allocate_nothing() {
    let parsed = parse(SchemaKind::Avro, event::SCHEMA, &[], Strictness::Strict).expect("the schema of the event");
    let outline = parsed.outline();
    let names: Vec<_> = outline.fields().map(|field| field.path.clone()).collect();
    assert!(names.contains(&"email".to_owned()) && names.contains(&"id".to_owned()), "{names:?}");
    let set = Set::of([
        rule("a").expr("message.email.matches('.') && size(message.email) > 2 && message.id != ''"),
        rule("b").expr("message.lines.all(l, l.quantity >= 0) && message.status in ['NEW', 'PAID', 'SHIPPED', 'CANCELLED', 'x'] || true"),
        rule("c").executor("CEL_FIELD").expr("typeName != 'STRING' || size(value) < 1000"),
    ]);
    let rules = Rules::compile(&parsed, &set.0);
    assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
    let mut random = Random::new(5);
    allocates_nothing(&rules, &(0..500).map(|_| event::event(&mut random)).collect::<Vec<_>>());

    let set = Set::of([
        rule("a")
            .expr("message.email.matches('.') && size(message.email) > 2 && message.id != '' && message.status < 9"),
        rule("b").expr("message.lines.all(l, l.quantity >= 0) && (has(message.note) || message.address.zip > -1)"),
        rule("c").executor("CEL_FIELD").expr("typeName != 'STRING' || size(value) < 1000"),
    ]);
    let event = |random: &mut Random| [&[0], protobuf_event::event(random).as_slice()].concat();
    for schema in [protobuf_event::SCHEMA.to_owned(), protobuf_event::annotated()] {
        allocates_nothing(&protobuf(&schema, &set), &(0..500).map(|_| event(&mut random)).collect::<Vec<_>>());
    }

    let set = Set::of([
        rule("a").expr("message.email.matches('.') && size(message.email) > 2 && message.id != ''"),
        rule("b").expr("message.lines.all(l, l.quantity >= 0) && message.total >= 0 && message.address.city != ''"),
        rule("c").executor("CEL_FIELD").expr("typeName != 'STRING' || size(value) < 1000"),
    ]);
    let payloads: Vec<_> = (0..500).map(|_| json_event::event(&mut random)).collect();
    allocates_nothing(&json(json_event::SCHEMA, &set), &payloads);
}

/// Once a scratch has seen records of their size.
#[track_caller]
fn allocates_nothing(rules: &Rules, payloads: &[Vec<u8>]) {
    assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
    let mut scratch = RuleScratch::default();
    let facts = RecordFacts { now: 1, skip: &[] };
    for payload in payloads {
        let verdict = rules.run(payload, &facts, &mut scratch);
        assert!(verdict.is_good(), "{verdict:?}");
    }
    let counted = allocation_counter::measure(|| {
        for payload in payloads {
            assert!(rules.run(payload, &facts, &mut scratch).is_good());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn rules_are_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    fn is_sent<T: Send>() {}
    is_shared::<Rules>();
    is_sent::<RuleScratch>();
}

// === Mistakes ===

#[test]
fn what_can_not_be_meant_is_told_when_a_rule_is_saved() {
    let parsed = parse(SchemaKind::Avro, ORDER, &[], Strictness::Strict).expect("a schema");
    for (expr, told) in [
        ("message.amount > ", "Syntax error"),
        ("message.lines[0].cuont > 0", "there is no field 'cuont'; did you mean 'count'?"),
        ("message.lines.all(l, l.skuu == '')", "there is no field 'skuu'; did you mean 'sku'?"),
        ("message.state > 3", "one can't compare string and int"),
        ("message.email == 7", "null or string is never equal to int"),
        ("message.id == null", "int is never equal to null"),
        ("message.id + message.amount > 0.0", "one can't compute with int and double"),
        ("message.id.startsWith('x')", "'startsWith' does not take (int, string)"),
        ("message.id in ['a', 'b']", "int is never one of string"),
        ("message.email.frob()", "there is no function 'frob' here"),
        ("message.email.matches('(')", "the pattern can't be used"),
        ("size(message.lines)", "a condition gives true or false, this one int"),
        ("message.id && true", "true or false is needed here, this is int"),
        ("message.id.x == 1", "'x' is asked of int, which has no fields"),
        ("massage.id == 1", "'massage' is not known; there are message and now"),
        ("nope; true", "'nope' is not known"),
        ("message.id[0] == 1", "int has no items"),
        ("message.lines['a'].count == 1", "an item of a list is named by a number, not by string"),
        ("value == 1", "'value' is not known"),
    ] {
        let problems = Rules::check(&parsed, &Set::of([rule("r").expr(expr)]).0);
        assert!(problems.iter().any(|problem| problem.to_string().contains(told)), "{expr}: {problems:?}");
    }
    for expr in [
        "message.email != null && message.email.matches('^a$')",
        "message.tags.x == 'y' && message.lines.all(l, l.count > 0 && l.sku != '')",
        "message.amount > 1 && message.id < 5.5 && message.state in ['NEW']",
        "now - timestamp('2020-01-01T00:00:00Z') > duration('1h')",
        "message.id == 1 ? message.amount > 0.0 : has(message.email)",
    ] {
        let problems = Rules::check(&parsed, &Set::of([rule("r").expr(expr)]).0);
        assert!(problems.is_empty(), "{expr}: {problems:?}");
    }
    let nobody = rule("r").executor("CEL_FIELD").tags(&["NOBODY"]).expr("true");
    assert_eq!(Rules::check(&parsed, &Set::of([nobody]).0)[0].message, "no field has one of its tags");
    let open = parse(SchemaKind::Json, r#"{"type":"object","properties":{"name":{}}}"#, &[], Strictness::Strict);
    let problems = Rules::check(&open.expect("a schema"), &Set::of([rule("r").expr("message.nmae == 'x'")]).0);
    assert_eq!(problems[0].level, tidegate_compat::RuleLevel::Warning);
    assert!(problems[0].message.ends_with("did you mean 'name'?"), "{problems:?}");
}
