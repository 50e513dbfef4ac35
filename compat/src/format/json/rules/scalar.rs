//! Which rules are there for types, texts, numbers and listed values?

use super::{refused, stricter};
use crate::violation::Rule;

pub(in crate::format::json) static TYPE_CHANGED: Rule =
    refused("TG301", "json-type-changed", "TYPE_CHANGED", "A reader takes values of the types that were written.");

pub(in crate::format::json) static TYPE_NARROWED: Rule = refused(
    "TG302",
    "json-type-narrowed",
    "TYPE_NARROWED",
    "A reader that takes whole numbers only refuses the others.",
);

pub(in crate::format::json) static FORM_CHANGED: Rule = stricter(
    "TG303",
    "json-form-changed",
    "TYPE_CHANGED",
    "The same values told in other keywords count as another type, though every value is still taken.",
);

pub(in crate::format::json) static SCHEMA_ADDED: Rule = refused(
    "TG304",
    "json-schema-added",
    "SCHEMA_ADDED",
    "A schema where none was before refuses what does not follow it.",
);

pub(in crate::format::json) static MAX_LENGTH_ADDED: Rule = refused(
    "TG305",
    "json-max-length-added",
    "MAX_LENGTH_ADDED",
    "A greatest length refuses the longer texts that were written without one.",
);

pub(in crate::format::json) static MAX_LENGTH_DECREASED: Rule = refused(
    "TG306",
    "json-max-length-decreased",
    "MAX_LENGTH_DECREASED",
    "A lower greatest length refuses texts that were allowed before.",
);

pub(in crate::format::json) static MIN_LENGTH_ADDED: Rule = refused(
    "TG307",
    "json-min-length-added",
    "MIN_LENGTH_ADDED",
    "A least length refuses the shorter texts that were written without one.",
);

pub(in crate::format::json) static MIN_LENGTH_INCREASED: Rule = refused(
    "TG308",
    "json-min-length-increased",
    "MIN_LENGTH_INCREASED",
    "A higher least length refuses texts that were allowed before.",
);

pub(in crate::format::json) static PATTERN_ADDED: Rule =
    refused("TG309", "json-pattern-added", "PATTERN_ADDED", "A pattern refuses texts that were written without one.");

pub(in crate::format::json) static PATTERN_CHANGED: Rule = refused(
    "TG310",
    "json-pattern-changed",
    "PATTERN_CHANGED",
    "Another pattern may refuse what the one before allowed; which of two patterns allows more is not looked into.",
);

pub(in crate::format::json) static MAXIMUM_ADDED: Rule = refused(
    "TG311",
    "json-maximum-added",
    "MAXIMUM_ADDED",
    "A maximum refuses the larger numbers that were written without one.",
);

pub(in crate::format::json) static MAXIMUM_DECREASED: Rule = refused(
    "TG312",
    "json-maximum-decreased",
    "MAXIMUM_DECREASED",
    "A lower maximum refuses numbers that were allowed before.",
);

pub(in crate::format::json) static MINIMUM_ADDED: Rule = refused(
    "TG313",
    "json-minimum-added",
    "MINIMUM_ADDED",
    "A minimum refuses the smaller numbers that were written without one.",
);

pub(in crate::format::json) static MINIMUM_INCREASED: Rule = refused(
    "TG314",
    "json-minimum-increased",
    "MINIMUM_INCREASED",
    "A higher minimum refuses numbers that were allowed before.",
);

pub(in crate::format::json) static EXCLUSIVE_MAXIMUM_ADDED: Rule = refused(
    "TG315",
    "json-exclusive-maximum-added",
    "EXCLUSIVE_MAXIMUM_ADDED",
    "An exclusive maximum refuses numbers that were written without one.",
);

pub(in crate::format::json) static EXCLUSIVE_MAXIMUM_DECREASED: Rule = refused(
    "TG316",
    "json-exclusive-maximum-decreased",
    "EXCLUSIVE_MAXIMUM_DECREASED",
    "A lower exclusive maximum refuses numbers that were allowed before.",
);

pub(in crate::format::json) static EXCLUSIVE_MINIMUM_ADDED: Rule = refused(
    "TG317",
    "json-exclusive-minimum-added",
    "EXCLUSIVE_MINIMUM_ADDED",
    "An exclusive minimum refuses numbers that were written without one.",
);

pub(in crate::format::json) static EXCLUSIVE_MINIMUM_INCREASED: Rule = refused(
    "TG318",
    "json-exclusive-minimum-increased",
    "EXCLUSIVE_MINIMUM_INCREASED",
    "A higher exclusive minimum refuses numbers that were allowed before.",
);

pub(in crate::format::json) static MULTIPLE_OF_ADDED: Rule = refused(
    "TG319",
    "json-multiple-of-added",
    "MULTIPLE_OF_ADDED",
    "A factor refuses the other numbers that were written without one.",
);

pub(in crate::format::json) static MULTIPLE_OF_EXPANDED: Rule = refused(
    "TG320",
    "json-multiple-of-expanded",
    "MULTIPLE_OF_EXPANDED",
    "A multiple of the factor before refuses numbers that were allowed before.",
);

pub(in crate::format::json) static MULTIPLE_OF_CHANGED: Rule = refused(
    "TG321",
    "json-multiple-of-changed",
    "MULTIPLE_OF_CHANGED",
    "Another factor refuses numbers that were allowed before.",
);

pub(in crate::format::json) static ENUM_ARRAY_NARROWED: Rule = refused(
    "TG322",
    "json-enum-values-removed",
    "ENUM_ARRAY_NARROWED",
    "A reader must know every value that may have been written.",
);

pub(in crate::format::json) static ENUM_ARRAY_CHANGED: Rule = refused(
    "TG323",
    "json-enum-values-changed",
    "ENUM_ARRAY_CHANGED",
    "New values in place of old ones leave a reader without some that may have been written.",
);

pub(in crate::format::json) static CONST_CHANGED: Rule =
    refused("TG324", "json-const-changed", "ENUM_ARRAY_CHANGED", "A reader of one value takes no other.");
