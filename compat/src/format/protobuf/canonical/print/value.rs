//! How are options printed? One beside its declaration, several on lines of their own, messages member by member.

use std::fmt::Write as _;

use super::super::super::syntax::{Setting, Value};
use super::Page;

impl Page {
    pub(super) fn option(&mut self, setting: &Setting) {
        self.indent();
        self.text.push_str("option ");
        self.setting(setting);
        self.text.push_str(";\n");
    }

    /// In brackets: one beside the declaration, several each on its own line.
    pub(super) fn options(&mut self, settings: &[Setting]) {
        match settings {
            [] => {}
            [one] => {
                self.text.push_str(" [");
                self.setting(one);
                self.text.push(']');
            }
            many => {
                self.text.push(' ');
                self.lines(('[', ']'), many, Self::setting);
            }
        }
    }

    /// Items in brackets, each on its own line, with commas between.
    fn lines<T>(&mut self, (open, close): (char, char), items: &[T], print: fn(&mut Self, &T)) {
        self.text.push(open);
        self.text.push('\n');
        self.depth += 1;
        for (index, item) in items.iter().enumerate() {
            self.indent();
            print(self, item);
            self.text.push_str(if index + 1 < items.len() { ",\n" } else { "\n" });
        }
        self.depth -= 1;
        self.indent();
        self.text.push(close);
    }

    fn setting(&mut self, setting: &Setting) {
        for (index, part) in setting.name.iter().enumerate() {
            if index > 0 {
                self.text.push('.');
            }
            if part.custom {
                self.write(format_args!("({})", part.name));
            } else {
                self.text.push_str(&part.name);
            }
        }
        self.text.push_str(" = ");
        self.value(&setting.value);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Word(word) | Value::Number(word) => self.text.push_str(word),
            Value::Text(text) => self.write(format_args!("\"{}\"", escaped(text))),
            Value::Map(members) => self.lines(('{', '}'), members, Self::member),
            Value::List(items) => self.lines(('[', ']'), items, Self::value),
        }
    }

    fn member(&mut self, (key, value): &(String, Value)) {
        self.write(format_args!("{key}: "));
        self.value(value);
    }
}

/// The value of an option on one line; texts alone go without quotes.
pub(in super::super) fn inline(value: &Value) -> String {
    if let Value::Text(text) = value {
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut page = Page { text: String::new(), depth: 0 };
    page.value(value);
    page.text.lines().map(str::trim_start).collect::<Vec<_>>().join(" ")
}

/// A text as it stands in quotes. What is no UTF-8 and what can't be seen is written in octal digits.
pub(super) fn escaped(text: &[u8]) -> String {
    let mut written = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|letter| escape(letter, &mut written));
        chunk.invalid().iter().for_each(|byte| octal(*byte, &mut written));
    }
    written
}

fn escape(letter: char, written: &mut String) {
    match letter {
        '\u{7}' => written.push_str("\\a"),
        '\u{8}' => written.push_str("\\b"),
        '\u{c}' => written.push_str("\\f"),
        '\n' => written.push_str("\\n"),
        '\r' => written.push_str("\\r"),
        '\t' => written.push_str("\\t"),
        '\u{b}' => written.push_str("\\v"),
        '\\' => written.push_str("\\\\"),
        '\'' => written.push_str("\\'"),
        '"' => written.push_str("\\\""),
        letter if letter.is_ascii_control() => octal(u8::try_from(letter).unwrap_or_default(), written),
        letter => written.push(letter),
    }
}

fn octal(byte: u8, written: &mut String) {
    // Writing to a string never fails.
    let _ = write!(written, "\\{byte:03o}");
}
