//! What is the next value on the wire, and is it one? The inner loop: no allocation, no message, just where to go on.

use crate::lanes;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Truncated,
    NumberTooLong,
    IntRange,
    Boolean,
    NegativeLength,
    LengthPastEnd,
    Utf8,
    Index,
    NegativeCount,
    CountPastEnd,
    EmptyItems,
    BlockSize,
    TooDeep,
    Uuid,
    TimeOfDay,
    Decimal,
}

/// A step: the position behind what was checked.
pub(super) type Step = Result<usize, Fault>;

/// The top bit of every byte.
const TOP_BITS: u64 = 0x8080_8080_8080_8080;

/// Over a variable-length number of up to 64 bits.
#[inline(always)]
pub(super) fn skip_long(payload: &[u8], at: usize) -> Step {
    match payload.get(at) {
        Some(byte) if *byte < 0x80 => return Ok(at + 1),
        Some(_) => {}
        None => return Err(Fault::Truncated),
    }
    // The number ends with the first byte whose top bit is clear.
    let ends = !word(payload, at) & TOP_BITS;
    if ends != 0 {
        return Ok(at + (ends.trailing_zeros() / 8) as usize + 1);
    }
    long_slow(payload, at).map(|(_, next)| next)
}

/// Over a number of up to 32 bits.
#[inline(always)]
pub(super) fn skip_int(payload: &[u8], at: usize) -> Step {
    let next = skip_long(payload, at)?;
    // Four bytes carry 28 bits.
    if next - at <= 4 { Ok(next) } else { int_slow(payload, at) }
}

#[cold]
fn int_slow(payload: &[u8], at: usize) -> Step {
    let (number, next) = long_slow(payload, at)?;
    i32::try_from(number).map(|_| next).map_err(|_| Fault::IntRange)
}

/// A number and the position behind it.
#[inline(always)]
pub(super) fn long(payload: &[u8], at: usize) -> Result<(i64, usize), Fault> {
    match payload.get(at) {
        Some(byte) if *byte < 0x80 => Ok((unzigzag(u64::from(*byte)), at + 1)),
        Some(_) => long_slow(payload, at),
        None => Err(Fault::Truncated),
    }
}

fn long_slow(payload: &[u8], at: usize) -> Result<(i64, usize), Fault> {
    let mut bits = 0u64;
    for (index, byte) in payload.get(at..).unwrap_or_default().iter().take(10).enumerate() {
        bits |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Ok((unzigzag(bits), at + index + 1));
        }
    }
    if payload.len().saturating_sub(at) < 10 { Err(Fault::Truncated) } else { Err(Fault::NumberTooLong) }
}

#[inline(always)]
fn unzigzag(bits: u64) -> i64 {
    ((bits >> 1) as i64) ^ -((bits & 1) as i64)
}

#[inline(always)]
pub(super) fn boolean(payload: &[u8], at: usize) -> Step {
    match payload.get(at) {
        Some(0 | 1) => Ok(at + 1),
        Some(_) => Err(Fault::Boolean),
        None => Err(Fault::Truncated),
    }
}

#[inline(always)]
pub(super) fn fixed(payload: &[u8], at: usize, width: u32) -> Step {
    let next = at + width as usize;
    if next <= payload.len() { Ok(next) } else { Err(Fault::Truncated) }
}

/// The bytes that a length announces, and the position behind them.
#[inline(always)]
pub(super) fn counted(payload: &[u8], at: usize) -> Result<(usize, usize), Fault> {
    let (length, start) = long(payload, at)?;
    let Ok(length) = usize::try_from(length) else { return Err(Fault::NegativeLength) };
    if length > payload.len() - start {
        return Err(Fault::LengthPastEnd);
    }
    Ok((start, start + length))
}

#[inline(always)]
pub(super) fn bytes(payload: &[u8], at: usize) -> Step {
    counted(payload, at).map(|(_, end)| end)
}

#[inline(always)]
pub(super) fn text(payload: &[u8], at: usize) -> Step {
    let (start, end) = counted(payload, at)?;
    if lanes::is_ascii(payload, start, end) {
        return Ok(end);
    }
    let text = payload.get(start..end).unwrap_or_default();
    if std::str::from_utf8(text).is_ok() { Ok(end) } else { Err(Fault::Utf8) }
}

/// The eight bytes at `at`; if there are less, bytes that nothing takes for a value.
#[inline(always)]
fn word(payload: &[u8], at: usize) -> u64 {
    match payload.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number in zigzag and base 128, as Avro writes it.
    fn written(number: i64) -> Vec<u8> {
        let mut bits = ((number << 1) ^ (number >> 63)) as u64;
        let mut bytes = Vec::new();
        while bits >= 0x80 {
            bytes.push((bits & 0x7f) as u8 | 0x80);
            bits >>= 7;
        }
        bytes.push(bits as u8);
        bytes
    }

    #[test]
    fn numbers_of_every_length_are_read_and_skipped() {
        for shift in 0..64 {
            for number in [1i64 << shift, (1i64 << shift).wrapping_neg(), (1i64 << shift).wrapping_sub(1)] {
                for tail in [0usize, 12] {
                    let mut payload = written(number);
                    let end = payload.len();
                    payload.resize(end + tail, 0xff);
                    assert_eq!(long(&payload, 0), Ok((number, end)));
                    assert_eq!(skip_long(&payload, 0), Ok(end));
                    let fits = i32::try_from(number).is_ok();
                    assert_eq!(skip_int(&payload, 0), if fits { Ok(end) } else { Err(Fault::IntRange) });
                }
            }
        }
    }

    #[test]
    fn a_number_must_end() {
        assert_eq!(skip_long(&[0x80; 9], 0), Err(Fault::Truncated));
        assert_eq!(skip_long(&[], 0), Err(Fault::Truncated));
        assert_eq!(skip_long(&[0x80; 11], 0), Err(Fault::NumberTooLong));
    }
}
