//! What passes although data can break, or reads otherwise than its author may think?

use super::{laxer, remark};
use crate::violation::Rule;

pub(in crate::format::json) static REQUIRED_WITH_DEFAULT_ADDED: Rule = laxer(
    "TG370",
    "json-required-with-default-added",
    Some("REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED"),
    "Confluent lets a required property pass if it has a default, though validators do not fill it in.",
);

pub(in crate::format::json) static REQUIRED_PROPERTY_WITH_DEFAULT_ADDED: Rule = laxer(
    "TG371",
    "json-required-property-with-default-added",
    Some("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL"),
    "Confluent lets a new required property pass if it has a default, though validators do not fill it in.",
);

pub(in crate::format::json) static REQUIRED_NOT_COMPARED: Rule = laxer(
    "TG372",
    "json-required-not-compared",
    None,
    "Confluent looks only at required names that both schemas declare as properties.",
);

pub(in crate::format::json) static TYPE_NOW_DEMANDED: Rule = laxer(
    "TG373",
    "json-type-now-demanded",
    None,
    "Keywords about a type say nothing of values of other types, until `type` is there too; Confluent takes both for the same.",
);

pub(in crate::format::json) static KEYWORD_NOT_COMPARED: Rule = laxer(
    "TG374",
    "json-keyword-not-compared",
    None,
    "Confluent does not compare this keyword, and values that were written may not follow it.",
);

pub(in crate::format::json) static PATTERN_PROPERTIES_CHANGED: Rule = laxer(
    "TG375",
    "json-pattern-properties-changed",
    None,
    "Confluent does not compare what goes for names that match a pattern.",
);

pub(in crate::format::json) static PROPERTY_ADDED_THOUGH_OPEN: Rule = laxer(
    "TG376",
    "json-property-added-though-open",
    Some("OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"),
    "Confluent counts an object with patterns as closed, though it takes any property that matches none of them.",
);

pub(in crate::format::json) static ITEM_ADDED_THOUGH_OPEN: Rule = laxer(
    "TG377",
    "json-item-added-though-open",
    Some("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL"),
    "Confluent counts an array as closed by a keyword that closes nothing where it stands.",
);

pub(in crate::format::json) static UNEVALUATED_DEPENDS: Rule = laxer(
    "TG378",
    "json-unevaluated-depends",
    None,
    "What is unevaluated depends on all keywords beside it, and Confluent compares each alone.",
);

pub(in crate::format::json) static ONE_OF_OVERLAP: Rule = laxer(
    "TG379",
    "json-one-of-overlap",
    None,
    "A value that two branches of a `oneOf` take is refused; Confluent does not ask whether branches overlap.",
);

pub(in crate::format::json) static NOT_UNCERTAIN: Rule = laxer(
    "TG380",
    "json-not-uncertain",
    Some("NOT_TYPE_NARROWED"),
    "What a `not` refuses became less by a comparison that does not look at everything.",
);

pub(in crate::format::json) static CONNECT_BYTES: Rule = laxer(
    "TG381",
    "json-connect-bytes",
    None,
    "Confluent takes any two types that Kafka Connect marks as bytes for the same.",
);

pub(in crate::format::json) static LENIENT_CONTENT_MODEL: Rule = laxer(
    "TG382",
    "json-lenient-content-model",
    None,
    "Under the policy LENIENT properties come and go, though what was written may not follow the schema.",
);

pub(in crate::format::json) static TITLE_CHANGED: Rule = remark(
    "TG383",
    "json-title-changed",
    Some("TITLE_CHANGED"),
    "The title of the schema is its record name, by which some producers choose the subject.",
);

pub(in crate::format::json) static DEFAULT_CHANGED: Rule = remark(
    "TG384",
    "json-default-changed",
    Some("DEFAULT_CHANGED"),
    "Readers of different versions fill in different values for the same data.",
);
