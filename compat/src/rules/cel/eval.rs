//! What is the value of a compiled expression for one payload?
//!
//! Every part costs a step and there is a limit to steps, so that no rule can hold up a gateway. Nothing is allocated but
//! in an arena that is kept and has a limit too.

mod arena;
mod compute;
mod containers;
mod fields;

use std::cell::Cell as Counter;

pub(in crate::rules) use fields::is_zero;

use bumpalo::Bump;

use super::functions;
use super::program::{Compare, Expr, Program, Var};
use super::time;
use super::types::Reading;
use super::value::{Fault, Val, order, scalars_equal};
use crate::model::Model;
use crate::rules::patterns::Patterns;
use crate::view::{View, Wants};

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
    /// What an annotation is about.
    pub(in crate::rules) this: Val<'a>,
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
            (Var::This, _) => Ok(self.this),
            (Var::Now, _) => time::checked(self.now.div_euclid(1000), self.now.rem_euclid(1000) as i32 * 1_000_000),
            (Var::Value, Some(field)) => Ok(field.value),
            (Var::FullName, Some(field)) => Ok(Val::Text(field.full_name)),
            (Var::Name, Some(field)) => Ok(Val::Text(field.name)),
            (Var::TypeName, Some(field)) => Ok(Val::Text(field.type_name)),
            (Var::Tags, Some(field)) => Ok(Val::List(field.tags)),
            _ => Err(Fault::Other),
        }
    }

    /// How many nanoseconds after a point in time it is now.
    pub(in crate::rules) fn until(&self, time: &Val<'a>) -> Result<i128, Fault> {
        match time {
            Val::Time(seconds, nanos) => {
                Ok(i128::from(self.now) * 1_000_000 - i128::from(*seconds) * 1_000_000_000 - i128::from(*nanos))
            }
            _ => Err(Fault::NoOverload),
        }
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
