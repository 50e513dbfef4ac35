//! May values that were written still be read where a schema lists them?

use std::collections::HashSet;

use super::model::Listed;
use super::report::{Problem, Spot, span, words};
use super::values::is_same_value;
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::json::{Extent, Node};
use crate::violation::{Edit, Side};

impl Comparison<'_, '_> {
    pub(super) fn enums(&mut self, pair: Pair, old: &Listed<'_>, new: &Listed<'_>) {
        if !self.spend(old.values.len() + new.values.len()) {
            return;
        }
        let known: HashSet<&String> = new.canonical.iter().collect();
        let written: HashSet<&String> = old.canonical.iter().collect();
        let values = old.values.iter().zip(&old.canonical);
        let missing: Vec<_> = values.filter(|(_, text)| !known.contains(text)).map(|(value, _)| value).collect();
        if missing.is_empty() {
            return;
        }
        let rule = if known.is_subset(&written) { &rules::ENUM_ARRAY_NARROWED } else { &rules::ENUM_ARRAY_CHANGED };
        self.tell(rule, |model| {
            let told: Vec<_> = missing.iter().map(|value| words(model, pair.old, value).unwrap_or("…")).collect();
            let list = told.join(", ");
            let end = new
                .values
                .last()
                .and_then(|last| span(model, pair.new, Extent { start: last.extent.end, end: last.extent.end }));
            let edit = end.filter(|_| !told.contains(&"…")).map(|span| Edit {
                side: Side::Reader,
                span,
                replacement: format!(", {list}"),
            });
            Problem {
                old: Spot::keyword(pair.old, "enum"),
                new: Spot::keyword(pair.new, "enum"),
                at: "enum",
                message: format!("the reader does not know {list}, which the writer may write"),
                fix: Some(format!("keep {list} among the values")),
                edits: edit.into_iter().collect(),
            }
        });
    }

    pub(super) fn constants(&mut self, pair: Pair, old: &Node, new: &Node) {
        if is_same_value(old, new) {
            return;
        }
        self.tell(&rules::CONST_CHANGED, |model| {
            let told = |id, node| words(model, id, node).unwrap_or("another value").to_owned();
            Problem {
                old: Spot::keyword(pair.old, "const"),
                new: Spot::keyword(pair.new, "const"),
                at: "const",
                message: format!(
                    "the reader takes only {}, the writer writes {}",
                    told(pair.new, new),
                    told(pair.old, old)
                ),
                fix: Some("keep the value, or add the new one as another branch of an anyOf".into()),
                edits: Vec::new(),
            }
        });
    }
}
