//! What does a Protobuf schema become, so that payloads can be checked? Flat tables, one row per field.
//!
//! Every field on the wire says its number, so a message is a table indexed by number. [`indexes`] finds the message that
//! a payload is; [`judge`] goes through it fast and knows only good from "look closer"; [`tell`] looks closer, and says
//! what is wrong; [`slot`] reads single fields. Nothing of the descriptors stays.
//!
//! Parsers differ in what they put up with. Here a record is good if every reader gets from it what its writer meant:
//! * Text is UTF-8, in proto2 as well, where readers in Java, Go and C++ would not look and others would fail.
//! * Closed enums have their own values only, and known fields their own wire type. Java puts what it can't place among
//!   the unknown fields, where the application does not find it.
//! * Required fields are there in every message, even in one that another member of its oneof replaces later.
//! * Values nest 100 deep, entries of maps counted as in Java and C++.
//! * Lists of numbers come packed or not, whatever the schema says; messages may come in parts; unknown fields may stand
//!   anywhere. Extensions that the schema or its imports declare are known fields.

mod compile;
mod indexes;
mod judge;
mod required;
mod slot;
mod tell;
mod view;
mod wire;

pub(super) use compile::compile;
pub(super) use view::reader as view_reader;

use std::sync::Arc;

use crate::validator::{Flaw, Payload, Program, Slot};

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Code(Arc<Tables>);

/// What it is compiled to.
#[derive(Debug, Default)]
struct Tables {
    shapes: Box<[Shape]>,
    rows: Box<[Row]>,
    fields: Box<[Field]>,
    enums: Box<[Enum]>,
    values: Box<[EnumValue]>,
    /// The messages that a payload may name: those at the top of the file first, then those nested in each, in order.
    places: Box<[Place]>,
    /// How many of them stand at the top.
    top: u32,
    /// All names, one after the other.
    names: Box<str>,
}

/// A message.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    name: Name,
    /// Its fields in the order of their numbers.
    fields: Span,
    /// Rows for the numbers from 0 up.
    rows: Span,
    /// How many fields have a number past those; their rows come next, in the order of the fields.
    far: u32,
    /// How many fields are required.
    required: u32,
    /// The bits of [`Row::bit`] that must be seen.
    required_bits: u64,
}

/// What the fast walk knows of a field.
#[derive(Debug, Clone, Copy)]
struct Row {
    step: Step,
    /// The wire type that the step is for.
    wire: u8,
    /// The whole tag, if it takes one byte.
    tag: u8,
    /// Set when the field is seen, to count the required ones.
    bit: u8,
    /// The message or the enum.
    of: u32,
}

/// How the fast walk gets over a value. The frequent ones have a bit of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Step {
    Text = 1,
    Varint = 2,
    Message = 4,
    Fixed64 = 8,
    Fixed32 = 0x10,
    Bytes = 0x20,
    /// An enum that takes no other values than its own.
    Closed = 0x30,
    PackedVarint = 0x40,
    PackedFixed32 = 0x50,
    PackedFixed64 = 0x60,
    /// No field has this number.
    Unknown = 0x70,
    /// What is rare.
    Closer = 0x80,
}

/// All there is to know of a field.
#[derive(Debug, Clone, Copy)]
struct Field {
    number: u32,
    name: Name,
    kind: Kind,
    count: Count,
    /// Which of the required fields of its message this is.
    required: Option<u32>,
    /// The message or the enum.
    of: u32,
    /// The oneof that it is a member of.
    oneof: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Bool,
    Enum,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    Text,
    Bytes,
    Message,
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    One,
    List,
    Map,
}

#[derive(Debug, Clone, Copy)]
struct Enum {
    /// Its values in the order of their numbers.
    values: Span,
    /// Whether other numbers are refused.
    closed: bool,
}

#[derive(Debug, Clone, Copy)]
struct EnumValue {
    number: i32,
    name: Name,
}

/// A message that a payload may name by its position.
#[derive(Debug, Clone, Copy)]
struct Place {
    shape: u32,
    /// The messages nested in it.
    nested: Span,
    /// Made for a map field; some clients count these, some do not.
    entry: bool,
}

/// A piece of a table.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

/// A piece of [`Tables::names`].
type Name = Span;

/// The name of the message that a payload is, and where it begins.
///
/// # Errors
/// Message indexes that lead nowhere.
pub(super) fn target(schema: &super::tree::Schema, payload: Payload<'_>) -> Result<(String, usize), Flaw> {
    let tables = compile(schema).0;
    let target = indexes::target(&tables, payload).map_err(|flaw| *flaw)?;
    let shape = match target.other {
        Some(other) if !tell::flaws(&tables, target.shape, payload.bytes, target.start, 1).is_empty() => {
            let is_other = tell::flaws(&tables, other, payload.bytes, target.start, 1).is_empty();
            if is_other { other } else { target.shape }
        }
        _ => target.shape,
    };
    Ok((tables.name(tables.shape(shape).name).to_owned(), target.start))
}

impl Program for Code {
    fn check(&self, payload: Payload<'_>) -> Result<(), Flaw> {
        let tables = &*self.0;
        let target = indexes::target(tables, payload).map_err(|flaw| *flaw)?;
        if judge::is_good(tables, target.shape, payload.bytes.get(target.start..).unwrap_or_default()) {
            return Ok(());
        }
        match tables.flaws_of(&target, payload.bytes, 1).into_iter().next() {
            Some(flaw) => Err(flaw),
            None => Ok(()),
        }
    }

    fn flaws(&self, payload: Payload<'_>, most: usize) -> Vec<Flaw> {
        match indexes::target(&self.0, payload) {
            Ok(target) => self.0.flaws_of(&target, payload.bytes, most),
            Err(flaw) => std::iter::once(*flaw).take(most).collect(),
        }
    }

    fn slot(&self, path: &str) -> Option<Slot> {
        slot::compile(&self.0, path).map(Slot::new)
    }

    fn is_indexed(&self) -> bool {
        true
    }
}

impl Tables {
    /// The flaws of a payload as the message that it names. Where clients count messages in two ways it may name two,
    /// and it is enough to be one of them.
    fn flaws_of(&self, target: &indexes::Target, payload: &[u8], most: usize) -> Vec<Flaw> {
        let flaws = tell::flaws(self, target.shape, payload, target.start, most);
        match target.other {
            Some(other) if tell::flaws(self, other, payload, target.start, 1).is_empty() => Vec::new(),
            _ => flaws,
        }
    }

    fn shape(&self, shape: u32) -> Shape {
        self.shapes.get(shape as usize).copied().unwrap_or_default()
    }

    fn fields(&self, shape: &Shape) -> &[Field] {
        shape.fields.of(&self.fields)
    }

    /// The fields whose numbers are too high for a row of their own number.
    fn far(&self, shape: &Shape) -> &[Field] {
        let fields = self.fields(shape);
        fields.get(fields.len().saturating_sub(shape.far as usize)..).unwrap_or_default()
    }

    /// The field with a number.
    fn field(&self, shape: &Shape, number: u32) -> Option<&Field> {
        let fields = self.fields(shape);
        fields.binary_search_by_key(&number, |field| field.number).ok().and_then(|at| fields.get(at))
    }

    /// The symbol of a value of an enum.
    fn symbol(&self, of: u32, number: i32) -> Option<&str> {
        let values = self.enums.get(of as usize)?.values.of(&self.values);
        let at = values.binary_search_by_key(&number, |value| value.number).ok()?;
        values.get(at).map(|value| self.name(value.name))
    }

    /// Whether an enum takes a number.
    fn takes(&self, of: u32, number: i32) -> bool {
        match self.enums.get(of as usize) {
            Some(of) if of.closed => {
                of.values.of(&self.values).binary_search_by_key(&number, |value| value.number).is_ok()
            }
            _ => true,
        }
    }

    fn name(&self, name: Name) -> &str {
        let start = name.start as usize;
        self.names.get(start..start + name.length as usize).unwrap_or_default()
    }
}

impl Row {
    /// The bit of fields that are not required, and of required ones that have no bit left. Nobody asks for it.
    const NO_BIT: u8 = 63;
    /// No tag of one byte that any field has is this.
    const NO_TAG: u8 = 0;
    /// For numbers that no field has. No tag says this wire type either.
    const UNKNOWN: Self = Self { step: Step::Unknown, wire: 0xff, tag: Self::NO_TAG, bit: Self::NO_BIT, of: 0 };
}

impl Shape {
    fn far_rows(&self) -> Span {
        Span { start: self.rows.start + self.rows.length, length: self.far }
    }
}

impl Span {
    fn of<T>(self, table: &[T]) -> &[T] {
        let start = self.start as usize;
        table.get(start..start + self.length as usize).unwrap_or_default()
    }
}

impl Kind {
    /// The wire type of a value that is not packed.
    fn wire(self) -> u8 {
        match self {
            Self::Int32 | Self::Int64 | Self::Uint32 | Self::Uint64 => wire::VARINT,
            Self::Sint32 | Self::Sint64 | Self::Bool | Self::Enum => wire::VARINT,
            Self::Fixed32 | Self::Sfixed32 | Self::Float => wire::FIXED32,
            Self::Fixed64 | Self::Sfixed64 | Self::Double => wire::FIXED64,
            Self::Text | Self::Bytes | Self::Message => wire::LENGTH,
            Self::Group => wire::GROUP,
        }
    }

    fn is_packable(self) -> bool {
        matches!(self.wire(), wire::VARINT | wire::FIXED32 | wire::FIXED64)
    }

    fn is_message(self) -> bool {
        matches!(self, Self::Message | Self::Group)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Sint32 => "sint32",
            Self::Sint64 => "sint64",
            Self::Bool => "bool",
            Self::Enum => "enum",
            Self::Fixed32 => "fixed32",
            Self::Fixed64 => "fixed64",
            Self::Sfixed32 => "sfixed32",
            Self::Sfixed64 => "sfixed64",
            Self::Float => "float",
            Self::Double => "double",
            Self::Text => "string",
            Self::Bytes => "bytes",
            Self::Message => "message",
            Self::Group => "group",
        }
    }
}

#[cfg(test)]
mod tests;
