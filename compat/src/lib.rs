//! What is this schema, is it the same as that one, may it follow these, and does this payload obey it?
//!
//! Everything here is a value or a function on values: no I/O, no clock, no environment. Disagreement is a value too
//! ([`Verdict`], [`Outcome`]), never an error; only text that can't be read at all is [`Malformed`].

pub mod contract;
pub mod ids;
pub mod level;
pub mod schema;

pub use contract::{Contract, EnableAt, InvalidRules, Metadata, Rule, RuleKind, RuleMode, RuleSet};
pub use ids::{ContextName, InvalidName, SchemaId, SubjectName, Version, VersionSpec};
pub use level::{CompatibilityLevel, Direction};
pub use schema::{Fingerprint, Reference, SchemaKind, SchemaText};
