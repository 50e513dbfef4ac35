//! Do we say what Avro's own Java library says? About texts, good and bad, about pairs of schemas, and about data of one
//! read with the other, for random schemas that show all of Avro.
//!
//! `TIDEGATE_AVRO_JARS` names the folder with the jars of `java/pom.xml`; without it there is nothing to ask, and the test
//! says so.

#[path = "support/distortion.rs"]
mod distortion;
#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/evolution.rs"]
#[allow(dead_code, reason = "only whole schemas are used here")]
mod evolution;
#[path = "support/plan.rs"]
mod plan;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use event::Random;
use evolution::{Dialect, Planner};
use serde_json::{Value, json};
use tidegate_compat::{Basis, Malformed, Outcome, Parsed, Policy, SchemaKind, Severity, Strictness, parse};

/// Two schemas, and data of the second.
struct Question {
    reader: String,
    writer: String,
    payloads: Vec<Vec<u8>>,
}

fn avro(text: &str) -> Result<Parsed, Malformed> {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict)
}

fn questions() -> Vec<Question> {
    let mut random = Random::new(17);
    let mut all = Vec::new();
    for (dialect, count) in [(Dialect::Whole, 4_000), (Dialect::Crowded, 2_000)] {
        let mut planner = Planner::new(&mut random, dialect);
        for _ in 0..count {
            let older = planner.plan(4);
            let newer = match planner.random().below(4) {
                0 if dialect == Dialect::Crowded => planner.plan(3),
                1 | 2 => {
                    let between = planner.evolved(&older);
                    planner.evolved(&between)
                }
                _ => planner.evolved(&older),
            };
            let (reader, writer) = if planner.random().below(2) == 0 { (newer, older) } else { (older, newer) };
            let payloads = (0..2).filter_map(|_| plan::payload(&writer, planner.random())).collect();
            all.push(Question { reader: reader.json().to_string(), writer: writer.json().to_string(), payloads });
        }
    }
    let mut planner = Planner::new(&mut random, Dialect::Whole);
    for _ in 0..3_000 {
        let mut schema = planner.plan(3).json();
        distortion::distort(&mut schema, planner.random());
        all.push(Question { reader: schema.to_string(), writer: "\"int\"".to_owned(), payloads: Vec::new() });
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What Java answers, in the order of the questions.
fn ask(jars: &Path, questions: &[Question]) -> Vec<Value> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/java/Oracle.java");
    let mut java = Command::new("java")
        .args(["-Xmx512m", "-XX:+UseSerialGC", "-cp"])
        .arg(jars.join("*"))
        .arg(source)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java");
    let mut lines = String::new();
    for Question { reader, writer, payloads } in questions {
        let payloads: Vec<_> = payloads.iter().map(|payload| hex(payload)).collect();
        let _ = writeln!(lines, "{}", json!({"reader": reader, "writer": writer, "payloads": payloads}));
    }
    let mut stdin = java.stdin.take().expect("its input");
    // If Java ends early, that is what to report.
    let sender = thread::spawn(move || drop(stdin.write_all(lines.as_bytes())));
    let output = java.wait_with_output().expect("answers");
    assert!(output.status.success(), "Oracle.java ended with {}", output.status);
    sender.join().expect("all questions are asked");
    let answers = String::from_utf8(output.stdout).expect("answers in UTF-8");
    answers.lines().map(|line| serde_json::from_str(line).expect("an answer in JSON")).collect()
}

/// Error and place of everything that is incompatible, as we say it.
fn ours(reader: &Parsed, writer: &Parsed) -> BTreeSet<String> {
    let violations = reader.reads(writer, Policy::Strict).into_iter();
    let errors = violations.filter(|violation| violation.rule.severity == Severity::Error);
    errors
        .map(|error| format!("{} {} {}", error.rule.confluent.unwrap_or_default(), error.reader.path, error.fact))
        .collect()
}

/// The same, as Java says it.
fn theirs(answer: &Value) -> BTreeSet<String> {
    let reasons = answer["incompatibilities"].as_array().expect("a list").iter();
    let told = |reason: &Value| {
        let text = |key: &str| reason[key].as_str().unwrap_or_default().to_owned();
        let location = text("location");
        format!("{} {} {}", text("type"), location.strip_suffix('/').unwrap_or(&location), text("message"))
    };
    reasons.map(told).collect()
}

#[derive(Debug, Default)]
struct Counts {
    refused: usize,
    only_java_refuses: usize,
    compatible: usize,
    misplaced: usize,
    incompatible: usize,
    decoded: usize,
    /// Payloads that are not what a logical type says.
    invalid: usize,
    /// Compatible, and yet Java can't read the data, as an advisory finding of ours says.
    warned: usize,
}

/// The same without the places. A type that Java has compared before, while it tried the branches of a union, keeps the
/// place that it had there; with us it gets the one where it is reported.
fn placeless(reasons: &BTreeSet<String>) -> BTreeSet<String> {
    let parts = reasons.iter().filter_map(|reason| reason.split_once(' '));
    parts.map(|(kind, rest)| format!("{kind} {}", rest.split_once(' ').map_or("", |(_, message)| message))).collect()
}

/// Since 1.12.1 Java does not find a type without a namespace by its bare name from within a namespace, while that type
/// is not complete; until 1.12.0 it did, and we do.
fn is_forgetful(why: &str) -> bool {
    why.starts_with("Undefined schema: s.p")
}

/// Whether we say that data may break although the schemas are compatible.
fn warns(reader: &Parsed, writer: &Parsed) -> bool {
    reader.reads(writer, Policy::Strict).iter().any(|violation| violation.rule.basis == Basis::Laxer)
}

/// What we and Java disagree about.
fn disagreements(question: &Question, answer: &Value, counts: &mut Counts) -> Vec<String> {
    let mut found = Vec::new();
    let sides = [("reader", &question.reader), ("writer", &question.writer)].map(|(side, text)| {
        let parsed = avro(text);
        match (&parsed, answer[side].as_str()) {
            (Ok(parsed), Some(printed)) if parsed.identity() != printed => {
                found.push(format!("the {side} prints as\n  {}\nand in Java as\n  {printed}", parsed.identity()));
            }
            (Ok(_), None) => {
                let why = answer[format!("{side}Refused")].as_str().unwrap_or_default();
                counts.only_java_refuses += 1;
                if !is_forgetful(why) {
                    found.push(format!("only Java refuses the {side}: {why}"));
                }
            }
            (Err(malformed), Some(_)) => found.push(format!("only we refuse the {side}: {malformed}")),
            _ => {}
        }
        parsed
    });
    let [Ok(reader), Ok(writer)] = sides else {
        counts.refused += 1;
        return found;
    };
    if answer["incompatibilities"].is_null() {
        return found;
    }
    let ours = ours(&reader, &writer);
    if let Some(why) = answer["gaveUp"].as_str() {
        if ours.is_empty() {
            found.push(format!("Java gives up: {why}"));
        }
        return found;
    }
    let theirs = theirs(answer);
    if ours != theirs && placeless(&ours) == placeless(&theirs) {
        counts.misplaced += 1;
    } else if ours != theirs {
        found.push(format!("we say {ours:#?}\nand Java {theirs:#?}"));
    }
    if !ours.is_empty() {
        counts.incompatible += 1;
        return found;
    }
    counts.compatible += 1;
    let list = |key: &str| answer[key].as_array().expect("a list").clone();
    for (payload, failure) in question.payloads.iter().zip(list("failures")) {
        counts.decoded += 1;
        if let Some(failure) = failure.as_str() {
            counts.warned += 1;
            if !warns(&reader, &writer) {
                found.push(format!("Java can't read {}: {failure}", hex(payload)));
            }
        }
    }
    // Serializers put bytes at the root into the record as they are, so that there is nothing to decode.
    if writer.identity().starts_with("\"bytes\"") || writer.identity().starts_with("{\"type\":\"bytes\"") {
        return found;
    }
    let validator = writer.validator();
    for (payload, failure) in question.payloads.iter().zip(list("logicalFailures")) {
        match (validator.validate(payload), failure.as_str()) {
            (Outcome::Valid, None) => {}
            (Outcome::Invalid(_), Some(_)) => counts.invalid += 1,
            (Outcome::Valid, Some(failure)) => found.push(format!("only Java refuses {}: {failure}", hex(payload))),
            (Outcome::Invalid(flaw), None) => found.push(format!("only we refuse {}: {flaw}", hex(payload))),
        }
    }
    found
}

#[test]
fn java_agrees_about_texts_verdicts_and_data() {
    let Some(jars) = std::env::var_os("TIDEGATE_AVRO_JARS") else {
        println!("SKIPPED: TIDEGATE_AVRO_JARS is not set, Avro's Java library was not asked");
        return;
    };
    let questions = questions();
    let answers = ask(Path::new(&jars), &questions);
    assert_eq!(answers.len(), questions.len());
    let mut counts = Counts::default();
    let mut disputes = Vec::new();
    for (question, answer) in questions.iter().zip(&answers) {
        for dispute in disagreements(question, answer, &mut counts) {
            disputes.push(format!("{dispute}\nreader {}\nwriter {}", question.reader, question.writer));
        }
    }
    println!("{} pairs: {counts:?}", questions.len());
    assert!(
        disputes.is_empty(),
        "{} disagreements:\n\n{}",
        disputes.len(),
        disputes[..disputes.len().min(200)].join("\n\n")
    );
    assert!(counts.compatible + counts.incompatible >= 2_000, "{counts:?}");
    assert!(
        counts.refused > 1_000
            && counts.invalid > 20
            && counts.only_java_refuses < 100
            && counts.misplaced < 10
            && counts.warned < 100,
        "{counts:?}"
    );
    assert!(counts.compatible > 800 && counts.incompatible > 800 && counts.decoded > 1_500, "{counts:?}");
}
