//! How is lineage gathered and kept?

use std::fmt;
use std::time::Duration;

use super::credential::Credential;
use super::proxy::RegistryUrl;
use super::section::section;
use super::setting::setting_text;

section! {
    /// Who writes and reads what, counted by the proxy.
    pub struct LineageConfig in "lineage" {
        /// How often counts are written to the store (or sent to the remote registry).
        pub flush_interval: Duration = Duration::from_secs(5),
        /// How many edges (client, topic, schema) are counted at once. What does not fit is dropped and counted in
        /// `tidegate_lineage_dropped_total`.
        pub capacity: usize = 100_000,
        /// Of one trace in so many it is looked at which topics its records are written to, so that it shows what comes of
        /// what. `1`: of all. `0`: of none.
        pub trace_sample: usize = 8,
        /// How often the clusters of this process's proxies are asked how far their logs reach and which groups have committed
        /// offsets, so that it is known how much passes no proxy. `0s`: they are not asked.
        pub survey_interval: Duration = Duration::from_secs(60),
        /// Whether all links that are known now are held in memory, about 60 bytes for each beyond the names, so that graphs are
        /// told at once. Without it, and for earlier times, the database is asked for each step of the way.
        pub in_memory: bool = true,
        /// How long declared events (OpenLineage) and runs are kept. What they say about jobs, datasets and the flows between
        /// them stays.
        pub keep_events: Duration = Duration::from_secs(30 * 24 * 3600),
        /// How long it is kept in which hours each client wrote and read, so that the graph can be told as it was.
        pub keep_hours: Duration = Duration::from_secs(30 * 24 * 3600),
        /// The same by days, beyond that.
        pub keep_days: Duration = Duration::from_secs(400 * 24 * 3600),
        /// Where to tell in OpenLineage events what proxies see: the URL before `/api/v1/lineage`, such as
        /// `http://marquez:5000`. Nothing is told unless it is set.
        pub emit_url: Option<RegistryUrl> = None,
        /// The token to show there (`Authorization: Bearer`); `file:PATH` reads it from a file.
        pub emit_token: Option<Credential> = None,
        /// A topic to write the same events in, beside the URL or instead of it. It should exist, unless brokers make topics by
        /// themselves. The server writes there as it writes dead letters (`dead_letters`): to the brokers of the first cluster,
        /// unless others are named there.
        pub emit_topic: Option<TopicName> = None,
        /// How often each application that is at work is told of.
        pub emit_interval: Duration = Duration::from_secs(60),
        /// How many events may wait while they can't be sent. What does not fit is dropped and counted in
        /// `tidegate_lineage_emit_dropped_total`.
        pub emit_capacity: usize = 10_000,
    }
}

/// A topic of Kafka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicName(String);

/// The longest name that Kafka takes for a topic.
const LONGEST_NAME: usize = 249;

impl TopicName {
    pub fn parse(text: &str) -> Result<Self, String> {
        match is_topic(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!("a topic: up to {LONGEST_NAME} letters, digits, `.`, `_` and `-`")),
        }
    }
}

/// Whether Kafka takes it for the name of a topic.
pub fn is_topic(name: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_legal) && !matches!(name, "." | "..")
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

setting_text!(TopicName, TopicName::parse);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_named_as_kafka_names_them() {
        assert_eq!(TopicName::parse("tidegate.lineage-1_a").unwrap().to_string(), "tidegate.lineage-1_a");
        for name in ["", ".", "..", "a b", "a\0b", "\u{e9}", &"x".repeat(250)] {
            assert!(TopicName::parse(name).is_err(), "{name}");
        }
    }
}
