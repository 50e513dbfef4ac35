//! Has this answer been written before? Finished bodies of schemas by id, good for as long as what they tell stands still.
//!
//! A registration concerns one id, and the bodies of the others stay. After anything else they all go.

use std::collections::HashMap;

use ahash::RandomState;
use bytes::Bytes;
use parking_lot::RwLock;
use tidegate_compat::SchemaId;
use tidegate_registry::{Concerned, Registry, Result, Stamp};
use tokio::sync::Mutex;

/// How many bytes of bodies are kept, at most twice: those in use, and those that were before.
const CAPACITY: usize = 32 << 20;
/// So that cores that read do not wait for each other's counting.
const SHARDS: usize = 16;
/// What a body costs beside its own bytes.
const OVERHEAD: usize = 200;
/// In how many ways one id may be asked for. Clients need two or three; the rest is somebody's game.
const WAYS: usize = 8;
/// A question that is longer is not remembered.
const LONGEST_QUERY: usize = 512;

/// Bodies by id and by the query as it was written.
#[derive(Debug)]
pub(in crate::http) struct Prepared {
    shards: [RwLock<Shard>; SHARDS],
    /// Up to where the registry's changes have been followed; `None` while that is being done.
    followed: RwLock<Option<Stamp>>,
    /// Who follows.
    turn: Mutex<Stamp>,
}

/// When the bodies in use are too many they become the old ones, and those that were old are gone.
#[derive(Debug, Default)]
struct Shard {
    young: Bodies,
    old: Bodies,
    size: usize,
}

type Bodies = HashMap<SchemaId, Vec<Finished>, RandomState>;

#[derive(Debug, Clone)]
struct Finished {
    query: Box<str>,
    body: Bytes,
    made_at: Stamp,
    /// Whether it stays when other ids are registered.
    is_lasting: bool,
}

impl Default for Prepared {
    fn default() -> Self {
        let begin = Stamp::default();
        Self { shards: Default::default(), followed: RwLock::new(Some(begin)), turn: Mutex::new(begin) }
    }
}

impl Prepared {
    /// Sees to it that what is kept is what the registry would answer now, and tells when that is.
    pub(in crate::http) async fn follow(&self, registry: &Registry) -> Result<Stamp> {
        if let Some(now) = self.followed(registry) {
            return Ok(now);
        }
        let mut followed = self.turn.lock().await;
        if *followed == registry.stamp() {
            return Ok(*followed);
        }
        let (now, concerned) = registry.news(*followed).await?;
        // Until all of it is done, nobody finds a body, and none that is being made is taken in.
        *self.followed.write() = None;
        match concerned {
            Concerned::Ids(ids) => ids.into_iter().for_each(|id| self.shard(id).write().remove(id)),
            Concerned::All => self.shards.iter().for_each(|shard| *shard.write() = Shard::default()),
        }
        *self.followed.write() = Some(now);
        *followed = now;
        Ok(now)
    }

    /// [`Self::follow`], if there is nothing to be seen to.
    pub(in crate::http) fn followed(&self, registry: &Registry) -> Option<Stamp> {
        let now = registry.stamp();
        (*self.followed.read() == Some(now)).then_some(now)
    }

    /// The body that is right at this time, if it is still the time.
    pub(in crate::http) fn get(&self, now: Stamp, id: SchemaId, query: &str) -> Option<Bytes> {
        let shard = self.shard(id).read();
        let found = shard.young.get(&id).and_then(|ways| find(ways, query));
        let found = found.or_else(|| shard.old.get(&id).and_then(|ways| find(ways, query)))?;
        (found.is_lasting || found.made_at == now).then(|| found.body.clone())
    }

    /// Keeps a body that was made from what the registry held at a time, or later. `is_lasting` when it tells nothing that
    /// the registration of another id could change.
    pub(in crate::http) fn put(&self, made_at: Stamp, id: SchemaId, query: &str, body: Bytes, is_lasting: bool) {
        let made = Finished { query: query.into(), body, made_at, is_lasting };
        if query.len() > LONGEST_QUERY || made.size() > CAPACITY / SHARDS {
            return;
        }
        let mut shard = self.shard(id).write();
        // Looked at under the lock of the shard: what has been followed since, has been or will be taken out of it.
        if *self.followed.read() == Some(made_at) {
            shard.insert(id, made);
        }
    }

    fn shard(&self, id: SchemaId) -> &RwLock<Shard> {
        // In bounds whatever the id is.
        &self.shards[id.0.unsigned_abs() as usize % SHARDS]
    }
}

impl Shard {
    fn insert(&mut self, id: SchemaId, made: Finished) {
        let size = made.size();
        if self.size + size > CAPACITY / SHARDS {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
        let ways = self.young.entry(id).or_default();
        let known = ways.iter().position(|known| known.query == made.query);
        let goes = known.or((ways.len() == WAYS).then_some(0)).map(|place| ways.remove(place));
        self.size = self.size + size - goes.map_or(0, |gone| gone.size());
        ways.push(made);
    }

    fn remove(&mut self, id: SchemaId) {
        self.old.remove(&id);
        let gone = self.young.remove(&id).unwrap_or_default();
        self.size -= gone.iter().map(Finished::size).sum::<usize>();
    }
}

impl Finished {
    fn size(&self) -> usize {
        self.body.len() + self.query.len() + OVERHEAD
    }
}

fn find<'a>(ways: &'a [Finished], query: &str) -> Option<&'a Finished> {
    ways.iter().find(|known| &*known.query == query)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SchemaId = SchemaId(7);

    fn body(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn at(changes: u64) -> Stamp {
        Stamp { changes, purges: 0 }
    }

    fn prepared(now: Stamp) -> Prepared {
        Prepared { followed: RwLock::new(Some(now)), ..Prepared::default() }
    }

    #[test]
    fn what_was_made_before_a_change_is_not_taken_in_after_it() {
        let prepared = prepared(at(5));
        prepared.put(at(4), ID, "", body("too old"), true);
        assert_eq!(prepared.get(at(5), ID, ""), None);
        prepared.put(at(5), ID, "", body("one"), true);
        prepared.put(at(5), ID, "fetchMaxId=true", body("with maximum"), false);
        assert_eq!(prepared.get(at(5), ID, "fetchMaxId=true"), Some(body("with maximum")));
        assert_eq!(prepared.get(at(6), ID, "fetchMaxId=true"), None);
        assert_eq!(prepared.get(at(6), ID, ""), Some(body("one")));
        *prepared.followed.write() = None;
        prepared.put(at(5), ID, "", body("while it is followed"), true);
        assert_eq!(prepared.get(at(6), ID, ""), Some(body("one")));
    }

    #[test]
    fn every_query_has_a_body_of_its_own_and_only_so_many_are_kept() {
        let prepared = prepared(at(1));
        let put = |query: &str| prepared.put(at(1), ID, query, body("x"), true);
        let has = |query: &str| prepared.get(at(1), ID, query).is_some();
        put("");
        put("subject=a");
        assert!(has("") && has("subject=a") && !has("subject=b"));
        assert_eq!(prepared.get(at(1), SchemaId(8), ""), None);
        for number in 0..100 {
            put(&format!("x={number}"));
        }
        assert_eq!(prepared.shard(ID).read().young[&ID].len(), WAYS);
        assert!(has("x=99"));
        let long = "x".repeat(LONGEST_QUERY + 1);
        put(&long);
        assert!(!has(&long));
        prepared.shard(ID).write().remove(ID);
        assert!(!has("x=99"));
        assert_eq!(prepared.shard(ID).read().size, 0);
    }

    #[test]
    fn memory_is_bounded() {
        let prepared = prepared(at(1));
        let body = Bytes::from(vec![0; CAPACITY / SHARDS / 10]);
        for id in 0..1000 {
            prepared.put(at(1), SchemaId(id), "", body.clone(), true);
        }
        for shard in &prepared.shards {
            let shard = shard.read();
            let kept = |bodies: &Bodies| bodies.values().flatten().map(Finished::size).sum::<usize>();
            assert_eq!(shard.size, kept(&shard.young));
            assert!(kept(&shard.young).max(kept(&shard.old)) <= CAPACITY / SHARDS);
        }
        assert!(prepared.get(at(1), SchemaId(999), "").is_some());
    }
}
