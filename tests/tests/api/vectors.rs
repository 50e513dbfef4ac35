//! Verdicts that a public suite asserts against the Confluent Schema Registry, asked of this one over REST.

use std::path::PathBuf;

use serde_json::{Value, json};
use tidegate_tests::registry::{Database, TestRegistry};

#[tokio::test]
async fn verdicts_agree_with_confluents() {
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA").map(PathBuf::from) else {
        eprintln!("SKIPPED: TIDEGATE_CORPORA is not set");
        return;
    };
    let text = std::fs::read_to_string(corpora.join("compat/vectors.json")).expect("compat/vectors.json");
    let vectors: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    for (kind, least) in [("AVRO", 98), ("PROTOBUF", 78), ("JSON", 63)] {
        let count = vectors.iter().filter(|vector| vector["type"] == kind).count();
        assert!(count >= least, "only {count} vectors for {kind}");
    }
    let registry = TestRegistry::start(Database::Sqlite).await;
    let mut differences = Vec::new();
    for (number, vector) in vectors.iter().enumerate() {
        let subject = format!("vector-{number}");
        let expected = vector["compatible"].as_bool().expect("a verdict");
        let given = verdict(&registry, &subject, vector).await;
        if given != Ok(expected) {
            differences.push(format!("{} {}: expected {expected}, got {given:?}", vector["type"], vector["name"]));
        }
    }
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), vectors.len(), differences.join("\n"));
}

/// What the registry says, or the answer that was no verdict.
async fn verdict(registry: &TestRegistry, subject: &str, vector: &Value) -> Result<bool, String> {
    registry.put(&format!("/config/{subject}"), &json!({"compatibility": "NONE"})).await.ok();
    for version in vector["history"].as_array().expect("a history") {
        let answer = registry
            .post(
                &format!("/subjects/{subject}/versions"),
                &request(&version["type"], &version["schema"], &version["refs"]),
            )
            .await;
        if answer.status != 200 {
            return Err(format!("history: {answer}"));
        }
    }
    registry.put(&format!("/config/{subject}"), &json!({"compatibility": vector["level"]})).await.ok();
    let candidate = request(&vector["type"], &vector["candidate"], &vector["candidate_refs"]);
    let path = match vector["how"].as_str().expect("a way") {
        "register" => format!("/subjects/{subject}/versions"),
        "check" => {
            format!("/compatibility/subjects/{subject}/versions/{}", vector["against"].as_str().unwrap_or("latest"))
        }
        "check_all" => format!("/compatibility/subjects/{subject}/versions"),
        other => return Err(format!("unknown way {other}")),
    };
    let answer = registry.post(&path, &candidate).await;
    match answer.status {
        200 => Ok(answer.body["is_compatible"].as_bool().unwrap_or(true)),
        409 => Ok(false),
        _ => Err(answer.to_string()),
    }
}

fn request(kind: &Value, schema: &Value, references: &Value) -> Value {
    json!({"schema": schema, "schemaType": kind, "references": references})
}
