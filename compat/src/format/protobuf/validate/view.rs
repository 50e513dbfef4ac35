//! How are the wanted values of a payload found? By their numbers; everything else is walked over.
//!
//! As for any parser of Protobuf, what is written last counts, and a message in parts is one message.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::wire::{self, Fault, Tag};
use super::{Count, Kind, Tables, compile, indexes, judge, tell};
use crate::format::protobuf::model;
use crate::format::protobuf::tree::Schema;
use crate::model::{Form, Model, TypeId, narrow};
use crate::validator::{Flaw, Payload};
use crate::view::{Cell, NONE, NodeId, Unread, View, ViewReader, Wants};

/// A compiled schema.
#[derive(Debug)]
struct Reader {
    tables: Arc<Tables>,
    /// One for each shape of the tables.
    messages: Box<[Message]>,
}

/// A message.
#[derive(Debug)]
struct Message {
    of: TypeId,
    form: Special,
    slots: u32,
    /// Those that are wanted, and those whose presence ends that of one that is, in the order of their numbers.
    fields: Box<[Field]>,
}

/// What a message becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    Record,
    /// A timestamp or a duration.
    Time,
    /// A single value, of this type.
    Wrapper(TypeId),
}

#[derive(Debug, Clone, Copy)]
struct Field {
    number: u32,
    /// `None` if it is looked at for its oneof only.
    slot: Option<u32>,
    kind: Kind,
    count: Count,
    /// The type of the field, and those of keys, and of items or values.
    of: TypeId,
    keys: TypeId,
    items: TypeId,
    /// The message that it holds.
    shape: u32,
    oneof: Option<u32>,
}

pub(in crate::format::protobuf) fn reader(schema: &Schema, model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
    let tables = compile(schema).0;
    let (_, known) = model::model(&schema.file);
    let messages = tables.shapes.iter().map(|shape| message(&tables, shape, model, &known, wants)).collect();
    Box::new(Reader { tables, messages })
}

fn message(
    tables: &Tables,
    shape: &super::Shape,
    model: &Model,
    known: &HashMap<String, TypeId>,
    wants: &Wants,
) -> Message {
    let of = known.get(tables.name(shape.name)).copied().unwrap_or(TypeId::MAX);
    let form = match model.get(of) {
        Form::Timestamp | Form::Duration => Special::Time,
        Form::Wrapper(inner) => Special::Wrapper(*inner),
        _ => Special::Record,
    };
    let fields = tables.fields(shape).iter();
    let Some(record) = model.record(of) else {
        // The parts of what is no record are all there is to it.
        let whole = fields.map(|field| Field { slot: Some(0), ..plain(field, TypeId::MAX) });
        return Message { of, form, slots: 0, fields: whole.collect() };
    };
    let slot_of = |number: u32| {
        let at = record.fields.iter().position(|field| field.number == number)?;
        Some((wants.slot(of, at), record.fields.get(at)?))
    };
    let wanted_oneofs: Vec<u32> = record
        .fields
        .iter()
        .enumerate()
        .filter(|(at, _)| wants.slot(of, *at).is_some())
        .filter_map(|(_, field)| field.oneof)
        .collect();
    let fields = fields.filter_map(|field| {
        let (slot, declared) = slot_of(field.number)?;
        let is_rival = field.oneof.is_some_and(|oneof| wanted_oneofs.contains(&oneof));
        (slot.is_some() || is_rival).then(|| {
            let (keys, items) = match (field.count, model.get(declared.of)) {
                (Count::List, Form::List(items)) => (TypeId::MAX, *items),
                (Count::Map, Form::Map { keys, values }) => (*keys, *values),
                _ => (TypeId::MAX, declared.of),
            };
            Field { slot, keys, items, ..plain(field, declared.of) }
        })
    });
    Message { of, form, slots: wants.count(of), fields: fields.collect() }
}

fn plain(field: &super::Field, of: TypeId) -> Field {
    let super::Field { number, kind, count, of: shape, oneof, .. } = *field;
    Field { number, slot: None, kind, count, of, keys: TypeId::MAX, items: of, shape, oneof }
}

// === Reading ===

impl ViewReader for Reader {
    fn read(&self, payload: Payload<'_>, view: &mut View) -> Result<(), Unread> {
        view.clear();
        let tables = &*self.tables;
        let target = indexes::target(tables, payload).map_err(Unread::Flawed)?;
        let bytes = payload.bytes.get(target.start..).unwrap_or_default();
        let other = target.other.filter(|_| !judge::is_good(tables, target.shape, bytes));
        let root = view.add(Cell::Absent, TypeId::MAX)?;
        let mut walk = Walk { reader: self, payload: payload.bytes, view };
        walk.message(other.unwrap_or(target.shape), root, target.start..payload.bytes.len(), 0)
    }
}

struct Walk<'r, 'p, 'v> {
    reader: &'r Reader,
    payload: &'p [u8],
    view: &'v mut View,
}

impl Walk<'_, '_, '_> {
    /// A message, or another part of the one that is in the node already.
    fn message(&mut self, shape: u32, node: NodeId, range: Range<usize>, depth: u32) -> Result<(), Unread> {
        let Some(message) = self.reader.messages.get(shape as usize) else { return Err(Unread::TooLarge) };
        if depth > wire::MAX_DEPTH {
            return Err(Unread::TooLarge);
        }
        match message.form {
            Special::Time => return self.time(message, node, range),
            Special::Wrapper(inner) => return self.wrapper(message, inner, node, range),
            Special::Record => {}
        }
        let first = match self.view.get(node).cell {
            Cell::Record { first } => first,
            _ => {
                let first = self.view.reserve(message.slots as usize)?;
                self.view.set(node, Cell::Record { first }, message.of);
                first
            }
        };
        let mut at = range.start;
        while at < range.end {
            let tag = follow(at, wire::tag(self.payload, at, range.end))?;
            let end = follow(at, wire::skip(self.payload, tag, range.end, 0))?;
            if let Some(field) = message.field(tag.number) {
                self.field(message, field, first, tag, end, depth)?;
            }
            at = end;
        }
        Ok(())
    }

    fn field(
        &mut self,
        message: &Message,
        field: &Field,
        first: NodeId,
        tag: Tag,
        end: usize,
        depth: u32,
    ) -> Result<(), Unread> {
        if field.oneof.is_some() {
            for rival in
                message.fields.iter().filter(|rival| rival.oneof == field.oneof && rival.number != field.number)
            {
                if let Some(slot) = rival.slot {
                    self.view.set(first + slot, Cell::Absent, TypeId::MAX);
                }
            }
        }
        let Some(slot) = field.slot else { return Ok(()) };
        let node = first + slot;
        match field.count {
            Count::One => self.single(field, node, tag, end, depth),
            Count::List if tag.wire == wire::LENGTH && field.kind.is_packable() => {
                let range = follow(tag.next, wire::counted(self.payload, tag.next, end))?;
                let mut at = range.start;
                while at < range.end {
                    let (cell, next) = self.scalar(field.kind, at, range.end)?;
                    let item = self.view.add(cell, field.items)?;
                    self.append(node, field.of, item);
                    at = next;
                }
                Ok(())
            }
            Count::List => {
                let item = self.view.add(Cell::Absent, field.items)?;
                self.append(node, field.of, item);
                self.single(field, item, tag, end, depth)
            }
            Count::Map => self.entry(field, node, tag, depth),
        }
    }

    /// A value that is no list.
    fn single(&mut self, field: &Field, node: NodeId, tag: Tag, end: usize, depth: u32) -> Result<(), Unread> {
        if tag.wire != field.kind.wire() {
            return Err(flaw(tag.next));
        }
        if !field.kind.is_message() {
            let (cell, _) = self.scalar(field.kind, tag.next, end)?;
            self.view.set(node, cell, field.items);
            return Ok(());
        }
        let contents = match field.kind {
            Kind::Group => wire::group(self.payload, tag, end, 0).map(|(contents, _)| contents),
            _ => wire::counted(self.payload, tag.next, end),
        };
        let contents = follow(tag.next, contents)?;
        self.message(field.shape, node, contents, depth + 1)
    }

    fn entry(&mut self, field: &Field, node: NodeId, tag: Tag, depth: u32) -> Result<(), Unread> {
        let range = follow(tag.next, wire::counted(self.payload, tag.next, self.payload.len()))?;
        let tables = &*self.reader.tables;
        let shape = tables.shape(field.shape);
        let (Some(key_field), Some(value_field)) =
            (tables.field(&shape, tell::VALUE - 1), tables.field(&shape, tell::VALUE))
        else {
            return Err(flaw(tag.next));
        };
        let key = self.view.add(zero(key_field.kind), field.keys)?;
        let value = self.view.add(zero(value_field.kind), field.items)?;
        let value_field = plain(value_field, field.items);
        if value_field.kind.is_message() {
            // A message that is left out is one without fields.
            self.message(value_field.shape, value, range.start..range.start, depth + 1)?;
        }
        let key_field = plain(key_field, field.keys);
        let mut at = range.start;
        while at < range.end {
            let tag = follow(at, wire::tag(self.payload, at, range.end))?;
            let end = follow(at, wire::skip(self.payload, tag, range.end, 0))?;
            match tag.number {
                number if number == key_field.number => self.single(&key_field, key, tag, end, depth + 1)?,
                number if number == value_field.number => self.single(&value_field, value, tag, end, depth + 1)?,
                _ => {}
            }
            at = end;
        }
        self.view.link(key, value);
        let (first, last, count) = match self.view.get(node).cell {
            Cell::Map { first, last, count } => (first, last, count),
            _ => (key, NONE, 0),
        };
        self.view.link(last, key);
        self.view.set(node, Cell::Map { first, last: value, count: count + 1 }, field.of);
        Ok(())
    }

    fn append(&mut self, node: NodeId, of: TypeId, item: NodeId) {
        let (first, last, count) = match self.view.get(node).cell {
            Cell::List { first, last, count } => (first, last, count),
            _ => (item, NONE, 0),
        };
        self.view.link(last, item);
        self.view.set(node, Cell::List { first, last: item, count: count + 1 }, of);
    }

    /// Seconds and nanoseconds.
    fn time(&mut self, message: &Message, node: NodeId, range: Range<usize>) -> Result<(), Unread> {
        let (mut seconds, mut nanos) = match self.view.get(node).cell {
            Cell::Time { seconds, nanos } => (seconds, nanos),
            _ => (0, 0),
        };
        let mut at = range.start;
        while at < range.end {
            let tag = follow(at, wire::tag(self.payload, at, range.end))?;
            let end = follow(at, wire::skip(self.payload, tag, range.end, 0))?;
            if tag.wire == wire::VARINT && matches!(tag.number, 1 | 2) {
                let (bits, _) = follow(at, wire::varint(self.payload, tag.next, end))?;
                match tag.number {
                    1 => seconds = bits as i64,
                    _ => nanos = bits as i32,
                }
            }
            at = end;
        }
        self.view.set(node, Cell::Time { seconds, nanos }, message.of);
        Ok(())
    }

    fn wrapper(&mut self, message: &Message, inner: TypeId, node: NodeId, range: Range<usize>) -> Result<(), Unread> {
        let Some(value) = message.field(1) else { return Ok(()) };
        if self.view.get(node).cell == Cell::Absent {
            self.view.set(node, zero(value.kind), inner);
        }
        let mut at = range.start;
        while at < range.end {
            let tag = follow(at, wire::tag(self.payload, at, range.end))?;
            let end = follow(at, wire::skip(self.payload, tag, range.end, 0))?;
            if tag.number == value.number && tag.wire == value.kind.wire() && !value.kind.is_message() {
                let (cell, _) = self.scalar(value.kind, tag.next, end)?;
                self.view.set(node, cell, inner);
            }
            at = end;
        }
        Ok(())
    }

    /// A value that is no message, and the position behind it.
    fn scalar(&self, kind: Kind, at: usize, end: usize) -> Result<(Cell, usize), Unread> {
        let payload = self.payload;
        Ok(match kind.wire() {
            wire::VARINT => {
                let (bits, next) = follow(at, wire::varint(payload, at, end))?;
                (number(kind, bits), next)
            }
            wire::FIXED32 => {
                let next = follow(at, wire::fixed(at, 4, end))?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                let bits = u32::from_le_bytes(bytes);
                let cell = match kind {
                    Kind::Float => Cell::Float(f64::from(f32::from_bits(bits))),
                    Kind::Fixed32 => Cell::Unsigned(u64::from(bits)),
                    _ => Cell::Int(i64::from(bits as i32)),
                };
                (cell, next)
            }
            wire::FIXED64 => {
                let next = follow(at, wire::fixed(at, 8, end))?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                let bits = u64::from_le_bytes(bytes);
                let cell = match kind {
                    Kind::Double => Cell::Float(f64::from_bits(bits)),
                    Kind::Fixed64 => Cell::Unsigned(bits),
                    _ => Cell::Int(bits as i64),
                };
                (cell, next)
            }
            _ => {
                let range = follow(at, wire::counted(payload, at, end))?;
                let (start, end) = (narrow(range.start), narrow(range.end));
                let cell = if kind == Kind::Bytes { Cell::Bytes { start, end } } else { Cell::Text { start, end } };
                (cell, range.end)
            }
        })
    }
}

impl Message {
    fn field(&self, number: u32) -> Option<&Field> {
        let at = self.fields.partition_point(|field| field.number < number);
        self.fields.get(at).filter(|field| field.number == number)
    }
}

fn number(kind: Kind, bits: u64) -> Cell {
    match kind {
        Kind::Bool => Cell::Boolean(bits != 0),
        Kind::Int32 | Kind::Enum => Cell::Int(i64::from(bits as i32)),
        Kind::Uint32 => Cell::Unsigned(u64::from(bits as u32)),
        Kind::Uint64 => Cell::Unsigned(bits),
        Kind::Sint32 => Cell::Int(wire::unzigzag(bits & u64::from(u32::MAX))),
        Kind::Sint64 => Cell::Int(wire::unzigzag(bits)),
        _ => Cell::Int(bits as i64),
    }
}

/// What a value is when it is left out.
fn zero(kind: Kind) -> Cell {
    match kind {
        Kind::Message | Kind::Group => Cell::Absent,
        Kind::Text => Cell::Text { start: 0, end: 0 },
        Kind::Bytes => Cell::Bytes { start: 0, end: 0 },
        Kind::Float | Kind::Double => Cell::Float(0.0),
        Kind::Fixed32 | Kind::Fixed64 => Cell::Unsigned(0),
        Kind::Sfixed32 | Kind::Sfixed64 => Cell::Int(0),
        kind => number(kind, 0),
    }
}

fn follow<T>(at: usize, found: Result<T, Fault>) -> Result<T, Unread> {
    found.map_err(|_| flaw(at))
}

/// The validator has told what is wrong; who reads views only needs to know that something is.
#[cold]
fn flaw(offset: usize) -> Unread {
    Flaw { offset, path: String::new(), what: "the payload does not obey its schema".into() }.into()
}
