//! Schemas by id are answered from memory the second time: is that answer the same in every respect?

use reqwest::Method;
use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, Setup, TestRegistry};

use crate::schemas::{first, second};

/// Whatever a client might say about itself.
const HEADERS: [&[(&str, &str)]; 6] = [
    &[],
    &[("x-request-id", "mine")],
    &[("accept", "application/json")],
    &[("accept", "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json")],
    &[("accept", "text/html")],
    &[("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("accept", "*/*")],
];

async fn ask(registry: &TestRegistry, path: &str, headers: &[(&str, &str)]) -> Answer {
    registry.send(Method::GET, path, headers, None).await
}

/// All that was answered, but for what differs from request to request.
fn told(answer: &Answer, sent: &[(&str, &str)]) -> (u16, String, Vec<(String, String)>) {
    let is_own = |name: &str| name == "date" || (name == "x-request-id" && sent.iter().all(|(sent, _)| *sent != name));
    let headers = answer.headers.iter().filter(|(name, _)| !is_own(name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let names = answer.headers.keys().map(|name| (name.to_string(), String::new()));
    (answer.status, answer.text.clone(), headers.chain(names).collect())
}

async fn the_second_answer_is_the_first(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.register(":.ctx:t", &second()).await;
    let paths = [
        "/schemas/ids/1",
        "/schemas/ids/1/",
        "/schemas/ids/1?subject=s&fetchMaxId=false",
        "/schemas/ids/1?fetchMaxId=true",
        "/schemas/ids/1?subject=:.ctx:t&fetchMaxId=true",
        "/contexts/ctx/schemas/ids/1",
        "/schemas/ids/1?format=resolved",
        "/schemas/ids/1?fetchMaxId=perhaps",
        "/schemas/ids/9",
        "/schemas/ids/-1",
        "/schemas/ids/%31",
    ];
    for path in paths {
        // Never in memory: a question that nobody asked before, which means the same.
        for (number, headers) in HEADERS.iter().enumerate() {
            let separator = if path.contains('?') { '&' } else { '?' };
            let slow = ask(&registry, &format!("{path}{separator}never={number}"), headers).await;
            for _ in 0..2 {
                let answer = ask(&registry, path, headers).await;
                assert_eq!(told(&answer, headers), told(&slow, headers), "{path} {headers:?}");
            }
        }
    }
}

async fn what_is_in_memory_goes_with_a_change(registry: TestRegistry) {
    registry.register("b", &first()).await;
    let subject = async |path: &str| {
        let answers = [registry.get(path).await.ok(), registry.get(path).await.ok()];
        assert_eq!(answers[0], answers[1]);
        (answers[0]["subject"].clone(), answers[0]["maxId"].clone())
    };
    assert_eq!(subject("/schemas/ids/1?fetchMaxId=true").await, (json!("b"), json!(1)));
    registry.register("a", &first()).await;
    registry.register("c", &second()).await;
    assert_eq!(subject("/schemas/ids/1?fetchMaxId=true").await, (json!("a"), json!(2)));
    registry.delete("/subjects/a").await.ok();
    assert_eq!(subject("/schemas/ids/1").await.0, "b");
    registry.put("/config/x", &json!({"alias": "a"})).await.ok();
    assert_eq!(subject("/schemas/ids/1?subject=x").await.0, "a");
    registry.delete("/subjects/b").await.ok();
    for subject in ["a", "b"] {
        registry.delete(&format!("/subjects/{subject}?permanent=true")).await.ok();
    }
    registry.get("/schemas/ids/1").await.refused(40403);
}

#[tokio::test]
async fn every_answer_is_counted_whichever_way_it_took() {
    let registry = Setup::on(tidegate_tests::registry::Database::Sqlite).start().await;
    registry.register("s", &first()).await;
    for _ in 0..3 {
        registry.get("/schemas/ids/1").await.ok();
    }
    let page = registry.get("/metrics").await.text;
    for line in [
        r#"tidegate_http_requests_total{method="GET",route="/schemas/ids/{id}",status="200",otel_scope_name="tidegate"} 3"#,
        r#"tidegate_http_request_seconds_count{method="GET",route="/schemas/ids/{id}",otel_scope_name="tidegate"} 3"#,
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

on_both_databases!(the_second_answer_is_the_first, what_is_in_memory_goes_with_a_change);
