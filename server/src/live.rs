//! What is happening now? What proxies count passes by here on its way to the store, and goes on to whoever watches.
//!
//! Nobody who watches is waited for: a reader that is too slow misses events, and is told how many.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ahash::HashMap;
use parking_lot::Mutex;
use tidegate_lineage::{Edge, Observation, Offence, Offences, Sample, TopicRef};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

/// How often counts are told.
pub const TICK: Duration = Duration::from_secs(1);
/// Events that a reader may be behind.
const BUFFER: usize = 256;
/// Topics, and rules of all topics together, in one telling of counts.
const MOST_ROWS: usize = 500;
/// Violations told between two tellings of counts.
const MOST_VIOLATIONS: usize = 50;
/// How long one reader is served. Whether it still may read is asked when it comes again.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The rule that stands for those which found no room.
const OTHER: &str = "other";

/// Where counts pass by. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    pending: Mutex<Pending>,
    readers: broadcast::Sender<Arc<Happening>>,
    /// Who else hears all that is observed, and never takes long.
    also: OnceLock<Ear>,
    stop: CancellationToken,
}

/// What hears observations.
type Ear = Box<dyn Fn(&[Observation]) + Send + Sync>;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    Counts(Counts),
    Violation(Box<Seen>),
}

/// What was counted since the last telling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    pub topics: Vec<(TopicRef, TopicCount)>,
    /// Records of topics that found no room.
    pub left_out: u64,
    /// Violations that were only counted.
    pub withheld: u64,
}

/// What was counted of one topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicCount {
    pub records: u64,
    pub refused: u64,
    /// Rule, records that broke it, and those about which something was done.
    pub rules: Vec<(Arc<str>, u64, u64)>,
}

/// A violation with its newest sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub offence: Offence,
    pub records: u64,
    pub acted: u64,
    pub sample: Sample,
}

/// What a reader gets next.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Happening(Arc<Happening>),
    /// So many were missed.
    Lost(u64),
}

/// One who watches.
pub struct Reader {
    events: broadcast::Receiver<Arc<Happening>>,
    stop: CancellationToken,
    until: Instant,
}

#[derive(Default)]
struct Pending {
    topics: HashMap<TopicRef, TopicCount>,
    rows: usize,
    left_out: u64,
    withheld: u64,
    violations: usize,
}

// === impl Feed ===

impl Feed {
    /// Tells counts every second until `stop` is cancelled, which ends all readers too.
    pub fn start(stop: CancellationToken) -> Self {
        let feed = Self::new(stop);
        let telling = feed.clone();
        tokio::spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = ticks.tick() => telling.tell_counts(),
                    () = telling.0.stop.cancelled() => return,
                }
            }
        });
        feed
    }

    /// One that tells no counts by itself.
    fn new(stop: CancellationToken) -> Self {
        let (readers, _) = broadcast::channel(BUFFER);
        Self(Arc::new(Inner { pending: Mutex::default(), readers, also: OnceLock::new(), stop }))
    }

    /// Whether somebody watches. If not, nothing is kept.
    pub fn is_watched(&self) -> bool {
        self.0.readers.receiver_count() > 0
    }

    /// From now on.
    pub fn read(&self) -> Reader {
        let events = self.0.readers.subscribe();
        Reader { events, stop: self.0.stop.clone(), until: Instant::now() + LONGEST }
    }

    /// Tells somebody else of all that is observed, who must not take long. The first who asks for it is the only one.
    pub fn also_tell(&self, hear: impl Fn(&[Observation]) + Send + Sync + 'static) {
        let _ = self.0.also.set(Box::new(hear));
    }

    /// Records that were written or refused.
    pub fn observed(&self, observations: &[Observation]) {
        if let Some(hear) = self.0.also.get() {
            hear(observations);
        }
        if !self.is_watched() {
            return;
        }
        let mut pending = self.0.pending.lock();
        for seen in observations.iter().filter(|seen| matches!(seen.edge, Edge::Produces { .. })) {
            match pending.topic(&seen.topic) {
                Some(topic) => {
                    topic.records = topic.records.saturating_add(seen.records);
                    topic.refused = topic.refused.saturating_add(seen.refused);
                }
                None => pending.left_out = pending.left_out.saturating_add(seen.records),
            }
        }
    }

    /// Rules that were broken.
    pub fn offended(&self, offences: &[Offences]) {
        if !self.is_watched() {
            return;
        }
        let mut pending = self.0.pending.lock();
        for seen in offences {
            pending.add_rule(seen);
            let Some(sample) = seen.samples.last() else { continue };
            if pending.violations >= MOST_VIOLATIONS {
                pending.withheld += 1;
                continue;
            }
            pending.violations += 1;
            let (offence, sample) = (seen.offence.clone(), sample.clone());
            self.tell(Happening::Violation(Box::new(Seen {
                offence,
                records: seen.records,
                acted: seen.acted,
                sample,
            })));
        }
    }

    fn tell_counts(&self) {
        let pending = std::mem::take(&mut *self.0.pending.lock());
        if let Some(counts) = pending.into_counts() {
            self.tell(Happening::Counts(counts));
        }
    }

    /// Whoever is full loses the oldest; nobody waits.
    fn tell(&self, happening: Happening) {
        // The last reader may just have gone.
        let _ = self.0.readers.send(Arc::new(happening));
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new(CancellationToken::new())
    }
}

// === impl Reader ===

impl Reader {
    /// What comes next; `None` at the end.
    pub async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            heard = self.events.recv() => match heard {
                Ok(happening) => Some(Heard::Happening(happening)),
                Err(RecvError::Lagged(missed)) => Some(Heard::Lost(missed)),
                Err(RecvError::Closed) => None,
            },
            () = self.stop.cancelled() => None,
            () = sleep_until(self.until) => None,
        }
    }
}

// === impl Pending ===

impl Pending {
    /// The counts of a topic; `None` if there is no room for it.
    fn topic(&mut self, topic: &TopicRef) -> Option<&mut TopicCount> {
        if !self.topics.contains_key(topic) {
            if self.rows >= MOST_ROWS {
                return None;
            }
            self.rows += 1;
            self.topics.insert(topic.clone(), TopicCount::default());
        }
        self.topics.get_mut(topic)
    }

    fn add_rule(&mut self, seen: &Offences) {
        let has_room = self.rows < MOST_ROWS;
        let Some(topic) = self.topic(&seen.offence.topic) else {
            self.left_out = self.left_out.saturating_add(seen.records);
            return;
        };
        let known = |wanted: &str| topic.rules.iter().position(|(rule, ..)| &**rule == wanted);
        let (at, is_new) = match known(&seen.offence.rule).or_else(|| known(OTHER).filter(|_| !has_room)) {
            Some(at) => (at, false),
            None => {
                let rule = if has_room { Arc::clone(&seen.offence.rule) } else { OTHER.into() };
                topic.rules.push((rule, 0, 0));
                (topic.rules.len() - 1, true)
            }
        };
        if let Some((_, records, acted)) = topic.rules.get_mut(at) {
            *records = records.saturating_add(seen.records);
            *acted = acted.saturating_add(seen.acted);
        }
        self.rows += usize::from(is_new);
    }

    fn into_counts(self) -> Option<Counts> {
        if self.topics.is_empty() && self.left_out == 0 && self.withheld == 0 {
            return None;
        }
        let mut topics: Vec<_> = self.topics.into_iter().collect();
        topics.sort_by(|one, other| one.0.cmp(&other.0));
        Some(Counts { topics, left_out: self.left_out, withheld: self.withheld })
    }
}

#[cfg(test)]
mod tests {
    use tidegate_lineage::Identity;

    use super::*;

    fn topic(name: &str) -> TopicRef {
        TopicRef { cluster: "main".into(), topic: name.into() }
    }

    fn written(name: &str, records: u64, refused: u64) -> Observation {
        let identity = Arc::new(Identity::default());
        let edge = Edge::Produces { schema: None };
        Observation { identity, topic: topic(name), edge, records, bytes: 0, refused, first: 1, last: 1 }
    }

    fn broken(name: &str, rule: &str, records: u64) -> Offences {
        let offence = Offence {
            topic: topic(name),
            client_id: "shop".into(),
            principal: "".into(),
            rule: rule.into(),
            path: "price".into(),
            reason: "too cheap".into(),
        };
        let sample = Sample {
            at: 1,
            partition: 0,
            index: 0,
            schema: None,
            action: "reject".into(),
            path: "price".into(),
            bytes: 9,
            fields: Vec::new(),
            tree: None,
        };
        Offences { offence, records, acted: 1, first: 1, last: 1, samples: vec![sample] }
    }

    fn feed() -> Feed {
        Feed::new(CancellationToken::new())
    }

    async fn counts(feed: &Feed, reader: &mut Reader) -> Counts {
        feed.tell_counts();
        loop {
            match reader.next().await {
                Some(Heard::Happening(told)) => {
                    if let Happening::Counts(counts) = &*told {
                        return counts.clone();
                    }
                }
                Some(Heard::Lost(_)) => {}
                None => panic!("the stream ended"),
            }
        }
    }

    #[tokio::test]
    async fn counts_are_differences_by_topic_and_rule() {
        let feed = feed();
        feed.observed(&[written("orders", 100, 0)]);
        let mut reader = feed.read();
        feed.observed(&[written("orders", 5, 1), written("bills", 2, 0), written("orders", 6, 0)]);
        feed.offended(&[broken("orders", "cheap", 1), broken("orders", "cheap", 2)]);
        let told = counts(&feed, &mut reader).await;
        let rules = vec![("cheap".into(), 3, 2)];
        let orders = TopicCount { records: 11, refused: 1, rules };
        let bills = TopicCount { records: 2, ..TopicCount::default() };
        assert_eq!(told.topics, [(topic("bills"), bills), (topic("orders"), orders)], "and nothing from before");
        feed.observed(&[written("orders", 1, 0)]);
        assert_eq!(counts(&feed, &mut reader).await.topics[0].1.records, 1);
    }

    #[tokio::test]
    async fn a_flood_is_bounded_and_what_is_left_out_is_counted() {
        let feed = feed();
        let mut reader = feed.read();
        for number in 0..2 * MOST_ROWS {
            feed.offended(&[broken("orders", &format!("rule{number}"), 1)]);
            feed.observed(&[written(&format!("topic{number}"), 1, 0)]);
        }
        let told = counts(&feed, &mut reader).await;
        let rows: usize = told.topics.iter().map(|(_, count)| 1 + count.rules.len()).sum();
        assert!(rows <= MOST_ROWS + 1, "{rows}");
        let records: u64 = told.topics.iter().map(|(_, count)| count.records).sum();
        assert_eq!(records + told.left_out, 2 * MOST_ROWS as u64);
        let orders = &told.topics[0].1;
        assert_eq!(orders.rules.iter().map(|(_, records, _)| records).sum::<u64>(), 2 * MOST_ROWS as u64);
        assert_eq!(told.withheld, (2 * MOST_ROWS - MOST_VIOLATIONS) as u64);
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_missed_and_holds_nobody_up() {
        let feed = feed();
        let (mut slow, mut quick) = (feed.read(), feed.read());
        let mut heard = 0;
        for _ in 0..BUFFER + 10 {
            feed.observed(&[written("orders", 1, 0)]);
            feed.tell_counts();
            heard += u64::from(matches!(quick.next().await, Some(Heard::Happening(_))));
        }
        assert_eq!(heard, (BUFFER + 10) as u64);
        assert_eq!(slow.next().await, Some(Heard::Lost(10)));
        assert!(matches!(slow.next().await, Some(Heard::Happening(_))));
    }

    #[tokio::test]
    async fn the_end_of_the_server_ends_the_reading() {
        let stop = CancellationToken::new();
        let mut reader = Feed::start(stop.clone()).read();
        stop.cancel();
        assert_eq!(reader.next().await, None);
    }
}
