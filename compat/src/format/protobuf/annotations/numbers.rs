//! Which range do `lt`, `lte`, `gt` and `gte` make together, and what is it called?

use crate::demand::{Literal, Range, Standard, Test};

/// The ends that are given.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The lower one, and whether it is allowed itself.
    pub(super) low: Option<(Literal, bool)>,
    pub(super) high: Option<(Literal, bool)>,
}

impl Ends {
    /// The one rule that they are, as Buf names it: an upper end below the lower one means all that is not between.
    pub(super) fn standard(self, kind: &str) -> Option<Standard> {
        let low_word = self.low.as_ref().map(|(_, is_in)| if *is_in { "gte" } else { "gt" });
        let high_word = self.high.as_ref().map(|(_, is_in)| if *is_in { "lte" } else { "lt" });
        let above = |literal: &Literal, is_in: bool| {
            format!("greater than {}{}", if is_in { "or equal to " } else { "" }, told(literal))
        };
        let below = |literal: &Literal, is_in: bool| {
            format!("less than {}{}", if is_in { "or equal to " } else { "" }, told(literal))
        };
        let is_outside = match (&self.low, &self.high) {
            (Some((low, _)), Some((high, _))) => is_less(high, low),
            _ => false,
        };
        let (id, must) = match (&self.low, &self.high) {
            (Some((low, low_in)), Some((high, high_in))) => {
                let (joint, suffix) = if is_outside { ("or", "_exclusive") } else { ("and", "") };
                let id = format!("{kind}.{}_{}{suffix}", low_word?, high_word?);
                (id, format!("{} {joint} {}", above(low, *low_in), below(high, *high_in)))
            }
            (Some((low, is_in)), None) => (format!("{kind}.{}", low_word?), above(low, *is_in)),
            (None, Some((high, is_in))) => (format!("{kind}.{}", high_word?), below(high, *is_in)),
            (None, None) => return None,
        };
        let range = Range { low: self.low, high: self.high, is_outside };
        Some(Standard { id: id.into(), told: format!("must be {must}").into(), test: Test::Range(range) })
    }
}

fn is_less(one: &Literal, other: &Literal) -> bool {
    match (one, other) {
        (Literal::Int(one), Literal::Int(other)) => one < other,
        (Literal::Uint(one), Literal::Uint(other)) => one < other,
        (Literal::Double(one), Literal::Double(other)) => one < other,
        (Literal::Time(s1, n1), Literal::Time(s2, n2)) | (Literal::Span(s1, n1), Literal::Span(s2, n2)) => {
            (s1, n1) < (s2, n2)
        }
        _ => false,
    }
}

/// How much of a value is told, in characters.
const TOLD: usize = 100;

/// A value of an annotation in words.
pub(super) fn told(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Uint(value) => value.to_string(),
        Literal::Double(value) => value.to_string(),
        Literal::Text(text) => format!("`{}`", text.chars().take(TOLD).collect::<String>()),
        Literal::Bytes(bytes) => bytes.iter().take(TOLD / 2).map(|byte| format!("{byte:02x}")).collect(),
        Literal::Time(seconds, nanos) => {
            let nanos = u32::try_from(*nanos).unwrap_or(0);
            let time = chrono::DateTime::from_timestamp(*seconds, nanos);
            time.map_or_else(|| format!("{seconds}s"), |time| time.format("%FT%T%.fZ").to_string())
        }
        Literal::Span(seconds, 0) => format!("{seconds}s"),
        Literal::Span(seconds, nanos) => {
            let sign = if *seconds < 0 || *nanos < 0 { "-" } else { "" };
            let digits = format!("{:09}", nanos.unsigned_abs());
            format!("{sign}{}.{}s", seconds.unsigned_abs(), digits.trim_end_matches('0'))
        }
    }
}

/// The first of several values in words.
pub(super) fn listed(literals: &[Literal]) -> String {
    const MOST: usize = 10;
    let mut words: Vec<String> = literals.iter().take(MOST).map(told).collect();
    if literals.len() > MOST {
        words.push("…".into());
    }
    format!("[{}]", words.join(", "))
}
