//! When is a request repeated, and after how long?

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// How often a request is tried, and how long the pauses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often a request is tried altogether; at least once.
    pub attempts: u32,
    /// The longest that the first pause can be; each further one can be twice as long. How long it is, chance says: clients
    /// that failed together would else come back together.
    pub first: Duration,
    /// No pause is longer, not even if the registry asks for it, but for what chance adds to what it asks for: `first` at most.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { attempts: 4, first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }
}

impl Pace {
    /// One attempt, no pauses.
    pub fn once() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The longest pause after a failed attempt, counted from 1; `None` when it was the last. What the registry asks for
    /// (seconds, as in `Retry-After`) comes first.
    pub fn pause(&self, attempt: u32, asked: Option<u64>) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        Some(asked.map_or(doubled, Duration::from_secs).min(self.longest))
    }

    /// A pause that is different for everybody: a half of [`Self::pause`] up to all of it, and a little more than what the
    /// registry asked for rather than less. `chance` is from 0 to 1.
    pub(crate) fn spread(&self, attempt: u32, asked: Option<u64>, chance: f64) -> Option<Duration> {
        let pause = self.pause(attempt, asked)?;
        Some(match asked {
            Some(_) => pause + pause.min(self.first).mul_f64(chance),
            None => pause.mul_f64(0.5 + 0.5 * chance),
        })
    }

    /// Whether a status says "not now" rather than "no". With 500 registries answer what went wrong in their store, which
    /// passes as often as not.
    pub(crate) fn is_passing(status: u16) -> bool {
        matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
    }
}

/// A number from 0 to 1, another one each time. The keys that the standard library gives each of its hash maps are random
/// enough for pauses.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit into the fraction")]
pub(crate) fn chance() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let pace = Pace { attempts: 4, first: Duration::from_millis(100), longest: Duration::from_millis(300) };
        let pauses: Vec<_> = (1..=4).map(|attempt| pace.pause(attempt, None).map(|pause| pause.as_millis())).collect();
        assert_eq!(pauses, [Some(100), Some(200), Some(300), None]);
        assert_eq!(Pace::once().pause(1, None), None);
    }

    #[test]
    fn pauses_differ_within_their_bounds() {
        let pace = Pace { attempts: 4, first: Duration::from_millis(100), longest: Duration::from_millis(300) };
        let spread = |attempt, asked, chance| pace.spread(attempt, asked, chance).map(|pause| pause.as_millis());
        assert_eq!((spread(1, None, 0.0), spread(1, None, 1.0)), (Some(50), Some(100)));
        assert_eq!((spread(3, None, 0.0), spread(4, None, 0.5)), (Some(150), None));
        // Never earlier than the registry asks, and at once where it asks for that.
        assert_eq!((spread(1, Some(1), 0.0), spread(1, Some(1), 0.5)), (Some(300), Some(350)));
        assert_eq!(spread(1, Some(0), 1.0), Some(0));
        let chances: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..1.0).contains(chance)), "{chances:?}");
        assert!(chances.iter().any(|chance| *chance < 0.5) && chances.iter().any(|chance| *chance >= 0.5));
    }

    #[test]
    fn the_registry_may_ask_for_patience_within_reason() {
        let pace = Pace::default();
        assert_eq!(pace.pause(1, Some(2)), Some(Duration::from_secs(2)));
        assert_eq!(pace.pause(1, Some(3600)), Some(pace.longest));
        assert_eq!(Pace { attempts: 100, ..pace }.pause(90, None), Some(pace.longest));
    }
}
