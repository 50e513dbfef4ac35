//! Do expressions say what the language's own suite, and the other engine, say that they do?

use std::cell::Cell;
use std::fs;
use std::path::Path;

use bumpalo::Bump;
use serde_json::Value as Json;

use super::compile::{About, Ground, expression};
use super::eval::{MAX_STEPS, Run};
use super::library;
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
    let context = cel::Context::with_env(library::env());
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
    for text in texts {
        let ours = evaluate(text).unwrap_or_else(|| panic!("{text} can't be run"));
        let theirs = library::env().compile(text).expect(text).execute(&context).expect(text);
        let bump = Bump::new();
        let (model, wants, view, patterns) = (Model::default(), Wants::default(), View::default(), Patterns::default());
        let run = Run {
            model: &model,
            wants: &wants,
            view: &view,
            payload: &[],
            bump: &bump,
            patterns: &patterns,
            reading: Reading::default(),
            now: 0,
            steps: Cell::new(MAX_STEPS),
            field: None,
            this: Val::Null,
        };
        // Types have no form outside.
        if !text.contains("type(") {
            let theirs = library::inward(&theirs, &run).expect(text);
            assert_eq!(ours.expect(text), told(&theirs), "{text}");
        }
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
