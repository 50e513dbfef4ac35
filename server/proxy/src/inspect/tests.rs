//! What is refused, what is counted, and under whose trace?

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use parking_lot::Mutex;
use tidegate_lineage::{Edge, Identity, TopicRef};
use tracing_subscriber::layer::SubscriberExt;

use crate::codec::Codec;
use crate::testing::cluster::Stage;
use crate::testing::{Rec, batch, broken, order, policy, value};
use crate::traces::TraceId;

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().extend(spans);
        Ok(())
    }
}

/// Sends one request with a batch of these records.
async fn produce(stage: &Stage, records: &[Rec]) {
    let data = PartitionProduceData::default().with_records(Some(Bytes::from(batch(Codec::Zstd, records))));
    let topic = TopicProduceData::default()
        .with_name(TopicName(StrBytes::from_static_str("orders")))
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(1).with_topic_data(vec![topic]);
    let mut client = stage.client().await;
    let _: ProduceResponse = client.ask(ApiKey::Produce, 9, &request).await;
}

#[tokio::test]
async fn traces_tie_topics_by_those_who_read_one_and_write_the_other() {
    let stage = Stage::set(vec![policy("*")]).await;
    stage.proxy.shared.traces.reads(
        &Identity { client_id: "shop".into(), ..Identity::default() },
        "carts",
        Some("checkout"),
    );
    let carts = TopicRef { cluster: "main".into(), topic: "carts".into() };
    let kiosk = Arc::new(Identity { client_id: "kiosk".into(), ..Identity::default() });
    let trace = |number: u8| format!("00-0af7651916cd43dd8448eb211c8031{number:02x}-b7ad6b7169203331-01").into_bytes();
    let ids = (1..=3).map(|number| TraceId::parse(&trace(number)).unwrap());
    stage.proxy.shared.traces.wrote(&kiosk, &carts, ids, (&stage.recorder, 1));
    let traced = |number, bytes: Vec<u8>| Rec { headers: vec![("traceparent", Some(trace(number)))], ..value(bytes) };
    let told = |stage: &Stage| {
        let seen = stage.recorder.drain().into_iter();
        seen.filter(|seen| matches!(&seen.edge, Edge::Traced { .. })).map(|seen| seen.edge).collect::<Vec<_>>()
    };

    produce(&stage, &[value(order("untraced")), traced(9, order("another"))]).await;
    produce(&stage, &[traced(1, order("good")), traced(1, broken("refused for this one"))]).await;
    assert_eq!(told(&stage), []);
    produce(&stage, &[value(order("untraced")), traced(2, order("not the first"))]).await;
    assert_eq!(told(&stage), [Edge::Traced { from: "carts".into(), group: Some("checkout".into()) }]);
}

#[tokio::test]
async fn a_produce_request_is_a_span_in_the_trace_of_its_first_record() {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tidegate"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let stage = Stage::set(vec![policy("*")]).await;
    let trace = |id: &str| Some(format!("00-0af7651916cd43dd8448eb211c80319c-{id}-01").into_bytes());
    let traced = |id, bytes: Vec<u8>| Rec { headers: vec![("traceparent", trace(id))], ..value(bytes) };
    produce(&stage, &[traced("b7ad6b7169203331", order("a")), value(order("b"))]).await;
    // A refusal is logged within the span, which must not keep it out of the trace.
    produce(&stage, &[traced("b7ad6b7169203332", broken("a"))]).await;
    produce(&stage, &[value(order("untraced"))]).await;

    let spans: Vec<_> = kept.0.lock().iter().filter(|span| span.name == "produce").cloned().collect();
    let parents: Vec<_> = spans.iter().map(|span| span.parent_span_id.to_string()).collect();
    assert_eq!(parents, ["b7ad6b7169203331", "b7ad6b7169203332", "0000000000000000"]);
    for span in &spans[..2] {
        assert_eq!(span.span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    }
    let refused = |span: &SpanData| {
        let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == "partitions.refused");
        attribute.map(|attribute| attribute.value.to_string())
    };
    assert_eq!(spans.iter().map(refused).collect::<Vec<_>>(), ["0", "1", "0"].map(|count| Some(count.to_owned())));
}
