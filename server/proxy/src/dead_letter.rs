//! What is kept of a record that does not reach its topic? A letter with all that it held, and why.

use std::borrow::Cow;
use std::sync::Arc;

use tidegate_lineage::Identity;

use crate::batch::{Batch, Record};
use crate::complaint::Complaint;
use crate::policy::{PolicyTable, TopicPolicy};
use crate::schemas::Boxed;

/// What follows a topic's name in that of its dead-letter topic, unless a policy names another.
const SUFFIX: &str = ".dlq";

/// The longest reason in a letter, bytes.
const LONGEST: usize = 1_024;

/// A record for a dead-letter topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The topic that it is for.
    pub topic: Arc<str>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    /// The record's own, in their order, then those that say why. Names may repeat.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// The record's own, milliseconds since 1970 UTC.
    pub timestamp: i64,
}

/// Why letters were not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    #[error("the queue of dead letters is full")]
    Full,
    #[error("a dead letter could not be written: {0}")]
    Failed(String),
}

/// Where dead letters go. Whoever implements it counts what was written and what was lost.
pub trait DeadLetters: Send + Sync + 'static {
    /// Puts a letter into the queue, without waiting for anybody.
    ///
    /// # Errors
    /// There is no room. What can't be written later is lost as well, and told by counters and log only.
    fn post(&self, letter: DeadLetter) -> Result<(), Undelivered>;

    /// Writes letters, and returns once brokers have them all.
    fn deliver(&self, letters: Vec<DeadLetter>) -> Boxed<'_, Result<(), Undelivered>>;
}

/// Whether dead letters go to this topic. Nothing is asked of it: letters are bad records.
pub(crate) fn is_for_letters(policies: &PolicyTable, topic: &str) -> bool {
    let is_default = |origin: &str| policies.asked_of(origin).is_some_and(|policy| policy.dead_letter_topic.is_none());
    topic.strip_suffix(SUFFIX).is_some_and(is_default)
        || policies.policies().any(|policy| policy.dead_letter_topic.as_deref() == Some(topic))
}

/// Where a bad record comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) topic: &'a Arc<str>,
    pub(crate) partition: i32,
    pub(crate) identity: &'a Identity,
    pub(crate) policy: &'a TopicPolicy,
    /// Milliseconds since 1970 UTC.
    pub(crate) now: i64,
}

impl Origin<'_> {
    /// The topic to which a bad record goes. The policy's word counts before that of a contract.
    fn letter_topic(&self, complaint: &Complaint) -> Arc<str> {
        match (&self.policy.dead_letter_topic, complaint.letter_topic()) {
            (None, Some(named)) => Arc::clone(named),
            _ => self.policy.dead_letters_of(self.topic).into(),
        }
    }

    /// The letter for one record of a batch.
    pub(crate) fn letter(
        &self,
        batch: &Batch<'_>,
        index: u32,
        record: &Record<'_>,
        complaint: &Complaint,
    ) -> DeadLetter {
        let own = record.headers.iter().map(|(name, value)| (name_of(name), value.map(<[u8]>::to_vec)));
        let mut headers: Vec<_> = own.collect();
        let mut why = |name: &str, value: String| headers.push((format!("dlq.{name}"), Some(value.into_bytes())));
        why("topic", self.topic.to_string());
        why("partition", self.partition.to_string());
        why("rule", complaint.rule().to_owned());
        why("path", complaint.path().to_owned());
        why("reason", shortened(complaint.reason()));
        if let Some(id) = complaint.schema() {
            why("schema_id", id.to_string());
        }
        why("client", self.identity.client_id.to_string());
        why("principal", self.identity.principal.to_string());
        why("ts", self.now.to_string());
        why("pid", batch.producer.id.to_string());
        why("epoch", batch.producer.epoch.to_string());
        why("seq", batch.producer.first.to_string());
        why("index", index.to_string());
        why("txn", batch.producer.is_transactional.to_string());
        if let Complaint::Rule { part, failure, .. } = complaint {
            // As Confluent's serializers have it, for what sends letters back.
            let subject = format!("{}-{}", self.topic, part.as_str());
            let told: [(&str, &str); 5] = [
                ("name", &failure.rule),
                ("mode", "WRITE"),
                ("subject", &subject),
                ("topic", self.topic),
                ("exception", &failure.reason),
            ];
            let told = told.map(|(name, value)| (format!("__rule.{name}"), Some(value.as_bytes().to_vec())));
            headers.extend(told);
        }
        let delta = record.parts().map_or(0, |parts| parts.timestamp_delta);
        DeadLetter {
            topic: self.letter_topic(complaint),
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers,
            timestamp: batch.base_timestamp.saturating_add(delta),
        }
    }
}

/// Names of headers are text. What is none, or could end one early, is replaced.
fn name_of(name: &[u8]) -> String {
    match String::from_utf8_lossy(name) {
        Cow::Borrowed(name) if !name.contains('\0') => name.to_owned(),
        other => other.replace('\0', "\u{fffd}"),
    }
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::policy::Part;
    use crate::testing::{NO_ID, Rec, batch, order, policy, value};
    use tidegate_compat::SchemaKey;

    fn letter(record: Rec, policy: &TopicPolicy) -> DeadLetter {
        let bytes = batch(Codec::None, &[record]);
        let opened = Batch::open(&bytes).unwrap();
        let record = opened.walk(opened.records).unwrap().next().unwrap().unwrap();
        let identity = Identity { client_id: "shop".into(), principal: "User:alice".into(), ..Identity::default() };
        let origin =
            Origin { topic: &"orders".into(), partition: 3, identity: &identity, policy, now: 1_700_000_000_000 };
        origin.letter(&opened, 0, &record, &Complaint::Absent { part: Part::Value, key: SchemaKey::Id(NO_ID) })
    }

    #[test]
    fn a_letter_holds_the_record_and_why() {
        let headers = vec![("a", Some(b"1".to_vec())), ("a", None)];
        let record = Rec { key: Some(b"k".to_vec()), headers, ..value(order("x")) };
        let letter = letter(record, &policy("*"));
        assert_eq!(
            (&*letter.topic, letter.key.as_deref(), letter.value),
            ("orders.dlq", Some(&b"k"[..]), Some(order("x")))
        );
        let text = |value: &Option<Vec<u8>>| value.as_ref().map(|value| String::from_utf8(value.clone()).unwrap());
        let headers: Vec<_> = letter.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        let expected = [
            ("a", Some("1")),
            ("a", None),
            ("dlq.topic", Some("orders")),
            ("dlq.partition", Some("3")),
            ("dlq.rule", Some("tidegate.registered")),
            ("dlq.path", Some("")),
            ("dlq.reason", Some("value: schema 99 is not registered")),
            ("dlq.schema_id", Some("99")),
            ("dlq.client", Some("shop")),
            ("dlq.principal", Some("User:alice")),
            ("dlq.ts", Some("1700000000000")),
            ("dlq.pid", Some("-1")),
            ("dlq.epoch", Some("-1")),
            ("dlq.seq", Some("-1")),
            ("dlq.index", Some("0")),
            ("dlq.txn", Some("false")),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name, value.map(str::to_owned))));
    }

    #[test]
    fn topics_of_dead_letters_are_known() {
        let named = TopicPolicy { dead_letter_topic: Some("graveyard".to_owned()), ..policy("bills") };
        let policies = PolicyTable::of([named, policy("*")]).unwrap();
        let is_for = |topic: &str| is_for_letters(&policies, topic);
        assert!(is_for("graveyard") && is_for("orders.dlq"));
        assert!(!is_for("orders") && !is_for("bills.dlq"), "bills has another one");
    }

    #[test]
    fn the_topic_is_the_one_that_the_policy_names_and_names_hold_no_nul() {
        let policy = TopicPolicy { dead_letter_topic: Some("graveyard".to_owned()), ..policy("*") };
        let letter = letter(Rec { headers: vec![("a\0b", None)], ..value(order("x")) }, &policy);
        assert_eq!((&*letter.topic, letter.headers[0].0.as_str()), ("graveyard", "a\u{fffd}b"));
    }
}
