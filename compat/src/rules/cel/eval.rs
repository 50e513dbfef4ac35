//! What is the value of a compiled expression for one payload?
//!
//! Every part costs a step and there is a limit to steps, so that no rule can hold up a gateway. Nothing is allocated but
//! in an arena that is kept and has a limit too.

use std::cell::Cell as Counter;
use std::fmt;

use bumpalo::Bump;

use super::functions;
use super::program::{Arithmetic, Body, Compare, Expr, Loop, Program, Select, Set, Var};
use super::time;
use super::types::Reading;
use super::value::{Fault, Val, is_number, order, scalars_equal};
use crate::model::{Form, Model, TypeId};
use crate::rules::patterns::Patterns;
use crate::view::{Cell, NONE, Node, NodeId, View, Wants};

/// How many steps one rule may take for one record.
pub(in crate::rules) const MAX_STEPS: u32 = 50_000;

/// How many bytes of text a step may look at.
const TEXT_PER_STEP: usize = 64;

/// One payload, and what expressions may ask of it.
pub(in crate::rules) struct Run<'a> {
    pub(in crate::rules) model: &'a Model,
    pub(in crate::rules) wants: &'a Wants,
    pub(in crate::rules) view: &'a View,
    pub(in crate::rules) payload: &'a [u8],
    pub(in crate::rules) bump: &'a Bump,
    pub(in crate::rules) patterns: &'a Patterns,
    pub(in crate::rules) reading: Reading,
    /// Milliseconds since 1970.
    pub(in crate::rules) now: i64,
    pub(in crate::rules) steps: Counter<u32>,
    pub(in crate::rules) field: Option<FieldVars<'a>>,
}

/// What a rule on fields may ask.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct FieldVars<'a> {
    pub(in crate::rules) value: Val<'a>,
    /// The record that the field is in.
    pub(in crate::rules) message: Val<'a>,
    pub(in crate::rules) full_name: &'a str,
    pub(in crate::rules) name: &'a str,
    pub(in crate::rules) type_name: &'static str,
    pub(in crate::rules) tags: &'a [Val<'a>],
}

/// The locals of loops; an error is kept until somebody asks.
type Locals<'a> = [Result<Val<'a>, Fault>];

impl Program {
    pub(in crate::rules) fn run<'a>(&'a self, run: &Run<'a>) -> Result<Val<'a>, Fault> {
        let locals = match self.locals {
            0 => &mut [],
            count => run.bump.try_alloc_slice_fill_copy(count as usize, Ok(Val::Null)).map_err(|_| Fault::TooCostly)?,
        };
        run.eval(&self.body, locals)
    }
}

impl<'a> Run<'a> {
    pub(super) fn pay(&self, steps: usize) -> Result<(), Fault> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        match self.steps.get().checked_sub(steps) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => {
                self.steps.set(0);
                Err(Fault::TooCostly)
            }
        }
    }

    fn eval(&self, expr: &'a Expr, locals: &mut Locals<'a>) -> Result<Val<'a>, Fault> {
        self.pay(1)?;
        match expr {
            Expr::Const(constant) => Ok(constant.value()),
            Expr::Var(var) => self.var(*var),
            Expr::Local(at) => locals.get(*at as usize).copied().unwrap_or(Err(Fault::Other)),
            Expr::Field(select) => {
                let operand = self.eval(&select.operand, locals)?;
                self.field(&operand, select)
            }
            Expr::Has(select) => {
                let operand = self.eval(&select.operand, locals)?;
                self.has(&operand, select).map(Val::Bool)
            }
            Expr::And(pair) => self.both(pair, locals, false),
            Expr::Or(pair) => self.both(pair, locals, true),
            Expr::Equal(pair, wanted) => {
                let (one, other) = self.pair(pair, locals)?;
                self.equal(&one, &other).map(|same| Val::Bool(same == *wanted))
            }
            Expr::Compare(how, pair) => {
                let (one, other) = self.pair(pair, locals)?;
                self.pay_text(&one)?;
                let order = order(&one, &other)?;
                Ok(Val::Bool(order.is_some_and(|order| match how {
                    Compare::Less => order.is_lt(),
                    Compare::LessOrEqual => order.is_le(),
                    Compare::Greater => order.is_gt(),
                    Compare::GreaterOrEqual => order.is_ge(),
                })))
            }
            Expr::Not(inner) => match self.eval(inner, locals)? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                _ => Err(Fault::NoOverload),
            },
            Expr::InSet(value, set) => {
                let value = self.eval(value, locals)?;
                self.in_set(&value, set).map(Val::Bool)
            }
            Expr::Matches(text, pattern) => match self.eval(text, locals)? {
                Val::Text(text) => {
                    self.pay(text.len() / TEXT_PER_STEP)?;
                    Ok(Val::Bool(pattern.is_match(text)))
                }
                _ => Err(Fault::NoOverload),
            },
            Expr::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                match self.eval(condition, locals)? {
                    Val::Bool(true) => self.eval(yes, locals),
                    Val::Bool(false) => self.eval(no, locals),
                    _ => Err(Fault::NoOverload),
                }
            }
            other => self.rarer(other, locals),
        }
    }

    fn rarer(&self, expr: &'a Expr, locals: &mut Locals<'a>) -> Result<Val<'a>, Fault> {
        match expr {
            Expr::Arithmetic(how, pair) => {
                let (one, other) = self.pair(pair, locals)?;
                self.arithmetic(*how, one, other)
            }
            Expr::Negative(inner) => match self.eval(inner, locals)? {
                Val::Int(value) => value.checked_neg().map(Val::Int).ok_or(Fault::Overflow),
                Val::Double(value) => Ok(Val::Double(-value)),
                _ => Err(Fault::NoOverload),
            },
            Expr::Index(pair) => {
                let (container, key) = self.pair(pair, locals)?;
                self.index(&container, &key)
            }
            Expr::In(pair) => {
                let (value, container) = self.pair(pair, locals)?;
                self.is_in(&value, &container).map(Val::Bool)
            }
            Expr::MatchesAny(pair, is_whole) => match self.pair(pair, locals)? {
                (Val::Text(text), Val::Text(pattern)) => {
                    // To read a pattern costs far more than to use it.
                    self.pay(text.len() / TEXT_PER_STEP + 100 + pattern.len())?;
                    let found = self.patterns.is_match(text, pattern, *is_whole);
                    found.map(Val::Bool).ok_or(Fault::Pattern)
                }
                _ => Err(Fault::NoOverload),
            },
            Expr::NotFalse(inner) => Ok(Val::Bool(!matches!(self.eval(inner, locals), Ok(Val::Bool(false))))),
            Expr::Call(function, arguments) => {
                const MOST: usize = 4;
                let mut values = [Val::Null; MOST];
                for (value, argument) in values.iter_mut().zip(arguments) {
                    *value = self.eval(argument, locals)?;
                    self.pay_text(value)?;
                }
                functions::call(*function, values.get(..arguments.len()).unwrap_or_default(), self)
            }
            Expr::Foreign(foreign, arguments) => {
                let values = self.alloc(arguments.len(), Val::Null)?;
                for (value, argument) in values.iter_mut().zip(arguments) {
                    *value = self.eval(argument, locals)?;
                }
                foreign.call(values, self)
            }
            Expr::List(items) => {
                let list = self.alloc(items.len(), Val::Null)?;
                for (place, item) in list.iter_mut().zip(items) {
                    *place = self.eval(item, locals)?;
                }
                Ok(Val::List(list))
            }
            Expr::Map(entries) => {
                let map = self.alloc(entries.len(), (Val::Null, Val::Null))?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    let key = self.eval(key, locals)?;
                    if !matches!(key, Val::Bool(_) | Val::Int(_) | Val::Uint(_) | Val::Text(_)) {
                        return Err(Fault::NoOverload);
                    }
                    self.pay(at)?;
                    if map
                        .get(..at)
                        .unwrap_or_default()
                        .iter()
                        .any(|(other, _)| scalars_equal(other, &key) == Some(true))
                    {
                        return Err(Fault::RepeatedKey);
                    }
                    let value = self.eval(value, locals)?;
                    if let Some(place) = map.get_mut(at) {
                        *place = (key, value);
                    }
                }
                Ok(Val::Map(map))
            }
            Expr::Loop(the_loop) => self.run_loop(the_loop, locals),
            Expr::Type(name) => Ok(Val::Type(name)),
            _ => Err(Fault::Other),
        }
    }

    fn pair(&self, pair: &'a [Expr; 2], locals: &mut Locals<'a>) -> Result<(Val<'a>, Val<'a>), Fault> {
        let [one, other] = pair;
        Ok((self.eval(one, locals)?, self.eval(other, locals)?))
    }

    /// `&&` and `||`: the value that decides wins over an error on either side.
    fn both(&self, pair: &'a [Expr; 2], locals: &mut Locals<'a>, decides: bool) -> Result<Val<'a>, Fault> {
        let [one, other] = pair;
        let first = self.eval(one, locals).and_then(truth);
        if first == Ok(decides) {
            return Ok(Val::Bool(decides));
        }
        let second = self.eval(other, locals).and_then(truth);
        match (first, second) {
            (_, Ok(value)) if value == decides => Ok(Val::Bool(decides)),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
            _ => Ok(Val::Bool(!decides)),
        }
    }

    fn var(&self, var: Var) -> Result<Val<'a>, Fault> {
        match (var, &self.field) {
            (Var::Message, Some(field)) => Ok(field.message),
            (Var::Message, None) => self.at(0),
            (Var::Now, _) => time::checked(self.now.div_euclid(1000), self.now.rem_euclid(1000) as i32 * 1_000_000),
            (Var::Value, Some(field)) => Ok(field.value),
            (Var::FullName, Some(field)) => Ok(Val::Text(field.full_name)),
            (Var::Name, Some(field)) => Ok(Val::Text(field.name)),
            (Var::TypeName, Some(field)) => Ok(Val::Text(field.type_name)),
            (Var::Tags, Some(field)) => Ok(Val::List(field.tags)),
            _ => Err(Fault::Other),
        }
    }

    // === The view ===

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

    fn field(&self, operand: &Val<'a>, select: &'a Select) -> Result<Val<'a>, Fault> {
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
    fn found(&self, of: TypeId, name: &str) -> Result<(u32, TypeId, bool), Fault> {
        let record = self.model.record(of).ok_or(Fault::NoSuchField)?;
        self.pay(record.fields.len() / 4)?;
        let at = record.position(name).ok_or(Fault::NoSuchField)?;
        let slot = self.wants.slot(of, at).ok_or(Fault::Unknowable)?;
        let of = record.fields.get(at).map_or(TypeId::MAX, |field| field.of);
        Ok((slot, of, record.has_defaults))
    }

    fn has(&self, operand: &Val<'a>, select: &'a Select) -> Result<bool, Fault> {
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
    fn entry(&self, map: &Node, wanted: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
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

    /// How many items, entries or characters a value has.
    pub(super) fn size(&self, value: &Val<'a>) -> Result<i64, Fault> {
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
    fn members(&self, id: NodeId, declared: usize) -> Result<usize, Fault> {
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
    pub(super) fn each(
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

    // === Operators ===

    pub(super) fn equal(&self, one: &Val<'a>, other: &Val<'a>) -> Result<bool, Fault> {
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
    fn equal_maps(&self, one: &Val<'a>, other: &Val<'a>) -> Result<bool, Fault> {
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

    fn is_message(&self, value: &Val<'a>) -> bool {
        match value {
            Val::Default(_) => true,
            Val::Node(id) => self.model.record(self.view.get(*id).of).is_some_and(|record| record.has_defaults),
            _ => false,
        }
    }

    pub(super) fn as_list(&self, value: &Val<'a>) -> bool {
        match value {
            Val::List(_) => true,
            Val::Node(id) => matches!(self.view.get(*id).cell, Cell::List { .. }),
            _ => false,
        }
    }

    /// The items of a list in one piece.
    fn collected(&self, value: &Val<'a>) -> Result<&'a [Val<'a>], Fault> {
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
    pub(super) fn member(&self, container: &Val<'a>, key: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
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

    fn index(&self, container: &Val<'a>, key: &Val<'a>) -> Result<Val<'a>, Fault> {
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

    fn is_in(&self, value: &Val<'a>, container: &Val<'a>) -> Result<bool, Fault> {
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

    fn in_set(&self, value: &Val<'a>, set: &'a Set) -> Result<bool, Fault> {
        self.pay_text(value)?;
        if let Val::Text(text) = value {
            return Ok(set.texts.contains(*text));
        }
        self.pay(set.others.len() / 4)?;
        Ok(set.others.iter().any(|other| scalars_equal(&other.value(), value) == Some(true)))
    }

    fn arithmetic(&self, how: Arithmetic, one: Val<'a>, other: Val<'a>) -> Result<Val<'a>, Fault> {
        use Arithmetic::{Add, Divide, Multiply, Remainder, Subtract};
        match (one, other) {
            (Val::Int(one), Val::Int(other)) => {
                let result = match how {
                    Add => one.checked_add(other),
                    Subtract => one.checked_sub(other),
                    Multiply => one.checked_mul(other),
                    Divide | Remainder if other == 0 => return Err(Fault::DivisionByZero),
                    Divide => one.checked_div(other),
                    Remainder => one.checked_rem(other),
                };
                result.map(Val::Int).ok_or(Fault::Overflow)
            }
            (Val::Uint(one), Val::Uint(other)) => {
                let result = match how {
                    Add => one.checked_add(other),
                    Subtract => one.checked_sub(other),
                    Multiply => one.checked_mul(other),
                    Divide | Remainder if other == 0 => return Err(Fault::DivisionByZero),
                    Divide => one.checked_div(other),
                    Remainder => one.checked_rem(other),
                };
                result.map(Val::Uint).ok_or(Fault::Overflow)
            }
            (Val::Double(one), Val::Double(other)) => Ok(Val::Double(match how {
                Add => one + other,
                Subtract => one - other,
                Multiply => one * other,
                Divide => one / other,
                Remainder => return Err(Fault::NoOverload),
            })),
            (Val::Text(one), Val::Text(other)) if how == Add => self.text(|out| {
                out.push_str(one);
                out.push_str(other);
            }),
            (Val::Bytes(one), Val::Bytes(other)) if how == Add => {
                self.pay((one.len() + other.len()) / TEXT_PER_STEP)?;
                let joined = self.bump.try_alloc_slice_fill_copy(one.len() + other.len(), 0u8);
                let joined = joined.map_err(|_| Fault::TooCostly)?;
                joined.iter_mut().zip(one.iter().chain(other)).for_each(|(place, byte)| *place = *byte);
                Ok(Val::Bytes(joined))
            }
            (one, other) if how == Add && self.as_list(&one) && self.as_list(&other) => {
                let (one, other) = (self.collected(&one)?, self.collected(&other)?);
                self.pay(one.len() + other.len())?;
                let joined = self.alloc(one.len() + other.len(), Val::Null)?;
                joined.iter_mut().zip(one.iter().chain(other)).for_each(|(place, item)| *place = *item);
                Ok(Val::List(joined))
            }
            (one, other) if is_number(&one) || is_number(&other) => Err(Fault::NoOverload),
            (one, other) if how == Add => time::add(&one, &other),
            (one, other) if how == Subtract => time::subtract(&one, &other),
            _ => Err(Fault::NoOverload),
        }
    }

    // === Loops ===

    fn run_loop(&self, the_loop: &'a Loop, locals: &mut Locals<'a>) -> Result<Val<'a>, Fault> {
        let range = self.eval(&the_loop.range, locals)?;
        let set = |locals: &mut Locals<'a>, at: u32, value| {
            if let Some(place) = locals.get_mut(at as usize) {
                *place = value;
            }
        };
        match &the_loop.body {
            Body::Fold { start, condition, step, result } => {
                let start = self.eval(start, locals);
                set(locals, the_loop.accumulator, start);
                self.each(&range, |item| {
                    set(locals, the_loop.item, Ok(item));
                    if !matches!(self.eval(condition, locals)?, Val::Bool(true)) {
                        return Ok(false);
                    }
                    let next = self.eval(step, locals);
                    if next.is_err_and(Fault::is_ours) {
                        return next.map(|_| false);
                    }
                    set(locals, the_loop.accumulator, next);
                    Ok(true)
                })?;
                self.eval(result, locals)
            }
            Body::Collect { condition, value } => {
                let list = self.alloc(usize::try_from(self.size(&range)?).unwrap_or(0), Val::Null)?;
                let mut count = 0;
                self.each(&range, |item| {
                    set(locals, the_loop.item, Ok(item));
                    let is_taken = match condition {
                        Some(condition) => truth(self.eval(condition, locals)?)?,
                        None => true,
                    };
                    if is_taken {
                        let value = self.eval(value, locals)?;
                        if let Some(place) = list.get_mut(count) {
                            *place = value;
                        }
                        count += 1;
                    }
                    Ok(true)
                })?;
                Ok(Val::List(list.get(..count).unwrap_or_default()))
            }
        }
    }

    // === The arena ===

    pub(in crate::rules) fn alloc<T: Copy>(&self, count: usize, value: T) -> Result<&'a mut [T], Fault> {
        self.pay(count / 4)?;
        self.bump.try_alloc_slice_fill_copy(count, value).map_err(|_| Fault::TooCostly)
    }

    /// A text that is made up.
    pub(super) fn text(&self, write: impl FnOnce(&mut String)) -> Result<Val<'a>, Fault> {
        let mut out = String::new();
        write(&mut out);
        self.kept(&out)
    }

    pub(super) fn written(&self, what: fmt::Arguments<'_>) -> Result<Val<'a>, Fault> {
        self.kept(&what.to_string())
    }

    pub(in crate::rules) fn kept(&self, text: &str) -> Result<Val<'a>, Fault> {
        self.pay(text.len() / TEXT_PER_STEP)?;
        self.bump.try_alloc_str(text).map(|text| Val::Text(text)).map_err(|_| Fault::TooCostly)
    }

    pub(super) fn replaced(&self, text: &str, from: &str, to: &str) -> Result<Val<'a>, Fault> {
        // Known before it is made: a short pattern and a long text in its place grow without bound.
        let most = text.len() + text.len().max(1).saturating_mul(to.len());
        self.pay(most / TEXT_PER_STEP)?;
        self.kept(&text.replace(from, to))
    }

    pub(super) fn split(&self, text: &'a str, separator: &str) -> Result<Val<'a>, Fault> {
        if separator.is_empty() {
            let list = self.alloc(text.chars().count(), Val::Null)?;
            let parts =
                text.char_indices().map(|(at, letter)| text.get(at..at + letter.len_utf8()).unwrap_or_default());
            list.iter_mut().zip(parts).for_each(|(place, part)| *place = Val::Text(part));
            return Ok(Val::List(list));
        }
        let list = self.alloc(text.split(separator).count(), Val::Null)?;
        list.iter_mut().zip(text.split(separator)).for_each(|(place, part)| *place = Val::Text(part));
        Ok(Val::List(list))
    }

    pub(super) fn joined(&self, list: &Val<'a>, separator: &str) -> Result<Val<'a>, Fault> {
        let mut out = String::new();
        let mut is_first = true;
        self.each(list, |item| {
            let Val::Text(text) = item else { return Err(Fault::NoOverload) };
            self.pay((text.len() + separator.len()) / TEXT_PER_STEP + 1)?;
            if !is_first {
                out.push_str(separator);
            }
            is_first = false;
            out.push_str(text);
            Ok(true)
        })?;
        self.kept(&out)
    }

    /// Texts cost by their length.
    pub(super) fn pay_text(&self, value: &Val<'a>) -> Result<(), Fault> {
        match value {
            Val::Text(text) if text.len() >= TEXT_PER_STEP => self.pay(text.len() / TEXT_PER_STEP),
            Val::Bytes(bytes) if bytes.len() >= TEXT_PER_STEP => self.pay(bytes.len() / TEXT_PER_STEP),
            _ => Ok(()),
        }
    }

    pub(super) fn type_of(&self, value: &Val<'a>) -> &'static str {
        match value {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Uint(_) => "uint",
            Val::Double(_) => "double",
            Val::Text(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::Time(..) => "google.protobuf.Timestamp",
            Val::Span(..) => "google.protobuf.Duration",
            Val::Type(_) => "type",
            Val::List(_) => "list",
            Val::Map(_) | Val::Default(_) => "map",
            Val::Node(_) if self.as_list(value) => "list",
            Val::Node(_) => "map",
        }
    }
}

pub(in crate::rules) fn truth(value: Val<'_>) -> Result<bool, Fault> {
    match value {
        Val::Bool(value) => Ok(value),
        _ => Err(Fault::NoOverload),
    }
}

fn is_zero(cell: &Cell) -> bool {
    match *cell {
        Cell::Absent | Cell::Null | Cell::Boolean(false) | Cell::Int(0) | Cell::Unsigned(0) => true,
        Cell::Float(value) => value.to_bits() == 0,
        Cell::Text { start, end } | Cell::Told { start, end } | Cell::Bytes { start, end } => start == end,
        Cell::List { count, .. } | Cell::Map { count, .. } => count == 0,
        _ => false,
    }
}
