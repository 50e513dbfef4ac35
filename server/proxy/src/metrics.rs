//! Which metrics does the proxy have? Each with its unit and meaning.

use std::sync::Arc;

use ahash::HashSet;
use opentelemetry::metrics::{AsyncInstrument, Counter, Histogram, Meter, UpDownCounter};
use opentelemetry::{KeyValue, global};
use parking_lot::Mutex;

use crate::policy_feed::InForce;

/// A metric: name, unit, meaning. Names say their unit, and labels are named in the meaning.
pub type Metric = (&'static str, &'static str, &'static str);

pub const RECORDS: Metric = (
    "tidegate_proxy_records_total",
    "records",
    "Records that producers sent, by `topic` and `verdict`: `valid`, `invalid`, `refused` (good, but in a batch that was \
     refused for others), `undecided` (the registry could not be asked, or the schema can't be checked), `unchecked`.",
);
pub const REJECTED: Metric = (
    "tidegate_proxy_rejected_total",
    "batches",
    "Record batches that did not reach the broker, by `topic` and `reason`: `invalid`, `undecided`, `version`.",
);
pub const ACTIONS: Metric = (
    "tidegate_proxy_actions_total",
    "records",
    "Bad records by `topic`, `action` and `mode`. Actions: `reject` (with their batch), `flag`, `remove`, `pass` (a rule says \
     so), and besides `dead_letter`. Modes: `enforced`, or `shadow`: it would have been done.",
);
pub const VIOLATIONS: Metric = (
    "tidegate_proxy_violations_total",
    "records",
    "Times that records broke a rule, by `topic`, `rule` and `action`: what was done with the record (`reject`, `flag`, \
     `remove`, `pass`), or `shadow`. Of very many rules the later ones count as `other`.",
);
pub const RULES_NOT_RUN: Metric = (
    "tidegate_proxy_rules_not_run_total",
    "records",
    "Records for which rules of their contract did not run, by `topic` and `reason`: `transform` (the rule changes records, \
     which is left to clients) or `not_checkable`.",
);
pub const DEAD_LETTERS: Metric = (
    "tidegate_proxy_dead_letters_total",
    "records",
    "Records for dead-letter topics, by their `topic` and `result`: `written`; `lost`, for which the log gives the reason.",
);
pub const JUDGE_SECONDS: Metric = (
    "tidegate_proxy_judge_seconds",
    "seconds",
    "How long judging a produce request took, lookups included (histogram). Requests with no checked topic don't count.",
);
pub const LOOKUPS: Metric = (
    "tidegate_proxy_lookups_total",
    "lookups",
    "Times that a produce request waited for the registry to tell a schema, by `result`: `answered`, `unavailable`.",
);
pub const SLOW_SCHEMAS: Metric = (
    "tidegate_proxy_slow_schemas_total",
    "schemas",
    "Schemas met whose payloads are checked in the slower form, because they use a keyword that the one-pass form does not \
     cover. The log says which.",
);
pub const UNDECIDABLE: Metric = (
    "tidegate_proxy_undecidable_total",
    "batches",
    "Record batches that could not be judged, by `topic` and `action`: `refused` or `passed`, as `when_undecidable` says.",
);
pub const CONNECTIONS: Metric = ("tidegate_proxy_connections", "connections", "Client connections open now.");
pub const CONNECTIONS_REFUSED: Metric = (
    "tidegate_proxy_connections_refused_total",
    "connections",
    "Client connections closed at once because `proxy.max_connections` were open.",
);
pub const SESSIONS_FAILED: Metric = (
    "tidegate_proxy_sessions_failed_total",
    "connections",
    "Connections that ended by an error, by the `side` at fault: `client`, `broker` or `proxy`.",
);
pub const BYTES: Metric =
    ("tidegate_proxy_bytes_total", "bytes", "Bytes read from the network, by `from`: `client` or `broker`.");

pub const POLICIES: Metric = (
    "tidegate_proxy_policies",
    "policies",
    "Topic policies in force: those of the registry and those of the configuration.",
);
pub const CONTACT_AGE: Metric = (
    "tidegate_proxy_registry_contact_age_seconds",
    "seconds",
    "How long ago the registry last answered the question whether topic policies have changed, which is asked each second. \
     While it grows, the proxy works with the schemas and policies that it knows.",
);

pub const METRICS: &[Metric] = &[
    RECORDS,
    REJECTED,
    ACTIONS,
    VIOLATIONS,
    RULES_NOT_RUN,
    DEAD_LETTERS,
    JUDGE_SECONDS,
    LOOKUPS,
    SLOW_SCHEMAS,
    UNDECIDABLE,
    CONNECTIONS,
    CONNECTIONS_REFUSED,
    SESSIONS_FAILED,
    BYTES,
    POLICIES,
    CONTACT_AGE,
];

/// The proxy's instruments.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) records: Counter<u64>,
    pub(crate) rejected: Counter<u64>,
    pub(crate) actions: Counter<u64>,
    pub(crate) violations: Counter<u64>,
    pub(crate) rules_not_run: Counter<u64>,
    pub(crate) judge_seconds: Histogram<f64>,
    pub(crate) lookups: Counter<u64>,
    pub(crate) undecidable: Counter<u64>,
    pub(crate) connections: UpDownCounter<i64>,
    pub(crate) connections_refused: Counter<u64>,
    pub(crate) sessions_failed: Counter<u64>,
    bytes: Counter<u64>,
}

/// The one instrument of the schema cache, which is shared by all connections and made before them.
pub(crate) fn slow_schemas() -> Counter<u64> {
    counter(&global::meter("tidegate-proxy"), SLOW_SCHEMAS)
}

/// Gauges over what is in force, read whenever metrics are. They let go of it when the proxy does.
pub(crate) fn observe_policies(in_force: &Arc<InForce>) {
    let meter = global::meter("tidegate-proxy");
    let (name, unit, meaning) = POLICIES;
    let seen = Arc::downgrade(in_force);
    let told = move |observer: &dyn AsyncInstrument<u64>| {
        if let Some(in_force) = seen.upgrade() {
            observer.observe(in_force.load().policies().len() as u64, &[]);
        }
    };
    meter.u64_observable_gauge(name).with_unit(unit).with_description(meaning).with_callback(told).build();
    let (name, unit, meaning) = CONTACT_AGE;
    let seen = Arc::downgrade(in_force);
    let told = move |observer: &dyn AsyncInstrument<f64>| {
        if let Some(in_force) = seen.upgrade() {
            observer.observe(in_force.contact_age().as_secs_f64(), &[]);
        }
    };
    meter.f64_observable_gauge(name).with_unit(unit).with_description(meaning).with_callback(told).build();
}

/// Counts dead letters, for whoever writes them.
pub fn dead_letters() -> Counter<u64> {
    counter(&global::meter("tidegate-proxy"), DEAD_LETTERS)
}

/// Names of rules as labels. Contracts may have any number of them, and labels may not.
#[derive(Debug, Default)]
pub(crate) struct RuleNames(Mutex<HashSet<Arc<str>>>);

/// Rules that have a label of their own.
const MOST_RULES: usize = 200;

impl RuleNames {
    pub(crate) fn label(&self, rule: &str) -> Arc<str> {
        let mut names = self.0.lock();
        if let Some(name) = names.get(rule) {
            return Arc::clone(name);
        }
        if names.len() >= MOST_RULES {
            return "other".into();
        }
        let name: Arc<str> = rule.into();
        names.insert(Arc::clone(&name));
        name
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = global::meter("tidegate-proxy");
        let (name, unit, meaning) = JUDGE_SECONDS;
        let judge_seconds = meter
            .f64_histogram(name)
            .with_unit(unit)
            .with_description(meaning)
            .with_boundaries(vec![1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
            .build();
        let (name, unit, meaning) = CONNECTIONS;
        let connections = meter.i64_up_down_counter(name).with_unit(unit).with_description(meaning).build();
        Self {
            records: counter(&meter, RECORDS),
            rejected: counter(&meter, REJECTED),
            actions: counter(&meter, ACTIONS),
            violations: counter(&meter, VIOLATIONS),
            rules_not_run: counter(&meter, RULES_NOT_RUN),
            judge_seconds,
            lookups: counter(&meter, LOOKUPS),
            undecidable: counter(&meter, UNDECIDABLE),
            connections,
            connections_refused: counter(&meter, CONNECTIONS_REFUSED),
            sessions_failed: counter(&meter, SESSIONS_FAILED),
            bytes: counter(&meter, BYTES),
        }
    }

    /// Counts what is read from one side.
    pub(crate) fn traffic(&self, from: &'static str) -> Traffic {
        Traffic { bytes: self.bytes.clone(), from: [KeyValue::new("from", from)] }
    }
}

fn counter(meter: &Meter, (name, unit, meaning): Metric) -> Counter<u64> {
    meter.u64_counter(name).with_unit(unit).with_description(meaning).build()
}

/// Counts the bytes of one direction.
#[derive(Debug)]
pub(crate) struct Traffic {
    bytes: Counter<u64>,
    from: [KeyValue; 1],
}

impl Traffic {
    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.add(bytes as u64, &self.from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_not_more_labels_than_that() {
        let names = RuleNames::default();
        let labels: HashSet<_> = (0..1_000).map(|rule| names.label(&format!("rule{rule}"))).collect();
        assert_eq!(labels.len(), MOST_RULES + 1);
        assert_eq!((&*names.label("rule0"), &*names.label("rule999")), ("rule0", "other"));
    }

    #[test]
    fn names_say_part_and_unit() {
        for (name, unit, meaning) in METRICS {
            assert!(name.starts_with("tidegate_proxy_"), "{name}");
            assert!(name.ends_with("_total") || name.ends_with(unit), "{name} is in {unit}");
            assert!(meaning.ends_with('.') || meaning.ends_with(')'), "{meaning}");
        }
    }
}
