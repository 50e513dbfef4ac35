//! Is a verdict on JSON Schemas true? If nothing keeps a reader from reading a writer's data, and no advice says that
//! it might, then what is valid for the writer is valid for the reader.

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/json_evolution.rs"]
mod json_evolution;
#[path = "support/json_schemas.rs"]
mod json_schemas;
#[path = "support/json_values.rs"]
mod json_values;

use event::Random;
use json_schemas::{Dialect, Planner};
use serde_json::Value;
use tidegate_compat::{Basis, Parsed, Policy, SchemaKind, Severity, Strictness, Violation, parse};

const DIALECTS: [Dialect; 3] = [Dialect::Draft7, Dialect::Draft2020, Dialect::Draft4];

fn schema(document: &Value) -> Parsed {
    let text = document.to_string();
    parse(SchemaKind::Json, &text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

fn is_error(violation: &Violation) -> bool {
    violation.rule.severity == Severity::Error
}

/// Whether data may break by what was found: an error that has a reason in the data, or advice that says so.
fn may_break(found: &[Violation]) -> bool {
    found.iter().any(|violation| matches!(violation.rule.basis, Basis::Sound | Basis::Laxer))
}

#[test]
fn what_is_valid_for_a_writer_is_valid_for_a_reader_that_nothing_keeps_from_it() {
    let mut random = Random::new(17);
    let (mut sound, mut advised, mut refused, mut stricter, mut held) = (0, 0, 0, 0, 0);
    for round in 0..1_200 {
        let mut planner = Planner::new(&mut random, DIALECTS[round % 3]);
        let old = planner.document();
        let new = planner.evolved(&old);
        let writer = schema(&old);
        let Ok(reader) = parse(SchemaKind::Json, &new.to_string(), &[], Strictness::Strict) else { continue };
        let policies = [Policy::Strict, Policy::Lenient].map(|policy| reader.reads(&writer, policy));
        for found in &policies {
            match found {
                found if !may_break(found) && found.iter().any(is_error) => stricter += 1,
                found if found.iter().any(is_error) => refused += 1,
                found if may_break(found) => advised += 1,
                _ => sound += 1,
            }
        }
        if policies.iter().all(|found| may_break(found)) {
            continue;
        }
        // The reference refuses a few schemas that the registry takes.
        let (Ok(valid_for_writer), Ok(valid_for_reader)) =
            (jsonschema::validator_for(&old), jsonschema::validator_for(&new))
        else {
            continue;
        };
        for _ in 0..40 {
            let value = planner.value(&old, &old, 5);
            if !valid_for_writer.is_valid(&value) {
                continue;
            }
            held += 1;
            assert!(
                valid_for_reader.is_valid(&value),
                "{value}\nis valid for the writer\n{old}\nand not for the reader\n{new}\nFound: {policies:?}"
            );
        }
    }
    let counts = (sound, advised, refused, stricter, held);
    assert!(sound > 800 && advised > 100 && refused > 300 && stricter > 5 && held > 10_000, "{counts:?}");
}

#[test]
fn the_lenient_policy_refuses_nothing_that_the_strict_one_lets_pass() {
    let mut random = Random::new(29);
    let mut laxer = 0;
    for round in 0..500 {
        let mut planner = Planner::new(&mut random, DIALECTS[round % 3]);
        let old = planner.document();
        let Ok(reader) = parse(SchemaKind::Json, &planner.evolved(&old).to_string(), &[], Strictness::Strict) else {
            continue;
        };
        let [strict, lenient] =
            [Policy::Strict, Policy::Lenient].map(|policy| reader.reads(&schema(&old), policy).iter().any(is_error));
        assert!(strict || !lenient, "{old}");
        laxer += usize::from(strict && !lenient);
    }
    assert!(laxer > 10, "{laxer}");
}

#[test]
fn a_schema_reads_what_was_written_with_itself_wherever_its_parts_stand() {
    let mut random = Random::new(23);
    for round in 0..600 {
        let mut planner = Planner::new(&mut random, DIALECTS[round % 3]);
        let document = planner.document();
        let moved = planner.moved(&document);
        for (new, old) in [(&document, &document), (&moved, &document), (&document, &moved)] {
            for policy in [Policy::Strict, Policy::Lenient] {
                let found = schema(new).reads(&schema(old), policy);
                assert!(found.is_empty(), "{new}\n{old}\n{found:?}");
            }
        }
    }
}
