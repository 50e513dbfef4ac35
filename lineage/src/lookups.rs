//! Who fetches which schema from the registry?
//!
//! Each who-and-what has a counter, which whoever serves a connection finds once and then only adds to: a lookup costs no
//! more than that. The clock is read when counters are emptied, so that times are as exact as that is frequent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ahash::HashMap;
use parking_lot::Mutex;

use crate::event::{Identity, Millis, SchemaRef};

/// How often somebody fetched a schema since counters were last emptied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Its principal or, where it has none, what it calls its software, and its address.
    pub who: Arc<Identity>,
    pub schema: SchemaRef,
    pub count: u64,
    pub first: Millis,
    pub last: Millis,
}

/// Adds up the lookups of one kind.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counters between flushes, shared by all connections.
#[derive(Debug)]
pub struct Lookups {
    counters: Mutex<HashMap<(Arc<Identity>, SchemaRef), Counter>>,
    capacity: usize,
    /// Counts what no counter was left for.
    rest: Counter,
}

impl Lookups {
    /// Keeps at most so many counters.
    pub fn new(capacity: usize) -> Self {
        Self { counters: Mutex::default(), capacity, rest: Counter::default() }
    }

    /// The counter of who and what. To be kept no longer than a connection lives.
    pub fn counter(&self, who: &Arc<Identity>, schema: &SchemaRef) -> Counter {
        let key = (Arc::clone(who), schema.clone());
        let mut counters = self.counters.lock();
        if let Some(counter) = counters.get(&key) {
            return counter.clone();
        }
        if counters.len() >= self.capacity {
            return self.rest.clone();
        }
        counters.entry(key).or_default().clone()
    }

    /// Takes what was counted since the last call; `now` stands for the time of all of it.
    pub fn drain(&self, now: Millis) -> Vec<Lookup> {
        let mut taken = Vec::new();
        self.counters.lock().retain(|(who, schema), counter| {
            let count = counter.0.swap(0, Ordering::Relaxed);
            if count > 0 {
                taken.push(Lookup { who: Arc::clone(who), schema: schema.clone(), count, first: now, last: now });
            }
            // Nobody else can get hold of it meanwhile: that needs the lock.
            count > 0 || Arc::strong_count(&counter.0) > 1
        });
        taken
    }

    /// Gives back what could not be stored.
    pub fn restore(&self, taken: Vec<Lookup>) {
        for Lookup { who, schema, count, .. } in taken {
            self.counter(&who, &schema).0.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// How many lookups were not told apart, since the start.
    pub fn dropped(&self) -> u64 {
        self.rest.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{ContextName, SchemaId};

    use super::*;

    fn who(principal: &str) -> Arc<Identity> {
        Arc::new(Identity { principal: principal.into(), ..Identity::default() })
    }

    fn schema(id: i32) -> SchemaRef {
        SchemaRef { context: ContextName::default_context(), id: SchemaId(id) }
    }

    fn told(lookups: &Lookups, now: Millis) -> Vec<(String, i32, u64, Millis)> {
        let taken = lookups.drain(now).into_iter();
        let mut told: Vec<_> =
            taken.map(|it| (it.who.principal.to_string(), it.schema.id.0, it.count, it.last)).collect();
        told.sort();
        told
    }

    #[test]
    fn counters_are_shared_by_the_same_client_and_begin_anew_after_a_flush() {
        let lookups = Lookups::new(10);
        let counter = lookups.counter(&who("shop"), &schema(1));
        counter.add();
        counter.add();
        lookups.counter(&who("shop"), &schema(1)).add();
        lookups.counter(&who("shop"), &schema(2)).add();
        lookups.counter(&who("till"), &schema(1)).add();
        let line = |name: &str, id, count, at| (name.to_owned(), id, count, at);
        assert_eq!(told(&lookups, 5), [line("shop", 1, 3, 5), line("shop", 2, 1, 5), line("till", 1, 1, 5)]);
        assert_eq!(told(&lookups, 6), []);
        counter.add();
        let taken = lookups.drain(7);
        counter.add();
        lookups.restore(taken);
        assert_eq!(told(&lookups, 8), [line("shop", 1, 2, 8)]);
        // Only who is still connected keeps a counter.
        told(&lookups, 9);
        assert_eq!(lookups.counters.lock().len(), 1);
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let lookups = Lookups::new(3);
        for number in 0..10 {
            lookups.counter(&who("flood"), &schema(number)).add();
        }
        assert_eq!((lookups.drain(1).len(), lookups.dropped()), (3, 7));
    }
}
