//! Which schemas are known by their id already? Those that were asked for last, within a bound.

use std::collections::HashMap;
use std::sync::Arc;

use tidegate_api::SchemaById;

/// About how many bytes of schemas are kept.
const MAX_BYTES: usize = 64 << 20;
/// What an entry takes beside its text.
const ENTRY: usize = 256;

/// A context, and an id in it.
type Key = (String, i32);

/// Two generations: what is asked for goes to the young one. When that is full it becomes the old one, and what was in the old
/// one and nobody asked for since is forgotten. So what is in use stays, without a list of who was used when.
#[derive(Debug)]
pub(crate) struct Known {
    young: HashMap<Key, Arc<SchemaById>>,
    old: HashMap<Key, Arc<SchemaById>>,
    /// How much the young ones weigh.
    bytes: usize,
    max_bytes: usize,
}

impl Default for Known {
    fn default() -> Self {
        Self::within(MAX_BYTES)
    }
}

impl Known {
    fn within(max_bytes: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, max_bytes }
    }

    pub(crate) fn get(&mut self, context: &str, id: i32) -> Option<Arc<SchemaById>> {
        let key = (context.to_owned(), id);
        if let Some(schema) = self.young.get(&key) {
            return Some(Arc::clone(schema));
        }
        let schema = self.old.remove(&key)?;
        self.insert(key, Arc::clone(&schema));
        Some(schema)
    }

    pub(crate) fn learn(&mut self, context: &str, id: i32, schema: Arc<SchemaById>) {
        self.insert((context.to_owned(), id), schema);
    }

    fn insert(&mut self, key: Key, schema: Arc<SchemaById>) {
        let weight = weight(&key, &schema);
        if self.bytes + weight > self.max_bytes / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += weight;
        if let Some(before) = self.young.insert(key.clone(), schema) {
            self.bytes -= self::weight(&key, &before);
        }
    }
}

fn weight(key: &Key, schema: &SchemaById) -> usize {
    ENTRY + key.0.len() + schema.schema.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(length: usize) -> Arc<SchemaById> {
        Arc::new(SchemaById { schema: "x".repeat(length), ..SchemaById::default() })
    }

    #[test]
    fn what_is_in_use_stays_and_the_rest_is_bounded() {
        let one = ENTRY + 1_000;
        let mut known = Known::within(20 * one);
        for id in 0..1_000 {
            known.learn("", id, schema(1_000));
            assert!(known.get("", 0).is_some(), "0 is asked for all the time, and gone after {id}");
        }
        assert!(known.get("", 999).is_some() && known.get("", 1).is_none());
        assert!(known.get("other", 999).is_none());
        let kept = known.young.len() + known.old.len();
        assert!((10..=20).contains(&kept), "{kept}");
    }

    #[test]
    fn one_that_is_larger_than_the_bound_does_not_stay_for_long() {
        let mut known = Known::within(10_000);
        known.learn("", 1, schema(100_000));
        assert!(known.get("", 1).is_some());
        for id in 2..40 {
            known.learn("", id, schema(1_000));
        }
        assert!(known.get("", 1).is_none() && known.bytes <= 10_000);
        // The same again weighs no more.
        let before = known.bytes;
        known.learn("", 39, schema(1_000));
        assert!(known.bytes <= before.max(ENTRY + 1_000));
    }
}
