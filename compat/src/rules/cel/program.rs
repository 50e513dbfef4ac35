//! What is an expression compiled to? A tree whose names are resolved: to slots of views, to locals, to functions.

use std::collections::HashSet;
use std::sync::Arc;

use regex::Regex;

use super::functions::Function;
use crate::demand::Literal;
use crate::model::TypeId;

/// A compiled expression.
#[derive(Debug)]
pub(in crate::rules) struct Program {
    pub(super) body: Expr,
    /// How many locals it needs at most.
    pub(super) locals: u32,
}

/// A part of an expression.
#[derive(Debug)]
pub(super) enum Expr {
    Const(Constant),
    Var(Var),
    Local(u32),
    Field(Box<Select>),
    Has(Box<Select>),
    Index(Box<[Self; 2]>),
    And(Box<[Self; 2]>),
    Or(Box<[Self; 2]>),
    Not(Box<Self>),
    Negative(Box<Self>),
    Choice(Box<[Self; 3]>),
    Equal(Box<[Self; 2]>, bool),
    Compare(Compare, Box<[Self; 2]>),
    Arithmetic(Arithmetic, Box<[Self; 2]>),
    In(Box<[Self; 2]>),
    /// In a list of constants.
    InSet(Box<Self>, Box<Set>),
    /// A pattern that is known beforehand.
    Matches(Box<Self>, Arc<Regex>),
    /// A pattern that only the payload knows; whether the whole text must match.
    MatchesAny(Box<[Self; 2]>, bool),
    /// Whether it is not the error or false that ends a loop.
    NotFalse(Box<Self>),
    Call(Function, Box<[Self]>),
    List(Box<[Self]>),
    Map(Box<[(Self, Self)]>),
    Loop(Box<Loop>),
    /// The names of types, as values.
    Type(&'static str),
}

/// What an expression can call by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Var {
    Message,
    Now,
    Value,
    /// What an annotation is about.
    This,
    FullName,
    Name,
    TypeName,
    Tags,
}

#[derive(Debug, Clone)]
pub(in crate::rules) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Time(i64, i32),
    Span(i64, i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A field of something.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) operand: Expr,
    pub(super) name: Box<str>,
    /// The slot and the field's type in each record that the operand may be, as far as that is known.
    pub(super) slots: Box<[Slot]>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) record: TypeId,
    pub(super) slot: u32,
    pub(super) of: TypeId,
    /// Whether it reads as its default when it is absent.
    pub(super) has_default: bool,
    /// Whether a default is told from a value (for `has`).
    pub(super) has_presence: bool,
}

impl From<&Literal> for Constant {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Uint(value) => Self::Uint(*value),
            Literal::Double(value) => Self::Double(*value),
            Literal::Text(value) => Self::Text(value.clone()),
            Literal::Bytes(value) => Self::Bytes(value.clone()),
            Literal::Time(seconds, nanos) => Self::Time(*seconds, *nanos),
            Literal::Span(seconds, nanos) => Self::Span(*seconds, *nanos),
        }
    }
}

/// Constants to be looked for.
#[derive(Debug, Default)]
pub(in crate::rules) struct Set {
    pub(super) texts: HashSet<Box<str>>,
    pub(super) others: Vec<Constant>,
}

impl FromIterator<Constant> for Set {
    fn from_iter<I: IntoIterator<Item = Constant>>(constants: I) -> Self {
        let mut set = Self::default();
        for constant in constants {
            match constant {
                Constant::Text(text) => drop(set.texts.insert(text)),
                other => set.others.push(other),
            }
        }
        set
    }
}

/// What a macro over a list or a map becomes.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) range: Expr,
    pub(super) item: u32,
    pub(super) accumulator: u32,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    /// `all`, `exists`, `exists_one` and whatever else.
    Fold { start: Expr, condition: Expr, step: Expr, result: Expr },
    /// `map` and `filter`: what is put into a new list, and when.
    Collect { condition: Option<Expr>, value: Expr },
}
