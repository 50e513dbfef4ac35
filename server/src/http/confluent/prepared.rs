//! Has this answer been written before? Finished bodies of schemas by id, good for as long as the registry stands still.

use std::collections::HashMap;

use bytes::Bytes;
use parking_lot::RwLock;
use tidegate_compat::SchemaId;

/// How many bytes of bodies are kept. When they are full, all go: the ones in use are back at once.
const CAPACITY: usize = 64 << 20;
/// What a body costs beside its own bytes.
const OVERHEAD: usize = 200;

/// Everything that the body depends on, except for the registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) id: SchemaId,
    pub(super) subject: Option<String>,
    pub(super) format: Option<String>,
    pub(super) references: Option<String>,
}

/// Bodies of one revision.
#[derive(Debug, Default)]
pub(in crate::http) struct Prepared(RwLock<Generation>);

#[derive(Debug, Default)]
struct Generation {
    revision: u64,
    bodies: HashMap<Key, Bytes>,
    size: usize,
}

impl Prepared {
    pub(super) fn get(&self, revision: u64, key: &Key) -> Option<Bytes> {
        let generation = self.0.read();
        if generation.revision != revision {
            return None;
        }
        generation.bodies.get(key).cloned()
    }

    /// Keeps a body that was made from what the registry held at `revision`, or later.
    pub(super) fn put(&self, revision: u64, key: Key, body: Bytes) {
        let mut generation = self.0.write();
        if revision < generation.revision {
            return;
        }
        let size =
            body.len() + OVERHEAD + [&key.subject, &key.format, &key.references].map(length).iter().sum::<usize>();
        if revision > generation.revision || generation.size + size > CAPACITY {
            *generation = Generation { revision, ..Generation::default() };
        }
        if size <= CAPACITY && generation.bodies.insert(key, body).is_none() {
            generation.size += size;
        }
    }
}

fn length(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: i32) -> Key {
        Key { id: SchemaId(id), subject: None, format: None, references: None }
    }

    #[test]
    fn bodies_hold_for_one_revision() {
        let prepared = Prepared::default();
        prepared.put(5, key(1), Bytes::from_static(b"one"));
        assert_eq!(prepared.get(5, &key(1)), Some(Bytes::from_static(b"one")));
        assert_eq!(prepared.get(6, &key(1)), None);
        prepared.put(6, key(2), Bytes::from_static(b"two"));
        prepared.put(5, key(3), Bytes::from_static(b"made from what has changed since"));
        assert_eq!(prepared.get(6, &key(3)), None);
        assert_eq!(prepared.get(6, &key(1)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let prepared = Prepared::default();
        let body = Bytes::from(vec![0; CAPACITY / 10]);
        for id in 0..100 {
            prepared.put(1, key(id), body.clone());
            assert!(prepared.0.read().size <= CAPACITY);
        }
        assert!(prepared.get(1, &key(99)).is_some());
    }
}
