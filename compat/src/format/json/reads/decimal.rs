//! Which of two numbers in a schema is larger, and is one a multiple of the other? Exactly, whatever their digits and
//! exponents.

use std::cmp::Ordering;

/// How many digits a divisor may have for division with a remainder in 128 bits.
const MAX_DIVISOR_DIGITS: usize = 18;

/// A decimal number: the sign, the digits without zeros at either end, and where the point stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    /// The number is `0.digits` times ten to this.
    point: i64,
}

impl Decimal {
    /// Reads a number as JSON writes it. Exponents beyond all use count as the largest there is.
    pub(super) fn parse(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: String = [whole, fraction].concat();
        let digits = all.trim_start_matches('0');
        let leading = length(&all).saturating_sub(length(digits));
        let point = exponent_of(exponent).saturating_add(length(whole)).saturating_sub(leading);
        let digits = digits.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self { negative: false, digits, point: 0 };
        }
        Self { negative, digits, point }
    }

    /// A text that equal numbers have in common.
    pub(super) fn canonical(&self) -> String {
        format!("{}0.{}e{}", if self.negative { "-" } else { "" }, self.digits, self.point)
    }

    /// Whether this is a whole number of times `unit`.
    pub(super) fn is_multiple_of(&self, unit: &Self) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        if unit.digits.is_empty() || unit.digits.len() > MAX_DIVISOR_DIGITS {
            return self == unit;
        }
        // As whole numbers without a zero at the end, times a power of ten.
        let power = self.point.saturating_sub(length(&self.digits));
        let unit_power = unit.point.saturating_sub(length(&unit.digits));
        let Ok(shift) = u64::try_from(power.saturating_sub(unit_power)) else { return false };
        let Ok(divisor) = unit.digits.parse::<u128>() else { return false };
        let remainder = self.digits.bytes().fold(0, |rest, digit| (rest * 10 + u128::from(digit - b'0')) % divisor);
        (remainder * power_of_ten(shift, divisor)).is_multiple_of(divisor)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (!number.digits.is_empty()).then(|| (number.point, number.digits.clone()));
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn exponent_of(text: &str) -> i64 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    sign * digits.parse::<i64>().unwrap_or(i64::MAX / 4)
}

/// Ten to `power`, modulo a number of at most 18 digits.
fn power_of_ten(mut power: u64, modulus: u128) -> u128 {
    let (mut result, mut base) = (1 % modulus, 10 % modulus);
    while power > 0 {
        if power % 2 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        power /= 2;
    }
    result
}

#[cfg(test)]
mod tests;
