//! What does an option say? Its name and its value, which may be a message in text format.

use super::lex::Token;
use super::words::{Read, Reader};
use super::{Part, Setting, Value};

impl Reader<'_> {
    /// `name.(custom).name = value`
    pub(super) fn setting(&mut self) -> Read<Setting> {
        let mut name = vec![self.part()?];
        while self.eat(b'.') {
            name.push(self.part()?);
        }
        self.expect(b'=')?;
        Ok(Setting { name, value: self.value()? })
    }

    /// `[a = 1, b = 2]`, if it is there.
    pub(super) fn settings(&mut self) -> Read<Vec<Setting>> {
        let mut settings = Vec::new();
        if !self.eat(b'[') {
            return Ok(settings);
        }
        loop {
            settings.push(self.setting()?);
            if !self.eat(b',') {
                self.expect(b']')?;
                return Ok(settings);
            }
        }
    }

    fn part(&mut self) -> Read<Part> {
        if !self.eat(b'(') {
            return Ok(Part { name: self.word()?.to_owned(), custom: false });
        }
        let name = self.full_name()?;
        self.expect(b')')?;
        Ok(Part { name, custom: true })
    }

    pub(super) fn value(&mut self) -> Read<Value> {
        match self.peek() {
            Token::Text(_) => Ok(Value::Text(self.text()?)),
            Token::Mark(b'{') => self.members(b'{', b'}'),
            Token::Mark(b'<') => self.members(b'<', b'>'),
            Token::Mark(b'[') => self.list(),
            Token::Mark(b'-') => {
                self.advance();
                match self.advance() {
                    Token::Name(word) | Token::Number(word) => Ok(Value::Number(format!("-{word}"))),
                    _ => self.refuse("expected a number after '-'"),
                }
            }
            Token::Mark(b'+') => {
                self.advance();
                self.value()
            }
            Token::Number(word) => {
                let word = (*word).to_owned();
                self.advance();
                Ok(Value::Number(word))
            }
            Token::Name(word) => {
                let word = (*word).to_owned();
                self.advance();
                Ok(Value::Word(word))
            }
            _ => self.refuse("expected a value"),
        }
    }

    /// A message in text format: `key: value`, `key { … }`, with `,`, `;` or nothing between.
    fn members(&mut self, open: u8, close: u8) -> Read<Value> {
        self.enter()?;
        self.expect(open)?;
        let mut members = Vec::new();
        while !self.eat(close) {
            let key = self.key()?;
            // Before messages and lists of them it may be missing.
            self.eat(b':');
            members.push((key, self.value()?));
            if !self.eat(b',') {
                self.eat(b';');
            }
        }
        self.leave();
        Ok(Value::message(members))
    }

    /// A name, or `[name.of.an.extension]`, or `[type.url/of.a.Message]`.
    fn key(&mut self) -> Read<String> {
        if !self.eat(b'[') {
            return Ok(self.word()?.to_owned());
        }
        let mut key = "[".to_owned();
        loop {
            match self.advance() {
                Token::Name(word) | Token::Number(word) => key.push_str(word),
                Token::Mark(mark @ (b'.' | b'/' | b'-')) => key.push(char::from(mark)),
                Token::Mark(b']') => break,
                _ => return self.refuse("expected ']'"),
            }
        }
        key.push(']');
        Ok(key)
    }

    fn list(&mut self) -> Read<Value> {
        self.enter()?;
        self.expect(b'[')?;
        let mut items = Vec::new();
        while !self.eat(b']') {
            items.push(self.value()?);
            self.eat(b',');
        }
        self.leave();
        Ok(Value::List(items))
    }
}
