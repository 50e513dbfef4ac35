//! Which fields is a rule about, and how are they found in a view?
//!
//! A rule on fields is about those with one of its tags, or about all if it has none. Lists, maps and unions are passed
//! through: their values belong to the field that holds them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::cel::Val;
use crate::model::{Field, Form, Model, TypeId};
use crate::view::{Cell, NONE, NodeId, View, Wants};

/// A field of a record.
pub(super) type FieldId = (TypeId, usize);

/// The fields that hold single values, by themselves or in lists, maps and unions, and have one of the tags; all if there
/// are no tags. The words are those of the values that count.
pub(super) fn fields(model: &Model, tags: &BTreeSet<String>, words: &[&str]) -> Vec<FieldId> {
    let is_tagged = |field: &Field| tags.is_empty() || field.tags.iter().any(|tag| tags.contains(&**tag));
    let holds = |field: &Field| !leaves(model, field.of, words).is_empty();
    model.fields().filter(|(_, _, field)| is_tagged(field) && holds(field)).map(|(of, at, _)| (of, at)).collect()
}

/// The types of single values that a field of this type holds.
pub(super) fn leaves(model: &Model, of: TypeId, words: &[&str]) -> Vec<TypeId> {
    let mut found = Vec::new();
    let mut open = vec![of];
    let mut met = HashSet::new();
    while let Some(id) = open.pop() {
        if !met.insert(id) {
            continue;
        }
        match model.get(id) {
            Form::List(of) | Form::Wrapper(of) => open.push(*of),
            Form::Map { values, .. } => open.push(*values),
            Form::Union(branches) => open.extend(branches.iter()),
            Form::Record(_) | Form::Null | Form::Any => {}
            _ if words.contains(&model.word(id)) => found.push(id),
            _ => {}
        }
    }
    found
}

/// The way through a view to the fields that are picked.
#[derive(Debug)]
pub(super) struct Picked {
    /// For each record that the way leads through the fields to look into.
    records: HashMap<TypeId, Vec<Step>>,
}

/// A field to look into.
#[derive(Debug, Clone, Copy)]
struct Step {
    field: usize,
    slot: u32,
    /// Whether its own values are picked, and not only those of records inside.
    is_picked: bool,
}

/// A value that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) record: NodeId,
    pub(super) field: FieldId,
    /// `None` for a value that is not written and reads as its default.
    pub(super) node: Option<NodeId>,
    /// Its own type, of those that the field may hold.
    pub(super) of: TypeId,
}

/// A part of the path to a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Field(FieldId),
    Index(u32),
}

/// What is done with each value that is found, and with the path to it; an error ends the walk.
type Visit<'v, E> = dyn FnMut(&Found, &[Part]) -> Result<(), E> + 'v;

impl Picked {
    pub(super) fn new(model: &Model, wants: &mut Wants, picked: &[FieldId]) -> Self {
        let picked: HashSet<FieldId> = picked.iter().copied().collect();
        let leads = leading(model, &picked);
        let mut records: HashMap<TypeId, Vec<Step>> = HashMap::new();
        for (of, at, field) in model.fields() {
            let is_picked = picked.contains(&(of, at));
            if is_picked || leads.contains(&field.of) {
                let slot = wants.want(of, at);
                records.entry(of).or_default().push(Step { field: at, slot, is_picked });
            }
        }
        Self { records }
    }

    /// Visits the values in the order of the schema's fields until told to stop. `path` leads to each while it is visited.
    pub(super) fn each<E>(
        &self,
        model: &Model,
        view: &View,
        path: &mut Vec<Part>,
        mut visit: impl FnMut(&Found, &[Part]) -> Result<(), E>,
    ) -> Result<(), E> {
        path.clear();
        Walk { picked: self, model, view, path, visit: &mut visit }.node(0, None)
    }
}

/// The types whose values hold picked fields.
fn leading(model: &Model, picked: &HashSet<FieldId>) -> HashSet<TypeId> {
    let mut leads: HashSet<TypeId> = picked.iter().map(|(of, _)| *of).collect();
    // What leads to what leads, until nothing is added. Each round adds a type at least.
    loop {
        let before = leads.len();
        for (id, of) in (0..).zip(&model.types) {
            let is_leading = match &of.form {
                Form::List(of) | Form::Map { values: of, .. } => leads.contains(of),
                Form::Union(branches) => branches.iter().any(|branch| leads.contains(branch)),
                Form::Record(record) => record.fields.iter().any(|field| leads.contains(&field.of)),
                _ => false,
            };
            if is_leading {
                leads.insert(id);
            }
        }
        if leads.len() == before {
            return leads;
        }
    }
}

struct Walk<'w, 'v, E> {
    picked: &'w Picked,
    model: &'w Model,
    view: &'w View,
    path: &'w mut Vec<Part>,
    visit: &'v mut Visit<'v, E>,
}

impl<E> Walk<'_, '_, E> {
    /// A node; the record and the field whose value it is, if that is picked.
    fn node(&mut self, id: NodeId, holder: Option<(NodeId, FieldId)>) -> Result<(), E> {
        let node = self.view.get(id);
        match node.cell {
            Cell::Absent | Cell::Null => Ok(()),
            Cell::Record { first } => {
                let Some(steps) = self.picked.records.get(&node.of) else { return Ok(()) };
                for step in steps {
                    self.path.push(Part::Field((node.of, step.field)));
                    self.step(id, (node.of, step.field), first + step.slot, step.is_picked)?;
                    self.path.pop();
                }
                Ok(())
            }
            Cell::List { first, .. } => {
                let (mut at, mut index) = (first, 0);
                while at != NONE {
                    self.path.push(Part::Index(index));
                    self.node(at, holder)?;
                    self.path.pop();
                    (at, index) = (self.view.get(at).next, index + 1);
                }
                Ok(())
            }
            Cell::Map { first, .. } => {
                let (mut at, mut index) = (first, 0);
                while at != NONE {
                    let value = self.view.get(at).next;
                    self.path.push(Part::Index(index));
                    self.node(value, holder)?;
                    self.path.pop();
                    (at, index) = (self.view.get(value).next, index + 1);
                }
                Ok(())
            }
            _ => match holder {
                Some((record, field)) => (self.visit)(&Found { record, field, node: Some(id), of: node.of }, self.path),
                None => Ok(()),
            },
        }
    }

    fn step(&mut self, record: NodeId, field: FieldId, node: NodeId, is_picked: bool) -> Result<(), E> {
        let holder = is_picked.then_some((record, field));
        if self.view.get(node).cell != Cell::Absent {
            return self.node(node, holder);
        }
        // Without presence, a default is a value as any other.
        let declared = self.model.record(field.0).filter(|record| record.has_defaults);
        match declared.and_then(|record| record.fields.get(field.1)) {
            Some(declared) if is_picked && !declared.has_presence && is_single(self.model, declared.of) => {
                (self.visit)(&Found { record, field, node: None, of: declared.of }, self.path)
            }
            _ => Ok(()),
        }
    }
}

fn is_single(model: &Model, of: TypeId) -> bool {
    !matches!(model.get(of), Form::List(_) | Form::Map { .. } | Form::Record(_) | Form::Union(_) | Form::Any)
}

/// A path as in flaws: `order.lines[2].price`.
pub(super) fn told(model: &Model, path: &[Part]) -> String {
    let mut told = String::new();
    for part in path {
        match part {
            Part::Field((of, at)) => {
                told.push_str(if told.is_empty() { "" } else { "." });
                let field = model.record(*of).and_then(|record| record.fields.get(*at));
                told.push_str(field.map_or("", |field| &field.name));
            }
            Part::Index(index) => told.push_str(&format!("[{index}]")),
        }
    }
    told
}

/// The full name of a field with the indexes of the items that it is in.
pub(super) fn full_name(model: &Model, field: FieldId, path: &[Part]) -> String {
    let declared = model.record(field.0).and_then(|record| record.fields.get(field.1));
    let mut indexes = path.iter().filter_map(|part| match part {
        Part::Index(index) => Some(*index),
        Part::Field(_) => None,
    });
    let mut parts = declared.map_or("", |field| &*field.full_name).split("[]");
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        name.push_str(&format!("[{}]{part}", indexes.next().unwrap_or(0)));
    }
    name
}

/// The tags of a field as values.
pub(super) fn tags(field: &Field) -> impl Iterator<Item = Val<'_>> {
    field.tags.iter().map(|tag| Val::Text(tag))
}
