//! Who fetches which schema from the registry?
//!
//! Whoever serves a connection finds once where its client's lookups are counted, and then only adds to that: one short lock
//! and a number in a small table. The clock is read when counts are taken, so that times are as exact as that is frequent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ahash::HashMap;
use parking_lot::Mutex;
use tidegate_compat::{ContextName, SchemaId};

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

/// The lookups of all clients since they were last taken.
#[derive(Debug)]
pub struct Lookups {
    clients: Mutex<HashMap<Arc<Identity>, Arc<Client>>>,
    room: Arc<Room>,
}

/// The lookups of one client, whatever connections it has.
#[derive(Debug)]
pub struct Client {
    /// Whether somebody will take what it counts.
    is_kept: bool,
    counts: Mutex<Counts>,
    room: Arc<Room>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Of the default context, which nearly all ask for.
    usual: HashMap<SchemaId, u64>,
    others: HashMap<SchemaRef, u64>,
}

/// How much is told apart.
#[derive(Debug)]
struct Room {
    most: usize,
    taken: AtomicUsize,
    /// Lookups for which there was none.
    missed: AtomicU64,
}

impl Client {
    /// Counts a lookup in the default context.
    pub fn fetched(&self, id: SchemaId) {
        self.add(&mut self.counts.lock().usual, id, 1);
    }

    /// Counts a lookup in another context.
    pub fn fetched_in(&self, context: ContextName, id: SchemaId) {
        self.add(&mut self.counts.lock().others, SchemaRef { context, id }, 1);
    }

    fn add<K: std::hash::Hash + Eq>(&self, counts: &mut HashMap<K, u64>, key: K, count: u64) {
        if let Some(known) = counts.get_mut(&key) {
            *known = known.saturating_add(count);
        } else if self.is_kept && self.room.take() {
            counts.insert(key, count);
        } else {
            self.room.missed.fetch_add(count, Ordering::Relaxed);
        }
    }
}

impl Room {
    fn take(&self) -> bool {
        let is_free = self.taken.fetch_add(1, Ordering::Relaxed) < self.most;
        if !is_free {
            self.taken.fetch_sub(1, Ordering::Relaxed);
        }
        is_free
    }
}

impl Lookups {
    /// Tells so many kinds of lookups apart at once, of who and what, and so many clients.
    pub fn new(most: usize) -> Self {
        let room = Room { most, taken: AtomicUsize::new(0), missed: AtomicU64::new(0) };
        Self { clients: Mutex::default(), room: Arc::new(room) }
    }

    /// Where the lookups of a client are counted. To be kept no longer than a connection lives.
    pub fn client(&self, who: &Arc<Identity>) -> Arc<Client> {
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(who) {
            return Arc::clone(client);
        }
        let is_kept = clients.len() < self.room.most;
        let client = Arc::new(Client { is_kept, counts: Mutex::default(), room: Arc::clone(&self.room) });
        if is_kept {
            clients.insert(Arc::clone(who), Arc::clone(&client));
        }
        client
    }

    /// Takes what was counted since the last call; `now` stands for the time of all of it.
    pub fn drain(&self, now: Millis) -> Vec<Lookup> {
        let mut taken = Vec::new();
        self.clients.lock().retain(|who, client| {
            let mut counts = client.counts.lock();
            let usual = counts
                .usual
                .drain()
                .map(|(id, count)| (SchemaRef { context: ContextName::default_context(), id }, count));
            let usual: Vec<_> = usual.collect();
            let all = usual.into_iter().chain(counts.others.drain());
            let lookup = |(schema, count)| Lookup { who: Arc::clone(who), schema, count, first: now, last: now };
            let before = taken.len();
            taken.extend(all.map(lookup));
            drop(counts);
            // Nobody else can get hold of it meanwhile: that needs the lock.
            taken.len() > before || Arc::strong_count(client) > 1
        });
        self.room.taken.fetch_sub(taken.len(), Ordering::Relaxed);
        taken
    }

    /// Gives back what could not be stored.
    pub fn restore(&self, taken: Vec<Lookup>) {
        for Lookup { who, schema, count, .. } in taken {
            let client = self.client(&who);
            let mut counts = client.counts.lock();
            if schema.context.is_default() {
                client.add(&mut counts.usual, schema.id, count);
            } else {
                client.add(&mut counts.others, schema, count);
            }
        }
    }

    /// How many lookups were not told apart since the last call.
    pub fn take_missed(&self) -> u64 {
        self.room.missed.swap(0, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(principal: &str) -> Arc<Identity> {
        Arc::new(Identity { principal: principal.into(), ..Identity::default() })
    }

    fn told(lookups: &Lookups, now: Millis) -> Vec<(String, i32, u64, Millis)> {
        let taken = lookups.drain(now).into_iter();
        let mut told: Vec<_> =
            taken.map(|it| (it.who.principal.to_string(), it.schema.id.0, it.count, it.last)).collect();
        told.sort();
        told
    }

    #[test]
    fn counts_are_shared_by_the_connections_of_a_client_and_begin_anew_once_taken() {
        let lookups = Lookups::new(10);
        let connection = lookups.client(&who("shop"));
        connection.fetched(SchemaId(1));
        connection.fetched(SchemaId(1));
        let other = lookups.client(&who("shop"));
        other.fetched(SchemaId(1));
        other.fetched(SchemaId(2));
        lookups.client(&who("till")).fetched(SchemaId(1));
        let line = |name: &str, id, count, at| (name.to_owned(), id, count, at);
        assert_eq!(told(&lookups, 5), [line("shop", 1, 3, 5), line("shop", 2, 1, 5), line("till", 1, 1, 5)]);
        assert_eq!(told(&lookups, 6), []);
        connection.fetched(SchemaId(1));
        let taken = lookups.drain(7);
        connection.fetched(SchemaId(1));
        lookups.restore(taken);
        assert_eq!(told(&lookups, 8), [line("shop", 1, 2, 8)]);
        // Only who is still connected is remembered.
        told(&lookups, 9);
        assert_eq!(lookups.clients.lock().len(), 1);
    }

    #[test]
    fn contexts_are_told_apart() {
        let lookups = Lookups::new(10);
        let client = lookups.client(&who("shop"));
        client.fetched(SchemaId(1));
        client.fetched_in(ContextName::parse(".staging").unwrap(), SchemaId(1));
        let taken = lookups.drain(1);
        let contexts = |taken: &[Lookup]| {
            let mut contexts: Vec<_> = taken.iter().map(|it| it.schema.context.to_string()).collect();
            contexts.sort();
            contexts
        };
        assert_eq!(contexts(&taken), [".", ".staging"]);
        lookups.restore(taken);
        assert_eq!(contexts(&lookups.drain(2)), [".", ".staging"]);
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let lookups = Lookups::new(3);
        let flood = lookups.client(&who("flood"));
        (0..10).for_each(|number| flood.fetched(SchemaId(number)));
        assert_eq!((lookups.drain(1).len(), lookups.take_missed(), lookups.take_missed()), (3, 7, 0));
        flood.fetched(SchemaId(1));
        assert_eq!(lookups.drain(2).len(), 1, "there is room again");
        let many: Vec<_> = (0..5).map(|number| lookups.client(&who(&format!("client-{number}")))).collect();
        many.iter().for_each(|client| client.fetched(SchemaId(1)));
        let told = (lookups.drain(3).len(), lookups.clients.lock().len(), lookups.take_missed());
        assert_eq!(told, (2, 3, 3), "nor are clients without end");
    }
}
