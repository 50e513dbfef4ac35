//! Is a value what its logical type says, as far as that can be wrong?

use super::Logical;
use super::cursor::{self, Fault, Step};

const MILLIS_PER_DAY: i64 = 86_400_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The step over such a value.
#[inline(never)]
pub(super) fn value(expected: Logical, payload: &[u8], at: usize) -> Step {
    match expected {
        Logical::Uuid => {
            let (start, end) = cursor::counted(payload, at)?;
            if payload.get(start..end).is_some_and(is_uuid) { Ok(end) } else { Err(Fault::Uuid) }
        }
        Logical::TimeMillis => {
            cursor::skip_int(payload, at)?;
            time(payload, at, MILLIS_PER_DAY)
        }
        Logical::TimeMicros => time(payload, at, MICROS_PER_DAY),
        Logical::Decimal => match cursor::counted(payload, at)? {
            (start, end) if start == end => Err(Fault::Decimal),
            (_, end) => Ok(end),
        },
    }
}

fn time(payload: &[u8], at: usize, day: i64) -> Step {
    let (number, next) = cursor::long(payload, at)?;
    if (0..day).contains(&number) { Ok(next) } else { Err(Fault::TimeOfDay) }
}

/// Hexadecimal digits in either case, and hyphens where they belong.
fn is_uuid(text: &[u8]) -> bool {
    let is_right = |(index, byte): (usize, &u8)| {
        if HYPHENS.contains(&index) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.iter().enumerate().all(is_right)
}
