//! What is a section: documented fields with defaults, read from a group of keys?

use super::setting::{Node, Problems, Setting, Value};

/// A group of settings. Implemented by [`section!`].
pub(super) trait Section: Default {
    const KEY: &'static str;
    /// The lines of the doc comment.
    const ABOUT: &'static [&'static str];
    fn read(reader: &mut SectionReader<'_>) -> Self;
    fn fields() -> Vec<FieldDoc>;
}

/// A field as the sample file shows it.
pub(super) struct FieldDoc {
    pub(super) key: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) default: Option<String>,
}

/// Takes known keys out of a group and complains about the rest.
pub(super) struct SectionReader<'a> {
    entries: Vec<(&'a str, &'a Node)>,
    known: Vec<&'static str>,
    path: String,
    problems: &'a mut Problems,
}

impl<'a> SectionReader<'a> {
    pub(super) fn new(node: &'a Node, path: &str, problems: &'a mut Problems) -> Self {
        let entries = match &node.value {
            Value::Map(entries) => entries.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            Value::Null => Vec::new(),
            Value::Scalar(_) | Value::List(_) => {
                problems.at(&node.place, format!("expected a group of keys for '{path}'"));
                Vec::new()
            }
        };
        Self { entries, known: Vec::new(), path: path.to_owned(), problems }
    }

    /// Reads one field, or leaves its default.
    pub(super) fn field<T: Setting>(&mut self, key: &'static str, target: &mut T) {
        if let Some(value) = self.take(key).and_then(|node| T::read(node, self.problems)) {
            *target = value;
        }
    }

    /// Reads a section below this one.
    pub(super) fn section<S: Section>(&mut self) -> S {
        let Some(node) = self.take(S::KEY) else { return S::default() };
        let mut reader = SectionReader::new(node, S::KEY, self.problems);
        let section = S::read(&mut reader);
        reader.refuse_unknown();
        section
    }

    pub(super) fn refuse_unknown(self) {
        let inside = if self.path.is_empty() { String::new() } else { format!(" in '{}'", self.path) };
        for (key, node) in self.entries {
            let known = self.known.join(", ");
            self.problems.at(&node.place, format!("unknown key '{key}'{inside}; known: {known}"));
        }
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        let index = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.swap_remove(index).1)
    }
}

/// Reads a group that is an item of a list.
pub(super) fn read_item<S: Section>(node: &Node, problems: &mut Problems) -> S {
    let mut reader = SectionReader::new(node, S::KEY, problems);
    let section = S::read(&mut reader);
    reader.refuse_unknown();
    section
}

/// Declares a section: struct, defaults, reader and reference from one text.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident in $key:literal {
            $($(#[doc = $doc:literal])* pub $field:ident: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::config::section::Section for $name {
            const KEY: &'static str = $key;
            const ABOUT: &'static [&'static str] = &[$($about),*];

            fn read(reader: &mut $crate::config::section::SectionReader<'_>) -> Self {
                let mut section = Self::default();
                $(reader.field(stringify!($field), &mut section.$field);)*
                section
            }

            fn fields() -> Vec<$crate::config::section::FieldDoc> {
                let section = Self::default();
                vec![$($crate::config::section::FieldDoc {
                    key: stringify!($field),
                    doc: &[$($doc),*],
                    default: $crate::config::setting::Setting::show(&section.$field),
                }),*]
            }
        }
    };
}
pub(super) use section;
