//! How are the wanted values of a payload found, and the rest walked over?
//!
//! Each type becomes one step. Between the wanted fields of a record lie stretches, laid out as for checking, so that they
//! are walked over as fast as that; behind the last wanted field of the record at the root nothing is looked at.

use super::At;
use super::Code;
use super::cursor::{self, Fault};
use super::layout::Layout;
use super::run::{self, Strict};
use crate::format::avro::tree::{Primitive, Schema, Shape, TypeId as Place};
use crate::model::{TypeId, narrow};
use crate::validator::{Flaw, Payload};
use crate::view::{Cell, NONE, NodeId, Unread, View, ViewReader, Wants};

/// How many types a wanted value may stand in. What nests deeper is checked, and not viewed.
const DEPTH: usize = 200;

/// A compiled schema.
#[derive(Debug)]
struct Reader {
    code: Code,
    /// One for each type.
    steps: Box<[Step]>,
    root: TypeId,
}

/// How a value is read.
#[derive(Debug)]
enum Step {
    Null,
    Boolean,
    Int,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(u32),
    Symbol(u32),
    Union(Box<[TypeId]>),
    /// Items, and whether they take no bytes.
    List(TypeId, bool),
    Map(TypeId),
    Record {
        parts: Box<[Part]>,
        slots: u32,
    },
}

/// A piece of a record.
#[derive(Debug, Clone, Copy)]
enum Part {
    Skip(At),
    Read { slot: u32, of: TypeId },
}

pub(in crate::format::avro) fn reader(schema: &Schema, wants: &Wants) -> Box<dyn ViewReader> {
    let mut layout = Layout::new(schema);
    let steps = (0..schema.types.len()).map(|at| step(&mut layout, schema, wants, at)).collect();
    Box::new(Reader { steps, code: layout.finish(), root: narrow(schema.root.id.0) })
}

fn step(layout: &mut Layout<'_>, schema: &Schema, wants: &Wants, at: usize) -> Step {
    let id = narrow(at);
    match schema.shape(Place(at)) {
        Shape::Primitive(primitive) => match primitive {
            Primitive::Null => Step::Null,
            Primitive::Boolean => Step::Boolean,
            Primitive::Int | Primitive::Long => Step::Int,
            Primitive::Float => Step::Float,
            Primitive::Double => Step::Double,
            Primitive::Bytes => Step::Bytes,
            Primitive::String => Step::Text,
        },
        Shape::Fixed(fixed) => Step::Fixed(fixed.size),
        Shape::Enum(symbols) => Step::Symbol(narrow(symbols.symbols.len())),
        Shape::Array(items) => Step::List(narrow(items.id.0), layout.is_empty(items.id)),
        Shape::Map(values) => Step::Map(narrow(values.id.0)),
        Shape::Union(branches) => Step::Union(branches.iter().map(|branch| narrow(branch.id.0)).collect()),
        Shape::Record(record) => {
            let mut parts = Vec::new();
            let mut skipped = 0;
            for (index, field) in record.fields.iter().enumerate() {
                let Some(slot) = wants.slot(id, index) else { continue };
                if skipped < index {
                    parts.push(Part::Skip(layout.stretch(Place(at), record, skipped..index)));
                }
                parts.push(Part::Read { slot, of: narrow(field.of.id.0) });
                skipped = index + 1;
            }
            // A record is never the root of itself but in what contains itself, and then the rest does matter.
            if skipped < record.fields.len() {
                parts.push(Part::Skip(layout.stretch(Place(at), record, skipped..record.fields.len())));
            }
            Step::Record { parts: parts.into(), slots: wants.count(id) }
        }
        // No schema leaves the parser with one.
        Shape::Pending => Step::Symbol(0),
    }
}

// === Reading ===

impl ViewReader for Reader {
    fn read(&self, payload: Payload<'_>, view: &mut View) -> Result<(), Unread> {
        view.clear();
        let root = view.add(Cell::Absent, self.root)?;
        let payload = payload.bytes;
        match self.steps.get(self.root as usize) {
            // Serializers put top-level bytes into the record as they are.
            Some(Step::Bytes) => view.set(root, Cell::Bytes { start: 0, end: narrow(payload.len()) }, self.root),
            Some(Step::Record { parts, slots }) => {
                let first = view.reserve(*slots as usize)?;
                view.set(root, Cell::Record { first }, self.root);
                let last_read = parts.iter().rposition(|part| matches!(part, Part::Read { .. }));
                let parts = parts.get(..last_read.map_or(0, |last| last + 1)).unwrap_or_default();
                self.parts(parts, first, payload, 0, 1, view)?;
            }
            _ => drop(self.value(self.root, root, payload, 0, 0, view)?),
        }
        Ok(())
    }
}

impl Reader {
    /// Reads a value into a node; the position behind it.
    fn value(
        &self,
        of: TypeId,
        node: NodeId,
        payload: &[u8],
        at: usize,
        depth: usize,
        view: &mut View,
    ) -> Result<usize, Unread> {
        if depth > DEPTH {
            return Err(Unread::TooLarge);
        }
        let fault = |fault| flaw(at, fault);
        let Some(step) = self.steps.get(of as usize) else { return Err(flaw(at, Fault::Index)) };
        let (cell, next) = match step {
            Step::Null => (Cell::Null, at),
            Step::Boolean => {
                let next = cursor::boolean(payload, at).map_err(fault)?;
                (Cell::Boolean(payload.get(at) == Some(&1)), next)
            }
            Step::Int => {
                let (number, next) = cursor::long(payload, at).map_err(fault)?;
                (Cell::Int(number), next)
            }
            Step::Float => {
                let next = cursor::fixed(payload, at, 4).map_err(fault)?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                (Cell::Float(f32::from_le_bytes(bytes).into()), next)
            }
            Step::Double => {
                let next = cursor::fixed(payload, at, 8).map_err(fault)?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                (Cell::Float(f64::from_le_bytes(bytes)), next)
            }
            Step::Bytes => {
                let (start, end) = cursor::counted(payload, at).map_err(fault)?;
                (Cell::Bytes { start: narrow(start), end: narrow(end) }, end)
            }
            Step::Text => {
                let (start, end) = cursor::counted(payload, at).map_err(fault)?;
                (Cell::Text { start: narrow(start), end: narrow(end) }, end)
            }
            Step::Fixed(width) => {
                let next = cursor::fixed(payload, at, *width).map_err(fault)?;
                (Cell::Bytes { start: narrow(at), end: narrow(next) }, next)
            }
            Step::Symbol(limit) => {
                let (index, next) = run::index(payload, at, *limit).map_err(fault)?;
                (Cell::Symbol(narrow(index)), next)
            }
            Step::Union(branches) => {
                let (branch, next) = run::index(payload, at, narrow(branches.len())).map_err(fault)?;
                let Some(branch) = branches.get(branch) else { return Err(flaw(at, Fault::Index)) };
                return self.value(*branch, node, payload, next, depth + 1, view);
            }
            Step::List(items, is_empty) => return self.list(of, *items, *is_empty, node, payload, at, depth, view),
            Step::Map(values) => return self.map(of, *values, node, payload, at, depth, view),
            Step::Record { parts, slots } => {
                let first = view.reserve(*slots as usize)?;
                view.set(node, Cell::Record { first }, of);
                return self.parts(parts, first, payload, at, depth + 1, view);
            }
        };
        view.set(node, cell, of);
        Ok(next)
    }

    fn parts(
        &self,
        parts: &[Part],
        first: NodeId,
        payload: &[u8],
        mut at: usize,
        depth: usize,
        view: &mut View,
    ) -> Result<usize, Unread> {
        for part in parts {
            at = match *part {
                Part::Skip(start) => self.skip(start, payload, at)?,
                Part::Read { slot, of } => self.value(of, first + slot, payload, at, depth, view)?,
            };
        }
        Ok(at)
    }

    #[inline]
    fn skip(&self, start: At, payload: &[u8], at: usize) -> Result<usize, Unread> {
        self.code.run(start as usize, payload, at, 0, Strict).map_err(|failing| flaw(failing.offset, failing.fault))
    }

    #[allow(clippy::too_many_arguments, reason = "a walk by hand: each is a register")]
    fn list(
        &self,
        of: TypeId,
        items: TypeId,
        is_empty: bool,
        node: NodeId,
        payload: &[u8],
        start: usize,
        depth: usize,
        view: &mut View,
    ) -> Result<usize, Unread> {
        let (mut at, mut first, mut last, mut count) = (start, NONE, NONE, 0u32);
        loop {
            let block = run::block(payload, at).map_err(|fault| flaw(at, fault))?;
            at = block.start;
            if block.count == 0 {
                break;
            }
            // Items without bytes can be any number; the view has a limit of its own.
            if !is_empty && block.count > (payload.len() - at) as u64 {
                return Err(flaw(at, Fault::CountPastEnd));
            }
            for _ in 0..block.count {
                let item = view.add(Cell::Absent, items)?;
                if first == NONE {
                    first = item
                } else {
                    view.link(last, item)
                }
                (last, count) = (item, count + 1);
                at = match self.value(items, item, payload, at, depth + 1, view) {
                    Ok(next) => next,
                    Err(unread) => {
                        view.set(node, Cell::List { first, last, count }, of);
                        return Err(unread);
                    }
                };
            }
        }
        view.set(node, Cell::List { first, last, count }, of);
        Ok(at)
    }

    #[allow(clippy::too_many_arguments, reason = "a walk by hand: each is a register")]
    fn map(
        &self,
        of: TypeId,
        values: TypeId,
        node: NodeId,
        payload: &[u8],
        start: usize,
        depth: usize,
        view: &mut View,
    ) -> Result<usize, Unread> {
        let (mut at, mut first, mut last, mut count) = (start, NONE, NONE, 0u32);
        loop {
            let block = run::block(payload, at).map_err(|fault| flaw(at, fault))?;
            at = block.start;
            if block.count == 0 {
                break;
            }
            if block.count > (payload.len() - at) as u64 {
                return Err(flaw(at, Fault::CountPastEnd));
            }
            for _ in 0..block.count {
                let (start, end) = cursor::counted(payload, at).map_err(|fault| flaw(at, fault))?;
                let key = view.add(Cell::Text { start: narrow(start), end: narrow(end) }, TypeId::MAX)?;
                let value = view.add(Cell::Absent, values)?;
                view.link(key, value);
                if first == NONE {
                    first = key
                } else {
                    view.link(last, key)
                }
                (last, count) = (value, count + 1);
                at = match self.value(values, value, payload, end, depth + 1, view) {
                    Ok(next) => next,
                    Err(unread) => {
                        view.set(node, Cell::Map { first, last, count }, of);
                        return Err(unread);
                    }
                };
            }
        }
        view.set(node, Cell::Map { first, last, count }, of);
        Ok(at)
    }
}

/// The validator has told what is wrong; who reads views only needs to know that something is.
#[cold]
fn flaw(offset: usize, fault: Fault) -> Unread {
    Flaw { offset, path: String::new(), what: format!("{fault:?}") }.into()
}
