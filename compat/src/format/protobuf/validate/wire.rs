//! What is the next thing on the wire, and where does it end?

use std::ops::Range;

pub(super) const VARINT: u8 = 0;
pub(super) const FIXED64: u8 = 1;
pub(super) const LENGTH: u8 = 2;
pub(super) const GROUP: u8 = 3;
pub(super) const GROUP_END: u8 = 4;
pub(super) const FIXED32: u8 = 5;

/// How many messages and groups a value may stand in, as everywhere in Protobuf.
pub(super) const MAX_DEPTH: u32 = 100;

/// Why the wire can't be followed any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Truncated,
    NumberTooLong,
    LengthPastEnd,
    FieldNumber,
    WireType(u8),
    StrayGroupEnd,
    OtherGroupEnd,
    EndlessGroup,
    TooDeep,
}

impl Fault {
    pub(super) fn what(self) -> String {
        match self {
            Self::Truncated => "the message ends before the value does".into(),
            Self::NumberTooLong => "a number has at most 64 bits in 10 bytes, this one goes on".into(),
            Self::LengthPastEnd => "the length reaches past the end of the message".into(),
            Self::FieldNumber => "field numbers go from 1 to 536870911, this one does not".into(),
            Self::WireType(wire) => format!("there is no wire type {wire}"),
            Self::StrayGroupEnd => "a group ends here that did not begin".into(),
            Self::OtherGroupEnd => "the group ends with the number of another".into(),
            Self::EndlessGroup => "the group does not end".into(),
            Self::TooDeep => format!("the value nests deeper than {MAX_DEPTH} levels"),
        }
    }
}

/// What stands before each value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) number: u32,
    pub(super) wire: u8,
    /// Where the value starts.
    pub(super) next: usize,
}

/// The tag at `at`, which ends before `end`.
pub(super) fn tag(payload: &[u8], at: usize, end: usize) -> Result<Tag, Fault> {
    let (bits, next) = varint(payload, at, end)?;
    let bits = u32::try_from(bits).map_err(|_| Fault::FieldNumber)?;
    let (number, wire) = (bits >> 3, (bits & 7) as u8);
    match wire {
        _ if number == 0 => Err(Fault::FieldNumber),
        VARINT..=FIXED32 => Ok(Tag { number, wire, next }),
        _ => Err(Fault::WireType(wire)),
    }
}

/// The number at `at` and the position behind it.
pub(super) fn varint(payload: &[u8], at: usize, end: usize) -> Result<(u64, usize), Fault> {
    let rest = payload.get(at..end).unwrap_or_default();
    let mut bits = 0u64;
    for (index, byte) in rest.iter().take(10).enumerate() {
        bits |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            // The tenth byte has room for one bit.
            let fits = index < 9 || *byte < 2;
            return if fits { Ok((bits, at + index + 1)) } else { Err(Fault::NumberTooLong) };
        }
    }
    if rest.len() < 10 { Err(Fault::Truncated) } else { Err(Fault::NumberTooLong) }
}

/// A number in zigzag and the position behind it.
pub(super) fn zigzag(payload: &[u8], at: usize, end: usize) -> Result<(i64, usize), Fault> {
    varint(payload, at, end).map(|(bits, next)| (unzigzag(bits), next))
}

pub(super) fn unzigzag(bits: u64) -> i64 {
    ((bits >> 1) as i64) ^ -((bits & 1) as i64)
}

/// Where the bytes are whose length stands at `at`.
pub(super) fn counted(payload: &[u8], at: usize, end: usize) -> Result<Range<usize>, Fault> {
    let (length, start) = varint(payload, at, end)?;
    match usize::try_from(length) {
        Ok(length) if length <= end - start => Ok(start..start + length),
        _ => Err(Fault::LengthPastEnd),
    }
}

/// Where a value ends.
pub(super) fn skip(payload: &[u8], tag: Tag, end: usize, depth: u32) -> Result<usize, Fault> {
    match tag.wire {
        VARINT => varint(payload, tag.next, end).map(|(_, next)| next),
        FIXED64 => fixed(tag.next, 8, end),
        LENGTH => counted(payload, tag.next, end).map(|range| range.end),
        GROUP => group(payload, tag, end, depth).map(|(_, next)| next),
        FIXED32 => fixed(tag.next, 4, end),
        _ => Err(Fault::StrayGroupEnd),
    }
}

/// Where a value of a fixed width ends.
pub(super) fn fixed(at: usize, width: usize, end: usize) -> Result<usize, Fault> {
    if at + width <= end { Ok(at + width) } else { Err(Fault::Truncated) }
}

/// Where the contents of a group are, and the position behind its end.
pub(super) fn group(payload: &[u8], start: Tag, end: usize, depth: u32) -> Result<(Range<usize>, usize), Fault> {
    if depth >= MAX_DEPTH {
        return Err(Fault::TooDeep);
    }
    let mut at = start.next;
    while at < end {
        let tag = tag(payload, at, end)?;
        if tag.wire == GROUP_END {
            let own = tag.number == start.number;
            return if own { Ok((start.next..at, tag.next)) } else { Err(Fault::OtherGroupEnd) };
        }
        at = skip(payload, tag, end, depth + 1)?;
    }
    Err(Fault::EndlessGroup)
}

/// The fields in a piece of the payload: where each starts, its tag, and where it ends. Ends where the wire can't be
/// followed.
pub(super) fn tags(payload: &[u8], range: Range<usize>) -> impl Iterator<Item = (usize, Tag, usize)> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let start = at;
        if start >= range.end {
            return None;
        }
        let tag = tag(payload, start, range.end).ok()?;
        at = skip(payload, tag, range.end, 0).ok()?;
        Some((start, tag, at))
    })
}
