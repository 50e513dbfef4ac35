//! What do the functions of the language's extensions give, which rules seldom use: of numbers and their bits, of pieces of
//! texts and lists, of base64?

use std::cmp::Ordering;

use base64::alphabet::STANDARD as LETTERS;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};

use super::eval::Run;
use super::functions::{Function, place};
use super::value::{Fault, Val, is_number, order};

/// As lenient as the language's first implementation: padding may be left out, and what is over in the last letter is.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &LETTERS,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn call<'a>(function: Function, arguments: &[Val<'a>], run: &Run<'a>) -> Result<Val<'a>, Fault> {
    use Function as F;
    Ok(match (function, arguments) {
        (F::IndexOfFrom, [Val::Text(text), Val::Text(part), Val::Int(from)]) => index_of(text, part, *from)?,
        (F::LastIndexOfTo, [Val::Text(text), Val::Text(part), Val::Int(to)]) => last_index_of(text, part, *to)?,
        (F::Reverse, [Val::Text(text)]) => run.text(|out| out.extend(text.chars().rev()))?,
        (F::Reverse, [list]) if is_list(list, run) => {
            let items = run.collected(list)?;
            let turned = run.alloc(items.len(), Val::Null)?;
            turned.iter_mut().zip(items.iter().rev()).for_each(|(place, item)| *place = *item);
            Val::List(turned)
        }
        (F::Slice, [list, Val::Int(from), Val::Int(to)]) if is_list(list, run) => {
            let at = |place: i64| usize::try_from(place).map_err(|_| Fault::OutOfBounds);
            run.collected(list)?.get(at(*from)?..at(*to)?).map(Val::List).ok_or(Fault::OutOfBounds)?
        }
        (F::Base64, [Val::Bytes(bytes)]) => run.text(|out| STANDARD.encode_string(bytes, out))?,
        (F::OfBase64, [Val::Text(text)]) => {
            let letters: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
            run.bytes(&LENIENT.decode(letters).map_err(|_| Fault::Conversion)?)?
        }
        (F::Greatest, [value]) => extreme(value, Ordering::Greater, run)?,
        (F::Least, [value]) => extreme(value, Ordering::Less, run)?,
        (F::Sqrt, [value]) => Val::Double(double(value)?.sqrt()),
        (_, [Val::Double(value)]) => of_double(function, *value)?,
        (_, [Val::Int(value)]) => Val::Int(match function {
            F::Abs => value.checked_abs().ok_or(Fault::Overflow)?,
            F::Sign => value.signum(),
            F::BitNot => !value,
            _ => return Err(Fault::NoOverload),
        }),
        (_, [Val::Uint(value)]) => Val::Uint(match function {
            F::Abs => *value,
            F::Sign => u64::from(*value != 0),
            F::BitNot => !value,
            _ => return Err(Fault::NoOverload),
        }),
        // Bits are bits, whatever the sign: they are moved as those of a number without one.
        (_, [Val::Int(one), Val::Int(other)]) => {
            Val::Int(bits(function, one.cast_unsigned(), other.cast_unsigned(), *other)?.cast_signed())
        }
        (_, [Val::Uint(one), Val::Uint(other)]) if !matches!(function, F::ShiftLeft | F::ShiftRight) => {
            Val::Uint(bits(function, *one, *other, 0)?)
        }
        (F::ShiftLeft | F::ShiftRight, [Val::Uint(one), Val::Int(by)]) => Val::Uint(bits(function, *one, 0, *by)?),
        _ => return Err(Fault::NoOverload),
    })
}

fn is_list<'a>(value: &Val<'a>, run: &Run<'a>) -> bool {
    matches!(value, Val::List(_)) || matches!(value, Val::Node(_)) && run.as_list(value)
}

fn double(value: &Val<'_>) -> Result<f64, Fault> {
    match value {
        Val::Double(value) => Ok(*value),
        Val::Int(value) => Ok(*value as f64),
        Val::Uint(value) => Ok(*value as f64),
        _ => Err(Fault::NoOverload),
    }
}

fn of_double<'a>(function: Function, value: f64) -> Result<Val<'a>, Fault> {
    Ok(Val::Double(match function {
        Function::Ceil => value.ceil(),
        Function::Floor => value.floor(),
        Function::Round => value.round(),
        Function::Trunc => value.trunc(),
        Function::Abs => value.abs(),
        // Both zeros are one, and what is no number stays none.
        Function::Sign if value == 0.0 => 0.0,
        Function::Sign if value.is_nan() => value,
        Function::Sign => value.signum(),
        Function::MathIsNan => return Ok(Val::Bool(value.is_nan())),
        Function::MathIsInf => return Ok(Val::Bool(value.is_infinite())),
        Function::IsFinite => return Ok(Val::Bool(value.is_finite())),
        _ => return Err(Fault::NoOverload),
    }))
}

fn bits(function: Function, one: u64, other: u64, by: i64) -> Result<u64, Fault> {
    // Where all of them are moved out nothing is left.
    let by = || u32::try_from(by.min(64)).map_err(|_| Fault::OutOfBounds);
    Ok(match function {
        Function::BitAnd => one & other,
        Function::BitOr => one | other,
        Function::BitXor => one ^ other,
        Function::ShiftLeft => one.checked_shl(by()?).unwrap_or(0),
        Function::ShiftRight => one.checked_shr(by()?).unwrap_or(0),
        _ => return Err(Fault::NoOverload),
    })
}

/// The greatest or the least number: of several that are worth the same the first.
fn extreme<'a>(value: &Val<'a>, wanted: Ordering, run: &Run<'a>) -> Result<Val<'a>, Fault> {
    if is_number(value) {
        return Ok(*value);
    }
    if !is_list(value, run) {
        return Err(Fault::NoOverload);
    }
    let items = run.collected(value)?;
    run.pay(items.len())?;
    let mut found = *items.first().ok_or(Fault::OutOfBounds)?;
    if !items.iter().all(is_number) {
        return Err(Fault::NoOverload);
    }
    for item in items.get(1..).unwrap_or_default() {
        // What is no number comes neither before nor after one.
        if order(item, &found)?.ok_or(Fault::NoOverload)? == wanted {
            found = *item;
        }
    }
    Ok(found)
}

/// The first place from one on, in characters.
fn index_of<'a>(text: &str, part: &str, from: i64) -> Result<Val<'a>, Fault> {
    let Some(start) = start(text, part, from)? else { return Ok(Val::Int(from.min(count(text)))) };
    let found = text.get(start..).and_then(|rest| rest.find(part));
    Ok(place(text, found.map(|at| start + at)))
}

/// The last place up to one, in characters.
fn last_index_of<'a>(text: &str, part: &str, to: i64) -> Result<Val<'a>, Fault> {
    let Some(start) = start(text, part, to)? else { return Ok(Val::Int(to.min(count(text)))) };
    let end = text.floor_char_boundary(start.saturating_add(part.len()));
    Ok(place(text, text.get(..end).and_then(|before| before.rfind(part))))
}

/// Where a character begins, in bytes; `None` where nothing is looked for, which is everywhere.
fn start(text: &str, part: &str, at: i64) -> Result<Option<usize>, Fault> {
    let at = usize::try_from(at).map_err(|_| Fault::OutOfBounds)?;
    if part.is_empty() {
        return Ok(None);
    }
    text.char_indices().nth(at).map(|(byte, _)| Some(byte)).ok_or(Fault::OutOfBounds)
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}
