//! Do our verdicts agree with those that a public suite asserts against Confluent Schema Registry?
//!
//! The vectors are not part of the project. `TIDEGATE_CORPORA` names the folder that has them; without it there is
//! nothing to run, and the test says so.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tidegate_compat::{CompatibilityLevel, Parsed, Predecessor, SchemaKind, Strictness, Version, check, parse};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn avro(text: &str, strictness: Strictness) -> Parsed {
    parse(SchemaKind::Avro, text, &[], strictness).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

/// What we say about one vector.
fn verdict(vector: &Value) -> bool {
    let level = CompatibilityLevel::parse(text(vector, "level")).expect("a level");
    let mut history: Vec<_> = vector["history"]
        .as_array()
        .expect("a history")
        .iter()
        .zip(1..)
        .map(|(version, number)| Predecessor {
            version: Some(Version(number)),
            schema: avro(text(version, "schema"), Strictness::Lenient),
        })
        .collect();
    history.reverse();
    let candidate = avro(text(vector, "candidate"), Strictness::Strict);
    match text(vector, "how") {
        // All live versions, in whatever reach the level has.
        "register" | "check_all" => check(&candidate, &history, level).is_compatible(),
        // The one version that the request names.
        "check" => {
            let against = match text(vector, "against") {
                "latest" => history.first(),
                number => history.iter().find(|version| version.version == number.parse().ok().map(Version)),
            };
            let against = against.expect("the version to compare with").clone();
            check(&candidate, &[against], level).is_compatible()
        }
        other => panic!("unknown way {other}"),
    }
}

#[test]
fn every_avro_vector_gets_the_verdict_of_the_reference() {
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA") else {
        println!("SKIPPED: TIDEGATE_CORPORA is not set, the compatibility vectors were not run");
        return;
    };
    let file = Path::new(&corpora).join("compat/vectors.json");
    let all: Value = serde_json::from_str(&fs::read_to_string(&file).expect("vectors.json")).expect("JSON");
    let vectors = all.as_array().expect("a list").iter().filter(|vector| vector["type"] == "AVRO");
    let mut run = 0;
    let mut wrong = Vec::new();
    for vector in vectors {
        run += 1;
        if Some(verdict(vector)) != vector["compatible"].as_bool() {
            wrong.push(format!("{}: {vector}", text(vector, "name")));
        }
    }
    assert!(wrong.is_empty(), "{} of {run} disagree:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run > 50, "only {run} vectors");
}
