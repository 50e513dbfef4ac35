//! What may somebody do, and to which subjects? Pure: who somebody is, is found out elsewhere.
//!
//! A grant is a right and where it holds, written as in `read`, `write orders-`, `admin :.staging:`: the second part is
//! a subject prefix as listings take it. Rights add up; nothing takes one away.

use std::fmt;
use std::sync::Arc;

use tidegate_compat::{ContextName, SubjectName};

use crate::Prefix;

/// What may be done. Each includes the ones before it, but for [`Right::Observe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Look at subjects, schemas and settings, and check candidates.
    Read,
    /// Register, delete, and set what holds for single subjects.
    Write,
    /// Set what holds for a whole context, and remove it; on everything: the global settings and the tokens too.
    Admin,
    /// Report who was seen to write and read: what a proxy needs beside reading. Only on everything.
    Observe,
}

/// A right and where it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    right: Right,
    on: Prefix,
}

/// Why a text is no grant: what was expected instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGrant(pub &'static str);

/// All that somebody may do. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Arc<[Grant]>);

/// Somebody lacks a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The name of who asked; `None` for somebody who brought no credentials.
    pub who: Option<Arc<str>>,
    pub right: Right,
    pub on: Object,
}

/// What a right is missing on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// It is needed on everything.
    Everything,
    /// Nothing at all is granted.
    Anything,
    /// A subject, or a context by its empty name.
    Subject(SubjectName),
    /// It is needed on one of the subjects that have this schema.
    Schema,
    /// It is needed on a subject that is named after this topic.
    Topic(String),
}

impl Right {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Admin, Self::Observe];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Observe => "observe",
        }
    }

    /// Whether who has this right has the other one as well.
    fn includes(self, other: Self) -> bool {
        match self {
            Self::Read => other == Self::Read,
            Self::Write => other != Self::Admin,
            Self::Admin => true,
            Self::Observe => other == Self::Observe,
        }
    }
}

impl Grant {
    /// A right on everything.
    pub fn everywhere(right: Right) -> Self {
        Self { right, on: Prefix::AllContexts(String::new()) }
    }

    /// Reads `RIGHT` or `RIGHT PREFIX`.
    pub fn parse(text: &str) -> Result<Self, InvalidGrant> {
        let (word, prefix) = text.trim().split_once(' ').unwrap_or((text.trim(), ":*:"));
        let right = Right::ALL.into_iter().find(|right| right.as_str() == word);
        let right = right.ok_or(InvalidGrant(
            "a grant such as read, write orders- or admin :.staging: (rights are read, write, admin, observe)",
        ))?;
        let prefix = prefix.trim();
        if prefix.chars().any(char::is_control) {
            return Err(InvalidGrant("a subject prefix without control characters"));
        }
        let on = Prefix::parse(prefix);
        let is_whole = matches!(&on, Prefix::AllContexts(bare) | Prefix::Context(_, bare) if bare.is_empty());
        let is_everything = is_whole && matches!(on, Prefix::AllContexts(_));
        match right {
            Right::Admin if !is_whole => {
                Err(InvalidGrant("admin on everything or on a context, as in admin :.staging:"))
            }
            Right::Observe if !is_everything => Err(InvalidGrant("observe alone: it holds everywhere")),
            _ => Ok(Self { right, on }),
        }
    }

    fn is_everywhere(&self) -> bool {
        matches!(&self.on, Prefix::AllContexts(bare) if bare.is_empty())
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.right.as_str())?;
        if self.is_everywhere() { Ok(()) } else { write!(f, " {}", self.on) }
    }
}

impl Grants {
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Self {
        Self(grants.into_iter().collect())
    }

    /// One right on everything.
    pub fn everywhere(right: Right) -> Self {
        Self::new([Grant::everywhere(right)])
    }

    /// Whether nothing at all may be done.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// Whether the right holds on everything there is.
    pub fn may_everywhere(&self, right: Right) -> bool {
        self.having(right).any(Grant::is_everywhere)
    }

    /// Whether the right holds on this subject; on a whole context, if the name is empty.
    pub fn may(&self, right: Right, subject: &SubjectName) -> bool {
        self.having(right).any(|grant| grant.on.takes(subject))
    }

    /// Whether something in this context may be read.
    pub fn reach_into(&self, context: &ContextName) -> bool {
        self.having(Right::Read).any(|grant| match &grant.on {
            Prefix::AllContexts(_) => true,
            Prefix::Context(own, _) => own == context,
        })
    }

    /// What of a prefix may be read, as prefixes. Two of them may overlap where one is about all contexts.
    pub fn readable(&self, prefix: &Prefix) -> Vec<Prefix> {
        let mut parts: Vec<Prefix> = Vec::new();
        for part in self.having(Right::Read).filter_map(|grant| grant.on.within(prefix)) {
            if !parts.iter().any(|other| other.covers(&part)) {
                parts.retain(|other| !part.covers(other));
                parts.push(part);
            }
        }
        parts
    }

    fn having(&self, right: Right) -> impl Iterator<Item = &Grant> {
        self.0.iter().filter(move |grant| grant.right.includes(right))
    }
}

impl Prefix {
    /// `:*:x` is in every context, `:.ctx:x` in one, `x` in the default one.
    pub fn parse(text: &str) -> Self {
        if let Some(bare) = text.strip_prefix(":*:") {
            return Self::AllContexts(bare.to_owned());
        }
        let subject = SubjectName::parse(text);
        Self::Context(subject.context().clone(), subject.bare().to_owned())
    }

    pub(crate) fn takes(&self, subject: &SubjectName) -> bool {
        let is_here = match self {
            Self::AllContexts(_) => true,
            Self::Context(context, _) => subject.context() == context,
        };
        is_here && self.bare_takes(subject.bare())
    }

    fn bare_takes(&self, bare: &str) -> bool {
        bare.starts_with(self.bare())
    }

    fn bare(&self) -> &str {
        match self {
            Self::AllContexts(bare) | Self::Context(_, bare) => bare,
        }
    }

    fn context(&self) -> Option<&ContextName> {
        match self {
            Self::AllContexts(_) => None,
            Self::Context(context, _) => Some(context),
        }
    }

    /// Whether all that the other one takes is taken by this one.
    fn covers(&self, other: &Self) -> bool {
        (self.context().is_none() || self.context() == other.context()) && other.bare().starts_with(self.bare())
    }

    /// What both take.
    fn within(&self, other: &Self) -> Option<Self> {
        let context = match (self.context(), other.context()) {
            (Some(one), Some(two)) if one != two => return None,
            (one, two) => one.or(two),
        };
        let bare = [(self.bare(), other.bare()), (other.bare(), self.bare())];
        let (longer, _) = bare.into_iter().find(|(longer, shorter)| longer.starts_with(shorter))?;
        Some(match context {
            Some(context) => Self::Context(context.clone(), longer.to_owned()),
            None => Self::AllContexts(longer.to_owned()),
        })
    }
}

/// As [`Prefix::parse`] reads it.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllContexts(bare) => write!(f, ":*:{bare}"),
            Self::Context(context, bare) if context.is_default() && !bare.is_empty() => f.write_str(bare),
            Self::Context(context, bare) => write!(f, ":{context}:{bare}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grants(texts: &[&str]) -> Grants {
        Grants::new(texts.iter().map(|text| Grant::parse(text).unwrap()))
    }

    fn subject(text: &str) -> SubjectName {
        SubjectName::parse(text)
    }

    #[test]
    fn grants_print_as_they_are_written() {
        for text in
            ["read", "write orders-", "admin :.staging:", "write :.staging:orders-", "read :*:orders-", "observe"]
        {
            assert_eq!(Grant::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Grant::parse("read :*:").unwrap().to_string(), "read");
        assert_eq!(Grant::parse("admin :.:").unwrap().to_string(), "admin :.:");
        for text in ["", "own", "Read", "admin orders-", "observe :.staging:", "read a\nb"] {
            assert!(Grant::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn rights_hold_where_they_are_given() {
        let some = grants(&["write orders-", "read :.staging:", "admin :.lab:"]);
        assert!(some.may(Right::Write, &subject("orders-value")) && some.may(Right::Read, &subject("orders-value")));
        assert!(!some.may(Right::Read, &subject("payments-value")));
        assert!(
            !some.may(Right::Read, &subject(":.other:orders-value")),
            "a prefix alone is one of the default context"
        );
        assert!(some.may(Right::Read, &subject(":.staging:x")) && !some.may(Right::Write, &subject(":.staging:x")));
        assert!(some.may(Right::Admin, &subject(":.lab:")) && !some.may(Right::Admin, &subject(":.staging:")));
        assert!(!some.may_everywhere(Right::Read) && grants(&["write"]).may_everywhere(Right::Read));
        assert!(!grants(&["write"]).may_everywhere(Right::Admin) && grants(&["admin"]).may_everywhere(Right::Observe));
        assert!(!grants(&["observe"]).may_everywhere(Right::Read) && !grants(&["read"]).may_everywhere(Right::Observe));
        assert!(!Grants::default().may(Right::Read, &subject("x")));
    }

    #[test]
    fn a_right_on_a_prefix_is_none_on_the_whole_context() {
        let some = grants(&["write orders-"]);
        assert!(!some.may(Right::Write, &subject("")) && some.reach_into(&ContextName::default_context()));
        assert!(!some.reach_into(&ContextName::parse("staging").unwrap()));
    }

    fn prefix() -> impl Strategy<Value = Prefix> {
        let bare = "[ab]{0,3}";
        let context = prop_oneof![Just("."), Just(".x"), Just(".y")];
        prop_oneof![
            bare.prop_map(Prefix::AllContexts),
            (context, bare).prop_map(|(context, bare)| Prefix::Context(ContextName::parse(context).unwrap(), bare)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_listed_is_what_may_be_read(
            given in prop::collection::vec(prefix(), 0..5),
            asked in prefix(),
            context in prop_oneof![Just("."), Just(".x"), Just(".z")],
            bare in "[ab]{0,4}",
        ) {
            let grants = Grants::new(given.into_iter().map(|on| Grant { right: Right::Read, on }));
            let subject = SubjectName::new(ContextName::parse(context).unwrap(), &bare);
            let is_listed = grants.readable(&asked).iter().any(|part| part.takes(&subject));
            prop_assert_eq!(is_listed, asked.takes(&subject) && grants.may(Right::Read, &subject));
        }

        #[test]
        fn prefixes_are_read_as_they_are_written(prefix in prefix()) {
            prop_assert_eq!(Prefix::parse(&prefix.to_string()), prefix);
        }
    }
}
