//! How is a schema laid out as a list of operations?
//!
//! Records vanish (their fields stand inline), fixed widths that follow each other become one, optional values are one
//! operation. Only types that contain themselves, and what would blow the list up, are subroutines.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::{At, Code, Field, Label, Logical, Op};
use crate::format::avro::tree::{Primitive, Record, Schema, Shape, Type, TypeId};

/// When the list is this long, further records become subroutines: references to one type can double at every level.
const INLINE_LIMIT: usize = 4096;

/// The same for how deep records stand inline.
const INLINE_DEPTH: usize = 32;

/// The operations for payloads of the schema.
pub(super) fn whole(schema: &Schema) -> Code {
    let mut layout = Layout::new(schema);
    let root = schema.root.id;
    if matches!(schema.shape(root), Shape::Primitive(Primitive::Bytes)) {
        // Serializers put top-level bytes into the record as they are.
        layout.emit(Op::Anything, None);
        layout.emit(Op::End, None);
    } else {
        layout.single(root);
    }
    layout.finish()
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

pub(super) struct Layout<'a> {
    pub(super) schema: &'a Schema,
    states: Vec<State>,
    code: Code,
    /// Operations before this are jumped over or to, so that nothing may be merged into them.
    barrier: usize,
    subroutines: HashMap<TypeId, u32>,
    /// The names of fields, shared by all places where their record stands.
    names: HashMap<(TypeId, usize), Arc<str>>,
    waiting: Vec<(TypeId, u32)>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let mut survey = Survey { schema, states: vec![State::Unseen; schema.types.len()] };
        survey.visit(schema.root.id);
        Self {
            schema,
            states: survey.states,
            code: Code::default(),
            barrier: 0,
            subroutines: HashMap::new(),
            names: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Lays out one value; where its operations begin.
    pub(super) fn single(&mut self, id: TypeId) -> At {
        let start = self.here();
        self.barrier = self.code.ops.len();
        self.value(id, None, 0);
        self.emit(Op::End, None);
        start
    }

    /// Lays out some fields of a record; where their operations begin.
    pub(super) fn stretch(&mut self, id: TypeId, record: &Record, fields: Range<usize>) -> At {
        let start = self.here();
        self.barrier = self.code.ops.len();
        self.fields(id, record, fields, None, 0);
        self.emit(Op::End, None);
        start
    }

    /// Whether values of the type take no bytes.
    pub(super) fn is_empty(&self, id: TypeId) -> bool {
        matches!(self.states[id.0], State::Done { empty: true, .. })
    }

    /// Lays out the subroutines that were asked for.
    pub(super) fn finish(mut self) -> Code {
        while let Some((id, subroutine)) = self.waiting.pop() {
            self.barrier = self.code.ops.len();
            self.code.subroutines[subroutine as usize] = self.here();
            self.contents(id, None, 0);
            self.emit(Op::End, None);
        }
        let mut code = self.code;
        code.ops.shrink_to_fit();
        code.labels.shrink_to_fit();
        code.fields.shrink_to_fit();
        code
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
        let of = self.schema.get(id);
        if let Some(logical) = logical(of) {
            return self.emit(Op::Logical(logical), label);
        }
        match &of.shape {
            Shape::Primitive(primitive) => self.primitive(*primitive, label),
            Shape::Fixed(fixed) => self.fixed(fixed.size, label),
            Shape::Enum(symbols) => self.emit(Op::Enum { symbols: narrow(symbols.symbols.len()) }, label),
            Shape::Record(record) => self.fields(id, record, 0..record.fields.len(), label, depth),
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

    fn fields(&mut self, id: TypeId, record: &Record, fields: Range<usize>, around: Label, depth: usize) {
        let start = fields.start;
        for (index, field) in record.fields[fields].iter().enumerate() {
            let name = self.names.entry((id, start + index)).or_insert_with(|| field.name.as_str().into());
            self.code.fields.push(Field { around, name: Arc::clone(name) });
            let label = Some(narrow(self.code.fields.len() - 1));
            self.value(field.of.id, label, depth + 1);
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
        if self.is_empty(items) {
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
        let of = self.schema.get(other);
        if matches!(of.shape, Shape::Primitive(Primitive::String)) && logical(of).is_none() {
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

/// What values of the type must be, if not all that are encoded as they should be will do.
fn logical(of: &Type) -> Option<Logical> {
    let name = of.logical()?.name;
    match (name, &of.shape) {
        ("uuid", Shape::Primitive(Primitive::String)) => Some(Logical::Uuid),
        ("time-millis", _) => Some(Logical::TimeMillis),
        ("time-micros", _) => Some(Logical::TimeMicros),
        ("decimal", Shape::Primitive(Primitive::Bytes)) => Some(Logical::Decimal),
        _ => None,
    }
}

/// Positions and counts come from schema texts, which are far shorter than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
