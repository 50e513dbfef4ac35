//! Is the server seen from outside? It exports traces and metrics over OTLP, under the caller's trace.

use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use serde_json::json;
use tidegate_tests::load::frames::with_header;
use tidegate_tests::load::sender::Sender;
use tidegate_tests::load::sink::Sink;
use tidegate_tests::otlp::{Collector, attribute};
use tidegate_tests::registry::{Database, Setup};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_registration_is_one_span_of_the_callers_trace() {
    let mut collector = Collector::start().await;
    let registry = Setup::on(Database::Sqlite)
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "100")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "200")
        .start()
        .await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let headers = [("traceparent", traceparent.as_str()), ("x-request-id", "mine")];
    let body = json!({"schema": "\"string\""}).to_string();
    registry.send(Method::POST, "/subjects/orders-value/versions", &headers, Some(body)).await.ok();

    let trace = hex(TRACE);
    let is_request = |span: &Span| span.trace_id == trace && span.name == "POST /subjects/{subject}/versions";
    let received = collector.wait_for(|received| received.spans.iter().any(is_request)).await;
    let spans: Vec<_> = received.spans.iter().filter(|span| is_request(span)).collect();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    let span = spans[0];
    assert_eq!(span.parent_span_id, hex(CALLER));
    assert_eq!(attribute(span, "http.route").as_deref(), Some("/subjects/{subject}/versions"));
    assert_eq!(attribute(span, "http.request.method").as_deref(), Some("POST"));
    assert_eq!(attribute(span, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(span, "http.request.id").as_deref(), Some("mine"));
    assert_eq!(span.kind, 2, "a server's span");
    assert!(received.services.iter().all(|name| name == "tidegate-server"), "{:?}", received.services);

    let expected =
        ["tidegate_http_requests_total", "tidegate_http_request_seconds", "tidegate_registry_registrations_total"];
    collector
        .wait_for(|received| expected.iter().all(|name| received.metrics.iter().any(|metric| metric == name)))
        .await;
}

#[tokio::test]
async fn a_produce_request_joins_the_trace_of_its_first_record() {
    let sink = Sink::start().expect("a broker that stores nothing");
    let mut collector = Collector::start().await;
    let registry = Setup::on(Database::Sqlite)
        .set(&format!("proxy.brokers={}", sink.address))
        .set("proxy.listen=127.0.0.1:0")
        .variable("TIDEGATE_PROXY__POLICIES", "[{topics: orders}]")
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "100")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "200")
        .start()
        .await;
    let id = i32::try_from(registry.register("orders-value", "\"string\"").await).expect("an id");
    let value = [&[0], &id.to_be_bytes()[..], b"\x04hi"].concat();
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let mut frame = [with_header("orders", &value, ("traceparent", &traceparent))];
    let bootstrap = proxy_address(&registry.log());
    let sent = tokio::task::spawn_blocking(move || {
        Sender::connect(bootstrap, "orders")?.pace(&mut frame, Duration::from_millis(1), 1)
    });
    assert_eq!(sent.await.expect("the sender ends").expect("the record is taken").len(), 1);

    let trace = hex(TRACE);
    let is_produce = |span: &Span| span.trace_id == trace && span.parent_span_id == hex(CALLER);
    let received = collector.wait_for(|received| received.spans.iter().any(is_produce)).await;
    let spans: Vec<_> = received.spans.iter().filter(|span| is_produce(span)).collect();
    assert_eq!(spans.len(), 1, "one per request: {spans:#?}");
    assert_eq!(spans[0].name, "produce");
    let expected = ["tidegate_proxy_records_total", "tidegate_proxy_judge_seconds"];
    collector
        .wait_for(|received| expected.iter().all(|name| received.metrics.iter().any(|metric| metric == name)))
        .await;
}

/// Where the log says that the proxy listens.
fn proxy_address(log: &str) -> SocketAddr {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut opened = lines.filter(|line| line["message"] == "the Kafka proxy is open");
    let address = opened.next().and_then(|line| line["address"].as_str()?.parse().ok());
    address.unwrap_or_else(|| panic!("the proxy is not open:\n{log}"))
}

#[tokio::test]
async fn a_trace_of_its_own_begins_where_the_caller_has_none() {
    let mut collector = Collector::start().await;
    let traces = format!("{}/v1/traces", collector.url());
    let registry = Setup::on(Database::Sqlite)
        .variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces)
        .variable("OTEL_SERVICE_NAME", "registry-of-this-test")
        .start()
        .await;
    registry.send(Method::GET, "/subjects", &[("traceparent", "nonsense")], None).await.ok();
    // What has not been sent yet is sent at the end.
    registry.stop().await;
    let received = collector.wait_for(|received| !received.spans.is_empty()).await;
    let span = &received.spans[0];
    assert_eq!((span.name.as_str(), span.parent_span_id.len()), ("GET /subjects", 0));
    assert_eq!(received.services, ["registry-of-this-test"]);
    assert!(received.metrics.is_empty());
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}
