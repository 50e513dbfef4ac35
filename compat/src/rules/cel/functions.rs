//! Which functions does an expression have, what do they take, and what do they give?

use super::eval::Run;
use super::extensions;
use super::formats::{self, network};
use super::time;
use super::types::{Kinds, Ty};
use super::value::{Fault, Val};
use super::zone;

macro_rules! functions {
    ($($name:ident $word:literal ($($argument:ident),*) -> $result:ident),+ $(,)?) => {
        /// A function. A target before a dot counts as the first argument.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function { $($name),+ }

        /// What there is to know of each: its name, what kinds of values its arguments may be, what it gives.
        pub(super) const FUNCTIONS: &[(Function, &str, &[Kinds], Gives)] =
            &[$((Function::$name, $word, &[$(Kinds::$argument),*], Gives::$result)),+];
    };
}

/// The type of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Span,
    Type,
    List,
    /// What only the values tell.
    Any,
    /// What it was given.
    Same,
}

functions! {
    Size "size" (SIZED) -> Int,
    Contains "contains" (TEXT, TEXT) -> Bool,
    StartsWith "startsWith" (TEXT, TEXT) -> Bool,
    EndsWith "endsWith" (TEXT, TEXT) -> Bool,
    LowerAscii "lowerAscii" (TEXT) -> Text,
    UpperAscii "upperAscii" (TEXT) -> Text,
    Trim "trim" (TEXT) -> Text,
    CharAt "charAt" (TEXT, INT) -> Text,
    IndexOf "indexOf" (TEXT, TEXT) -> Int,
    LastIndexOf "lastIndexOf" (TEXT, TEXT) -> Int,
    SubstringFrom "substring" (TEXT, INT) -> Text,
    Substring "substring" (TEXT, INT, INT) -> Text,
    Replace "replace" (TEXT, TEXT, TEXT) -> Text,
    Split "split" (TEXT, TEXT) -> List,
    Join "join" (LIST) -> Text,
    JoinWith "join" (LIST, TEXT) -> Text,
    IsEmail "isEmail" (TEXT) -> Bool,
    IsHostname "isHostname" (TEXT) -> Bool,
    IsIpv4 "isIpv4" (TEXT) -> Bool,
    IsIpv6 "isIpv6" (TEXT) -> Bool,
    IsUri "isUri" (TEXT) -> Bool,
    IsUriRef "isUriRef" (TEXT) -> Bool,
    IsUuid "isUuid" (TEXT) -> Bool,
    ContainsBytes "contains" (BYTES, BYTES) -> Bool,
    StartsWithBytes "startsWith" (BYTES, BYTES) -> Bool,
    EndsWithBytes "endsWith" (BYTES, BYTES) -> Bool,
    IsNan "isNan" (DOUBLE) -> Bool,
    IsInf "isInf" (DOUBLE) -> Bool,
    IsInfOf "isInf" (DOUBLE, INT) -> Bool,
    IsIp "isIp" (TEXT) -> Bool,
    IsIpOf "isIp" (TEXT, INT) -> Bool,
    IsIpPrefix "isIpPrefix" (TEXT) -> Bool,
    IsIpPrefixOf "isIpPrefix" (TEXT, INT_OR_BOOL) -> Bool,
    IsIpPrefixOfBoth "isIpPrefix" (TEXT, INT, BOOL) -> Bool,
    IsHostAndPort "isHostAndPort" (TEXT, BOOL) -> Bool,
    Unique "unique" (LIST) -> Bool,
    ToInt "int" (TO_INT) -> Int,
    ToUint "uint" (TO_NUMBER) -> Uint,
    ToDouble "double" (TO_NUMBER) -> Double,
    ToText "string" (TO_TEXT) -> Text,
    ToBytes "bytes" (TO_BYTES) -> Bytes,
    ToBool "bool" (TO_BOOL) -> Bool,
    TypeOf "type" (ALL) -> Type,
    Dyn "dyn" (ALL) -> Same,
    Timestamp "timestamp" (TO_TIME) -> Time,
    Duration "duration" (TO_SPAN) -> Span,
    Year "getFullYear" (TIME) -> Int,
    Month "getMonth" (TIME) -> Int,
    DayOfMonth "getDayOfMonth" (TIME) -> Int,
    Date "getDate" (TIME) -> Int,
    DayOfWeek "getDayOfWeek" (TIME) -> Int,
    DayOfYear "getDayOfYear" (TIME) -> Int,
    Hours "getHours" (MOMENT) -> Int,
    Minutes "getMinutes" (MOMENT) -> Int,
    Seconds "getSeconds" (MOMENT) -> Int,
    Milliseconds "getMilliseconds" (MOMENT) -> Int,
    YearThere "getFullYear" (TIME, TEXT) -> Int,
    MonthThere "getMonth" (TIME, TEXT) -> Int,
    DayOfMonthThere "getDayOfMonth" (TIME, TEXT) -> Int,
    DateThere "getDate" (TIME, TEXT) -> Int,
    DayOfWeekThere "getDayOfWeek" (TIME, TEXT) -> Int,
    DayOfYearThere "getDayOfYear" (TIME, TEXT) -> Int,
    HoursThere "getHours" (TIME, TEXT) -> Int,
    MinutesThere "getMinutes" (TIME, TEXT) -> Int,
    SecondsThere "getSeconds" (TIME, TEXT) -> Int,
    MillisecondsThere "getMilliseconds" (TIME, TEXT) -> Int,
    IndexOfFrom "indexOf" (TEXT, TEXT, INT) -> Int,
    LastIndexOfTo "lastIndexOf" (TEXT, TEXT, INT) -> Int,
    ReplaceSome "replace" (TEXT, TEXT, TEXT, INT) -> Text,
    SplitSome "split" (TEXT, TEXT, INT) -> List,
    Reverse "reverse" (TEXT_OR_LIST) -> Same,
    Slice "slice" (LIST, INT, INT) -> List,
    Base64 "base64.encode" (BYTES) -> Text,
    OfBase64 "base64.decode" (TEXT) -> Bytes,
    Greatest "math.greatest" (NUMBER_OR_LIST) -> Any,
    Least "math.least" (NUMBER_OR_LIST) -> Any,
    Ceil "math.ceil" (DOUBLE) -> Double,
    Floor "math.floor" (DOUBLE) -> Double,
    Round "math.round" (DOUBLE) -> Double,
    Trunc "math.trunc" (DOUBLE) -> Double,
    Sqrt "math.sqrt" (NUMBER) -> Double,
    MathIsNan "math.isNaN" (DOUBLE) -> Bool,
    MathIsInf "math.isInf" (DOUBLE) -> Bool,
    IsFinite "math.isFinite" (DOUBLE) -> Bool,
    Abs "math.abs" (NUMBER) -> Same,
    Sign "math.sign" (NUMBER) -> Same,
    BitAnd "math.bitAnd" (WHOLE, WHOLE) -> Same,
    BitOr "math.bitOr" (WHOLE, WHOLE) -> Same,
    BitXor "math.bitXor" (WHOLE, WHOLE) -> Same,
    BitNot "math.bitNot" (WHOLE) -> Same,
    ShiftLeft "math.bitShiftLeft" (WHOLE, INT) -> Same,
    ShiftRight "math.bitShiftRight" (WHOLE, INT) -> Same,
}

impl Gives {
    pub(super) fn ty(self, argument: &Ty) -> Ty {
        match self {
            Self::Bool => Ty::Bool,
            Self::Int => Ty::Int,
            Self::Uint => Ty::Uint,
            Self::Double => Ty::Double,
            Self::Text => Ty::Text,
            Self::Bytes => Ty::Bytes,
            Self::Time => Ty::Time,
            Self::Span => Ty::Span,
            Self::Type => Ty::Type,
            Self::List | Self::Any => Ty::Any,
            Self::Same => argument.clone(),
        }
    }
}

/// Whether there is a function of that name here, whatever its arguments.
pub(super) fn is_known(name: &str, in_annotations: bool) -> bool {
    let is_here = |function| in_annotations || !is_of_annotations(function);
    FUNCTIONS.iter().any(|(function, known, ..)| *known == name && is_here(*function))
}

/// Whether only annotations have it, and Confluent's rules don't.
pub(super) fn is_of_annotations(function: Function) -> bool {
    use Function as F;
    matches!(
        function,
        F::ContainsBytes
            | F::StartsWithBytes
            | F::EndsWithBytes
            | F::IsNan
            | F::IsInf
            | F::IsInfOf
            | F::IsIp
            | F::IsIpOf
            | F::IsIpPrefix
            | F::IsIpPrefixOf
            | F::IsIpPrefixOfBoth
            | F::IsHostAndPort
            | F::Unique
    )
}

/// What the function makes of its arguments.
pub(super) fn call<'a>(function: Function, arguments: &[Val<'a>], run: &Run<'a>) -> Result<Val<'a>, Fault> {
    use Function as F;
    Ok(match (function, arguments) {
        (F::Size, [value]) => Val::Int(run.size(value)?),
        (F::Contains, [Val::Text(text), Val::Text(part)]) => Val::Bool(text.contains(part)),
        (F::StartsWith, [Val::Text(text), Val::Text(part)]) => Val::Bool(text.starts_with(part)),
        (F::EndsWith, [Val::Text(text), Val::Text(part)]) => Val::Bool(text.ends_with(part)),
        (F::LowerAscii, [Val::Text(text)]) => {
            run.text(|out| out.extend(text.chars().map(|c| c.to_ascii_lowercase())))?
        }
        (F::UpperAscii, [Val::Text(text)]) => {
            run.text(|out| out.extend(text.chars().map(|c| c.to_ascii_uppercase())))?
        }
        (F::Trim, [Val::Text(text)]) => Val::Text(text.trim()),
        (F::CharAt, [Val::Text(text), Val::Int(at)]) => substring(text, *at, None, true)?,
        (F::IndexOf, [Val::Text(text), Val::Text(part)]) => place(text, text.find(part)),
        (F::LastIndexOf, [Val::Text(text), Val::Text(part)]) => place(text, text.rfind(part)),
        (F::SubstringFrom, [Val::Text(text), Val::Int(from)]) => substring(text, *from, None, false)?,
        (F::Substring, [Val::Text(text), Val::Int(from), Val::Int(to)]) => substring(text, *from, Some(*to), false)?,
        (F::Replace, [Val::Text(text), Val::Text(from), Val::Text(to)]) => run.replaced(text, [from, to], None)?,
        (F::Split, [Val::Text(text), Val::Text(separator)]) => run.split(text, separator, None)?,
        (F::Join, [list]) => run.joined(list, "")?,
        (F::JoinWith, [list, Val::Text(separator)]) => run.joined(list, separator)?,
        (F::IsEmail, [Val::Text(text)]) => Val::Bool(formats::is_email(text)),
        (F::IsHostname, [Val::Text(text)]) => Val::Bool(formats::is_hostname(text)),
        (F::IsIpv4, [Val::Text(text)]) => Val::Bool(formats::is_ipv4(text)),
        (F::IsIpv6, [Val::Text(text)]) => Val::Bool(formats::is_ipv6(text)),
        (F::IsUri, [Val::Text(text)]) => Val::Bool(formats::is_uri(text)),
        (F::IsUriRef, [Val::Text(text)]) => Val::Bool(formats::is_uri_reference(text)),
        (F::IsUuid, [Val::Text(text)]) => Val::Bool(formats::is_uuid(text)),
        (F::ContainsBytes, [Val::Bytes(bytes), Val::Bytes(part)]) => Val::Bool(contains(bytes, part)),
        (F::StartsWithBytes, [Val::Bytes(bytes), Val::Bytes(part)]) => Val::Bool(bytes.starts_with(part)),
        (F::EndsWithBytes, [Val::Bytes(bytes), Val::Bytes(part)]) => Val::Bool(bytes.ends_with(part)),
        (F::IsNan, [Val::Double(value)]) => Val::Bool(value.is_nan()),
        (F::IsInf, [Val::Double(value)]) => Val::Bool(value.is_infinite()),
        (F::IsInfOf, [Val::Double(value), Val::Int(sign)]) => Val::Bool(match sign.signum() {
            0 => value.is_infinite(),
            1 => *value == f64::INFINITY,
            _ => *value == f64::NEG_INFINITY,
        }),
        (F::IsIp, [Val::Text(text)]) => Val::Bool(network::is_ip(text, 0)),
        (F::IsIpOf, [Val::Text(text), Val::Int(version)]) => Val::Bool(network::is_ip(text, *version)),
        (F::IsIpPrefix, [Val::Text(text)]) => Val::Bool(network::is_prefix(text, 0, false)),
        (F::IsIpPrefixOf, [Val::Text(text), Val::Int(version)]) => Val::Bool(network::is_prefix(text, *version, false)),
        (F::IsIpPrefixOf, [Val::Text(text), Val::Bool(strict)]) => Val::Bool(network::is_prefix(text, 0, *strict)),
        (F::IsIpPrefixOfBoth, [Val::Text(text), Val::Int(version), Val::Bool(strict)]) => {
            Val::Bool(network::is_prefix(text, *version, *strict))
        }
        (F::IsHostAndPort, [Val::Text(text), Val::Bool(must)]) => Val::Bool(network::is_host_and_port(text, *must)),
        (F::Unique, [list]) => Val::Bool(run.is_unique(list)?),
        (F::ToInt, [value]) => Val::Int(to_int(value)?),
        (F::ToUint, [value]) => Val::Uint(to_uint(value)?),
        (F::ToDouble, [value]) => Val::Double(to_double(value)?),
        (F::ToText, [value]) => to_text(value, run)?,
        (F::ToBytes, [Val::Text(text)]) => Val::Bytes(text.as_bytes()),
        (F::ToBytes, [Val::Bytes(bytes)]) => Val::Bytes(bytes),
        (F::ToBool, [Val::Bool(value)]) => Val::Bool(*value),
        (F::ToBool, [Val::Text(text)]) => Val::Bool(to_bool(text)?),
        (F::TypeOf, [value]) => Val::Type(run.type_of(value)),
        (F::Dyn, [value]) => *value,
        (F::Timestamp, [Val::Time(seconds, nanos)]) => Val::Time(*seconds, *nanos),
        (F::Timestamp, [Val::Int(seconds)]) => time::checked(*seconds, 0)?,
        (F::Timestamp, [Val::Text(text)]) => time::timestamp(text)?,
        (F::Duration, [Val::Span(seconds, nanos)]) => Val::Span(*seconds, *nanos),
        (F::Duration, [Val::Text(text)]) => time::duration(text)?,
        (part, [Val::Time(seconds, nanos)]) => Val::Int(time::part(part, *seconds, *nanos)?),
        (part, [Val::Time(seconds, nanos), Val::Text(zone)]) => {
            run.pay(zone::COST)?;
            Val::Int(time::part(part, seconds + zone::offset(zone, *seconds)?, *nanos)?)
        }
        (F::Hours, [Val::Span(seconds, _)]) => Val::Int(seconds / 3600),
        (F::Minutes, [Val::Span(seconds, _)]) => Val::Int(seconds / 60),
        (F::Seconds, [Val::Span(seconds, _)]) => Val::Int(*seconds),
        (F::Milliseconds, [Val::Span(seconds, nanos)]) => Val::Int(seconds * 1000 + i64::from(nanos / 1_000_000)),
        (F::ReplaceSome, [Val::Text(text), Val::Text(from), Val::Text(to), Val::Int(count)]) => {
            run.replaced(text, [from, to], usize::try_from(*count).ok())?
        }
        (F::SplitSome, [Val::Text(text), Val::Text(separator), Val::Int(count)]) => {
            run.split(text, separator, usize::try_from(*count).ok())?
        }
        (other, arguments) => return extensions::call(other, arguments, run),
    })
}

/// Whether some bytes stand within others.
pub(in crate::rules) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    // For every length but zero there are windows; of that length there are none.
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

/// A place in characters.
pub(super) fn place<'a>(text: &str, found: Option<usize>) -> Val<'a> {
    let count = |at: usize| text.get(..at).map_or(0, |before| before.chars().count());
    Val::Int(found.map_or(-1, |at| i64::try_from(count(at)).unwrap_or(i64::MAX)))
}

/// A piece of a text, from one character to another; a single one is empty behind the end.
fn substring<'a>(text: &'a str, from: i64, to: Option<i64>, single: bool) -> Result<Val<'a>, Fault> {
    let out = |_| Fault::OutOfBounds;
    let from = usize::try_from(from).map_err(out)?;
    let to = to.map(usize::try_from).transpose().map_err(out)?;
    let byte =
        |at: usize| text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(at).ok_or(Fault::OutOfBounds);
    let start = byte(from)?;
    let end = match to {
        _ if single => byte(from + 1).unwrap_or(text.len()),
        Some(to) if to < from => return Err(Fault::OutOfBounds),
        Some(to) => byte(to)?,
        None => text.len(),
    };
    Ok(Val::Text(text.get(start..end).unwrap_or_default()))
}

fn to_int(value: &Val<'_>) -> Result<i64, Fault> {
    match value {
        Val::Int(value) => Ok(*value),
        Val::Uint(value) => i64::try_from(*value).map_err(|_| Fault::Overflow),
        Val::Double(value) if *value > -9.223_372_036_854_775e18 && *value < 9.223_372_036_854_775e18 => {
            Ok(*value as i64)
        }
        Val::Double(_) => Err(Fault::Overflow),
        Val::Text(text) => text.parse().map_err(|_| Fault::Conversion),
        Val::Time(seconds, _) => Ok(*seconds),
        _ => Err(Fault::NoOverload),
    }
}

fn to_uint(value: &Val<'_>) -> Result<u64, Fault> {
    match value {
        Val::Uint(value) => Ok(*value),
        Val::Int(value) => u64::try_from(*value).map_err(|_| Fault::Overflow),
        Val::Double(value) if *value > -1.0 && *value < 1.844_674_407_370_955e19 => Ok(*value as u64),
        Val::Double(_) => Err(Fault::Overflow),
        Val::Text(text) => text.parse().map_err(|_| Fault::Conversion),
        _ => Err(Fault::NoOverload),
    }
}

fn to_double(value: &Val<'_>) -> Result<f64, Fault> {
    match value {
        Val::Double(value) => Ok(*value),
        Val::Int(value) => Ok(*value as f64),
        Val::Uint(value) => Ok(*value as f64),
        Val::Text(text) => text.parse().map_err(|_| Fault::Conversion),
        _ => Err(Fault::NoOverload),
    }
}

fn to_bool(text: &str) -> Result<bool, Fault> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(Fault::Conversion),
    }
}

fn to_text<'a>(value: &Val<'a>, run: &Run<'a>) -> Result<Val<'a>, Fault> {
    match value {
        Val::Text(text) => Ok(Val::Text(text)),
        Val::Bytes(bytes) => std::str::from_utf8(bytes).map(Val::Text).map_err(|_| Fault::Conversion),
        Val::Bool(value) => Ok(Val::Text(if *value { "true" } else { "false" })),
        Val::Int(value) => run.written(format_args!("{value}")),
        Val::Uint(value) => run.written(format_args!("{value}")),
        Val::Double(value) => run.written(format_args!("{value}")),
        Val::Time(seconds, nanos) => time::write(*seconds, *nanos, run),
        Val::Span(seconds, nanos) => time::write_span(*seconds, *nanos, run),
        _ => Err(Fault::NoOverload),
    }
}
