//! What does somebody mean by what they typed?
//!
//! Words, `"words in quotes"` and `key:value`. A minus sign in front turns a part around. Parts with one key are
//! alternatives; of all other parts each must hold.

use std::fmt;

use tidegate_compat::{CompatibilityLevel, ContextName, SchemaKind};
use tidegate_store::{Clause, Condition};

use super::words::folded;
use crate::Mode;

/// So long is a query at most, in bytes, and so many parts does it have.
const MAX_LENGTH: usize = 1000;
const MAX_PARTS: usize = 20;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    parts: Vec<Part>,
}

/// Why a query is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidQuery(String);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// As it was typed.
    written: String,
    /// Empty for words.
    key: Key,
    conditions: Vec<Condition>,
    is_negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Words,
    Field,
    Tag,
    Owner,
    Id,
    Type,
    Level,
    Mode,
    Context,
}

const KEYS: [(&str, Key); 11] = [
    ("field", Key::Field),
    ("tag", Key::Tag),
    ("owner", Key::Owner),
    ("id", Key::Id),
    ("type", Key::Type),
    ("format", Key::Type),
    ("compat", Key::Level),
    ("compatibility", Key::Level),
    ("level", Key::Level),
    ("mode", Key::Mode),
    ("context", Key::Context),
];

impl SearchQuery {
    pub fn parse(text: &str) -> Result<Self, InvalidQuery> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidQuery(format!("a search has at most {MAX_LENGTH} bytes")));
        }
        if text.contains('\0') {
            return Err(InvalidQuery("there is no NUL character anywhere".into()));
        }
        let mut parts = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            if parts.len() == MAX_PARTS {
                return Err(InvalidQuery(format!("a search has at most {MAX_PARTS} parts")));
            }
            let (written, behind) = first(rest);
            parts.push(Part::of(written)?);
            rest = behind.trim_start();
        }
        parts.retain(|part| !part.conditions.is_empty());
        Ok(Self { parts })
    }

    /// What must hold.
    pub(super) fn clauses(&self) -> Vec<Clause> {
        clauses(self.parts.iter())
    }

    /// Each part as it was typed, with what must hold without it.
    pub(super) fn without_each(&self) -> impl Iterator<Item = (String, Vec<Clause>)> {
        self.parts.iter().enumerate().map(|(place, part)| {
            let others = self.parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| part);
            (part.written.clone(), clauses(others))
        })
    }
}

fn clauses<'p>(parts: impl Iterator<Item = &'p Part>) -> Vec<Clause> {
    let mut clauses: Vec<(Key, Clause)> = Vec::new();
    for part in parts {
        if part.key == Key::Words {
            let each = |condition: &Condition| Clause { any: vec![condition.clone()], is_negated: part.is_negated };
            clauses.extend(part.conditions.iter().map(|condition| (Key::Words, each(condition))));
            continue;
        }
        let same = clauses.iter_mut().find(|(key, clause)| *key == part.key && clause.is_negated == part.is_negated);
        match same {
            Some((_, clause)) => clause.any.extend(part.conditions.iter().cloned()),
            None => {
                clauses.push((part.key, Clause { any: part.conditions.clone(), is_negated: part.is_negated }));
            }
        }
    }
    clauses.into_iter().map(|(_, clause)| clause).collect()
}

/// The first part of a text, which ends at a blank outside of quotes, and the rest.
fn first(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let mut end = text.len();
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter.is_whitespace() && !is_quoted => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    text.split_at(end)
}

impl Part {
    fn of(written: &str) -> Result<Self, InvalidQuery> {
        let (is_negated, text) = match written.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, written),
        };
        let known = |name: &str| KEYS.iter().find(|(key, _)| name.eq_ignore_ascii_case(key)).map(|(_, key)| *key);
        // A colon may stand in names as well: `:.staging:orders`.
        let (key, value) = match text.split_once(':').and_then(|(name, value)| Some((known(name)?, value))) {
            Some(found) => found,
            None => (Key::Words, text),
        };
        let value = value.replace('"', "");
        let conditions = key.conditions(value.trim())?;
        Ok(Self { written: written.to_owned(), key, conditions, is_negated })
    }
}

impl Key {
    fn conditions(self, value: &str) -> Result<Vec<Condition>, InvalidQuery> {
        let wrong = |expected: &str| InvalidQuery(format!("'{value}' is not understood: {expected}"));
        if value.is_empty() && !matches!(self, Self::Owner | Self::Words) {
            return Err(InvalidQuery(format!("something must follow '{self}:'")));
        }
        let condition = match self {
            Self::Words => return Ok(value.split_whitespace().map(|word| Condition::Word(folded(word))).collect()),
            Self::Field => match value.strip_suffix('*') {
                Some(beginning) => Condition::Field(folded(beginning), true),
                None => Condition::Field(folded(value), false),
            },
            Self::Tag => Condition::Tag(folded(value)),
            Self::Owner => Condition::Owner(folded(value)),
            Self::Id => Condition::Id(value.parse().map_err(|_| wrong("an id is a number"))?),
            Self::Type => {
                let kind = SchemaKind::parse(&value.to_ascii_uppercase());
                Condition::Kind(kind.ok_or_else(|| wrong("a type is AVRO, PROTOBUF or JSON"))?)
            }
            Self::Level => {
                let level = CompatibilityLevel::parse(&value.to_ascii_uppercase());
                Condition::Level(level.ok_or_else(|| wrong("no such level"))?.as_str().to_owned())
            }
            Self::Mode => Condition::Mode(Mode::parse(value).ok_or_else(|| wrong("no such mode"))?.as_str().to_owned()),
            Self::Context => Condition::Context(ContextName::parse(value).map_err(|error| wrong(&error.to_string()))?),
        };
        Ok(vec![condition])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(KEYS.iter().find(|(_, key)| key == self).map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any(conditions: &[Condition]) -> Clause {
        Clause { any: conditions.to_vec(), is_negated: false }
    }

    fn clauses(text: &str) -> Vec<Clause> {
        SearchQuery::parse(text).unwrap().clauses()
    }

    #[test]
    fn one_key_means_one_of_several_and_different_keys_mean_all() {
        let tag = |tag: &str| Condition::Tag(tag.to_owned());
        assert_eq!(
            clauses("Orders tag:PII type:avro tag:gdpr"),
            [
                any(&[Condition::Word("orders".into())]),
                any(&[tag("pii"), tag("gdpr")]),
                any(&[Condition::Kind(SchemaKind::Avro)])
            ]
        );
    }

    #[test]
    fn quotes_keep_blanks_and_a_minus_turns_around() {
        assert_eq!(clauses(r#"owner:"Team Blue""#), [any(&[Condition::Owner("team blue".into())])]);
        assert_eq!(clauses(r#"owner:"""#), [any(&[Condition::Owner(String::new())])]);
        let none = Clause { any: vec![Condition::Field("email".into(), false)], is_negated: true };
        assert_eq!(clauses("-field:email -"), [none, any(&[Condition::Word("-".into())])]);
        assert_eq!(clauses("field:cust*"), [any(&[Condition::Field("cust".into(), true)])]);
        assert_eq!(clauses(r#""two words""#).len(), 2, "each of them must be there");
    }

    #[test]
    fn what_is_no_key_is_a_word() {
        assert_eq!(clauses(":.staging:orders"), [any(&[Condition::Word(":.staging:orders".into())])]);
        assert_eq!(clauses("  "), []);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (text, said) in [
            ("id:x", "'x' is not understood: an id is a number"),
            ("type:xml", "'xml' is not understood: a type is AVRO, PROTOBUF or JSON"),
            ("tag:", "something must follow 'tag:'"),
        ] {
            assert_eq!(SearchQuery::parse(text).unwrap_err().to_string(), said);
        }
        assert!(SearchQuery::parse(&"a ".repeat(21)).is_err() && SearchQuery::parse(&"a".repeat(1001)).is_err());
    }

    #[test]
    fn without_each_part_the_others_remain() {
        let query = SearchQuery::parse("a tag:b tag:c").unwrap();
        let without: Vec<_> = query.without_each().collect();
        assert_eq!(without[0], ("a".into(), vec![any(&[Condition::Tag("b".into()), Condition::Tag("c".into())])]));
        assert_eq!(without[1].0, "tag:b");
        assert_eq!(without[1].1.len(), 2);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            if let Ok(query) = SearchQuery::parse(&text) {
                prop_assert!(query.clauses().iter().all(|clause| !clause.any.is_empty()));
            }
        }
    }
}
