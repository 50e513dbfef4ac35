//! What becomes of those who take their time, and of what is under way when the proxy stops?

use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;

use super::*;

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_silent_client_is_let_go_and_a_busy_one_is_not() {
    let stage = Stage::set_with(vec![], |settings| settings.idle_timeout = SHORT).await;
    let mut busy = stage.client().await;
    let mut silent = stage.client().await;
    for client in [&mut busy, &mut silent] {
        let _: MetadataResponse = client.ask(ApiKey::Metadata, 9, &MetadataRequest::default()).await;
    }
    for _ in 0..10 {
        tokio::time::sleep(SHORT / 5).await;
        let _: MetadataResponse = busy.ask(ApiKey::Metadata, 9, &MetadataRequest::default()).await;
    }
    assert_eq!(silent.frame().await, None);
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_let_go_and_leaves_others_alone() {
    let stage = Stage::set_with(vec![], |settings| settings.idle_timeout = SHORT).await;
    *stage.broker.fetch_size.lock() = 3 << 20;
    let mut deaf = stage.client().await;
    for correlation in 0..8 {
        deaf.send(&request(ApiKey::Fetch, 12, correlation, &FetchRequest::default())).await;
    }
    tokio::time::sleep(SHORT * 4).await;
    *stage.broker.fetch_size.lock() = 100;
    let mut other = stage.client().await;
    let _: FetchResponse = other.ask(ApiKey::Fetch, 12, &FetchRequest::default()).await;
    // What the system had taken is still there, the rest is not.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), deaf.0.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.len() < 8 * (6 << 20), "{}", rest.len());
}

#[tokio::test]
async fn what_was_produced_is_acknowledged_though_the_proxy_stops() {
    let stage = Stage::set_with(vec![policy("*")], |settings| settings.drain = Duration::from_secs(20)).await;
    *stage.broker.delay.lock() = Some((ApiKey::Produce, Duration::from_secs(4)));
    let mut producing = stage.client().await;
    producing.send(&request(ApiKey::Produce, 9, 1, &produce(1, &[("orders", vec![good()])]))).await;
    while stage.broker.received(ApiKey::Produce).is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stage.stop.cancel();
    let (_, answer) = producing.answer::<ProduceResponse>(9).await;
    assert_eq!(codes(&answer)[0].2, 0);
    assert_eq!(producing.frame().await, None);
    tokio::time::timeout(Duration::from_secs(1), stage.proxy.drained()).await.unwrap();
}

#[tokio::test]
async fn a_long_poll_does_not_keep_the_proxy_from_stopping() {
    let stage = Stage::set_with(vec![], |settings| settings.drain = Duration::from_secs(60)).await;
    *stage.broker.delay.lock() = Some((ApiKey::Fetch, Duration::from_secs(60)));
    let mut polling = stage.client().await;
    polling.send(&request(ApiKey::Fetch, 12, 1, &FetchRequest::default())).await;
    while stage.broker.received(ApiKey::Fetch).is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let began = Instant::now();
    stage.stop.cancel();
    assert_eq!(polling.frame().await, None);
    stage.proxy.drained().await;
    assert!(began.elapsed() < Duration::from_secs(5));
}
