//! Which rules are there for arrays?

use super::refused;
use crate::violation::Rule;

pub(in crate::format::json) static MAX_ITEMS_ADDED: Rule =
    refused("TG345", "json-max-items-added", "MAX_ITEMS_ADDED", "A greatest number of items refuses longer arrays.");

pub(in crate::format::json) static MAX_ITEMS_DECREASED: Rule = refused(
    "TG346",
    "json-max-items-decreased",
    "MAX_ITEMS_DECREASED",
    "A lower greatest number of items refuses arrays that were allowed before.",
);

pub(in crate::format::json) static MIN_ITEMS_ADDED: Rule =
    refused("TG347", "json-min-items-added", "MIN_ITEMS_ADDED", "A least number of items refuses shorter arrays.");

pub(in crate::format::json) static MIN_ITEMS_INCREASED: Rule = refused(
    "TG348",
    "json-min-items-increased",
    "MIN_ITEMS_INCREASED",
    "A higher least number of items refuses arrays that were allowed before.",
);

pub(in crate::format::json) static UNIQUE_ITEMS_ADDED: Rule = refused(
    "TG349",
    "json-unique-items-added",
    "UNIQUE_ITEMS_ADDED",
    "Arrays that have an item twice may have been written.",
);

pub(in crate::format::json) static MAX_CONTAINS_ADDED: Rule = refused(
    "TG350",
    "json-max-contains-added",
    "MAX_CONTAINS_ADDED",
    "A greatest number of matching items refuses arrays that have more.",
);

pub(in crate::format::json) static MAX_CONTAINS_DECREASED: Rule = refused(
    "TG351",
    "json-max-contains-decreased",
    "MAX_CONTAINS_DECREASED",
    "A lower greatest number of matching items refuses arrays that were allowed before.",
);

pub(in crate::format::json) static MIN_CONTAINS_ADDED: Rule = refused(
    "TG352",
    "json-min-contains-added",
    "MIN_CONTAINS_ADDED",
    "A least number of matching items, one where only `contains` is said, refuses arrays that have fewer.",
);

pub(in crate::format::json) static MIN_CONTAINS_INCREASED: Rule = refused(
    "TG353",
    "json-min-contains-increased",
    "MIN_CONTAINS_INCREASED",
    "A higher least number of matching items refuses arrays that were allowed before.",
);

pub(in crate::format::json) static ADDITIONAL_ITEMS_REMOVED: Rule = refused(
    "TG354",
    "json-additional-items-removed",
    "ADDITIONAL_ITEMS_REMOVED",
    "A tuple that is closed now refuses longer arrays.",
);

pub(in crate::format::json) static ADDITIONAL_ITEMS_NARROWED: Rule = refused(
    "TG355",
    "json-additional-items-narrowed",
    "ADDITIONAL_ITEMS_NARROWED",
    "A schema for the items behind a tuple refuses those that do not follow it.",
);

pub(in crate::format::json) static UNEVALUATED_ITEMS_REMOVED: Rule = refused(
    "TG356",
    "json-unevaluated-items-removed",
    "UNEVALUATED_ITEMS_REMOVED",
    "A reader that takes no unevaluated items now refuses those that were written.",
);

pub(in crate::format::json) static UNEVALUATED_ITEMS_NARROWED: Rule = refused(
    "TG357",
    "json-unevaluated-items-narrowed",
    "UNEVALUATED_ITEMS_NARROWED",
    "A schema for unevaluated items refuses those that do not follow it.",
);

pub(in crate::format::json) static ITEM_ADDED_TO_OPEN: Rule = refused(
    "TG358",
    "json-item-added-to-open",
    "ITEM_ADDED_TO_OPEN_CONTENT_MODEL",
    "Where more items were allowed, the one at a new place may have been anything.",
);

pub(in crate::format::json) static ITEM_REMOVED_FROM_CLOSED: Rule = refused(
    "TG359",
    "json-item-removed-from-closed",
    "ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    "A closed tuple refuses an item at a place that it has no longer.",
);

pub(in crate::format::json) static ITEM_REMOVED_NOT_COVERED: Rule = refused(
    "TG360",
    "json-item-removed-not-covered",
    "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "What goes for the items behind a tuple must cover one whose place is gone.",
);

pub(in crate::format::json) static ITEM_ADDED_NOT_COVERED: Rule = refused(
    "TG361",
    "json-item-added-not-covered",
    "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "An item at a new place must take all that was allowed there before.",
);
