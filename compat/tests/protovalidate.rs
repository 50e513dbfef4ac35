//! Do `buf.validate` annotations say of payloads what protovalidate says?

#[path = "support/contracts.rs"]
#[allow(dead_code, reason = "shared with other tests, which need more of it")]
mod contracts;
#[path = "support/wire.rs"]
mod wire;

use contracts::{Set, rule};
use tidegate_compat::{
    Contract, EnableAt, RecordFacts, Resolved, RuleAction, RuleLevel, RuleScratch, RuleVerdict, Rules, SchemaKind,
    Strictness, parse,
};
use wire::Wire;

/// 2023-11-14T22:13:20Z
const NOW: i64 = 1_700_000_000_000;

fn schema(body: &str) -> String {
    format!(
        "syntax = \"proto3\"; package shop;
        import \"buf/validate/validate.proto\"; import \"google/protobuf/timestamp.proto\";
        import \"google/protobuf/duration.proto\"; import \"google/protobuf/any.proto\";
        import \"google/protobuf/field_mask.proto\"; import \"google/protobuf/wrappers.proto\";
        {body}"
    )
}

#[track_caller]
fn compiled(body: &str, set: &Set) -> Rules {
    let text = schema(body);
    let parsed =
        parse(SchemaKind::Protobuf, &text, &[], Strictness::Strict).unwrap_or_else(|why| panic!("{why}: {text}"));
    Rules::compile(&parsed, &set.0)
}

fn run(rules: &Rules, wire: &Wire) -> RuleVerdict {
    rules.run(&wire.payload(), &RecordFacts { now: NOW, skip: &[] }, &mut RuleScratch::default())
}

fn first(verdict: &RuleVerdict) -> Option<(&str, &str)> {
    verdict.failed.first().map(|failure| (&*failure.rule, &*failure.path))
}

fn none() -> Set {
    Set(Contract::default())
}

/// One field with an annotation, and which rule each payload breaks.
#[track_caller]
fn cases(field: &str, cases: &[(Wire, Option<&str>)]) {
    let rules = compiled(&format!("message M {{ {field} }} enum E {{ ZERO = 0; ONE = 1; TEN = 10; }}"), &none());
    assert!(rules.not_checkable().is_empty(), "{field}: {:?}", rules.not_checkable());
    for (at, (wire, expected)) in cases.iter().enumerate() {
        let verdict = run(&rules, wire);
        assert!(verdict.undecided.is_empty(), "{field}, case {at}: {verdict:?}");
        assert_eq!(first(&verdict).map(|(rule, _)| rule), *expected, "{field}, case {at}: {verdict:?}");
    }
}

fn w() -> Wire {
    Wire::default()
}

/// A text in field 1.
fn t(text: &str) -> Wire {
    w().bytes(1, text)
}

fn i(value: i64) -> Wire {
    w().int(1, value)
}

#[test]
fn texts() {
    let field = |rules: &str| format!("string v = 1 [(buf.validate.field).string = {{ {rules} }}];");
    cases(
        &field("min_len: 2, max_len: 3"),
        &[
            (t("é"), Some("string.min_len")),
            (t("éé"), None),
            (t("éééé"), Some("string.max_len")),
            (w(), Some("string.min_len")),
        ],
    );
    cases(&field("len: 1"), &[(t("é"), None), (t(""), Some("string.len"))]);
    cases(&field("min_bytes: 2"), &[(t("é"), None), (t("e"), Some("string.min_bytes"))]);
    cases(&field("max_bytes: 1"), &[(t("é"), Some("string.max_bytes")), (t("e"), None)]);
    cases(&field("len_bytes: 2"), &[(t("é"), None), (t("e"), Some("string.len_bytes"))]);
    cases(&field("const: 'a'"), &[(t("a"), None), (t("b"), Some("string.const"))]);
    cases(&field("pattern: '^a+$'"), &[(t("aa"), None), (t("ab"), Some("string.pattern"))]);
    cases(&field("pattern: 'b'"), &[(t("abc"), None), (t("ac"), Some("string.pattern"))]);
    cases(&field("prefix: 'a'"), &[(t("ab"), None), (t("ba"), Some("string.prefix"))]);
    cases(&field("suffix: 'a'"), &[(t("ba"), None), (t("ab"), Some("string.suffix"))]);
    cases(&field("contains: 'a'"), &[(t("bab"), None), (t("b"), Some("string.contains"))]);
    cases(&field("not_contains: 'a'"), &[(t("b"), None), (t("bab"), Some("string.not_contains"))]);
    cases(&field("in: ['a', 'b']"), &[(t("b"), None), (t("c"), Some("string.in"))]);
    cases(&field("not_in: ['a', 'b']"), &[(t("b"), Some("string.not_in")), (t("c"), None)]);
}

#[test]
fn forms_of_texts() {
    for (form, good, bad) in [
        ("email", "a@b.c", "a"),
        ("hostname", "a.b", "a_b"),
        ("ip", "::1", "1.2.3"),
        ("ipv4", "1.2.3.4", "::1"),
        ("ipv6", "::1", "1.2.3.4"),
        ("uri", "http://a/b", "/b"),
        ("address", "1.2.3.4", "a b"),
        ("uuid", "0123abcd-0000-4000-8000-0123456789AB", "0123abcd000040008000012345678ABC"),
        ("tuuid", "0123abcd000040008000012345678ABC", "0123abcd-0000-4000-8000-0123456789AB"),
        ("ip_with_prefixlen", "10.0.0.1/8", "10.0.0.1"),
        ("ipv4_with_prefixlen", "10.0.0.1/8", "::1/8"),
        ("ipv6_with_prefixlen", "::1/8", "10.0.0.1/8"),
        ("ip_prefix", "10.0.0.0/8", "10.0.0.1/8"),
        ("ipv4_prefix", "10.0.0.0/8", "::/8"),
        ("ipv6_prefix", "::/8", "10.0.0.0/8"),
        ("host_and_port", "a.b:80", "a.b"),
        ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FA"),
        ("protobuf_fqn", "a.b.C", ".a.b"),
        ("protobuf_dot_fqn", ".a.b.C", "a.b"),
    ] {
        let id = format!("string.{form}");
        let empty = format!("string.{form}_empty");
        let field = |on: bool| format!("string v = 1 [(buf.validate.field).string.{form} = {on}];");
        cases(&field(true), &[(t(good), None), (t(bad), Some(&id)), (t(""), Some(&empty)), (w(), Some(&empty))]);
        cases(&field(false), &[(t(bad), None)]);
    }
    cases(
        "string v = 1 [(buf.validate.field).string.uri_ref = true];",
        &[(t(""), None), (t("a b"), Some("string.uri_ref"))],
    );
    let header = "KNOWN_REGEX_HTTP_HEADER_NAME";
    cases(
        &format!("string v = 1 [(buf.validate.field).string.well_known_regex = {header}];"),
        &[(t("x-a"), None), (t("x a"), Some("string.well_known_regex.header_name"))],
    );
    cases(
        &format!("string v = 1 [(buf.validate.field).string = {{ well_known_regex: {header}, strict: false }}];"),
        &[(t("x a"), None), (t("a\n"), Some("string.well_known_regex.header_name"))],
    );
}

#[test]
fn numbers() {
    let int = |rules: &str| format!("int32 v = 1 [(buf.validate.field).int32 = {{ {rules} }}];");
    cases(&int("gt: 1"), &[(i(2), None), (i(1), Some("int32.gt")), (w(), Some("int32.gt"))]);
    cases(&int("gte: 1"), &[(i(1), None), (i(-1), Some("int32.gte"))]);
    cases(&int("lt: 1"), &[(i(0), None), (i(1), Some("int32.lt"))]);
    cases(&int("lte: 1"), &[(i(1), None), (i(2), Some("int32.lte"))]);
    cases(&int("gt: 1, lt: 5"), &[(i(1), Some("int32.gt_lt")), (i(2), None), (i(5), Some("int32.gt_lt"))]);
    cases(&int("gte: 1, lte: 5"), &[(i(0), Some("int32.gte_lte")), (i(1), None), (i(5), None)]);
    cases(&int("gt: 5, lt: 1"), &[(i(0), None), (i(3), Some("int32.gt_lt_exclusive")), (i(6), None)]);
    cases(&int("gte: 5, lte: 1"), &[(i(1), None), (i(3), Some("int32.gte_lte_exclusive")), (i(5), None)]);
    cases(&int("const: 3"), &[(i(3), None), (i(4), Some("int32.const"))]);
    cases(&int("in: [1, 3]"), &[(i(3), None), (i(2), Some("int32.in"))]);
    cases(&int("not_in: [1, 3]"), &[(i(3), Some("int32.not_in")), (i(2), None)]);
    cases(
        "uint64 v = 1 [(buf.validate.field).uint64.gt = 18446744073709551614];",
        &[(i(-1), None), (i(-2), Some("uint64.gt"))],
    );
    let double = |rules: &str| format!("double v = 1 [(buf.validate.field).double = {{ {rules} }}];");
    let d = |value| w().double(1, value);
    cases(&double("gt: 0"), &[(d(0.5), None), (d(f64::NAN), Some("double.gt")), (d(-0.0), Some("double.gt"))]);
    cases(&double("gt: 5, lt: 1"), &[(d(f64::NAN), Some("double.gt_lt_exclusive"))]);
    cases(&double("finite: true"), &[(d(1.0), None), (d(f64::INFINITY), Some("double.finite"))]);
    cases("bool v = 1 [(buf.validate.field).bool.const = true];", &[(i(1), None), (w(), Some("bool.const"))]);
    let of = |rules: &str| format!("E v = 1 [(buf.validate.field).enum = {{ {rules} }}];");
    cases(&of("defined_only: true"), &[(i(10), None), (w(), None), (i(2), Some("enum.defined_only"))]);
    cases(&of("in: [1, 2]"), &[(i(2), None), (w(), Some("enum.in"))]);
}

#[test]
fn bytes() {
    let field = |rules: &str| format!("bytes v = 1 [(buf.validate.field).bytes = {{ {rules} }}];");
    let b = |bytes: &[u8]| w().bytes(1, bytes);
    cases(&field("min_len: 2"), &[(b(&[1, 2]), None), (b(&[1]), Some("bytes.min_len"))]);
    cases(&field("prefix: '\\x01\\x02'"), &[(b(&[1, 2, 3]), None), (b(&[2]), Some("bytes.prefix"))]);
    cases(&field("contains: '\\x02'"), &[(b(&[1, 2]), None), (b(&[1]), Some("bytes.contains"))]);
    cases(
        &field("pattern: '^a'"),
        &[(b(b"ab"), None), (b(b"b"), Some("bytes.pattern")), (b(&[255]), Some("bytes.pattern"))],
    );
    cases(&field("in: ['a', 'b']"), &[(b(b"b"), None), (b(b"c"), Some("bytes.in"))]);
    cases(&field("ip: true"), &[(b(&[0; 4]), None), (b(&[0; 5]), Some("bytes.ip")), (w(), Some("bytes.ip_empty"))]);
}

#[test]
fn lists_and_maps() {
    let list = |rules: &str| format!("repeated string v = 1 [(buf.validate.field).repeated = {{ {rules} }}];");
    let l = |items: &[&str]| items.iter().fold(w(), |wire, item| wire.bytes(1, item));
    cases(&list("min_items: 1"), &[(l(&["a"]), None), (w(), Some("repeated.min_items"))]);
    cases(&list("max_items: 1"), &[(l(&["a"]), None), (l(&["a", "b"]), Some("repeated.max_items"))]);
    cases(
        &list("unique: true"),
        &[(l(&["a", "b"]), None), (l(&["a", "b", "a"]), Some("repeated.unique")), (w(), None)],
    );
    cases(&list("items: { string: { min_len: 1 } }"), &[(l(&["a"]), None), (l(&["a", ""]), Some("string.min_len"))]);
    let ignored = "items: { ignore: IGNORE_IF_ZERO_VALUE, string: { min_len: 2 } }";
    cases(&list(ignored), &[(l(&["", "aa"]), None), (l(&["a"]), Some("string.min_len"))]);
    let map = |rules: &str| format!("map<string, int32> v = 1 [(buf.validate.field).map = {{ {rules} }}];");
    let m = |key: &str, value: i64| w().message(1, t(key).int(2, value));
    cases(&map("min_pairs: 1"), &[(m("a", 1), None), (w(), Some("map.min_pairs"))]);
    cases(&map("keys: { string: { min_len: 1 } }"), &[(m("a", 1), None), (m("", 1), Some("string.min_len"))]);
    cases(&map("values: { int32: { gt: 0 } }"), &[(m("a", 1), None), (m("a", 0), Some("int32.gt"))]);
    let rules = compiled(
        "message M { repeated string v = 1 [(buf.validate.field).repeated.items.string.min_len = 1]; }",
        &none(),
    );
    assert_eq!(first(&run(&rules, &l(&["a", ""]))), Some(("string.min_len", "v[1]")));
}

#[test]
fn presence() {
    let gt = "(buf.validate.field).int32.gt = 5";
    cases(&format!("optional int32 v = 1 [{gt}];"), &[(w(), None), (i(0), Some("int32.gt")), (i(6), None)]);
    let zero = "(buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE";
    cases(&format!("int32 v = 1 [{gt}, {zero}];"), &[(w(), None), (i(0), None), (i(1), Some("int32.gt"))]);
    cases(&format!("optional int32 v = 1 [{gt}, {zero}];"), &[(w(), None), (i(0), None), (i(1), Some("int32.gt"))]);
    cases(&format!("int32 v = 1 [{gt}, (buf.validate.field).ignore = IGNORE_ALWAYS];"), &[(i(1), None)]);
    let required = "(buf.validate.field).required = true";
    cases(&format!("int32 v = 1 [{required}];"), &[(w(), Some("required")), (i(0), Some("required")), (i(1), None)]);
    cases(&format!("optional int32 v = 1 [{required}];"), &[(w(), Some("required")), (i(0), None)]);
    cases(&format!("repeated int32 v = 1 [{required}];"), &[(w(), Some("required")), (i(0), None)]);
    cases(
        &format!("M v = 1 [{required}];"),
        &[(w(), Some("required")), (w().message(1, w().message(1, w())), Some("required"))],
    );
    let wrapped = "google.protobuf.StringValue v = 1 [(buf.validate.field).string.min_len = 2];";
    cases(wrapped, &[(w(), None), (w().message(1, w()), Some("string.min_len")), (w().message(1, t("aa")), None)]);
    let oneof = "oneof o { option (buf.validate.oneof).required = true; string a = 1; int32 b = 2; }";
    cases(oneof, &[(w(), Some("required")), (t(""), None), (w().int(2, 0), None)]);
    let choice = "option (buf.validate.message).oneof = { fields: ['a', 'b'], required: true };
        string a = 1 [(buf.validate.field).string.min_len = 2]; int32 b = 2;";
    cases(
        choice,
        &[
            (w(), Some("message.oneof")),
            (t("aa"), None),
            (t("a"), Some("string.min_len")),
            (w().int(2, 1), None),
            (t("aa").int(2, 1), Some("message.oneof")),
        ],
    );
}

#[test]
fn well_known_messages() {
    let time =
        |rules: &str| format!("google.protobuf.Timestamp v = 1 [(buf.validate.field).timestamp = {{ {rules} }}];");
    let at = |seconds: i64| w().message(1, w().int(1, seconds));
    let now = NOW / 1000;
    cases(&time("lt_now: true"), &[(at(now), None), (at(now + 1), Some("timestamp.lt_now")), (w(), None)]);
    cases(&time("gt_now: true"), &[(at(now), None), (at(now - 1), Some("timestamp.gt_now"))]);
    cases(&time("within: { seconds: 10 }"), &[(at(now - 10), None), (at(now + 11), Some("timestamp.within"))]);
    cases(&time("gt: { seconds: 5 }"), &[(at(6), None), (at(5), Some("timestamp.gt"))]);
    let span = |rules: &str| format!("google.protobuf.Duration v = 1 [(buf.validate.field).duration = {{ {rules} }}];");
    cases(
        &span("lte: { seconds: 5 }"),
        &[(at(5), None), (w().message(1, w().int(1, 5).int(2, 1)), Some("duration.lte"))],
    );
    cases(&span("in: [{ seconds: 5 }]"), &[(at(5), None), (at(6), Some("duration.in"))]);
    let any = "google.protobuf.Any v = 1 [(buf.validate.field).any.in = 'a/b'];";
    cases(any, &[(w().message(1, t("a/b")), None), (w().message(1, t("a/c")), Some("any.in"))]);
    let mask = "google.protobuf.FieldMask v = 1 [(buf.validate.field).field_mask.in = 'a'];";
    cases(
        mask,
        &[
            (w().message(1, t("a")), None),
            (w().message(1, t("a.b")), None),
            (w().message(1, t("b")), Some("field_mask.in")),
        ],
    );
}

#[test]
fn expressions_of_fields_and_messages() {
    let own = |expr: &str| format!("(buf.validate.field).cel = {{ id: 'own', message: 'no', expression: \"{expr}\" }}");
    cases(&format!("int32 v = 1 [{}];", own("this % 2 == 0")), &[(i(2), None), (i(3), Some("own"))]);
    cases(&format!("uint32 v = 1 [{}];", own("this % 2u == 0u")), &[(i(2), None), (i(3), Some("own"))]);
    cases(
        &format!("string v = 1 [{}];", own("this.isIp() || this.isIpPrefix(4, true)")),
        &[(t("::1"), None), (t("x"), Some("own"))],
    );
    cases(
        &format!("double v = 1 [{}];", own("!this.isNan() && !this.isInf(1)")),
        &[(w(), None), (w().double(1, f64::INFINITY), Some("own"))],
    );
    cases(
        &format!("repeated int32 v = 1 [{}];", own("this.unique() && this.all(i, i > 0)")),
        &[(i(1).int(1, 2), None), (i(1).int(1, 1), Some("own"))],
    );
    cases("int32 v = 1 [(buf.validate.field).cel_expression = 'this > 1'];", &[(i(2), None), (i(1), Some("this > 1"))]);

    let body = "message M {
        option (buf.validate.message).cel = {
            id: 'm.order', expression: \"this.from <= this.to ? '' : 'from must not be after to'\"
        };
        int32 from = 1; int32 to = 2; M inner = 3; repeated M all = 4; map<string, M> by = 5;
        string name = 6 [(buf.validate.field).cel = { id: 'm.name', expression: \"this == '' ? '' : this + '!'\" }];
    }";
    let rules = compiled(body, &none());
    let bad = || w().int(1, 2).int(2, 1);
    for (wire, path) in [
        (bad(), ""),
        (w().message(3, bad()), "inner"),
        (w().message(3, w().message(4, w()).message(4, bad())), "inner.all[1]"),
        (w().message(5, t("k").message(2, bad())), "by[0]"),
    ] {
        let verdict = run(&rules, &wire);
        assert_eq!(first(&verdict), Some(("m.order", path)), "{verdict:?}");
        assert_eq!(verdict.failed[0].reason, "from must not be after to");
    }
    assert!(run(&rules, &w().message(3, w())).is_good());
    // What an expression makes of values is not told.
    let verdict = run(&rules, &w().bytes(6, "secret"));
    assert_eq!((first(&verdict), verdict.failed[0].reason.contains("secret")), (Some(("m.name", "name")), false));
}

#[test]
fn rules_that_are_predefined_bring_their_expressions() {
    let body = "
        extend buf.validate.Int32Rules { optional int32 multiple = 80048952 [(buf.validate.predefined).cel = {
            id: 'int32.multiple', message: 'must be a multiple', expression: 'this % rule == 0' }]; }
        extend buf.validate.StringRules { repeated string words = 80048953 [(buf.validate.predefined).cel = {
            id: 'string.words', expression: 'this in rule' }]; }
        message M {
            int32 a = 1 [(buf.validate.field).int32.(multiple) = 3];
            string b = 2 [(buf.validate.field).string = { [shop.words]: ['x', 'y'] }];
        }";
    let rules = compiled(&body.replace("optional int32 multiple", "int32 multiple"), &none());
    assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
    assert!(run(&rules, &i(6).bytes(2, "y")).is_good());
    assert_eq!(first(&run(&rules, &i(7).bytes(2, "y"))), Some(("int32.multiple", "a")));
    assert_eq!(first(&run(&rules, &i(6).bytes(2, "z"))), Some(("string.words", "b")));
}

#[test]
fn a_contract_says_what_follows_and_whether_they_run() {
    let body = "message M { string v = 1 [(buf.validate.field).string.min_len = 2]; }";
    let property = |word: &str| Set::of([]).property("tidegate.protovalidate", word);
    let action = |set: &Set| run(&compiled(body, set), &t("a")).failed.pop().map(|failure| failure.action);
    assert_eq!(action(&none()), Some(RuleAction::Reject));
    assert_eq!(action(&property("NONE")), Some(RuleAction::Continue));
    let letter = RuleAction::DeadLetter { topic: Some("bad".into()) };
    assert_eq!(action(&property("DLQ").property("dlq.topic", "bad")), Some(letter));
    assert!(compiled(body, &property("DISABLED")).is_empty());
    for (at, runs) in
        [(EnableAt::Gateway, true), (EnableAt::All, true), (EnableAt::Client, false), (EnableAt::None, false)]
    {
        let mut set = Set::of([]);
        set.0.rules.get_or_insert_default().enable_at = Some(at);
        assert_eq!(!compiled(body, &set).is_empty(), runs, "{at:?}");
    }
    // Before the contract's own rules; and those that are named are passed over.
    let rules = compiled(body, &Set::of([rule("later").expr("false")]));
    assert_eq!(first(&run(&rules, &t("a"))).map(|(rule, _)| rule), Some("string.min_len"));
    for skip in ["string.min_len", "protovalidate"] {
        let facts = RecordFacts { now: NOW, skip: &[skip] };
        let verdict = rules.run(&t("a").payload(), &facts, &mut RuleScratch::default());
        assert_eq!(first(&verdict).map(|(rule, _)| rule), Some("later"), "{skip}");
    }
}

#[test]
fn what_is_encrypted_is_not_looked_at() {
    let body = "message M {
        option (buf.validate.message).cel = { id: 'm', expression: \"this.v != 'x'\" };
        string v = 1 [(buf.validate.field).string.email = true, (confluent.field_meta).tags = 'PII'];
        int32 n = 2 [(buf.validate.field).int32.gt = 0];
    }";
    let seal = || rule("seal").executor("ENCRYPT").transform().tags(&["PII"]);
    let rules = compiled(body, &Set::of([seal()]));
    let why: Vec<&str> = rules.not_checkable().iter().map(|unsaid| &*unsaid.why).collect();
    assert_eq!(why, ["m of shop.M reads a field that is encrypted", "shop.M.v is encrypted"]);
    assert!(run(&rules, &t("AAAA").int(2, 1)).is_good());
    assert_eq!(first(&run(&rules, &t("AAAA"))), Some(("int32.gt", "n")));
    let mut set = Set::of([]);
    set.encoding(rule("all").executor("ENCRYPT_PAYLOAD").transform());
    assert_eq!(&*compiled(body, &set).not_checkable()[0].why, "the payload is encrypted");
}

#[test]
fn what_cannot_be_followed_is_told_when_it_is_saved() {
    let told = |field: &str, level: RuleLevel| {
        let text = schema(&format!("message M {{ {field} }}"));
        let parsed = parse(SchemaKind::Protobuf, &text, &[], Strictness::Strict).expect("a schema");
        let problems = Rules::check(&parsed, &Contract::default());
        let problem = problems.iter().find(|problem| problem.level >= RuleLevel::Warning);
        let problem = problem.unwrap_or_else(|| panic!("nothing is told: {problems:?}"));
        assert_eq!(problem.level, level, "{problem}");
        problem.to_string()
    };
    assert_eq!(
        told("int32 v = 1 [(buf.validate.field).string.min_len = 1];", RuleLevel::Error),
        "rule 'protovalidate': shop.M.v: rules for 'string' are not for its type"
    );
    assert_eq!(
        told("string v = 1 [(buf.validate.field).string.pattern = '('];", RuleLevel::Error),
        "rule 'string.pattern': shop.M.v: the pattern can't be used: unclosed group"
    );
    assert_eq!(
        told("int32 v = 1 [(buf.validate.field).cel = { id: 'x', expression: 'this.a > 1' }];", RuleLevel::Error),
        "rule 'x', at character 5: 'a' is asked of int, which has no fields (on shop.M.v)"
    );
    assert_eq!(
        told(
            "string v = 1 [(buf.validate.field).cel = { id: 'x', expression: 'this.format([1])' }];",
            RuleLevel::Error
        ),
        "rule 'x', at character 12: there is no function 'format' here (on shop.M.v)"
    );
    assert_eq!(
        told("option (buf.validate.message).oneof = { fields: ['no'] }; string v = 1;", RuleLevel::Error),
        "rule 'protovalidate': shop.M: it has no field 'no'"
    );
    assert_eq!(
        told(
            "} extend buf.validate.StringRules { string odd = 80048953; }
            message N { string v = 1 [(buf.validate.field).string.(odd) = 'x'];",
            RuleLevel::Warning
        ),
        "rule 'protovalidate': shop.N.v: 'shop.odd' brings no expression along"
    );
}

/// The declaration may come with the schema, as it does from clients that register everything they import.
#[test]
fn the_declaration_may_be_a_reference() {
    let declared = include_str!("../src/format/protobuf/wellknown/buf/validate/validate.proto");
    let reference = |text: &str| Resolved {
        kind: SchemaKind::Protobuf,
        name: "buf/validate/validate.proto".into(),
        text: text.into(),
    };
    let text = schema("message M { string v = 1 [(buf.validate.field).string.min_len = 2]; }");
    let parsed = parse(SchemaKind::Protobuf, &text, &[reference(declared)], Strictness::Strict).expect("a schema");
    assert_eq!(first(&run(&Rules::compile(&parsed, &Contract::default()), &t("a"))), Some(("string.min_len", "v")));
    // Later versions know more than we do, and others may know something else.
    let newer =
        declared.replace("optional uint64 min_len = 2;", "optional uint64 min_len = 2; optional bool palindrome = 99;");
    let text = text.replace("min_len = 2", "palindrome = true");
    let parsed = parse(SchemaKind::Protobuf, &text, &[reference(&newer)], Strictness::Strict).expect("a schema");
    let rules = Rules::compile(&parsed, &Contract::default());
    assert_eq!(&*rules.not_checkable()[0].why, "shop.M.v: 'string.palindrome' is not known here");
}
