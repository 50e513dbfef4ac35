//! What does a JSON text say, in which order, in which words, and where? Numbers keep their digits, members their
//! order, and everything its byte range.
//!
//! Stricter than most readers in one point: an object that has a member twice is refused, because whichever of the two
//! a reader picks, another picks the other. [`read`] is more lenient in one: it skips comments, as Avro's own reader
//! does.

use std::collections::HashSet;
use std::fmt;

use crate::violation::{Malformed, Span};

/// How deep arrays and objects may nest. Keeps every walk over a document within the stack.
pub(crate) const MAX_DEPTH: usize = 200;

/// A byte range of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) extent: Extent,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members()?.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// What this is, for messages: `an object`, `a number` …
    pub(crate) fn what(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

// === Where things stand ===

/// A text that knows its lines, to turn byte ranges into what people count.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    text: String,
    line_starts: Vec<usize>,
    /// How many bytes that begin no character stand before each [`STRIDE`] of bytes; empty where there are none at all. Lines may
    /// be as long as the text, and columns are asked for very often.
    continued: Vec<usize>,
}

const STRIDE: usize = 1 << 10;

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut continued = Vec::new();
        if !text.is_ascii() {
            let mut sum = 0;
            for stride in text.as_bytes().chunks(STRIDE) {
                continued.push(sum);
                sum += continuing(stride);
            }
            continued.push(sum);
        }
        Self { text: text.to_owned(), line_starts: std::iter::once(0).chain(breaks).collect(), continued }
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The span from one place to another, both as (line, column) from 0, columns in bytes.
    pub(crate) fn span_of_lines(&self, start: (i32, i32), end: (i32, i32)) -> Option<Span> {
        let offset = |(line, column): (i32, i32)| {
            let start = self.line_starts.get(usize::try_from(line).ok()?)?;
            start.checked_add(usize::try_from(column).ok()?)
        };
        Some(self.span(Extent { start: offset(start)?, end: offset(end)? }))
    }

    pub(crate) fn span(&self, extent: Extent) -> Span {
        let line = self.line_starts.partition_point(|start| *start <= extent.start).saturating_sub(1);
        let line_start = self.line_starts.get(line).copied().unwrap_or_default();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span {
            start: extent.start,
            end: extent.end,
            line: count(line.saturating_add(1)),
            column: count(
                (extent.start - line_start) - (self.continued(extent.start) - self.continued(line_start)) + 1,
            ),
        }
    }

    /// How many bytes before this one begin no character.
    fn continued(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let Some(before) = self.continued.get(at / STRIDE) else { return 0 };
        before + continuing(&self.text.as_bytes()[at / STRIDE * STRIDE..at])
    }
}

/// How many of these bytes begin no character.
fn continuing(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 == 0b1000_0000).count()
}

/// A JSON pointer under construction: a chain on the stack that becomes text only when somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pointer<'a> {
    Root,
    Key(&'a Pointer<'a>, &'a str),
    Index(&'a Pointer<'a>, usize),
}

impl Pointer<'_> {
    pub(crate) fn key<'a>(&'a self, key: &'a str) -> Pointer<'a> {
        Pointer::Key(self, key)
    }

    pub(crate) fn index(&self, index: usize) -> Pointer<'_> {
        Pointer::Index(self, index)
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) => write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

// === Reading ===

/// Reads one document that fills the whole text, comments allowed.
pub(crate) fn read(text: &str) -> Result<Node, Malformed> {
    read_as(text, true)
}

/// Reads one document that fills the whole text and has no comments.
pub(crate) fn read_strict(text: &str) -> Result<Node, Malformed> {
    read_as(text, false)
}

fn read_as(text: &str, comments: bool) -> Result<Node, Malformed> {
    let mut reader = Reader { text, at: 0, comments };
    let document = reader.document().map_err(|Refusal { extent, message }| Malformed {
        message,
        span: Some(Source::new(text).span(extent)),
        path: None,
    })?;
    Ok(document)
}

struct Refusal {
    extent: Extent,
    message: String,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether comments are blanks.
    comments: bool,
}

type Read<T> = Result<T, Refusal>;

impl Reader<'_> {
    fn document(&mut self) -> Read<Node> {
        self.blanks()?;
        let root = self.value(0)?;
        self.blanks()?;
        match self.peek() {
            None => Ok(root),
            Some(_) => self.refuse("there is more text after the end of the document"),
        }
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(_) => self.word()?,
            None => return self.refuse("the text ends where a value must stand"),
        };
        Ok(Node { value, extent: Extent { start, end: self.at } })
    }

    fn object(&mut self, depth: usize) -> Read<Vec<Member>> {
        self.enter(depth)?;
        let mut members: Vec<Member> = Vec::new();
        let mut keys = HashSet::new();
        if self.skip_last(b'}') {
            return Ok(members);
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.refuse("a member begins with its name in double quotes");
            }
            let key = self.string()?;
            if !keys.insert(key.clone()) {
                let extent = Extent { start, end: self.at };
                return Err(Refusal { extent, message: format!("the member \"{key}\" stands twice in this object") });
            }
            self.blanks()?;
            if !self.skip(b':')? {
                return self.refuse("a colon must follow the name of a member");
            }
            let value = self.value(depth + 1)?;
            members.push(Member { key, value });
            self.blanks()?;
            if self.skip(b',')? {
                continue;
            }
            if self.skip_last(b'}') {
                return Ok(members);
            }
            return self.refuse("a comma or the closing brace must follow a member");
        }
    }

    fn list(&mut self, depth: usize) -> Read<Vec<Node>> {
        self.enter(depth)?;
        let mut items = Vec::new();
        if self.skip_last(b']') {
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks()?;
            if self.skip(b',')? {
                continue;
            }
            if self.skip_last(b']') {
                return Ok(items);
            }
            return self.refuse("a comma or the closing bracket must follow an item");
        }
    }

    /// Past the opening brace or bracket and the blanks behind it.
    fn enter(&mut self, depth: usize) -> Read<()> {
        if depth >= MAX_DEPTH {
            return self.refuse(&format!("the text nests deeper than {MAX_DEPTH} levels"));
        }
        self.at += 1;
        self.blanks()
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().find(['"', '\\', '\n', '\r']).unwrap_or(self.rest().len());
            let chunk = self.rest().get(..plain).unwrap_or_default();
            if let Some(control) = chunk.find(|letter: char| letter < ' ') {
                self.at += control;
                return self.refuse("a control character in a text must be escaped");
            }
            text.push_str(chunk);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return self.refuse("a line break in a text must be escaped"),
                None => {
                    let extent = Extent { start, end: self.at };
                    return Err(Refusal { extent, message: "a text that begins here never ends".into() });
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let escaped = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match escaped {
            Some(b'u') => return self.unicode_escape(),
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.refuse("there is no such escape"),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let first = self.hex(self.at)?;
        if let Some(letter) = char::from_u32(first) {
            self.at += 6;
            return Ok(letter);
        }
        let second = if self.rest().get(6..8) == Some("\\u") { self.hex(self.at + 6)? } else { 0 };
        if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            if let Some(letter) = char::from_u32(code) {
                self.at += 12;
                return Ok(letter);
            }
        }
        self.refuse("half of a surrogate pair is no character")
    }

    /// The four hex digits of the `\u` escape at `at`.
    fn hex(&self, at: usize) -> Read<u32> {
        let digits = self.text.get(at + 2..at + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => Ok(code),
            None => self.refuse("four hex digits must follow \\u"),
        }
    }

    fn number(&mut self) -> Read<String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        let mut well_formed = digits == 1 || (digits > 1 && !leading_zero);
        if self.peek() == Some(b'.') {
            self.at += 1;
            well_formed &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            well_formed &= self.digits() > 0;
        }
        let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
        if well_formed {
            return Ok(text);
        }
        Err(Refusal { extent: Extent { start, end: self.at }, message: format!("'{text}' is not a number in JSON") })
    }

    fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        count
    }

    fn word(&mut self) -> Read<Value> {
        let length =
            self.rest().find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(self.rest().len());
        let word = self.rest().get(..length).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" => return self.refuse("a value must stand here"),
            other => {
                let message = format!("'{other}' is not JSON; a text stands in double quotes");
                return Err(Refusal { extent: Extent { start: self.at, end: self.at + length }, message });
            }
        };
        self.at += length;
        Ok(value)
    }

    /// Past blanks, and past comments where they are allowed.
    fn blanks(&mut self) -> Read<()> {
        loop {
            self.at += self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            if !self.comments {
                return Ok(());
            }
            let comment = if self.rest().starts_with("//") {
                self.rest().find('\n').unwrap_or(self.rest().len())
            } else if self.rest().starts_with("/*") {
                match self.rest().get(2..).and_then(|comment| comment.find("*/")) {
                    Some(end) => end + 4,
                    None => return self.refuse("a comment that begins here never ends"),
                }
            } else {
                return Ok(());
            };
            self.at += comment;
        }
    }

    /// Past `byte` and the blanks behind it, if it stands here.
    fn skip(&mut self, byte: u8) -> Read<bool> {
        if !self.skip_last(byte) {
            return Ok(false);
        }
        self.blanks()?;
        Ok(true)
    }

    /// Past `byte` alone, so that what it closes ends there.
    fn skip_last(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn refuse<T>(&self, message: &str) -> Read<T> {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        Err(Refusal { extent: Extent { start: self.at, end: self.at + width }, message: message.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> (String, u32, u32) {
        let malformed = read(text).unwrap_err();
        let span = malformed.span.unwrap();
        (malformed.message, span.line, span.column)
    }

    #[test]
    fn order_digits_and_places_survive() {
        let text = r#"{"z": 1.10e+3, "a": ["\u00e9\ud83d\ude00", -0]}"#;
        let node = read(text).unwrap();
        let members = node.members().unwrap();
        assert_eq!(members.iter().map(|member| member.key.as_str()).collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(members[0].value.value, Value::Number("1.10e+3".into()));
        let list = node.get("a").unwrap().list().unwrap();
        assert_eq!(list[0].text(), Some("é😀"));
        let extent = list[1].extent;
        assert_eq!(&text[extent.start..extent.end], "-0");
    }

    #[test]
    fn comments_are_blanks() {
        let node = read("/* head */ {\"a\": // why\n 1}").unwrap();
        assert_eq!(node.get("a").map(|node| &node.value), Some(&Value::Number("1".into())));
        assert!(read("{} /* open").is_err());
        assert_eq!(read_strict("{}\n // no").unwrap_err().span.map(|span| (span.line, span.column)), Some((2, 2)));
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        assert_eq!(refusal("{\n  \"ä\": x}"), ("'x' is not JSON; a text stands in double quotes".into(), 2, 8));
        assert_eq!(refusal(r#"{"a":1,"a":2}"#), ("the member \"a\" stands twice in this object".into(), 1, 8));
        assert_eq!(refusal("").1, 1);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "{",
            "[1,]",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            ".5",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"a\nb\"",
            "\"\u{1}\"",
            "\"abc",
            "nul",
            "{} {}",
            "NaN",
            "'a'",
            "\u{feff}1",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_the_stack_is() {
        for text in ["[".repeat(1_000_000), "{\"a\":".repeat(100_000)] {
            assert!(read(&text).unwrap_err().message.contains("nests deeper"));
        }
        assert!(read(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).is_ok());
    }

    #[test]
    fn pointers_escape_what_they_must() {
        let root = Pointer::Root;
        let fields = root.key("a/b~c");
        assert_eq!(fields.index(3).to_string(), "/a~1b~0c/3");
    }

    proptest! {
        #[test]
        fn columns_count_characters(text in "[a\u{e9}\u{20ac}\u{1f600}\n]{0,3000}", at in any::<prop::sample::Index>()) {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = *at.get(&starts);
            let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let span = Source::new(&text).span(Extent { start, end: text.len() });
            prop_assert_eq!(span.column as usize, text[line_start..start].chars().count() + 1);
            prop_assert_eq!(span.line as usize, text[..start].matches('\n').count() + 1);
        }
    }
}
