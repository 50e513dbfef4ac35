//! Do our verdicts agree with those that a public suite asserts against Confluent Schema Registry?
//!
//! The vectors are not part of the project. `TIDEGATE_CORPORA` names the folder that has them; without it there is
//! nothing to run, and the test says so.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tidegate_compat::{CompatibilityLevel, Parsed, Policy, Predecessor, SchemaKind, Strictness, Version, check, parse};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Reads the schema under `key` of a version. No vector refers to other schemas.
fn schema(version: &Value, key: &str, references: &str, strictness: Strictness) -> Parsed {
    assert!(list(version, references).is_empty(), "references are not followed here: {version}");
    let kind = SchemaKind::parse(text(version, "type")).expect("a kind");
    let written = text(version, key);
    parse(kind, written, &[], strictness).unwrap_or_else(|malformed| panic!("{malformed}: {written}"))
}

/// What we say about one vector.
fn verdict(vector: &Value) -> bool {
    let level = CompatibilityLevel::parse(text(vector, "level")).expect("a level");
    let mut history: Vec<_> = list(vector, "history")
        .iter()
        .zip(1..)
        .map(|(version, number)| Predecessor {
            version: Some(Version(number)),
            schema: schema(version, "schema", "refs", Strictness::Lenient),
        })
        .collect();
    history.reverse();
    let candidate = schema(vector, "candidate", "candidate_refs", Strictness::Strict);
    match text(vector, "how") {
        // All live versions, in whatever reach the level has.
        "register" | "check_all" => check(&candidate, &history, level, Policy::Strict).is_compatible(),
        // The one version that the request names.
        "check" => {
            let against = match text(vector, "against") {
                "latest" => history.first(),
                number => history.iter().find(|version| version.version == number.parse().ok().map(Version)),
            };
            let against = against.expect("the version to compare with").clone();
            check(&candidate, &[against], level, Policy::Strict).is_compatible()
        }
        other => panic!("unknown way {other}"),
    }
}

/// The kinds whose vectors are run, and more than how many there are.
const KINDS: [(&str, usize); 3] = [("AVRO", 90), ("PROTOBUF", 70), ("JSON", 60)];

#[test]
fn every_vector_gets_the_verdict_of_the_reference() {
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA") else {
        println!("SKIPPED: TIDEGATE_CORPORA is not set, the compatibility vectors were not run");
        return;
    };
    let file = Path::new(&corpora).join("compat/vectors.json");
    let all: Value = serde_json::from_str(&fs::read_to_string(&file).expect("vectors.json")).expect("JSON");
    for (kind, least) in KINDS {
        let vectors: Vec<_> = all.as_array().expect("a list").iter().filter(|vector| vector["type"] == kind).collect();
        let disagrees = |vector: &&&Value| Some(verdict(vector)) != vector["compatible"].as_bool();
        let told = |vector: &&Value| format!("{}: {vector}\n", text(vector, "name"));
        let wrong: Vec<String> = vectors.iter().filter(disagrees).map(told).collect();
        assert!(wrong.is_empty(), "{} of {} {kind} vectors disagree:\n{}", wrong.len(), vectors.len(), wrong.concat());
        assert!(vectors.len() > least, "only {} {kind} vectors", vectors.len());
    }
}
