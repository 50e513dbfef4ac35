//! Are two values equal? They are if and only if their canonical spellings are: members in the order of their names,
//! numbers by what they mean, texts by what they say.

use std::fmt::Write;

use super::number::Number;
use super::scan::{self, MAX_DEPTH};
use super::text;
use crate::json::{Node, Value};

/// The spelling of the value at `at`, which has been walked over before.
pub(super) fn payload(payload: &str, at: usize) -> String {
    let mut speller = Speller { payload, bytes: payload.as_bytes(), out: String::new() };
    speller.value(at, 0);
    speller.out
}

/// The spelling of a value that stands in a schema.
pub(super) fn constant(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(digits) => spelled(Number::read(digits)),
        Value::Text(text) => quoted(text),
        Value::List(items) => list(items.iter().map(constant)),
        Value::Object(members) => {
            object(members.iter().map(|member| (quoted(&member.key), constant(&member.value))).collect())
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn object(mut members: Vec<(String, String)>) -> String {
    members.sort();
    let members: Vec<String> = members.into_iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Quotes and backslashes are the only letters that could be taken for the end.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn spelled(number: Number) -> String {
    match number {
        Number::Unsigned(number) => number.to_string(),
        Number::Signed(number) => number.to_string(),
        // A whole number is one however it was spelled. Up to here all of them fit.
        Number::Float(number) if number.fract() == 0.0 && number.abs() < 1e30 => (number as i128).to_string(),
        Number::Float(number) => format!("{number:e}"),
    }
}

struct Speller<'p> {
    payload: &'p str,
    bytes: &'p [u8],
    out: String,
}

impl Speller<'_> {
    /// The position behind the value.
    fn value(&mut self, at: usize, depth: u32) -> Option<usize> {
        match scan::byte(self.bytes, at) {
            b'"' => {
                let (text, end) = self.text(at)?;
                self.out.push_str(&text);
                Some(end)
            }
            b'{' if depth <= MAX_DEPTH => self.object(at, depth),
            b'[' if depth <= MAX_DEPTH => self.array(at, depth),
            b't' | b'f' | b'n' => {
                let end = scan::name(self.bytes, at)?;
                self.out.push_str(self.payload.get(at..end)?);
                Some(end)
            }
            _ => {
                let end = scan::number(self.bytes, at)?.end;
                let number = Number::read(self.payload.get(at..end)?);
                write!(self.out, "{}", spelled(number)).ok()?;
                Some(end)
            }
        }
    }

    fn text(&self, at: usize) -> Option<(String, usize)> {
        let found = scan::text(self.bytes, at + 1)?;
        Some((quoted(&text::content(self.payload, found)), found.end + 1))
    }

    fn array(&mut self, at: usize, depth: u32) -> Option<usize> {
        self.out.push('[');
        let mut at = scan::blanks(self.bytes, at + 1);
        while scan::byte(self.bytes, at) != b']' {
            let end = self.value(at, depth + 1)?;
            at = self.comma(end);
            self.out.push(',');
        }
        if self.out.ends_with(',') {
            self.out.pop();
        }
        self.out.push(']');
        Some(at + 1)
    }

    fn object(&mut self, at: usize, depth: u32) -> Option<usize> {
        let mut members = Vec::new();
        let mut at = scan::blanks(self.bytes, at + 1);
        while scan::byte(self.bytes, at) != b'}' {
            let (name, end) = self.text(at)?;
            let colon = scan::blanks(self.bytes, end);
            let mut inner = Speller { payload: self.payload, bytes: self.bytes, out: String::new() };
            let end = inner.value(scan::blanks(self.bytes, colon + 1), depth + 1)?;
            members.push((name, inner.out));
            at = self.comma(end);
        }
        self.out.push_str(&object(members));
        Some(at + 1)
    }

    /// Past the comma behind a value, if there is one.
    fn comma(&self, at: usize) -> usize {
        let at = scan::blanks(self.bytes, at);
        if scan::byte(self.bytes, at) == b',' { scan::blanks(self.bytes, at + 1) } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    #[test]
    fn values_are_equal_by_what_they_mean() {
        let classes = [
            &["1", "1.0", "10e-1"][..],
            &["-0", "0", "0.0"],
            &["18446744073709551616", "1.8446744073709551616e19"],
            &["\"a\"", "\"\\u0061\""],
            &["[]", "[ ]"],
            &["[[],{}]", "[ [ ] , { } ]"],
            &["{\"a\":1,\"b\":[true,null]}", "{ \"b\" : [true , null] , \"\\u0061\" : 1.0 }"],
            &["[1,2]"],
            &["[12]"],
            &["\"1\""],
            &["[\"a,b\"]"],
            &["[\"a\",\"b\"]"],
            &["{\"a\\\":1,\\\"b\":1}"],
            &["null"],
        ];
        for (index, class) in classes.iter().enumerate() {
            for value in *class {
                for (other_index, other) in classes.iter().enumerate() {
                    for other in *other {
                        let equal = payload(value, 0) == constant(&read(other).unwrap());
                        assert_eq!(equal, index == other_index, "{value} {other}");
                    }
                }
            }
        }
    }
}
