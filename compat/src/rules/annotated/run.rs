//! Does a payload hold what its schema demands? Told by the values that do not, in the order of the schema.

use std::sync::Arc;

use super::{Annotated, Asked, Choice, Field, Presence, Record, Tested, Value};
use crate::demand::Ignore;
use crate::rules::cel::{Fault, Run, Val, is_zero};
use crate::rules::picked::{self, Part};
use crate::view::{Cell, NONE, NodeId};

/// What is not as demanded, or can't be told.
#[derive(Debug)]
pub(in crate::rules) enum Broken {
    Failed { id: Arc<str>, path: String, reason: String },
    Undecided { id: Arc<str>, why: &'static str },
}

/// Enough is known about the payload.
struct Enough;

const REQUIRED: &str = "required";

/// How many values are told of one payload.
const MOST_BROKEN: usize = 16;

/// Follows the demands through the view of a payload: what is not as demanded, the first few of it. What is named in
/// `skip` is passed over. What can't be told ends the walk, for it has cost too much already.
pub(in crate::rules) fn follow<'a>(
    annotated: &'a Annotated,
    run: &mut Run<'a>,
    skip: &[&str],
    path: &mut Vec<Part>,
) -> Vec<Broken> {
    path.clear();
    let mut walk = Walk { annotated, run, skip, path, broken: Vec::new() };
    // Whether it came to the end or stopped, what there is to tell has been noted.
    let _ = walk.inside(0);
    walk.broken
}

struct Walk<'w, 'a, 's> {
    annotated: &'a Annotated,
    run: &'w mut Run<'a>,
    skip: &'s [&'s str],
    path: &'w mut Vec<Part>,
    broken: Vec<Broken>,
}

impl<'a> Walk<'_, 'a, '_> {
    /// Looks into a record.
    fn inside(&mut self, node: NodeId) -> Result<(), Enough> {
        let found = self.run.view.get(node);
        let Cell::Record { first } = found.cell else { return Ok(()) };
        let annotated = self.annotated;
        let Some(Some(record)) = annotated.records.get(found.of as usize) else { return Ok(()) };
        let Record { conditions, choices, fields } = &**record;
        if !conditions.is_empty() {
            self.run.this = Val::Node(node);
            conditions.iter().try_for_each(|asked| self.asked(asked))?;
        }
        choices.iter().try_for_each(|choice| self.choice(choice, first))?;
        for field in fields {
            self.path.push(Part::Field(field.id));
            self.field(field, first)?;
            self.path.pop();
        }
        Ok(())
    }

    fn choice(&mut self, choice: &Choice, first: NodeId) -> Result<(), Enough> {
        let set = choice.slots.iter().filter(|presence| self.is_set(**presence, first)).count();
        match &choice.none {
            Some(told) if set == 0 => self.failed(&choice.id, told, &choice.name),
            _ if set > 1 => self.failed(&choice.id, &choice.several, &choice.name),
            _ => Ok(()),
        }
    }

    fn is_set(&self, presence: Presence, first: NodeId) -> bool {
        match self.run.view.get(first + presence.slot).cell {
            Cell::Absent => false,
            cell => presence.is_told || !is_zero(&cell),
        }
    }

    fn field(&mut self, field: &'a Field, first: NodeId) -> Result<(), Enough> {
        let value = &field.value;
        if !self.is_set(field.presence, first) {
            // Of what is missing nothing else is asked.
            if field.is_required && !self.skip.contains(&REQUIRED) {
                return self.failed(REQUIRED, "value is required", "");
            }
            if field.presence.is_told || value.ignore == Ignore::Zero {
                return Ok(());
            }
        }
        let node = first + field.presence.slot;
        match self.run.view.get(node).cell {
            Cell::Absent => self.value(value, None, self.run.default(field.of)),
            _ => self.present(value, node),
        }
    }

    /// A value that is there.
    fn present(&mut self, value: &'a Value, node: NodeId) -> Result<(), Enough> {
        let cell = self.run.view.get(node).cell;
        if cell == Cell::Null || value.ignore == Ignore::Zero && is_zero(&cell) {
            return Ok(());
        }
        match self.run.at(node) {
            Ok(found) => self.value(value, Some(node), found),
            // It is there, and of its type.
            Err(_) => Ok(()),
        }
    }

    fn value(&mut self, value: &'a Value, node: Option<NodeId>, found: Val<'a>) -> Result<(), Enough> {
        for tested in &value.tests {
            self.tested(tested, &found)?;
        }
        if !value.conditions.is_empty() {
            self.run.this = found;
            value.conditions.iter().try_for_each(|asked| self.asked(asked))?;
        }
        let Some(node) = node else { return Ok(()) };
        if value.leads && matches!(self.run.view.get(node).cell, Cell::Record { .. }) {
            return self.inside(node);
        }
        if value.items.is_none() && value.keys.is_none() {
            return Ok(());
        }
        let (mut at, is_map) = match self.run.view.get(node).cell {
            Cell::List { first, .. } => (first, false),
            Cell::Map { first, .. } => (first, true),
            _ => return Ok(()),
        };
        let mut index = 0;
        while at != NONE {
            self.path.push(Part::Index(index));
            if let (true, Some(keys)) = (is_map, &value.keys) {
                self.present(keys, at)?;
            }
            let item = if is_map { self.run.view.get(at).next } else { at };
            if let Some(items) = &value.items {
                self.present(items, item)?;
            }
            self.path.pop();
            (at, index) = (self.run.view.get(item).next, index + 1);
        }
        Ok(())
    }

    fn tested(&mut self, tested: &'a Tested, found: &Val<'a>) -> Result<(), Enough> {
        match tested.check.is_passed(found, self.run) {
            Ok(true) => Ok(()),
            Ok(false) => self.failed(&tested.id, &tested.told, ""),
            Err(fault) => self.faulty(&tested.id, &tested.told, fault),
        }
    }

    fn asked(&mut self, asked: &'a Asked) -> Result<(), Enough> {
        match asked.program.run(self.run) {
            Ok(Val::Bool(true) | Val::Text("")) => Ok(()),
            Ok(Val::Text(text)) if asked.texts.iter().any(|own| **own == *text) => self.failed(&asked.id, text, ""),
            Ok(_) => self.failed(&asked.id, &asked.told, ""),
            Err(fault) => self.faulty(&asked.id, &asked.told, fault),
        }
    }

    #[cold]
    fn failed(&mut self, id: &str, told: &str, name: &str) -> Result<(), Enough> {
        if self.skip.contains(&id) {
            return Ok(());
        }
        let mut path = picked::told(self.run.model, self.path);
        if !name.is_empty() {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(name);
        }
        self.broken.push(Broken::Failed { id: id.into(), path, reason: told.to_owned() });
        if self.broken.len() < MOST_BROKEN { Ok(()) } else { Err(Enough) }
    }

    #[cold]
    fn faulty(&mut self, id: &str, told: &str, fault: Fault) -> Result<(), Enough> {
        match fault.is_ours() {
            true if self.skip.contains(&id) => Ok(()),
            true => {
                self.broken.push(Broken::Undecided { id: id.into(), why: fault.what() });
                Err(Enough)
            }
            false => self.failed(id, &format!("{told}: {}", fault.what()), ""),
        }
    }
}
