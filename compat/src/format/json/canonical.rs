//! How does a JSON Schema print, so that equal schemas print equally?
//!
//! The layout is that of Confluent's writer, because the hash of this text is the schema's identity in every registry:
//! no blanks, members in their order, nothing escaped that needn't be, decimals as Java prints them.

use super::tree::Schema;
use crate::json::{Member, Node, Value};

/// What is stored and hashed.
pub(super) fn identity(schema: &Schema) -> String {
    let mut out = String::new();
    json(&schema.root, false, &mut out);
    out
}

/// The same with the members of every object in order. The order of items may mean something, so it stays.
pub(super) fn normalized(schema: &Schema) -> String {
    let mut out = String::new();
    json(&schema.root, true, &mut out);
    out
}

/// There is no other form of a JSON Schema.
pub(super) fn rendered(_schema: &Schema, _format: &str) -> Option<String> {
    None
}

/// A piece of a schema as it is printed, for those who tell what it says.
pub(super) fn compact(node: &Node) -> String {
    let mut out = String::new();
    json(node, false, &mut out);
    out
}

fn json(node: &Node, sort: bool, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(&number(digits)),
        Value::Text(value) => text(value, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                json(item, sort, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<&Member> = members.iter().collect();
            if sort {
                members.sort_by(|one, other| one.key.encode_utf16().cmp(other.key.encode_utf16()));
            }
            out.push('{');
            for (index, member) in members.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                text(&member.key, out);
                out.push(':');
                json(&member.value, sort, out);
            }
            out.push('}');
        }
    }
}

fn text(value: &str, out: &mut String) {
    out.push('"');
    for letter in value.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// A number as Java's `BigInteger` and `BigDecimal` print it: digits stay as they are, trailing zeros included, but the
/// exponent is written in one way.
fn number(written: &str) -> String {
    let (sign, digits) = written.strip_prefix('-').map_or(("", written), |digits| ("-", digits));
    if !digits.contains(['.', 'e', 'E']) {
        return if digits == "0" { digits.to_owned() } else { written.to_owned() };
    }
    // What doesn't fit Java's 32 bits of exponent stays as written.
    decimal(digits)
        .map_or_else(|| written.to_owned(), |(digits, is_zero)| format!("{}{digits}", if is_zero { "" } else { sign }))
}

/// A decimal without a sign, and whether it is nothing.
fn decimal(written: &str) -> Option<(String, bool)> {
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (written, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let joined = format!("{whole}{fraction}");
    let trimmed = joined.trim_start_matches('0');
    let digits = if trimmed.is_empty() { "0" } else { trimmed };
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let count = i32::try_from(digits.len()).ok()?;
    let adjusted = (count - 1).checked_sub(scale)?;

    let text = if scale == 0 {
        digits.to_owned()
    } else if scale > 0 && adjusted >= -6 {
        plain(digits, usize::try_from(scale).ok()?)
    } else {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent = if adjusted == 0 { String::new() } else { format!("E{adjusted:+}") };
        format!("{first}{point}{rest}{exponent}")
    };
    Some((text, digits == "0"))
}

/// Digits with a point before the last `scale` of them.
fn plain(digits: &str, scale: usize) -> String {
    match digits.len().checked_sub(scale) {
        Some(point) if point > 0 => {
            let (whole, fraction) = digits.split_at(point);
            format!("{whole}.{fraction}")
        }
        _ => format!("0.{digits:0>scale$}"),
    }
}

#[cfg(test)]
mod tests;
