//! How is a list of tags read from options, and written into them?
//!
//! `(confluent.field_meta).tags = "PII"`, once for each tag; `(confluent.field_meta) = { tags: "PII" }`, with one tag, or
//! several in brackets. Names may leave out what the package says.

use std::collections::HashSet;

use super::super::syntax::{Part, Setting, Value};
use crate::tags::Change;

const TAGS: &str = "tags";

/// Which of Confluent's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meta {
    Message,
    Field,
}

impl Meta {
    /// Its full name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Message => "confluent.message_meta",
            Self::Field => "confluent.field_meta",
        }
    }

    /// Whether an option of a file with this package is it.
    fn is(self, part: &Part, package: &str) -> bool {
        let full = self.name();
        let is_inside = package == "confluent" || package.starts_with("confluent.");
        let short = full.strip_prefix("confluent.").filter(|_| is_inside);
        part.custom && (part.name.trim_start_matches('.') == full || short == Some(part.name.as_str()))
    }

    /// The name as it must be written where another `confluent` is nearer.
    fn written(self, package: &str) -> String {
        let is_shadowed = package.split('.').skip(1).any(|part| part == "confluent");
        format!("{}{}", if is_shadowed { "." } else { "" }, self.name())
    }

    /// Changes the tags among options, and tells whether there are new ones.
    pub(super) fn retag(self, options: &mut Vec<Setting>, package: &str, change: &Change) -> bool {
        let tags = tags_in(options, self, package);
        let (removed, added) = change.against(&tags.iter().map(String::as_str).collect());
        // First, so that they stand where others stood that go.
        if !added.is_empty() {
            self.add(options, package, &added);
        }
        if !removed.is_empty() {
            let is_left = |value: &mut Value, depth| remove(value, depth, &removed);
            options.retain_mut(|option| {
                !self.holds_tags(option, package) || is_left(&mut option.value, option.name.len())
            });
        }
        !added.is_empty()
    }

    /// Whether the option is it as a whole, or its tags.
    fn holds_tags(self, option: &Setting, package: &str) -> bool {
        match option.name.as_slice() {
            [meta] => self.is(meta, package) && matches!(option.value, Value::Map(_)),
            [meta, member] => self.is(meta, package) && !member.custom && member.name == TAGS,
            _ => false,
        }
    }

    fn add(self, options: &mut Vec<Setting>, package: &str, tags: &[&str]) {
        let texts = || tags.iter().map(|tag| Value::Text(tag.as_bytes().to_vec()));
        let is_meta = |option: &Setting| option.name.first().is_some_and(|part| self.is(part, package));
        let whole = |option: &&mut Setting| is_meta(option) && option.name.len() == 1;
        if let Some(Value::Map(members)) = options.iter_mut().find(whole).map(|option| &mut option.value) {
            let before = members.iter_mut().find(|(key, _)| key == TAGS);
            return match before {
                Some((_, value)) => texts().for_each(|tag| value.append(tag)),
                None => members.push((TAGS.to_owned(), Value::List(texts().collect()))),
            };
        }
        if let Some(last) = options.iter().rposition(is_meta) {
            let Some(meta) = options.get(last).and_then(|option| option.name.first()).cloned() else { return };
            let name = vec![meta, Part { name: TAGS.to_owned(), custom: false }];
            let new = texts().map(|value| Setting { name: name.clone(), value });
            options.splice(last + 1..last + 1, new.collect::<Vec<_>>());
            return;
        }
        let value = Value::Map(vec![(TAGS.to_owned(), Value::List(texts().collect()))]);
        let name = vec![Part { name: self.written(package), custom: true }];
        // These two are no real options, and stand behind those that are.
        let is_last = |option: &Setting| option.is("default") || option.is("json_name");
        let place = options.iter().position(is_last).unwrap_or(options.len());
        options.insert(place, Setting { name, value });
    }
}

/// The tags that options give.
pub(super) fn tags_in(options: &[Setting], meta: Meta, package: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for option in options.iter().filter(|option| meta.holds_tags(option, package)) {
        let value = match &option.value {
            Value::Map(members) => members.iter().find(|(key, _)| key == TAGS).map(|(_, value)| value),
            value => Some(value),
        };
        let items = match value {
            Some(Value::List(items)) => items.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        tags.extend(items.iter().filter_map(text));
    }
    tags
}

/// Takes tags from the value of an option, and tells whether anything is left of it.
fn remove(value: &mut Value, depth: usize, removed: &HashSet<&str>) -> bool {
    let is_removed = |value: &Value| text(value).is_some_and(|tag| removed.contains(tag.as_str()));
    match value {
        Value::Map(members) if depth == 1 => {
            members.retain_mut(|(key, value)| key != TAGS || remove(value, depth + 1, removed));
            !members.is_empty()
        }
        Value::List(items) => {
            items.retain(|item| !is_removed(item));
            !items.is_empty()
        }
        single => !is_removed(single),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}
