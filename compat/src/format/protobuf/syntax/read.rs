//! How does text become the tree? Reads what the compiler's own parser has already taken, so that it needs no rules of
//! its own but one: a bound on how deep anything nests.

use super::lex::Token;
use super::words::{Read, Reader, Refusal};
use super::{
    Constant, Enum, Extend, Extensions, Field, File, Group, Import, ImportKind, Label, Message, Method, Oneof, Range,
    Reserved, Service, Setting, Streamed, Type, Value,
};

/// Reads a whole text.
pub(in super::super) fn read(text: &str) -> Result<File, Refusal> {
    Reader::new(text).file()
}

/// Reads the members of a message in text format.
pub(in super::super) fn members(text: &str) -> Option<Value> {
    Reader::new(&format!("{{{text}}}")).value().ok()
}

impl Reader<'_> {
    fn file(&mut self) -> Read<File> {
        let mut file = File::default();
        loop {
            if *self.peek() == Token::End {
                return Ok(file);
            }
            if self.eat(b';') {
                continue;
            }
            match self.word()? {
                "syntax" => {
                    self.expect(b'=')?;
                    file.syntax = Some(self.string()?);
                    self.expect(b';')?;
                }
                "package" => {
                    file.package = Some(self.full_name()?);
                    self.expect(b';')?;
                }
                "import" => file.imports.push(self.import()?),
                "option" => file.options.push(self.option()?),
                "message" => file.messages.push(self.message()?),
                "enum" => file.enums.push(self.enumeration()?),
                "extend" => file.extends.push(self.extend()?),
                "service" => file.services.push(self.service()?),
                _ => return self.refuse("expected a declaration before this"),
            }
        }
    }

    fn import(&mut self) -> Read<Import> {
        let kind = match self.peek() {
            Token::Name("public") => ImportKind::Public,
            Token::Name("weak") => ImportKind::Weak,
            _ => ImportKind::Plain,
        };
        if kind != ImportKind::Plain {
            self.advance();
        }
        let name = self.string()?;
        self.expect(b';')?;
        Ok(Import { kind, name })
    }

    fn option(&mut self) -> Read<Setting> {
        let setting = self.setting()?;
        self.expect(b';')?;
        Ok(setting)
    }

    fn message(&mut self) -> Read<Message> {
        let name = self.word()?.to_owned();
        self.body(name)
    }

    fn body(&mut self, name: String) -> Read<Message> {
        self.enter()?;
        self.expect(b'{')?;
        let mut message = Message { name, ..Message::default() };
        while !self.eat(b'}') {
            match self.peek() {
                Token::Mark(b';') => drop(self.advance()),
                Token::Name("message") => {
                    self.advance();
                    message.messages.push(self.message()?);
                }
                Token::Name("enum") => {
                    self.advance();
                    message.enums.push(self.enumeration()?);
                }
                Token::Name("extend") => {
                    self.advance();
                    message.extends.push(self.extend()?);
                }
                Token::Name("option") => {
                    self.advance();
                    message.options.push(self.option()?);
                }
                Token::Name("oneof") => {
                    self.advance();
                    message.oneofs.push(self.oneof()?);
                }
                Token::Name("reserved") => {
                    self.advance();
                    message.reserved.push(self.reserved()?);
                }
                Token::Name("extensions") => {
                    self.advance();
                    message.extensions.push(self.extensions()?);
                }
                _ => self.member(&mut message.fields, &mut message.groups)?,
            }
        }
        self.leave();
        Ok(message)
    }

    /// A field or a group.
    fn member(&mut self, fields: &mut Vec<Field>, groups: &mut Vec<Group>) -> Read<()> {
        let label = match self.peek() {
            Token::Name("optional") => Some(Label::Optional),
            Token::Name("required") => Some(Label::Required),
            Token::Name("repeated") => Some(Label::Repeated),
            _ => None,
        };
        if label.is_some() {
            self.advance();
        }
        if self.eat_word("group") {
            groups.push(self.group(label)?);
        } else {
            fields.push(self.field(label)?);
        }
        Ok(())
    }

    fn field(&mut self, label: Option<Label>) -> Read<Field> {
        let kind = self.kind()?;
        let name = self.word()?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let mut options = self.settings()?;
        options.sort_by_key(|option| (option.is("default") || option.is("json_name"), option.is("json_name")));
        self.expect(b';')?;
        Ok(Field { label, kind, name, number, options })
    }

    fn kind(&mut self) -> Read<Type> {
        if !self.eat_word("map") {
            return Ok(Type::Named(self.full_name()?));
        }
        self.expect(b'<')?;
        let key = self.full_name()?;
        self.expect(b',')?;
        let value = self.full_name()?;
        self.expect(b'>')?;
        Ok(Type::Map(key, value))
    }

    fn group(&mut self, label: Option<Label>) -> Read<Group> {
        let name = self.word()?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let options = self.settings()?;
        Ok(Group { label, number, options, body: self.body(name)? })
    }

    fn oneof(&mut self) -> Read<Oneof> {
        let mut oneof = Oneof { name: self.word()?.to_owned(), ..Oneof::default() };
        self.expect(b'{')?;
        while !self.eat(b'}') {
            match self.peek() {
                Token::Mark(b';') => drop(self.advance()),
                Token::Name("option") => {
                    self.advance();
                    oneof.options.push(self.option()?);
                }
                _ => self.member(&mut oneof.fields, &mut oneof.groups)?,
            }
        }
        Ok(oneof)
    }

    fn extend(&mut self) -> Read<Extend> {
        let mut extend = Extend { target: self.full_name()?, fields: Vec::new(), groups: Vec::new() };
        self.expect(b'{')?;
        while !self.eat(b'}') {
            if !self.eat(b';') {
                self.member(&mut extend.fields, &mut extend.groups)?;
            }
        }
        Ok(extend)
    }

    fn ranges(&mut self) -> Read<Vec<Range>> {
        let mut ranges = Vec::new();
        loop {
            ranges.push(self.range()?);
            if !self.eat(b',') {
                return Ok(ranges);
            }
        }
    }

    fn range(&mut self) -> Read<Range> {
        if matches!(self.peek(), Token::Text(_)) {
            return Ok(Range::Name(self.string()?));
        }
        let start = self.int()?;
        if !self.eat_word("to") {
            return Ok(Range::One(start));
        }
        let end = if self.eat_word("max") { None } else { Some(self.int()?) };
        Ok(Range::Span(start, end))
    }

    fn reserved(&mut self) -> Read<Reserved> {
        let ranges = self.ranges()?;
        self.expect(b';')?;
        Ok(Reserved(ranges))
    }

    fn extensions(&mut self) -> Read<Extensions> {
        let ranges = self.ranges()?;
        let options = self.settings()?;
        self.expect(b';')?;
        Ok(Extensions { ranges, options })
    }

    fn enumeration(&mut self) -> Read<Enum> {
        let mut enumeration = Enum { name: self.word()?.to_owned(), ..Enum::default() };
        self.expect(b'{')?;
        while !self.eat(b'}') {
            match self.peek() {
                Token::Mark(b';') => drop(self.advance()),
                Token::Name("option") => {
                    self.advance();
                    enumeration.options.push(self.option()?);
                }
                Token::Name("reserved") => {
                    self.advance();
                    enumeration.reserved.push(self.reserved()?);
                }
                _ => enumeration.constants.push(self.constant()?),
            }
        }
        Ok(enumeration)
    }

    fn constant(&mut self) -> Read<Constant> {
        let name = self.word()?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let options = self.settings()?;
        self.expect(b';')?;
        Ok(Constant { name, number, options })
    }

    fn service(&mut self) -> Read<Service> {
        let mut service = Service { name: self.word()?.to_owned(), ..Service::default() };
        self.expect(b'{')?;
        while !self.eat(b'}') {
            if self.eat(b';') {
                continue;
            }
            match self.word()? {
                "option" => service.options.push(self.option()?),
                "rpc" => service.methods.push(self.method()?),
                _ => return self.refuse("expected 'rpc' or 'option' before this"),
            }
        }
        Ok(service)
    }

    fn method(&mut self) -> Read<Method> {
        let name = self.word()?.to_owned();
        let input = self.streamed()?;
        if !self.eat_word("returns") {
            return self.refuse("expected 'returns'");
        }
        let output = self.streamed()?;
        let mut options = Vec::new();
        if !self.eat(b'{') {
            self.expect(b';')?;
            return Ok(Method { name, input, output, options });
        }
        while !self.eat(b'}') {
            if self.eat(b';') {
                continue;
            }
            if !self.eat_word("option") {
                return self.refuse("expected 'option' or '}'");
            }
            options.push(self.option()?);
        }
        Ok(Method { name, input, output, options })
    }

    fn streamed(&mut self) -> Read<Streamed> {
        self.expect(b'(')?;
        let stream = self.eat_word("stream");
        let kind = self.full_name()?;
        self.expect(b')')?;
        Ok(Streamed { stream, kind })
    }
}
