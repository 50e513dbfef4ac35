//! May arrays that were written still be read: how many items, which at which place?

use super::bounds::{Bound, End};
use super::model::{Array, Content, Extra, Id};
use super::object::Rest;
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::format::json::tree::Draft;
use crate::json::{Node, Value};
use crate::violation::Rule;

const SIZES: [Bound; 2] = [
    Bound {
        keyword: "maxItems",
        end: End::Upper,
        added: &rules::MAX_ITEMS_ADDED,
        tightened: &rules::MAX_ITEMS_DECREASED,
    },
    Bound {
        keyword: "minItems",
        end: End::Lower,
        added: &rules::MIN_ITEMS_ADDED,
        tightened: &rules::MIN_ITEMS_INCREASED,
    },
];

const MAX_CONTAINS: Bound = Bound {
    keyword: "maxContains",
    end: End::Upper,
    added: &rules::MAX_CONTAINS_ADDED,
    tightened: &rules::MAX_CONTAINS_DECREASED,
};

const MIN_CONTAINS: Bound = Bound {
    keyword: "minContains",
    end: End::Lower,
    added: &rules::MIN_CONTAINS_ADDED,
    tightened: &rules::MIN_CONTAINS_INCREASED,
};

const ADDITIONAL: Rest = Rest {
    keyword: "additionalItems",
    what: "items",
    removed: &rules::ADDITIONAL_ITEMS_REMOVED,
    narrowed: &rules::ADDITIONAL_ITEMS_NARROWED,
};

const UNEVALUATED: Rest = Rest {
    keyword: "unevaluatedItems",
    what: "items",
    removed: &rules::UNEVALUATED_ITEMS_REMOVED,
    narrowed: &rules::UNEVALUATED_ITEMS_NARROWED,
};

impl Comparison<'_, '_> {
    pub(super) fn arrays(&mut self, pair: Pair, old: &Array, new: &Array) {
        if !self.spend(old.tuple.len() + new.tuple.len()) {
            return;
        }
        self.demanded(pair, old.demanded, new.demanded, "array");
        self.every_item(pair, old.every, new.every);
        self.tuples(pair, old, new);
        self.additional(pair, ADDITIONAL, old.additional, new.additional);
        self.unevaluated(pair, UNEVALUATED, old.unevaluated, new.unevaluated);
        self.unevaluated_items(pair, old, new);
        self.bounds(pair, &SIZES);
        self.uniqueness(pair);
        self.contained(pair);
    }

    fn every_item(&mut self, pair: Pair, old: Option<Id>, new: Option<Id>) {
        match (old, new) {
            (_, None) => {}
            (Some(old), Some(new)) => self.inside(&["items"], |comparison| comparison.compare(old, new)),
            (None, Some(_)) => self.tell(&rules::SCHEMA_ADDED, |_| Problem {
                old: Spot::keyword(pair.old, "items"),
                new: Spot::keyword(pair.new, "items"),
                at: "items",
                message: "the reader has one schema for every item, and the writer's schema has none".into(),
                fix: Some("leave items as it is in the writer's schema".into()),
                edits: Vec::new(),
            }),
        }
    }

    // === Tuples ===

    fn tuples(&mut self, pair: Pair, old: &Array, new: &Array) {
        for place in 0..old.tuple.len().max(new.tuple.len()) {
            let (written, wanted) = (old.tuple.get(place).copied(), new.tuple.get(place).copied());
            self.inside(&["items", &place.to_string()], |comparison| match (written, wanted) {
                (Some(written), Some(wanted)) => comparison.compare(written, wanted),
                (Some(written), None) => comparison.item_removed(pair, new, place, written),
                (None, Some(wanted)) => comparison.item_added(pair, old, place, wanted),
                (None, None) => {}
            });
        }
    }

    fn item_removed(&mut self, pair: Pair, new: &Array, place: usize, written: Id) {
        let rule = match self.model.tuple_content(new) {
            Content::Open => return,
            Content::Partially(cover) => {
                let covered = self.would_fit(written, cover).fits;
                self.compare(written, cover);
                if covered {
                    return;
                }
                &rules::ITEM_REMOVED_NOT_COVERED
            }
            Content::Closed if self.model.is_false(written) => return,
            Content::Closed => &rules::ITEM_REMOVED_FROM_CLOSED,
        };
        let told = format!("the writer may write an item at place {place}, and the reader does not take it there");
        self.item_changed(pair, rule, place, told);
    }

    fn item_added(&mut self, pair: Pair, old: &Array, place: usize, wanted: Id) {
        let rule = match self.model.tuple_content(old) {
            Content::Open if self.model.is_empty(wanted) => return,
            Content::Open => &rules::ITEM_ADDED_TO_OPEN,
            Content::Partially(cover) => {
                let covered = self.would_fit(cover, wanted).fits;
                self.compare(cover, wanted);
                if covered {
                    return;
                }
                &rules::ITEM_ADDED_NOT_COVERED
            }
            Content::Closed if self.takes_more_items(pair.old, old) => &rules::ITEM_ADDED_THOUGH_OPEN,
            Content::Closed => return,
        };
        let told = format!(
            "the reader has a schema for the item at place {place}, and the writer may have written something else there"
        );
        self.item_changed(pair, rule, place, told);
    }

    /// Whether more items may be written after all, though Confluent counts the tuple as closed: `additionalItems` means
    /// nothing without a tuple, and items that `items` speaks of are not unevaluated.
    fn takes_more_items(&self, id: Id, old: &Array) -> bool {
        let is_list = self.model.entry(id).draft < Draft::Draft2020 && old.tuple.is_empty();
        match old.additional {
            Extra::Refused => is_list,
            Extra::Allowed => true,
            _ => old.every.is_some(),
        }
    }

    fn item_changed(&mut self, pair: Pair, rule: &'static Rule, place: usize, message: String) {
        let keyword = |id: Id| if self.model.keyword(id, "prefixItems").is_some() { "prefixItems" } else { "items" };
        let (old, new) = (keyword(pair.old), keyword(pair.new));
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, old),
            new: Spot::keyword(pair.new, new),
            at: "",
            message,
            fix: Some(format!("leave the item at place {place} as it is in the writer's schema")),
            edits: Vec::new(),
        });
    }

    // === All items together ===

    fn uniqueness(&mut self, pair: Pair) {
        let unique =
            |id: Id| self.model.keyword(id, "uniqueItems").is_some_and(|node| matches!(node.value, Value::Bool(true)));
        if unique(pair.old) || !unique(pair.new) {
            return;
        }
        self.tell(&rules::UNIQUE_ITEMS_ADDED, |_| Problem {
            old: Spot::keyword(pair.old, "uniqueItems"),
            new: Spot::keyword(pair.new, "uniqueItems"),
            at: "uniqueItems",
            message: "the reader takes no array that has an item twice, and the writer may write such arrays".into(),
            fix: Some("leave uniqueItems out".into()),
            edits: Vec::new(),
        });
    }

    /// How many items must be contained. Since 2019-09 one, where nothing else is said; without `contains` none.
    fn contained(&mut self, pair: Pair) {
        let one = Node { value: Value::Number("1".into()), extent: crate::json::Extent { start: 0, end: 0 } };
        let at_least = |id: Id| {
            let counts = self.model.entry(id).draft < Draft::Draft2019 || self.model.keyword(id, "contains").is_some();
            let given = self.model.keyword(id, "minContains").filter(|_| counts);
            let modern = self.model.entry(id).draft >= Draft::Draft2019;
            given.or_else(|| (modern && counts).then_some(&one))
        };
        let at_most = |id: Id| {
            let counts = self.model.entry(id).draft < Draft::Draft2019 || self.model.keyword(id, "contains").is_some();
            self.model.keyword(id, "maxContains").filter(|_| counts)
        };
        let (old_least, new_least) = (at_least(pair.old), at_least(pair.new));
        let (old_most, new_most) = (at_most(pair.old), at_most(pair.new));
        self.limits(pair, MAX_CONTAINS, old_most, new_most);
        self.limits(pair, MIN_CONTAINS, old_least, new_least);
        self.contains(pair);
    }
}
