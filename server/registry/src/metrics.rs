//! What does the registry count?

use std::time::Duration;

use opentelemetry::metrics::{Counter, Gauge, Histogram};
use opentelemetry::{KeyValue, global};

/// Name, unit and meaning of each instrument.
pub const METRICS: &[(&str, &str, &str)] = &[
    (
        REGISTRATIONS,
        "{registration}",
        "Registrations by result: new, existing (found as it is), incompatible, refused (all other errors)",
    ),
    (LOOKUPS, "{lookup}", "Schemas asked for, by way: id, guid, version, content"),
    (
        CACHE_MISSES,
        "{miss}",
        "Answers that had to be fetched from the store, by cache: by_id, content, parsed, settings",
    ),
    (BATCH, "{registration}", "Registrations that one commit made real together (histogram)"),
    (
        COMMIT_SECONDS,
        "s",
        "How long registrations took from being decided to being committed, waiting for others included (histogram)",
    ),
    (
        DECLARED,
        "{event}",
        "OpenLineage events by result: taken, refused (no event, or not a whole one), failed (try again)",
    ),
    (GRAPHS, "{graph}", "Graphs of what is known now that were told, by where they were found: memory, database"),
    (
        HELD_LINKS,
        "{link}",
        "Links of lineage that are held in memory; 0 while they are being read, or the database is asked",
    ),
    (HELD_BYTES, "By", "How much memory these take, beyond the names"),
];

const REGISTRATIONS: &str = "tidegate_registry_registrations_total";
const LOOKUPS: &str = "tidegate_registry_lookups_total";
const CACHE_MISSES: &str = "tidegate_registry_cache_misses_total";
const BATCH: &str = "tidegate_registry_commit_registrations";
const COMMIT_SECONDS: &str = "tidegate_registry_commit_seconds";
const DECLARED: &str = "tidegate_lineage_declared_events_total";
const GRAPHS: &str = "tidegate_lineage_graphs_total";
const HELD_LINKS: &str = "tidegate_lineage_held_links";
const HELD_BYTES: &str = "tidegate_lineage_held_bytes";

#[derive(Debug)]
pub(crate) struct Metrics {
    registrations: Counter<u64>,
    lookups: Counter<u64>,
    cache_misses: Counter<u64>,
    batch: Histogram<u64>,
    commit_seconds: Histogram<f64>,
    declared: Counter<u64>,
    graphs: Counter<u64>,
    held_links: Gauge<u64>,
    held_bytes: Gauge<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = global::meter("tidegate-registry");
        let (unit, meaning) = described(BATCH);
        let sizes = vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
        let batch = meter.u64_histogram(BATCH).with_unit(unit).with_description(meaning).with_boundaries(sizes).build();
        let (unit, meaning) = described(COMMIT_SECONDS);
        let commit_seconds = meter
            .f64_histogram(COMMIT_SECONDS)
            .with_unit(unit)
            .with_description(meaning)
            .with_boundaries(vec![3e-4, 1e-3, 2e-3, 4e-3, 8e-3, 0.016, 0.03, 0.1, 0.3, 1.0, 3.0])
            .build();
        Self {
            registrations: counter(REGISTRATIONS),
            lookups: counter(LOOKUPS),
            cache_misses: counter(CACHE_MISSES),
            batch,
            commit_seconds,
            declared: counter(DECLARED),
            graphs: counter(GRAPHS),
            held_links: gauge(HELD_LINKS),
            held_bytes: gauge(HELD_BYTES),
        }
    }

    pub(crate) fn registration(&self, result: &'static str) {
        self.registrations.add(1, &[KeyValue::new("result", result)]);
    }

    pub(crate) fn lookup(&self, way: &'static str) {
        self.lookups.add(1, &[KeyValue::new("way", way)]);
    }

    pub(crate) fn cache_miss(&self, cache: &'static str) {
        self.cache_misses.add(1, &[KeyValue::new("cache", cache)]);
    }

    pub(crate) fn declared(&self, result: &'static str) {
        self.declared.add(1, &[KeyValue::new("result", result)]);
    }

    pub(crate) fn graph(&self, found: &'static str) {
        self.graphs.add(1, &[KeyValue::new("found", found)]);
    }

    /// How much of lineage is held in memory.
    pub(crate) fn held(&self, links: usize, bytes: usize) {
        self.held_links.record(links as u64, &[]);
        self.held_bytes.record(bytes as u64, &[]);
    }

    /// A commit that made so many registrations real, and how long each of those that were in it had waited.
    pub(crate) fn committed(&self, stored: usize, waited: impl Iterator<Item = Duration>) {
        self.batch.record(stored as u64, &[]);
        waited.for_each(|waited| self.commit_seconds.record(waited.as_secs_f64(), &[]));
    }
}

/// Unit and meaning of an instrument.
fn described(name: &'static str) -> (&'static str, &'static str) {
    METRICS.iter().find(|(known, ..)| *known == name).map_or(("", ""), |(_, unit, meaning)| (*unit, *meaning))
}

fn counter(name: &'static str) -> Counter<u64> {
    let (unit, meaning) = described(name);
    global::meter("tidegate-registry").u64_counter(name).with_unit(unit).with_description(meaning).build()
}

fn gauge(name: &'static str) -> Gauge<u64> {
    let (unit, meaning) = described(name);
    global::meter("tidegate-registry").u64_gauge(name).with_unit(unit).with_description(meaning).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_is_documented_once() {
        let all =
            [REGISTRATIONS, LOOKUPS, CACHE_MISSES, BATCH, COMMIT_SECONDS, DECLARED, GRAPHS, HELD_LINKS, HELD_BYTES];
        for name in all {
            assert_eq!(METRICS.iter().filter(|(known, ..)| *known == name).count(), 1, "{name}");
        }
        assert!(METRICS.iter().all(|(_, unit, meaning)| !unit.is_empty() && !meaning.is_empty()));
    }
}
