//! Which rules are there for objects?

use super::refused;
use crate::violation::Rule;

pub(in crate::format::json) static REQUIRED_ADDED: Rule = refused(
    "TG325",
    "json-required-added",
    "REQUIRED_ATTRIBUTE_ADDED",
    "What was optional may be missing in what was written.",
);

pub(in crate::format::json) static REQUIRED_PROPERTY_ADDED_TO_OPEN: Rule = refused(
    "TG326",
    "json-required-property-added-to-open",
    "REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    "A property that was not declared may be missing, or be anything.",
);

pub(in crate::format::json) static REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN: Rule = refused(
    "TG327",
    "json-required-property-with-default-added-to-open",
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL",
    "A property that was not declared may be anything, and validators do not fill in defaults.",
);

pub(in crate::format::json) static OPTIONAL_PROPERTY_ADDED_TO_OPEN: Rule = refused(
    "TG328",
    "json-optional-property-added-to-open",
    "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    "Where undeclared properties are allowed, one of that name may have been written as anything.",
);

pub(in crate::format::json) static REQUIRED_PROPERTY_ADDED_TO_UNOPEN: Rule = refused(
    "TG329",
    "json-required-property-added-to-unopen",
    "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
    "Nobody who wrote before has written a property that is new.",
);

pub(in crate::format::json) static PROPERTY_REMOVED_FROM_CLOSED: Rule = refused(
    "TG330",
    "json-property-removed-from-closed",
    "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    "A reader that takes no others than it declares refuses a property that it declares no longer.",
);

pub(in crate::format::json) static PROPERTY_REMOVED_NOT_COVERED: Rule = refused(
    "TG331",
    "json-property-removed-not-covered",
    "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "What goes for undeclared properties must cover a property that is declared no longer.",
);

pub(in crate::format::json) static PROPERTY_ADDED_NOT_COVERED: Rule = refused(
    "TG332",
    "json-property-added-not-covered",
    "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "A new property must take all that was allowed under its name before.",
);

pub(in crate::format::json) static ADDITIONAL_PROPERTIES_REMOVED: Rule = refused(
    "TG333",
    "json-additional-properties-removed",
    "ADDITIONAL_PROPERTIES_REMOVED",
    "A reader that is closed now refuses the other properties that were written.",
);

pub(in crate::format::json) static ADDITIONAL_PROPERTIES_NARROWED: Rule = refused(
    "TG334",
    "json-additional-properties-narrowed",
    "ADDITIONAL_PROPERTIES_NARROWED",
    "A schema for other properties refuses those that do not follow it.",
);

pub(in crate::format::json) static UNEVALUATED_PROPERTIES_REMOVED: Rule = refused(
    "TG335",
    "json-unevaluated-properties-removed",
    "UNEVALUATED_PROPERTIES_REMOVED",
    "A reader that takes no unevaluated properties now refuses those that were written.",
);

pub(in crate::format::json) static UNEVALUATED_PROPERTIES_NARROWED: Rule = refused(
    "TG336",
    "json-unevaluated-properties-narrowed",
    "UNEVALUATED_PROPERTIES_NARROWED",
    "A schema for unevaluated properties refuses those that do not follow it.",
);

pub(in crate::format::json) static MAX_PROPERTIES_ADDED: Rule = refused(
    "TG337",
    "json-max-properties-added",
    "MAX_PROPERTIES_ADDED",
    "A greatest number of properties refuses larger objects.",
);

pub(in crate::format::json) static MAX_PROPERTIES_DECREASED: Rule = refused(
    "TG338",
    "json-max-properties-decreased",
    "MAX_PROPERTIES_DECREASED",
    "A lower greatest number of properties refuses objects that were allowed before.",
);

pub(in crate::format::json) static MIN_PROPERTIES_ADDED: Rule = refused(
    "TG339",
    "json-min-properties-added",
    "MIN_PROPERTIES_ADDED",
    "A least number of properties refuses smaller objects.",
);

pub(in crate::format::json) static MIN_PROPERTIES_INCREASED: Rule = refused(
    "TG340",
    "json-min-properties-increased",
    "MIN_PROPERTIES_INCREASED",
    "A higher least number of properties refuses objects that were allowed before.",
);

pub(in crate::format::json) static DEPENDENCY_ARRAY_ADDED: Rule = refused(
    "TG341",
    "json-dependency-added",
    "DEPENDENCY_ARRAY_ADDED",
    "Properties that are demanded beside another may be missing in what was written.",
);

pub(in crate::format::json) static DEPENDENCY_ARRAY_EXTENDED: Rule = refused(
    "TG342",
    "json-dependency-extended",
    "DEPENDENCY_ARRAY_EXTENDED",
    "More properties are demanded beside another than were before.",
);

pub(in crate::format::json) static DEPENDENCY_ARRAY_CHANGED: Rule = refused(
    "TG343",
    "json-dependency-changed",
    "DEPENDENCY_ARRAY_CHANGED",
    "Other properties are demanded beside another than were before.",
);

pub(in crate::format::json) static DEPENDENCY_SCHEMA_ADDED: Rule = refused(
    "TG344",
    "json-dependent-schema-added",
    "DEPENDENCY_SCHEMA_ADDED",
    "A schema that comes with a property refuses objects that were written without it.",
);
