//! Which rules are there for combinations of schemas, and for schemas that are too large?

use super::refused;
use crate::violation::Rule;

pub(in crate::format::json) static COMBINED_TYPE_CHANGED: Rule = refused(
    "TG362",
    "json-combination-changed",
    "COMBINED_TYPE_CHANGED",
    "Of several schemas more must hold now, or exactly one, than had to before.",
);

pub(in crate::format::json) static PRODUCT_TYPE_EXTENDED: Rule = refused(
    "TG363",
    "json-all-of-extended",
    "PRODUCT_TYPE_EXTENDED",
    "One more schema that must hold refuses what does not follow it.",
);

pub(in crate::format::json) static SUM_TYPE_NARROWED: Rule = refused(
    "TG364",
    "json-alternative-removed",
    "SUM_TYPE_NARROWED",
    "What was written under an alternative that is gone is taken by none.",
);

pub(in crate::format::json) static COMBINED_SUBSCHEMAS_CHANGED: Rule = refused(
    "TG365",
    "json-alternatives-changed",
    "COMBINED_TYPE_SUBSCHEMAS_CHANGED",
    "Each of the schemas that were combined needs one of its own that takes what it took.",
);

pub(in crate::format::json) static NOT_TYPE_EXTENDED: Rule =
    refused("TG366", "json-not-extended", "NOT_TYPE_EXTENDED", "What is refused must not become more.");

pub(in crate::format::json) static TOO_LARGE: Rule = refused(
    "TG367",
    "json-comparison-too-large",
    "TYPE_CHANGED",
    "Two schemas must be comparable within bounded time; those that are not are refused.",
);
