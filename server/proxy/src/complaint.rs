//! What is wrong with a record, and what shall become of it?

use std::sync::Arc;

use tidegate_compat::envelope::EnvelopeError;
use tidegate_compat::rules::{RuleAction, RuleFailure};
use tidegate_compat::{Flaw, SchemaId, SchemaKey};

use crate::batch::RecordFault;
use crate::policy::{Action, Part};

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Complaint {
    #[error("{0}")]
    Record(#[from] RecordFault),
    #[error("{}: {fault}", part.as_str())]
    Envelope { part: Part, fault: EnvelopeError },
    #[error("{}: the header {header} holds no schema id", part.as_str())]
    NullHeader { part: Part, header: &'static str },
    #[error("{}: {} is not registered", part.as_str(), Named(*key))]
    Absent { part: Part, key: SchemaKey },
    #[error("{}: schema {id} is not registered under subject '{subject}'", part.as_str())]
    Foreign { part: Part, id: SchemaId, subject: Arc<str> },
    #[error("{}: schema {id} has no record name, by which the topic's policy names subjects", part.as_str())]
    Nameless { part: Part, id: SchemaId },
    #[error("{}: subject '{subject}' has no schema, by which the topic's policy has records checked", part.as_str())]
    Schemaless { part: Part, subject: Arc<str> },
    #[error("{}: {flaw} [schema {id}]", part.as_str())]
    Payload { part: Part, id: SchemaId, flaw: Flaw },
    #[error("{}: {} [schema {id}]", part.as_str(), Broken(failure))]
    Rule { part: Part, id: SchemaId, failure: RuleFailure },
}

struct Broken<'a>(&'a RuleFailure);

impl std::fmt::Display for Broken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let RuleFailure { rule, path, reason, .. } = self.0;
        let field = if path.is_empty() { String::new() } else { format!("field {path}: ") };
        write!(f, "{field}rule '{rule}' is broken: {reason}")
    }
}

struct Named(SchemaKey);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            SchemaKey::Id(id) => write!(f, "schema {id}"),
            SchemaKey::Guid(guid) => write!(f, "schema {guid}"),
        }
    }
}

/// What shall become of a bad record, mildest first. What a batch holds of the worst decides over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Fate {
    /// It is written, and only counted.
    #[default]
    Pass,
    /// It is written with a header that says what is wrong.
    Flag,
    /// It goes to the dead-letter topic instead, and the producer hears that all is well.
    Remove,
    /// Its batch is refused.
    Refuse,
    /// Its batch is refused, and it is copied to the dead-letter topic.
    RefuseAndLetter,
}

impl Fate {
    /// What an action of a policy asks for. Only a producer without sequence numbers can be rid of a record and not notice:
    /// to any other the next batch would seem out of order, and some never recover from that.
    pub(crate) fn of(action: Action, has_sequence: bool) -> Self {
        match action {
            Action::Reject => Self::Refuse,
            Action::Flag => Self::Flag,
            Action::RemoveAndDeadLetter if !has_sequence => Self::Remove,
            Action::RejectAndDeadLetter | Action::RemoveAndDeadLetter => Self::RefuseAndLetter,
        }
    }

    /// Whether a copy goes to the dead-letter topic.
    pub(crate) fn is_lettered(self) -> bool {
        matches!(self, Self::Remove | Self::RefuseAndLetter)
    }

    /// The word for it in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Flag => "flag",
            Self::Remove => "remove",
            Self::Refuse | Self::RefuseAndLetter => "reject",
        }
    }
}

impl Complaint {
    /// The rule that is broken. Those of a contract have names of their own; none of these holds a dot.
    pub(crate) fn rule(&self) -> &str {
        match self {
            Self::Rule { failure, .. } => &failure.rule,
            Self::Record(_) => "tidegate.record",
            Self::Envelope { .. } | Self::NullHeader { .. } => "tidegate.framing",
            Self::Absent { .. } => "tidegate.registered",
            Self::Foreign { .. } | Self::Nameless { .. } | Self::Schemaless { .. } => "tidegate.subject",
            Self::Payload { .. } => "tidegate.payload",
        }
    }

    /// The field at fault, such as `order.lines[2].price`; empty where it is about no field.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Payload { flaw, .. } => &flaw.path,
            Self::Rule { failure, .. } => &failure.path,
            _ => "",
        }
    }

    /// The same as the whole text, without the path, the byte and the schema, which stand beside it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Payload { part, flaw, .. } => format!("{}: {}", part.as_str(), flaw.what),
            Self::Rule { part, failure, .. } => format!("{}: {}", part.as_str(), failure.reason),
            other => other.to_string(),
        }
    }

    /// The schema that the record names, as far as it is known.
    pub(crate) fn schema(&self) -> Option<SchemaId> {
        match self {
            Self::Foreign { id, .. } | Self::Nameless { id, .. } | Self::Payload { id, .. } | Self::Rule { id, .. } => {
                Some(*id)
            }
            Self::Absent { key: SchemaKey::Id(id), .. } => Some(*id),
            _ => None,
        }
    }

    /// The part of the record that it is about.
    pub(crate) fn part(&self) -> Part {
        match self {
            Self::Record(_) => Part::Value,
            Self::Envelope { part, .. }
            | Self::NullHeader { part, .. }
            | Self::Absent { part, .. }
            | Self::Foreign { part, .. }
            | Self::Nameless { part, .. }
            | Self::Schemaless { part, .. }
            | Self::Payload { part, .. }
            | Self::Rule { part, .. } => *part,
        }
    }

    /// What shall become of the record, when its topic's policy asks for `wanted`. A record that can't be read can't be
    /// copied or marked either. A contract may let records pass that break a rule of its own, or want them kept.
    pub(crate) fn fate(&self, wanted: Fate) -> Fate {
        match self {
            Self::Record(_) => Fate::Refuse,
            Self::Rule { failure, .. } => match failure.action {
                RuleAction::Continue => Fate::Pass,
                RuleAction::Reject => wanted,
                RuleAction::DeadLetter { .. } if wanted == Fate::Remove => Fate::Remove,
                RuleAction::DeadLetter { .. } => Fate::RefuseAndLetter,
            },
            _ => wanted,
        }
    }

    /// The dead-letter topic that the contract names.
    pub(crate) fn letter_topic(&self) -> Option<&Arc<str>> {
        match self {
            Self::Rule { failure, .. } => match &failure.action {
                RuleAction::DeadLetter { topic } => topic.as_ref(),
                RuleAction::Continue | RuleAction::Reject => None,
            },
            _ => None,
        }
    }

    /// Whether the other one counts as the same, but for where in a payload it is.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let is_at = |path: &str, other: &str| path == other || without_positions(path) == without_positions(other);
        match (self, other) {
            (Self::Payload { part, flaw, id }, Self::Payload { part: other_part, flaw: other, id: other_id }) => {
                (part, id, &flaw.what) == (other_part, other_id, &other.what) && is_at(&flaw.path, &other.path)
            }
            (Self::Rule { part, failure, id }, Self::Rule { part: other_part, failure: other, id: other_id }) => {
                let same =
                    (part, id, &failure.rule, &failure.reason) == (other_part, other_id, &other.rule, &other.reason);
                same && failure.action == other.action && is_at(&failure.path, &other.path)
            }
            (one, other) => one == other,
        }
    }
}

/// `lines[2].price` as `lines[].price`: which line it was makes no other offence of it. What stands between braces is a key
/// of a map, which is content.
pub(crate) fn without_positions(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut closes = None;
    for letter in path.chars() {
        match (closes, letter) {
            (None, '[' | '{') => {
                closes = Some(if letter == '[' { ']' } else { '}' });
                out.push(letter);
            }
            (Some(close), letter) if letter == close => {
                closes = None;
                out.push(letter);
            }
            (Some(_), _) => {}
            (None, letter) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_is_for_producers_without_sequence_numbers() {
        assert_eq!(Fate::of(Action::RemoveAndDeadLetter, false), Fate::Remove);
        assert_eq!(Fate::of(Action::RemoveAndDeadLetter, true), Fate::RefuseAndLetter);
        assert_eq!(Fate::of(Action::Flag, true), Fate::Flag);
    }

    fn broken(action: RuleAction) -> Complaint {
        let failure = RuleFailure { rule: "positive".into(), path: "id".into(), reason: "id > 0".into(), action };
        Complaint::Rule { part: Part::Value, id: SchemaId(1), failure }
    }

    #[test]
    fn a_contract_has_a_say_in_what_follows_its_rules() {
        let letter = || RuleAction::DeadLetter { topic: Some("graveyard".into()) };
        assert_eq!(broken(RuleAction::Continue).fate(Fate::Refuse), Fate::Pass);
        assert_eq!(broken(RuleAction::Reject).fate(Fate::Flag), Fate::Flag);
        assert_eq!(broken(letter()).fate(Fate::Refuse), Fate::RefuseAndLetter);
        assert_eq!(broken(letter()).fate(Fate::Flag), Fate::RefuseAndLetter);
        assert_eq!(broken(letter()).fate(Fate::Remove), Fate::Remove);
        assert_eq!(broken(letter()).letter_topic().map(|topic| &**topic), Some("graveyard"));
        assert_eq!(broken(letter()).to_string(), "value: field id: rule 'positive' is broken: id > 0 [schema 1]");
    }

    #[test]
    fn positions_are_left_out() {
        assert_eq!(without_positions("order.lines[12].price"), "order.lines[].price");
        assert_eq!(without_positions("tags{anna}.x[0]"), "tags{}.x[]");
        assert_eq!(without_positions(""), "");
    }

    #[test]
    fn one_way_of_being_bad_is_one_wherever_it_stands() {
        let at = |path: &str, action| match broken(action) {
            Complaint::Rule { part, id, failure } => {
                Complaint::Rule { part, id, failure: RuleFailure { path: path.into(), ..failure } }
            }
            other => other,
        };
        let first = at("lines[0].sku", RuleAction::Reject);
        assert!(first.is_like(&at("lines[7].sku", RuleAction::Reject)));
        assert!(!first.is_like(&at("lines[0].price", RuleAction::Reject)));
        assert!(!first.is_like(&at("lines[0].sku", RuleAction::Continue)));
    }

    #[test]
    fn the_worst_decides() {
        let order = [Fate::Pass, Fate::Flag, Fate::Remove, Fate::Refuse, Fate::RefuseAndLetter];
        assert!(order.is_sorted());
        assert_eq!(Complaint::Record(RecordFault::Length).fate(Fate::Flag), Fate::Refuse);
    }
}
