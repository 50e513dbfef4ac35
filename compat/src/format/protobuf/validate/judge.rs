//! Is this payload good? The inner loop: no path, no reason, just yes or "look closer".
//!
//! It is laid out for speed. One word is read per field: the tag, and what follows it. Where a value goes past the end of
//! its message is seen once, at the end of the message. The kinds of steps are told apart one bit after the other, the
//! most frequent first: to jump by a table costs more.

use crate::lanes;

use super::{Row, Shape, Step, Tables, wire};

/// The top bits of the seven bytes that a word still has when the tag is shifted out.
const SEVEN_TOP_BITS: u64 = 0x80_8080_8080_8080;

/// Whether bytes are a good message of this shape. `false` only means that it takes a closer look: what is rare is not
/// dealt with here.
pub(super) fn is_good(tables: &Tables, shape: u32, bytes: &[u8]) -> bool {
    Judge { tables, payload: bytes }.message(shape, bytes, 0, 0).is_some()
}

struct Judge<'a> {
    tables: &'a Tables,
    /// All of it. What is left of it always goes on to its end.
    payload: &'a [u8],
}

impl Judge<'_> {
    /// Over a message that starts with `rest`, which goes on to the end of the payload, and ends where there are only
    /// `keep` bytes left.
    fn message(&self, shape: u32, mut rest: &[u8], keep: usize, depth: u32) -> Option<()> {
        let shape = self.tables.shapes.get(shape as usize)?;
        let rows = shape.rows.of(&self.tables.rows);
        let mut seen = 0u64;
        while rest.len() > keep {
            let mut bytes = word(rest);
            let tag = bytes as u8;
            let row = match rows.get(usize::from(tag >> 3)) {
                Some(row) if row.tag == tag => *row,
                _ => match row_of_two_bytes(rows, bytes) {
                    Some(row) => {
                        rest = rest.get(1..)?;
                        bytes = word(rest);
                        row
                    }
                    None => {
                        let (row, taken) = self.other(shape, rest, keep, depth)?;
                        seen |= 1 << row.bit;
                        rest = rest.get(taken..)?;
                        continue;
                    }
                },
            };
            seen |= 1 << row.bit;
            let taken = self.step(row, bytes >> 8, rest, depth)?;
            rest = rest.get(taken..)?;
        }
        let is_told_by_bits = shape.required <= u32::from(Row::NO_BIT);
        let complete = seen & shape.required_bits == shape.required_bits && is_told_by_bits;
        (rest.len() == keep && complete).then_some(())
    }

    /// How many bytes a field takes whose tag is the first byte of `rest`, and whose value begins with those in `value`.
    #[inline(always)]
    fn step(&self, row: Row, value: u64, rest: &[u8], depth: u32) -> Option<usize> {
        let kind = row.step as u8;
        if kind & Step::Text as u8 != 0 {
            let length = (value & 0xff) as usize;
            if length < 0x80 && self.is_ascii(rest, 2 + length) { Some(2 + length) } else { text(rest) }
        } else if kind & Step::Varint as u8 != 0 {
            // The number ends with the first byte whose top bit is clear.
            let ends = !value & SEVEN_TOP_BITS;
            if ends != 0 { Some(2 + (ends.trailing_zeros() / 8) as usize) } else { varint(rest) }
        } else if kind & Step::Message as u8 != 0 {
            let length = (value & 0xff) as usize;
            let (start, stop) = if length < 0x80 { (2, 2 + length) } else { counted(rest)? };
            self.nested(row.of, rest, start, stop, depth)?;
            Some(stop)
        } else if kind & Step::Fixed64 as u8 != 0 {
            Some(9)
        } else {
            self.rare(row, rest)
        }
    }

    /// Whether a text is ASCII that begins with `rest` and ends at `stop`; what stands before it is as well. Also `false` if
    /// it goes past the end.
    #[inline(always)]
    fn is_ascii(&self, rest: &[u8], stop: usize) -> bool {
        let at = self.payload.len() - rest.len();
        stop <= rest.len() && lanes::is_ascii(self.payload, at, at + stop)
    }

    #[inline(always)]
    fn nested(&self, shape: u32, rest: &[u8], start: usize, stop: usize, depth: u32) -> Option<()> {
        let keep = rest.len().checked_sub(stop)?;
        if depth >= wire::MAX_DEPTH {
            return None;
        }
        self.message(shape, rest.get(start..)?, keep, depth + 1)
    }

    #[inline(never)]
    fn rare(&self, row: Row, rest: &[u8]) -> Option<usize> {
        match row.step {
            Step::Fixed32 => Some(5),
            Step::Bytes => counted(rest).map(|(_, stop)| stop),
            Step::Closed => {
                let (bits, next) = wire::varint(rest, 1, rest.len()).ok()?;
                self.tables.takes(row.of, bits as i32).then_some(next)
            }
            Step::PackedVarint => packed(rest, are_varints),
            Step::PackedFixed32 => packed(rest, |numbers| numbers.len().is_multiple_of(4)),
            Step::PackedFixed64 => packed(rest, |numbers| numbers.len().is_multiple_of(8)),
            _ => None,
        }
    }

    /// Over a field whose number takes more than one byte, or that the message does not have.
    #[inline(never)]
    fn other(&self, shape: &Shape, rest: &[u8], keep: usize, depth: u32) -> Option<(Row, usize)> {
        let end = rest.len() - keep;
        let tag = wire::tag(rest, 0, end).ok()?;
        match self.row(shape, tag.number) {
            Some(row) if row.wire == tag.wire => {
                // From its last byte on, the tag is as good as one of a single byte.
                let before = tag.next - 1;
                let rest = rest.get(before..)?;
                Some((*row, before + self.step(*row, word(rest) >> 8, rest, depth)?))
            }
            Some(row) if row.step != Step::Unknown => None,
            // Groups take a closer look.
            _ if tag.wire == wire::GROUP => None,
            _ => Some((Row::UNKNOWN, wire::skip(rest, tag, end, 0).ok()?)),
        }
    }

    /// The row of a field whose number takes more than one byte.
    fn row(&self, shape: &Shape, number: u32) -> Option<&Row> {
        match shape.rows.of(&self.tables.rows).get(number as usize) {
            Some(row) => Some(row),
            None => {
                let far = self.tables.far(shape);
                let at = far.binary_search_by_key(&number, |field| field.number).ok()?;
                shape.far_rows().of(&self.tables.rows).get(at)
            }
        }
    }
}

/// The row of a tag of two bytes. From its last byte on, a longer tag is as good as one of a single byte.
#[inline(always)]
fn row_of_two_bytes(rows: &[Row], bytes: u64) -> Option<Row> {
    let number = (bytes >> 3 & 0xf) | (bytes >> 4 & 0x7f0);
    let row = *rows.get(number as usize)?;
    (bytes & 0x8080 == 0x80 && u64::from(row.wire) == bytes & 7).then_some(row)
}

#[inline(never)]
fn varint(rest: &[u8]) -> Option<usize> {
    wire::varint(rest, 1, rest.len()).ok().map(|(_, next)| next)
}

/// From where to where the bytes go whose length stands behind the tag.
#[inline(never)]
fn counted(rest: &[u8]) -> Option<(usize, usize)> {
    wire::counted(rest, 1, rest.len()).ok().map(|range| (range.start, range.end))
}

#[inline(never)]
fn text(rest: &[u8]) -> Option<usize> {
    let (start, stop) = counted(rest)?;
    std::str::from_utf8(rest.get(start..stop)?).ok().map(|_| stop)
}

fn packed(rest: &[u8], are_numbers: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let (start, stop) = counted(rest)?;
    are_numbers(rest.get(start..stop)?).then_some(stop)
}

/// Whether bytes are numbers of variable length, one after the other.
fn are_varints(bytes: &[u8]) -> bool {
    let (mut length, mut longest) = (0, 0);
    for byte in bytes {
        length = if *byte < 0x80 { 0 } else { length + 1 };
        longest = longest.max(length);
    }
    // The tenth byte of a number may hold too much.
    length == 0 && longest < 9
}

/// The first eight bytes. Where there are less, zeros stand for the rest: whoever takes one for a value ends up past the
/// end of the payload.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_word(bytes),
    }
}

#[inline(never)]
fn last_word(rest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (byte, rest) in bytes.iter_mut().zip(rest) {
        *byte = *rest;
    }
    u64::from_le_bytes(bytes)
}
