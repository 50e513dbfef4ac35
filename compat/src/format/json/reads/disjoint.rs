//! Can a value be one of both? Only what is plain to see counts: other types, other listed values, a property that tells
//! the two apart.

use std::collections::{HashMap, HashSet};

use super::model::{Combined, Criterion, Id, Model, Object, Shape};
use super::report::{Problem, Spot};
use super::values::canonical;
use super::{Comparison, Pair};
use crate::format::json::rules;

/// How many branches are held against each other. More are taken to overlap.
const MAX_BRANCH_PAIRS: usize = 5_000;

/// How deep two schemas are looked into.
const MAX_DEPTH: usize = 6;

impl Comparison<'_, '_> {
    /// A value that only one branch of a `oneOf` took may be taken by two once branches are new or wider. `unchanged`
    /// are the branches that the value was held against before.
    pub(super) fn advise_on_overlap(&mut self, pair: Pair, before: &[Id], new: &Combined) {
        let matters = new.criterion == Criterion::One && new.parts.len() > 1 && self.verdict.fits;
        if !matters || !self.spend(before.len() + new.parts.len()) {
            return;
        }
        let classes = |parts: &[Id]| {
            let mut count: HashMap<Id, usize> = HashMap::new();
            for part in parts {
                *count.entry(self.model.meaning(*part)).or_default() += 1;
            }
            count
        };
        let (before, after) = (classes(before), classes(&new.parts));
        let is_changed = |branch: Id| {
            let class = self.model.meaning(branch);
            before.get(&class).is_none_or(|count| after.get(&class) > Some(count))
        };
        let changed: Vec<_> = new.parts.iter().enumerate().filter(|(_, branch)| is_changed(**branch)).collect();
        if changed.len() * new.parts.len() > MAX_BRANCH_PAIRS {
            return self.overlap(pair, 0, 1);
        }
        for (place, branch) in changed {
            let mut others = new.parts.iter().enumerate().filter(|(other, _)| *other != place);
            if let Some((other, _)) = others.find(|(_, other)| !are_disjoint(self.model, *branch, **other, 0)) {
                return self.overlap(pair, place, other);
            }
        }
    }

    fn overlap(&mut self, pair: Pair, one: usize, other: usize) {
        self.tell(&rules::ONE_OF_OVERLAP, |_| Problem {
            old: Spot::keyword(pair.old, "oneOf"),
            new: Spot::keyword(pair.new, "oneOf"),
            at: "",
            message: format!(
                "the branches {one} and {other} of the reader's oneOf may both take what only one branch took for the \
                 writer, and then the oneOf takes it no more"
            ),
            fix: Some("use anyOf, or tell the branches apart by a required property with another const in each".into()),
            edits: Vec::new(),
        });
    }
}

/// Whether no value can be one of both.
fn are_disjoint(model: &Model<'_>, one: Id, other: Id, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let inner = |one: Id, other: Id| are_disjoint(model, one, other, depth + 1);
    match (model.shape(one), model.shape(other)) {
        (Shape::False, _) | (_, Shape::False) => true,
        (Shape::Combined(parts), _) if parts.criterion == Criterion::All => {
            parts.parts.iter().any(|part| inner(*part, other))
        }
        (_, Shape::Combined(parts)) if parts.criterion == Criterion::All => {
            parts.parts.iter().any(|part| inner(one, *part))
        }
        (Shape::Combined(parts), _) => parts.parts.iter().all(|part| inner(*part, other)),
        (_, Shape::Combined(parts)) => parts.parts.iter().all(|part| inner(one, *part)),
        (Shape::Object(mine), Shape::Object(others)) if mine.demanded && others.demanded => {
            told_apart(mine, others, inner)
        }
        (mine, others) => match (types(mine), types(others)) {
            (Some(types), Some(other_types)) if types.iter().all(|word| !other_types.contains(word)) => true,
            _ => values(mine).zip(values(others)).is_some_and(|(mine, others)| mine.is_disjoint(&others)),
        },
    }
}

/// Whether a property that both demand has different values in the two.
fn told_apart(mine: &Object<'_>, others: &Object<'_>, disjoint: impl Fn(Id, Id) -> bool) -> bool {
    mine.required.iter().filter(|name| others.requires(name)).any(|name| {
        let property = mine.property(name).zip(others.property(name));
        property.is_some_and(|(mine, other)| disjoint(mine.of, other.of))
    })
}

/// The types that a value can have, where a node names them.
fn types(shape: &Shape<'_>) -> Option<Vec<&'static str>> {
    Some(match shape {
        Shape::Null => vec!["null"],
        Shape::Boolean => vec!["boolean"],
        Shape::String { demanded: true } => vec!["text"],
        Shape::Number { demanded: true, .. } => vec!["a number"],
        Shape::Object(object) if object.demanded => vec!["an object"],
        Shape::Array(array) if array.demanded => vec!["an array"],
        Shape::Enum(listed) => listed.values.iter().map(type_of).collect(),
        Shape::Const(value) => vec![type_of(value)],
        _ => return None,
    })
}

fn type_of(node: &crate::json::Node) -> &'static str {
    match node.what() {
        "a boolean" => "boolean",
        other => other,
    }
}

fn values(shape: &Shape<'_>) -> Option<HashSet<String>> {
    match shape {
        Shape::Enum(listed) => Some(listed.canonical.iter().cloned().collect()),
        Shape::Const(value) => Some(HashSet::from([canonical(value)])),
        _ => None,
    }
}
