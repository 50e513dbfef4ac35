//! What stands in a node of the view, and in a field of a record or behind a key of a map?

use super::Run;
use crate::model::{Form, TypeId};
use crate::rules::cel::program::Select;
use crate::rules::cel::value::{Fault, Val, scalars_equal};
use crate::view::{Cell, NONE, Node, NodeId};

impl<'a> Run<'a> {
    /// The value of a node that is there.
    pub(in crate::rules) fn load(&self, node: Node) -> Result<Val<'a>, Fault> {
        let bytes = |start: u32, end: u32| self.payload.get(start as usize..end as usize).unwrap_or_default();
        Ok(match node.cell {
            Cell::Absent => return Err(Fault::NoSuchField),
            Cell::Null => Val::Null,
            Cell::Boolean(value) => Val::Bool(value),
            Cell::Int(value) => Val::Int(value),
            Cell::Unsigned(value) => match i64::try_from(value) {
                Ok(value) if !self.reading.has_uints => Val::Int(value),
                _ => Val::Uint(value),
            },
            Cell::Float(value) => Val::Double(value),
            Cell::Text { start, end } => {
                Val::Text(std::str::from_utf8(bytes(start, end)).map_err(|_| Fault::Conversion)?)
            }
            Cell::Told { start, end } => {
                Val::Text(self.view.texts.get(start as usize..end as usize).unwrap_or_default())
            }
            Cell::Bytes { start, end } => Val::Bytes(bytes(start, end)),
            Cell::Symbol(index) => match self.model.get(node.of) {
                Form::Symbols(symbols) => Val::Text(symbols.get(index as usize).ok_or(Fault::Other)?),
                _ => return Err(Fault::Other),
            },
            Cell::Time { seconds, nanos } => match self.model.get(node.of) {
                Form::Duration => Val::Span(seconds, nanos),
                _ => Val::Time(seconds, nanos),
            },
            // The node itself is what a list or a record is known by.
            Cell::List { .. } | Cell::Map { .. } | Cell::Record { .. } => return Err(Fault::Other),
        })
    }

    /// The value of a node, by its place.
    pub(in crate::rules) fn at(&self, id: NodeId) -> Result<Val<'a>, Fault> {
        let node = self.view.get(id);
        match node.cell {
            Cell::List { .. } | Cell::Map { .. } | Cell::Record { .. } => Ok(Val::Node(id)),
            _ => self.load(node),
        }
    }

    /// What a field of that type is when it is absent.
    pub(in crate::rules) fn default(&self, of: TypeId) -> Val<'a> {
        match self.model.get(of) {
            Form::Boolean => Val::Bool(false),
            Form::Int | Form::Numbered => Val::Int(0),
            Form::Unsigned if self.reading.has_uints => Val::Uint(0),
            Form::Unsigned => Val::Int(0),
            Form::Float => Val::Double(0.0),
            Form::Text => Val::Text(""),
            Form::Bytes => Val::Bytes(&[]),
            Form::List(_) => Val::List(&[]),
            Form::Map { .. } => Val::Map(&[]),
            Form::Timestamp => Val::Time(0, 0),
            Form::Duration => Val::Span(0, 0),
            Form::Record(_) => Val::Default(of),
            Form::Null | Form::Symbols(_) | Form::Union(_) | Form::Wrapper(_) | Form::Any => Val::Null,
        }
    }

    pub(in crate::rules::cel) fn field(&self, operand: &Val<'a>, select: &'a Select) -> Result<Val<'a>, Fault> {
        match operand {
            Val::Node(id) => {
                let node = self.view.get(*id);
                match node.cell {
                    Cell::Record { first } => {
                        let known = select.slots.iter().find(|slot| slot.record == node.of);
                        let (slot, of, has_default) = match known {
                            Some(known) => (known.slot, known.of, known.has_default),
                            None => self.found(node.of, &select.name)?,
                        };
                        let id = first + slot;
                        match self.view.get(id).cell {
                            Cell::Absent if has_default => Ok(self.default(of)),
                            _ => self.at(id),
                        }
                    }
                    Cell::Map { .. } => self.entry(&node, &Val::Text(&select.name))?.ok_or(Fault::NoSuchKey),
                    _ => Err(Fault::NoOverload),
                }
            }
            Val::Map(entries) => {
                self.pay(entries.len() / 4)?;
                let name = Val::Text(&select.name);
                let found = entries.iter().find(|(key, _)| scalars_equal(key, &name) == Some(true));
                found.map(|(_, value)| *value).ok_or(Fault::NoSuchKey)
            }
            Val::Default(of) => {
                let record = self.model.record(*of).ok_or(Fault::NoSuchField)?;
                let field = record.position(&select.name).and_then(|at| record.fields.get(at));
                field.map(|field| self.default(field.of)).ok_or(Fault::NoSuchField)
            }
            _ => Err(Fault::NoOverload),
        }
    }

    /// A field that was not foreseen, by its name.
    pub(in crate::rules::cel) fn found(&self, of: TypeId, name: &str) -> Result<(u32, TypeId, bool), Fault> {
        let record = self.model.record(of).ok_or(Fault::NoSuchField)?;
        self.pay(record.fields.len() / 4)?;
        let at = record.position(name).ok_or(Fault::NoSuchField)?;
        let slot = self.wants.slot(of, at).ok_or(Fault::Unknowable)?;
        let of = record.fields.get(at).map_or(TypeId::MAX, |field| field.of);
        Ok((slot, of, record.has_defaults))
    }

    pub(in crate::rules::cel) fn has(&self, operand: &Val<'a>, select: &'a Select) -> Result<bool, Fault> {
        match operand {
            Val::Node(id) => {
                let node = self.view.get(*id);
                match node.cell {
                    Cell::Record { first } => {
                        let known = select.slots.iter().find(|slot| slot.record == node.of);
                        let Some(known) = known else {
                            return Ok(self
                                .found(node.of, &select.name)
                                .is_ok_and(|(slot, ..)| self.view.get(first + slot).cell != Cell::Absent));
                        };
                        Ok(match self.view.get(first + known.slot).cell {
                            Cell::Absent => false,
                            // Written or not, a default without presence is none.
                            cell if !known.has_presence && known.has_default => !is_zero(&cell),
                            _ => true,
                        })
                    }
                    Cell::Map { .. } => Ok(self.entry(&node, &Val::Text(&select.name))?.is_some()),
                    _ => Err(Fault::NoOverload),
                }
            }
            Val::Map(entries) => {
                let name = Val::Text(&select.name);
                Ok(entries.iter().any(|(key, _)| scalars_equal(key, &name) == Some(true)))
            }
            Val::Default(of) => match self.model.record(*of) {
                Some(record) if record.position(&select.name).is_some() => Ok(false),
                _ => Err(Fault::NoSuchField),
            },
            _ => Err(Fault::NoOverload),
        }
    }

    /// The value behind a key. What is written last counts.
    pub(in crate::rules::cel) fn entry(&self, map: &Node, wanted: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
        let Cell::Map { first, .. } = map.cell else { return Ok(None) };
        let mut found = None;
        let mut at = first;
        while at != NONE {
            self.pay(1)?;
            let key = self.view.get(at);
            if scalars_equal(&self.load(key)?, wanted) == Some(true) {
                found = Some(key.next);
            }
            at = self.view.get(key.next).next;
        }
        found.map(|value| self.at(value)).transpose()
    }
}

pub(in crate::rules) fn is_zero(cell: &Cell) -> bool {
    match *cell {
        Cell::Absent | Cell::Null | Cell::Boolean(false) | Cell::Int(0) | Cell::Unsigned(0) => true,
        Cell::Float(value) => value.to_bits() == 0,
        Cell::Text { start, end } | Cell::Told { start, end } | Cell::Bytes { start, end } => start == end,
        Cell::List { count, .. } | Cell::Map { count, .. } => count == 0,
        _ => false,
    }
}
