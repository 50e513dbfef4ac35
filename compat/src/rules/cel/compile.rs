//! How does the text of an expression become a program, and what is wrong with it by the schema?
//!
//! Parsed by crate `cel`; then every name is resolved, every field becomes a slot of the view and is wanted from then on,
//! every pattern is read. What can't be right whatever the payload is told with its place.

mod calls;
mod fields;
mod loops;
mod operators;

use cel::common::ast::{EntryExpr, Expr as Parsed, LiteralValue, SourceInfo};
use cel::parser::{Expression, Parser};

use super::depth;
use super::program::{Constant, Expr, Program, Var};
use super::types::{Kinds, Reading, Ty};
use crate::demand::Given;
use crate::model::{Form, Model, TypeId};
use crate::rules::problem::Level;
use crate::view::Wants;

/// How long an expression may be, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// How deep its tree may be: parser, compiler and evaluator call themselves.
const MAX_DEPTH: usize = 100;

/// How much stack parsing and compiling get. The parser takes far more of it for a bracket than anyone would think, so
/// that the stacks of workers would not do; of this only what is touched becomes memory.
pub(super) const STACK: usize = 64 * 1024 * 1024;

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
    /// Values of this type, which an annotation calls `this`; and its own value, `rule`.
    This { of: TypeId, rule: Option<&'t Given> },
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
    /// The texts that it holds.
    pub(in crate::rules) texts: Vec<Box<str>>,
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
        Ok((parsed, info)) => compile(&parsed, &info, about, is_condition, ground),
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

fn compile(
    parsed: &Expression,
    info: &SourceInfo,
    about: About<'_>,
    is_condition: bool,
    ground: &mut Ground<'_>,
) -> Compiled {
    let mut compiler = Compiler {
        ground,
        about,
        info,
        scope: Vec::new(),
        locals: 0,
        is_runnable: true,
        compiled: Compiled::default(),
    };
    let (body, ty) = compiler.consumed(parsed);
    let kinds = compiler.kinds(&ty);
    let (allowed, words) = match about {
        About::This { .. } => (Kinds::BOOL.or(Kinds::TEXT), "true, false or a text"),
        _ => (Kinds::BOOL, "true or false"),
    };
    if is_condition && !kinds.meets(allowed) {
        compiler.remark(parsed.id, Level::Error, format!("a condition gives {words}, this one {kinds}"));
    }
    let Compiler { locals, is_runnable, mut compiled, .. } = compiler;
    compiled.program = is_runnable.then_some(Program { body, locals });
    compiled.reads.sort_unstable();
    compiled.reads.dedup();
    compiled
}

pub(super) fn parse(text: &str) -> Result<(Expression, SourceInfo), Remark> {
    let error = |at, message: String| Remark { at, level: Level::Error, message };
    if text.len() > MAX_TEXT {
        return Err(error(None, format!("an expression has at most {MAX_TEXT} bytes")));
    }
    if !depth::is_within(text, MAX_DEPTH) {
        return Err(error(None, "it nests too deep".into()));
    }
    Parser::new().enable_optional_syntax(true).parse_with_source_info(text).map_err(|errors| {
        match errors.errors.first() {
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
        }
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
            Parsed::Literal(literal) => {
                let constant = value(literal);
                if let Constant::Text(text) = &constant {
                    self.compiled.texts.push(text.clone());
                }
                with_type(constant)
            }
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
                let all = self.ground.model.fields_within(*id);
                self.compiled.reads.extend(all);
            }
            Ty::List(item) => self.consume(item),
            _ => {}
        }
    }

    fn kinds(&self, ty: &Ty) -> Kinds {
        ty.kinds(self.ground.model, self.ground.reading)
    }

    // === Names ===

    fn name(&mut self, id: u64, name: &str) -> (Expr, Ty) {
        if let Some(local) = self.scope.iter().rev().find(|local| local.name == name) {
            return (Expr::Local(local.at), local.ty.clone());
        }
        let is_field = matches!(self.about, About::Fields { .. });
        let is_this = matches!(self.about, About::This { .. });
        let var = |var| Expr::Var(var);
        if let ("rule", About::This { rule: Some(rule), .. }) = (name, self.about) {
            return given(rule);
        }
        match name {
            "this" if is_this => (var(Var::This), self.value()),
            "message" if !is_this => (var(Var::Message), self.message()),
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
                    let known = match self.about {
                        About::Fields { .. } => "value, fullName, name, typeName, tags, message",
                        About::This { .. } => "this",
                        About::Message(_) => "message",
                    };
                    self.unknown(id, format!("'{name}' is not known; there are {known} and now"))
                }
            },
        }
    }

    fn message(&mut self) -> Ty {
        match self.about {
            About::Message(root) => Ty::of(self.ground.model, root, self.ground.reading),
            About::Fields { records, .. } => self.one_of(records),
            About::This { .. } => Ty::Any,
        }
    }

    fn value(&mut self) -> Ty {
        match self.about {
            About::Message(_) => Ty::Any,
            About::Fields { values, .. } => self.one_of(values),
            // Who asks about what a wrapper holds is asked only where it holds something.
            About::This { of, .. } => match self.ground.model.get(of) {
                Form::Wrapper(inner) => self.one_of(&[*inner]),
                _ => self.one_of(&[of]),
            },
        }
    }

    fn one_of(&mut self, types: &[TypeId]) -> Ty {
        match types {
            [] => Ty::Any,
            [single] => Ty::of(self.ground.model, *single, self.ground.reading),
            several => Ty::Of(self.ground.model.add(Form::Union(several.into()), "COMBINED")),
        }
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

fn with_type(constant: Constant) -> (Expr, Ty) {
    let ty = ty_of(&constant);
    (Expr::Const(constant), ty)
}

/// What an annotation calls its own value.
fn given(rule: &Given) -> (Expr, Ty) {
    match rule {
        Given::One(one) => with_type(one.into()),
        Given::Many(many) => {
            let items: Vec<(Expr, Ty)> = many.iter().map(|one| with_type(one.into())).collect();
            let ty = items.first().map_or(Ty::Any, |(_, ty)| ty.clone());
            (Expr::List(items.into_iter().map(|(item, _)| item).collect()), Ty::List(Box::new(ty)))
        }
    }
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
        Constant::Time(..) => Ty::Time,
        Constant::Span(..) => Ty::Span,
    }
}
