//! What is wrong, by which rule, where, and what helps? The one diagnostic that check, proxy, CLI and UI share.

use std::fmt;

use crate::ids::Version;
use crate::level::Direction;

/// How much a finding weighs. Only an error makes a schema incompatible; the rest is advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Likely a mistake, though nothing fails.
    Warning,
    /// It breaks reading.
    Error,
}

impl Severity {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One rule: a stable code with a slug, what it is for, and the name that Confluent gives to such a problem.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `TG101` and so on: families by hundreds (1 Avro, 2 Protobuf, 3 JSON Schema, 4 the contract).
    pub code: &'static str,
    /// `avro-field-without-default`: the code in words.
    pub slug: &'static str,
    /// Why the rule exists, in one sentence.
    pub purpose: &'static str,
    /// How much a violation of it weighs.
    pub severity: Severity,
    /// Confluent's `errorType`; `None` for advice that Confluent does not give.
    pub confluent: Option<&'static str>,
    /// How a finding relates to what really happens to data.
    pub basis: Basis,
}

/// How a rule's verdict relates to the data: Confluent's verdicts are the contract, and they are not always true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// What it refuses can't be read, or not in every case; when it is silent nothing of its kind is in the way.
    Sound,
    /// Parity only: Confluent refuses, though every payload that is valid for the writer is valid for the reader.
    Stricter,
    /// Parity only: Confluent lets it pass, though data can break. Advice that says so, never an error.
    Laxer,
    /// Nothing fails; something reads differently than its author may think.
    Advice,
}

impl Basis {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Stricter => "stricter",
            Self::Laxer => "laxer",
            Self::Advice => "advice",
        }
    }
}

/// A piece of a schema text: byte range, and where it starts as people count, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes; what is there is no part of it.
    pub end: usize,
    /// The line that it begins in.
    pub line: u32,
    /// In characters, not bytes.
    pub column: u32,
}

/// A place in one schema: a JSON pointer such as `/fields/1/type`, and its span when the place is in the text itself (a
/// place inside a referenced schema has none).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Where it is in the tree.
    pub path: String,
    /// Where it is in the text.
    pub span: Option<Span>,
}

/// One disagreement between a reader's schema and a writer's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Violation {
    /// The rule that is violated.
    pub rule: &'static Rule,
    /// Where in the reader's schema.
    pub reader: Place,
    /// Where in the writer's schema.
    pub writer: Place,
    /// What changes for whom, in one sentence for people.
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// The bare fact in Confluent's terms (a field name, missing symbols, two types), for its `additionalInfo`.
    pub fact: String,
    /// The fix as changes to one of the two texts, where that is safe to do without thinking. Empty otherwise.
    pub edits: Vec<Edit>,
}

/// How many errors a comparison tells, and how much advice. Whoever has that many to mend won't read more.
pub const MOST_TOLD: usize = 1_000;

/// How much a comparison has told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    errors: usize,
    advice: usize,
}

impl Told {
    /// Whether one more of this rule would be too many.
    pub(crate) fn is_enough(self, rule: &Rule) -> bool {
        (if rule.severity == Severity::Error { self.errors } else { self.advice }) >= MOST_TOLD
    }

    /// Counts one, and gives what is to be added to its message where it is the last.
    pub(crate) fn count(&mut self, rule: &Rule) -> &'static str {
        let count = if rule.severity == Severity::Error { &mut self.errors } else { &mut self.advice };
        *count += 1;
        match (*count >= MOST_TOLD, rule.severity) {
            (false, _) => "",
            (true, Severity::Error) => "; more errors are not told",
            (true, Severity::Warning | Severity::Info) => "; more advice is not told",
        }
    }
}

/// Which of the two schemas of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The schema that data is read with.
    Reader,
    /// The schema that data was written with.
    Writer,
}

/// A change to a schema text: what stands at `span` becomes `replacement`. An empty span inserts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The text to change.
    pub side: Side,
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A violation against one version in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The version compared with; `None` when it has no number (a file, a draft).
    pub version: Option<Version>,
    /// Who reads whose data.
    pub direction: Direction,
    /// What is wrong.
    pub violation: Violation,
}

/// What a check found. Without an error among the findings the candidate is compatible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// In the order of the versions, newest first.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether nothing worse than advice was found.
    pub fn is_compatible(&self) -> bool {
        self.errors().next().is_none()
    }

    /// The findings that make the candidate incompatible.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.violation.rule.severity == Severity::Error)
    }
}

/// Text that is no schema, or one that can't be used, and where the trouble is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, in one sentence for people.
    pub message: String,
    /// Where it is in the text.
    pub span: Option<Span>,
    /// JSON pointer to the offending member, where there is one.
    pub path: Option<String>,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(path) = self.path.as_deref().filter(|path| !path.is_empty()) {
            write!(f, " at {path}")?;
        }
        if let Some(span) = self.span {
            write!(f, " (line {}, column {})", span.line, span.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for Malformed {}
