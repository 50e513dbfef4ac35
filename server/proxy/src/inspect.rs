//! What becomes of a produce request? Every partition is judged by its topic's policy, counted, and let through or not.

use std::sync::Arc;
use std::time::Instant;

use ahash::{HashMap, HashMapExt};
use opentelemetry::KeyValue;
use opentelemetry::propagation::Extractor;
use tidegate_lineage::Identity;
use tokio::time;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::batch;
use crate::bench::Bench;
use crate::dead_letter::{self, Origin};
use crate::error::{Malformed, SessionError, Side};
use crate::judge::{Judge, Verdict};
use crate::ledger::{Outlets, Who, now};
use crate::offences;
use crate::policy::{Mode, PolicyTable, Producer, ReadyPolicy};
use crate::produce::{Request, Ruling};
use crate::proxy::Shared;
use crate::reject::{NONE, NOT_ENOUGH_REPLICAS, Refusal};
use crate::schemas::Moment;
use crate::sentence::{Course, Dock};
use crate::versions::{PRODUCE_BY_ID, PRODUCE_V2_BATCHES, UNSUPPORTED_VERSION};

mod counting;

/// Tells clients to ask for metadata again.
const UNKNOWN_TOPIC_ID: i16 = 100;

/// Topics remembered per connection.
const MOST_TOPICS: usize = 1_024;

/// How often one batch is judged again because it named more schemas that had to be asked for.
const MOST_ROUNDS: usize = 8;

/// Batches of this size give other connections a turn before the next one.
const LARGE: usize = 1 << 20;

/// Looks into the produce requests of one connection.
pub(crate) struct Inspector<'s> {
    shared: &'s Arc<Shared>,
    judge: Judge,
    topics: HashMap<Arc<str>, Topic>,
    /// The policies that the topics were made by.
    policies: Arc<PolicyTable>,
    pub(crate) request: Request,
    /// What becomes of each partition, in the order of the request. Empty if all of them pass.
    pub(crate) rulings: Vec<Ruling>,
}

/// A topic that this connection produces to.
struct Topic {
    name: Arc<str>,
    /// `None` if nothing is asked of it.
    bench: Option<Bench>,
    outlets: Outlets,
    label: KeyValue,
}

/// What all partitions of a request share.
struct Sitting<'a> {
    shared: &'a Arc<Shared>,
    identity: Arc<Identity>,
    span: Span,
    version: i16,
    moment: Moment,
    now: i64,
    deadline: Option<time::Instant>,
}

impl<'s> Inspector<'s> {
    pub(crate) fn new(shared: &'s Arc<Shared>) -> Self {
        Self {
            shared,
            judge: Judge::noting(shared.traces.sample()),
            topics: HashMap::new(),
            policies: shared.policies.load_full(),
            request: Request::default(),
            rulings: Vec::new(),
        }
    }

    /// Takes a request apart; `bytes` are the frame without its length.
    pub(crate) fn read(&mut self, bytes: &[u8], version: i16) -> Result<(), SessionError> {
        self.request.read(bytes, version).map_err(SessionError::malformed(Side::Client, "a Produce request"))
    }

    /// Topics that are named by ids which nobody has told yet.
    pub(crate) fn unknown_topics(&self, bytes: &[u8]) -> Vec<[u8; 16]> {
        self.request.topic_ids(bytes).filter(|id| self.shared.topic_names.name(id).is_none()).collect()
    }

    /// Judges the request that was read last. What becomes of it is in [`Self::rulings`].
    pub(crate) async fn inspect(&mut self, bytes: &[u8], version: i16, who: &Who) -> Result<(), SessionError> {
        let malformed = SessionError::malformed(Side::Client, "a Produce request");
        self.rulings.clear();
        self.move_to_policies();
        if self.topics.len() >= MOST_TOPICS {
            self.topics.clear();
        }
        let mut sitting = self.sitting(version, who);
        let began = Instant::now();
        let mut is_checked = false;
        let transaction = self.request.transactional_id(bytes);
        for asked in &self.request.topics {
            let name = bytes.get(asked.name.clone()).unwrap_or_default();
            let by_id;
            let name = if version < PRODUCE_BY_ID {
                std::str::from_utf8(name).map_err(|_| malformed(Malformed::Text))?
            } else {
                by_id = name.try_into().ok().and_then(|id| self.shared.topic_names.name(id));
                let Some(name) = by_id.as_deref() else {
                    // Nor does the broker know it, which was asked. Which policy counts can't be said.
                    self.rulings.resize(self.request.partitions.len(), Ruling::Pass);
                    for place in self.rulings.get_mut(asked.partitions.clone()).unwrap_or_default() {
                        *place = Ruling::Answer(Refusal::bare(UNKNOWN_TOPIC_ID, "the topic's id is not known"));
                    }
                    continue;
                };
                name
            };
            if !self.topics.contains_key(name) {
                let topic = Topic::new(self.shared, &self.policies, name);
                self.topics.insert(Arc::clone(&topic.name), topic);
            }
            let Some(topic) = self.topics.get_mut(name) else { continue };
            self.judge.unavailable.clear();
            for at in asked.partitions.clone() {
                let Some(partition) = self.request.partitions.get(at) else { continue };
                let records = partition.records.clone().and_then(|range| bytes.get(range)).unwrap_or_default();
                if records.is_empty() {
                    continue;
                }
                let Some(bench) = &mut topic.bench else {
                    sitting.count_unchecked(topic, records);
                    continue;
                };
                let is_first = !std::mem::replace(&mut is_checked, true);
                let ruling = if version < PRODUCE_V2_BATCHES {
                    sitting.too_old(topic, partition.index)
                } else {
                    bench.redrives = bench.policy.may_redrive(&sitting.identity.principal);
                    let verdict = sitting.decide(&mut self.judge, bench, records).await;
                    if is_first && let Some(parent) = &self.judge.traceparent {
                        adopt(&sitting.span, parent);
                    }
                    let ruling = sitting.settle(&mut self.judge, topic, partition.index, records, &verdict).await;
                    sitting.follow(&self.judge, topic, &ruling);
                    ruling
                };
                if ruling != Ruling::Pass {
                    self.rulings.resize(self.request.partitions.len(), Ruling::Pass);
                    if let Some(place) = self.rulings.get_mut(at) {
                        *place = ruling;
                    }
                }
                if records.len() >= LARGE {
                    tokio::task::yield_now().await;
                }
            }
            let goes_on = |at: usize| !self.rulings.get(at).is_some_and(Ruling::is_answered);
            if let Some(id) = transaction
                && asked.partitions.clone().any(goes_on)
            {
                self.shared.transactions.wrote(&sitting.identity, id, &topic.name);
            }
        }
        if is_checked {
            self.shared.metrics.judge_seconds.record(began.elapsed().as_secs_f64(), &[]);
        }
        let refused = self.rulings.iter().filter(|ruling| ruling.is_answered()).count();
        sitting.span.record("partitions.refused", refused);
        Ok(())
    }

    /// Forgets what was known of topics when the policies have changed since.
    fn move_to_policies(&mut self) {
        let current = self.shared.policies.load();
        if !Arc::ptr_eq(&self.policies, &current) {
            self.policies = Arc::clone(&current);
            self.topics.clear();
        }
    }

    fn sitting(&self, version: i16, who: &Who) -> Sitting<'s> {
        let identity = who.get();
        let span = tracing::debug_span!(
            "produce",
            otel.kind = "server",
            client.id = &*identity.client_id,
            api.version = version,
            partitions = self.request.partitions.len(),
            partitions.refused = tracing::field::Empty,
        );
        let moment = self.shared.schemas.now();
        Sitting { shared: self.shared, identity, span, version, moment, now: now(), deadline: None }
    }
}

impl Topic {
    fn new(shared: &Shared, policies: &PolicyTable, name: &str) -> Self {
        let name: Arc<str> = name.into();
        let asked = policies.asked_of(&name).filter(|_| !dead_letter::is_for_letters(policies, &name));
        let bench = asked.map(|policy| Bench::new(Arc::clone(policy), Arc::clone(&name)));
        let outlets = Outlets::new(&shared.cluster, &name);
        let label = KeyValue::new("topic", Arc::clone(&name));
        Self { name, bench, outlets, label }
    }
}

impl Sitting<'_> {
    /// Judges a batch, asking the registry for schemas that nobody has met yet.
    async fn decide(&mut self, judge: &mut Judge, bench: &mut Bench, records: &[u8]) -> Verdict {
        let shared = self.shared;
        let mut verdict = judge.judge(bench, &shared.schemas, self.moment, records, shared.settings.max_batch);
        for _ in 0..MOST_ROUNDS {
            if judge.unasked.is_empty() {
                break;
            }
            let deadline = *self.deadline.get_or_insert_with(|| shared.schemas.deadline());
            let keys = std::mem::take(&mut judge.unasked);
            let unavailable = shared.schemas.ask(&bench.policy.context, &keys, deadline).await;
            let answered = keys.len().saturating_sub(unavailable.len());
            for (result, count) in [("answered", answered), ("unavailable", unavailable.len())] {
                shared.metrics.lookups.add(count as u64, &[KeyValue::new("result", result)]);
            }
            judge.unavailable.extend(unavailable);
            verdict = judge.judge(bench, &shared.schemas, self.moment, records, shared.settings.max_batch);
        }
        verdict
    }

    /// Decides by the policy, does what was decided, and counts and tells it.
    async fn settle(
        &self,
        judge: &mut Judge,
        topic: &mut Topic,
        partition: i32,
        records: &[u8],
        verdict: &Verdict,
    ) -> Ruling {
        let Some(bench) = &mut topic.bench else { return Ruling::Pass };
        let policy = Arc::clone(&bench.policy);
        let wanted = Course::of(verdict, &policy);
        let acts = self.acts(&policy, &topic.name, partition);
        self.count_actions(&topic.label, verdict, acts);
        let course = if acts { wanted } else { Course::Pass };
        let origin = Origin { topic: &topic.name, partition, identity: &self.identity, policy: &policy, now: self.now };
        let (shared, moment) = (&**self.shared, self.moment);
        let mut dock = Dock { shared, judge: &mut *judge, bench, moment, origin, records };
        let ruling = match course {
            Course::Pass => Ruling::Pass,
            Course::Refuse(refusal) => Ruling::Answer(refusal),
            Course::RefuseAndLetter(refusal) => {
                dock.post_letters();
                Ruling::Answer(refusal)
            }
            Course::Rewrite => dock.rewrite().await,
        };
        match verdict {
            Verdict::Unfit(fault) => {
                let (count, _) = batch::peek(records).unwrap_or((1, 0));
                offences::tell_unfit(&dock, fault, count.into(), acts);
            }
            _ => offences::tell(&mut dock, &ruling, acts),
        }
        self.count_rules(judge, &topic.label, acts);
        self.count(judge, topic, &policy, records, (verdict, &ruling));
        self.tell(topic, partition, verdict, &ruling);
        ruling
    }

    /// Notes which traces went on with the batch.
    fn follow(&self, judge: &Judge, topic: &Topic, ruling: &Ruling) {
        if judge.traces.is_empty() || ruling.is_answered() {
            return;
        }
        let is_changed = *ruling != Ruling::Pass;
        let gone_on = judge.traces.iter().filter(|it| !(is_changed && it.is_doubtful)).map(|it| it.trace);
        self.shared.traces.wrote(&self.identity, topic.outlets.topic(), gone_on, (&self.shared.recorder, self.now));
    }

    /// Whether what is bad in this producer's batches is acted upon, or only counted.
    fn acts(&self, policy: &ReadyPolicy, topic: &str, partition: i32) -> bool {
        let producer = Producer { principal: &self.identity.principal, client_id: &self.identity.client_id };
        policy.mode_for(producer, topic, partition) == Mode::Enforce
    }

    /// Message formats 0 and 1 are not read here; what is asked of the topic could not be checked.
    fn too_old(&self, topic: &Topic, partition: i32) -> Ruling {
        let acts = topic.bench.as_ref().is_some_and(|bench| self.acts(&bench.policy, &topic.name, partition));
        if !acts {
            return Ruling::Pass;
        }
        self.shared.metrics.rejected.add(1, &[topic.label.clone(), KeyValue::new("reason", "version")]);
        let message = format!("Produce version {} is too old for a checked topic", self.version);
        Ruling::Answer(Refusal::bare(UNSUPPORTED_VERSION, message))
    }

    /// Metrics and a log line, if there is something to tell.
    fn tell(&self, topic: &Topic, partition: i32, verdict: &Verdict, ruling: &Ruling) {
        let metrics = &self.shared.metrics;
        if let Verdict::Undecidable(_) = verdict {
            let action = if ruling.is_answered() { "refused" } else { "passed" };
            metrics.undecidable.add(1, &[topic.label.clone(), KeyValue::new("action", action)]);
        }
        let Ruling::Answer(refusal) = ruling else { return };
        if refusal.code == NONE {
            return;
        }
        let reason = if refusal.code == NOT_ENOUGH_REPLICAS { "undecided" } else { "invalid" };
        metrics.rejected.add(1, &[topic.label.clone(), KeyValue::new("reason", reason)]);
        if let Some(unsaid) = self.shared.quiet_refusals.may_speak() {
            let _entered = self.span.enter();
            tracing::warn!(
                client.id = &*self.identity.client_id,
                client.principal = &*self.identity.principal,
                client.address = &*self.identity.address,
                topic.name = &*topic.name,
                partition,
                error.code = refusal.code,
                reason = refusal.message,
                unsaid,
                "batch refused"
            );
        }
    }
}

/// The trace context that a record carries.
struct Carrier<'a>(&'a str);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// Makes the span a child of the producer's. Without a trace exporter there is nothing to be a child of.
fn adopt(span: &Span, traceparent: &str) {
    if span.is_disabled() {
        return;
    }
    let parent = opentelemetry::global::get_text_map_propagator(|propagator| propagator.extract(&Carrier(traceparent)));
    let _ = span.set_parent(parent);
}

#[cfg(test)]
mod tests;
