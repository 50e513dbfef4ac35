//! Callers who mean harm: each is refused soon and in the form that every refusal has, nothing of theirs is stored, and
//! the memory that they took is given back.

mod bodies;
mod bytes;
mod names;

use std::time::{Duration, Instant};

use serde_json::Value;
use tidegate_tests::registry::{Answer, TestRegistry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take: a second; and more in a build that is not optimised, beside other tests.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

/// What a registry holds, for those who look around.
async fn holdings(registry: &TestRegistry) -> Vec<Value> {
    let mut found = Vec::new();
    for path in ["/subjects?deleted=true", "/contexts", "/schemas?deleted=true&subjectPrefix=:*:", "/config", "/mode"] {
        found.push(registry.get(path).await.ok());
    }
    found
}

/// Asserts a refusal with a code from 400 to 499, in its form.
#[track_caller]
fn refused(answer: &Answer, what: &str) {
    let code = answer.body["error_code"].as_u64().unwrap_or_default();
    let status = if code >= 10_000 { code / 100 } else { code };
    assert_eq!(u64::from(answer.status), status, "{what}: {answer}");
    assert!((400..500).contains(&answer.status), "{what}: {answer}");
    assert!(answer.body["message"].is_string() && answer.text.len() < 100_000, "{what}: {}", answer.text.len());
}

/// Waits no longer than people do.
async fn soon<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    answer.unwrap_or_else(|_| panic!("{what}: no answer after {:?}", begun.elapsed()))
}

/// What comes back for bytes that no HTTP client would send, until the server closes or the answer is whole.
async fn raw(registry: &TestRegistry, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(registry.address()).await.unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(length) = soon("raw bytes", stream.read(&mut chunk)).await {
        answer.extend_from_slice(&chunk[..length]);
        if length == 0 || is_whole(&answer) {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
