//! What happens below the API: request ids, slow and broken callers, health, metrics, logs.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tidegate_tests::registry::{Database, Setup, TestRegistry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::schemas::first;

#[tokio::test]
async fn a_request_id_is_echoed_or_made() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let ask = async |headers: &[(&str, &str)]| registry.send(Method::GET, "/nowhere", headers, None).await;
    assert_eq!(ask(&[("x-request-id", "mine")]).await.header("x-request-id"), "mine");
    let made = ask(&[]).await.header("x-request-id").to_owned();
    assert_eq!(made.len(), 36);
    let several = ask(&[("x-request-id", "a"), ("x-request-id", "b")]).await.header("x-request-id").to_owned();
    assert_eq!(several.len(), 36);
    assert_ne!(made, several);
}

#[tokio::test]
async fn slashes_at_the_end_of_a_path_do_not_matter() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    registry.post("/subjects/s/versions/", &json!({"schema": first()})).await.ok();
    assert_eq!(registry.get("/subjects/").await.ok(), json!(["s"]));
    assert_eq!(registry.get("//").await.ok(), json!({}));
}

#[tokio::test]
async fn a_silent_caller_is_cut_off_and_others_are_served() {
    let registry = Setup::on(Database::Sqlite).set("http.idle_timeout=300ms").start().await;
    let mut silent = TcpStream::connect(registry.address()).await.unwrap();
    let mut slow = TcpStream::connect(registry.address()).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    registry.get("/").await.ok();
    for stream in [&mut silent, &mut slow] {
        let mut rest = Vec::new();
        let closed = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "the connection was left open");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_a_timeout() {
    let registry = Setup::on(Database::Sqlite).set("http.request_timeout=300ms").start().await;
    let mut stream = TcpStream::connect(registry.address()).await.unwrap();
    let head = "POST /subjects/s/versions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"schema\"";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = timeout(Duration::from_secs(5), stream.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("{\"error_code\":408,"), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let registry =
        Setup::on(Database::Sqlite).set("http.max_connections=1").set("http.idle_timeout=500ms").start().await;
    let idle = TcpStream::connect(registry.address()).await.unwrap();
    // The one place is taken until the idle connection is cut off; then this is answered.
    timeout(Duration::from_secs(5), registry.get("/")).await.unwrap().ok();
    drop(idle);
}

#[tokio::test]
async fn health_tells_what_is_up() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let live = registry.get("/health/live").await;
    assert_eq!(live.content_type(), "application/json");
    assert_eq!(live.ok(), json!({"status": "up"}));
    assert_eq!(registry.get("/health/ready").await.ok(), json!({"status": "up", "store": "up"}));
}

#[tokio::test]
async fn metrics_count_by_pattern_and_never_by_what_callers_make_up() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    registry.register("s", &first()).await;
    registry.get("/schemas/ids/1").await.ok();
    registry.get("/made-up/by/a/caller").await.refused(404);
    registry.send(Method::from_bytes(b"BREW").unwrap(), "/subjects", &[], None).await.refused(405);
    let page = registry.get("/metrics").await;
    assert!(page.content_type().starts_with("text/plain"), "{}", page.content_type());
    for line in [
        r#"tidegate_http_requests_total{method="POST",route="/subjects/{subject}/versions",status="200",otel_scope_name="tidegate"} 1"#,
        r#"tidegate_http_requests_total{method="GET",route="unknown",status="404",otel_scope_name="tidegate"} 1"#,
        r#"tidegate_http_requests_total{method="other",route="/subjects",status="405",otel_scope_name="tidegate"} 1"#,
        r#"tidegate_http_request_seconds_count{method="GET",route="/schemas/ids/{id}",otel_scope_name="tidegate"} 1"#,
        "tidegate_http_connections",
        "tidegate_registry_registrations_total",
    ] {
        assert!(page.text.contains(line), "{line}\n{}", page.text);
    }
    assert!(!page.text.contains("made-up") && !page.text.contains("BREW"));
}

#[tokio::test]
async fn logs_are_json_and_hold_no_schema() {
    let registry = Setup::on(Database::Sqlite).set("telemetry.log=debug").start().await;
    let secret = r#"{"type":"enum","name":"Secret","symbols":["HUNTER2"]}"#;
    registry.register("s", secret).await;
    registry.post("/subjects/s/versions", &json!({"schema": "HUNTER2 is no schema"})).await.refused(42201);
    let log = registry.log();
    assert!(log.lines().count() > 1);
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(!log.contains("HUNTER2"), "{log}");
}
