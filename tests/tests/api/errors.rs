//! Every refusal has the same form, on every path.

use reqwest::Method;
use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

async fn paths_and_methods_that_are_not_there_are_refused_in_json(registry: TestRegistry) {
    for path in [
        "/nowhere",
        "/subjects/a/b/c",
        "/schemas/ids/1/2/3",
        "/exporters",
        "/clusterconfig",
        "/dek-registry/v1/keks",
        "/favicon.ico",
        "/contexts/ctx/nowhere",
        "/govern/v1/nowhere",
    ] {
        registry.get(path).await.refused(404);
    }
    for (method, path, allowed) in [
        (Method::PATCH, "/subjects", "GET"),
        (Method::DELETE, "/schemas/ids/1", "GET"),
        (Method::POST, "/config", "DELETE"),
        (Method::GET, "/compatibility/subjects/s/versions", "POST"),
        (Method::PUT, "/health/live", "GET"),
        (Method::OPTIONS, "/subjects", "GET"),
    ] {
        let answer = registry.send(method.clone(), path, &[], None).await;
        assert!(answer.header("allow").contains(allowed), "{method} {path}: {:?}", answer.headers);
        answer.refused(405);
    }
}

async fn bodies_that_can_not_be_read_are_refused(registry: TestRegistry) {
    let path = "/subjects/s/versions";
    let send = async |headers: &[(&str, &str)], body: &str| {
        registry.send(Method::POST, path, headers, Some(body.to_owned())).await
    };
    for body in [
        "{",
        "[]",
        "\"text\"",
        "{\"schema\": 5}",
        "{\"version\": \"x\"}",
        "{\"references\": {}}",
        "{\"schema\":\"\\ud800\"}",
    ] {
        send(&[], body).await.refused(400);
    }
    for body in ["", "  \n", "null"] {
        send(&[], body).await.refused(422);
    }
    let valid = json!({"schema": first()}).to_string();
    // A byte order mark is no part of the text.
    send(&[], &format!("\u{feff}{valid}")).await.ok();
    send(&[], &format!("\u{feff}\u{feff}{valid}")).await.refused(400);
    send(&[], "\u{feff}").await.refused(422);
    for media in
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "garbage"]
    {
        send(&[("content-type", media)], &valid).await.refused(415);
    }
    for media in [
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.schemaregistry+json",
        "Application/vnd.SchemaRegistry.v1+JSON",
        "application/octet-stream",
    ] {
        send(&[("content-type", media)], &valid).await.ok();
    }
    let unknown = json!({"schema": first(), "somethingNew": {"a": [1]}}).to_string();
    send(&[], &unknown).await.ok();
}

async fn nesting_without_end_is_refused(registry: TestRegistry) {
    let deep = "[".repeat(100_000);
    let body = format!("{{\"schema\": \"x\", \"metadata\": {deep}");
    registry.send(Method::POST, "/subjects/s/versions", &[], Some(body)).await.refused(400);
    let union = format!("{}\"int\"{}", "{\"type\":\"array\",\"items\":".repeat(20_000), "}".repeat(20_000));
    registry.post("/subjects/s/versions", &json!({"schema": union})).await.refused(42201);
    registry.get("/").await.ok();
}

async fn bodies_that_are_too_large_are_refused(registry: TestRegistry) {
    let body = json!({"schema": " ".repeat(5 << 20)});
    registry.post("/subjects/s/versions", &body).await.refused(413);
    let body = json!({"schema": "x", "doc": " ".repeat(3 << 20)});
    registry.post("/subjects/s/versions", &body).await.refused(42201);
}

async fn nobody_is_answered_in_a_type_they_do_not_take(registry: TestRegistry) {
    let ask = async |accept: &str| registry.send(Method::GET, "/subjects", &[("accept", accept)], None).await;
    let refused = ask("text/html").await;
    assert_eq!(refused.content_type(), "application/vnd.schemaregistry.v1+json");
    refused.refused(406);
    for (accept, expected) in [
        ("*/*", "application/vnd.schemaregistry.v1+json"),
        ("application/json", "application/json"),
        ("application/vnd.schemaregistry+json", "application/vnd.schemaregistry+json"),
        ("application/vnd.schemaregistry.v1+json, application/json;q=0.5", "application/vnd.schemaregistry.v1+json"),
    ] {
        let answer = ask(accept).await;
        assert_eq!(answer.content_type(), expected);
        answer.ok();
    }
    let missing = registry.send(Method::GET, "/schemas/ids/9", &[("accept", "application/json")], None).await;
    assert_eq!(missing.content_type(), "application/json");
    missing.refused(40403);
}

on_both_databases!(
    paths_and_methods_that_are_not_there_are_refused_in_json,
    bodies_that_can_not_be_read_are_refused,
    nesting_without_end_is_refused,
    bodies_that_are_too_large_are_refused,
    nobody_is_answered_in_a_type_they_do_not_take,
);
