//! Who listens to what the server exports? A collector of OTLP over HTTP, just large enough to read it.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// A listening collector.
pub struct Collector {
    url: String,
    received: watch::Receiver<Received>,
}

/// All that has arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub spans: Vec<Span>,
    /// Names of metrics, as often as they came.
    pub metrics: Vec<String>,
    /// The `service.name` of each resource.
    pub services: Vec<String>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, received) = watch::channel(Received::default());
        let sender = Arc::new(sender);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&sender)));
            }
        });
        Self { url, received }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until what has arrived is enough.
    pub async fn wait_for(&mut self, is_enough: impl Fn(&Received) -> bool) -> Received {
        let waiting = timeout(Duration::from_secs(20), self.received.wait_for(|received| is_enough(received))).await;
        let received = waiting.map(|arrived| arrived.expect("the collector listens").clone());
        received.unwrap_or_else(|_| panic!("not enough has arrived: {:#?}", *self.received.borrow()))
    }
}

async fn serve(stream: TcpStream, received: Arc<watch::Sender<Received>>) {
    let mut stream = BufReader::new(stream);
    while let Some((path, body)) = read_request(&mut stream).await {
        received.send_modify(|received| received.add(&path, &body));
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Path and body of the next request; `None` when the connection ends.
async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((path, body))
}

impl Received {
    fn add(&mut self, path: &str, body: &[u8]) {
        match path {
            "/v1/traces" => self.add_spans(ExportTraceServiceRequest::decode(body).expect("traces")),
            "/v1/metrics" => self.add_metrics(ExportMetricsServiceRequest::decode(body).expect("metrics")),
            other => panic!("nothing is expected at {other}"),
        }
    }

    fn add_spans(&mut self, request: ExportTraceServiceRequest) {
        for resource in request.resource_spans {
            let attributes = resource.resource.into_iter().flat_map(|resource| resource.attributes);
            let names = attributes.filter(|attribute| attribute.key == "service.name");
            self.services.extend(names.filter_map(|attribute| text(attribute.value?)));
            self.spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }

    fn add_metrics(&mut self, request: ExportMetricsServiceRequest) {
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        self.metrics.extend(scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name));
    }
}

/// The text of an attribute of a span, if it has it and it is one.
pub fn attribute(span: &Span, key: &str) -> Option<String> {
    span.attributes.iter().find(|attribute| attribute.key == key).and_then(|attribute| text(attribute.value.clone()?))
}

fn text(value: opentelemetry_proto::tonic::common::v1::AnyValue) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    match value.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}
