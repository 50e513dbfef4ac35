//! How is one field read from a payload, and the rest walked over?
//!
//! A path becomes a chain of steps down the schema. What stands before and behind the field is laid out as it is for
//! checking, so that it is walked over as fast as that; behind the last field of interest nothing is looked at.

mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use super::At;
use super::layout::Layout;
use crate::format::avro::tree::{Primitive, Record, Schema, Shape, TypeId};
use crate::validator::Slot;
use walk::Reader;

/// How many fields, items and entries a path may lead through.
const MAX_STEPS: usize = 200;

/// A reader of the field at `path`; `None` when there is no such field, or it holds no single values.
pub(super) fn slot(schema: &Schema, path: &str) -> Option<Slot> {
    let path = steps(path)?;
    let mut planner = Planner { layout: Layout::new(schema), path: &path, known: HashMap::new(), nodes: Vec::new() };
    let root = planner.root(schema)?;
    let Planner { layout, nodes, .. } = planner;
    Some(Slot::new(Reader { code: layout.finish(), nodes, root }))
}

// === The path ===

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'p> {
    Field(&'p str),
    Items,
    Entries,
}

fn steps(mut path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    while !path.is_empty() {
        if steps.len() == MAX_STEPS {
            return None;
        }
        if let Some(rest) = path.strip_prefix("[]") {
            steps.push(Step::Items);
            path = rest;
        } else if let Some(rest) = path.strip_prefix("{}") {
            steps.push(Step::Entries);
            path = rest;
        } else {
            let from = if steps.is_empty() { path } else { path.strip_prefix('.')? };
            let (name, rest) = from.split_at(from.find(['.', '[', '{']).unwrap_or(from.len()));
            steps.push(Step::Field(name));
            path = rest;
        }
    }
    Some(steps)
}

// === Planning ===

type NodeId = usize;

/// One step of the walk.
#[derive(Debug)]
enum Node {
    /// Nothing of interest; the operations begin there.
    Skip(At),
    /// Nothing of interest here or behind.
    Done,
    /// A field of a record, what stands before it, and what stands behind it if that must be walked over.
    Field {
        before: At,
        name: Arc<str>,
        inner: NodeId,
        behind: Option<At>,
    },
    Union(Vec<NodeId>),
    Items(NodeId),
    Entries(NodeId),
    Show(Leaf),
}

/// A value to be shown.
#[derive(Debug)]
enum Leaf {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(u32),
    Symbol(Vec<Box<str>>),
    /// A payload that is nothing but bytes, without their length.
    Everything,
}

/// Where in the schema and in the path, and whether what stands behind must still be walked over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Situation {
    id: TypeId,
    step: usize,
    is_last: bool,
}

struct Planner<'a> {
    layout: Layout<'a>,
    path: &'a [Step<'a>],
    /// Branches of a union can lead to the same types again and again.
    known: HashMap<Situation, Option<NodeId>>,
    nodes: Vec<Node>,
}

impl<'a> Planner<'a> {
    fn root(&mut self, schema: &Schema) -> Option<NodeId> {
        let id = schema.root.id;
        match (schema.shape(id), self.path) {
            (Shape::Primitive(Primitive::Bytes), []) => Some(self.add(Node::Show(Leaf::Everything))),
            _ => self.find(Situation { id, step: 0, is_last: true }),
        }
    }

    /// `None` if nothing at the end of the path can be shown.
    fn find(&mut self, at: Situation) -> Option<NodeId> {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        let found = self.plan(at);
        self.known.insert(at, found);
        found
    }

    fn plan(&mut self, at: Situation) -> Option<NodeId> {
        let schema = self.layout.schema;
        let shape = schema.shape(at.id);
        let next = at.step + 1;
        let node = match (shape, self.path.get(at.step)) {
            (Shape::Union(branches), _) => {
                let found = branches.iter().map(|branch| (branch.id, self.find(Situation { id: branch.id, ..at })));
                let found: Vec<_> = found.collect();
                if !found.iter().any(|(id, found)| found.is_some() && !is_null(schema.shape(*id))) {
                    return None;
                }
                let branches = found.into_iter();
                Node::Union(branches.map(|(id, found)| found.unwrap_or_else(|| self.skip(id, at))).collect())
            }
            (Shape::Record(record), Some(Step::Field(name))) => self.field(record, name, at)?,
            // Items that take no bytes can be without number.
            (Shape::Array(items), Some(Step::Items)) if !self.layout.is_empty(items.id) => {
                Node::Items(self.find(Situation { id: items.id, step: next, is_last: false })?)
            }
            (Shape::Map(values), Some(Step::Entries)) => {
                Node::Entries(self.find(Situation { id: values.id, step: next, is_last: false })?)
            }
            (shape, None) => Node::Show(leaf(shape)?),
            _ => return None,
        };
        Some(self.add(node))
    }

    fn field(&mut self, record: &'a Record, name: &str, at: Situation) -> Option<Node> {
        let index = record.fields.iter().position(|field| field.name == name)?;
        let field = &record.fields[index];
        let inner = self.find(Situation { id: field.of.id, step: at.step + 1, is_last: at.is_last })?;
        let before = self.layout.stretch(at.id, record, 0..index);
        let behind = (!at.is_last).then(|| self.layout.stretch(at.id, record, index + 1..record.fields.len()));
        Some(Node::Field { before, name: field.name.as_str().into(), inner, behind })
    }

    fn skip(&mut self, id: TypeId, at: Situation) -> NodeId {
        let node = if at.is_last { Node::Done } else { Node::Skip(self.layout.single(id)) };
        self.add(node)
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

fn is_null(shape: &Shape) -> bool {
    matches!(shape, Shape::Primitive(Primitive::Null))
}

/// `None` for what is no single value.
fn leaf(shape: &Shape) -> Option<Leaf> {
    Some(match shape {
        Shape::Primitive(primitive) => match primitive {
            Primitive::Null => Leaf::Null,
            Primitive::Boolean => Leaf::Boolean,
            Primitive::Int => Leaf::Int,
            Primitive::Long => Leaf::Long,
            Primitive::Float => Leaf::Float,
            Primitive::Double => Leaf::Double,
            Primitive::Bytes => Leaf::Bytes,
            Primitive::String => Leaf::Text,
        },
        Shape::Fixed(fixed) => Leaf::Fixed(fixed.size),
        Shape::Enum(symbols) => Leaf::Symbol(symbols.symbols.iter().map(|symbol| symbol.as_str().into()).collect()),
        Shape::Array(_) | Shape::Map(_) | Shape::Union(_) | Shape::Record(_) | Shape::Pending => return None,
    })
}

#[cfg(test)]
mod tests;
