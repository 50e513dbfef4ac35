//! Could something be unevaluated now that was evaluated before?
//!
//! `unevaluatedProperties` and `unevaluatedItems` depend on everything that stands beside them. Confluent compares their
//! own value alone, and counts the content by it.

use super::model::{Array, Id, Object};
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;

/// Keywords that apply other schemas to the same value, and so decide with them what is evaluated.
const APPLICATORS: [&str; 11] = [
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
];

impl Comparison<'_, '_> {
    pub(super) fn unevaluated_members(&mut self, pair: Pair, old: &Object<'_>, new: &Object<'_>) {
        let sides = (old.unevaluated, new.unevaluated);
        self.advise_on_unevaluated(
            pair,
            sides,
            "unevaluatedProperties",
            &["additionalProperties", "patternProperties"],
        );
    }

    pub(super) fn unevaluated_items(&mut self, pair: Pair, old: &Array, new: &Array) {
        let sides = (old.unevaluated, new.unevaluated);
        self.advise_on_unevaluated(pair, sides, "unevaluatedItems", &["items", "additionalItems", "contains"]);
    }

    /// The keywords `beside` must be as they were, and no applicators may be there; then the comparison holds.
    fn advise_on_unevaluated(
        &mut self,
        pair: Pair,
        (old, new): (Option<Id>, Option<Id>),
        keyword: &str,
        beside: &[&str],
    ) {
        let restricts = |id: Option<Id>| id.is_some_and(|id| !self.model.is_empty(id));
        if !restricts(old) && !restricts(new) || self.model.is_same(pair.old, pair.new) {
            return;
        }
        let has = |id: Id, keyword: &str| self.model.keyword(id, keyword).is_some();
        let applies = APPLICATORS.iter().any(|keyword| has(pair.old, keyword) || has(pair.new, keyword));
        let is_kept = |keyword: &&str| self.model.is_same_keyword(pair.old, pair.new, keyword);
        if !applies && beside.iter().all(is_kept) {
            return;
        }
        self.tell(&rules::UNEVALUATED_DEPENDS, |_| Problem {
            old: Spot::keyword(pair.old, keyword),
            new: Spot::keyword(pair.new, keyword),
            at: keyword,
            message: format!(
                "what {keyword} refuses depends on the keywords beside it, which differ: what the writer wrote under \
                 one of them may be unevaluated for the reader"
            ),
            fix: Some(format!("try the reader's schema on recorded data, or do without {keyword}")),
            edits: Vec::new(),
        });
    }
}
