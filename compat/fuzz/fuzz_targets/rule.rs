//! Can an expression break the rule engine? The input is the expression of two rules, on messages and on fields, a zero
//! byte, and a payload.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use tidegate_compat::contract::Rule;
use tidegate_compat::{
    Contract, RecordFacts, RuleKind, RuleMode, RuleScratch, RuleSet, Rules, SchemaKind, Strictness, parse,
};

const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[{"name":"id","type":"long"},
    {"name":"text","type":["null","string"]},{"name":"list","type":{"type":"array","items":"int"}},
    {"name":"map","type":{"type":"map","values":"R"}}]}"#;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (Some(expr), Some(payload)) = (parts.next(), parts.next()) else { return };
    let Ok(expr) = std::str::from_utf8(expr) else { return };
    let rule = |executor: &str| Rule {
        name: executor.into(),
        doc: None,
        kind: RuleKind::Condition,
        mode: RuleMode::Write,
        executor: Some(executor.into()),
        tags: BTreeSet::new(),
        params: BTreeMap::new(),
        expr: Some(expr.into()),
        on_success: None,
        on_failure: Some("NONE".into()),
        disabled: false,
    };
    let rules = RuleSet { domain: vec![rule("CEL"), rule("CEL_FIELD")], ..RuleSet::default() };
    let contract = Contract { metadata: None, rules: Some(rules) };
    let schema = parse(SchemaKind::Avro, SCHEMA, &[], Strictness::Strict).expect("a schema");
    Rules::check(&schema, &contract);
    Rules::compile(&schema, &contract).run(payload, &RecordFacts::default(), &mut RuleScratch::default());
});
