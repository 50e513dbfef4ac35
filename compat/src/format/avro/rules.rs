//! Which rules does Avro have? The table: one entry per rule, documented case by case in `rules/avro.md`.

use crate::violation::{Basis, Rule, Severity, Side, Violation};

/// All rules of this format, in the order of their codes.
pub(super) const RULES: &[&Rule] = &[
    &FIELD_WITHOUT_DEFAULT,
    &REMOVED_FIELD_WITHOUT_DEFAULT,
    &TYPE_CHANGED,
    &UNION_BRANCH_MISSING,
    &NAME_CHANGED,
    &FIXED_SIZE_CHANGED,
    &ENUM_SYMBOL_ADDED,
    &ENUM_SYMBOL_REMOVED,
    &LOGICAL_TYPE_CHANGED,
    &DEFAULT_CHANGED,
    &FIELD_AMBIGUOUS,
    &NESTING_TOO_DEEP,
    &BRANCH_BY_FULL_NAME,
    &ENUM_FIELD_WITHOUT_DEFAULT,
    &ALIAS_TAKES_NAME,
    &BYTES_READ_AS_TEXT,
    &NUMBER_LOSES_DIGITS,
    &SYMBOLS_READ_AS_DEFAULT,
];

pub(super) static FIELD_WITHOUT_DEFAULT: Rule = Rule {
    code: "TG101",
    slug: "avro-field-without-default",
    purpose: "A reader fills a field that the writer did not write from its default, so it must have one.",
    severity: Severity::Error,
    confluent: Some("READER_FIELD_MISSING_DEFAULT_VALUE"),
    basis: Basis::Sound,
};

pub(super) static REMOVED_FIELD_WITHOUT_DEFAULT: Rule = Rule {
    code: "TG102",
    slug: "avro-removed-field-without-default",
    purpose: "Readers of an existing version still want a removed field, so it must have had a default there.",
    severity: Severity::Error,
    confluent: Some("READER_FIELD_MISSING_DEFAULT_VALUE"),
    basis: Basis::Sound,
};

pub(super) static TYPE_CHANGED: Rule = Rule {
    code: "TG103",
    slug: "avro-type-changed",
    purpose: "A reader must be able to turn what was written into its own type.",
    severity: Severity::Error,
    confluent: Some("TYPE_MISMATCH"),
    basis: Basis::Sound,
};

pub(super) static UNION_BRANCH_MISSING: Rule = Rule {
    code: "TG104",
    slug: "avro-union-branch-removed",
    purpose: "A union must have a branch for every type that may have been written.",
    severity: Severity::Error,
    confluent: Some("MISSING_UNION_BRANCH"),
    basis: Basis::Sound,
};

pub(super) static NAME_CHANGED: Rule = Rule {
    code: "TG105",
    slug: "avro-name-changed",
    purpose: "Named types match by their name without the namespace, or by an alias.",
    severity: Severity::Error,
    confluent: Some("NAME_MISMATCH"),
    basis: Basis::Sound,
};

pub(super) static FIXED_SIZE_CHANGED: Rule = Rule {
    code: "TG106",
    slug: "avro-fixed-size-changed",
    purpose: "A fixed type is written as its bare bytes, so both sides must agree on how many.",
    severity: Severity::Error,
    confluent: Some("FIXED_SIZE_MISMATCH"),
    basis: Basis::Sound,
};

pub(super) static ENUM_SYMBOL_ADDED: Rule = Rule {
    code: "TG107",
    slug: "avro-enum-symbol-added",
    purpose: "Readers of an existing version meet a symbol that they don't know, so their enum must have a default.",
    severity: Severity::Error,
    confluent: Some("MISSING_ENUM_SYMBOLS"),
    basis: Basis::Sound,
};

pub(super) static ENUM_SYMBOL_REMOVED: Rule = Rule {
    code: "TG108",
    slug: "avro-enum-symbol-removed",
    purpose: "A reader must know every symbol that may have been written, or have a default for the others.",
    severity: Severity::Error,
    confluent: Some("MISSING_ENUM_SYMBOLS"),
    basis: Basis::Sound,
};

pub(super) static LOGICAL_TYPE_CHANGED: Rule = Rule {
    code: "TG109",
    slug: "avro-logical-type-changed",
    purpose: "The bytes can still be read, but they mean something else.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Advice,
};

pub(super) static DEFAULT_CHANGED: Rule = Rule {
    code: "TG110",
    slug: "avro-default-changed",
    purpose: "Readers of different versions fill in different values for the same records.",
    severity: Severity::Info,
    confluent: None,
    basis: Basis::Advice,
};

pub(super) static FIELD_AMBIGUOUS: Rule = Rule {
    code: "TG111",
    slug: "avro-field-ambiguous",
    purpose: "The name and the aliases of a reader's field must point at one field of the writer.",
    severity: Severity::Error,
    confluent: Some("READER_FIELD_MISSING_DEFAULT_VALUE"),
    basis: Basis::Sound,
};

pub(super) static NESTING_TOO_DEEP: Rule = Rule {
    code: "TG112",
    slug: "avro-nesting-too-deep",
    purpose: "Recursive types may unfold against each other only so far.",
    severity: Severity::Error,
    confluent: Some("TYPE_MISMATCH"),
    basis: Basis::Stricter,
};

pub(super) static BRANCH_BY_FULL_NAME: Rule = Rule {
    code: "TG113",
    slug: "avro-branch-by-full-name",
    purpose: "Compatibility ignores namespaces, but decoders pick the branch of a union by its full name.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static ENUM_FIELD_WITHOUT_DEFAULT: Rule = Rule {
    code: "TG114",
    slug: "avro-enum-field-without-default",
    purpose: "The default of an enum is for symbols that a reader doesn't know; a field needs a default of its own.",
    severity: Severity::Error,
    confluent: Some("TYPE_MISMATCH"),
    basis: Basis::Sound,
};

pub(super) static ALIAS_TAKES_NAME: Rule = Rule {
    code: "TG115",
    slug: "avro-alias-takes-name",
    purpose: "Decoders give what was written to one part of the reader's schema, even if two claim its name.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static BYTES_READ_AS_TEXT: Rule = Rule {
    code: "TG116",
    slug: "avro-bytes-read-as-text",
    purpose: "Bytes that are not UTF-8 can't be read as text, or come out changed.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static NUMBER_LOSES_DIGITS: Rule = Rule {
    code: "TG117",
    slug: "avro-number-loses-digits",
    purpose: "A floating number holds fewer digits than a large whole number has.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static SYMBOLS_READ_AS_DEFAULT: Rule = Rule {
    code: "TG118",
    slug: "avro-symbols-read-as-default",
    purpose: "A reader that takes its default for symbols that it doesn't know can't tell them apart.",
    severity: Severity::Info,
    confluent: None,
    basis: Basis::Advice,
};

/// A violation that a reader of an existing version has with the candidate's data, told to the candidate's author: where
/// the reader sees a missing field or symbol, the author removed or added one. Changes to the existing text help nobody.
pub(super) fn for_writer(violation: Violation) -> Violation {
    let edits = violation.edits.into_iter().filter(|edit| edit.side == Side::Writer).collect();
    let (rule, fix) = match violation.rule.code {
        "TG101" => (
            &REMOVED_FIELD_WITHOUT_DEFAULT,
            "keep the field; it can go once every version in use has a default for it".to_owned(),
        ),
        "TG114" => {
            let fix = "keep the field; it can go once every version in use has a default for it".to_owned();
            return Violation { fix: Some(fix), edits, ..violation };
        }
        "TG108" => (
            &ENUM_SYMBOL_ADDED,
            "give the enum a default in a version of its own first, so that readers know what to do with new symbols"
                .to_owned(),
        ),
        _ => return Violation { edits, ..violation },
    };
    Violation { rule, fix: Some(fix), edits, ..violation }
}
