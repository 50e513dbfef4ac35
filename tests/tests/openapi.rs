//! Do openapi.yaml and the server say the same? Held against each other in both directions.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use tidegate_tests::contract::{METHODS, contract, resolved};
use tidegate_tests::registry::{Database, Setup, run_to_end};

#[tokio::test]
async fn every_route_is_documented_and_every_documented_path_is_a_route() {
    let (code, routes, stderr) = run_to_end(&["reference", "routes"], &[]).await;
    assert_eq!(code, Some(0), "{stderr}");
    let served: BTreeSet<String> = routes.lines().map(ToOwned::to_owned).collect();
    let documented: BTreeSet<String> =
        operations().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let unknown: Vec<_> = documented.difference(&served).collect();
    assert!(unknown.is_empty(), "in openapi.yaml, but not served: {unknown:#?}");
    let silent: Vec<_> = served.difference(&documented).collect();
    assert!(silent.is_empty(), "served, but not in openapi.yaml: {silent:#?}");
    assert!(served.len() > 30);
}

/// What comes back is held against the contract by the harness itself.
#[tokio::test]
async fn every_operation_can_be_asked_with_its_examples() {
    // One of them makes a token, and after that nobody would be let in without one.
    let registry = Setup::on(Database::Sqlite).set("auth.anonymous=admin").start().await;
    // Records over HTTP need a cluster: they are asked end to end. A stream of events has no end to wait for.
    let is_left_out = |path: &str| path.starts_with("/kafka/") || path == "/govern/v1/events";
    for operation in operations().filter(|operation| !is_left_out(operation.path)) {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let body = operation.example_of_body().map(ToString::to_string);
        let answer = registry.send(method, &operation.example_of_path(), &[], body).await;
        assert!(answer.status < 500, "{} {}: {answer}", operation.method, operation.path);
    }
}

#[tokio::test]
async fn the_list_of_error_codes_is_complete() {
    let (_, page, _) = run_to_end(&["reference", "errors"], &[]).await;
    let known: BTreeSet<u64> =
        page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    let contract = contract();
    let listed = contract["components"]["schemas"]["Error"]["properties"]["error_code"]["enum"].as_array().unwrap();
    let listed: BTreeSet<u64> = listed.iter().filter_map(Value::as_u64).collect();
    assert_eq!(listed, known);
    for (text, code) in numbers_in_descriptions(contract) {
        assert!(known.contains(&code), "{code} is no error code: {text}");
    }
}

#[test]
fn references_lead_somewhere_and_operations_have_names() {
    let contract = contract();
    let mut names = BTreeSet::new();
    for operation in operations() {
        let name = operation.value["operationId"].as_str().expect("an operationId");
        assert!(names.insert(name.to_owned()), "{name} is used twice");
        assert!(operation.value["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{name}");
    }
    walk(contract, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(contract.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
        }
    });
}

struct Operation {
    method: String,
    path: &'static str,
    value: &'static Value,
    item: &'static Value,
}

impl Operation {
    /// The path with the examples of its parameters.
    fn example_of_path(&self) -> String {
        let mut path = self.path.to_owned();
        let parameters = [&self.item["parameters"], &self.value["parameters"]];
        for parameter in parameters.into_iter().filter_map(Value::as_array).flatten() {
            let parameter = resolved(parameter);
            if parameter["in"] == "path" {
                let example = match &parameter["example"] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example);
            }
        }
        assert!(!path.contains('{'), "{path} has a parameter without an example");
        path
    }

    fn example_of_body(&self) -> Option<&'static Value> {
        let body = resolved(self.value.get("requestBody")?);
        let (_, content) = body["content"].as_object()?.iter().next()?;
        Some(content.get("example").expect("a request body has an example"))
    }
}

fn operations() -> impl Iterator<Item = Operation> {
    contract()["paths"].as_object().expect("paths").iter().flat_map(|(path, item)| {
        let methods = METHODS.iter().filter_map(|method| Some((*method, item.get(*method)?)));
        methods.map(move |(method, value)| Operation { method: method.to_uppercase(), path, value, item })
    })
}

/// Codes as descriptions have them: `42201: …`.
fn numbers_in_descriptions(contract: &Value) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    walk(contract, &mut |value| {
        let text = value.get("description").and_then(Value::as_str).unwrap_or_default();
        let codes = text.split(' ').filter_map(|word| word.strip_suffix(':')?.parse().ok());
        found.extend(codes.map(|code| (text.to_owned(), code)));
    });
    assert!(found.len() > 20);
    found
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| walk(member, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}
