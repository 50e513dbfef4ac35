//! What does docs/ say about settings, error codes and metrics? The same as the code, since it is made from it.

use std::fmt::Write;

use clap::ValueEnum;
use tidegate_api::ErrorCode;

use crate::metrics::Metric;
use crate::{config, http, metrics};

/// A page of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// docs/configuration.md
    Configuration,
    /// docs/errors.md
    Errors,
    /// docs/metrics.md
    Metrics,
    /// Methods and paths, one a line.
    Routes,
}

pub fn text(topic: Topic) -> String {
    match topic {
        Topic::Configuration => config::reference(),
        Topic::Errors => errors(),
        Topic::Metrics => metrics(),
        Topic::Routes => routes(),
    }
}

fn errors() -> String {
    let mut text = String::from(
        "# Error codes\n\n\
         Every answer that is not a success has the body `{\"error_code\": <number>, \"message\": \"<text>\"}`, on every path.\n\
         Act on the number; messages may change. Numbers with five digits are the HTTP status times 100 plus a running\n\
         number; three digits are the status itself. The numbers are those of the Confluent Schema Registry 8.x.\n\n\
         | code | HTTP status | meaning |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let _ = writeln!(text, "| {code} | {} | {} |", code.status(), code.meaning());
    }
    text
}

fn metrics() -> String {
    let mut text = String::from(
        "# Metrics\n\n\
         At `/metrics` in the format of Prometheus, and over OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Names are the\n\
         same in both.\n",
    );
    metric_table(&mut text, "Server", metrics::METRICS);
    metric_table(&mut text, "Registry", tidegate_registry::metrics::METRICS);
    metric_table(&mut text, "Proxy", tidegate_proxy::metrics::METRICS);
    text
}

fn metric_table(text: &mut String, part: &str, metrics: &[Metric]) {
    let _ = write!(text, "\n## {part}\n\n| name | unit | meaning |\n|---|---|---|\n");
    for (name, unit, meaning) in metrics {
        let _ = writeln!(text, "| `{name}` | {unit} | {meaning} |");
    }
}

fn routes() -> String {
    http::routes().into_iter().map(|(method, path)| format!("{method} {path}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_named_by_one_scheme_and_only_once() {
        let text = metrics();
        let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert!(names.len() >= metrics::METRICS.len());
        for name in &names {
            assert!(name.starts_with("tidegate_"), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_error_code_is_on_its_page() {
        let text = errors();
        assert!(text.contains("| 40901 | 409 | The schema is not compatible"), "{text}");
        assert_eq!(
            text.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")).count(),
            ErrorCode::ALL.len()
        );
    }
}
