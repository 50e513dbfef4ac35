//! What do timestamps and durations say, and how are they written?

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use super::eval::Run;
use super::functions::Function;
use super::value::{Fault, Val};

/// The seconds of 0001-01-01 and of the last second of 9999, between which timestamps lie.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;
/// How long a duration may be, in seconds.
const LONGEST: i64 = 315_576_000_000;

const NANOS: i64 = 1_000_000_000;

/// A timestamp within its range.
pub(super) fn checked<'a>(seconds: i64, nanos: i32) -> Result<Val<'a>, Fault> {
    if (FIRST..=LAST).contains(&seconds) { Ok(Val::Time(seconds, nanos)) } else { Err(Fault::Overflow) }
}

/// A duration within its range, of which both parts have the same sign.
fn span<'a>(nanos: i128) -> Result<Val<'a>, Fault> {
    let nanos_per_second = i128::from(NANOS);
    let seconds = i64::try_from(nanos / nanos_per_second).map_err(|_| Fault::Overflow)?;
    if seconds.abs() > LONGEST {
        return Err(Fault::Overflow);
    }
    Ok(Val::Span(seconds, (nanos % nanos_per_second) as i32))
}

fn total(seconds: i64, nanos: i32) -> i128 {
    i128::from(seconds) * i128::from(NANOS) + i128::from(nanos)
}

/// The text of RFC 3339.
pub(super) fn timestamp<'a>(text: &str) -> Result<Val<'a>, Fault> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| Fault::Conversion)?;
    checked(time.timestamp(), time.timestamp_subsec_nanos() as i32)
}

/// A sum of numbers with units, as in `1h30m` or `-1.5s`.
pub(super) fn duration<'a>(text: &str) -> Result<Val<'a>, Fault> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Val::Span(0, 0));
    }
    if rest.is_empty() {
        return Err(Fault::Conversion);
    }
    let mut sum = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').ok_or(Fault::Conversion)?;
        let (number, unit) = rest.split_at(end);
        let units: [(&str, i128); 7] = [
            ("ns", 1),
            ("us", 1_000),
            ("µs", 1_000),
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("m", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ];
        let (word, worth) = units.into_iter().find(|(word, _)| unit.starts_with(word)).ok_or(Fault::Conversion)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || whole.len() > 18 {
            return Err(Fault::Conversion);
        }
        let digits =
            |text: &str| if text.is_empty() { Ok(0i128) } else { text.parse::<i128>().map_err(|_| Fault::Conversion) };
        let fraction = fraction.get(..fraction.len().min(15)).unwrap_or_default();
        let scale = 10i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        sum += digits(whole)? * worth + digits(fraction)? * worth / scale;
        rest = unit.get(word.len()..).unwrap_or_default();
    }
    span(sign * sum)
}

/// The sum of what can be added.
pub(super) fn add<'a>(one: &Val<'a>, other: &Val<'a>) -> Result<Val<'a>, Fault> {
    match (one, other) {
        (Val::Span(s1, n1), Val::Span(s2, n2)) => span(total(*s1, *n1) + total(*s2, *n2)),
        (Val::Time(s1, n1), Val::Span(s2, n2)) | (Val::Span(s2, n2), Val::Time(s1, n1)) => {
            point(total(*s1, *n1) + total(*s2, *n2))
        }
        _ => Err(Fault::NoOverload),
    }
}

pub(super) fn subtract<'a>(one: &Val<'a>, other: &Val<'a>) -> Result<Val<'a>, Fault> {
    match (one, other) {
        // What lies between two points is counted in nanoseconds of 64 bits.
        (Val::Time(s1, n1), Val::Time(s2, n2)) => {
            let between = total(*s1, *n1) - total(*s2, *n2);
            if i64::try_from(between).is_ok() { span(between) } else { Err(Fault::Overflow) }
        }
        (Val::Span(s1, n1), Val::Span(s2, n2)) => span(total(*s1, *n1) - total(*s2, *n2)),
        (Val::Time(s1, n1), Val::Span(s2, n2)) => point(total(*s1, *n1) - total(*s2, *n2)),
        _ => Err(Fault::NoOverload),
    }
}

fn point<'a>(nanos: i128) -> Result<Val<'a>, Fault> {
    let seconds = i64::try_from(nanos.div_euclid(i128::from(NANOS))).map_err(|_| Fault::Overflow)?;
    checked(seconds, nanos.rem_euclid(i128::from(NANOS)) as i32)
}

/// A part of a timestamp, in UTC, or as a clock shows it where that many seconds are shown.
pub(super) fn part(part: Function, seconds: i64, nanos: i32) -> Result<i64, Fault> {
    let time = utc(seconds, nanos)?;
    Ok(match part {
        Function::Year | Function::YearThere => i64::from(time.year()),
        Function::Month | Function::MonthThere => i64::from(time.month0()),
        Function::DayOfMonth | Function::DayOfMonthThere => i64::from(time.day0()),
        Function::Date | Function::DateThere => i64::from(time.day()),
        Function::DayOfWeek | Function::DayOfWeekThere => i64::from(time.weekday().num_days_from_sunday()),
        Function::DayOfYear | Function::DayOfYearThere => i64::from(time.ordinal0()),
        Function::Hours | Function::HoursThere => i64::from(time.hour()),
        Function::Minutes | Function::MinutesThere => i64::from(time.minute()),
        Function::Seconds | Function::SecondsThere => i64::from(time.second()),
        Function::Milliseconds | Function::MillisecondsThere => i64::from(time.timestamp_subsec_millis()),
        _ => return Err(Fault::NoOverload),
    })
}

pub(super) fn write<'a>(seconds: i64, nanos: i32, run: &Run<'a>) -> Result<Val<'a>, Fault> {
    let text = utc(seconds, nanos)?.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    run.written(format_args!("{text}"))
}

pub(super) fn write_span<'a>(seconds: i64, nanos: i32, run: &Run<'a>) -> Result<Val<'a>, Fault> {
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let (seconds, nanos) = (seconds.unsigned_abs(), nanos.unsigned_abs());
    if nanos == 0 {
        return run.written(format_args!("{sign}{seconds}s"));
    }
    let digits = format!("{nanos:09}");
    run.written(format_args!("{sign}{seconds}.{}s", digits.trim_end_matches('0')))
}

fn utc(seconds: i64, nanos: i32) -> Result<DateTime<Utc>, Fault> {
    let nanos = u32::try_from(nanos).map_err(|_| Fault::Overflow)?;
    DateTime::from_timestamp(seconds, nanos).ok_or(Fault::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(i64, i32)> {
        match duration(text) {
            Ok(Val::Span(seconds, nanos)) => Some((seconds, nanos)),
            _ => None,
        }
    }

    #[test]
    fn durations_are_sums_of_units() {
        assert_eq!(of("1h30m"), Some((5400, 0)));
        assert_eq!(of("-1.5s"), Some((-1, -500_000_000)));
        assert_eq!(of("3ms"), Some((0, 3_000_000)));
        assert_eq!(of("0"), Some((0, 0)));
        for bad in ["", "-", "1", "s", "1x", "1.2.3s", ".s", "999999999999999999999h", "1h-1m"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn timestamps_have_a_range() {
        assert!(matches!(timestamp("1970-01-01T00:00:01.5Z"), Ok(Val::Time(1, 500_000_000))));
        assert!(timestamp("1970-01-01").is_err());
        assert!(checked(LAST + 1, 0).is_err());
        assert!(add(&Val::Time(LAST, 0), &Val::Span(1, 0)).is_err());
        assert!(matches!(subtract(&Val::Time(0, 0), &Val::Span(0, 1)), Ok(Val::Time(-1, 999_999_999))));
    }
}
