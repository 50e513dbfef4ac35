//! Do expressions say what the language's own suite, and the other engine, say that they do?

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bumpalo::Bump;
use cel::extensions;
use serde_json::Value as Json;

use super::compile::{About, Ground, STACK, expression, parse};
use super::eval::{MAX_STEPS, Run};
use super::types::Reading;
use super::value::{Fault, Val};
use crate::model::{Form, Model};
use crate::rules::patterns::Patterns;
use crate::view::{View, Wants};

/// What an expression that asks nothing of a payload gives, written down; `None` if it can't be run here.
fn evaluate(text: &str) -> Option<Result<Json, Fault>> {
    evaluate_with(text, MAX_STEPS)
}

fn evaluate_with(text: &str, steps: u32) -> Option<Result<Json, Fault>> {
    let mut model = Model::default();
    let any = model.add(Form::Any, "COMBINED");
    let mut wants = Wants::default();
    let mut ground = Ground { model: &mut model, wants: &mut wants, reading: Reading::default() };
    let program = expression(text, About::Message(any), false, &mut ground).program?;
    let (view, bump, patterns) = (View::default(), Bump::new(), Patterns::default());
    let run = Run {
        model: &model,
        wants: &wants,
        view: &view,
        payload: &[],
        bump: &bump,
        patterns: &patterns,
        reading: Reading::default(),
        now: 0,
        steps: Cell::new(steps),
        field: None,
        this: Val::Null,
    };
    Some(program.run(&run).map(|value| told(&value)))
}

/// A value in the form of the suite.
fn told(value: &Val<'_>) -> Json {
    match value {
        Val::Null => serde_json::json!({"null": null}),
        Val::Bool(value) => serde_json::json!({"bool": value}),
        Val::Int(value) => serde_json::json!({"int": value.to_string()}),
        Val::Uint(value) => serde_json::json!({"uint": value.to_string()}),
        Val::Double(value) => serde_json::json!({"double": number(*value)}),
        Val::Text(text) => serde_json::json!({"string": text}),
        Val::Bytes(bytes) => serde_json::json!({"bytes": hex(bytes)}),
        Val::Time(seconds, nanos) => serde_json::json!({"timestamp": [seconds, nanos]}),
        Val::Span(seconds, nanos) => serde_json::json!({"duration": [seconds, nanos]}),
        Val::List(items) => serde_json::json!({"list": items.iter().map(told).collect::<Vec<_>>()}),
        Val::Map(entries) => {
            let mut entries: Vec<_> =
                entries.iter().map(|(key, value)| serde_json::json!([told(key), told(value)])).collect();
            entries.sort_by_key(Json::to_string);
            serde_json::json!({"map": entries})
        }
        Val::Type(name) => serde_json::json!({"type": name}),
        Val::Node(_) | Val::Default(_) => serde_json::json!({"payload": null}),
    }
}

/// Calls of what rules seldom use, with every kind of argument: what the one refuses the other refuses.
fn of_extensions() -> Vec<String> {
    let numbers = ["0", "-7", "9223372036854775807", "-9223372036854775807 - 1", "3u", "18446744073709551615u", "2.5"];
    let doubles = ["-2.5", "0.0", "-0.0", "1.0 / 0.0", "0.0 / 0.0", "1e300", "-0.4"];
    let mut texts = Vec::new();
    for name in "abs sign sqrt ceil floor round trunc isNaN isInf isFinite bitNot greatest least".split(' ') {
        texts.extend(numbers.iter().chain(&doubles).map(|number| format!("math.{name}(dyn({number}))")));
    }
    for name in "bitAnd bitOr bitXor bitShiftLeft bitShiftRight greatest least".split(' ') {
        for one in numbers.iter().chain(&doubles) {
            let others = numbers.iter().chain(["1", "63", "64", "65", "1u", "0.0 / 0.0"].iter());
            texts.extend(others.map(|other| format!("math.{name}(dyn({one}), dyn({other}))")));
        }
    }
    for three in ["1, 2u, 2.5", "3.0, 3, 3u", "-1, -1u + 1u, 0.0 / 0.0", "dyn('a'), 1, 2"] {
        texts.extend(["greatest", "least"].map(|name| format!("math.{name}({three})")));
        texts.extend(["greatest", "least"].map(|name| format!("math.{name}(dyn([{three}]))")));
    }
    texts.extend(["math.greatest(dyn([]))", "math.least(dyn({'a': 1}))", "math.abs(dyn('a'))"].map(str::to_owned));
    for text in ["''", "'a'", "'hällo mellow ©αT'", "'aaa'", "'a,b,,c'"] {
        texts.extend([format!("{text}.reverse()"), format!("base64.encode(bytes({text}))")]);
        for part in ["''", "'a'", "'ell'", "'©α'", "','", "'T'", "'aaaa'"] {
            for at in ["-1", "0", "1", "2", "9", "14", "15", "16", "40"] {
                texts.push(format!("{text}.indexOf({part}, {at})"));
                texts.push(format!("{text}.lastIndexOf({part}, {at})"));
            }
            for count in ["-1", "0", "1", "2", "99"] {
                texts.push(format!("{text}.split({part}, {count})"));
                texts.push(format!("{text}.replace({part}, 'ß', {count})"));
            }
        }
    }
    for text in ["aGVsbG8=", "aGVsbG8", "aGVs\\r\\nbG8=", "aGVsbG9=", "a", "a*", "", "aGVsbG8=="] {
        texts.push(format!("base64.decode('{text}')"));
    }
    for list in ["[]", "[1, 'a', 2.5, [3]]", "'abc'.split('')"] {
        texts.push(format!("{list}.reverse()"));
        for (from, to) in [(0, 0), (0, 2), (1, 3), (2, 1), (-1, 1), (0, 9), (3, 3), (4, 4), (5, 5)] {
            texts.push(format!("{list}.slice({from}, {to})"));
        }
    }
    let zones = "'' 'UTC' 'Europe/Berlin' 'America/New_York' 'Asia/Kathmandu' 'Australia/Lord_Howe' '+05:30' '-11:45' \
                 'Nowhere' '25:00' 'europe/berlin' 'Africa/Casablanca' 'America/Sao_Paulo' 'Pacific/Apia'";
    let times = [
        "2024-02-29T23:59:59.123456Z",
        "1969-12-31T23:00:00Z",
        "2024-03-31T00:59:59Z",
        "2024-03-31T01:00:00Z",
        "1889-05-05T05:05:05Z",
        "2037-10-25T00:59:59Z",
        "2012-01-01T09:59:59Z",
    ];
    for zone in zones.split_whitespace() {
        for time in times {
            for part in
                "FullYear Month DayOfMonth Date DayOfWeek DayOfYear Hours Minutes Seconds Milliseconds".split(' ')
            {
                texts.push(format!("timestamp('{time}').get{part}({zone})"));
            }
        }
    }
    texts.extend(["-1.5s", "90061.25s"].map(|span| format!("duration('{span}').getMilliseconds()")));
    texts.push("timestamp('2024-02-29T23:59:59.987654Z').getMilliseconds()".to_owned());
    texts
}

fn number(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{value:?}") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the suite expects, in the same form.
fn expected(of: &Json) -> Option<Json> {
    let (kind, value) = of.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "double" => {
            let text = value.as_str()?;
            let value = text.trim_end_matches('f').replace("Infinity", "inf").parse::<f64>().ok()?;
            serde_json::json!({"double": number(value)})
        }
        "list" => {
            let items: Option<Vec<Json>> = value.as_array()?.iter().map(expected).collect();
            serde_json::json!({"list": items?})
        }
        "map" => {
            let entry = |entry: &Json| Some(serde_json::json!([expected(&entry[0])?, expected(&entry[1])?]));
            let entries: Option<Vec<Json>> = value.as_array()?.iter().map(entry).collect();
            let mut entries = entries?;
            entries.sort_by_key(Json::to_string);
            serde_json::json!({"map": entries})
        }
        "null" => serde_json::json!({"null": null}),
        "bool" | "int" | "uint" | "string" => of.clone(),
        _ => return None,
    })
}

#[test]
fn the_suite_of_the_language_agrees() {
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA") else {
        println!("SKIPPED: TIDEGATE_CORPORA is not set, the suite of the expression language was not run");
        return;
    };
    let file = Path::new(&corpora).join("cel/cases.json");
    let all: Json = serde_json::from_str(&fs::read_to_string(&file).expect("cases.json")).expect("JSON");
    let (mut same, mut left, mut wrong) = (0, Vec::new(), Vec::new());
    for case in all.as_array().expect("a list") {
        let is_plain =
            case["proto"] == false && case["check_only"] == false && case["bindings"] == serde_json::json!({});
        let (text, of) = (case["expr"].as_str().unwrap_or_default(), &case["exp"]);
        if !is_plain || !case["container"].as_str().unwrap_or_default().is_empty() {
            continue;
        }
        let is_error = of.get("error").is_some();
        let Some(expected) = expected(of).or_else(|| is_error.then_some(Json::Null)) else { continue };
        match evaluate(text) {
            None if is_error => same += 1,
            None => left.push(format!("{} {text}", case["file"])),
            Some(Err(_)) if is_error => same += 1,
            Some(Ok(value)) if value == expected => same += 1,
            Some(found) => wrong.push(format!("{} {text}: {found:?} instead of {expected}", case["file"])),
        }
    }
    println!("{same} agree, {} can't be run here, {} disagree", left.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(same > 1_100, "{same} of the suite: {left:#?}");
}

#[test]
fn the_other_engine_agrees() {
    let mut env = cel::Env::stdlib();
    for extension in [extensions::strings, extensions::math, extensions::encoders, extensions::lists] {
        env.add_extension(extension).expect("no two add the same");
    }
    let env = Arc::new(env);
    let context = cel::Context::with_env(Arc::clone(&env));
    let texts = [
        "1 + 2 * 3 - 4 / 3 % 2 == 6",
        "'abc'.size() + [1, 2].size() + {'a': 1}.size()",
        "[1, 2, 3].filter(x, x > 1).map(x, x * 2)",
        "[1, 2, 3].exists_one(x, x > 2) && [1, 2].all(x, x > 0) && ![1].exists(x, x == 2)",
        "{'a': {'b': [1, 2.5, 'x']}}.a.b[1]",
        "has({'a': 1}.a) && !has({'a': 1}.b)",
        "true || 1 / 0 == 0",
        "false && 1 / 0 == 0",
        "1 / 0 == 0 || true",
        "[1, 1u, 1.0, 'a', b'a', null, true].map(x, type(x))",
        "'a' in ['a', 'b'] && 2u in [1, 2] && 'k' in {'k': 1} && !(3 in [1, 2])",
        "'tacocat'.substring(2, 4) + 'x'.upperAscii() + ' y '.trim() + 'a-b'.replace('-', '+')",
        "['a', 'b'].join('-') + 'a,b'.split(',')[1]",
        "timestamp('2024-02-29T23:59:59.5Z').getDayOfYear() + timestamp(0).getFullYear()",
        "string(duration('90m') + duration('30s')) + string(timestamp('2024-01-01T00:00:00Z') - duration('1s'))",
        "math.greatest(1, 2.5, 2u) > math.least([3, 4])",
        "base64.encode(b'hello') == 'aGVsbG8='",
        "int('42') + int(3.9) + int(2u)",
        "double('1.5') * 2.0 > 2",
        "'x'.matches('^[a-z]$') && !'xy'.matches('^[a-z]$')",
        "[[1, 2], [3]].map(l, l.map(x, x + size(l)))",
        "[1, 2, 3][0] == 1 && {1: 'a', true: 'b'}[true] == 'b'",
        "bytes('é') == b'é' && 'é'.size() == 1 && size(bytes('é')) == 2",
        "(1 < 2 ? 'yes' : 'no') + string(1 == 1.0)",
        "'abc'.charAt(1) + string('abcb'.lastIndexOf('b')) + string('abc'.indexOf('z'))",
        "{'a': 1, 'b': [1]} == {'b': [1.0], 'a': 1u}",
    ];
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).chain(of_extensions()).collect();
    assert!(texts.len() > 1_500, "{}", texts.len());
    for text in &texts {
        let ours = evaluate(text).unwrap_or_else(|| panic!("{text} can't be run"));
        let theirs = env.compile(text).expect(text).execute(&context);
        // Types have no form outside.
        if !text.contains("type(") {
            let theirs = theirs.map(|value| outside(&value));
            assert_eq!(ours.ok(), theirs.ok(), "{text}");
        }
    }
}

/// A value of the other engine in the form of the suite.
fn outside(value: &cel::Value) -> Json {
    use cel::Value as V;
    match value {
        V::Null => told(&Val::Null),
        V::Bool(value) => told(&Val::Bool(*value)),
        V::Int(value) => told(&Val::Int(*value)),
        V::UInt(value) => told(&Val::Uint(*value)),
        V::Float(value) => told(&Val::Double(*value)),
        V::String(text) => told(&Val::Text(text)),
        V::Bytes(bytes) => told(&Val::Bytes(bytes)),
        V::List(items) => serde_json::json!({"list": items.iter().map(outside).collect::<Vec<_>>()}),
        other => panic!("{other:?} is compared nowhere"),
    }
}

#[test]
fn nothing_runs_for_ever() {
    let ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let mut nested = "true".to_owned();
    for level in 0..8 {
        nested = format!("{ten}.all(x{level}, {nested})");
    }
    assert_eq!(evaluate(&nested), Some(Err(Fault::TooCostly)));
    // Neither an error on one side nor a guard makes up for it.
    assert_eq!(evaluate(&format!("{nested} || true")), Some(Err(Fault::TooCostly)));
    let doubled = format!("['{}']{}", "x".repeat(1000), ".map(s, s + s)".repeat(20));
    assert_eq!(evaluate(&doubled), Some(Err(Fault::TooCostly)));
    let grown = format!("'{}'{}", "x".repeat(1000), ".replace('x', 'xxxxxxxxxx')".repeat(8));
    assert_eq!(evaluate(&grown), Some(Err(Fault::TooCostly)));
    assert_eq!(evaluate_with("1 + 1", 2), Some(Err(Fault::TooCostly)));
}

#[test]
fn hostile_texts_are_told_and_nothing_breaks() {
    let long = "1 + ".repeat(10_000) + "1";
    let deep = "(".repeat(1000) + "1" + &")".repeat(1000);
    let lists = "[".repeat(1000) + &"]".repeat(1000);
    let nots = "!".repeat(2000) + "true";
    let dots = "message".to_owned() + &".a".repeat(3000);
    for text in [&long, &deep, &lists, &nots, &dots, "", ";", "\0", "'", "1 +", "a b", "has(1)", "[1].map(1, 2)", "`a`"]
    {
        let _ = evaluate(text);
    }
    // As deep as may be.
    let brackets = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    let sizes = format!("{}''{}", "string(".repeat(90), ")".repeat(90));
    let choices = "1 == 2 ? 1 : ".repeat(40) + "3";
    for text in [&brackets, &sizes, &choices, &["1"; 40].join(" + "), &"(".repeat(99), &["a"; 90].join(".")] {
        let _ = evaluate(text);
    }
    assert_eq!(evaluate(&choices), Some(Ok(serde_json::json!({"int": "3"}))));
    assert_eq!(evaluate(&sizes), Some(Ok(serde_json::json!({"string": ""}))));
}

#[test]
fn no_text_makes_the_parser_panic() {
    const PIECES: &[&str] = &[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "?",
        ":",
        ",",
        ".",
        "'",
        "\"",
        "\\",
        "`",
        "r'",
        "b'",
        "'''",
        "\\u{",
        "'\\x",
        "'\\777'",
        "\\U00110000",
        "0x",
        "1e",
        "1u",
        "18446744073709551616",
        "-9223372036854775808",
        "9223372036854775808",
        "1e400",
        "//",
        "&&",
        "||",
        "!",
        "==",
        "<=",
        "%",
        " in ",
        "[?",
        ".?",
        "{?",
        ".all(",
        ".map(x, ",
        "has(",
        "x",
        "null",
        "true",
        "\0",
        "ä",
        "\u{feff}",
        "\u{10ffff}",
        "@",
        "#",
        "$",
        ";",
        "~",
        "package",
        "as",
        "loop",
        "while",
        "math.greatest(",
        "google.protobuf.X{",
    ];
    let texts = [
        "message.lines.all(l, l.count > 0 && l.name.matches('^[a-z]{1,3}$')) ? 'yes' : 'no'",
        "{'a': [1, 2u, 3.5, b'x', r'\\d'], 1: {true: null}}['a'][0] in [1, -2, 0x1F, 1e3]",
        "has(message.a.b) && !(message.x % 2 == 1) || size(message.list.map(x, x > 1, x * 2)) >= 3",
        "[1].exists_one(x, {'k': x}.k == 1) && google.protobuf.Timestamp{seconds: 1} != timestamp('2024-01-01T00:00:00Z')",
    ];
    let mut seed = 7_u64;
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("a number") % bound.max(1)
    };
    let mut broken: Vec<String> = Vec::new();
    for round in 0..6_000 {
        let mut letters: Vec<char> = texts[round % texts.len()].chars().collect();
        for _ in 0..=below(4) {
            let at = below(letters.len() + 1);
            let end = (at + below(12)).min(letters.len());
            let piece = PIECES[below(PIECES.len())].chars();
            drop(letters.splice(if below(3) == 0 { at..end } else { at..at }, piece));
        }
        broken.push(letters.into_iter().collect());
    }
    let tried = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || broken.iter().filter(|text| parse(text).is_ok()).count());
    let taken = tried.expect("a thread").join().expect("the parser panicked");
    assert!(taken > 100, "only {taken} can be parsed");
}
