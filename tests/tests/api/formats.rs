//! Do Protobuf and JSON Schema get all that Avro has? The stories, and the words that they share.

mod changes;
mod json;
mod malformed;
mod protobuf;
mod references;
mod vast;

use serde_json::{Value, json};
use tidegate_tests::registry::{Answer, TestRegistry};

/// A request with a schema of this kind.
pub(crate) fn schema(kind: &str, text: &str) -> Value {
    json!({"schemaType": kind, "schema": text})
}

pub(crate) fn avro(text: &str) -> Value {
    schema("AVRO", text)
}

pub(crate) fn protobuf(text: &str) -> Value {
    schema("PROTOBUF", text)
}

pub(crate) fn json_schema(text: &str) -> Value {
    schema("JSON", text)
}

/// A request that names what it stands on: name, subject, version.
pub(crate) fn standing_on(mut request: Value, references: &[(&str, &str, i32)]) -> Value {
    let references = references.iter().map(|(name, subject, version)| reference(name, subject, *version));
    request["references"] = references.collect();
    request
}

fn reference(name: &str, subject: &str, version: i32) -> Value {
    json!({"name": name, "subject": subject, "version": version})
}

pub(crate) async fn register(registry: &TestRegistry, subject: &str, request: &Value) -> Answer {
    registry.post(&format!("/subjects/{subject}/versions"), request).await
}

/// The only problem that a verbose check against the latest version finds.
async fn only_problem(registry: &TestRegistry, subject: &str, request: &Value) -> String {
    let path = format!("/compatibility/subjects/{subject}/versions/latest?verbose=true");
    let answer = registry.post(&path, request).await.ok();
    assert_eq!(answer["is_compatible"], false, "{answer}");
    let messages: Vec<_> = answer["messages"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let [problem, version, old, terms] = messages.as_slice() else { panic!("{messages:#?}") };
    assert!(version.starts_with("{oldSchemaVersion: "), "{version}");
    assert!(old.starts_with("{oldSchema: '"), "{old}");
    assert!(terms.starts_with("{validateFields: 'false', compatibility: '"), "{terms}");
    (*problem).to_owned()
}

/// Asserts that a problem has the form that Confluent gives it in Protobuf and JSON Schema, and returns what it says.
#[track_caller]
fn described<'a>(problem: &'a str, error_type: &str) -> &'a str {
    let start = format!("{{errorType:\"{error_type}\", description:\"");
    let rest = problem.strip_prefix(&start).unwrap_or_else(|| panic!("not {error_type}: {problem}"));
    rest.strip_suffix("\"}").unwrap_or_else(|| panic!("no end: {problem}"))
}
