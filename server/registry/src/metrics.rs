//! What does the registry count?

use opentelemetry::metrics::Counter;
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
];

const REGISTRATIONS: &str = "tidegate_registry_registrations_total";
const LOOKUPS: &str = "tidegate_registry_lookups_total";
const CACHE_MISSES: &str = "tidegate_registry_cache_misses_total";

#[derive(Debug)]
pub(crate) struct Metrics {
    registrations: Counter<u64>,
    lookups: Counter<u64>,
    cache_misses: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self { registrations: counter(REGISTRATIONS), lookups: counter(LOOKUPS), cache_misses: counter(CACHE_MISSES) }
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
}

fn counter(name: &'static str) -> Counter<u64> {
    let (unit, meaning) =
        METRICS.iter().find(|(known, ..)| *known == name).map_or(("", ""), |(_, unit, meaning)| (*unit, *meaning));
    global::meter("tidegate-registry").u64_counter(name).with_unit(unit).with_description(meaning).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_is_documented_once() {
        for name in [REGISTRATIONS, LOOKUPS, CACHE_MISSES] {
            assert_eq!(METRICS.iter().filter(|(known, ..)| *known == name).count(), 1, "{name}");
        }
        assert!(METRICS.iter().all(|(_, unit, meaning)| !unit.is_empty() && !meaning.is_empty()));
    }
}
