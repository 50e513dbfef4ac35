//! What do operators become, and which values can't they take?

use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr as Parsed, LiteralValue, operators};
use cel::parser::Expression;

use super::{Compiler, ty_of, value};
use crate::model::{Form, TypeId};
use crate::rules::cel::program::{Arithmetic, Compare, Constant, Expr, Set};
use crate::rules::cel::types::{Kinds, Ty};
use crate::rules::patterns;
use crate::rules::problem::Level;

impl Compiler<'_, '_, '_> {
    pub(super) fn call(&mut self, id: u64, call: &CallExpr) -> (Expr, Ty) {
        use operators as op;
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, [one, other]) => {
                let pair = Box::new([self.truth(one), self.truth(other)]);
                (if name == op::LOGICAL_AND { Expr::And(pair) } else { Expr::Or(pair) }, Ty::Bool)
            }
            (op::LOGICAL_NOT, [inner]) => (Expr::Not(Box::new(self.truth(inner))), Ty::Bool),
            (op::NOT_STRICTLY_FALSE, [inner]) => (Expr::NotFalse(Box::new(self.expr(inner).0)), Ty::Bool),
            (op::CONDITIONAL, [condition, yes, no]) => {
                let condition = self.truth(condition);
                let ((yes, yes_ty), (no, no_ty)) = (self.expr(yes), self.expr(no));
                let ty = if yes_ty == no_ty {
                    yes_ty
                } else {
                    self.consume(&yes_ty);
                    self.consume(&no_ty);
                    Ty::Any
                };
                (Expr::Choice(Box::new([condition, yes, no])), ty)
            }
            (op::EQUALS | op::NOT_EQUALS, [one, other]) => self.equal(id, one, other, name == op::EQUALS),
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [one, other]) => {
                let how = match name {
                    op::LESS => Compare::Less,
                    op::LESS_EQUALS => Compare::LessOrEqual,
                    op::GREATER => Compare::Greater,
                    _ => Compare::GreaterOrEqual,
                };
                let ((one, one_ty), (other, other_ty)) = (self.expr(one), self.expr(other));
                let kinds = self.kinds(&one_ty).numbers_alike().and(self.kinds(&other_ty).numbers_alike());
                let ordered = Kinds::NUMBER.or(Kinds::TEXT).or(Kinds::BYTES).or(Kinds::BOOL).or(Kinds::MOMENT);
                if !kinds.meets(ordered) {
                    self.mismatch(id, "compare", &one_ty, &other_ty);
                }
                (Expr::Compare(how, Box::new([one, other])), Ty::Bool)
            }
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [one, other]) => {
                self.arithmetic(id, name, one, other)
            }
            (op::NEGATE, [inner]) => {
                let (inner, ty) = self.expr(inner);
                if !self.kinds(&ty).meets(Kinds::INT.or(Kinds::DOUBLE)) {
                    let message = format!("{} has no negative", self.kinds(&ty));
                    self.remark(id, Level::Error, message);
                }
                (Expr::Negative(Box::new(inner)), ty)
            }
            (op::INDEX, [container, key]) => self.index(id, container, key),
            (op::IN, [value, container]) => self.contained(id, value, container),
            ("matches", [pattern]) if call.target.is_some() => {
                let Some(target) = &call.target else { return (Expr::Const(Constant::Null), Ty::Any) };
                self.matches(id, target, pattern)
            }
            ("matches", [text, pattern]) if call.target.is_none() => self.matches(id, text, pattern),
            _ => self.function(id, call),
        }
    }

    pub(super) fn truth(&mut self, parsed: &Expression) -> Expr {
        let (expr, ty) = self.expr(parsed);
        if !self.kinds(&ty).meets(Kinds::BOOL) {
            let message = format!("true or false is needed here, this is {}", self.kinds(&ty));
            self.remark(parsed.id, Level::Error, message);
        }
        expr
    }

    pub(super) fn equal(&mut self, id: u64, one: &Expression, other: &Expression, wanted: bool) -> (Expr, Ty) {
        let ((one, one_ty), (other, other_ty)) = (self.consumed(one), self.consumed(other));
        let (one_kinds, other_kinds) = (self.kinds(&one_ty).numbers_alike(), self.kinds(&other_ty).numbers_alike());
        if !one_kinds.meets(other_kinds) {
            let is_null = one_ty == Ty::Null || other_ty == Ty::Null;
            let what = format!("{} is never equal to {}", self.kinds(&one_ty), self.kinds(&other_ty));
            self.remark(id, if is_null { Level::Warning } else { Level::Error }, what);
        }
        (Expr::Equal(Box::new([one, other]), wanted), Ty::Bool)
    }

    pub(super) fn arithmetic(&mut self, id: u64, name: &str, one: &Expression, other: &Expression) -> (Expr, Ty) {
        let how = match name {
            operators::ADD => Arithmetic::Add,
            operators::SUBSTRACT => Arithmetic::Subtract,
            operators::MULTIPLY => Arithmetic::Multiply,
            operators::DIVIDE => Arithmetic::Divide,
            _ => Arithmetic::Remainder,
        };
        let ((one, one_ty), (other, other_ty)) = (self.consumed(one), self.consumed(other));
        let (one_kinds, other_kinds) = (self.kinds(&one_ty), self.kinds(&other_ty));
        let alike = match how {
            Arithmetic::Add => Kinds::NUMBER.or(Kinds::TEXT).or(Kinds::BYTES).or(Kinds::LIST).or(Kinds::SPAN),
            Arithmetic::Subtract => Kinds::NUMBER.or(Kinds::MOMENT),
            Arithmetic::Remainder => Kinds::INT.or(Kinds::UINT),
            _ => Kinds::NUMBER,
        };
        let is_shift = match how {
            Arithmetic::Add => {
                one_kinds.meets(Kinds::TIME) && other_kinds.meets(Kinds::SPAN)
                    || one_kinds.meets(Kinds::SPAN) && other_kinds.meets(Kinds::TIME)
            }
            Arithmetic::Subtract => one_kinds.meets(Kinds::TIME) && other_kinds.meets(Kinds::SPAN),
            _ => false,
        };
        if !one_kinds.and(other_kinds).meets(alike) && !is_shift {
            self.mismatch(id, "compute with", &one_ty, &other_ty);
        }
        let ty = match (&one_ty, &other_ty) {
            (Ty::Time, Ty::Time) => Ty::Span,
            (Ty::Time, Ty::Span) | (Ty::Span, Ty::Time) => Ty::Time,
            (one, other) if one == other && !matches!(one, Ty::Of(_)) => one.clone(),
            _ => Ty::Any,
        };
        (Expr::Arithmetic(how, Box::new([one, other])), ty)
    }

    pub(super) fn index(&mut self, id: u64, container: &Expression, key: &Expression) -> (Expr, Ty) {
        let (container, ty) = self.expr(container);
        // A record whose field is named by a text that is known is as good as a field.
        if let (Parsed::Literal(LiteralValue::String(name)), Ty::Of(of)) = (&key.expr, &ty) {
            let branches = self.ground.model.branches(*of);
            let is_record =
                |branch: &TypeId| self.ground.model.record(*branch).is_some_and(|record| !record.has_defaults);
            if branches.iter().any(is_record) {
                return self.select(id, container, &ty, name.inner(), false);
            }
        }
        let (key, key_ty) = self.consumed(key);
        let kinds = self.kinds(&ty);
        if !kinds.meets(Kinds::LIST.or(Kinds::MAP)) {
            self.remark(id, Level::Error, format!("{kinds} has no items"));
        } else if !kinds.meets(Kinds::MAP) && !self.kinds(&key_ty).meets(Kinds::NUMBER) {
            let message = format!("an item of a list is named by a number, not by {}", self.kinds(&key_ty));
            self.remark(id, Level::Error, message);
        }
        let item = match &ty {
            Ty::Of(of) => match self.ground.model.branches(*of).as_slice() {
                [single] => match self.ground.model.get(*single) {
                    Form::List(items) => Ty::of(self.ground.model, *items, self.ground.reading),
                    Form::Map { values, .. } => Ty::of(self.ground.model, *values, self.ground.reading),
                    _ => Ty::Any,
                },
                _ => Ty::Any,
            },
            Ty::List(item) => (**item).clone(),
            _ => Ty::Any,
        };
        if item == Ty::Any {
            self.consume(&ty);
        }
        (Expr::Index(Box::new([container, key])), item)
    }

    pub(super) fn contained(&mut self, id: u64, value: &Expression, container: &Expression) -> (Expr, Ty) {
        let (value, ty) = self.consumed(value);
        if let Parsed::List(list) = &container.expr
            && let Some(constants) = constants(&list.elements)
        {
            let kinds = constants.iter().fold(Kinds::NONE, |kinds, constant| kinds.or(self.kinds(&ty_of(constant))));
            if !constants.is_empty() && !kinds.numbers_alike().meets(self.kinds(&ty).numbers_alike()) {
                let message = format!("{} is never one of {kinds}", self.kinds(&ty));
                self.remark(id, Level::Error, message);
            }
            let set: Set = constants.into_iter().collect();
            return (Expr::InSet(Box::new(value), Box::new(set)), Ty::Bool);
        }
        let (container, container_ty) = self.consumed(container);
        let kinds = self.kinds(&container_ty);
        if !kinds.meets(Kinds::LIST.or(Kinds::MAP)) {
            self.remark(id, Level::Error, format!("nothing is in {kinds}"));
        }
        let item = container_ty.items(self.ground.model, self.ground.reading);
        if !self.kinds(&item).numbers_alike().meets(self.kinds(&ty).numbers_alike()) {
            let message = format!("{} is never one of {}", self.kinds(&ty), self.kinds(&item));
            self.remark(id, Level::Error, message);
        }
        (Expr::In(Box::new([value, container])), Ty::Bool)
    }

    pub(super) fn matches(&mut self, id: u64, text: &Expression, pattern: &Expression) -> (Expr, Ty) {
        let (text, ty) = self.expr(text);
        if !self.kinds(&ty).meets(Kinds::TEXT) {
            let message = format!("a pattern is for text, not for {}", self.kinds(&ty));
            self.remark(id, Level::Error, message);
        }
        let is_whole = self.ground.reading.matches_whole;
        let Parsed::Literal(LiteralValue::String(literal)) = &pattern.expr else {
            let (pattern, ty) = self.expr(pattern);
            if !self.kinds(&ty).meets(Kinds::TEXT) {
                let message = format!("a pattern is a text, not {}", self.kinds(&ty));
                self.remark(id, Level::Error, message);
            }
            return (Expr::MatchesAny(Box::new([text, pattern]), is_whole), Ty::Bool);
        };
        let literal = literal.inner();
        match patterns::read(literal, is_whole) {
            Ok(read) => {
                if !literal.starts_with('^') || !literal.ends_with('$') {
                    let message =
                        "some clients match the whole text and some a part: write ^ before it and $ behind it, or .* ";
                    self.remark(pattern.id, Level::Info, message.trim_end().into());
                }
                (Expr::Matches(Box::new(text), Arc::new(read)), Ty::Bool)
            }
            Err(why) => self.unknown(pattern.id, format!("the pattern can't be used: {why}")),
        }
    }
}

/// The elements of a list if all are constants.
fn constants(elements: &[Expression]) -> Option<Vec<Constant>> {
    let constant = |element: &Expression| match &element.expr {
        Parsed::Literal(literal) => Some(value(literal)),
        _ => None,
    };
    elements.iter().map(constant).collect()
}
