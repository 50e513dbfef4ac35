//! Which function is called, and does it take what it is given?

use cel::common::ast::{CallExpr, Expr as Parsed};
use cel::parser::Expression;

use super::{About, Compiler};
use crate::rules::cel::functions::{self, FUNCTIONS};
use crate::rules::cel::program::{Constant, Expr};
use crate::rules::cel::types::{Kinds, Ty};
use crate::rules::problem::Level;

impl Compiler<'_, '_, '_> {
    pub(super) fn function(&mut self, id: u64, call: &CallExpr) -> (Expr, Ty) {
        let name = call.func_name.as_str();
        // `math.abs(x)`: a function in a namespace, and not of something called `math`.
        let space = match call.target.as_deref() {
            Some(Expression { expr: Parsed::Ident(space), .. })
                if functions::is_known(&format!("{space}.{name}"), true)
                    && !self.scope.iter().any(|local| local.name == *space) =>
            {
                Some(space)
            }
            _ => None,
        };
        let full = space.map_or_else(|| name.to_owned(), |space| format!("{space}.{name}"));
        let target = call.target.as_deref().filter(|_| space.is_none());
        let mut arguments = Vec::new();
        let mut types = Vec::new();
        for argument in target.into_iter().chain(&call.args) {
            // Who only counts need not look inside.
            let (argument, ty) = self.expr(argument);
            if name != "size" || self.kinds(&ty).meets(Kinds::MAP) {
                self.consume(&ty);
            }
            arguments.push(argument);
            types.push(ty);
        }
        // The greatest of several is that of a list of them.
        if matches!(&*full, "math.greatest" | "math.least")
            && types.len() > 1
            && types.iter().all(|ty| self.kinds(ty).meets(Kinds::NUMBER))
        {
            arguments = vec![Expr::List(arguments.into())];
            types = vec![Ty::List(Box::new(Ty::Any))];
        }
        let named = FUNCTIONS.iter().filter(|(_, known, kinds, _)| *known == full && kinds.len() == types.len());
        let is_this = matches!(self.about, About::This { .. });
        let named = named.filter(|(function, ..)| is_this || !functions::is_of_annotations(*function));
        let mut is_known = false;
        for (function, _, kinds, gives) in named {
            is_known = true;
            if kinds.iter().zip(&types).all(|(kinds, ty)| kinds.meets(self.kinds(ty))) {
                let ty = gives.ty(types.first().unwrap_or(&Ty::Any));
                return (Expr::Call(*function, arguments.into()), ty);
            }
        }
        let told: Vec<String> = types.iter().map(|ty| self.kinds(ty).to_string()).collect();
        if is_known || functions::is_known(&full, is_this) {
            // It is run all the same: as everywhere it fails on each record that comes to it.
            self.remark(id, Level::Error, format!("'{full}' does not take ({})", told.join(", ")));
            return (Expr::List([].into()), Ty::Any).with_fault();
        }
        self.unknown(id, format!("there is no function '{full}' here"))
    }
}

/// What calls a function with arguments that it never takes.
trait WithFault {
    fn with_fault(self) -> Self;
}

impl WithFault for (Expr, Ty) {
    fn with_fault(self) -> Self {
        // A truth value has no negative.
        (Expr::Negative(Box::new(Expr::Const(Constant::Bool(true)))), self.1)
    }
}
