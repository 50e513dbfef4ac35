//! How often may somebody be wrong? A bucket of attempts each, which fills up again with time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How many are told apart. When there are more, those that have recovered are forgotten, and if all are busy, everybody.
const MAX_KNOWN: usize = 10_000;

/// Attempts by key.
#[derive(Debug)]
pub(super) struct Throttle<K> {
    /// How many attempts there may be at once.
    capacity: u32,
    /// How long it takes until there is one more.
    refill: Duration,
    /// Until when each key's attempts are used up, as if they were made one after another.
    busy: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq> Throttle<K> {
    pub(super) fn new(capacity: u32, refill: Duration) -> Self {
        Self { capacity, refill, busy: Mutex::new(HashMap::new()) }
    }

    /// Takes an attempt, if there is one.
    pub(super) fn take(&self, key: K, now: Instant) -> bool {
        let mut busy = self.busy.lock();
        if busy.len() >= MAX_KNOWN && !busy.contains_key(&key) {
            busy.retain(|_, until| *until > now);
            if busy.len() >= MAX_KNOWN {
                busy.clear();
            }
        }
        let until = busy.entry(key).or_insert(now);
        let next = (*until).max(now) + self.refill;
        let is_free = next <= now + self.refill * self.capacity;
        if is_free {
            *until = next;
        }
        is_free
    }

    /// Gives an attempt back that was none: the password was right.
    pub(super) fn give_back(&self, key: &K) {
        if let Some(until) = self.busy.lock().get_mut(key)
            && let Some(earlier) = until.checked_sub(self.refill)
        {
            *until = earlier;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn attempts_run_out_and_come_back_one_by_one() {
        let throttle = Throttle::new(3, SECOND);
        let begin = Instant::now();
        assert!((0..3).all(|_| throttle.take("a", begin)));
        assert!(!throttle.take("a", begin));
        assert!(throttle.take("b", begin), "others are not concerned");
        assert!(throttle.take("a", begin + SECOND));
        assert!(!throttle.take("a", begin + SECOND));
        assert!((0..3).all(|_| throttle.take("a", begin + 60 * SECOND)));
        assert!(!throttle.take("a", begin + 60 * SECOND), "waiting longer does not save attempts up");
    }

    #[test]
    fn an_attempt_that_was_right_does_not_count() {
        let throttle = Throttle::new(2, SECOND);
        let begin = Instant::now();
        for _ in 0..100 {
            assert!(throttle.take("a", begin));
            throttle.give_back(&"a");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1, SECOND);
        let begin = Instant::now();
        for key in 0..3 * MAX_KNOWN {
            assert!(throttle.take(key, begin));
            assert!(throttle.busy.lock().len() <= MAX_KNOWN);
        }
    }
}
