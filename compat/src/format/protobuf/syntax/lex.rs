//! What are the words of a Protobuf text? Names, numbers as written, texts without their escapes, marks.
//!
//! Lenient: what is no word of the language comes out as a mark, and whoever reads on refuses it.

use crate::json::Extent;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    Number(&'t str),
    Text(Vec<u8>),
    Mark(u8),
    End,
}

impl Token<'_> {
    /// What this is, for messages.
    pub(super) fn what(&self) -> String {
        match self {
            Self::Name(word) | Self::Number(word) => format!("'{word}'"),
            Self::Text(_) => "text in quotes".to_owned(),
            Self::Mark(mark) => format!("'{}'", char::from(*mark).escape_default()),
            Self::End => "the end of the text".to_owned(),
        }
    }
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next word and where it stands.
    pub(super) fn next(&mut self) -> (Token<'t>, Extent) {
        self.blanks();
        let start = self.at;
        let token = match self.peek(0) {
            None => Token::End,
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote),
            Some(first) if first.is_ascii_alphabetic() || first == b'_' => {
                self.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                Token::Name(self.since(start))
            }
            Some(first) if first.is_ascii_digit() || (first == b'.' && self.digit_follows()) => {
                self.number();
                Token::Number(self.since(start))
            }
            Some(mark) => {
                self.at = self.at.saturating_add(1);
                Token::Mark(mark)
            }
        };
        (token, Extent { start, end: self.at })
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(ahead)).copied()
    }

    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&belongs) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn digit_follows(&self) -> bool {
        self.peek(1).is_some_and(|byte| byte.is_ascii_digit())
    }

    /// White space and comments. `#` comments are of the text format, which stands in option values.
    fn blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c), _) => self.at = self.at.saturating_add(1),
                (Some(b'#'), _) | (Some(b'/'), Some(b'/')) => self.skip(|byte| byte != b'\n'),
                (Some(b'/'), Some(b'*')) => {
                    let body = self.text.get(self.at.saturating_add(2)..).unwrap_or_default();
                    let comment = body.find("*/").map_or(body.len(), |end| end.saturating_add(2));
                    self.at = self.at.saturating_add(2).saturating_add(comment);
                }
                _ => return,
            }
        }
    }

    /// Digits, letters and points; a sign only in the exponent.
    fn number(&mut self) {
        let start = self.at;
        loop {
            let word = self.since(start);
            let is_hexadecimal = word.starts_with("0x") || word.starts_with("0X");
            let in_exponent = !is_hexadecimal && word.ends_with(['e', 'E']);
            match self.peek(0) {
                Some(b'+' | b'-') if in_exponent => {}
                Some(byte) if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' => {}
                _ => return,
            }
            self.at = self.at.saturating_add(1);
        }
    }

    /// Up to the quote that closes; a text that is left open ends with its line.
    fn quoted(&mut self, quote: u8) -> Token<'t> {
        self.at = self.at.saturating_add(1);
        let start = self.at;
        loop {
            match self.peek(0) {
                Some(b'\\') => self.at = self.at.saturating_add(2),
                Some(byte) if byte != quote && byte != b'\n' => self.at = self.at.saturating_add(1),
                _ => break,
            }
        }
        self.at = self.at.min(self.text.len());
        let text = unescaped(self.text.as_bytes().get(start..self.at).unwrap_or_default());
        if self.peek(0) == Some(quote) {
            self.at = self.at.saturating_add(1);
        }
        Token::Text(text)
    }
}

/// The bytes that a text in quotes stands for.
pub(super) fn unescaped(written: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'\\' => rest = escape(after, &mut text),
            byte => text.push(*byte),
        }
    }
    text
}

/// Reads one escape, without its backslash, and returns what follows it.
fn escape<'t>(written: &'t [u8], text: &mut Vec<u8>) -> &'t [u8] {
    let Some((first, after)) = written.split_first() else { return written };
    let simple = match first {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'0'..=b'7' => {
            let (value, rest) = digits(written, 8, 3);
            text.push(value.to_le_bytes()[0]);
            return rest;
        }
        b'x' | b'X' => {
            let (value, rest) = digits(after, 16, 2);
            text.push(value.to_le_bytes()[0]);
            return rest;
        }
        b'u' | b'U' => {
            let (value, rest) = digits(after, 16, if *first == b'u' { 4 } else { 8 });
            let letter = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return rest;
        }
        other => *other,
    };
    text.push(simple);
    after
}

fn digits(written: &[u8], radix: u32, most: usize) -> (u32, &[u8]) {
    let count = written.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let (digits, rest) = written.split_at(count);
    let value = digits
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(radix))
        .fold(0_u32, |value, digit| value.wrapping_mul(radix).wrapping_add(digit));
    (value, rest)
}
