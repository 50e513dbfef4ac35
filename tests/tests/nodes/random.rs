//! What happens next? A small generator (splitmix64), so that a run can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) struct Random(u64);

/// The seed that is asked for, or a new one.
pub(crate) fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    std::env::var("TIDEGATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now)
}

impl Random {
    pub(crate) fn of(seed: u64, part: u64) -> Self {
        Self(seed.wrapping_mul(1000).wrapping_add(part))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}
