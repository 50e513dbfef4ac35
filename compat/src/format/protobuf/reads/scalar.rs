//! Which scalar types read each other's bytes, and which values change on the way?

use std::collections::BTreeSet;

use prost_reflect::{EnumDescriptor, Kind, Syntax};

/// Types whose bytes are laid out alike, so that Confluent lets one become the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Varints as they are: the plain integers, booleans and enums.
    Integer,
    /// Varints that alternate between positive and negative.
    ZigZag,
    Text,
    Fixed32,
    Fixed64,
    Float,
    Double,
}

/// The whole numbers that may stand in a field.
pub(super) enum Values {
    /// From one to another, both included.
    Range(i128, i128),
    /// The symbols of a closed enum.
    Listed(BTreeSet<i32>),
}

/// The family of a scalar type; `None` for messages.
pub(super) fn family(kind: &Kind) -> Option<Family> {
    Some(match kind {
        Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Bool | Kind::Enum(_) => Family::Integer,
        Kind::Sint32 | Kind::Sint64 => Family::ZigZag,
        Kind::String | Kind::Bytes => Family::Text,
        Kind::Fixed32 | Kind::Sfixed32 => Family::Fixed32,
        Kind::Fixed64 | Kind::Sfixed64 => Family::Fixed64,
        Kind::Float => Family::Float,
        Kind::Double => Family::Double,
        Kind::Message(_) => return None,
    })
}

/// The values of a whole number type; `None` for all else.
pub(super) fn values(kind: &Kind) -> Option<Values> {
    Some(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Values::Range(i32::MIN.into(), i32::MAX.into()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Values::Range(i64::MIN.into(), i64::MAX.into()),
        Kind::Uint32 | Kind::Fixed32 => Values::Range(0, u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => Values::Range(0, u64::MAX.into()),
        Kind::Bool => Values::Range(0, 1),
        Kind::Enum(declared) if is_closed(declared) => {
            Values::Listed(declared.values().map(|symbol| symbol.number()).collect())
        }
        Kind::Enum(_) => Values::Range(i32::MIN.into(), i32::MAX.into()),
        _ => return None,
    })
}

/// Whether readers set aside numbers that the enum has no symbol for, as proto2 asks, instead of keeping them.
pub(super) fn is_closed(declared: &EnumDescriptor) -> bool {
    declared.parent_file().syntax() == Syntax::Proto2
}

impl Values {
    /// Whether each of these values is one of those.
    pub(super) fn are_among(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::Range(least, most), Self::Range(from, to)) => from <= least && most <= to,
            (Self::Listed(numbers), Self::Range(from, to)) => {
                numbers.iter().all(|number| (*from..=*to).contains(&i128::from(*number)))
            }
            (Self::Listed(numbers), Self::Listed(known)) => numbers.is_subset(known),
            (Self::Range(least, most), Self::Listed(known)) => {
                let (Ok(least), Ok(most)) = (i32::try_from(*least), i32::try_from(*most)) else { return false };
                let span = i64::from(most) - i64::from(least) + 1;
                i64::try_from(known.range(least..=most).count()) == Ok(span)
            }
        }
    }
}

/// A type as it is written in a schema.
pub(super) fn name(kind: &Kind) -> String {
    match kind {
        Kind::Double => "double".into(),
        Kind::Float => "float".into(),
        Kind::Int32 => "int32".into(),
        Kind::Int64 => "int64".into(),
        Kind::Uint32 => "uint32".into(),
        Kind::Uint64 => "uint64".into(),
        Kind::Sint32 => "sint32".into(),
        Kind::Sint64 => "sint64".into(),
        Kind::Fixed32 => "fixed32".into(),
        Kind::Fixed64 => "fixed64".into(),
        Kind::Sfixed32 => "sfixed32".into(),
        Kind::Sfixed64 => "sfixed64".into(),
        Kind::Bool => "bool".into(),
        Kind::String => "string".into(),
        Kind::Bytes => "bytes".into(),
        Kind::Message(message) => format!("message {}", message.full_name()),
        Kind::Enum(declared) => format!("enum {}", declared.full_name()),
    }
}
