//! What do macros over lists and maps become?

use cel::common::ast::{ComprehensionExpr, Expr as Parsed, LiteralValue, operators};
use cel::parser::Expression;

use super::{Compiler, Local};
use crate::rules::cel::program::{Body, Expr, Loop};
use crate::rules::cel::types::{Kinds, Ty};
use crate::rules::problem::Level;

impl Compiler<'_, '_, '_> {
    pub(super) fn comprehension(&mut self, id: u64, of: &ComprehensionExpr) -> (Expr, Ty) {
        if of.iter_var2.is_some() {
            return self.unknown(id, "loops with two variables are not known here".into());
        }
        let (range, ty) = self.expr(&of.iter_range);
        let kinds = self.kinds(&ty);
        if !kinds.meets(Kinds::LIST.or(Kinds::MAP)) {
            self.remark(of.iter_range.id, Level::Error, format!("{kinds} has no items"));
        }
        let item_ty = ty.items(self.ground.model, self.ground.reading);
        if item_ty == Ty::Any {
            self.consume(&ty);
        }
        let depth = u32::try_from(self.scope.len()).unwrap_or(u32::MAX);
        let (accumulator, item) = (depth, depth + 1);
        self.locals = self.locals.max(depth + 2);
        // What is collected is put to the end of a list again and again; that is done at once.
        let collected = collected(of);
        let (start, start_ty) = match collected {
            Some(_) => (Expr::List([].into()), Ty::Any),
            None => self.expr(&of.accu_init),
        };
        self.scope.push(Local { name: of.accu_var.clone(), at: accumulator, ty: start_ty.clone() });
        self.scope.push(Local { name: of.iter_var.clone(), at: item, ty: item_ty });
        let (body, ty) = match collected {
            Some((condition, value)) => {
                let condition = condition.map(|condition| self.truth(condition));
                let (value, ty) = self.consumed(value);
                (Body::Collect { condition, value }, Ty::List(Box::new(ty)))
            }
            None => {
                let condition = self.expr(&of.loop_cond).0;
                let step = self.expr(&of.loop_step).0;
                self.scope.pop();
                let (result, ty) = self.expr(&of.result);
                self.scope.push(Local { name: of.iter_var.clone(), at: item, ty: Ty::Any });
                (Body::Fold { start, condition, step, result }, ty)
            }
        };
        self.scope.pop();
        self.scope.pop();
        (Expr::Loop(Box::new(Loop { range, item, accumulator, body })), ty)
    }
}

/// The condition and the value of a loop that only puts values to the end of a list, as `map` and `filter` do.
fn collected(of: &ComprehensionExpr) -> Option<(Option<&Expression>, &Expression)> {
    let is_accumulator = |expr: &Expression| matches!(&expr.expr, Parsed::Ident(name) if *name == of.accu_var);
    let is_empty = matches!(&of.accu_init.expr, Parsed::List(list) if list.elements.is_empty());
    let is_endless = matches!(&of.loop_cond.expr, Parsed::Literal(LiteralValue::Boolean(always)) if *always.inner());
    if !is_empty || !is_endless || !is_accumulator(&of.result) {
        return None;
    }
    let appended = |expr: &'_ Expression| match &expr.expr {
        Parsed::Call(call) if call.func_name == operators::ADD => match call.args.as_slice() {
            [list, Expression { expr: Parsed::List(added), .. }] if is_accumulator(list) => {
                Some(added.elements.len() == 1)
            }
            _ => None,
        },
        _ => None,
    };
    let element = |expr: &'_ Expression| appended(expr) == Some(true);
    match &of.loop_step.expr {
        Parsed::Call(call) if call.func_name == operators::CONDITIONAL => match call.args.as_slice() {
            [condition, step, same] if element(step) && is_accumulator(same) => Some((Some(condition), added(step)?)),
            _ => None,
        },
        _ if element(&of.loop_step) => Some((None, added(&of.loop_step)?)),
        _ => None,
    }
}

/// The element of `list + [element]`.
fn added(expr: &Expression) -> Option<&Expression> {
    let Parsed::Call(call) = &expr.expr else { return None };
    match call.args.as_slice() {
        [_, Expression { expr: Parsed::List(list), .. }] => list.elements.first(),
        _ => None,
    }
}
