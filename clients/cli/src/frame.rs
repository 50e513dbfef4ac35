//! Where is it, and how does it look there? A place in a text together with the lines around it, so that a report can be
//! shown where the file itself is not.

use serde::{Deserialize, Serialize};
use tidegate_compat::Span;

/// How many bytes of source a frame takes along on each side of its place.
const REACH: usize = 2_000;

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// `here` in the schema that is judged, `before` in the one it is compared with.
    pub(crate) role: Role,
    /// A path from the root of the project, or a version such as `registry@prod:orders-value@7`.
    pub(crate) file: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
    /// What is said of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) source: Excerpt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    Here,
    Before,
}

/// As people count, from 1; `column` in characters. `byte` is counted from 0 from the start of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) byte: usize,
}

/// Whole lines of a text, or a piece of a very long one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Excerpt {
    /// The number of the first line.
    pub(crate) line: u32,
    /// Where it begins in the text.
    pub(crate) byte: usize,
    pub(crate) text: String,
}

impl Frame {
    /// The place of bytes in a text, with the lines that hold them.
    pub(crate) fn of(role: Role, file: &str, text: &str, start: usize, end: usize, label: Option<String>) -> Self {
        let start = floor(text, start);
        let end = floor(text, end.max(start));
        let source = Excerpt::of(text, start, end);
        let file = crate::words::shown(file);
        Self { role, file, start: Position::of(text, start), end: Position::of(text, end), label, source }
    }

    pub(crate) fn of_span(role: Role, file: &str, text: &str, span: Span, label: Option<String>) -> Self {
        Self::of(role, file, text, span.start, span.end, label)
    }

    /// The beginning of a line of which no more is known than its number.
    pub(crate) fn of_line(file: &str, text: &str, line: u32, column: u32, label: Option<String>) -> Self {
        let above: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
        let rest = text.get(above..).unwrap_or_default().lines().next().unwrap_or_default();
        let into: usize = rest.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum();
        let word = rest.get(into..).unwrap_or_default();
        let length = word.find([':', ',', ' ', '}']).filter(|length| *length > 0).unwrap_or(word.len());
        Self::of(Role::Here, file, text, above + into, above + into + length, label)
    }
}

impl Position {
    fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line: narrow(line), column: narrow(column), byte }
    }
}

impl Excerpt {
    /// The lines from that of `start` to that of `end`.
    pub(crate) fn of(text: &str, start: usize, end: usize) -> Self {
        let (start, end) = (floor(text, start), floor(text, end));
        let from = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let to = text.get(end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| end + at);
        // A file that is one long line, or a finding about all of it, must not be carried along whole.
        let from = ceil(text, from.max(start.saturating_sub(REACH)));
        let to = floor(text, to.min(end.saturating_add(REACH)).min(start.saturating_add(2 * REACH)));
        let line = Position::of(text, from).line;
        Self { line, byte: from, text: text.get(from..to).unwrap_or_default().to_owned() }
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_its_lines_and_counts_as_people_do() {
        let text = "{\n  \"ä\": \"long\"\n}\n";
        let at = text.find("long").unwrap();
        let frame = Frame::of(Role::Here, "a.avsc", text, at, at + 4, None);
        assert_eq!((frame.start.line, frame.start.column, frame.end.column), (2, 9, 13));
        assert_eq!((frame.source.line, frame.source.text.as_str()), (2, "  \"ä\": \"long\""));
        assert_eq!(&text[frame.source.byte..frame.source.byte + frame.source.text.len()], frame.source.text);
    }

    #[test]
    fn a_long_line_is_not_carried_along_whole_and_no_letter_is_cut() {
        let text = format!("{}x{}", "ä".repeat(5_000), "ö".repeat(5_000));
        let frame = Frame::of(Role::Here, "a", &text, 10_000, 10_001, None);
        assert!(frame.source.text.len() < 3 * REACH && frame.source.text.contains('x'));
        assert_eq!(Frame::of(Role::Here, "a", &text, 1, 99_999, None).start.byte, 0);
        assert_eq!(Frame::of(Role::Here, "a", "", 5, 9, None).source.text, "");
    }

    #[test]
    fn a_line_and_a_column_find_their_word() {
        let frame = Frame::of_line("a", "version: 1\nsubject: x\n", 2, 1, None);
        assert_eq!((frame.start.byte, frame.end.byte), (11, 18));
    }
}
