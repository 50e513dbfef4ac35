//! What do lists, maps and records hold, and when are two of them the same?

use std::cmp::Ordering;

use super::Run;
use crate::rules::cel::program::Set;
use crate::rules::cel::value::{Fault, Val, order, scalars_equal};
use crate::view::{Cell, NONE, Node, NodeId};

impl<'a> Run<'a> {
    /// How many items, entries or characters a value has.
    pub(in crate::rules) fn size(&self, value: &Val<'a>) -> Result<i64, Fault> {
        let count = match value {
            Val::Text(text) if text.is_ascii() => text.len(),
            Val::Text(text) => text.chars().count(),
            Val::Bytes(bytes) => bytes.len(),
            Val::List(items) => items.len(),
            Val::Map(entries) => entries.len(),
            Val::Default(_) => return Err(Fault::NoOverload),
            Val::Node(id) => match self.view.get(*id) {
                Node { cell: Cell::List { count, .. } | Cell::Map { count, .. }, .. } => count as usize,
                Node { cell: Cell::Record { .. }, of, .. } => match self.model.record(of) {
                    Some(record) if !record.has_defaults => self.members(*id, record.fields.len())?,
                    _ => return Err(Fault::NoOverload),
                },
                _ => return Err(Fault::NoOverload),
            },
            _ => return Err(Fault::NoOverload),
        };
        i64::try_from(count).map_err(|_| Fault::Overflow)
    }

    /// How many fields of a record are there.
    pub(in crate::rules::cel) fn members(&self, id: NodeId, declared: usize) -> Result<usize, Fault> {
        let node = self.view.get(id);
        let Cell::Record { first } = node.cell else { return Ok(0) };
        self.pay(declared)?;
        let is_there = |at: &usize| {
            let slot = self.wants.slot(node.of, *at);
            slot.is_some_and(|slot| self.view.get(first + slot).cell != Cell::Absent)
        };
        Ok((0..declared).filter(is_there).count())
    }

    /// Calls for each item of a list, or each key of a map, until it says no.
    pub(in crate::rules::cel) fn each(
        &self,
        value: &Val<'a>,
        mut visit: impl FnMut(Val<'a>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        match value {
            Val::List(items) => {
                for item in *items {
                    if !visit(*item)? {
                        break;
                    }
                }
            }
            Val::Map(entries) => {
                for (key, _) in *entries {
                    if !visit(*key)? {
                        break;
                    }
                }
            }
            Val::Node(id) => {
                let node = self.view.get(*id);
                match node.cell {
                    Cell::List { first, .. } => {
                        let mut at = first;
                        while at != NONE && visit(self.at(at)?)? {
                            at = self.view.get(at).next;
                        }
                    }
                    Cell::Map { first, .. } => {
                        let mut at = first;
                        while at != NONE && visit(self.at(at)?)? {
                            at = self.view.get(self.view.get(at).next).next;
                        }
                    }
                    Cell::Record { first } => {
                        let Some(record) = self.model.record(node.of) else { return Err(Fault::NoOverload) };
                        if record.has_defaults {
                            return Err(Fault::NoOverload);
                        }
                        for (at, field) in record.fields.iter().enumerate() {
                            let slot = self.wants.slot(node.of, at).ok_or(Fault::Unknowable)?;
                            if self.view.get(first + slot).cell != Cell::Absent && !visit(Val::Text(&field.name))? {
                                break;
                            }
                        }
                    }
                    _ => return Err(Fault::NoOverload),
                }
            }
            _ => return Err(Fault::NoOverload),
        }
        Ok(())
    }

    pub(in crate::rules::cel) fn equal(&self, one: &Val<'a>, other: &Val<'a>) -> Result<bool, Fault> {
        self.pay_text(one)?;
        if let Some(same) = scalars_equal(one, other) {
            return Ok(same);
        }
        self.pay(1)?;
        match (self.as_list(one), self.as_list(other)) {
            (true, true) => {
                if self.size(one)? != self.size(other)? {
                    return Ok(false);
                }
                let items = self.collected(other)?;
                let (mut at, mut same) = (0, true);
                self.each(one, |item| {
                    same = match items.get(at) {
                        Some(other) => self.equal(&item, other)?,
                        None => false,
                    };
                    at += 1;
                    Ok(same)
                })?;
                Ok(same)
            }
            (false, false) => self.equal_maps(one, other),
            _ => Ok(false),
        }
    }

    /// Maps and records of JSON and Avro compare by their entries; Protobuf's messages are not compared here.
    pub(in crate::rules::cel) fn equal_maps(&self, one: &Val<'a>, other: &Val<'a>) -> Result<bool, Fault> {
        if self.is_message(one) || self.is_message(other) {
            return Err(Fault::Unknowable);
        }
        if self.size(one)? != self.size(other)? {
            return Ok(false);
        }
        let mut same = true;
        self.each(one, |key| {
            same = match (self.member(one, &key)?, self.member(other, &key)?) {
                (Some(one), Some(other)) => self.equal(&one, &other)?,
                _ => false,
            };
            Ok(same)
        })?;
        Ok(same)
    }

    pub(in crate::rules::cel) fn is_message(&self, value: &Val<'a>) -> bool {
        match value {
            Val::Default(_) => true,
            Val::Node(id) => self.model.record(self.view.get(*id).of).is_some_and(|record| record.has_defaults),
            _ => false,
        }
    }

    pub(in crate::rules::cel) fn as_list(&self, value: &Val<'a>) -> bool {
        match value {
            Val::List(_) => true,
            Val::Node(id) => matches!(self.view.get(*id).cell, Cell::List { .. }),
            _ => false,
        }
    }

    /// The items of a list in one piece.
    pub(in crate::rules) fn collected(&self, value: &Val<'a>) -> Result<&'a [Val<'a>], Fault> {
        if let Val::List(items) = value {
            return Ok(items);
        }
        let list = self.alloc(usize::try_from(self.size(value)?).unwrap_or(0), Val::Null)?;
        let mut at = 0;
        self.each(value, |item| {
            self.pay(1)?;
            if let Some(place) = list.get_mut(at) {
                *place = item;
            }
            at += 1;
            Ok(true)
        })?;
        Ok(list)
    }

    /// The value behind a key of a map or a record; `None` if it is not there.
    pub(in crate::rules::cel) fn member(&self, container: &Val<'a>, key: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
        match container {
            Val::Map(entries) => {
                self.pay(entries.len() / 4)?;
                let found = entries.iter().find(|(other, _)| scalars_equal(other, key) == Some(true));
                Ok(found.map(|(_, value)| *value))
            }
            Val::Node(id) => {
                let node = self.view.get(*id);
                match (node.cell, key) {
                    (Cell::Map { .. }, _) => self.entry(&node, key),
                    (Cell::Record { first }, Val::Text(name)) => match self.found(node.of, name) {
                        Ok((slot, ..)) if self.view.get(first + slot).cell == Cell::Absent => Ok(None),
                        Ok((slot, ..)) => self.at(first + slot).map(Some),
                        Err(Fault::NoSuchField) => Ok(None),
                        Err(fault) => Err(fault),
                    },
                    (Cell::Record { .. }, _) => Ok(None),
                    _ => Err(Fault::NoOverload),
                }
            }
            _ => Err(Fault::NoOverload),
        }
    }

    pub(in crate::rules::cel) fn index(&self, container: &Val<'a>, key: &Val<'a>) -> Result<Val<'a>, Fault> {
        if !self.as_list(container) {
            if self.is_message(container) {
                return Err(Fault::NoOverload);
            }
            return self.member(container, key)?.ok_or(Fault::NoSuchKey);
        }
        let at = match key {
            Val::Int(at) => *at,
            Val::Uint(at) => i64::try_from(*at).map_err(|_| Fault::OutOfBounds)?,
            Val::Double(at) if at.fract() == 0.0 && at.abs() < 1e15 => *at as i64,
            _ => return Err(Fault::NoOverload),
        };
        let at = usize::try_from(at).map_err(|_| Fault::OutOfBounds)?;
        if let Val::List(items) = container {
            return items.get(at).copied().ok_or(Fault::OutOfBounds);
        }
        let (mut passed, mut found) = (0, None);
        self.each(container, |item| {
            self.pay(1)?;
            found = (passed == at).then_some(item);
            passed += 1;
            Ok(found.is_none())
        })?;
        found.ok_or(Fault::OutOfBounds)
    }

    pub(in crate::rules::cel) fn is_in(&self, value: &Val<'a>, container: &Val<'a>) -> Result<bool, Fault> {
        if !self.as_list(container) {
            if !matches!(value, Val::Bool(_) | Val::Int(_) | Val::Uint(_) | Val::Double(_) | Val::Text(_)) {
                return Err(Fault::NoOverload);
            }
            return self.member(container, value).map(|found| found.is_some());
        }
        let mut found = false;
        self.each(container, |item| {
            self.pay(1)?;
            found = self.equal(&item, value)?;
            Ok(!found)
        })?;
        Ok(found)
    }

    /// Whether no two items of a list of single values are the same.
    pub(in crate::rules) fn is_unique(&self, list: &Val<'a>) -> Result<bool, Fault> {
        let count = usize::try_from(self.size(list)?).unwrap_or(usize::MAX);
        self.pay(count)?;
        let items = self.alloc(count, Val::Null)?;
        let mut at = 0;
        self.each(list, |item| {
            if let Some(place) = items.get_mut(at) {
                *place = item;
            }
            at += 1;
            Ok(true)
        })?;
        if items.iter().any(|item| matches!(item, Val::Node(_) | Val::Default(_) | Val::List(_) | Val::Map(_))) {
            return Err(Fault::NoOverload);
        }
        let by_size = |one: &Val<'a>, other: &Val<'a>| match (one, other) {
            (Val::Double(one), Val::Double(other)) => one.total_cmp(other),
            (one, other) => order(one, other).ok().flatten().unwrap_or(Ordering::Equal),
        };
        items.sort_unstable_by(by_size);
        Ok(items.windows(2).all(|pair| match pair {
            [one, other] => scalars_equal(one, other) != Some(true),
            _ => true,
        }))
    }

    pub(in crate::rules) fn in_set(&self, value: &Val<'a>, set: &'a Set) -> Result<bool, Fault> {
        self.pay_text(value)?;
        if let Val::Text(text) = value {
            return Ok(set.texts.contains(*text));
        }
        self.pay(set.others.len() / 4)?;
        Ok(set.others.iter().any(|other| scalars_equal(&other.value(), value) == Some(true)))
    }
}
