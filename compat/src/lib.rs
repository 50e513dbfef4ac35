//! What is this schema, is it the same as that one, may it follow these, and does this payload obey it?
//!
//! Everything here is a value or a function on values: no I/O, no clock, no environment. Disagreement is a value too
//! ([`Verdict`], [`Outcome`]), never an error; only text that can't be read at all is [`Malformed`].

#![warn(missing_docs)]

pub mod check;
pub mod contract;
pub mod envelope;
pub mod format;
pub mod ids;
mod json;
pub mod level;
pub mod schema;
pub mod validator;
pub mod violation;

pub use check::{Predecessor, check};
pub use contract::{Contract, EnableAt, InvalidRules, Metadata, RuleKind, RuleMode, RuleSet};
pub use envelope::{EnvelopeError, SchemaKey};
pub use format::{Parsed, Resolved, Strictness, parse};
pub use ids::{ContextName, InvalidName, SchemaId, SubjectName, Version, VersionSpec};
pub use level::{CompatibilityLevel, Direction};
pub use schema::{Fingerprint, Reference, SchemaKind, SchemaText};
pub use validator::{Flaw, Outcome, Validator};
pub use violation::{Finding, Malformed, Place, Severity, Span, Verdict, Violation};
