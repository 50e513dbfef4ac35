//! What stands in this payload? Those values that somebody wants to compute with, found in one walk and kept as places.
//!
//! A view is a list of nodes in memory that is reused: a text is where it stands in the payload, a record has a node for
//! each of its wanted fields side by side, lists and maps are chains. What nobody wants is walked over, and behind the
//! last that is wanted nothing is looked at.

use std::fmt;

use crate::model::{Model, TypeId};
use crate::validator::{Flaw, Payload};

/// Which node of its view.
pub(crate) type NodeId = u32;

/// The end of a chain.
pub(crate) const NONE: NodeId = NodeId::MAX;

/// How many nodes a view may have: a payload of few bytes can claim very many values.
const MAX_NODES: usize = 1 << 18;

/// How many nodes, and bytes of text, are kept for the next payload.
const KEPT_NODES: usize = 1 << 10;
const KEPT_TEXT: usize = 16 << 10;

/// The values of one payload.
#[derive(Debug, Default)]
pub(crate) struct View {
    nodes: Vec<Node>,
    /// Texts that do not stand in the payload as they are.
    pub(crate) texts: String,
}

/// A value, its type, and the next of its chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) cell: Cell,
    pub(crate) of: TypeId,
    pub(crate) next: NodeId,
}

/// A value, or where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// Not there: not written, or not wanted.
    Absent,
    Null,
    Boolean(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    /// Bytes of the payload that are UTF-8.
    Text {
        start: u32,
        end: u32,
    },
    /// Bytes of [`View::texts`].
    Told {
        start: u32,
        end: u32,
    },
    Bytes {
        start: u32,
        end: u32,
    },
    /// Which of the symbols of its type.
    Symbol(u32),
    /// Seconds since 1970, or of a duration, and nanoseconds.
    Time {
        seconds: i64,
        nanos: i32,
    },
    /// The first and the last item.
    List {
        first: NodeId,
        last: NodeId,
        count: u32,
    },
    /// The first and the last key; each value stands behind its key in the chain. The count is of entries.
    Map {
        first: NodeId,
        last: NodeId,
        count: u32,
    },
    /// The node of the first wanted field; the others stand behind it.
    Record {
        first: NodeId,
    },
}

/// Why a payload could not be viewed.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It contradicts its schema.
    Flawed(#[allow(dead_code, reason = "told by the validator already")] Box<Flaw>),
    /// It has more values than a view holds, or they nest too deep.
    TooLarge,
}

impl From<Flaw> for Unread {
    fn from(flaw: Flaw) -> Self {
        Self::Flawed(Box::new(flaw))
    }
}

/// Reads views of payloads of one schema. The root is the node 0. Where a payload can't be read on, the view holds what
/// came before.
pub(crate) trait ViewReader: fmt::Debug + Send + Sync {
    fn read(&self, payload: Payload<'_>, view: &mut View) -> Result<(), Unread>;
}

impl View {
    /// Forgets the last payload. What an unusual one needed is given back: there are many views.
    pub(crate) fn clear(&mut self) {
        if self.nodes.capacity() > KEPT_NODES {
            self.nodes = Vec::new();
        }
        if self.texts.capacity() > KEPT_TEXT {
            self.texts = String::new();
        }
        self.nodes.clear();
        self.texts.clear();
    }

    /// Whether the payload as a whole is a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.get(0).cell, Cell::List { .. })
    }

    pub(crate) fn get(&self, id: NodeId) -> Node {
        self.nodes.get(id as usize).copied().unwrap_or(Node { cell: Cell::Absent, of: TypeId::MAX, next: NONE })
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A node that stands in no chain yet.
    #[inline]
    pub(crate) fn add(&mut self, cell: Cell, of: TypeId) -> Result<NodeId, Unread> {
        if self.nodes.len() >= MAX_NODES {
            return Err(Unread::TooLarge);
        }
        self.nodes.push(Node { cell, of, next: NONE });
        Ok((self.nodes.len() - 1) as NodeId)
    }

    /// Nodes side by side for the fields of a record.
    #[inline]
    pub(crate) fn reserve(&mut self, count: usize) -> Result<NodeId, Unread> {
        let first = self.nodes.len();
        if first + count > MAX_NODES {
            return Err(Unread::TooLarge);
        }
        self.nodes.resize(first + count, Node { cell: Cell::Absent, of: TypeId::MAX, next: NONE });
        Ok(first as NodeId)
    }

    #[inline]
    pub(crate) fn set(&mut self, id: NodeId, cell: Cell, of: TypeId) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            (node.cell, node.of) = (cell, of);
        }
    }

    pub(crate) fn link(&mut self, id: NodeId, next: NodeId) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.next = next;
        }
    }
}

/// Which fields of which records are wanted, and where they come to lie in nodes of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wants {
    /// For each type the slot of each of its fields.
    slots: Vec<Vec<Option<u32>>>,
    counts: Vec<u32>,
}

impl Wants {
    /// The slot of a field, which is wanted from now on.
    pub(crate) fn want(&mut self, id: TypeId, field: usize) -> u32 {
        let id = id as usize;
        if self.slots.len() <= id {
            self.slots.resize(id + 1, Vec::new());
            self.counts.resize(id + 1, 0);
        }
        let (slots, count) = (&mut self.slots[id], &mut self.counts[id]);
        if slots.len() <= field {
            slots.resize(field + 1, None);
        }
        *slots[field].get_or_insert_with(|| {
            *count += 1;
            *count - 1
        })
    }

    /// Wants everything that a value of this type may hold.
    pub(crate) fn want_all(&mut self, model: &Model, id: TypeId) {
        for (id, at) in model.fields_within(id) {
            self.want(id, at);
        }
    }

    pub(crate) fn slot(&self, id: TypeId, field: usize) -> Option<u32> {
        self.slots.get(id as usize)?.get(field).copied().flatten()
    }

    /// How many fields of a record are wanted.
    pub(crate) fn count(&self, id: TypeId) -> u32 {
        self.counts.get(id as usize).copied().unwrap_or(0)
    }
}
