//! How does the text of an expression become a program, and what is wrong with it by the schema?
//!
//! Parsed by crate `cel`; then every name is resolved, every field becomes a slot of the view and is wanted from then on,
//! every pattern is read. What can't be right whatever the payload is told with its place.

use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr as Parsed, LiteralValue, SourceInfo, operators};
use cel::parser::Expression;

use super::depth;
use super::functions::{self, FUNCTIONS};
use super::library;
use super::program::{Arithmetic, Body, Compare, Constant, Expr, Loop, Program, Select, Set, Slot, Var};
use super::types::{Kinds, Reading, Ty};
use crate::model::{Field, Form, Model, TypeId};
use crate::rules::patterns;
use crate::rules::problem::Level;
use crate::view::Wants;

/// How long an expression may be, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// How deep its tree may be: parser, compiler and evaluator call themselves.
const MAX_DEPTH: usize = 100;

/// How much stack parsing and compiling get. The parser takes far more of it for a bracket than anyone would think, so
/// that the stacks of workers would not do; of this only what is touched becomes memory.
const STACK: usize = 64 * 1024 * 1024;

/// Something about an expression, and where in it, in characters.
#[derive(Debug)]
pub(in crate::rules) struct Remark {
    pub(in crate::rules) at: Option<usize>,
    pub(in crate::rules) level: Level,
    pub(in crate::rules) message: String,
}

/// What an expression is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) enum About<'t> {
    /// Whole messages, of this type.
    Message(TypeId),
    /// Fields of these types in records of these types.
    Fields { values: &'t [TypeId], records: &'t [TypeId] },
}

/// Where programs are compiled into: they share one model and one view.
pub(in crate::rules) struct Ground<'g> {
    pub(in crate::rules) model: &'g mut Model,
    pub(in crate::rules) wants: &'g mut Wants,
    pub(in crate::rules) reading: Reading,
}

/// What compiling gave.
#[derive(Debug, Default)]
pub(in crate::rules) struct Compiled {
    /// `None` if it can't be run here; then a remark says why.
    pub(in crate::rules) program: Option<Program>,
    pub(in crate::rules) remarks: Vec<Remark>,
    /// The fields that it reads.
    pub(in crate::rules) reads: Vec<(TypeId, usize)>,
    /// Whether it asks for the full name of a field.
    pub(in crate::rules) asks_full_name: bool,
}

/// Compiles an expression. What a condition gives must be a truth value.
pub(in crate::rules) fn expression(
    text: &str,
    about: About<'_>,
    is_condition: bool,
    ground: &mut Ground<'_>,
) -> Compiled {
    let compile = || match parse(text) {
        Ok(parsed) => compile(&parsed, about, is_condition, ground),
        Err(remark) => Compiled { remarks: vec![remark], ..Compiled::default() },
    };
    // The text is anybody's, and the parser is not ours: a panic of it ends here as well.
    let compiled = std::thread::scope(|scope| {
        let compiling = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, compile);
        compiling.ok().and_then(|compiling| compiling.join().ok())
    });
    let unread = || Remark { at: None, level: Level::Error, message: "it can't be read".into() };
    compiled.unwrap_or_else(|| Compiled { remarks: vec![unread()], ..Compiled::default() })
}

fn compile(parsed: &cel::Program, about: About<'_>, is_condition: bool, ground: &mut Ground<'_>) -> Compiled {
    let mut compiler = Compiler {
        ground,
        about,
        info: parsed.source_info(),
        scope: Vec::new(),
        locals: 0,
        is_runnable: true,
        compiled: Compiled::default(),
    };
    let (body, ty) = compiler.consumed(parsed.expression());
    let kinds = compiler.kinds(&ty);
    if is_condition && !kinds.meets(Kinds::BOOL) {
        compiler.remark(
            parsed.expression().id,
            Level::Error,
            format!("a condition gives true or false, this one {kinds}"),
        );
    }
    let Compiler { locals, is_runnable, mut compiled, .. } = compiler;
    compiled.program = is_runnable.then_some(Program { body, locals });
    compiled.reads.sort_unstable();
    compiled.reads.dedup();
    compiled
}

fn parse(text: &str) -> Result<cel::Program, Remark> {
    let error = |at, message: String| Remark { at, level: Level::Error, message };
    if text.len() > MAX_TEXT {
        return Err(error(None, format!("an expression has at most {MAX_TEXT} bytes")));
    }
    if !depth::is_within(text, MAX_DEPTH) {
        return Err(error(None, "it nests too deep".into()));
    }
    library::env().compile(text).map_err(|errors| match errors.errors.first() {
        Some(first) => {
            let (line, column) = first.pos;
            let before: usize = text
                .split('\n')
                .take(usize::try_from(line - 1).unwrap_or(0))
                .map(|line| line.chars().count() + 1)
                .sum();
            error(Some(before + usize::try_from(column - 1).unwrap_or(0)), first.msg.clone())
        }
        None => error(None, "it can't be read".into()),
    })
}

struct Compiler<'c, 'g, 't> {
    ground: &'c mut Ground<'g>,
    about: About<'t>,
    info: &'c SourceInfo,
    scope: Vec<Local>,
    /// How many locals there are at most.
    locals: u32,
    is_runnable: bool,
    compiled: Compiled,
}

struct Local {
    name: String,
    at: u32,
    ty: Ty,
}

impl Compiler<'_, '_, '_> {
    fn expr(&mut self, parsed: &Expression) -> (Expr, Ty) {
        let id = parsed.id;
        match &parsed.expr {
            Parsed::Literal(literal) => constant(literal),
            Parsed::Ident(name) => self.name(id, name),
            Parsed::Select(select) => {
                let (operand, ty) = self.expr(&select.operand);
                self.select(id, operand, &ty, &select.field, select.test)
            }
            Parsed::Call(call) => self.call(id, call),
            Parsed::List(list) if list.optional_indices.is_empty() => {
                let mut same: Option<Ty> = None;
                let mut is_mixed = false;
                let items = list.elements.iter().map(|item| {
                    let (item, ty) = self.consumed(item);
                    is_mixed |= same.get_or_insert_with(|| ty.clone()) != &ty;
                    item
                });
                let items = items.collect();
                let item = same.filter(|_| !is_mixed).unwrap_or(Ty::Any);
                (Expr::List(items), Ty::List(Box::new(item)))
            }
            Parsed::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    match &entry.expr {
                        EntryExpr::MapEntry(entry) if !entry.optional => {
                            entries.push((self.consumed(&entry.key).0, self.consumed(&entry.value).0));
                        }
                        _ => return self.unknown(id, "optional entries are not known here".into()),
                    }
                }
                (Expr::Map(entries.into()), Ty::Map)
            }
            Parsed::Comprehension(comprehension) => self.comprehension(id, comprehension),
            Parsed::Struct(_) => self.unknown(id, "messages can't be made here".into()),
            Parsed::List(_) | Parsed::Unspecified => self.unknown(id, "this form is not known here".into()),
        }
    }

    /// An expression whose value is looked at as a whole.
    fn consumed(&mut self, parsed: &Expression) -> (Expr, Ty) {
        let (expr, ty) = self.expr(parsed);
        self.consume(&ty);
        (expr, ty)
    }

    /// Wants everything that a value holds.
    fn consume(&mut self, ty: &Ty) {
        match ty {
            Ty::Of(id) => {
                self.ground.wants.want_all(self.ground.model, *id);
                let all = reachable(self.ground.model, *id);
                self.compiled.reads.extend(all);
            }
            Ty::List(item) => self.consume(item),
            _ => {}
        }
    }

    fn kinds(&self, ty: &Ty) -> Kinds {
        ty.kinds(self.ground.model, self.ground.reading)
    }

    // === Names and fields ===

    fn name(&mut self, id: u64, name: &str) -> (Expr, Ty) {
        if let Some(local) = self.scope.iter().rev().find(|local| local.name == name) {
            return (Expr::Local(local.at), local.ty.clone());
        }
        let is_field = matches!(self.about, About::Fields { .. });
        let var = |var| Expr::Var(var);
        match name {
            "message" => (var(Var::Message), self.message()),
            "now" => (var(Var::Now), Ty::Time),
            "value" if is_field => (var(Var::Value), self.value()),
            "fullName" if is_field => {
                self.compiled.asks_full_name = true;
                (var(Var::FullName), Ty::Text)
            }
            "name" if is_field => (var(Var::Name), Ty::Text),
            "typeName" if is_field => (var(Var::TypeName), Ty::Text),
            "tags" if is_field => (var(Var::Tags), Ty::List(Box::new(Ty::Text))),
            _ => match TYPES.iter().find(|(known, _)| *known == name) {
                Some((_, name)) => (Expr::Type(name), Ty::Type),
                None => {
                    let known = if is_field { "value, fullName, name, typeName, tags, message" } else { "message" };
                    self.unknown(id, format!("'{name}' is not known; there are {known} and now"))
                }
            },
        }
    }

    fn message(&mut self) -> Ty {
        match self.about {
            About::Message(root) => Ty::of(self.ground.model, root, self.ground.reading),
            About::Fields { records, .. } => self.one_of(records),
        }
    }

    fn value(&mut self) -> Ty {
        match self.about {
            About::Message(_) => Ty::Any,
            About::Fields { values, .. } => self.one_of(values),
        }
    }

    fn one_of(&mut self, types: &[TypeId]) -> Ty {
        match types {
            [] => Ty::Any,
            [single] => Ty::of(self.ground.model, *single, self.ground.reading),
            several => Ty::Of(self.ground.model.add(Form::Union(several.into()), "COMBINED")),
        }
    }

    fn select(&mut self, id: u64, operand: Expr, ty: &Ty, name: &str, is_test: bool) -> (Expr, Ty) {
        let mut slots = Vec::new();
        let mut types: Vec<Ty> = Vec::new();
        // Whether a value may have it that nothing is known about.
        let mut is_possible = false;
        if let Ty::Of(of) = ty {
            for branch in self.ground.model.branches(*of) {
                match self.ground.model.get(branch) {
                    Form::Map { values, .. } => {
                        is_possible = true;
                        types.push(Ty::of(self.ground.model, *values, self.ground.reading));
                    }
                    Form::Any => (is_possible, types) = (true, vec![Ty::Any]),
                    Form::Record(_) => {
                        if let Some(slot) = self.slot(id, branch, name) {
                            types.push(Ty::of(self.ground.model, slot.of, self.ground.reading));
                            slots.push(slot);
                        }
                    }
                    _ => {}
                }
            }
        } else {
            is_possible = matches!(ty, Ty::Any | Ty::Map);
        }
        if slots.is_empty() && !is_possible {
            self.no_field(id, ty, name);
        }
        types.dedup();
        let result = match types.as_slice() {
            [single] => single.clone(),
            _ => {
                types.iter().for_each(|ty| self.consume(ty));
                Ty::Any
            }
        };
        let select = Box::new(Select { operand, name: name.into(), slots: slots.into() });
        if is_test { (Expr::Has(select), Ty::Bool) } else { (Expr::Field(select), result) }
    }

    /// The slot of a field of a record.
    fn slot(&mut self, id: u64, of: TypeId, name: &str) -> Option<Slot> {
        let record = self.ground.model.record(of)?;
        let at = match record.position(name) {
            Some(at) => at,
            None if record.is_open => {
                let message =
                    format!("the schema does not declare '{name}', though it allows it{}", self.instead(of, name));
                self.remark(id, Level::Warning, message);
                self.declare(of, name)?
            }
            None => return None,
        };
        let record = self.ground.model.record(of)?;
        let field = record.fields.get(at)?;
        let (has_default, has_presence, field_of) = (record.has_defaults, field.has_presence, field.of);
        self.compiled.reads.push((of, at));
        let slot = self.ground.wants.want(of, at);
        Some(Slot { record: of, slot, of: field_of, has_default, has_presence })
    }

    /// Adds a field that the schema allows without declaring it.
    fn declare(&mut self, of: TypeId, name: &str) -> Option<usize> {
        let any = self.ground.model.add(Form::Any, "COMBINED");
        match &mut self.ground.model.types.get_mut(of as usize)?.form {
            Form::Record(record) => {
                record.fields.push(Field {
                    name: name.into(),
                    of: any,
                    tags: Vec::new(),
                    full_name: name.into(),
                    number: 0,
                    has_presence: true,
                    oneof: None,
                });
                Some(record.fields.len() - 1)
            }
            _ => None,
        }
    }

    fn no_field(&mut self, id: u64, ty: &Ty, name: &str) {
        let records: Vec<TypeId> = match ty {
            Ty::Of(of) => {
                let branches = self.ground.model.branches(*of).into_iter();
                branches.filter(|branch| self.ground.model.record(*branch).is_some()).collect()
            }
            _ => Vec::new(),
        };
        let message = match records.first() {
            Some(first) => format!("there is no field '{name}'{}", self.instead(*first, name)),
            None => format!("'{name}' is asked of {}, which has no fields", self.kinds(ty)),
        };
        self.remark(id, Level::Error, message);
    }

    /// What is nearest to a name that is not there.
    fn instead(&self, of: TypeId, name: &str) -> String {
        let Some(record) = self.ground.model.record(of) else { return String::new() };
        let close = |field: &&Field| distance(&field.name, name) <= 1 + name.len() / 4;
        match record.fields.iter().filter(close).min_by_key(|field| distance(&field.name, name)) {
            Some(near) => format!("; did you mean '{}'?", near.name),
            None => String::new(),
        }
    }

    // === Operators and functions ===

    fn call(&mut self, id: u64, call: &CallExpr) -> (Expr, Ty) {
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

    fn truth(&mut self, parsed: &Expression) -> Expr {
        let (expr, ty) = self.expr(parsed);
        if !self.kinds(&ty).meets(Kinds::BOOL) {
            let message = format!("true or false is needed here, this is {}", self.kinds(&ty));
            self.remark(parsed.id, Level::Error, message);
        }
        expr
    }

    fn equal(&mut self, id: u64, one: &Expression, other: &Expression, wanted: bool) -> (Expr, Ty) {
        let ((one, one_ty), (other, other_ty)) = (self.consumed(one), self.consumed(other));
        let (one_kinds, other_kinds) = (self.kinds(&one_ty).numbers_alike(), self.kinds(&other_ty).numbers_alike());
        if !one_kinds.meets(other_kinds) {
            let is_null = one_ty == Ty::Null || other_ty == Ty::Null;
            let what = format!("{} is never equal to {}", self.kinds(&one_ty), self.kinds(&other_ty));
            self.remark(id, if is_null { Level::Warning } else { Level::Error }, what);
        }
        (Expr::Equal(Box::new([one, other]), wanted), Ty::Bool)
    }

    fn arithmetic(&mut self, id: u64, name: &str, one: &Expression, other: &Expression) -> (Expr, Ty) {
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

    fn index(&mut self, id: u64, container: &Expression, key: &Expression) -> (Expr, Ty) {
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

    fn contained(&mut self, id: u64, value: &Expression, container: &Expression) -> (Expr, Ty) {
        let (value, ty) = self.consumed(value);
        if let Parsed::List(list) = &container.expr
            && let Some(constants) = constants(&list.elements)
        {
            let kinds = constants.iter().fold(Kinds::NONE, |kinds, constant| kinds.or(self.kinds(&ty_of(constant))));
            if !constants.is_empty() && !kinds.numbers_alike().meets(self.kinds(&ty).numbers_alike()) {
                let message = format!("{} is never one of {kinds}", self.kinds(&ty));
                self.remark(id, Level::Error, message);
            }
            let mut set = Set::default();
            for constant in constants {
                match constant {
                    Constant::Text(text) => drop(set.texts.insert(text)),
                    other => set.others.push(other),
                }
            }
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

    fn matches(&mut self, id: u64, text: &Expression, pattern: &Expression) -> (Expr, Ty) {
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

    fn function(&mut self, id: u64, call: &CallExpr) -> (Expr, Ty) {
        let name = call.func_name.as_str();
        // `math.abs(x)`: a function in a namespace, and not of something called `math`.
        let space = match call.target.as_deref() {
            Some(Expression { expr: Parsed::Ident(space), .. })
                if library::has(&format!("{space}.{name}")) && !self.scope.iter().any(|local| local.name == *space) =>
            {
                Some(space)
            }
            _ => None,
        };
        let full = space.map_or_else(|| name.to_owned(), |space| format!("{space}.{name}"));
        let target = call.target.as_deref().filter(|_| space.is_none());
        let is_member = target.is_some();
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
        let named = FUNCTIONS.iter().filter(|(_, known, kinds, _)| *known == full && kinds.len() == types.len());
        let mut is_known = false;
        for (function, _, kinds, gives) in named {
            is_known = true;
            if kinds.iter().zip(&types).all(|(kinds, ty)| kinds.meets(self.kinds(ty))) {
                let ty = gives.ty(types.first().unwrap_or(&Ty::Any));
                return (Expr::Call(*function, arguments.into()), ty);
            }
        }
        if library::has(&full)
            && let Some(foreign) = library::Foreign::new(&full, is_member, arguments.len())
        {
            return (Expr::Foreign(foreign.into(), arguments.into()), Ty::Any);
        }
        let told: Vec<String> = types.iter().map(|ty| self.kinds(ty).to_string()).collect();
        if is_known || functions::is_known(&full) {
            // It is run all the same: as everywhere it fails on each record that comes to it.
            self.remark(id, Level::Error, format!("'{full}' does not take ({})", told.join(", ")));
            return (Expr::List([].into()), Ty::Any).with_fault();
        }
        self.unknown(id, format!("there is no function '{full}' here"))
    }

    // === Macros ===

    fn comprehension(&mut self, id: u64, of: &ComprehensionExpr) -> (Expr, Ty) {
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

    // === Remarks ===

    fn remark(&mut self, id: u64, level: Level, message: String) {
        let at = self.info.offset_for(id).map(|(start, _)| start as usize);
        self.compiled.remarks.push(Remark { at, level, message });
    }

    /// For what keeps the expression from being run here.
    fn unknown(&mut self, id: u64, message: String) -> (Expr, Ty) {
        self.is_runnable = false;
        self.remark(id, Level::Error, message);
        (Expr::Const(Constant::Null), Ty::Any)
    }

    fn mismatch(&mut self, id: u64, what: &str, one: &Ty, other: &Ty) {
        let message = format!("one can't {what} {} and {}", self.kinds(one), self.kinds(other));
        self.remark(id, Level::Error, message);
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

const TYPES: [(&str, &str); 10] = [
    ("bool", "bool"),
    ("bytes", "bytes"),
    ("double", "double"),
    ("int", "int"),
    ("list", "list"),
    ("map", "map"),
    ("null_type", "null_type"),
    ("string", "string"),
    ("type", "type"),
    ("uint", "uint"),
];

fn constant(literal: &LiteralValue) -> (Expr, Ty) {
    let constant = value(literal);
    let ty = ty_of(&constant);
    (Expr::Const(constant), ty)
}

fn value(literal: &LiteralValue) -> Constant {
    match literal {
        LiteralValue::Boolean(value) => Constant::Bool(*value.inner()),
        LiteralValue::Bytes(value) => Constant::Bytes(value.inner().into()),
        LiteralValue::Double(value) => Constant::Double(*value.inner()),
        LiteralValue::Int(value) => Constant::Int(*value.inner()),
        LiteralValue::Null => Constant::Null,
        LiteralValue::String(value) => Constant::Text(value.inner().into()),
        LiteralValue::UInt(value) => Constant::Uint(*value.inner()),
    }
}

fn ty_of(constant: &Constant) -> Ty {
    match constant {
        Constant::Null => Ty::Null,
        Constant::Bool(_) => Ty::Bool,
        Constant::Int(_) => Ty::Int,
        Constant::Uint(_) => Ty::Uint,
        Constant::Double(_) => Ty::Double,
        Constant::Text(_) => Ty::Text,
        Constant::Bytes(_) => Ty::Bytes,
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

/// All fields that values of a type hold.
fn reachable(model: &Model, id: TypeId) -> Vec<(TypeId, usize)> {
    let mut found = Vec::new();
    let mut open = vec![id];
    let mut met = std::collections::HashSet::new();
    while let Some(id) = open.pop() {
        if !met.insert(id) {
            continue;
        }
        match model.get(id) {
            Form::List(of) | Form::Wrapper(of) => open.push(*of),
            Form::Map { keys, values } => open.extend([*keys, *values]),
            Form::Union(branches) => open.extend(branches.iter()),
            Form::Record(record) => {
                for (at, field) in record.fields.iter().enumerate() {
                    found.push((id, at));
                    open.push(field.of);
                }
            }
            _ => {}
        }
    }
    found
}

/// How many letters must change to make one name of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, expected) in other.iter().enumerate() {
            let changed = diagonal + usize::from(!letter.eq_ignore_ascii_case(expected));
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
