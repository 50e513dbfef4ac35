//! Do rules and annotations that anybody may save break nothing, whatever they say? They are compiled, checked and run, and
//! all of that ends soon.

#[path = "support/contracts.rs"]
#[allow(dead_code, reason = "shared with other tests, which need more of it")]
mod contracts;

use std::time::{Duration, Instant};

use contracts::{Rule, Set, rule};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tidegate_compat::{Contract, RecordFacts, RuleScratch, Rules, SchemaKind, Strictness, parse};

/// How long compiling, checking and running may take, without optimization and beside other work.
const SOON: Duration = Duration::from_secs(20);

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"email","type":["null","string"],"confluent:tags":["PII"]},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"sku","type":"string"},{"name":"count","type":"int"}]}}},
    {"name":"tags","type":{"type":"map","values":"string"}}]}"#;

/// `{id: 1, email: "a@b", lines: [{sku: "aaaa", count: 2}], tags: {k: "v"}}`
const PAYLOAD: &[u8] = &[2, 2, 6, b'a', b'@', b'b', 2, 8, b'a', b'a', b'a', b'a', 4, 0, 2, 2, b'k', 2, b'v', 0];

/// Parts of expressions, sound and unsound.
fn part() -> impl Strategy<Value = String> {
    let words = select(vec![
        "message",
        "message.id",
        "message.email",
        "message.lines",
        "message.lines[0]",
        "message.tags",
        ".sku",
        ".count",
        ".nope",
        "['k']",
        "[0]",
        "[-1]",
        "now",
        "value",
        "this",
        "true",
        "null",
        "1",
        "-1",
        "1u",
        "1.5",
        "1e400",
        "'a'",
        "b'\\xff'",
        "r'\\'",
        "'''",
        "\"",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ",",
        ":",
        "?",
        ";",
        "&&",
        "||",
        "!",
        "==",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        " in ",
        ".all(x, ",
        ".exists(x, ",
        ".exists_one(x, ",
        ".map(x, ",
        ".filter(x, ",
        "x",
        "has(",
        "size(",
        "matches(",
        ".matches('(a*)*$')",
        ".matches(message.email)",
        ".split('')",
        ".replace('a', 'aaaaaaaaaa')",
        ".join('x')",
        "string(",
        "int(",
        "duration('1h')",
        "timestamp(0)",
        "type(",
        "//",
        "\n",
        "\u{0}",
        "é",
        "google.protobuf.Timestamp{}",
        "math.greatest(",
        "base64.decode(",
        ".format([",
        "cel.bind(",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => "\\PC{0,4}"]
}

/// Expressions that are well formed more often than not.
fn sound() -> impl Strategy<Value = String> {
    let leaf =
        select(vec!["message.id", "size(message.lines)", "1", "2.5", "size(message.email)", "message.lines[0].count"]);
    let leaf = leaf.prop_map(|leaf| format!("{leaf} > 0"));
    leaf.prop_recursive(6, 64, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} && {other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} ? {other} : !({one}))")),
            inner.clone().prop_map(|inner| format!("message.lines.all(l, {inner})")),
            inner.clone().prop_map(|inner| format!("[1, 2, 3].exists(x, [4, 5, 6].all(y, {inner}))")),
            inner.prop_map(|inner| format!("[{inner}].filter(x, x).size() < 5")),
        ]
    })
}

fn pattern() -> impl Strategy<Value = String> {
    let atoms = select(vec![
        "a",
        ".",
        "\\w",
        "\\d{50}",
        "[^a]",
        "(a|b)",
        "(a*)*",
        "(a+)+$",
        "{1000}",
        "{1,1000}",
        "*",
        "+?",
        "^",
        "$",
        "(",
        ")",
        "[",
        "\\",
        "(?i)",
        "(?=a)",
        "\\1",
        "\\p{L}",
        "|",
        "\u{1f600}",
    ]);
    vec(atoms, 0..12).prop_map(|atoms| atoms.concat())
}

/// Compiles, checks and runs; whether it ends soon is for the caller.
fn tried(rules: impl IntoIterator<Item = Rule>) {
    let mut set = Set::of([]);
    for rule in rules {
        set.domain(rule);
    }
    let parsed = parse(SchemaKind::Avro, ORDER, &[], Strictness::Strict).expect("a schema");
    for problem in Rules::check(&parsed, &set.0) {
        assert!(problem.message.len() < 20_000, "{problem}");
    }
    let compiled = Rules::compile(&parsed, &set.0);
    let mut scratch = RuleScratch::default();
    for _ in 0..3 {
        compiled.run(PAYLOAD, &RecordFacts::default(), &mut scratch);
    }
}

fn soon(work: impl FnOnce()) {
    let began = Instant::now();
    work();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

fn both(expr: &str) -> [Rule; 2] {
    [rule("whole").expr(expr).on_failure("NONE"), rule("fields").executor("CEL_FIELD").expr(expr).on_failure("NONE")]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn parts_in_any_order(parts in vec(part(), 0..25)) {
        soon(|| tried(both(&parts.concat())));
    }

    #[test]
    fn sound_expressions_of_any_shape(expr in sound()) {
        soon(|| tried(both(&expr)));
    }

    #[test]
    fn patterns_of_any_size(pattern in pattern()) {
        let literal = pattern.replace('\\', "\\\\").replace('\'', "");
        soon(|| tried(both(&format!("message.email.matches('{literal}') || value.matches('{literal}')"))));
    }

    #[test]
    fn sets_with_anything_in_them(
        names in vec("\\PC{0,6}", 1..5),
        executor in select(vec!["CEL", "CEL_FIELD", "ENCRYPT", "ENCRYPT_PAYLOAD", "SQL", "", "\u{130}"]),
        transforms in any::<bool>(),
        tag in "\\PC{0,3}",
        (pattern, key, word) in ("[a-zA-Z.*?\\[\\]]{0,12}", "[a-z.]{0,8}", "\\PC{0,8}"),
        parts in vec(part(), 0..8),
    ) {
        let expr = parts.concat();
        let rules: Vec<Rule> = names.iter().map(|name| {
            let rule = rule(name).executor(executor).tags(&[&tag, "PII"]).param(&key, &word).param("dlq.topic", &word)
                .param("encrypt.dek.expiry.days", &word).param("tidegate.encrypted", "required").expr(&expr)
                .on_failure(&word).on_success(&word);
            if transforms { rule.transform() } else { rule }
        }).collect();
        let mut set = Set::of([]).tagged(&pattern, &tag).property("tidegate.protovalidate", &word);
        rules.into_iter().for_each(|rule| set.domain(rule));
        soon(|| {
            let parsed = parse(SchemaKind::Avro, ORDER, &[], Strictness::Strict).expect("a schema");
            Rules::check(&parsed, &set.0);
            Rules::compile(&parsed, &set.0).run(PAYLOAD, &RecordFacts::default(), &mut RuleScratch::default());
        });
    }
}

/// Each deeper or longer than anyone would write, or dearer than a gateway can afford.
#[test]
fn depth_length_and_cost_have_bounds() {
    let many = |part: &str, count: usize| part.repeat(count);
    let loops = |depth: usize| {
        let open: String = (0..depth).map(|at| format!("[1, 2, 3, 4, 5, 6, 7, 8].all(x{at}, ")).collect();
        format!("{open}true{}", many(")", depth))
    };
    for expr in [
        many("(", 10_000),
        many("!", 10_000),
        many("-", 10_000) + "1",
        format!("message{}", many(".a", 5_000)),
        format!("{}1{}", many("[", 3_000), many("]", 3_000)),
        format!("message.id in [{}]", many("1,", 5_000) + "1"),
        vec!["message.id > 0"; 900].join(" && "),
        vec!["message.id > 0"; 900].join(" ? true : "),
        loops(20),
        format!("size({}message.email{}) > 0", many("string(", 40), many(")", 40)),
        format!("message.email{}.size() > 0", many(".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')", 15)),
        "x".repeat(1 << 20),
        format!("'{}'.matches(message.email)", "a".repeat(15_000)),
        "message.lines.map(l, message.lines.map(l, message.lines.map(l, l.sku + l.sku))).size() > 0".into(),
    ] {
        soon(|| tried(both(&expr)));
    }
}

// === Annotations ===

/// Rules that fit their field or don't.
fn annotation() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i32>().prop_map(|number| number.to_string()),
        select(vec!["nan", "inf", "-0", "1e39"]).prop_map(str::to_owned)
    ];
    let kind = select(vec![
        "int32",
        "uint64",
        "double",
        "string",
        "bytes",
        "bool",
        "enum",
        "repeated",
        "map",
        "timestamp",
        "duration",
        "any",
    ]);
    let member = select(vec![
        "const",
        "lt",
        "gte",
        "in",
        "not_in",
        "len",
        "min_len",
        "max_len",
        "min_bytes",
        "min_items",
        "max_pairs",
        "unique",
        "finite",
        "defined_only",
        "email",
        "ip_prefix",
        "within",
        "lt_now",
    ]);
    let standard = (kind, member, number).prop_map(|(kind, member, number)| {
        let value = match member {
            "unique" | "finite" | "defined_only" | "email" | "ip_prefix" | "lt_now" => "true".to_owned(),
            "within" => format!("{{seconds: {number}}}"),
            _ => number,
        };
        format!("(buf.validate.field).{kind}.{member} = {value}")
    });
    let text = |text: String| text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\u{0}'], "");
    let pattern =
        pattern().prop_map(move |pattern| format!("(buf.validate.field).string.pattern = \"{}\"", text(pattern)));
    let cel = vec(part(), 0..12).prop_map(move |parts| {
        let expr = text(parts.concat().replace("message", "this"));
        format!("(buf.validate.field).cel = {{id: \"i\", expression: \"{expr}\"}}")
    });
    let other =
        select(vec!["(buf.validate.field).required = true", "(buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE"]);
    prop_oneof![4 => standard, 2 => pattern, 3 => cel, 1 => other.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn annotations_with_anything_in_them(annotations in vec(annotation(), 12), bytes in vec(any::<u8>(), 0..40)) {
        const TYPES: [&str; 12] = [
            "int32", "uint64", "double", "string", "bytes", "bool", "E", "repeated string", "map<string, M>", "M",
            "google.protobuf.Timestamp", "google.protobuf.StringValue",
        ];
        let fields: String = (1..).zip(TYPES).zip(&annotations)
            .map(|((number, of), annotation)| format!("{of} f{number} = {number} [{annotation}];\n")).collect();
        let text = format!(
            "syntax = \"proto3\"; import \"buf/validate/validate.proto\"; import \"google/protobuf/timestamp.proto\";
            import \"google/protobuf/wrappers.proto\"; enum E {{ ZERO = 0; }} message M {{ {fields} }}"
        );
        soon(|| {
            // What the linker refuses has been refused well.
            let Ok(parsed) = parse(SchemaKind::Protobuf, &text, &[], Strictness::Strict) else { return };
            let contract = Contract::default();
            Rules::check(&parsed, &contract);
            let rules = Rules::compile(&parsed, &contract);
            let mut scratch = RuleScratch::default();
            let nested = [&[0, 0x4a, bytes.len() as u8], &*bytes].concat();
            for payload in [&[0][..], &bytes, &[&[0], &*bytes].concat(), &nested] {
                rules.run(payload, &RecordFacts::default(), &mut scratch);
            }
        });
    }
}
