//! Which rules does Protobuf have? The table: one entry per rule, documented case by case in `rules/protobuf.md`.
//!
//! Errors come first, then warnings about what passes although data can break, then advice.

use crate::violation::{Basis, Rule, Severity, Violation};

/// All rules of this format, in the order of their codes.
pub(super) const RULES: &[&Rule] = &[
    &PACKAGE_CHANGED,
    &MESSAGE_REMOVED,
    &MESSAGE_ADDED,
    &NESTED_MESSAGE_REMOVED,
    &REQUIRED_FIELD_ADDED,
    &REQUIRED_FIELD_DROPPED,
    &REQUIRED_FIELD_REMOVED,
    &FIELD_KIND_CHANGED,
    &SCALAR_TYPE_CHANGED,
    &MESSAGE_TYPE_REPLACED,
    &MESSAGE_TYPE_RENAMED,
    &IMPORTED_TYPE_CHANGED,
    &NUMBER_LABEL_CHANGED,
    &NUMBER_LABEL_RELAXED,
    &MEMBER_REMOVED,
    &MEMBER_ADDED,
    &MEMBER_MOVED_OUT,
    &FIELDS_JOINED_IN_ONEOF,
    &FIELD_JOINED_ONEOF,
    &TOO_LARGE,
    &NESTED_MESSAGE_ADDED,
    &REQUIRED_FIELD_NEW,
    &MESSAGE_MOVED,
    &NUMBER_NARROWED,
    &BYTES_BECOME_TEXT,
    &NO_LONGER_REPEATED,
    &BECAME_REPEATED,
    &BECAME_REQUIRED,
    &PRESENCE_CHANGED,
    &CLOSED_SYMBOL_UNKNOWN,
    &ENUM_CLOSED,
    &SYMBOL_RENUMBERED,
    &FIELD_RENUMBERED,
    &RESERVED_NUMBER_REUSED,
    &GROUP_CHANGED,
    &EXTENSION_CHANGED,
    &FIELD_RENAMED,
    &SYMBOL_RENAMED,
    &SYMBOL_UNKNOWN,
    &NUMBER_NOT_RESERVED,
    &FIELD_SKIPPED,
    &FIELD_WITHDRAWN,
    &DEFAULT_CHANGED,
];

// === Errors ===

pub(super) static PACKAGE_CHANGED: Rule = Rule {
    code: "TG201",
    slug: "protobuf-package-changed",
    purpose: "The package is part of every type's name, though no payload holds it.",
    severity: Severity::Error,
    confluent: Some("PACKAGE_CHANGED"),
    basis: Basis::Stricter,
};

pub(super) static MESSAGE_REMOVED: Rule = Rule {
    code: "TG202",
    slug: "protobuf-message-removed",
    purpose: "A record may be of any message of the file, so a reader must know all that may have been written.",
    severity: Severity::Error,
    confluent: Some("MESSAGE_REMOVED"),
    basis: Basis::Sound,
};

pub(super) static MESSAGE_ADDED: Rule = Rule {
    code: "TG203",
    slug: "protobuf-message-added",
    purpose: "Readers of an existing version can't read records of a message that they don't know.",
    severity: Severity::Error,
    confluent: Some("MESSAGE_REMOVED"),
    basis: Basis::Sound,
};

pub(super) static NESTED_MESSAGE_REMOVED: Rule = Rule {
    code: "TG204",
    slug: "protobuf-nested-message-removed",
    purpose: "A message inside another is a type that others may refer to.",
    severity: Severity::Error,
    confluent: Some("MESSAGE_REMOVED"),
    basis: Basis::Stricter,
};

pub(super) static REQUIRED_FIELD_ADDED: Rule = Rule {
    code: "TG205",
    slug: "protobuf-required-field-added",
    purpose: "A reader fails without a field that it requires, so the writer must write it.",
    severity: Severity::Error,
    confluent: Some("REQUIRED_FIELD_ADDED"),
    basis: Basis::Sound,
};

pub(super) static REQUIRED_FIELD_DROPPED: Rule = Rule {
    code: "TG206",
    slug: "protobuf-required-field-dropped",
    purpose: "Readers of an existing version fail without a field that they require.",
    severity: Severity::Error,
    confluent: Some("REQUIRED_FIELD_ADDED"),
    basis: Basis::Sound,
};

pub(super) static REQUIRED_FIELD_REMOVED: Rule = Rule {
    code: "TG207",
    slug: "protobuf-required-field-removed",
    purpose: "What was once required is not to be removed, though a reader skips what it doesn't know.",
    severity: Severity::Error,
    confluent: Some("REQUIRED_FIELD_REMOVED"),
    basis: Basis::Stricter,
};

pub(super) static FIELD_KIND_CHANGED: Rule = Rule {
    code: "TG208",
    slug: "protobuf-field-kind-changed",
    purpose: "Scalars, messages and maps can't be read as each other.",
    severity: Severity::Error,
    confluent: Some("FIELD_KIND_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static SCALAR_TYPE_CHANGED: Rule = Rule {
    code: "TG209",
    slug: "protobuf-scalar-type-changed",
    purpose: "A scalar must stay in the family of types whose bytes are laid out alike.",
    severity: Severity::Error,
    confluent: Some("FIELD_SCALAR_KIND_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static MESSAGE_TYPE_REPLACED: Rule = Rule {
    code: "TG210",
    slug: "protobuf-message-type-replaced",
    purpose: "A field must keep its message type, for another one reads its bytes as other fields.",
    severity: Severity::Error,
    confluent: Some("FIELD_NAMED_TYPE_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static MESSAGE_TYPE_RENAMED: Rule = Rule {
    code: "TG211",
    slug: "protobuf-message-type-renamed",
    purpose: "A field must keep the name of its message type, even where another one reads the same.",
    severity: Severity::Error,
    confluent: Some("FIELD_NAMED_TYPE_CHANGED"),
    basis: Basis::Stricter,
};

pub(super) static IMPORTED_TYPE_CHANGED: Rule = Rule {
    code: "TG212",
    slug: "protobuf-imported-type-changed",
    purpose: "A field's message type must be able to read the writer's, in whichever file it is declared.",
    severity: Severity::Error,
    confluent: Some("FIELD_NAMED_TYPE_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static NUMBER_LABEL_CHANGED: Rule = Rule {
    code: "TG213",
    slug: "protobuf-number-label-changed",
    purpose: "A reader that wants one number can't read many, and one that requires a number can't do without.",
    severity: Severity::Error,
    confluent: Some("FIELD_NUMERIC_LABEL_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static NUMBER_LABEL_RELAXED: Rule = Rule {
    code: "TG214",
    slug: "protobuf-number-label-relaxed",
    purpose: "A number must keep its label, even where a reader would cope.",
    severity: Severity::Error,
    confluent: Some("FIELD_NUMERIC_LABEL_CHANGED"),
    basis: Basis::Stricter,
};

pub(super) static MEMBER_REMOVED: Rule = Rule {
    code: "TG215",
    slug: "protobuf-oneof-member-removed",
    purpose: "A reader must know every choice of a oneof, or it takes the unknown for no choice at all.",
    severity: Severity::Error,
    confluent: Some("ONEOF_FIELD_REMOVED"),
    basis: Basis::Sound,
};

pub(super) static MEMBER_ADDED: Rule = Rule {
    code: "TG216",
    slug: "protobuf-oneof-member-added",
    purpose: "Readers of an existing version take a choice that they don't know for none.",
    severity: Severity::Error,
    confluent: Some("ONEOF_FIELD_REMOVED"),
    basis: Basis::Sound,
};

pub(super) static MEMBER_MOVED_OUT: Rule = Rule {
    code: "TG217",
    slug: "protobuf-oneof-member-moved-out",
    purpose: "A field must stay in its oneof as long as that exists, though a reader would find it elsewhere.",
    severity: Severity::Error,
    confluent: Some("ONEOF_FIELD_REMOVED"),
    basis: Basis::Stricter,
};

pub(super) static FIELDS_JOINED_IN_ONEOF: Rule = Rule {
    code: "TG218",
    slug: "protobuf-fields-joined-in-oneof",
    purpose: "Fields that could be set together must not exclude each other.",
    severity: Severity::Error,
    confluent: Some("MULTIPLE_FIELDS_MOVED_TO_ONEOF"),
    basis: Basis::Sound,
};

pub(super) static FIELD_JOINED_ONEOF: Rule = Rule {
    code: "TG219",
    slug: "protobuf-field-joined-oneof",
    purpose: "A field must not join a oneof with members that could be set along with it.",
    severity: Severity::Error,
    confluent: Some("FIELD_MOVED_TO_EXISTING_ONEOF"),
    basis: Basis::Sound,
};

pub(super) static TOO_LARGE: Rule = Rule {
    code: "TG220",
    slug: "protobuf-comparison-too-large",
    purpose: "Schemas may be compared only so far.",
    severity: Severity::Error,
    confluent: Some("FIELD_NAMED_TYPE_CHANGED"),
    basis: Basis::Sound,
};

pub(super) static NESTED_MESSAGE_ADDED: Rule = Rule {
    code: "TG221",
    slug: "protobuf-nested-message-added",
    purpose: "Readers of an existing version don't have a message that is new inside another.",
    severity: Severity::Error,
    confluent: Some("MESSAGE_REMOVED"),
    basis: Basis::Stricter,
};

pub(super) static REQUIRED_FIELD_NEW: Rule = Rule {
    code: "TG222",
    slug: "protobuf-required-field-new",
    purpose: "Readers of an existing version skip a new field, and must not skip one that is required.",
    severity: Severity::Error,
    confluent: Some("REQUIRED_FIELD_REMOVED"),
    basis: Basis::Stricter,
};

// === What passes although data can break ===

pub(super) static MESSAGE_MOVED: Rule = Rule {
    code: "TG231",
    slug: "protobuf-message-moved",
    purpose: "A record names its message by position, so the order of messages should stay.",
    severity: Severity::Warning,
    confluent: Some("MESSAGE_MOVED"),
    basis: Basis::Laxer,
};

pub(super) static NUMBER_NARROWED: Rule = Rule {
    code: "TG232",
    slug: "protobuf-number-narrowed",
    purpose: "Numbers that the reader's type can't hold become other numbers, and nothing fails.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static BYTES_BECOME_TEXT: Rule = Rule {
    code: "TG233",
    slug: "protobuf-bytes-become-text",
    purpose: "Bytes that are not UTF-8 can't be read as text.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static NO_LONGER_REPEATED: Rule = Rule {
    code: "TG234",
    slug: "protobuf-no-longer-repeated",
    purpose: "A reader that wants one value can't keep several.",
    severity: Severity::Warning,
    confluent: Some("FIELD_STRING_OR_BYTES_LABEL_CHANGED"),
    basis: Basis::Laxer,
};

pub(super) static BECAME_REPEATED: Rule = Rule {
    code: "TG235",
    slug: "protobuf-became-repeated",
    purpose: "A reader that wants several values takes one for a list of one, and an unwritten default for none.",
    severity: Severity::Warning,
    confluent: Some("FIELD_STRING_OR_BYTES_LABEL_CHANGED"),
    basis: Basis::Laxer,
};

pub(super) static BECAME_REQUIRED: Rule = Rule {
    code: "TG236",
    slug: "protobuf-became-required",
    purpose: "A reader fails without a field that it requires, and the writer may leave it out.",
    severity: Severity::Warning,
    confluent: Some("FIELD_STRING_OR_BYTES_LABEL_CHANGED"),
    basis: Basis::Laxer,
};

pub(super) static PRESENCE_CHANGED: Rule = Rule {
    code: "TG237",
    slug: "protobuf-presence-changed",
    purpose: "Whether a field that has its default was set must be told by both sides or by none.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static CLOSED_SYMBOL_UNKNOWN: Rule = Rule {
    code: "TG238",
    slug: "protobuf-closed-enum-symbol-unknown",
    purpose: "A reader takes a number that its closed enum has no symbol for as unset.",
    severity: Severity::Warning,
    confluent: Some("ENUM_CONST_REMOVED"),
    basis: Basis::Laxer,
};

pub(super) static ENUM_CLOSED: Rule = Rule {
    code: "TG239",
    slug: "protobuf-enum-closed",
    purpose: "An open enum lets numbers without a symbol through, which a closed one takes as unset.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static SYMBOL_RENUMBERED: Rule = Rule {
    code: "TG240",
    slug: "protobuf-enum-symbol-renumbered",
    purpose: "Only the number of a symbol is written, so it must stay.",
    severity: Severity::Warning,
    confluent: Some("ENUM_CONST_CHANGED"),
    basis: Basis::Laxer,
};

pub(super) static FIELD_RENUMBERED: Rule = Rule {
    code: "TG241",
    slug: "protobuf-field-renumbered",
    purpose: "Only the number of a field is written, so it must stay.",
    severity: Severity::Warning,
    confluent: Some("FIELD_REMOVED"),
    basis: Basis::Laxer,
};

pub(super) static RESERVED_NUMBER_REUSED: Rule = Rule {
    code: "TG242",
    slug: "protobuf-reserved-number-reused",
    purpose: "A reserved number was used once, and data that has it may still be there.",
    severity: Severity::Warning,
    confluent: Some("FIELD_ADDED"),
    basis: Basis::Laxer,
};

pub(super) static GROUP_CHANGED: Rule = Rule {
    code: "TG243",
    slug: "protobuf-group-changed",
    purpose: "Confluent does not look into groups, and they break like other fields.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

pub(super) static EXTENSION_CHANGED: Rule = Rule {
    code: "TG244",
    slug: "protobuf-extension-changed",
    purpose: "Confluent does not look at extensions, and they break like other fields.",
    severity: Severity::Warning,
    confluent: None,
    basis: Basis::Laxer,
};

// === Advice ===

pub(super) static FIELD_RENAMED: Rule = Rule {
    code: "TG251",
    slug: "protobuf-field-renamed",
    purpose: "Names are not in payloads, but in their JSON form, in rules, in queries and in code.",
    severity: Severity::Info,
    confluent: Some("FIELD_NAME_CHANGED"),
    basis: Basis::Advice,
};

pub(super) static SYMBOL_RENAMED: Rule = Rule {
    code: "TG252",
    slug: "protobuf-enum-symbol-renamed",
    purpose: "Symbols are written as numbers, but named in JSON, in queries and in code.",
    severity: Severity::Info,
    confluent: Some("ENUM_CONST_CHANGED"),
    basis: Basis::Advice,
};

pub(super) static SYMBOL_UNKNOWN: Rule = Rule {
    code: "TG253",
    slug: "protobuf-enum-symbol-unknown",
    purpose: "A reader sees the bare number of a symbol that its open enum does not have.",
    severity: Severity::Info,
    confluent: Some("ENUM_CONST_REMOVED"),
    basis: Basis::Advice,
};

pub(super) static NUMBER_NOT_RESERVED: Rule = Rule {
    code: "TG254",
    slug: "protobuf-number-not-reserved",
    purpose: "The number of a removed field should never be used again, so it should be reserved.",
    severity: Severity::Info,
    confluent: Some("FIELD_REMOVED"),
    basis: Basis::Advice,
};

pub(super) static FIELD_SKIPPED: Rule = Rule {
    code: "TG255",
    slug: "protobuf-field-skipped",
    purpose: "Readers of an existing version skip a field that they don't know.",
    severity: Severity::Info,
    confluent: Some("FIELD_REMOVED"),
    basis: Basis::Advice,
};

pub(super) static FIELD_WITHDRAWN: Rule = Rule {
    code: "TG256",
    slug: "protobuf-field-withdrawn",
    purpose: "Readers of an existing version find nothing where a removed field was.",
    severity: Severity::Info,
    confluent: Some("FIELD_ADDED"),
    basis: Basis::Advice,
};

pub(super) static DEFAULT_CHANGED: Rule = Rule {
    code: "TG257",
    slug: "protobuf-default-changed",
    purpose: "Readers of different versions fill in different values for the same records.",
    severity: Severity::Info,
    confluent: None,
    basis: Basis::Advice,
};

/// A violation that a reader of an existing version has with the candidate's data, told to the candidate's author: what
/// the reader misses, the author removed, and what it does not know, the author added.
pub(super) fn for_writer(violation: Violation) -> Violation {
    // The reader's text is that of a version that exists. It can't be changed any more.
    let violation = Violation { edits: Vec::new(), ..violation };
    let (rule, fix) = match violation.rule.code {
        "TG202" => (&MESSAGE_ADDED, "give records of a new message a subject of their own, or import a new type"),
        "TG204" => (&NESTED_MESSAGE_ADDED, "declare the new message in a file of its own and import it"),
        "TG205" => (&REQUIRED_FIELD_DROPPED, "keep the field; make it optional in a version of its own first"),
        "TG207" => (&REQUIRED_FIELD_NEW, "make the new field optional"),
        "TG215" => (&MEMBER_ADDED, "let readers upgrade first, under BACKWARD, or add a field outside of the oneof"),
        "TG242" => (&FIELD_WITHDRAWN, "nothing, unless readers of the existing version need the field"),
        "TG254" => (&FIELD_SKIPPED, "nothing, unless readers of the existing version need the field"),
        _ => return violation,
    };
    Violation { rule, fix: Some(fix.to_owned()), ..violation }
}
