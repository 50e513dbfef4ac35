//! The process: what survives its end, how it ends, and why it would not start.

use std::time::Duration;

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, TestRegistry, run_to_end};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::schemas::{first, second};

async fn what_was_acknowledged_survives_a_crash(mut registry: TestRegistry) {
    let answer = registry.post("/subjects/s/versions", &json!({"schema": first()})).await.ok();
    registry.crash_and_restart().await;
    let found = registry.get("/schemas/ids/1").await.ok();
    assert_eq!((&found["schema"], &found["guid"]), (&answer["schema"], &answer["guid"]));
    assert_eq!(registry.register("s", &second()).await, 2);
    registry.crash_and_restart().await;
    assert_eq!(registry.get("/subjects/s/versions").await.ok(), json!([1, 2]));
}

async fn it_stops_within_five_seconds_with_callers_connected(registry: TestRegistry) {
    registry.register("s", &first()).await;
    let _silent = TcpStream::connect(registry.address()).await.unwrap();
    let mut half = TcpStream::connect(registry.address()).await.unwrap();
    half.write_all(b"POST /subjects/s/versions HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    let (status, elapsed) = registry.stop().await;
    assert_eq!(status.code(), Some(0));
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

on_both_databases!(what_was_acknowledged_survives_a_crash, it_stops_within_five_seconds_with_callers_connected);

#[tokio::test]
async fn a_request_that_has_begun_is_finished() {
    let mut registry = TestRegistry::start(Database::Sqlite).await;
    let body = json!({"schema": first()}).to_string();
    let mut stream = TcpStream::connect(registry.address()).await.unwrap();
    let head = format!("POST /subjects/s/versions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body.as_bytes()[..5]).await.unwrap();
    // The server has read the head once it has answered a later request.
    registry.get("/").await.ok();
    registry.terminate();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stream.write_all(&body.as_bytes()[5..]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(registry.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_with_every_mistake() {
    let (code, _, stderr) = run_to_end(
        &["serve", "--listen", "nowhere", "--set", "lineage.capacity=many", "--set", "http.lisen=1"],
        &[("TIDEGATE_TELEMETRY__LOG_FORMAT", "xml")],
    )
    .await;
    assert_eq!(code, Some(2), "{stderr}");
    for part in ["flag --listen", "flag --set lineage.capacity", "'lisen'", "TIDEGATE_TELEMETRY__LOG_FORMAT"] {
        assert!(stderr.contains(part), "{part}\n{stderr}");
    }
    let (code, _, stderr) = run_to_end(&["proxy"], &[]).await;
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--brokers") && stderr.contains("--registry"), "{stderr}");
    let (code, _, stderr) = run_to_end(&["serve", "--log", "not=a=filter"], &[]).await;
    assert_eq!(code, Some(2), "{stderr}");
}

#[tokio::test]
async fn the_sample_configuration_is_valid() {
    let (code, sample, _) = run_to_end(&["config"], &[]).await;
    assert_eq!(code, Some(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.yaml");
    std::fs::write(&file, sample).unwrap();
    let (code, stdout, stderr) = run_to_end(&["config", "--check", "--config", file.to_str().unwrap()], &[]).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("right"), "{stdout}");
    let (code, _, stderr) = run_to_end(&["config", "--check", "--set", "http.listen=x"], &[]).await;
    assert_eq!(code, Some(2), "{stderr}");
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = run_to_end(&["serve", "--listen", &address], &[]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&format!("can't listen on {address}")) && stderr.contains("in use"), "{stderr}");

    let store = format!("postgres://me:hunter2@{address}/nowhere?connect_timeout=1");
    drop(taken);
    let (code, _, stderr) = run_to_end(&["serve", "--listen", "127.0.0.1:0", "--store", &store], &[]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("database") && stderr.contains("store.url"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");

    let (code, _, stderr) = run_to_end(&["serve", "--listen", "127.0.0.1:0", "--store", "oracle://x"], &[]).await;
    assert_ne!(code, Some(0));
    assert!(stderr.contains("oracle://x"), "{stderr}");
}
