//! What is logged, and how? Where traces and metrics go is said by the standard `OTEL_*` variables.

use super::section::section;
use super::setting::setting_words;

section! {
    /// Logs. Traces and metrics are sent over OTLP/HTTP when `OTEL_EXPORTER_OTLP_ENDPOINT` (or its `_TRACES_` or
    /// `_METRICS_` form) is set; the other `OTEL_*` variables work too. Prometheus metrics are always at `/metrics`.
    pub struct TelemetryConfig in "telemetry" {
        /// What to log, as in `info`, `debug` or `info,tidegate_proxy=debug`.
        pub log: String = "info".to_owned(),
        /// `human` or `json`.
        pub log_format: LogFormat = LogFormat::Human,
    }
}

setting_words! {
    /// For people or for machines.
    pub enum LogFormat {
        Human = "human",
        Json = "json",
    }
}
