//! What is this schema, is it the same as that one, may it follow these, and does this payload obey it?
//!
//! Everything here is a value or a function on values: no I/O, no clock, no environment. Disagreement is a value too
//! ([`Verdict`], [`Outcome`]), never an error; only text that can't be read at all is [`Malformed`].

#![warn(missing_docs)]

pub mod check;
pub mod contract;
mod demand;
pub mod diff;
pub mod envelope;
pub mod explain;
pub mod format;
pub mod ids;
mod json;
mod lanes;
pub mod level;
mod model;
pub mod outline;
pub mod policy;
pub mod reserved;
pub mod rules;
pub mod schema;
pub mod sketch;
mod tagged;
pub mod tags;
pub mod validator;
mod view;
pub mod violation;

pub use check::{Predecessor, check, is_same_group};
pub use contract::{Contract, EnableAt, InvalidRules, Metadata, RuleKind, RuleMode, RuleSet};
pub use diff::{Change, ChangeKind, Facet, Judgement, diff};
pub use envelope::{EnvelopeError, SchemaKey};
pub use explain::{Explanation, explain};
pub use format::{Parsed, Resolved, Strictness, parse};
pub use ids::{ContextName, InvalidName, SchemaId, SubjectName, Version, VersionSpec};
pub use level::{CompatibilityLevel, Direction, Policy};
pub use outline::{Element, ElementKind, Outline};
pub use policy::{Policies, PolicyFault, PolicyTable, TopicPolicy};
pub use reserved::{forbidden, reserved};
pub use rules::{
    Level as RuleLevel, NotCheckable, RecordFacts, RuleAction, RuleFailure, RuleProblem, RuleScratch, RuleVerdict,
    Rules,
};
pub use schema::{Fingerprint, Reference, SchemaKind, SchemaText};
pub use sketch::{Sketch, Sketcher};
pub use tags::{TagEdit, Tagged, UnknownEntity};
pub use validator::{Flaw, Outcome, Payload, Scalar, Slot, Validator};
pub use violation::{Basis, Edit, Finding, MOST_TOLD, Malformed, Place, Severity, Side, Span, Verdict, Violation};
