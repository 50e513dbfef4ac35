//! Does a text match a pattern, or have a format?
//!
//! The answer is the reference's own: a matcher is a validator of `jsonschema` with one keyword, asked about one text.
//! So are its readings of ECMA-262 expressions and of formats, and its shortcuts for simple ones. Expressions run on
//! the engine whose time is linear in the text; only those that it can't take get the one that backtracks, with a limit.
//! Expressions that are none of ECMA-262's, and yet were accepted, because crate `regex` reads them, are its own.

use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use regex::{Regex, RegexBuilder};
use serde_json::json;

use super::super::tree::Draft;
use super::tape::{Tape, TapeNode};

/// How many steps back an expression may take that is not a regular one.
const BACKTRACK_LIMIT: usize = 100_000;

/// How large an expression may become when it is compiled, in bytes.
const MAX_PROGRAM: usize = 1 << 20;

/// A pattern or a format. Clones share it.
#[derive(Clone)]
pub(super) struct Matcher {
    engine: Engine,
    /// The pattern, or the name of the format.
    words: Arc<str>,
    is_format: bool,
}

#[derive(Clone)]
enum Engine {
    Reference(Arc<Validator<Tape>>),
    Plain(Regex),
}

impl Matcher {
    /// The pattern; `None` if it is no regular expression. And whether it takes the engine that backtracks.
    pub(super) fn pattern(pattern: &str) -> Option<(Self, bool)> {
        let schema = json!({ "pattern": pattern });
        let options = || jsonschema::options_for::<Tape>().with_draft(jsonschema::Draft::Draft7).offline();
        let linear = options().with_pattern_options(PatternOptions::regex()).build(&schema);
        let fancy = PatternOptions::fancy_regex().backtrack_limit(BACKTRACK_LIMIT);
        let (engine, backtracks) = if let Ok(validator) = linear {
            (Engine::Reference(Arc::new(validator)), false)
        } else if let Ok(validator) = options().with_pattern_options(fancy).build(&schema) {
            (Engine::Reference(Arc::new(validator)), true)
        } else {
            (Engine::Plain(RegexBuilder::new(pattern).size_limit(MAX_PROGRAM).build().ok()?), false)
        };
        Some((Self { engine, words: pattern.into(), is_format: false }, backtracks))
    }

    /// The format, if the reference checks it in this dialect.
    pub(super) fn format(format: &str, draft: Draft) -> Option<Self> {
        if draft >= Draft::Draft2019 {
            return None;
        }
        let draft = dialect(draft);
        let options = jsonschema::options_for::<Tape>().with_draft(draft).offline();
        if !options.is_known_format(draft, format) {
            return None;
        }
        let engine = Engine::Reference(Arc::new(options.build(&json!({ "format": format })).ok()?));
        Some(Self { engine, words: format.into(), is_format: true })
    }

    #[inline]
    pub(super) fn is_match(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Reference(validator) => validator.is_valid(TapeNode::text(text)),
            Engine::Plain(pattern) => pattern.is_match(text),
        }
    }

    /// What is said of a text that does not match.
    pub(super) fn complaint(&self) -> String {
        match self.is_format {
            true => format!("the text does not have the format '{}'", self.words),
            false => format!("the text does not match the pattern '{}'", self.words),
        }
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Matcher").field(&self.words).finish()
    }
}

/// The dialect in the reference's terms.
pub(super) fn dialect(draft: Draft) -> jsonschema::Draft {
    match draft {
        Draft::Draft4 => jsonschema::Draft::Draft4,
        Draft::Draft6 => jsonschema::Draft::Draft6,
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft2019 => jsonschema::Draft::Draft201909,
        Draft::Draft2020 => jsonschema::Draft::Draft202012,
    }
}
