//! What values can the payloads of a schema hold? Types and fields, the same for all formats, for those who compute with
//! payloads: the rules of contracts.
//!
//! Unlike the outline, which is for people and flat, this is the graph of types that values follow. Each format makes its
//! own; nothing here is about texts or encodings.

use std::collections::HashSet;

use crate::contract::Metadata;

/// Which type of its model.
pub(crate) type TypeId = u32;

/// The types of a schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) types: Vec<Type>,
    /// What a payload may be. Several only in Protobuf, where a payload says which of the file's messages it is; the first
    /// of the file comes first.
    pub(crate) roots: Vec<TypeId>,
}

/// A type, and Confluent's word for it in rules on fields (`STRING`, `LONG` …).
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) form: Form,
    pub(crate) word: &'static str,
}

/// What values of a type are.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Null,
    Boolean,
    Int,
    /// A whole number of a type without a sign.
    Unsigned,
    Float,
    Text,
    Bytes,
    /// A text that is one of these.
    Symbols(Box<[Box<str>]>),
    /// A number that has a name for some values.
    Numbered,
    List(TypeId),
    /// From keys, which are single values, to values.
    Map {
        keys: TypeId,
        values: TypeId,
    },
    Record(Record),
    /// One of several types; the value knows which.
    Union(Box<[TypeId]>),
    /// `google.protobuf.Timestamp`, `google.protobuf.Duration`.
    Timestamp,
    Duration,
    /// A message that stands for a single value, of that type, so that it can be absent (`google.protobuf.StringValue` …).
    Wrapper(TypeId),
    /// Anything; only the value knows.
    Any,
}

/// A type with fields.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) fields: Vec<Field>,
    /// Whether values may have fields that are not declared.
    pub(crate) is_open: bool,
    /// Whether a field that a value does not have reads as its default (Protobuf).
    pub(crate) has_defaults: bool,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) of: TypeId,
    /// Its tags: those in the text, and those that the metadata adds.
    pub(crate) tags: Vec<Box<str>>,
    /// Its name in rules on fields: `shop.Order.email`, `$.email`. Where an item of a list is on the way, `[]`.
    pub(crate) full_name: Box<str>,
    /// Its number (Protobuf).
    pub(crate) number: u32,
    /// Whether a value knows the default from its absence.
    pub(crate) has_presence: bool,
    /// Which oneof of its record it is a member of.
    pub(crate) oneof: Option<u32>,
}

impl Model {
    pub(crate) fn get(&self, id: TypeId) -> &Form {
        self.types.get(id as usize).map_or(&Form::Any, |of| &of.form)
    }

    pub(crate) fn word(&self, id: TypeId) -> &'static str {
        self.types.get(id as usize).map_or("COMBINED", |of| of.word)
    }

    /// All fields that values of a type may hold, however deep.
    pub(crate) fn fields_within(&self, id: TypeId) -> Vec<(TypeId, usize)> {
        let mut found = Vec::new();
        let mut open = vec![id];
        let mut met = HashSet::new();
        while let Some(id) = open.pop() {
            if !met.insert(id) {
                continue;
            }
            match self.get(id) {
                Form::List(of) | Form::Wrapper(of) => open.push(*of),
                Form::Map { keys, values } => open.extend([*keys, *values]),
                Form::Union(branches) => open.extend(branches.iter()),
                Form::Record(record) => {
                    for (at, field) in record.fields.iter().enumerate() {
                        found.push((id, at));
                        open.push(field.of);
                    }
                }
                _ => {}
            }
        }
        found
    }

    pub(crate) fn record(&self, id: TypeId) -> Option<&Record> {
        match self.get(id) {
            Form::Record(record) => Some(record),
            _ => None,
        }
    }

    pub(crate) fn add(&mut self, form: Form, word: &'static str) -> TypeId {
        self.types.push(Type { form, word });
        narrow(self.types.len() - 1)
    }

    /// The fields of all records, with the record each is in.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (TypeId, usize, &Field)> {
        (0..).zip(&self.types).flat_map(|(id, of)| match &of.form {
            Form::Record(record) => record.fields.iter().enumerate().map(|(at, field)| (id, at, field)).collect(),
            _ => Vec::new(),
        })
    }

    /// Adds the tags that the metadata gives to fields by patterns of their full names.
    pub(crate) fn add_tags(&mut self, metadata: &Metadata) {
        let records = self.types.iter_mut().filter_map(|of| match &mut of.form {
            Form::Record(record) => Some(&mut record.fields),
            _ => None,
        });
        for field in records.flatten() {
            let name = field.full_name.replace("[]", "[0]");
            for (_, tags) in metadata.tags.iter().filter(|(pattern, _)| is_match(pattern, &name)) {
                field.tags.extend(tags.iter().map(|tag| tag.as_str().into()));
            }
        }
    }

    /// Every type of single values that a value of this type may be, itself for what is no union.
    pub(crate) fn branches(&self, id: TypeId) -> Vec<TypeId> {
        let mut found = Vec::new();
        let mut open = vec![id];
        let mut met = std::collections::HashSet::new();
        while let Some(id) = open.pop() {
            match self.get(id) {
                _ if !met.insert(id) => {}
                Form::Union(branches) => open.extend(branches.iter().rev()),
                _ => found.push(id),
            }
        }
        found
    }
}

impl Record {
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| *field.name == *name)
    }
}

/// Positions come from schema texts, which are far shorter than 4 GiB.
pub(crate) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

// === Patterns of names ===

/// Whether a name is one of those that a pattern of metadata tags means: `?` is one character, `*` any number of them up
/// to a dot, `**` any number; `**.` may also be nothing.
pub(crate) fn is_match(pattern: &str, name: &str) -> bool {
    let tokens = tokens(pattern);
    // Which tokens may come next: all ways at once, so that stars within stars cost no more than their number.
    let mut alive = vec![false; tokens.len() + 1];
    reach(&tokens, &mut alive, 0);
    for letter in name.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate().filter(|(at, _)| alive.get(*at) == Some(&true)) {
            match token {
                Token::Letter(expected) if *expected == letter => reach(&tokens, &mut next, at + 1),
                Token::One if letter != '.' => reach(&tokens, &mut next, at + 1),
                Token::Segment if letter != '.' => reach(&tokens, &mut next, at),
                Token::Everything => reach(&tokens, &mut next, at),
                _ => {}
            }
        }
        alive = next;
    }
    alive.last() == Some(&true)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    One,
    Segment,
    Everything,
}

fn tokens(pattern: &str) -> Vec<Token> {
    // As Confluent reads it: `**.*` means no more than `**`.
    let pattern = pattern.replace("**.*", "**");
    let mut tokens: Vec<Token> = Vec::new();
    for letter in pattern.chars() {
        let token = match letter {
            '*' if matches!(tokens.last(), Some(Token::Segment | Token::Everything)) => {
                tokens.pop();
                Token::Everything
            }
            '*' => Token::Segment,
            '?' => Token::One,
            letter => Token::Letter(letter),
        };
        tokens.push(token);
    }
    tokens
}

/// Marks what may come next when everything before `at` is done: stars may stand for nothing.
fn reach(tokens: &[Token], alive: &mut [bool], mut at: usize) {
    loop {
        if let Some(alive) = alive.get_mut(at) {
            *alive = true;
        }
        match tokens.get(at) {
            Some(Token::Segment | Token::Everything) => at += 1,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_names() {
        let cases = [
            ("shop.Order.email", "shop.Order.email", true),
            ("shop.Order.email", "shop.Order.emails", false),
            ("shop.Order.*", "shop.Order.email", true),
            ("shop.*", "shop.Order.email", false),
            ("shop.**", "shop.Order.email", true),
            ("**.email", "shop.Order.email", true),
            ("**.*", "shop.Order.email", true),
            ("**", "email", true),
            ("*.email", "Order.email", true),
            ("*.email", "shop.Order.email", false),
            ("shop.Order.e?ail", "shop.Order.email", true),
            ("shop?Order.email", "shop.Order.email", false),
            ("$.lines*.sku", "$.lines[0].sku", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(is_match(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_are_no_trap() {
        let pattern = "*a".repeat(200);
        assert!(!is_match(&pattern, &"a".repeat(5000)[..4000].replace('a', "ab")));
    }
}
