//! What is in a record batch? Borrowed views of its header and its records; nothing is copied, nothing is trusted.

use crate::codec::{Codec, CodecError};

/// Everything before the records.
pub(crate) const HEADER: usize = 61;

/// Where the bytes begin that the checksum covers: everything after it.
const CHECKED: usize = 21;

/// The shortest record: its length, attributes, two deltas, two null lengths and no headers.
const SHORTEST_RECORD: usize = 7;

const TRANSACTIONAL: i16 = 0b1_0000;
const CONTROL: i16 = 0b10_0000;

/// Why a batch can't be looked into. None of these can be repaired by asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BatchFault {
    #[error("the record batch ends too early")]
    CutShort,
    #[error("message format {0} is too old to be checked; use a producer that writes record batches (format 2)")]
    Format(i8),
    #[error("a partition takes one record batch per request; more bytes follow the first")]
    MoreThanOne,
    #[error("the record batch's checksum does not match its content")]
    Checksum,
    #[error("clients can't write control batches")]
    Control,
    #[error("the record batch's compression is unknown")]
    UnknownCodec,
    #[error("the record batch can't hold as many records as it says")]
    Count,
    #[error("the records can't be decompressed: {0}")]
    Codec(#[from] CodecError),
}

/// A record that can't be read; those after it can't be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordFault {
    #[error("a length inside the record does not fit")]
    Length,
    #[error("bytes are left over after the last record")]
    LeftOver,
}

/// A batch whose header and checksum are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch<'a> {
    pub(crate) codec: Codec,
    pub(crate) count: u32,
    pub(crate) base_timestamp: i64,
    pub(crate) producer: Sequence,
    /// The records as they came, compressed or not.
    pub(crate) records: &'a [u8],
}

/// Where a batch stands among those of its producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// -1 for a producer that is not idempotent.
    pub(crate) id: i64,
    pub(crate) epoch: i16,
    /// The number of the first record.
    pub(crate) first: i32,
    pub(crate) is_transactional: bool,
}

impl<'a> Batch<'a> {
    /// Opens the one batch that a partition of a produce request holds.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, BatchFault> {
        let format = i8::from_be_bytes([*bytes.get(16).ok_or(BatchFault::CutShort)?]);
        if format != 2 {
            return Err(BatchFault::Format(format));
        }
        let records = bytes.get(HEADER..).ok_or(BatchFault::CutShort)?;
        match u64::from(u32_at(bytes, 8)).cmp(&(bytes.len() as u64 - 12)) {
            std::cmp::Ordering::Less => return Err(BatchFault::MoreThanOne),
            std::cmp::Ordering::Greater => return Err(BatchFault::CutShort),
            std::cmp::Ordering::Equal => {}
        }
        if crc32c::crc32c(bytes.get(CHECKED..).unwrap_or_default()) != u32_at(bytes, 17) {
            return Err(BatchFault::Checksum);
        }
        let attributes = i16_at(bytes, 21);
        if attributes & CONTROL != 0 {
            return Err(BatchFault::Control);
        }
        let codec = Codec::from_attributes(attributes).ok_or(BatchFault::UnknownCodec)?;
        let producer = Sequence {
            id: i64_at(bytes, 43),
            epoch: i16_at(bytes, 51),
            first: u32_at(bytes, 53).cast_signed(),
            is_transactional: attributes & TRANSACTIONAL != 0,
        };
        Ok(Self { codec, count: u32_at(bytes, 57), base_timestamp: i64_at(bytes, 27), producer, records })
    }

    /// Walks the records, decompressed.
    pub(crate) fn walk(&self, plain: &'a [u8]) -> Result<Records<'a>, BatchFault> {
        if self.count as usize > plain.len() / SHORTEST_RECORD {
            return Err(BatchFault::Count);
        }
        Ok(Records { rest: plain, left: self.count })
    }
}

/// The count of records and the bytes that they take, from the header alone: for topics that nobody checks.
pub(crate) fn peek(bytes: &[u8]) -> Option<(u32, usize)> {
    let size = bytes.len().checked_sub(HEADER)?;
    let count = u32_at(bytes, 57);
    // A count that can't be is a lie even for compressed records: a bit per record is far below what any codec reaches.
    (bytes.get(16) == Some(&2) && count as usize <= size.saturating_mul(1 << 12)).then_some((count, size))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk());
    field.map_or(0, |field| u32::from_be_bytes(*field))
}

fn i16_at(bytes: &[u8], at: usize) -> i16 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk());
    field.map_or(0, |field| i16::from_be_bytes(*field))
}

fn i64_at(bytes: &[u8], at: usize) -> i64 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk());
    field.map_or(0, |field| i64::from_be_bytes(*field))
}

/// The records of a batch, one after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    left: u32,
}

/// One record, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) headers: Headers<'a>,
    /// All of it behind its length, as it stands in the batch.
    pub(crate) body: &'a [u8],
}

/// A record in the pieces of which another one can be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// Attributes and timestamp.
    pub(crate) to_timestamp: &'a [u8],
    pub(crate) timestamp_delta: i64,
    pub(crate) offset_delta: i64,
    pub(crate) key_and_value: &'a [u8],
    pub(crate) header_count: i64,
    pub(crate) headers: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes the record apart once more.
    pub(crate) fn parts(&self) -> Result<Parts<'a>, RecordFault> {
        let upto = |rest: &[u8]| self.body.get(..self.body.len() - rest.len()).unwrap_or_default();
        let mut rest = self.body.get(1..).ok_or(RecordFault::Length)?;
        let timestamp_delta = varint(&mut rest)?;
        let to_timestamp = upto(rest);
        let offset_delta = varint(&mut rest)?;
        let from = upto(rest).len();
        bytes(&mut rest)?;
        bytes(&mut rest)?;
        let key_and_value = self.body.get(from..upto(rest).len()).unwrap_or_default();
        let header_count = varint(&mut rest)?;
        Ok(Parts { to_timestamp, timestamp_delta, offset_delta, key_and_value, header_count, headers: rest })
    }
}

/// A record's headers: an ordered list in which names may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Headers<'a> {
    count: u64,
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    /// The next record, `None` after the last one.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<Result<Record<'a>, RecordFault>> {
        if self.left == 0 {
            return if self.rest.is_empty() { None } else { Some(Err(self.give_up(RecordFault::LeftOver))) };
        }
        self.left -= 1;
        let record = self.record();
        Some(record.map_err(|fault| self.give_up(fault)))
    }

    fn give_up(&mut self, fault: RecordFault) -> RecordFault {
        (self.rest, self.left) = (&[], 0);
        fault
    }

    #[inline(always)]
    fn record(&mut self) -> Result<Record<'a>, RecordFault> {
        let length = size(&mut self.rest)?.ok_or(RecordFault::Length)?;
        let (body, rest) = self.rest.split_at_checked(length).ok_or(RecordFault::Length)?;
        self.rest = rest;
        let (_attributes, mut record) = body.split_first().ok_or(RecordFault::Length)?;
        varint(&mut record)?; // timestamp delta
        varint(&mut record)?; // offset delta
        let key = bytes(&mut record)?;
        let value = bytes(&mut record)?;
        let count = u64::try_from(varint(&mut record)?).map_err(|_| RecordFault::Length)?;
        let headers = Headers { count, rest: record };
        if count == 0 && record.is_empty() {
            return Ok(Record { key, value, headers, body });
        }
        headers.check()?;
        Ok(Record { key, value, headers, body })
    }
}

impl<'a> Headers<'a> {
    /// Reads them all, so that [`Self::last`] can't fail.
    fn check(self) -> Result<(), RecordFault> {
        let mut rest = self.rest;
        for _ in 0..self.count {
            header(&mut rest)?;
        }
        if rest.is_empty() { Ok(()) } else { Err(RecordFault::Length) }
    }

    /// All of them, in their order.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut rest = self.rest;
        (0..self.count).map_while(move |_| header(&mut rest).ok())
    }

    /// The last header of a name: `None` if there is none, `Some(None)` if its value is null.
    #[inline]
    pub(crate) fn last(self, name: &str) -> Option<Option<&'a [u8]>> {
        let mut rest = self.rest;
        let mut last = None;
        for _ in 0..self.count {
            let (key, value) = header(&mut rest).ok()?;
            if key == name.as_bytes() {
                last = Some(value);
            }
        }
        last
    }
}

fn header<'a>(rest: &mut &'a [u8]) -> Result<(&'a [u8], Option<&'a [u8]>), RecordFault> {
    let key = bytes(rest)?.ok_or(RecordFault::Length)?;
    Ok((key, bytes(rest)?))
}

#[inline]
fn bytes<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, RecordFault> {
    let Some(length) = size(rest)? else { return Ok(None) };
    let (taken, after) = rest.split_at_checked(length).ok_or(RecordFault::Length)?;
    *rest = after;
    Ok(Some(taken))
}

/// A length, `None` for null.
#[inline]
fn size(rest: &mut &[u8]) -> Result<Option<usize>, RecordFault> {
    match varint(rest)? {
        -1 => Ok(None),
        length => usize::try_from(length).map(Some).map_err(|_| RecordFault::Length),
    }
}

/// A zig-zag varint of up to 64 bits.
#[inline]
fn varint(rest: &mut &[u8]) -> Result<i64, RecordFault> {
    if let [byte @ 0..0x80, after @ ..] = *rest {
        *rest = after;
        return Ok(unzigzag(u64::from(*byte)));
    }
    long_varint(rest)
}

fn long_varint(rest: &mut &[u8]) -> Result<i64, RecordFault> {
    let mut value = 0u64;
    for (index, byte) in rest.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (index * 7);
        if byte & 0x80 == 0 {
            *rest = rest.get(index + 1..).unwrap_or_default();
            return Ok(unzigzag(value));
        }
    }
    Err(RecordFault::Length)
}

#[inline]
fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Writes a zig-zag varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests;
