//! Which number does a name go by?

use std::hash::Hash;

use ahash::RandomState;
use indexmap::IndexSet;

/// Values that are kept once each, by the order in which they came.
#[derive(Debug)]
pub(super) struct Numbers<T>(IndexSet<T, RandomState>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(IndexSet::default())
    }
}

impl<T: Hash + Eq + Clone> Numbers<T> {
    /// The number of a value, which it gets if it has none.
    pub(super) fn of(&mut self, value: &T) -> u32 {
        let place = match self.0.get_index_of(value) {
            Some(place) => place,
            None => self.0.insert_full(value.clone()).0,
        };
        // Nobody has the memory for so many names.
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    pub(super) fn known(&self, value: &T) -> Option<u32> {
        self.0.get_index_of(value).and_then(|place| u32::try_from(place).ok())
    }

    /// The value of a number that was given out here.
    pub(super) fn get(&self, number: u32) -> &T {
        &self.0[number as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
