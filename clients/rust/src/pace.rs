//! When is a request repeated, and after how long?

use std::time::Duration;

/// How often a request is tried, and how long the pauses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often a request is tried altogether; at least once.
    pub attempts: u32,
    /// The first pause; each further one is twice as long.
    pub first: Duration,
    /// No pause is longer, not even if the registry asks for it.
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

    /// The pause after a failed attempt, counted from 1; `None` when it was the last. What the registry asks for (seconds,
    /// as in `Retry-After`) comes first.
    pub fn pause(&self, attempt: u32, asked: Option<u64>) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        Some(asked.map_or(doubled, Duration::from_secs).min(self.longest))
    }

    /// Whether a status says "not now" rather than "no".
    pub(crate) fn is_passing(status: u16) -> bool {
        matches!(status, 408 | 429 | 502 | 503 | 504)
    }
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
    fn the_registry_may_ask_for_patience_within_reason() {
        let pace = Pace::default();
        assert_eq!(pace.pause(1, Some(2)), Some(Duration::from_secs(2)));
        assert_eq!(pace.pause(1, Some(3600)), Some(pace.longest));
        assert_eq!(Pace { attempts: 100, ..pace }.pause(90, None), Some(pace.longest));
    }
}
