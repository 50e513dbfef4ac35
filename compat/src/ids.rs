//! What are things called? Names and numbers of the registry, parsed once at the door.

use std::fmt;
use std::sync::Arc;

/// How many bytes the name of a subject may have, without its context. Databases index names, and an entry of an index
/// has a limit.
pub const MAX_SUBJECT: usize = 1024;
/// How many bytes the name of a context may have, its leading dot included.
pub const MAX_CONTEXT: usize = 255;

/// A name that the registry does not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} '{name}' is not valid: {reason}")]
pub struct InvalidName {
    /// What kind of name it should be.
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// Why it is not taken.
    pub reason: &'static str,
}

/// A namespace for subjects and schema ids. The default context is `.`; a named one starts with a dot, as in `.staging`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextName(Arc<str>);

impl ContextName {
    /// The context that unqualified subjects live in.
    pub fn default_context() -> Self {
        Self(Arc::from("."))
    }

    /// The pseudo-context whose config and mode stand behind all others.
    pub fn global() -> Self {
        Self(Arc::from(".__GLOBAL"))
    }

    /// Reads `.`, `.name`, `name` or `:.name:`.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = |reason| InvalidName { what: "context", name: text.to_owned(), reason };
        let bare = text.strip_prefix(':').unwrap_or(text);
        let bare = bare.strip_suffix(':').unwrap_or(bare);
        if bare.contains(':') {
            return Err(invalid("a context name has no colon"));
        }
        if bare.chars().any(char::is_control) {
            return Err(invalid("a context name has no control characters"));
        }
        if bare.len() + usize::from(!bare.starts_with('.')) > MAX_CONTEXT {
            return Err(invalid("a context name has no more than 255 bytes"));
        }
        match bare {
            "" | "." => Ok(Self::default_context()),
            dotted if dotted.starts_with('.') => Ok(Self(Arc::from(dotted))),
            plain => Ok(Self(Arc::from(format!(".{plain}")))),
        }
    }

    /// The name with its leading dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether unqualified subjects live here.
    pub fn is_default(&self) -> bool {
        &*self.0 == "."
    }

    /// Whether this is the one behind all others.
    pub fn is_global(&self) -> bool {
        &*self.0 == ".__GLOBAL"
    }
}

impl Default for ContextName {
    fn default() -> Self {
        Self::default_context()
    }
}

impl fmt::Display for ContextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A scope under which versions of a schema evolve, such as `orders-value`, in a context.
///
/// Written `name` in the default context and `:.context:name` elsewhere. An empty name with a context denotes the
/// context itself, which config and mode know as a scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubjectName {
    context: ContextName,
    name: Arc<str>,
}

impl SubjectName {
    /// The subject `name` in `context`.
    pub fn new(context: ContextName, name: &str) -> Self {
        Self { context, name: Arc::from(name) }
    }

    /// Splits a possibly qualified name into context and bare name. Anything splits; [`Self::check`] says whether
    /// schemas may be registered under it.
    pub fn parse(text: &str) -> Self {
        if let Some(rest) = text.strip_prefix(":.") {
            let (context, name) = rest.split_once(':').unwrap_or((rest, ""));
            return Self { context: ContextName(Arc::from(format!(".{context}"))), name: Arc::from(name) };
        }
        Self { context: ContextName::default_context(), name: Arc::from(text) }
    }

    /// A name written inside `context`: unqualified names belong to it, qualified ones keep their own.
    pub fn parse_in(context: &ContextName, text: &str) -> Self {
        if text.starts_with(":.") { Self::parse(text) } else { Self::new(context.clone(), text) }
    }

    /// Whether schemas may be registered under this name. Control characters, long names, the reserved names and the
    /// global context may not; nearly everything else may, including slashes, percent signs, spaces and Unicode.
    pub fn check(&self) -> Result<(), InvalidName> {
        let invalid = |reason| InvalidName { what: "subject", name: self.to_string(), reason };
        if self.name.chars().any(char::is_control) || self.context.as_str().chars().any(char::is_control) {
            return Err(invalid("it has a control character"));
        }
        if self.is_too_long() {
            return Err(invalid("it has more than 1024 bytes, or its context more than 255"));
        }
        if self.name.starts_with(":*:") {
            return Err(invalid("':*:' stands for all contexts, and is for lists only"));
        }
        if matches!(&*self.name, "__GLOBAL" | "__EMPTY") {
            return Err(invalid("the name is reserved"));
        }
        if self.context.is_global() {
            return Err(invalid("the context .__GLOBAL holds config and mode only"));
        }
        Ok(())
    }

    /// Whether nothing can be kept under this name, because it or its context is longer than names may be.
    pub fn is_too_long(&self) -> bool {
        self.name.len() > MAX_SUBJECT || self.context.as_str().len() > MAX_CONTEXT
    }

    /// Where it lives.
    pub fn context(&self) -> &ContextName {
        &self.context
    }

    /// The name without its context.
    pub fn bare(&self) -> &str {
        &self.name
    }

    /// Whether this denotes a whole context rather than a subject in it.
    pub fn is_context(&self) -> bool {
        self.name.is_empty() && !self.context.is_default()
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.context.is_default() { f.write_str(&self.name) } else { write!(f, ":{}:{}", self.context, self.name) }
    }
}

/// The number that stands before every framed record, unique within a context. Positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchemaId(pub i32);

impl fmt::Display for SchemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a schema within its subject, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub i32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which version of a subject is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionSpec {
    /// The highest version that is not soft-deleted.
    Latest,
    /// That one.
    Number(Version),
}

impl VersionSpec {
    /// Reads `latest` in any case, `-1`, or a positive number that fits 32 bits, surrounding blanks allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("latest") || text == "-1" {
            return Some(Self::Latest);
        }
        text.parse::<i32>().ok().filter(|number| *number > 0).map(|number| Self::Number(Version(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_split_at_the_context_and_print_as_written() {
        for text in ["orders-value", ":.staging:orders-value", ":.a.b:x:y", "with/slash %25 ü", ":.staging:"] {
            assert_eq!(SubjectName::parse(text).to_string(), text);
        }
        let subject = SubjectName::parse(":.staging:orders");
        assert_eq!((subject.context().as_str(), subject.bare()), (".staging", "orders"));
        assert!(SubjectName::parse(":.staging").is_context());
    }

    #[test]
    fn reserved_and_control_names_are_refused_for_schemas() {
        for text in ["__GLOBAL", "__EMPTY", "a\nb", ":.__GLOBAL:x", ":*:", ":*:x"] {
            assert!(SubjectName::parse(text).check().is_err(), "{text:?}");
        }
        assert!(SubjectName::parse("Größe/%20 ok").check().is_ok());
    }

    #[test]
    fn names_longer_than_an_index_takes_are_refused() {
        let named = |context: usize, name: usize| format!(":.{}:{}", "c".repeat(context - 1), "s".repeat(name));
        assert!(SubjectName::parse(&named(MAX_CONTEXT, MAX_SUBJECT)).check().is_ok());
        for text in [named(MAX_CONTEXT + 1, 1), named(2, MAX_SUBJECT + 1)] {
            assert!(SubjectName::parse(&text).check().is_err());
        }
        let dotted = format!(".{}", "c".repeat(MAX_CONTEXT - 1));
        for (name, is_good) in [(&dotted[..], true), (&dotted[1..], true), (&format!("{dotted}c"), false)] {
            assert_eq!(ContextName::parse(name).is_ok(), is_good, "{}", name.len());
        }
    }

    #[test]
    fn contexts_read_in_all_three_spellings() {
        for text in ["ctx", ".ctx", ":.ctx:"] {
            assert_eq!(ContextName::parse(text).map(|c| c.to_string()), Ok(".ctx".to_owned()));
        }
        assert!(ContextName::parse("a:b").is_err());
        assert!(ContextName::parse(".").is_ok_and(|c| c.is_default()));
    }

    #[test]
    fn version_segments_follow_the_registry_rules() {
        assert_eq!(VersionSpec::parse(" LaTeSt "), Some(VersionSpec::Latest));
        assert_eq!(VersionSpec::parse("-1"), Some(VersionSpec::Latest));
        assert_eq!(VersionSpec::parse("7"), Some(VersionSpec::Number(Version(7))));
        for text in ["0", "-2", "x", "", "2147483648"] {
            assert_eq!(VersionSpec::parse(text), None, "{text:?}");
        }
    }
}
