//! What does a Protobuf text declare, and in which words? Everything but comments and white space.
//!
//! Descriptors lose what the canonical text must keep: which statements stood together, how numbers and names of types
//! were written, whether `syntax` was said. So printing stands on this tree, and only meaning on the linked descriptors.

mod describe;
mod lex;
mod read;
mod value;
mod words;

use std::collections::HashMap;

pub(super) use describe::{described, has_own_json_name, settings};
pub(super) use read::{members, read};

/// The highest number of a field.
pub(super) const MAX_FIELD: i64 = 536_870_911;

/// A file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct File {
    /// As written; `None` when the file does not say.
    pub(super) syntax: Option<String>,
    pub(super) package: Option<String>,
    pub(super) imports: Vec<Import>,
    pub(super) options: Vec<Setting>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    pub(super) extends: Vec<Extend>,
    pub(super) services: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Import {
    pub(super) kind: ImportKind,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportKind {
    Plain,
    Public,
    Weak,
}

/// A message, or what stands in the braces of a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) reserved: Vec<Reserved>,
    pub(super) options: Vec<Setting>,
    pub(super) fields: Vec<Field>,
    pub(super) oneofs: Vec<Oneof>,
    pub(super) groups: Vec<Group>,
    pub(super) extensions: Vec<Extensions>,
    pub(super) extends: Vec<Extend>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Optional,
    Required,
    Repeated,
}

impl Label {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Repeated => "repeated",
        }
    }
}

/// The type of a field, by the names that the text gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Named(String),
    Map(String, String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) label: Option<Label>,
    pub(super) kind: Type,
    pub(super) name: String,
    pub(super) number: i64,
    /// `default` and `json_name` come last.
    pub(super) options: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) label: Option<Label>,
    pub(super) number: i64,
    pub(super) options: Vec<Setting>,
    pub(super) body: Message,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Oneof {
    pub(super) name: String,
    pub(super) options: Vec<Setting>,
    pub(super) fields: Vec<Field>,
    pub(super) groups: Vec<Group>,
}

/// One `reserved` statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reserved(pub(super) Vec<Range>);

/// One `extensions` statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extensions {
    pub(super) ranges: Vec<Range>,
    pub(super) options: Vec<Setting>,
}

/// What `reserved` and `extensions` list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    One(i64),
    /// Both ends belong to it; `None` is `max`.
    Span(i64, Option<i64>),
    Name(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extend {
    pub(super) target: String,
    pub(super) fields: Vec<Field>,
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) reserved: Vec<Reserved>,
    pub(super) options: Vec<Setting>,
    pub(super) constants: Vec<Constant>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) number: i64,
    pub(super) options: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) options: Vec<Setting>,
    pub(super) methods: Vec<Method>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) input: Streamed,
    pub(super) output: Streamed,
    pub(super) options: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Streamed {
    pub(super) stream: bool,
    pub(super) kind: String,
}

/// An option that is set: `deprecated = true`, `(confluent.field_meta).tags = "PII"`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Never empty.
    pub(super) name: Vec<Part>,
    pub(super) value: Value,
}

/// One step of an option's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Whether it stands in parentheses: it is an extension.
    pub(super) custom: bool,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `true`, the name of an enum value.
    Word(String),
    /// As written, with its sign.
    Number(String),
    Text(Vec<u8>),
    /// A message. A key stands once: what was said several times became a list.
    Map(Vec<(String, Value)>),
    List(Vec<Value>),
}

impl Setting {
    /// An option of Protobuf's own, such as `deprecated`.
    pub(super) fn plain(name: &str, value: Value) -> Self {
        Self { name: vec![Part { name: name.to_owned(), custom: false }], value }
    }

    /// Whether it is that option of Protobuf's own.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.name.as_slice(), [part] if !part.custom && part.name == name)
    }

    /// Whether it is an extension.
    pub(super) fn is_custom(&self) -> bool {
        self.name.first().is_some_and(|part| part.custom)
    }
}

impl Value {
    /// A message with these members. What is said under the same key several times becomes a list.
    pub(super) fn message(members: impl IntoIterator<Item = (String, Self)>) -> Self {
        let mut places = HashMap::new();
        let mut merged: Vec<(String, Self)> = Vec::new();
        for (key, value) in members {
            let place = *places.entry(key.clone()).or_insert(merged.len());
            match merged.get_mut(place) {
                Some((_, before)) => before.append(value),
                None => merged.push((key, value)),
            }
        }
        Self::Map(merged)
    }

    /// Makes a list of this and that.
    pub(super) fn append(&mut self, value: Self) {
        let mut items = match std::mem::replace(self, Self::List(Vec::new())) {
            Self::List(items) => items,
            single => vec![single],
        };
        match value {
            Self::List(more) => items.extend(more),
            single => items.push(single),
        }
        *self = Self::List(items);
    }
}

/// The key of an extension in the value of an option, `[owner]`, with its full name: that of the only known extension
/// which it can mean. `None` for other keys and for names that may mean several or none.
pub(super) fn full_key<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let name = key.strip_prefix('[')?.strip_suffix(']')?.trim_start_matches('.');
    let is_meant = |full: &&str| full.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let mut meant: Vec<&str> = known.filter(is_meant).collect();
    if meant.contains(&name) {
        return Some(format!("[{name}]"));
    }
    meant.dedup();
    match meant.as_slice() {
        [only] => Some(format!("[{only}]")),
        _ => None,
    }
}
