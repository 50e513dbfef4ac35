//! Where is kept which rules were broken? In counters that nobody waits for, bounded, and emptied every now and then.

use std::sync::atomic::{AtomicU64, Ordering};

use ahash::HashMap;
use parking_lot::Mutex;

use crate::event::Millis;
use crate::offence::{Offence, Offences, Sample};

/// Samples kept of one offence between two flushes.
const MOST_SAMPLES: usize = 3;

/// Counts offences. Only batches with bad records come here, so one lock is enough.
#[derive(Debug)]
pub struct Blotter {
    counts: Mutex<HashMap<Offence, Counts>>,
    capacity: usize,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    records: u64,
    acted: u64,
    first: Millis,
    last: Millis,
    samples: Vec<Sample>,
}

impl Blotter {
    /// `capacity` is the number of offences that are told apart between two flushes; more are only counted as dropped.
    pub fn new(capacity: usize) -> Self {
        Self { counts: Mutex::default(), capacity, dropped: AtomicU64::new(0) }
    }

    /// Whether a sample of an offence would find room.
    pub fn wants_sample(&self, offence: &Offence) -> bool {
        let all = self.counts.lock();
        all.get(offence).map_or(all.len() < self.capacity, |counts| counts.samples.len() < MOST_SAMPLES)
    }

    /// Adds records that broke a rule in the same way: how many, and about how many of them something was done.
    pub fn add(&self, offence: Offence, (records, acted): (u64, u64), now: Millis, sample: Option<Sample>) {
        let mut all = self.counts.lock();
        if all.len() >= self.capacity && !all.contains_key(&offence) {
            self.dropped.fetch_add(records, Ordering::Relaxed);
            return;
        }
        let counts = all.entry(offence).or_insert_with(|| Counts { first: now, ..Counts::default() });
        counts.records += records;
        counts.acted += acted;
        counts.last = counts.last.max(now);
        if counts.samples.len() < MOST_SAMPLES {
            counts.samples.extend(sample);
        }
    }

    /// Takes what was seen since the last call.
    pub fn drain(&self) -> Vec<Offences> {
        let all = std::mem::take(&mut *self.counts.lock());
        all.into_iter().map(|(offence, counts)| counts.told(offence)).collect()
    }

    /// Gives back what could not be stored, so that the next flush carries it.
    pub fn restore(&self, offences: Vec<Offences>) {
        let mut all = self.counts.lock();
        for Offences { offence, records, acted, first, last, samples } in offences {
            let counts = all.entry(offence).or_insert_with(|| Counts { first, ..Counts::default() });
            counts.records += records;
            counts.acted += acted;
            counts.first = counts.first.min(first);
            counts.last = counts.last.max(last);
            let room = MOST_SAMPLES.saturating_sub(counts.samples.len());
            counts.samples.extend(samples.into_iter().take(room));
        }
    }

    /// How many records were not told apart for want of room, since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Counts {
    fn told(self, offence: Offence) -> Offences {
        let Self { records, acted, first, last, samples } = self;
        Offences { offence, records, acted, first, last, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TopicRef;

    fn offence(path: &str) -> Offence {
        Offence {
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            client_id: "shop".into(),
            principal: "".into(),
            rule: "tidegate.payload".into(),
            path: path.into(),
            reason: "value: the text is not UTF-8".into(),
        }
    }

    fn sample(at: Millis) -> Sample {
        Sample {
            at,
            partition: 0,
            index: 1,
            schema: None,
            action: "reject".into(),
            path: "item".to_owned(),
            bytes: 10,
            fields: Vec::new(),
            tree: None,
        }
    }

    #[test]
    fn the_same_offence_adds_up_and_keeps_a_few_samples() {
        let blotter = Blotter::new(10);
        for at in 1..=9 {
            blotter.add(offence("item"), (2, 1), at, Some(sample(at)));
        }
        blotter.add(offence("note"), (1, 0), 5, None);
        let mut seen = blotter.drain();
        seen.sort_by(|one, other| one.offence.cmp(&other.offence));
        assert_eq!((seen[0].records, seen[0].acted, seen[0].first, seen[0].last), (18, 9, 1, 9));
        assert_eq!((seen[0].samples.len(), seen[1].samples.len()), (MOST_SAMPLES, 0));
        assert!(blotter.drain().is_empty());
    }

    #[test]
    fn a_flood_is_bounded_and_counted() {
        let blotter = Blotter::new(10);
        for path in 0..1_000 {
            blotter.add(offence(&path.to_string()), (1, 1), 1, None);
        }
        assert_eq!((blotter.drain().len(), blotter.dropped()), (10, 990));
    }

    #[test]
    fn what_could_not_be_stored_comes_with_the_next_flush() {
        let blotter = Blotter::new(10);
        blotter.add(offence("item"), (5, 5), 10, Some(sample(10)));
        let failed = blotter.drain();
        blotter.add(offence("item"), (1, 0), 50, Some(sample(50)));
        blotter.restore(failed);
        let seen = blotter.drain();
        assert_eq!((seen[0].records, seen[0].acted, seen[0].first, seen[0].last), (6, 5, 10, 50));
        assert_eq!(seen[0].samples.len(), 2);
    }
}
