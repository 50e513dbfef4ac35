//! What is counted of a batch that was judged? In lineage by schema, in metrics by verdict, rule and action.

use opentelemetry::KeyValue;
use tidegate_lineage::Tally;

use super::{Sitting, Topic};
use crate::batch;
use crate::complaint::Fate;
use crate::judge::{Judge, Verdict};
use crate::policy::TopicPolicy;
use crate::produce::Ruling;
use crate::proxy::Shared;
use crate::reject::NONE;

/// Good records in a batch that was refused for others, and the like.
#[derive(Debug, Default)]
struct Count {
    valid: u64,
    invalid: u64,
    refused: u64,
    undecided: u64,
    unchecked: u64,
}

impl Sitting<'_> {
    /// Counts the records of a batch: in lineage by schema, in metrics by verdict.
    pub(super) fn count(
        &self,
        judge: &Judge,
        topic: &mut Topic,
        policy: &TopicPolicy,
        records: &[u8],
        (verdict, ruling): (&Verdict, &Ruling),
    ) {
        let mut count = Count::default();
        // A batch of which nothing is left is answered here, and yet it was not refused.
        let is_refused = matches!(ruling, Ruling::Answer(answer) if answer.code != NONE);
        let is_thinned = match (verdict, ruling) {
            (_, Ruling::Answer(_)) => true,
            (Verdict::Bad(bad), Ruling::Replace(_)) => bad.worst == Fate::Remove,
            _ => false,
        };
        for run in judge.runs() {
            let tally = match verdict {
                Verdict::Unfit(_) => continue,
                _ if is_refused => Tally { records: 0, bytes: 0, refused: run.bad },
                _ if is_thinned => Tally {
                    records: run.records.saturating_sub(run.bad),
                    bytes: run.bytes.saturating_sub(run.bad_bytes),
                    refused: run.bad,
                },
                _ => Tally { records: run.records, bytes: run.bytes, refused: run.bad },
            };
            count.add(verdict, is_refused, run.records, run.bad);
            if tally != Tally::default() {
                let schema = (Some(policy), run.schema);
                topic.outlets.count(&self.shared.recorder, &self.identity, schema, tally, self.now);
            }
        }
        if let Verdict::Unfit(_) = verdict {
            self.unfit(topic, policy, records, is_refused, &mut count);
        }
        count.publish(self.shared, topic);
    }

    /// Counts what was done to bad records, or would have been.
    pub(super) fn count_actions(&self, label: &KeyValue, verdict: &Verdict, acts: bool) {
        let Verdict::Bad(bad) = verdict else { return };
        let mode = if acts { "enforced" } else { "shadow" };
        let actions = [(bad.worst.as_str(), bad.total), ("dead_letter", bad.letters)];
        for (action, count) in actions.into_iter().filter(|(_, count)| *count > 0) {
            let labels = [label.clone(), KeyValue::new("action", action), KeyValue::new("mode", mode)];
            self.shared.metrics.actions.add(count.into(), &labels);
        }
    }

    /// A batch that could not be opened counts by what its header says.
    fn unfit(&self, topic: &mut Topic, policy: &TopicPolicy, bytes: &[u8], is_refused: bool, count: &mut Count) {
        let (records, size) = batch::peek(bytes).unwrap_or((1, bytes.len()));
        let records = u64::from(records);
        count.invalid += records;
        let passed = if is_refused { Tally::default() } else { Tally { records, bytes: size as u64, refused: 0 } };
        let tally = Tally { refused: records, ..passed };
        topic.outlets.count(&self.shared.recorder, &self.identity, (Some(policy), None), tally, self.now);
    }

    pub(super) fn count_unchecked(&self, topic: &mut Topic, records: &[u8]) {
        let Some((count, size)) = batch::peek(records) else { return };
        let tally = Tally { records: u64::from(count), bytes: size as u64, refused: 0 };
        topic.outlets.count(&self.shared.recorder, &self.identity, (None, None), tally, self.now);
        Count { unchecked: tally.records, ..Count::default() }.publish(self.shared, topic);
    }

    /// Counts which rules were broken, and which did not run.
    pub(super) fn count_rules(&self, judge: &Judge, label: &KeyValue, acts: bool) {
        let metrics = &self.shared.metrics;
        for group in judge.groups() {
            let rule = self.shared.rule_names.label(group.complaint.rule());
            let action = if acts { group.fate.as_str() } else { "shadow" };
            let labels = [label.clone(), KeyValue::new("rule", rule), KeyValue::new("action", action)];
            metrics.violations.add(group.records, &labels);
        }
        let not_run = judge.not_run();
        for (reason, records) in [("transform", not_run.left), ("not_checkable", not_run.not_checkable)] {
            if records > 0 {
                metrics.rules_not_run.add(records, &[label.clone(), KeyValue::new("reason", reason)]);
            }
        }
    }
}

impl Count {
    fn add(&mut self, verdict: &Verdict, is_refused: bool, records: u64, bad: u64) {
        let good = records.saturating_sub(bad);
        self.invalid += bad;
        match verdict {
            Verdict::Undecidable(_) => self.undecided += good,
            _ if is_refused => self.refused += good,
            _ => self.valid += good,
        }
    }

    fn publish(&self, shared: &Shared, topic: &Topic) {
        let counts = [
            ("valid", self.valid),
            ("invalid", self.invalid),
            ("refused", self.refused),
            ("undecided", self.undecided),
            ("unchecked", self.unchecked),
        ];
        for (verdict, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            shared.metrics.records.add(count, &[topic.label.clone(), KeyValue::new("verdict", verdict)]);
        }
    }
}
