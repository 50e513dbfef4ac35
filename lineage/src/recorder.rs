//! How is traffic counted without slowing it down?
//!
//! Sharded counters keyed by edge. A hit takes one short lock and allocates nothing; a flush takes what has gathered.
//! The number of edges is bounded, and what does not fit is counted as dropped: a hostile client with a million client
//! ids costs a counter, not the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ahash::{HashMap, RandomState};
use parking_lot::Mutex;

use crate::event::{Edge, Identity, Millis, Observation, TopicRef};

const SHARDS: usize = 16;

/// What identifies an edge. Cloning copies reference counts, not text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EdgeKey {
    pub identity: Arc<Identity>,
    pub topic: TopicRef,
    pub edge: Edge,
}

/// How much to add to an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
}

/// Counts edges between flushes. Shared by all connections of a proxy.
#[derive(Debug)]
pub struct Recorder {
    shards: [Mutex<HashMap<EdgeKey, Counted>>; SHARDS],
    hasher: RandomState,
    edges_per_shard: usize,
    dropped: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    tally: Tally,
    first: Millis,
    last: Millis,
    /// Seen since the last flush. An edge that stays silent for a whole interval is let go.
    fresh: bool,
}

impl Recorder {
    /// Keeps at most about `capacity` edges at once.
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            edges_per_shard: capacity.div_ceil(SHARDS).max(1),
            dropped: AtomicU64::new(0),
        }
    }

    /// Adds to an edge, seen at `now`.
    pub fn add(&self, key: &EdgeKey, tally: Tally, now: Millis) {
        let mut edges = self.shard(key).lock();
        if let Some(counted) = edges.get_mut(key) {
            counted.add(tally, now);
            return;
        }
        if edges.len() >= self.edges_per_shard {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        edges.insert(key.clone(), Counted { tally, first: now, last: now, fresh: true });
    }

    /// Takes what was seen since the last call.
    pub fn drain(&self) -> Vec<Observation> {
        let mut observations = Vec::new();
        for shard in &self.shards {
            let mut edges = shard.lock();
            edges.retain(|key, counted| {
                if !counted.fresh {
                    return false;
                }
                observations.push(counted.take(key));
                true
            });
        }
        observations
    }

    /// Gives back what could not be stored, so that the next flush carries it.
    pub fn restore(&self, observations: Vec<Observation>) {
        for seen in observations {
            let key = EdgeKey { identity: seen.identity, topic: seen.topic, edge: seen.edge };
            let tally = Tally { records: seen.records, bytes: seen.bytes, refused: seen.refused };
            self.add(&key, tally, seen.last);
            if let Some(counted) = self.shard(&key).lock().get_mut(&key) {
                counted.first = counted.first.min(seen.first);
            }
        }
    }

    fn shard(&self, key: &EdgeKey) -> &Mutex<HashMap<EdgeKey, Counted>> {
        // The index comes from the high bits: the map inside uses the low ones.
        &self.shards[(self.hasher.hash_one(key) >> 60) as usize % SHARDS]
    }

    /// How many additions found no room, since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Counted {
    fn add(&mut self, tally: Tally, now: Millis) {
        if !self.fresh {
            self.first = now;
            self.fresh = true;
        }
        self.tally.records += tally.records;
        self.tally.bytes += tally.bytes;
        self.tally.refused += tally.refused;
        self.last = self.last.max(now);
    }

    fn take(&mut self, key: &EdgeKey) -> Observation {
        self.fresh = false;
        let tally = std::mem::take(&mut self.tally);
        Observation {
            identity: Arc::clone(&key.identity),
            topic: key.topic.clone(),
            edge: key.edge.clone(),
            records: tally.records,
            bytes: tally.bytes,
            refused: tally.refused,
            first: self.first,
            last: self.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{ContextName, SchemaId};

    use super::*;
    use crate::event::{Evidence, SchemaRef};

    fn key(client: &str, schema: i32) -> EdgeKey {
        let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId(schema) };
        EdgeKey {
            identity: Arc::new(Identity { client_id: client.into(), ..Identity::default() }),
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            edge: Edge::Produces { schema: Some(schema) },
        }
    }

    fn tally(records: u64) -> Tally {
        Tally { records, bytes: records * 100, refused: 0 }
    }

    #[test]
    fn counts_add_up_per_edge_and_start_again_after_a_flush() {
        let recorder = Recorder::new(100);
        recorder.add(&key("shop", 1), tally(3), 10);
        recorder.add(&key("shop", 1), tally(4), 20);
        recorder.add(&key("shop", 2), tally(1), 30);
        let mut seen = recorder.drain();
        seen.sort_by_key(|observation| observation.first);
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].records, seen[0].bytes, seen[0].first, seen[0].last), (7, 700, 10, 20));

        recorder.add(&key("shop", 1), tally(1), 40);
        let later = recorder.drain();
        assert_eq!(later.len(), 1);
        assert_eq!((later[0].records, later[0].first, later[0].last), (1, 40, 40));
        assert!(recorder.drain().is_empty());
    }

    #[test]
    fn a_flood_of_identities_is_bounded_and_counted() {
        let recorder = Recorder::new(160);
        for client in 0..10_000 {
            recorder.add(&key(&client.to_string(), 1), tally(1), 1);
        }
        let kept = recorder.drain().len();
        assert!(kept <= 160, "{kept}");
        assert_eq!(recorder.dropped(), 10_000 - kept as u64);
        // Silent edges are let go, so that new ones find room.
        recorder.drain();
        recorder.add(&key("late", 1), tally(1), 2);
        assert_eq!(recorder.drain().len(), 1);
    }

    #[test]
    fn what_could_not_be_stored_comes_with_the_next_flush() {
        let recorder = Recorder::new(100);
        recorder.add(&key("shop", 1), tally(5), 10);
        let failed = recorder.drain();
        recorder.add(&key("shop", 1), tally(1), 50);
        recorder.restore(failed);
        let seen = recorder.drain();
        assert_eq!((seen[0].records, seen[0].first, seen[0].last), (6, 10, 50));
    }

    #[test]
    fn consumers_are_kept_apart_by_group_and_evidence() {
        let recorder = Recorder::new(100);
        for evidence in [Evidence::Subscribed, Evidence::Committed, Evidence::Committed] {
            let edge = Edge::Consumes { group: Some("billing".into()), evidence };
            recorder.add(&EdgeKey { edge, ..key("reader", 1) }, Tally::default(), 1);
        }
        assert_eq!(recorder.drain().len(), 2);
    }
}
