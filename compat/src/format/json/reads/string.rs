//! May texts that were written still be read: how long, of which pattern?

use super::bounds::{Bound, End};
use super::model::Id;
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::json::Node;

const LENGTHS: [Bound; 2] = [
    Bound {
        keyword: "maxLength",
        end: End::Upper,
        added: &rules::MAX_LENGTH_ADDED,
        tightened: &rules::MAX_LENGTH_DECREASED,
    },
    Bound {
        keyword: "minLength",
        end: End::Lower,
        added: &rules::MIN_LENGTH_ADDED,
        tightened: &rules::MIN_LENGTH_INCREASED,
    },
];

impl Comparison<'_, '_> {
    pub(super) fn strings(&mut self, pair: Pair, old: bool, new: bool) {
        self.demanded(pair, old, new, "string");
        self.bounds(pair, &LENGTHS);
        self.patterns_of_text(pair);
    }

    fn patterns_of_text(&mut self, pair: Pair) {
        let pattern = |id: Id| self.model.keyword(id, "pattern").and_then(Node::text);
        let (old, new) = (pattern(pair.old), pattern(pair.new));
        let rule = match (old, new) {
            (None, Some(_)) => &rules::PATTERN_ADDED,
            (Some(old), Some(new)) if old != new => &rules::PATTERN_CHANGED,
            _ => return,
        };
        let (wanted, written) = (new.unwrap_or_default(), old.unwrap_or("no pattern at all"));
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, "pattern"),
            new: Spot::keyword(pair.new, "pattern"),
            at: "pattern",
            message: format!("the reader takes texts that match {wanted}, the writer follows {written}"),
            fix: Some(
                if old.is_some() { "keep the pattern, or offer the new one beside it" } else { "leave pattern out" }
                    .into(),
            ),
            edits: Vec::new(),
        });
    }
}
