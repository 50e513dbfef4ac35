//! What does a node do that is cut off from the database? It says so soon, whatever it is asked, and is back soon after.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tidegate_tests::relay::Line;
use tokio::time::sleep;

use crate::cluster::{Cluster, TIMEOUT, record, registration};

/// How long the refusal may take, and how long the way back: the rest is for a machine that does something else as well.
const REFUSED: Duration = TIMEOUT.saturating_add(Duration::from_secs(2));
const BACK: Duration = Duration::from_secs(4);

/// Cuts a node off, looks at what it says, and lets it come back.
pub(crate) async fn is_told(cluster: &Cluster, node: usize, line: Line) {
    // Remembered by the node: it could answer these from memory, and must not.
    let schema = record("before_the_outage");
    let registered = cluster.ask(node, Method::POST, "/subjects/outage/versions", Some(registration(&schema))).await;
    let id = registered.expect("the node is well").number("id");
    let by_id = format!("/schemas/ids/{id}");
    for path in [&by_id, "/config/outage?defaultToGlobal=true", "/subjects/outage/versions/latest"] {
        assert_eq!(cluster.get(node, path).await.map(|answer| answer.status), Some(200), "{path}");
    }

    cluster.set_line(node, line);
    let begun = Instant::now();
    let asked = [
        (Method::GET, by_id.as_str(), None),
        (Method::GET, "/schemas/ids/1999999999", None),
        (Method::GET, "/subjects/outage/versions/latest", None),
        (Method::GET, "/subjects", None),
        (Method::GET, "/config/outage?defaultToGlobal=true", None),
        (Method::GET, "/mode", None),
        (Method::PUT, "/config/outage", Some(json!({"compatibility": "FULL"}))),
        (Method::POST, "/subjects/outage/versions", Some(registration(&record("in_the_outage")))),
        (Method::POST, "/subjects/outage", Some(registration(&schema))),
        (Method::DELETE, "/subjects/outage", None),
    ];
    // All at once, and then once more: now the node knows.
    for round in 0..2 {
        let answers = asked.clone().map(|(method, path, body)| cluster.raw(node, method, path, body));
        for (answer, (method, path, _)) in futures_util::future::join_all(answers).await.into_iter().zip(&asked) {
            let answer = answer.unwrap_or_else(|| panic!("{method} {path}: no answer"));
            assert_eq!(answer.status, 503, "round {round}, {line:?}, {method} {path}: {answer:?}");
            assert_eq!(answer.body["error_code"], 503, "{method} {path}: {answer:?}");
            let message = answer.body["message"].as_str().unwrap_or_default();
            assert!(message.contains("database"), "{method} {path}: {answer:?}");
        }
        assert!(begun.elapsed() < REFUSED * (round + 1), "{line:?}: refused after {:?}", begun.elapsed());
    }
    let ready = cluster.raw(node, Method::GET, "/health/ready", None).await.unwrap();
    assert_eq!((ready.status, ready.body["store"].as_str()), (503, Some("down")));
    let alive = cluster.raw(node, Method::GET, "/health/live", None).await.unwrap();
    assert_eq!(alive.status, 200);
    sleep(Duration::from_secs(1)).await;

    cluster.set_line(node, Line::Open);
    let back = cluster.becomes_ready(node).await;
    eprintln!("{line:?}: back after {back:?}");
    assert!(back < BACK, "{line:?}: back after {back:?}");
    for path in [&by_id, "/config/outage?defaultToGlobal=true", "/subjects/outage/versions/latest"] {
        assert_eq!(cluster.get(node, path).await.map(|answer| answer.status), Some(200), "{line:?}: {path}");
    }
}
