//! How is the server seen from outside? Logs, traces and metrics, set up once and flushed at the end.
//!
//! One set of meters feeds both OTLP and `/metrics`, under the same names. Traces and metrics leave over OTLP/HTTP when
//! the standard `OTEL_*` variables ask for it; without them nothing is exported and request spans cost nothing.

use std::env;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, ParseError, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry};

use crate::config::{LogFormat, TelemetryConfig};

/// What keeps telemetry running. Dropping it loses what was not flushed: call [`Telemetry::shut_down`].
pub struct Telemetry {
    meters: SdkMeterProvider,
    tracer: Option<SdkTracerProvider>,
    prometheus: prometheus::Registry,
}

/// Why telemetry can't start. All of these are mistakes in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("telemetry.log: {0}")]
    Filter(#[from] ParseError),
    #[error("OpenTelemetry export as asked for by the OTEL_* variables is not possible: {0}")]
    Exporter(#[from] ExporterBuildError),
    #[error("metrics can't be set up: {0}")]
    Metrics(#[from] opentelemetry_sdk::error::OTelSdkError),
    #[error("logging is set up already: {0}")]
    Twice(#[from] TryInitError),
}

impl Telemetry {
    /// Sets up logs, meters and traces for the process. Call before any part of the product makes an instrument, and
    /// outside the async runtime: the exporters bring threads of their own.
    pub fn start(config: &TelemetryConfig) -> Result<Self, TelemetryError> {
        let filter = EnvFilter::try_new(&config.log)?;
        let resource = resource();
        let prometheus = prometheus::Registry::new();
        let meters = meters(&resource, &prometheus)?;
        global::set_meter_provider(meters.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());

        let tracer = is_exported(Signal::Traces).then(|| tracer(&resource)).transpose()?;
        let spans = tracer.as_ref().map(|provider| {
            let tracer = provider.tracer("tidegate");
            tracing_opentelemetry::layer().with_tracer(tracer).with_filter(filter_fn(is_traced))
        });
        Registry::default().with(spans).with(log_layer(config.log_format, filter)).try_init()?;
        std::panic::set_hook(Box::new(log_panic));
        Ok(Self { meters, tracer, prometheus })
    }

    /// What `/metrics` prints.
    pub fn prometheus(&self) -> prometheus::Registry {
        self.prometheus.clone()
    }

    /// Sends what has gathered. Blocks for at most `deadline` per signal; call outside the async runtime.
    pub fn shut_down(self, deadline: Duration) {
        if let Some(Err(error)) = self.tracer.map(|tracer| tracer.shutdown_with_timeout(deadline)) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
        if let Err(error) = self.meters.shutdown_with_timeout(deadline) {
            tracing::warn!(%error, "the last metrics could not be sent");
        }
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Traces,
    Metrics,
}

/// Whether the standard variables ask for OTLP export of this signal.
fn is_exported(signal: Signal) -> bool {
    let (endpoint, exporter) = match signal {
        Signal::Traces => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"),
        Signal::Metrics => ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_METRICS_EXPORTER"),
    };
    let set = |name: &str| env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let off = |name: &str, word: &str| env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case(word));
    (set("OTEL_EXPORTER_OTLP_ENDPOINT") || set(endpoint)) && !off("OTEL_SDK_DISABLED", "true") && !off(exporter, "none")
}

fn resource() -> Resource {
    let mut builder = Resource::builder();
    let named = env::var("OTEL_SERVICE_NAME").is_ok()
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|attributes| attributes.contains("service.name="));
    if !named {
        builder = builder.with_service_name("tidegate-server");
    }
    builder.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

fn meters(resource: &Resource, registry: &prometheus::Registry) -> Result<SdkMeterProvider, TelemetryError> {
    // Our instruments carry unit and `_total` in their names, so that the name is the same wherever it is read.
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .without_units()
        .without_counter_suffixes()
        .build()?;
    let mut meters = SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(prometheus);
    if is_exported(Signal::Metrics) {
        meters = meters.with_periodic_exporter(MetricExporter::builder().with_http().build()?);
    }
    Ok(meters.build())
}

fn tracer(resource: &Resource) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    global::set_tracer_provider(provider.clone());
    Ok(provider)
}

/// Our own spans at any level, our own events from INFO on. Spans are declared at DEBUG: they exist for traces, and
/// without an exporter nobody pays for them.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("tidegate") && (metadata.is_span() || *metadata.level() <= Level::INFO)
}

/// A panic is a defect; it is logged like everything else. Its message stays out, since it may quote what was handled.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(code.location = place, "a defect: this should never happen, please report it");
}

fn log_layer<S>(format: LogFormat, filter: EnvFilter) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> + Send + Sync,
{
    use std::io::{IsTerminal, stderr};
    match format {
        LogFormat::Human => tracing_subscriber::fmt::layer()
            .with_writer(stderr)
            .with_ansi(stderr().is_terminal())
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .with_writer(stderr)
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_filter(filter)
            .boxed(),
    }
}
