//! How does a schema become a program that checks payloads?
//!
//! Avro's encoding has no tags: which bytes come next follows from the schema alone. So the schema is laid out once as
//! a flat list of operations, in the order in which the bytes will come, and [`run`] goes through it with a cursor.
//! Records vanish (their fields stand inline), fixed widths that follow each other become one, optional values are one
//! operation. Only types that contain themselves, and what would blow the list up, are subroutines.

mod cursor;
mod run;

use std::collections::HashMap;
use std::sync::Arc;

use super::tree::{Primitive, Schema, Shape, TypeId};

/// Where an operation stands in the program.
type At = u32;

/// One step over the payload.
#[derive(Debug, Clone, Copy)]
enum Op {
    /// A zigzag number of up to 64 bits.
    Long,
    /// The same, within 32 bits.
    Int,
    Boolean,
    Bytes,
    Text,
    /// As many bytes as the widths of the fields that were put together.
    Fixed {
        width: u32,
    },
    Enum {
        symbols: u32,
    },
    /// A union of null and one other type, whose operations follow and end at `end`.
    Optional {
        null: u8,
        end: At,
    },
    /// A union of null and a text, the most frequent of all.
    OptionalText {
        null: u8,
    },
    /// Any other union: where to go on for each branch stands in the table from `first`.
    Union {
        first: u32,
        branches: u32,
    },
    /// From the end of a branch to the end of its union.
    Jump {
        to: At,
    },
    /// Blocks of items, each by the operations up to `end`.
    Array {
        end: At,
    },
    /// Blocks of items that take no bytes at all, so that only the count is there to be checked.
    EmptyArray,
    /// Blocks of entries: a text, then the operations up to `end`.
    Map {
        end: At,
    },
    /// A type that contains itself; its first operation stands in the table.
    Call {
        subroutine: u32,
    },
    /// The end of items, entries, a subroutine, or the whole.
    End,
    /// A payload that is nothing but bytes, without their length.
    Anything,
}

/// Which field of the table; `None` for what a path starts from: the whole, items, a subroutine.
type Label = Option<u32>;

/// A field, and the one around it.
#[derive(Debug)]
struct Field {
    around: Label,
    name: Arc<str>,
}

/// A compiled schema.
#[derive(Debug, Default)]
pub(super) struct Code {
    ops: Vec<Op>,
    /// For each operation the field it is for.
    labels: Vec<Label>,
    fields: Vec<Field>,
    branches: Vec<At>,
    subroutines: Vec<At>,
}

/// When the list is this long, further records become subroutines: references to one type can double at every level.
const INLINE_LIMIT: usize = 4096;

/// The same for how deep records stand inline.
const INLINE_DEPTH: usize = 32;

pub(super) fn compile(schema: &Schema) -> Code {
    let mut survey = Survey { schema, states: vec![State::Unseen; schema.types.len()] };
    survey.visit(schema.root.id);
    let states = survey.states;
    let mut compiler = Compiler {
        schema,
        states,
        code: Code::default(),
        barrier: 0,
        subroutines: HashMap::new(),
        names: HashMap::new(),
        waiting: Vec::new(),
    };
    compiler.whole();
    compiler.code
}

// === What kind of type is it? ===

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    /// Being visited; met again now, it contains itself.
    Open,
    Done {
        recursive: bool,
        /// Values take no bytes.
        empty: bool,
    },
    /// Still being visited, and already known to contain itself.
    OpenRecursive,
}

/// Finds types that contain themselves, and those whose values take no bytes.
struct Survey<'a> {
    schema: &'a Schema,
    states: Vec<State>,
}

impl Survey<'_> {
    /// Whether the values of the type take no bytes.
    fn visit(&mut self, id: TypeId) -> bool {
        match self.states[id.0] {
            State::Done { empty, .. } => return empty,
            State::Open | State::OpenRecursive => {
                self.states[id.0] = State::OpenRecursive;
                return false;
            }
            State::Unseen => self.states[id.0] = State::Open,
        }
        let shape = self.schema.shape(id);
        let inner: Vec<bool> = shape.uses().into_iter().map(|of| self.visit(of.id)).collect();
        let empty = match shape {
            Shape::Primitive(primitive) => *primitive == Primitive::Null,
            Shape::Fixed(fixed) => fixed.size == 0,
            Shape::Record(_) => inner.into_iter().all(|empty| empty),
            _ => false,
        };
        let recursive = self.states[id.0] == State::OpenRecursive;
        self.states[id.0] = State::Done { recursive, empty: empty && !recursive };
        empty && !recursive
    }
}

// === Laying out ===

struct Compiler<'a> {
    schema: &'a Schema,
    states: Vec<State>,
    code: Code,
    /// Operations before this are jumped over or to, so that nothing may be merged into them.
    barrier: usize,
    subroutines: HashMap<TypeId, u32>,
    /// The names of fields, shared by all places where their record stands.
    names: HashMap<(TypeId, usize), Arc<str>>,
    waiting: Vec<(TypeId, u32)>,
}

impl Compiler<'_> {
    fn whole(&mut self) {
        let root = self.schema.root.id;
        if matches!(self.schema.shape(root), Shape::Primitive(Primitive::Bytes)) {
            // Serializers put top-level bytes into the record as they are.
            self.emit(Op::Anything, None);
        } else {
            self.value(root, None, 0);
        }
        self.emit(Op::End, None);
        while let Some((id, subroutine)) = self.waiting.pop() {
            self.barrier = self.code.ops.len();
            self.code.subroutines[subroutine as usize] = self.here();
            self.contents(id, None, 0);
            self.emit(Op::End, None);
        }
    }

    fn value(&mut self, id: TypeId, label: Label, depth: usize) {
        let State::Done { recursive, empty: false } = self.states[id.0] else { return };
        let crowded = self.code.ops.len() > INLINE_LIMIT || depth > INLINE_DEPTH;
        if recursive || (crowded && matches!(self.schema.shape(id), Shape::Record(_))) {
            let subroutine = self.subroutine(id);
            self.emit(Op::Call { subroutine }, label);
        } else {
            self.contents(id, label, depth);
        }
    }

    fn subroutine(&mut self, id: TypeId) -> u32 {
        if let Some(known) = self.subroutines.get(&id) {
            return *known;
        }
        let subroutine = narrow(self.code.subroutines.len());
        self.code.subroutines.push(0);
        self.subroutines.insert(id, subroutine);
        self.waiting.push((id, subroutine));
        subroutine
    }

    fn contents(&mut self, id: TypeId, label: Label, depth: usize) {
        match self.schema.shape(id) {
            Shape::Primitive(primitive) => self.primitive(*primitive, label),
            Shape::Fixed(fixed) => self.fixed(fixed.size, label),
            Shape::Enum(symbols) => self.emit(Op::Enum { symbols: narrow(symbols.symbols.len()) }, label),
            Shape::Record(record) => {
                for (index, field) in record.fields.iter().enumerate() {
                    let name = self.names.entry((id, index)).or_insert_with(|| field.name.as_str().into());
                    self.code.fields.push(Field { around: label, name: Arc::clone(name) });
                    let label = Some(narrow(self.code.fields.len() - 1));
                    self.value(field.of.id, label, depth + 1);
                }
            }
            Shape::Array(items) => self.array(items.id, label, depth),
            Shape::Map(values) => {
                let start = self.open(Op::Map { end: 0 }, label);
                self.repeated(values.id, depth);
                self.code.ops[start] = Op::Map { end: self.here() };
            }
            Shape::Union(branches) => {
                let ids: Vec<TypeId> = branches.iter().map(|branch| branch.id).collect();
                self.union(&ids, label, depth);
            }
            // No schema leaves the parser with one. Nothing would pass.
            Shape::Pending => self.emit(Op::Enum { symbols: 0 }, label),
        }
    }

    fn primitive(&mut self, primitive: Primitive, label: Label) {
        let op = match primitive {
            Primitive::Null => return,
            Primitive::Float => return self.fixed(4, label),
            Primitive::Double => return self.fixed(8, label),
            Primitive::Boolean => Op::Boolean,
            Primitive::Int => Op::Int,
            Primitive::Long => Op::Long,
            Primitive::Bytes => Op::Bytes,
            Primitive::String => Op::Text,
        };
        self.emit(op, label);
    }

    /// Widths that follow each other are checked at once.
    fn fixed(&mut self, size: u32, label: Label) {
        let mergeable = self.code.ops.len() > self.barrier;
        match self.code.ops.last_mut() {
            _ if size == 0 => {}
            Some(Op::Fixed { width }) if mergeable && width.checked_add(size).is_some() => *width += size,
            _ => self.emit(Op::Fixed { width: size }, label),
        }
    }

    fn array(&mut self, items: TypeId, label: Label, depth: usize) {
        if matches!(self.states[items.0], State::Done { empty: true, .. }) {
            self.emit(Op::EmptyArray, label);
            return;
        }
        let start = self.open(Op::Array { end: 0 }, label);
        self.repeated(items, depth);
        self.code.ops[start] = Op::Array { end: self.here() };
    }

    /// The operations for one item, with labels that start anew.
    fn repeated(&mut self, id: TypeId, depth: usize) {
        self.barrier = self.code.ops.len();
        self.value(id, None, depth + 1);
        self.emit(Op::End, None);
        self.barrier = self.code.ops.len();
    }

    fn union(&mut self, branches: &[TypeId], label: Label, depth: usize) {
        let null = |id: &TypeId| matches!(self.schema.shape(*id), Shape::Primitive(Primitive::Null));
        match branches {
            [first, other] if null(first) => self.optional(0, *other, label, depth),
            [other, second] if null(second) => self.optional(1, *other, label, depth),
            _ => self.table(branches, label, depth),
        }
    }

    fn optional(&mut self, null: u8, other: TypeId, label: Label, depth: usize) {
        if matches!(self.schema.shape(other), Shape::Primitive(Primitive::String)) {
            self.emit(Op::OptionalText { null }, label);
            return;
        }
        let start = self.open(Op::Optional { null, end: 0 }, label);
        self.barrier = self.code.ops.len();
        self.value(other, label, depth + 1);
        self.barrier = self.code.ops.len();
        self.code.ops[start] = Op::Optional { null, end: self.here() };
    }

    fn table(&mut self, branches: &[TypeId], label: Label, depth: usize) {
        let first = self.code.branches.len();
        self.code.branches.resize(first + branches.len(), 0);
        self.emit(Op::Union { first: narrow(first), branches: narrow(branches.len()) }, label);
        let mut jumps = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            self.barrier = self.code.ops.len();
            self.code.branches[first + index] = self.here();
            self.value(*branch, label, depth + 1);
            jumps.push(self.open(Op::Jump { to: 0 }, label));
        }
        self.barrier = self.code.ops.len();
        for jump in jumps {
            self.code.ops[jump] = Op::Jump { to: self.here() };
        }
    }

    fn emit(&mut self, op: Op, label: Label) {
        self.code.ops.push(op);
        self.code.labels.push(label);
    }

    /// Emits an operation that is completed once it is known where its contents end.
    fn open(&mut self, op: Op, label: Label) -> usize {
        self.emit(op, label);
        self.code.ops.len() - 1
    }

    fn here(&self) -> At {
        narrow(self.code.ops.len())
    }
}

/// Positions and counts come from schema texts, which are far shorter than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
