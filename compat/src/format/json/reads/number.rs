//! May numbers that were written still be read: how large, multiples of what, whole ones or all?

use super::bounds::{Bound, End, number, text};
use super::model::{Id, Shape};
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;

const RANGES: [Bound; 4] = [
    Bound { keyword: "maximum", end: End::Upper, added: &rules::MAXIMUM_ADDED, tightened: &rules::MAXIMUM_DECREASED },
    Bound { keyword: "minimum", end: End::Lower, added: &rules::MINIMUM_ADDED, tightened: &rules::MINIMUM_INCREASED },
    Bound {
        keyword: "exclusiveMaximum",
        end: End::Upper,
        added: &rules::EXCLUSIVE_MAXIMUM_ADDED,
        tightened: &rules::EXCLUSIVE_MAXIMUM_DECREASED,
    },
    Bound {
        keyword: "exclusiveMinimum",
        end: End::Lower,
        added: &rules::EXCLUSIVE_MINIMUM_ADDED,
        tightened: &rules::EXCLUSIVE_MINIMUM_INCREASED,
    },
];

impl Comparison<'_, '_> {
    pub(super) fn numbers(&mut self, pair: Pair, old: &Shape<'_>, new: &Shape<'_>) {
        let (Shape::Number { demanded: old, integer: old_integer }, Shape::Number { demanded: new, integer }) =
            (old, new)
        else {
            return;
        };
        self.demanded(pair, *old, *new, "number");
        self.bounds(pair, &RANGES);
        self.exclusive_flags(pair);
        self.multiples(pair);
        if *integer && !old_integer {
            self.tell(&rules::TYPE_NARROWED, |_| Problem {
                old: Spot::keyword(pair.old, "type"),
                new: Spot::keyword(pair.new, "type"),
                at: "",
                message: "the reader takes whole numbers only, the writer writes any number".into(),
                fix: Some("keep the type number".into()),
                edits: Vec::new(),
            });
        }
    }

    fn multiples(&mut self, pair: Pair) {
        let factor = |id: Id| self.model.keyword(id, "multipleOf");
        let (old, new) = (factor(pair.old), factor(pair.new));
        let Some(wanted) = new.and_then(number) else { return };
        let rule = match old.and_then(number) {
            None => &rules::MULTIPLE_OF_ADDED,
            Some(written) if written.is_multiple_of(&wanted) => return,
            Some(written) if wanted.is_multiple_of(&written) => &rules::MULTIPLE_OF_EXPANDED,
            Some(_) => &rules::MULTIPLE_OF_CHANGED,
        };
        let written = old.map_or_else(|| "any number".to_owned(), |_| format!("multiples of {}", text(old)));
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, "multipleOf"),
            new: Spot::keyword(pair.new, "multipleOf"),
            at: "multipleOf",
            message: format!("the reader takes multiples of {}, the writer writes {written}", text(new)),
            fix: Some(
                if old.is_some() { "keep multipleOf, or take a divisor of it" } else { "leave multipleOf out" }.into(),
            ),
            edits: Vec::new(),
        });
    }
}
