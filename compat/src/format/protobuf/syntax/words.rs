//! Which word comes next, and is it the right one? The part of reading that is the same for declarations and values.

use super::lex::{Lexer, Token};
use crate::json::Extent;

/// How deep messages and the values of options may nest. Keeps every walk over a schema within the stack.
const MAX_DEPTH: usize = 64;

/// What can't be read, and where.
#[derive(Debug)]
pub(in super::super) struct Refusal {
    pub(in super::super) message: String,
    pub(in super::super) extent: Extent,
}

pub(super) type Read<T> = Result<T, Refusal>;

pub(super) struct Reader<'t> {
    lexer: Lexer<'t>,
    next: Token<'t>,
    extent: Extent,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut lexer = Lexer::new(text);
        let (next, extent) = lexer.next();
        Self { lexer, next, extent, depth: 0 }
    }

    pub(super) fn peek(&self) -> &Token<'t> {
        &self.next
    }

    pub(super) fn advance(&mut self) -> Token<'t> {
        let (next, extent) = self.lexer.next();
        self.extent = extent;
        std::mem::replace(&mut self.next, next)
    }

    pub(super) fn refuse<T>(&self, message: &str) -> Read<T> {
        Err(Refusal { message: format!("{message}, found {}", self.next.what()), extent: self.extent })
    }

    pub(super) fn eat(&mut self, mark: u8) -> bool {
        let is_there = self.next == Token::Mark(mark);
        if is_there {
            self.advance();
        }
        is_there
    }

    pub(super) fn expect(&mut self, mark: u8) -> Read<()> {
        if self.eat(mark) { Ok(()) } else { self.refuse(&format!("expected '{}'", char::from(mark))) }
    }

    pub(super) fn word(&mut self) -> Read<&'t str> {
        let Token::Name(word) = self.next else { return self.refuse("expected a name") };
        self.advance();
        Ok(word)
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is_there = matches!(self.next, Token::Name(found) if found == word);
        if is_there {
            self.advance();
        }
        is_there
    }

    /// `a.b.C` or `.a.b.C`
    pub(super) fn full_name(&mut self) -> Read<String> {
        let mut name = String::new();
        if self.eat(b'.') {
            name.push('.');
        }
        name.push_str(self.word()?);
        while self.eat(b'.') {
            name.push('.');
            name.push_str(self.word()?);
        }
        Ok(name)
    }

    /// Texts that follow each other are one.
    pub(super) fn text(&mut self) -> Read<Vec<u8>> {
        let mut text = Vec::new();
        if !matches!(self.next, Token::Text(_)) {
            return self.refuse("expected text in quotes");
        }
        while matches!(self.next, Token::Text(_)) {
            if let Token::Text(more) = self.advance() {
                text.extend(more);
            }
        }
        Ok(text)
    }

    pub(super) fn string(&mut self) -> Read<String> {
        Ok(String::from_utf8_lossy(&self.text()?).into_owned())
    }

    pub(super) fn int(&mut self) -> Read<i64> {
        let is_negative = self.eat(b'-');
        let Token::Number(word) = self.next else { return self.refuse("expected a number") };
        let Some(value) = integer(word) else { return self.refuse("expected a whole number") };
        self.advance();
        Ok(if is_negative { value.saturating_neg() } else { value })
    }

    pub(super) fn enter(&mut self) -> Read<()> {
        self.depth = self.depth.saturating_add(1);
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!("this nests deeper than {MAX_DEPTH} levels");
        Err(Refusal { message, extent: self.extent })
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// A whole number in one of the three notations.
fn integer(word: &str) -> Option<i64> {
    let hexadecimal = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    match (hexadecimal, word.strip_prefix('0')) {
        (Some(digits), _) => i64::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() => i64::from_str_radix(digits, 8).ok(),
        _ => word.parse().ok(),
    }
}
