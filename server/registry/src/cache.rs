//! What is remembered, and until when?
//!
//! Contents never change, but can vanish: they are kept until something was purged. Everything else is kept until
//! anything changed. Each memory carries the number of its time, and what was read at an older time is not taken in.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_compat::{ContextName, Parsed, SchemaId, SubjectName};

use crate::listing::{Bookmark, Place};
use crate::policies::KnownPolicies;
use crate::settings::Settled;
use crate::tokens::KnownTokens;
use crate::{StoredSchema, StoredVersion};

type ContentKey = (ContextName, SchemaId);

/// All memories of a registry. Stamps: the purges for contents, the revision for the rest.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(crate) contents: Memory<ContentKey, Arc<StoredSchema>>,
    pub(crate) parsed: Memory<ContentKey, Parsed>,
    /// The likeness of parsed contents. Small, so that there is one for many more than are kept parsed.
    pub(crate) likenesses: Memory<ContentKey, u64>,
    pub(crate) by_id: Memory<(SchemaId, Option<SubjectName>), Arc<StoredVersion>>,
    pub(crate) settings: Memory<SubjectName, Arc<Settled>>,
    /// Who is served by a subject under another name.
    pub(crate) aliases: Memory<(), Arc<HashMap<SubjectName, Vec<SubjectName>>>>,
    /// When the last change was made.
    pub(crate) moment: Memory<(), i64>,
    /// Where the pages of listings begin that somebody may ask for next.
    pub(crate) bookmarks: Memory<Bookmark, Place>,
    /// The subjects that have a schema, for who may not read all of them.
    pub(crate) users: Memory<(SchemaId, Option<SubjectName>), Arc<[SubjectName]>>,
    pub(crate) tokens: KnownTokens,
    pub(crate) policies: KnownPolicies,
}

/// A bounded map whose entries are valid at one time only.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    generations: Mutex<Generations<K, V>>,
    /// How much weight a generation takes before it becomes the old one.
    limit: usize,
}

/// What was used lately is in `young`. When that is full it becomes `old`, and what nobody asked for meanwhile is gone.
#[derive(Debug)]
struct Generations<K, V> {
    stamp: u64,
    weight: usize,
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            contents: Memory::new(64 << 20),
            parsed: Memory::new(32 << 20),
            likenesses: Memory::new(100_000),
            by_id: Memory::new(32 << 20),
            settings: Memory::new(32 << 20),
            aliases: Memory::new(1),
            moment: Memory::new(1),
            bookmarks: Memory::new(1000),
            users: Memory::new(50_000),
            tokens: KnownTokens::default(),
            policies: KnownPolicies::default(),
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Memory<K, V> {
    fn new(limit: usize) -> Self {
        let generations = Generations { stamp: 0, weight: 0, young: HashMap::new(), old: HashMap::new() };
        Self { generations: Mutex::new(generations), limit }
    }

    /// What is known at this time or a later one.
    pub(crate) fn get(&self, stamp: u64, key: &K) -> Option<V> {
        let mut generations = self.generations.lock();
        generations.advance(stamp);
        if let Some((value, _)) = generations.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = generations.old.remove(key)?;
        generations.insert(key.clone(), value.clone(), weight, self.limit);
        Some(value)
    }

    /// Remembers what was read at a time, unless that time is over. `stamp` was taken before reading.
    pub(crate) fn insert(&self, stamp: u64, key: K, value: V, weight: usize) {
        let mut generations = self.generations.lock();
        generations.advance(stamp);
        if generations.stamp == stamp {
            generations.insert(key, value, weight, self.limit);
        }
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn advance(&mut self, stamp: u64) {
        if stamp > self.stamp {
            self.stamp = stamp;
            self.weight = 0;
            self.young.clear();
            self.old.clear();
        }
    }

    fn insert(&mut self, key: K, value: V, weight: usize, limit: usize) {
        if self.weight + weight > limit {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        if weight <= limit && self.young.insert(key, (value, weight)).is_none() {
            self.weight += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let memory = Memory::new(10);
        memory.insert(1, "a", 1, 1);
        assert_eq!(memory.get(1, &"a"), Some(1));
        assert_eq!(memory.get(2, &"a"), None);
        memory.insert(1, "a", 1, 1);
        assert_eq!(memory.get(2, &"a"), None);
        memory.insert(2, "a", 2, 1);
        assert_eq!(memory.get(1, &"a"), Some(2), "a late asker may see what is newer");
    }

    #[test]
    fn what_nobody_asks_for_makes_room() {
        let memory = Memory::new(10);
        memory.insert(1, 0, 0, 1);
        for key in 1..100 {
            assert_eq!(memory.get(1, &0), Some(0), "asked for all the time, kept all the time");
            memory.insert(1, key, key, 1);
        }
        assert_eq!(memory.get(1, &50), None);
        assert_eq!(memory.get(1, &99), Some(99));
        let generations = memory.generations.lock();
        assert!(generations.young.len() + generations.old.len() <= 20);
    }

    #[test]
    fn what_is_too_heavy_is_not_kept() {
        let memory = Memory::new(10);
        memory.insert(1, "a", 1, 11);
        assert_eq!(memory.get(1, &"a"), None);
    }
}
