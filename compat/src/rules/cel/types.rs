//! What may a part of an expression be, as far as the schema tells?

use std::fmt;

use crate::model::{Form, Model, TypeId};

/// What is known of the value of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    /// Nothing.
    Any,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Span,
    Type,
    /// A list that the expression makes, with its items if they are all alike.
    List(Box<Self>),
    /// A map that the expression makes.
    Map,
    /// Whatever the type of the model holds.
    Of(TypeId),
}

/// A set of kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOL: Self = Self(2);
    pub(super) const INT: Self = Self(4);
    pub(super) const UINT: Self = Self(8);
    pub(super) const DOUBLE: Self = Self(16);
    pub(super) const TEXT: Self = Self(32);
    pub(super) const BYTES: Self = Self(64);
    pub(super) const TIME: Self = Self(128);
    pub(super) const SPAN: Self = Self(256);
    pub(super) const LIST: Self = Self(512);
    /// Maps and records.
    pub(super) const MAP: Self = Self(1024);
    pub(super) const TYPE: Self = Self(2048);
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(4095);
    pub(super) const NUMBER: Self = Self(4 | 8 | 16);
    pub(super) const WHOLE: Self = Self(4 | 8);
    pub(super) const NUMBER_OR_LIST: Self = Self(4 | 8 | 16 | 512);
    pub(super) const TEXT_OR_LIST: Self = Self(32 | 512);
    pub(super) const SIZED: Self = Self(32 | 64 | 512 | 1024);
    pub(super) const MOMENT: Self = Self(128 | 256);
    pub(super) const TO_INT: Self = Self(4 | 8 | 16 | 32 | 128);
    pub(super) const TO_NUMBER: Self = Self(4 | 8 | 16 | 32);
    pub(super) const TO_TEXT: Self = Self(2 | 4 | 8 | 16 | 32 | 64 | 128 | 256);
    pub(super) const TO_BYTES: Self = Self(32 | 64);
    pub(super) const TO_BOOL: Self = Self(2 | 32);
    pub(super) const TO_TIME: Self = Self(4 | 32 | 128);
    pub(super) const INT_OR_BOOL: Self = Self(2 | 4);
    pub(super) const TO_SPAN: Self = Self(32 | 256);

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// With all kinds of numbers if there is one: they compare with each other.
    pub(super) fn numbers_alike(self) -> Self {
        if self.meets(Self::NUMBER) { self.or(Self::NUMBER) } else { self }
    }
}

const WORDS: [&str; 12] =
    ["null", "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "list", "map", "type"];

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("anything");
        }
        let words = (0..).zip(WORDS).filter(|(bit, _)| self.0 >> bit & 1 == 1);
        for (at, (_, word)) in words.enumerate() {
            write!(f, "{}{word}", if at > 0 { " or " } else { "" })?;
        }
        Ok(())
    }
}

/// How the model is seen: whether numbers without a sign are `uint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::rules) struct Reading {
    pub(in crate::rules) has_uints: bool,
    /// Whether a pattern must match the whole text.
    pub(in crate::rules) matches_whole: bool,
}

impl Ty {
    /// What a value of a type of the model is.
    pub(super) fn of(model: &Model, id: TypeId, reading: Reading) -> Self {
        match model.get(id) {
            Form::Null => Self::Null,
            Form::Boolean => Self::Bool,
            Form::Int | Form::Numbered => Self::Int,
            Form::Unsigned if reading.has_uints => Self::Uint,
            Form::Unsigned => Self::Int,
            Form::Float => Self::Double,
            Form::Text | Form::Symbols(_) => Self::Text,
            Form::Bytes => Self::Bytes,
            Form::Timestamp => Self::Time,
            Form::Duration => Self::Span,
            Form::Any => Self::Any,
            Form::List(_) | Form::Map { .. } | Form::Record(_) | Form::Union(_) | Form::Wrapper(_) => Self::Of(id),
        }
    }

    pub(super) fn kinds(&self, model: &Model, reading: Reading) -> Kinds {
        match self {
            Self::Any => Kinds::ALL,
            Self::Null => Kinds::NULL,
            Self::Bool => Kinds::BOOL,
            Self::Int => Kinds::INT,
            Self::Uint => Kinds::UINT,
            Self::Double => Kinds::DOUBLE,
            Self::Text => Kinds::TEXT,
            Self::Bytes => Kinds::BYTES,
            Self::Time => Kinds::TIME,
            Self::Span => Kinds::SPAN,
            Self::Type => Kinds::TYPE,
            Self::List(_) => Kinds::LIST,
            Self::Map => Kinds::MAP,
            Self::Of(id) => match model.get(*id) {
                Form::Union(_) => model.branches(*id).into_iter().fold(Kinds::NONE, |kinds, branch| {
                    kinds.or(Self::of(model, branch, reading).kinds(model, reading))
                }),
                Form::List(_) => Kinds::LIST,
                Form::Map { .. } | Form::Record(_) => Kinds::MAP,
                Form::Wrapper(inner) => Kinds::NULL.or(Self::of(model, *inner, reading).kinds(model, reading)),
                _ => Kinds::ALL,
            },
        }
    }

    /// What the items of a list or the keys of a map are.
    pub(super) fn items(&self, model: &Model, reading: Reading) -> Self {
        match self {
            Self::List(item) => (**item).clone(),
            Self::Of(id) => {
                let mut found: Option<Self> = None;
                for branch in model.branches(*id) {
                    let item = match model.get(branch) {
                        Form::List(items) => Self::of(model, *items, reading),
                        Form::Map { keys, .. } if *keys == TypeId::MAX => Self::Text,
                        Form::Map { keys, .. } => Self::of(model, *keys, reading),
                        Form::Record(_) => Self::Text,
                        Form::Null => continue,
                        _ => Self::Any,
                    };
                    match &found {
                        None => found = Some(item),
                        Some(known) if *known == item => {}
                        Some(_) => return Self::Any,
                    }
                }
                found.unwrap_or(Self::Any)
            }
            _ => Self::Any,
        }
    }
}
