//! What if the two sides are about values of different kinds?

use super::model::{Criterion, Id, Model, Shape};
use super::report::{Problem, Spot};
use super::values::{canonical, is_same_value};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::json::{Node, Value};

/// How much of a combination is told.
const MAX_DESCRIBED_DEPTH: usize = 2;
const MAX_DESCRIBED_PARTS: usize = 4;

impl Comparison<'_, '_> {
    /// Two nodes of different kinds. Confluent lets that pass for two that stand for bytes, and refuses it otherwise.
    pub(super) fn type_changed(&mut self, pair: Pair) {
        let rule = if self.is_bytes(pair.old) && self.is_bytes(pair.new) {
            &rules::CONNECT_BYTES
        } else if self.only_the_form_changed(pair) {
            &rules::FORM_CHANGED
        } else {
            &rules::TYPE_CHANGED
        };
        self.tell(rule, |model| Problem {
            old: Spot::keyword(pair.old, keyword_of(model.shape(pair.old))),
            new: Spot::keyword(pair.new, keyword_of(model.shape(pair.new))),
            at: "",
            message: format!(
                "the reader takes {}, the writer writes {}",
                describe(model, pair.new, 0),
                describe(model, pair.old, 0)
            ),
            fix: Some("keep the type, or offer the new one beside it in an anyOf".into()),
            edits: Vec::new(),
        });
    }

    /// Whether Kafka Connect takes a node for bytes.
    pub(super) fn is_bytes(&self, id: Id) -> bool {
        self.model.keyword(id, "connect.type").and_then(Node::text) == Some("bytes")
    }

    /// Whether every value that was written is one that the reader takes, told in other keywords.
    fn only_the_form_changed(&mut self, pair: Pair) -> bool {
        let (old, new) = (self.model.shape(pair.old), self.model.shape(pair.new));
        match (old, new) {
            (Shape::Enum(listed), _) => {
                self.spend(listed.values.len()) && listed.values.iter().all(|value| takes(new, value))
            }
            (Shape::Const(value), _) => takes(new, value),
            (Shape::Combined(old), _) if old.criterion != Criterion::All && !old.parts.is_empty() => {
                old.parts.iter().all(|part| self.would_fit(*part, pair.new).sound)
            }
            _ => false,
        }
    }
}

/// Whether a value is one that a node lists. Anything less plain is not looked into.
fn takes(shape: &Shape<'_>, value: &Node) -> bool {
    match shape {
        Shape::Enum(listed) => listed.canonical.contains(&canonical(value)),
        Shape::Const(other) => is_same_value(other, value),
        Shape::Null => matches!(value.value, Value::Null),
        Shape::Boolean => matches!(value.value, Value::Bool(_)),
        _ => false,
    }
}

fn keyword_of(shape: &Shape<'_>) -> &'static str {
    match shape {
        Shape::Enum(_) => "enum",
        Shape::Const(_) => "const",
        Shape::Not(_) => "not",
        Shape::Conditional => "if",
        Shape::Combined(combined) => combined.criterion.keyword(),
        _ => "type",
    }
}

/// A node in a few words.
pub(super) fn describe(model: &Model<'_>, id: Id, depth: usize) -> String {
    let plain = match model.shape(id) {
        Shape::Combined(combined) if depth < MAX_DESCRIBED_DEPTH && combined.parts.len() <= MAX_DESCRIBED_PARTS => {
            let parts: Vec<_> = combined.parts.iter().map(|part| describe(model, *part, depth + 1)).collect();
            return match (combined.criterion, parts.as_slice()) {
                (_, [part]) => part.clone(),
                (Criterion::All, _) => parts.join(" that are "),
                (Criterion::Any, _) => parts.join(" or "),
                (Criterion::One, _) => format!("one of {}", parts.join(", ")),
            };
        }
        Shape::Combined(combined) => return format!("an {} of {}", combined.criterion.keyword(), combined.parts.len()),
        Shape::Empty => "anything",
        Shape::False => "nothing",
        Shape::Null => "null",
        Shape::Boolean => "booleans",
        Shape::String { .. } => "strings",
        Shape::Number { integer: true, .. } => "integers",
        Shape::Number { .. } => "numbers",
        Shape::Object(_) => "objects",
        Shape::Array(_) => "arrays",
        Shape::Enum(_) => "listed values",
        Shape::Const(_) => "one value",
        Shape::Not(_) => "what is not refused",
        Shape::Conditional => "what its condition allows",
    };
    plain.to_owned()
}
