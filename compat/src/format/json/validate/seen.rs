//! Has this been seen before? Properties of one object, items of one array. In memory that is there already, as long as
//! they are not too many.

use std::collections::HashSet;

/// Which of the properties that the schema knows have been seen.
#[derive(Debug, Default)]
pub(super) struct Known {
    few: [u64; 2],
    /// Those of the index 128 and above.
    many: Vec<u64>,
}

const INLINE: usize = 128;

impl Known {
    /// Whether it had been seen before.
    #[inline(always)]
    pub(super) fn see(&mut self, index: usize) -> bool {
        match self.few.get_mut(index / 64) {
            Some(bits) => mark(bits, index),
            None => self.see_beyond(index - INLINE),
        }
    }

    #[cold]
    fn see_beyond(&mut self, index: usize) -> bool {
        let at = index / 64;
        if at >= self.many.len() {
            self.many.resize(at + 1, 0);
        }
        self.many.get_mut(at).is_some_and(|bits| mark(bits, index))
    }

    pub(super) fn has(&self, index: usize) -> bool {
        let bits = match self.few.get(index / 64) {
            Some(bits) => Some(bits),
            None => self.many.get((index - INLINE) / 64),
        };
        bits.is_some_and(|bits| bits >> (index % 64) & 1 == 1)
    }

    /// Whether everything in `required` has been seen, as far as it is below 128.
    #[inline(always)]
    pub(super) fn has_all(&self, required: &[u64; 2]) -> bool {
        (required[0] & !self.few[0]) | (required[1] & !self.few[1]) == 0
    }
}

#[inline(always)]
fn mark(bits: &mut u64, index: usize) -> bool {
    let bit = 1 << (index % 64);
    let before = *bits & bit != 0;
    *bits |= bit;
    before
}

/// How many things are remembered without taking memory.
const FEW: usize = 16;

/// Things that are not known beforehand: where each stands, and a digest that tells most of them apart.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    count: usize,
    digests: [u32; FEW],
    places: [u32; FEW],
    /// All of them, spelled out, once they are too many.
    many: Option<HashSet<Box<str>>>,
}

impl Strangers {
    /// Whether it had been seen before. `same` compares with what stands at a place, `spell` says what stands there so
    /// that two are the same only if they are spelled the same.
    #[inline(always)]
    pub(super) fn see(
        &mut self,
        digest: u32,
        place: usize,
        same: impl Fn(usize) -> bool,
        spell: impl Fn(usize) -> Box<str>,
    ) -> bool {
        if self.count >= FEW {
            return self.see_among_many(place, spell);
        }
        // All at once, without looking for the place: mostly there is none.
        let is_like = self.digests.iter().fold(false, |found, other| found | (*other == digest));
        if is_like && self.is_among_few(digest, same) {
            return true;
        }
        self.digests[self.count] = digest;
        self.places[self.count] = place as u32;
        self.count += 1;
        false
    }

    #[cold]
    fn is_among_few(&self, digest: u32, same: impl Fn(usize) -> bool) -> bool {
        let known = self.digests.iter().zip(&self.places).take(self.count);
        known.into_iter().any(|(other, place)| *other == digest && same(*place as usize))
    }

    #[cold]
    fn see_among_many(&mut self, place: usize, spell: impl Fn(usize) -> Box<str>) -> bool {
        let places = &self.places;
        let many = self.many.get_or_insert_with(|| places.iter().map(|place| spell(*place as usize)).collect());
        !many.insert(spell(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_remembered_however_many_there_are() {
        let mut known = Known::default();
        for index in [0, 63, 64, 127, 128, 191, 192, 5000] {
            assert!(!known.has(index) && !known.see(index), "{index}");
            assert!(known.has(index) && known.see(index) && !known.has(index + 1), "{index}");
        }
        assert!(known.has_all(&[1 | 1 << 63, 1]) && !known.has_all(&[2, 0]) && !known.has_all(&[0, 2]));
    }

    #[test]
    fn strangers_are_remembered_however_alike_they_are() {
        for digest in [|_: usize| 7, |place: usize| place as u32] {
            let mut strangers = Strangers::default();
            let mut see = |place: usize| {
                let same = |other: usize| other % 100 == place % 100;
                strangers.see(digest(place % 100), place, same, |place| (place % 100).to_string().into())
            };
            assert!((0..100).all(|place| !see(place)));
            assert!((100..200).all(&mut see));
        }
    }
}
