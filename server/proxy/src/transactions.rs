//! What was read and what was written in one transaction? The requests of a transaction come on several connections, since
//! leaders and coordinators are different brokers; what they have in common is the client and its transactional id.
//!
//! Only a transaction that its producer wants to be committed ties what was read to what was written. One that is aborted,
//! or of which only one side passes this proxy, ties nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::HashMap;
use parking_lot::Mutex;
use tidegate_lineage::recorder::{EdgeKey, Recorder, Tally};
use tidegate_lineage::{Edge, Evidence, Identity, Millis, TopicRef};

use crate::error::Malformed;
use crate::ledger::now;
use crate::wire::Cursor;

/// Transactions that are open at once; what begins beyond that is not told of.
const MOST_OPEN: usize = 10_000;

/// Topics of one transaction, on each side.
const MOST_TOPICS: usize = 1_000;

/// Room is looked for no more often than this.
const SWEEP: Duration = Duration::from_secs(10);

/// The longest that a broker lets a transaction be open, unless `transaction.max.timeout.ms` is changed.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Transactions that have begun, of all connections.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    /// By transactional id, and by who uses it: nobody is told to have done what somebody else did under their id.
    open: HashMap<Box<str>, HashMap<Arc<Identity>, Open>>,
    count: usize,
    /// When those without an end were last looked for: a flood must not have them looked for each time.
    swept: Option<Instant>,
}

#[derive(Debug)]
struct Open {
    /// Groups and topics that they read.
    read: BTreeSet<(Arc<str>, Arc<str>)>,
    written: BTreeSet<Arc<str>>,
    last: Instant,
}

/// `EndTxn`: how the producer wants a transaction to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End<'a> {
    transaction: &'a str,
    commits: bool,
}

pub(crate) fn end(mut cursor: Cursor<'_>, version: i16) -> Result<End<'_>, Malformed> {
    let transaction = cursor.string(version >= 3)?;
    cursor.skip(8 + 2)?; // producer id and epoch
    Ok(End { transaction, commits: cursor.i8()? != 0 })
}

impl Transactions {
    /// A group's progress in a topic is part of the transaction.
    pub(crate) fn read(&self, who: &Arc<Identity>, transaction: &str, group: &str, topic: &str) {
        self.0.lock().with(who, transaction, |open| {
            if !group.is_empty() && open.read.len() < MOST_TOPICS {
                open.read.insert((group.into(), topic.into()));
            }
        });
    }

    /// Records of a topic are part of the transaction.
    pub(crate) fn wrote(&self, who: &Arc<Identity>, transaction: &str, topic: &Arc<str>) {
        self.0.lock().with(who, transaction, |open| {
            if !open.written.contains(topic) && open.written.len() < MOST_TOPICS {
                open.written.insert(Arc::clone(topic));
            }
        });
    }

    /// Records what the end of a transaction tells.
    pub(crate) fn ended(&self, who: &Arc<Identity>, end: End<'_>, (recorder, cluster): (&Recorder, &Arc<str>)) {
        let ended = self.0.lock().take(who, end.transaction);
        let Some(Open { read, written, .. }) = ended.filter(|open| end.commits && !open.written.is_empty()) else {
            return;
        };
        let now: Millis = now();
        let add = |topic: &Arc<str>, edge: Edge| {
            let topic = TopicRef { cluster: Arc::clone(cluster), topic: Arc::clone(topic) };
            recorder.add(&EdgeKey { identity: Arc::clone(who), topic, edge }, Tally::default(), now);
        };
        for (group, topic) in &read {
            let edge = Edge::Consumes { group: Some(Arc::clone(group)), evidence: Evidence::Transactional };
            add(topic, edge);
        }
        let groups: BTreeSet<&Arc<str>> = read.iter().map(|(group, _)| group).collect();
        for group in groups {
            for topic in &written {
                add(topic, Edge::Transacts { group: Arc::clone(group) });
            }
        }
    }
}

impl Table {
    fn with(&mut self, who: &Arc<Identity>, transaction: &str, change: impl FnOnce(&mut Open)) {
        let known = self.open.get_mut(transaction).and_then(|users| users.get_mut(who));
        if let Some(open) = known {
            open.last = Instant::now();
            change(open);
            return;
        }
        if self.count >= MOST_OPEN && self.swept.is_none_or(|last| last.elapsed() >= SWEEP) {
            self.forget_lost();
        }
        if self.count >= MOST_OPEN {
            return;
        }
        let mut open = Open { read: BTreeSet::new(), written: BTreeSet::new(), last: Instant::now() };
        change(&mut open);
        self.count += 1;
        self.open.entry(transaction.into()).or_default().insert(Arc::clone(who), open);
    }

    fn take(&mut self, who: &Arc<Identity>, transaction: &str) -> Option<Open> {
        let users = self.open.get_mut(transaction)?;
        let taken = users.remove(who)?;
        self.count -= 1;
        if users.is_empty() {
            self.open.remove(transaction);
        }
        Some(taken)
    }

    /// Those whose end was never seen: the broker has aborted them by now.
    fn forget_lost(&mut self) {
        self.open.retain(|_, users| {
            users.retain(|_, open| open.last.elapsed() < LONGEST);
            !users.is_empty()
        });
        self.count = self.open.values().map(HashMap::len).sum();
        self.swept = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::messages::{EndTxnRequest, TransactionalId};
    use kafka_protocol::protocol::{Encodable, StrBytes};

    use super::*;
    use crate::testing::Dice;

    fn who(client_id: &str) -> Arc<Identity> {
        Arc::new(Identity { client_id: client_id.into(), ..Identity::default() })
    }

    /// Each edge as its client, topic, group and whether it was written to.
    fn told(recorder: &Recorder) -> Vec<(String, String, String, bool)> {
        let mut told: Vec<_> = recorder
            .drain()
            .into_iter()
            .map(|seen| {
                let (group, writes) = (seen.edge.group().unwrap().to_owned(), seen.edge.does_write());
                assert_eq!((seen.records, &*seen.topic.cluster), (0, "main"));
                (seen.identity.client_id.to_string(), seen.topic.topic.to_string(), group, writes)
            })
            .collect();
        told.sort();
        told
    }

    fn ends(transactions: &Transactions, who: &Arc<Identity>, transaction: &str, commits: bool, recorder: &Recorder) {
        let cluster: Arc<str> = "main".into();
        transactions.ended(who, End { transaction, commits }, (recorder, &cluster));
    }

    #[test]
    fn what_was_read_and_written_under_one_id_belongs_together() {
        let (transactions, recorder) = (Transactions::default(), Recorder::new(100));
        // As it comes from two connections: the same text, not the same object.
        transactions.read(&who("enrich"), "enrich-1", "billing", "orders");
        transactions.wrote(&who("enrich"), "enrich-1", &"bills".into());
        transactions.wrote(&who("enrich"), "enrich-1", &"bills".into());
        transactions.wrote(&who("enrich"), "enrich-1", &"audit".into());
        transactions.wrote(&who("other"), "other-1", &"elsewhere".into());
        ends(&transactions, &who("enrich"), "enrich-1", true, &recorder);
        let edge = |topic: &str, writes| ("enrich".to_owned(), topic.to_owned(), "billing".to_owned(), writes);
        assert_eq!(told(&recorder), [edge("audit", true), edge("bills", true), edge("orders", false)]);
        // It has ended: the next one under the same id begins with nothing.
        transactions.wrote(&who("enrich"), "enrich-1", &"late".into());
        ends(&transactions, &who("enrich"), "enrich-1", true, &recorder);
        assert_eq!(told(&recorder), []);
    }

    #[test]
    fn an_aborted_transaction_or_half_of_one_ties_nothing() {
        let (transactions, recorder) = (Transactions::default(), Recorder::new(100));
        transactions.read(&who("a"), "a-1", "g", "orders");
        transactions.wrote(&who("a"), "a-1", &"bills".into());
        ends(&transactions, &who("a"), "a-1", false, &recorder);
        transactions.read(&who("a"), "a-1", "g", "orders");
        ends(&transactions, &who("a"), "a-1", true, &recorder);
        transactions.wrote(&who("a"), "a-1", &"bills".into());
        ends(&transactions, &who("a"), "a-1", true, &recorder);
        ends(&transactions, &who("a"), "never-begun", true, &recorder);
        assert_eq!(told(&recorder), []);
        assert_eq!(transactions.0.lock().count, 0);
    }

    #[test]
    fn who_uses_the_id_of_somebody_else_is_told_apart() {
        let (transactions, recorder) = (Transactions::default(), Recorder::new(100));
        transactions.read(&who("enrich"), "enrich-1", "billing", "orders");
        transactions.wrote(&who("stranger"), "enrich-1", &"secrets".into());
        ends(&transactions, &who("enrich"), "enrich-1", true, &recorder);
        ends(&transactions, &who("stranger"), "enrich-1", true, &recorder);
        assert_eq!(told(&recorder), []);
    }

    #[test]
    fn transactions_without_end_are_bounded() {
        let transactions = Transactions::default();
        for number in 0..MOST_OPEN + 100 {
            transactions.wrote(&who("flood"), &number.to_string(), &"orders".into());
        }
        let table = transactions.0.lock();
        assert_eq!((table.count, table.open.len()), (MOST_OPEN, MOST_OPEN));
    }

    #[test]
    fn the_end_is_read_in_every_version_and_nonsense_is_an_error() {
        let mut dice = Dice::new(17);
        for version in 0..=5 {
            for commits in [true, false] {
                let request = EndTxnRequest::default()
                    .with_transactional_id(TransactionalId(StrBytes::from_static_str("enrich-1")))
                    .with_committed(commits);
                let mut bytes = BytesMut::new();
                request.encode(&mut bytes, version).unwrap();
                let told = end(Cursor::new(&bytes), version);
                assert_eq!(told, Ok(End { transaction: "enrich-1", commits }), "{version}");
                for _ in 0..500 {
                    let mut bytes = bytes.to_vec();
                    dice.mutate(&mut bytes);
                    if let Ok(told) = end(Cursor::new(&bytes), version) {
                        assert!(told.transaction.len() <= bytes.len());
                    }
                }
            }
        }
    }
}
