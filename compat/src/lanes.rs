//! Which of the next 32 bytes are of a kind? All are looked at together, with the instructions that processors have for that.
//!
//! Most texts in records are no longer. For them there is no loop, whose length no processor could foresee.

use wide::u8x16;

/// How many bytes are looked at together.
pub(crate) const WIDTH: usize = 32;

/// Up to 32 bytes of a text, where it begins or goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'b> {
    bytes: &'b [u8; WIDTH],
    /// How many of them stand before it, which is so only at the end of all bytes.
    before: u32,
}

/// The next bytes from `at` on, as far as there are any. `None` if there are less than 32 in all.
#[inline(always)]
pub(crate) fn block(bytes: &[u8], at: usize) -> Option<Block<'_>> {
    let start = at.min(bytes.len().checked_sub(WIDTH)?);
    Some(Block { bytes: bytes.get(start..)?.first_chunk()?, before: (at - start) as u32 })
}

impl Block<'_> {
    /// How many bytes it has.
    #[inline(always)]
    pub(crate) fn length(self) -> usize {
        WIDTH.saturating_sub(self.before as usize)
    }

    /// A bit for each byte that is no ASCII, the lowest for the first.
    #[inline(always)]
    pub(crate) fn beyond_ascii(self) -> u32 {
        // The mask is made of the top bits.
        each(self.bytes, |half| half).unbounded_shr(self.before)
    }

    /// A bit for each byte that can't stand for itself in a text of JSON: a quote, a backslash, a control character.
    #[inline(always)]
    pub(crate) fn ending_text(self) -> u32 {
        let (quote, backslash, last_control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
        let ends = |half: u8x16| half.simd_eq(quote) | half.simd_eq(backslash) | half.min(last_control).simd_eq(half);
        each(self.bytes, ends).unbounded_shr(self.before)
    }
}

/// Whether a text is ASCII that goes from `start` to `end`, which is no later than the end of all bytes.
#[inline(always)]
pub(crate) fn is_ascii(bytes: &[u8], start: usize, end: usize) -> bool {
    match (block(bytes, start), end - start) {
        (Some(block), length @ 0..=WIDTH) => block.beyond_ascii() & first(length) == 0,
        // Two blocks that overlap.
        (Some(first), 33..=64) => {
            let last = block(bytes, end - WIDTH).map_or(u32::MAX, |last| last.beyond_ascii());
            first.beyond_ascii() | last == 0
        }
        _ => is_long_ascii(bytes, start, end),
    }
}

/// The same of long texts, and where there are less bytes than a block has.
#[inline(never)]
fn is_long_ascii(bytes: &[u8], start: usize, end: usize) -> bool {
    bytes.get(start..end).is_some_and(<[u8]>::is_ascii)
}

/// The bits of the first `count` bytes; of all, if that is more.
#[inline(always)]
fn first(count: usize) -> u32 {
    ((1u64 << count.min(WIDTH)) - 1) as u32
}

#[inline(always)]
fn each(block: &[u8; WIDTH], of: impl Fn(u8x16) -> u8x16) -> u32 {
    let (Some(low), Some(high)) = (block.first_chunk(), block.last_chunk()) else { return u32::MAX };
    of(u8x16::new(*low)).to_bitmask() | of(u8x16::new(*high)).to_bitmask() << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_bit() {
        for at in 0..WIDTH {
            for byte in 0..=u8::MAX {
                let mut bytes = [b'a'; WIDTH + 3];
                bytes[at + 3] = byte;
                let ends = matches!(byte, b'"' | b'\\' | 0..0x20);
                let block = block(&bytes, 3).unwrap();
                assert_eq!(block.beyond_ascii(), u32::from(!byte.is_ascii()) << at, "{byte} at {at}");
                assert_eq!(block.ending_text(), u32::from(ends) << at, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn what_stands_before_a_text_and_behind_it_has_none() {
        let bytes = [0xff; 40];
        for at in 0..=50 {
            let block = block(&bytes, at).unwrap();
            assert_eq!(block.length(), WIDTH.min(40usize.saturating_sub(at)));
            assert_eq!(block.beyond_ascii(), first(block.length()));
        }
        assert!(block(&bytes[..31], 0).is_none());
        assert_eq!([first(0), first(1), first(31), first(32), first(40)], [0, 1, u32::MAX >> 1, u32::MAX, u32::MAX]);
    }

    #[test]
    fn ascii_is_seen_at_every_length_and_position() {
        for length in 0..80 {
            for tail in [0, 20] {
                let mut payload = vec![b'a'; length];
                payload.resize(length + tail, 0xff);
                assert!(is_ascii(&payload, 0, length), "{length}");
                for at in 0..length {
                    payload[at] = 0x80;
                    assert!(!is_ascii(&payload, 0, length), "{length} {at}");
                    payload[at] = b'a';
                }
            }
        }
    }
}
