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
    /// docs/kafka-protocol.md
    KafkaProtocol,
    /// Methods and paths, one a line.
    Routes,
}

pub fn text(topic: Topic) -> String {
    match topic {
        Topic::Configuration => config::reference(),
        Topic::Errors => errors(),
        Topic::Metrics => metrics(),
        Topic::KafkaProtocol => kafka_protocol(),
        Topic::Routes => routes(),
    }
}

fn errors() -> String {
    let mut text = String::from(
        "# Error codes\n\n\
         Every answer that is not a success has the body `{\"error_code\": <number>, \"message\": \"<text>\"}`, on every path;\n\
         only what is no request that could be read (400), or whose address (414) or headers (431) are too long, is answered\n\
         without a body. Act on the number; messages may change. Numbers with five digits are the HTTP status times 100 plus a running\n\
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

fn kafka_protocol() -> String {
    let mut text = String::from(
        "# Kafka's protocol through the proxy\n\n\
         The proxy knows the messages of Apache Kafka 4.3. What a broker and this table both have is advertised to clients,\n\
         up to the lower of the two versions; anything else can't be negotiated, and ends the connection if it comes all the\n\
         same. Traffic between brokers and controllers is not in the table.\n\n\
         * **Addresses.** Every broker is reached through a port of the proxy that follows from its id (settings\n  \
         `proxy.broker_ports` and `proxy.first_broker_id`). Ids stay what they are, so leaders, coordinators and endpoints\n  \
         of new leaders (KIP-951) name the same broker in every answer. No answer tells a real address, with one exception:\n  \
         `DescribeConfigs` shows a broker's `advertised.listeners` to those whom the broker lets read its settings.\n\
         * **Topics by id.** `Produce` 13 names topics by id. Names are learnt from answers about metadata; an id that none\n  \
         has told yet is asked for on the client's own connection to the broker. What nobody knows is answered with\n  \
         `UNKNOWN_TOPIC_ID`, upon which clients ask for metadata again.\n\
         * **Groups** of the classic protocol, of KIP-848, share groups (KIP-932) and streams groups (KIP-1071) pass, as do\n  \
         transactions of both kinds (KIP-890) and the metrics that clients push to their brokers (KIP-714). The endpoints in\n  \
         streams groups are those of the application, not of brokers, and stay.\n\
         * **Old producers.** `Produce` 0 to 2 is advertised where the broker does, since older librdkafka stops compressing\n  \
         otherwise. Records in these formats are refused on topics that are checked.\n\n\
         | key | message | highest version | besides passing it on |\n|---|---|---|---|\n",
    );
    for (key, name, max, meaning) in tidegate_proxy::versions::rows() {
        let _ = writeln!(text, "| {key} | {name} | {max} | {} |", meaning.unwrap_or_default());
    }
    text
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
