//! Which rules does JSON Schema have? The table: one entry per rule, documented case by case in `rules/json.md`.
//!
//! The errors are the differences that Confluent Schema Registry refuses, one rule for each, by families; then come
//! those that it lets pass and we speak of. Differences on which nothing can break have no rule.

mod advice;
mod array;
mod combined;
mod object;
mod scalar;

pub(super) use advice::*;
pub(super) use array::*;
pub(super) use combined::*;
pub(super) use object::*;
pub(super) use scalar::*;

use crate::violation::{Basis, Rule, Severity, Side, Violation};

/// All rules of this format, in the order of their codes.
pub(super) const RULES: &[&Rule] = &[
    &TYPE_CHANGED,
    &TYPE_NARROWED,
    &FORM_CHANGED,
    &SCHEMA_ADDED,
    &MAX_LENGTH_ADDED,
    &MAX_LENGTH_DECREASED,
    &MIN_LENGTH_ADDED,
    &MIN_LENGTH_INCREASED,
    &PATTERN_ADDED,
    &PATTERN_CHANGED,
    &MAXIMUM_ADDED,
    &MAXIMUM_DECREASED,
    &MINIMUM_ADDED,
    &MINIMUM_INCREASED,
    &EXCLUSIVE_MAXIMUM_ADDED,
    &EXCLUSIVE_MAXIMUM_DECREASED,
    &EXCLUSIVE_MINIMUM_ADDED,
    &EXCLUSIVE_MINIMUM_INCREASED,
    &MULTIPLE_OF_ADDED,
    &MULTIPLE_OF_EXPANDED,
    &MULTIPLE_OF_CHANGED,
    &ENUM_ARRAY_NARROWED,
    &ENUM_ARRAY_CHANGED,
    &CONST_CHANGED,
    &REQUIRED_ADDED,
    &REQUIRED_PROPERTY_ADDED_TO_OPEN,
    &REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN,
    &OPTIONAL_PROPERTY_ADDED_TO_OPEN,
    &REQUIRED_PROPERTY_ADDED_TO_UNOPEN,
    &PROPERTY_REMOVED_FROM_CLOSED,
    &PROPERTY_REMOVED_NOT_COVERED,
    &PROPERTY_ADDED_NOT_COVERED,
    &ADDITIONAL_PROPERTIES_REMOVED,
    &ADDITIONAL_PROPERTIES_NARROWED,
    &UNEVALUATED_PROPERTIES_REMOVED,
    &UNEVALUATED_PROPERTIES_NARROWED,
    &MAX_PROPERTIES_ADDED,
    &MAX_PROPERTIES_DECREASED,
    &MIN_PROPERTIES_ADDED,
    &MIN_PROPERTIES_INCREASED,
    &DEPENDENCY_ARRAY_ADDED,
    &DEPENDENCY_ARRAY_EXTENDED,
    &DEPENDENCY_ARRAY_CHANGED,
    &DEPENDENCY_SCHEMA_ADDED,
    &MAX_ITEMS_ADDED,
    &MAX_ITEMS_DECREASED,
    &MIN_ITEMS_ADDED,
    &MIN_ITEMS_INCREASED,
    &UNIQUE_ITEMS_ADDED,
    &MAX_CONTAINS_ADDED,
    &MAX_CONTAINS_DECREASED,
    &MIN_CONTAINS_ADDED,
    &MIN_CONTAINS_INCREASED,
    &ADDITIONAL_ITEMS_REMOVED,
    &ADDITIONAL_ITEMS_NARROWED,
    &UNEVALUATED_ITEMS_REMOVED,
    &UNEVALUATED_ITEMS_NARROWED,
    &ITEM_ADDED_TO_OPEN,
    &ITEM_REMOVED_FROM_CLOSED,
    &ITEM_REMOVED_NOT_COVERED,
    &ITEM_ADDED_NOT_COVERED,
    &COMBINED_TYPE_CHANGED,
    &PRODUCT_TYPE_EXTENDED,
    &SUM_TYPE_NARROWED,
    &COMBINED_SUBSCHEMAS_CHANGED,
    &NOT_TYPE_EXTENDED,
    &TOO_LARGE,
    &REQUIRED_WITH_DEFAULT_ADDED,
    &REQUIRED_PROPERTY_WITH_DEFAULT_ADDED,
    &REQUIRED_NOT_COMPARED,
    &TYPE_NOW_DEMANDED,
    &KEYWORD_NOT_COMPARED,
    &PATTERN_PROPERTIES_CHANGED,
    &PROPERTY_ADDED_THOUGH_OPEN,
    &ITEM_ADDED_THOUGH_OPEN,
    &UNEVALUATED_DEPENDS,
    &ONE_OF_OVERLAP,
    &NOT_UNCERTAIN,
    &CONNECT_BYTES,
    &LENIENT_CONTENT_MODEL,
    &TITLE_CHANGED,
    &DEFAULT_CHANGED,
];

/// What the policy LENIENT lets pass: properties that come and go.
const LEFT_TO_LENIENT: [&Rule; 9] = [
    &REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN,
    &OPTIONAL_PROPERTY_ADDED_TO_OPEN,
    &PROPERTY_REMOVED_FROM_CLOSED,
    &PROPERTY_REMOVED_NOT_COVERED,
    &PROPERTY_ADDED_NOT_COVERED,
    &ADDITIONAL_PROPERTIES_REMOVED,
    &ADDITIONAL_PROPERTIES_NARROWED,
    &UNEVALUATED_PROPERTIES_REMOVED,
    &UNEVALUATED_PROPERTIES_NARROWED,
];

/// Whether the policy LENIENT makes advice of an error.
pub(super) fn is_left_to_lenient(rule: &Rule) -> bool {
    LEFT_TO_LENIENT.iter().any(|left| left.code == rule.code)
}

/// A violation that a reader of an existing version has with the candidate's data, told to the candidate's author: the
/// reader's schema can't be changed any more, so the fix must be one to the candidate.
pub(super) fn for_writer(mut violation: Violation) -> Violation {
    violation.edits.retain(|edit| edit.side == Side::Writer);
    violation.fix = Some(fix_for_writer(violation.rule.slug).to_owned());
    violation
}

fn fix_for_writer(slug: &str) -> &'static str {
    match slug {
        "json-property-removed-from-closed" | "json-property-removed-not-covered" => {
            "existing readers take no such property: let them take others first, in a version of its own"
        }
        "json-optional-property-added-to-open"
        | "json-required-property-added-to-open"
        | "json-required-property-with-default-added-to-open"
        | "json-item-added-to-open" => {
            "keep declaring it as existing readers do: without a schema, anything may be written under that name"
        }
        "json-required-added" | "json-required-property-added-to-unopen" | "json-required-not-compared" => {
            "keep it required: existing readers demand it"
        }
        "json-enum-values-removed" | "json-enum-values-changed" | "json-const-changed" => {
            "existing readers don't know the new values: add them where readers are ready for others"
        }
        "json-title-changed" | "json-default-changed" => "keep it as it was",
        "json-comparison-too-large" => "split the schema",
        _ => "allow no more than the schema that existing readers hold data against",
    }
}

// === What a rule weighs ===

/// What Confluent refuses, because data can break.
const fn refused(code: &'static str, slug: &'static str, confluent: &'static str, purpose: &'static str) -> Rule {
    Rule { code, slug, purpose, severity: Severity::Error, confluent: Some(confluent), basis: Basis::Sound }
}

/// What Confluent refuses, though no data breaks.
const fn stricter(code: &'static str, slug: &'static str, confluent: &'static str, purpose: &'static str) -> Rule {
    Rule { code, slug, purpose, severity: Severity::Error, confluent: Some(confluent), basis: Basis::Stricter }
}

/// What Confluent lets pass, though data can break.
const fn laxer(code: &'static str, slug: &'static str, confluent: Option<&'static str>, purpose: &'static str) -> Rule {
    Rule { code, slug, purpose, severity: Severity::Warning, confluent, basis: Basis::Laxer }
}

/// What breaks nothing and may surprise.
const fn remark(
    code: &'static str,
    slug: &'static str,
    confluent: Option<&'static str>,
    purpose: &'static str,
) -> Rule {
    Rule { code, slug, purpose, severity: Severity::Info, confluent, basis: Basis::Advice }
}
