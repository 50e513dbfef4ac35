//! How are the wanted values of a payload found in its text, and the rest walked over?

use super::scan::{self, MAX_DEPTH, Quoted};
use super::text::{self, Names};
use crate::model::{Form, Model, TypeId, narrow};
use crate::validator::{Flaw, Payload};
use crate::view::{Cell, NONE, NodeId, Unread, View, ViewReader, Wants};

/// A compiled model.
#[derive(Debug)]
struct Reader {
    /// One for each type.
    steps: Box<[Step]>,
    root: TypeId,
}

/// What a value of a type may be.
#[derive(Debug, Default)]
struct Step {
    /// The types of single values: null, boolean, integer, number, text.
    null: TypeId,
    boolean: TypeId,
    integer: TypeId,
    number: TypeId,
    text: TypeId,
    /// The type of lists and of their items.
    list: Option<(TypeId, TypeId)>,
    object: Option<Object>,
}

#[derive(Debug)]
enum Object {
    Record { of: TypeId, names: Names, fields: Box<[(u32, TypeId)]>, slots: u32 },
    Map { of: TypeId, values: TypeId },
}

pub(in crate::format::json) fn reader(model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
    let steps = (0..narrow(model.types.len())).map(|id| step(model, wants, id)).collect();
    Box::new(Reader { steps, root: model.roots.first().copied().unwrap_or_default() })
}

fn step(model: &Model, wants: &Wants, id: TypeId) -> Step {
    let mut step = Step { null: id, boolean: id, integer: id, number: id, text: id, list: None, object: None };
    let (mut has_integer, mut is_any) = (false, false);
    for of in model.branches(id) {
        match model.get(of) {
            Form::Null => step.null = of,
            Form::Boolean => step.boolean = of,
            Form::Int => (step.integer, has_integer) = (of, true),
            Form::Float => step.number = of,
            Form::Text => step.text = of,
            Form::List(items) => step.list = Some((of, *items)),
            Form::Map { values, .. } => step.object = Some(Object::Map { of, values: *values }),
            Form::Record(record) => {
                let wanted = || (0..).zip(&record.fields).filter_map(|(at, field)| Some((wants.slot(of, at)?, field)));
                let names = Names::new(wanted().map(|(_, field)| &*field.name));
                let fields = wanted().map(|(slot, field)| (slot, field.of)).collect();
                step.object = Some(Object::Record { of, names, fields, slots: wants.count(of) });
            }
            _ => is_any = true,
        }
    }
    if !has_integer {
        step.integer = step.number;
    }
    if is_any || step.list.is_none() {
        step.list.get_or_insert((id, id));
    }
    step.object.get_or_insert(Object::Map { of: id, values: id });
    step
}

// === Reading ===

impl ViewReader for Reader {
    fn read(&self, payload: Payload<'_>, view: &mut View) -> Result<(), Unread> {
        view.clear();
        let text = super::readable(payload.bytes)?;
        let root = view.add(Cell::Absent, self.root)?;
        let mut walk = Walk { reader: self, payload: text, bytes: text.as_bytes(), view };
        walk.value(self.root, root, scan::blanks(text.as_bytes(), 0), 0).map(drop)
    }
}

struct Walk<'r, 'p, 'v> {
    reader: &'r Reader,
    payload: &'p str,
    bytes: &'p [u8],
    view: &'v mut View,
}

impl Walk<'_, '_, '_> {
    /// Reads a value into a node; the position behind it.
    fn value(&mut self, of: TypeId, node: NodeId, at: usize, depth: u32) -> Result<usize, Unread> {
        let Some(step) = self.reader.steps.get(of as usize) else { return Err(flaw(at)) };
        if depth > MAX_DEPTH {
            return Err(Unread::TooLarge);
        }
        let (cell, of, end) = match scan::byte(self.bytes, at) {
            b'{' => return self.object(step, node, at, depth),
            b'[' => return self.list(step, node, at, depth),
            b'"' => {
                let quoted = scan::text(self.bytes, at + 1).ok_or_else(|| flaw(at))?;
                (self.text(quoted), step.text, quoted.end + 1)
            }
            b'n' => (Cell::Null, step.null, scan::name(self.bytes, at).ok_or_else(|| flaw(at))?),
            first @ (b't' | b'f') => {
                (Cell::Boolean(first == b't'), step.boolean, scan::name(self.bytes, at).ok_or_else(|| flaw(at))?)
            }
            _ => {
                let spelled = scan::number(self.bytes, at).ok_or_else(|| flaw(at))?;
                let raw = self.payload.get(at..spelled.end).unwrap_or_default();
                let of = if spelled.whole { step.integer } else { step.number };
                (number(raw, spelled.whole), of, spelled.end)
            }
        };
        self.view.set(node, cell, of);
        Ok(end)
    }

    fn text(&mut self, quoted: Quoted) -> Cell {
        if !quoted.escaped {
            return Cell::Text { start: narrow(quoted.start), end: narrow(quoted.end) };
        }
        let start = self.view.texts.len();
        let raw = self.payload.get(quoted.start..quoted.end).unwrap_or_default();
        self.view.texts.extend(text::characters(raw));
        Cell::Told { start: narrow(start), end: narrow(self.view.texts.len()) }
    }

    fn object(&mut self, step: &Step, node: NodeId, at: usize, depth: u32) -> Result<usize, Unread> {
        let Some(object) = &step.object else { return self.past(at) };
        let first = match object {
            Object::Record { of, slots, .. } => {
                let first = self.view.reserve(*slots as usize)?;
                self.view.set(node, Cell::Record { first }, *of);
                first
            }
            Object::Map { of, .. } => {
                self.view.set(node, Cell::Map { first: NONE, last: NONE, count: 0 }, *of);
                NONE
            }
        };
        let mut at = scan::blanks(self.bytes, at + 1);
        if scan::byte(self.bytes, at) == b'}' {
            return Ok(at + 1);
        }
        loop {
            let name = (scan::byte(self.bytes, at) == b'"').then(|| scan::text(self.bytes, at + 1)).flatten();
            let name = name.ok_or_else(|| flaw(at))?;
            let colon = scan::blanks(self.bytes, name.end + 1);
            if scan::byte(self.bytes, colon) != b':' {
                return Err(flaw(colon));
            }
            let value = scan::blanks(self.bytes, colon + 1);
            let end = match object {
                Object::Record { names, fields, .. } => {
                    let field = match name.escaped {
                        false => names.find(self.bytes, name.start, name.end),
                        true => names.position(&text::content(self.payload, name)),
                    };
                    match field.and_then(|field| fields.get(field)) {
                        Some((slot, of)) => self.value(*of, first + slot, value, depth + 1)?,
                        None => self.past(value)?,
                    }
                }
                Object::Map { of, values } => {
                    let text = self.text(name);
                    let key = self.view.add(text, TypeId::MAX)?;
                    let entry = self.view.add(Cell::Absent, *values)?;
                    let end = self.value(*values, entry, value, depth + 1)?;
                    self.view.link(key, entry);
                    if let Cell::Map { first, last, count } = self.view.get(node).cell {
                        self.view.link(last, key);
                        let first = if first == NONE { key } else { first };
                        self.view.set(node, Cell::Map { first, last: entry, count: count + 1 }, *of);
                    }
                    end
                }
            };
            at = match self.behind(end, b'}')? {
                (next, true) => next,
                (end, false) => return Ok(end),
            };
        }
    }

    fn list(&mut self, step: &Step, node: NodeId, at: usize, depth: u32) -> Result<usize, Unread> {
        let Some((of, items)) = step.list else { return self.past(at) };
        let (mut first, mut last, mut count) = (NONE, NONE, 0);
        let mut at = scan::blanks(self.bytes, at + 1);
        let end = if scan::byte(self.bytes, at) == b']' {
            at + 1
        } else {
            loop {
                let item = self.view.add(Cell::Absent, items)?;
                if first == NONE {
                    first = item
                } else {
                    self.view.link(last, item)
                }
                (last, count) = (item, count + 1);
                let end = match self.value(items, item, at, depth + 1) {
                    Ok(end) => end,
                    Err(unread) => {
                        self.view.set(node, Cell::List { first, last, count }, of);
                        return Err(unread);
                    }
                };
                at = match self.behind(end, b']')? {
                    (next, true) => next,
                    (end, false) => break end,
                };
            }
        };
        self.view.set(node, Cell::List { first, last, count }, of);
        Ok(end)
    }

    fn past(&self, at: usize) -> Result<usize, Unread> {
        scan::skip(self.bytes, at).ok_or_else(|| flaw(at))
    }

    /// Where to go on behind a member or an item, and whether there is another.
    fn behind(&self, end: usize, closing: u8) -> Result<(usize, bool), Unread> {
        let at = scan::blanks(self.bytes, end);
        match scan::byte(self.bytes, at) {
            b',' => Ok((scan::blanks(self.bytes, at + 1), true)),
            byte if byte == closing => Ok((at + 1, false)),
            _ => Err(flaw(at)),
        }
    }
}

fn number(raw: &str, whole: bool) -> Cell {
    if whole {
        if let Ok(number) = raw.parse() {
            return Cell::Int(number);
        }
        if let Ok(number) = raw.parse() {
            return Cell::Unsigned(number);
        }
    }
    Cell::Float(raw.parse().unwrap_or(f64::NAN))
}

/// The validator has told what is wrong; who reads views only needs to know that something is.
#[cold]
fn flaw(offset: usize) -> Unread {
    Flaw { offset, path: String::new(), what: "the payload is no JSON here".into() }.into()
}
