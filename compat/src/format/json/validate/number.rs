//! How large is a number, and what does it divide by? Whole numbers are exact up to 64 bits, all others are those of
//! `f64`, as the reference `jsonschema` has them.

use std::cmp::Ordering;

/// What a number in JSON means. Two of different kinds are never equal: whole numbers that fit are never `Float` unless
/// they are spelled with a fraction or an exponent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Unsigned(u64),
    /// Below zero.
    Signed(i64),
    Float(f64),
}

/// The largest whole number up to which `f64` has them all.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Powers of ten that `f64` has exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

impl Number {
    /// Reads a number that is well-formed.
    pub(super) fn read(text: &str) -> Self {
        if let Some(number) = short(text.as_bytes()) {
            return number;
        }
        if let Ok(number) = text.parse() {
            return Self::Unsigned(number);
        }
        match text.parse::<i64>() {
            Ok(number) if number < 0 => Self::Signed(number),
            _ => Self::Float(text.parse().unwrap_or(f64::NAN)),
        }
    }

    #[inline]
    pub(super) fn order(self, other: Self) -> Ordering {
        // The usual limit is a small whole number, which a float can be compared with as it is.
        if let (Self::Float(one), Self::Unsigned(other)) = (self, other)
            && other <= EXACT as u64
        {
            return one.partial_cmp(&(other as f64)).unwrap_or(Ordering::Equal);
        }
        self.exact_order(other)
    }

    fn exact_order(self, other: Self) -> Ordering {
        match (self.whole(), other.whole()) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(one), None) => against_float(one, other.float()),
            (None, Some(other)) => against_float(other, self.float()).reverse(),
            (None, None) => self.float().partial_cmp(&other.float()).unwrap_or(Ordering::Equal),
        }
    }

    pub(super) fn float(self) -> f64 {
        match self {
            Self::Unsigned(number) => number as f64,
            Self::Signed(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    fn whole(self) -> Option<i128> {
        match self {
            Self::Unsigned(number) => Some(number.into()),
            Self::Signed(number) => Some(number.into()),
            Self::Float(_) => None,
        }
    }
}

/// The number, if it has at most 15 digits and no exponent: then its digits and the power of ten are both exact, and so
/// is their quotient up to one rounding, which is the right one.
#[inline]
fn short(text: &[u8]) -> Option<Number> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    let mut mantissa = 0u64;
    let mut places = None;
    for byte in digits {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' => places = Some(0),
            _ => return None,
        }
        if let (Some(places), b'0'..=b'9') = (&mut places, byte) {
            *places += 1;
        }
    }
    match (places, negative) {
        (None, false) => Some(Number::Unsigned(mantissa)),
        (None, true) if mantissa > 0 => Some(Number::Signed(-(mantissa as i64))),
        (None, true) => Some(Number::Float(-0.0)),
        (Some(places), _) => {
            let float = mantissa as f64 / POWERS.get(places).copied()?;
            Some(Number::Float(if negative { -float } else { float }))
        }
    }
}

fn against_float(one: i128, float: f64) -> Ordering {
    // Beyond 2^70 the float is larger than any whole number that comes here.
    if float.abs() >= 1_180_591_620_717_411_303_424.0 || float.is_nan() {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    let whole = float.trunc();
    one.cmp(&(whole as i128)).then_with(|| 0.0.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal))
}

/// Whether a number spelled with a fraction or an exponent is a whole number nevertheless.
pub(super) fn is_whole(text: &str) -> bool {
    if let Some((_, fraction)) = text.split_once('.')
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        if fraction.bytes().all(|byte| byte == b'0') {
            return true;
        }
        if text.len() <= 16 {
            return false;
        }
    }
    text.parse::<f64>().is_ok_and(|float| float.is_finite() && float.fract() == 0.0)
}

/// Whether `text` is a multiple of `divisor`, both read as decimals. `None` when that takes more than 128 bits or `f64`
/// does not hold the number, so that somebody else must say.
pub(super) fn is_multiple(text: &str, divisor: &Decimal) -> Option<bool> {
    let value = Decimal::read(text)?;
    if value.mantissa == 0 {
        return Some(true);
    }
    if text.len() > 16 && Number::read(text).float().abs() >= EXACT && text.contains(['.', 'e', 'E']) {
        return None;
    }
    // What both have in powers of ten can be taken from both.
    let shared = value.exponent.min(divisor.exponent);
    let scaled = |of: &Decimal| {
        let power = 10i128.checked_pow(u32::try_from(of.exponent - shared).ok()?)?;
        of.mantissa.checked_mul(power)
    };
    Some(scaled(&value)? % scaled(divisor)? == 0)
}

/// A decimal: `mantissa` times ten to the `exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    /// Reads a number that is well-formed; `None` when it has too many digits.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok().filter(|power| power.abs() < 1000)?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa = 0i128;
        for digit in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let exponent = exponent - i32::try_from(fraction.len()).ok()?;
        Some(Self { mantissa: if digits.starts_with('-') { -mantissa } else { mantissa }, exponent })
    }

    pub(super) fn is_positive(&self) -> bool {
        self.mantissa > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(one: &str, other: &str) -> Ordering {
        Number::read(one).order(Number::read(other))
    }

    #[test]
    fn numbers_of_both_kinds_are_in_one_order() {
        let sorted = [
            "-1e400",
            "-1e30",
            "-9223372036854775809",
            "-9223372036854775808",
            "-1.5",
            "-1",
            "-0.5",
            "0",
            "1e-400",
            "0.1",
            "1",
            "1.5",
            "9007199254740993",
            "9223372036854775808",
            "18446744073709551615",
            "1e30",
            "1e400",
        ];
        for (index, one) in sorted.iter().enumerate() {
            for (other_index, other) in sorted.iter().enumerate() {
                let tie = [one, other].iter().all(|text| ["0", "1e-400"].contains(text))
                    || [one, other].iter().all(|text| text.starts_with("-922337203685477580"));
                let expected = if tie { Ordering::Equal } else { index.cmp(&other_index) };
                assert_eq!(order(one, other), expected, "{one} {other}");
            }
        }
        assert_eq!(order("1.0", "1"), Ordering::Equal);
        assert_eq!(order("100", "1e2"), Ordering::Equal);
        assert_eq!(order("-0", "0.0"), Ordering::Equal);
    }

    #[test]
    fn short_numbers_are_read_as_long_ones_are() {
        for text in ["0.1", "123456.789", "-0.00000000001", "99999999999999.9", "1234567890.12345", "0", "-7"] {
            assert_eq!(Number::read(text).float().to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
    }

    #[test]
    fn multiples_are_those_of_decimals() {
        let is = |text, divisor: &str| is_multiple(text, &Decimal::read(divisor).unwrap());
        assert_eq!(is("0.3", "0.1"), Some(true));
        assert_eq!(is("19.99", "0.01"), Some(true));
        assert_eq!(is("19.995", "0.01"), Some(false));
        assert_eq!(is("1e3", "7"), Some(false));
        assert_eq!(is("-7.0", "7"), Some(true));
        assert_eq!(is("0", "0.7"), Some(true));
        assert_eq!(is("1e900", "3"), None);
    }

    #[test]
    fn whole_numbers_may_be_spelled_with_a_fraction() {
        for text in ["1.0", "1e2", "-3.000", "1.5e1", "1e300"] {
            assert!(is_whole(text), "{text}");
        }
        for text in ["1.5", "1e-2", "1.05e1", "1e400"] {
            assert!(!is_whole(text), "{text}");
        }
    }
}
