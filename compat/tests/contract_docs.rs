//! Is what `docs/contracts.md` shows true? Its records are judged by its contracts, and its mistakes are told.
//!
//! Blocks say what they are behind `json`: a `schema`, a `contract` for the schema before it, a `record` for the contract
//! before it, which the `verdict` is about. `problems` are those of the contract before it. A Protobuf schema begins
//! without a contract.

#[path = "support/wire.rs"]
#[allow(dead_code, reason = "shared with other tests, which need more of it")]
mod wire;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::Value;
use tidegate_compat::contract::Rule;
use tidegate_compat::{
    Contract, Metadata, Parsed, RecordFacts, RuleAction, RuleKind, RuleMode, RuleScratch, RuleSet, Rules, SchemaKind,
    Strictness, parse,
};
use wire::Wire;

fn texts(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(key, value)| (key.clone(), value.as_str().expect("a text").to_owned())).collect()
}

fn rule(value: &Value) -> Rule {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Rule {
        name: text("name").expect("a name"),
        doc: text("doc"),
        kind: text("kind").and_then(|word| RuleKind::parse(&word)).expect("a kind"),
        mode: text("mode").and_then(|word| RuleMode::parse(&word)).expect("a mode"),
        executor: text("type"),
        tags: value["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        params: texts(&value["params"]),
        expr: text("expr"),
        on_success: text("onSuccess"),
        on_failure: text("onFailure"),
        disabled: false,
    }
}

fn contract(text: &str) -> Contract {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let domain = value["ruleSet"]["domainRules"].as_array().into_iter().flatten().map(rule).collect();
    let metadata = Metadata { properties: texts(&value["metadata"]["properties"]), ..Metadata::default() };
    Contract { metadata: Some(metadata), rules: Some(RuleSet { domain, ..RuleSet::default() }) }
}

/// Plain JSON as the reference takes it.
fn plain(value: &Value) -> Avro {
    match value {
        Value::Null => Avro::Null,
        Value::Bool(value) => Avro::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Avro::Long(number),
            None => Avro::Double(number.as_f64().expect("a number")),
        },
        Value::String(text) => Avro::String(text.clone()),
        Value::Array(items) => Avro::Array(items.iter().map(plain).collect()),
        Value::Object(members) => Avro::Map(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect()),
    }
}

fn encoded(kind: SchemaKind, schema: &str, record: &str) -> Vec<u8> {
    match kind {
        SchemaKind::Protobuf => protobuf(record),
        _ => avro(schema, record),
    }
}

/// An order of the page's Protobuf schema.
fn protobuf(record: &str) -> Vec<u8> {
    let order: Value = serde_json::from_str(record).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut wire = Wire::default().bytes(1, text(&order["email"]));
    for (number, name) in [(2, "first"), (3, "last")] {
        wire = wire.int(number, order[name].as_i64().expect("a number"));
    }
    let tags = order["tags"].as_array().into_iter().flatten();
    tags.fold(wire, |wire, tag| wire.bytes(4, text(tag))).payload()
}

fn avro(schema: &str, record: &str) -> Vec<u8> {
    let schema = Schema::parse_str(schema).expect("a schema");
    let value: Value = serde_json::from_str(record).expect("JSON");
    let value = plain(&value).resolve(&schema).expect("a record of the schema");
    let mut payload = Vec::new();
    let writer = GenericDatumWriter::builder(&schema).build().expect("a writer");
    writer.write_value(&mut payload, value).expect("a record of the schema");
    payload
}

fn verdict(schema: &Parsed, contract: &Contract, payload: &[u8]) -> String {
    let rules = Rules::compile(schema, contract);
    let mut told = String::new();
    for unsaid in rules.not_checkable() {
        told.push_str(&format!("not checkable {}: {}\n", unsaid.rule, unsaid.why));
    }
    for name in rules.left_to_client() {
        told.push_str(&format!("left to the client {name}\n"));
    }
    let verdict = rules.run(payload, &RecordFacts::default(), &mut RuleScratch::default());
    assert!(verdict.undecided.is_empty(), "{verdict:?}");
    for failure in &verdict.failed {
        let action = match &failure.action {
            RuleAction::Continue => "NONE".to_owned(),
            RuleAction::Reject => "ERROR".to_owned(),
            RuleAction::DeadLetter { topic } => format!("DLQ {}", topic.as_deref().unwrap_or_default()),
        };
        let at = if failure.path.is_empty() { String::new() } else { format!(" at {}", failure.path) };
        told.push_str(&format!("{action} {}{at}: {}\n", failure.rule, failure.reason));
    }
    if verdict.is_good() {
        told.push_str("good\n");
    }
    told
}

#[test]
fn every_example_is_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/contracts.md");
    let page = fs::read_to_string(page).expect("docs/contracts.md");
    let (mut schema, mut set, mut record) = (String::new(), Contract::default(), String::new());
    let (mut kind, mut shown) = (SchemaKind::Avro, 0);
    let mut parts = page.split("```");
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (word, text) = block.split_once('\n').expect("a block");
        let parsed = || parse(kind, &schema, &[], Strictness::Strict).expect("a schema");
        match word {
            "json schema avro" => (kind, schema) = (SchemaKind::Avro, text.to_owned()),
            "protobuf schema" => (kind, schema, set) = (SchemaKind::Protobuf, text.to_owned(), Contract::default()),
            "json contract" => set = contract(text),
            "json record" => record = text.to_owned(),
            "verdict" => assert_eq!(verdict(&parsed(), &set, &encoded(kind, &schema, &record)), text, "{record}"),
            "problems" => {
                let problems = Rules::check(&parsed(), &set).into_iter();
                let told: String = problems.map(|problem| format!("{:?} {problem}\n", problem.level)).collect();
                assert_eq!(told, text);
            }
            other => panic!("a block of '{other}'"),
        }
        shown += usize::from(matches!(word, "verdict" | "problems"));
    }
    assert_eq!(shown, 12);
}
