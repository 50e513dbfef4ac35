//! How often may this be said? A log line that hostile or broken clients can cause must not flood the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Lines per second.
const MOST: u64 = 10;

/// Lets the first lines of each second through and counts the others.
#[derive(Debug)]
pub struct Quiet {
    began: Instant,
    second: AtomicU64,
    said: AtomicU64,
    unsaid: AtomicU64,
}

impl Default for Quiet {
    fn default() -> Self {
        Self::new()
    }
}

impl Quiet {
    /// Nothing was said yet.
    pub fn new() -> Self {
        Self { began: Instant::now(), second: AtomicU64::new(0), said: AtomicU64::new(0), unsaid: AtomicU64::new(0) }
    }

    /// `Some` if a line may be written now: how many were left out since the last one.
    pub fn may_speak(&self) -> Option<u64> {
        self.may_speak_at(self.began.elapsed().as_secs())
    }

    fn may_speak_at(&self, second: u64) -> Option<u64> {
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.said.store(0, Ordering::Relaxed);
        }
        if self.said.fetch_add(1, Ordering::Relaxed) < MOST {
            return Some(self.unsaid.swap(0, Ordering::Relaxed));
        }
        self.unsaid.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_what_was_left_out_is_told() {
        let quiet = Quiet::new();
        let said = (0..1_000).filter(|_| quiet.may_speak_at(1).is_some()).count();
        assert_eq!(said, 10);
        assert_eq!(quiet.may_speak_at(2), Some(990));
        assert_eq!(quiet.may_speak_at(2), Some(0));
    }
}
