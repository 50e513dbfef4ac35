//! How do the rules of a contract become ready to run, and what can be said of them before any record?

use std::collections::HashSet;
use std::sync::Arc;

use super::annotated;
use super::cel::{self, About, Compiled, Ground, Reading};
use super::judge::{Action, Expression, OnFields, Step, Work};
use super::picked::{self, FieldId, Picked};
use super::problem::{Level, RuleProblem};
use super::sealed::{ALGORITHM, DEMAND, EXPIRY, REQUIRED, Seal};
use super::select::{self, Selected, Task, parameter};
use super::{NotCheckable, RuleAction, Rules};
use crate::contract::{Contract, Metadata, Rule, RuleKind};
use crate::demand::Demands;
use crate::format::Parsed;
use crate::model::{Form, Model, TypeId};
use crate::view::Wants;

/// The parameters of expressions.
const IGNORE_SEPARATOR: &str = "cel.ignore.guard.separator";
const REGEX_ENGINE: &str = "cel.regex.engine";
const UNSIGNED: &str = "cel.unsigned.field.type";

/// What parts a guard from what it guards.
const SEPARATOR: char = ';';

/// Confluent's words for single values, in which rules on fields look.
const PRIMITIVES: [&str; 8] = ["STRING", "BYTES", "INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "NULL"];

/// Those that `ENCRYPT` takes.
const SEALABLE: [&str; 2] = ["STRING", "BYTES"];

/// How much of an expression is told when it fails, in characters.
const TOLD: usize = 200;

pub(super) fn build(schema: &Parsed, contract: &Contract) -> Rules {
    let selected = select::selected(contract);
    let demanded = select::demanded(contract).map(|action| (annotated::NAME, schema.demands(), action));
    let inline = select::inline(contract);
    let is_last = inline.as_ref().is_some_and(|(_, is_last)| *is_last);
    let inline = inline.map(|(action, _)| (annotated::INLINE, schema.inline_rules(), action));
    let is_something = |(_, demands, _): &(_, Demands, _)| !demands.is_empty();
    let (demanded, inline) = (demanded.filter(is_something), inline.filter(is_something));
    if selected.is_empty() && demanded.is_none() && inline.is_none() {
        return Rules::default();
    }
    let (inline_first, inline_last) = if is_last { (None, inline) } else { (inline, None) };
    let mut builder = Builder::new(schema, contract);
    let is_opaque = selected.iter().any(|selected| selected.task == Task::EncryptPayload);
    for (name, demands, on_broken) in demanded.iter().chain(&inline_first) {
        builder.annotations(name, demands, on_broken, &selected, is_opaque);
    }
    for (at, one) in selected.iter().enumerate() {
        let later = selected.get(at + 1..).unwrap_or_default();
        builder.add(one, &selected, later, is_opaque);
    }
    if let Some((name, demands, on_broken)) = &inline_last {
        builder.annotations(name, demands, on_broken, &selected, is_opaque);
    }
    let Builder { model, wants, steps, left_to_client, not_checkable, .. } = builder;
    let looks_inside = steps.iter().any(|step| !matches!(step.work, Work::SealedPayload(_)));
    let reader = looks_inside.then(|| schema.view_reader(&model, &wants));
    Rules { steps: steps.into(), model, wants, reader, left_to_client, not_checkable, is_opaque }
}

pub(super) fn check(schema: &Parsed, contract: &Contract) -> Vec<RuleProblem> {
    let mut problems = Vec::new();
    let mut builder = Builder::new(schema, contract);
    let rules = contract.rules.as_ref().map(|rules| rules.domain.as_slice()).unwrap_or_default();
    for rule in rules.iter().filter(|rule| !rule.disabled) {
        let is_on_fields = match rule.executor.as_deref().unwrap_or_default().to_uppercase().as_str() {
            "CEL" => false,
            "CEL_FIELD" => true,
            _ => continue,
        };
        let parts = builder.parts(rule, is_on_fields);
        let mut texts: Vec<String> = Vec::new();
        for (shift, is_body, compiled) in parts {
            let needs_remark = |remark: &cel::Remark| is_body || remark.level != Level::Info;
            for remark in compiled.remarks.into_iter().filter(needs_remark) {
                let text = format!("{:?}{}", remark.at, remark.message);
                if !texts.contains(&text) {
                    texts.push(text);
                    let at = remark.at.map(|at| at + shift);
                    problems.push(RuleProblem {
                        rule: rule.name.as_str().into(),
                        at,
                        level: remark.level,
                        message: remark.message,
                    });
                }
            }
        }
        if is_on_fields && builder.picked(rule).is_empty() {
            problems.push(RuleProblem {
                rule: rule.name.as_str().into(),
                at: None,
                level: Level::Warning,
                message: match rule.tags.is_empty() {
                    true => "the schema has no field with a single value".into(),
                    false => "no field has one of its tags".into(),
                },
            });
        }
    }
    let held = [
        (annotated::NAME, select::demanded(contract).map(|_| schema.demands())),
        (annotated::INLINE, select::inline(contract).map(|_| schema.inline_rules())),
    ];
    for (name, demands) in held.iter().filter_map(|(name, demands)| Some((name, demands.as_ref()?))) {
        let made = annotated::make(name, demands, &mut builder.model, &mut builder.wants, &HashSet::new());
        problems.extend(made.problems);
    }
    // What the gateway will not say, told beforehand.
    let unsaid = build(schema, contract).not_checkable.into_iter();
    let is_new = |unsaid: &NotCheckable| {
        let is_told = |problem: &RuleProblem| problem.level == Level::Error || problem.message == *unsaid.why;
        !problems.iter().any(|problem| problem.rule == unsaid.rule && is_told(problem))
    };
    let unsaid: Vec<_> = unsaid.filter(is_new).collect();
    problems.extend(unsaid.into_iter().map(|unsaid| RuleProblem {
        rule: unsaid.rule,
        at: None,
        level: Level::Info,
        message: format!("the gateway does not check it: {}", unsaid.why),
    }));
    problems
}

struct Builder<'b> {
    metadata: Option<&'b Metadata>,
    model: Model,
    wants: Wants,
    steps: Vec<Step>,
    left_to_client: Vec<Arc<str>>,
    not_checkable: Vec<NotCheckable>,
}

impl<'b> Builder<'b> {
    fn new(schema: &Parsed, contract: &'b Contract) -> Self {
        let metadata = contract.metadata.as_ref();
        let mut model = schema.model();
        if let Some(metadata) = metadata {
            model.add_tags(metadata);
        }
        Self {
            metadata,
            model,
            wants: Wants::default(),
            steps: Vec::new(),
            left_to_client: Vec::new(),
            not_checkable: Vec::new(),
        }
    }

    fn add(&mut self, one: &Selected<'_>, all: &[Selected<'_>], later: &[Selected<'_>], is_opaque: bool) {
        let rule = one.rule;
        let name: Arc<str> = rule.name.as_str().into();
        match &one.task {
            Task::Transform => self.left_to_client.push(name),
            Task::Encrypt => {
                self.left_to_client.push(name);
                if self.demands_encryption(rule) && !is_opaque {
                    let fields = picked::fields(&self.model, &rule.tags, &SEALABLE);
                    let picked = Picked::new(&self.model, &mut self.wants, &fields);
                    self.push(one, Work::Sealed { seal: self.seal(rule), picked });
                }
            }
            Task::EncryptPayload => {
                self.left_to_client.push(name);
                if self.demands_encryption(rule) {
                    self.push(one, Work::SealedPayload(self.seal(rule)));
                }
            }
            Task::Unknown(executor) => self.cannot(rule, format!("there is no executor '{executor}' here")),
            Task::Cel | Task::CelField if is_opaque => self.cannot(rule, "the payload is encrypted".into()),
            Task::Cel | Task::CelField => self.condition(one, all, later),
        }
    }

    /// What the schema itself demands, as a step.
    fn annotations(
        &mut self,
        called: &'static str,
        demands: &Demands,
        on_broken: &RuleAction,
        all: &[Selected<'_>],
        is_opaque: bool,
    ) {
        let name: Arc<str> = called.into();
        if is_opaque {
            let why = "the payload is encrypted".into();
            return self.not_checkable.push(NotCheckable { rule: name, why });
        }
        let sealed = self.touched(all.iter().filter(|other| other.task == Task::Encrypt));
        let made = annotated::make(called, demands, &mut self.model, &mut self.wants, &sealed);
        let unsaid = made.unsaid.into_iter();
        self.not_checkable.extend(unsaid.map(|why| NotCheckable { rule: Arc::clone(&name), why: why.into() }));
        if let Some(annotated) = made.annotated {
            self.steps.push(Step {
                name,
                told: "".into(),
                on_success: Action::Continue,
                on_failure: action(on_broken),
                work: Work::Annotated(annotated),
            });
        }
    }

    fn condition(&mut self, one: &Selected<'_>, all: &[Selected<'_>], later: &[Selected<'_>]) {
        let rule = one.rule;
        let is_on_fields = one.task == Task::CelField;
        let sealed = self.touched(all.iter().filter(|other| other.task == Task::Encrypt));
        let changed = self.touched(later.iter().filter(|other| other.task == Task::Transform));
        let changes_all = later.iter().any(|other| other.task == Task::Transform && !is_of_fields(other.rule));
        if changes_all {
            return self.cannot(rule, "a rule behind it changes the message, which it does not see as it was".into());
        }
        let parts = self.parts(rule, is_on_fields);
        let reads: Vec<FieldId> = parts.iter().flat_map(|(.., compiled)| compiled.reads.iter().copied()).collect();
        if reads.iter().any(|field| sealed.contains(field)) {
            return self.cannot(rule, "it reads a field that is encrypted".into());
        }
        if reads.iter().any(|field| changed.contains(field)) {
            return self.cannot(rule, "a rule behind it changes a field that it reads".into());
        }
        let asks_full_name = parts.iter().any(|(.., compiled)| compiled.asks_full_name);
        let mut programs = Vec::new();
        for (_, is_body, compiled) in parts {
            match compiled.program {
                Some(program) => programs.push((is_body, program)),
                None => {
                    let why = compiled.remarks.into_iter().rfind(|remark| remark.level == Level::Error);
                    let why = why.map_or_else(|| "it can't be compiled".to_owned(), |remark| remark.message);
                    return self.cannot(rule, why);
                }
            }
        }
        let Some((_, body)) = programs.pop() else { return self.cannot(rule, "it has no expression".into()) };
        let guard = programs.pop().map(|(_, program)| program);
        let expression = Expression { guard, body, reading: self.reading(rule) };
        if !is_on_fields {
            return self.push(one, Work::Message(expression));
        }
        let fields = self.picked(rule);
        let is_hidden = |field: &FieldId| sealed.contains(field) || changed.contains(field);
        let (hidden, open): (Vec<FieldId>, Vec<FieldId>) = fields.into_iter().partition(is_hidden);
        if !hidden.is_empty() {
            let names = hidden.iter().filter_map(|(of, at)| Some(&*self.model.record(*of)?.fields.get(*at)?.full_name));
            let names: Vec<&str> = names.take(5).collect();
            self.cannot(rule, format!("encrypted or changed by another rule: {}", names.join(", ")));
        }
        if open.is_empty() {
            return;
        }
        let picked = Picked::new(&self.model, &mut self.wants, &open);
        self.push(one, Work::Fields(OnFields { expression, picked, asks_full_name }));
    }

    /// The guard, if there is one, and the body of a rule: how far into the text each begins, whether it is the body, and
    /// what became of it.
    fn parts(&mut self, rule: &Rule, is_on_fields: bool) -> Vec<(usize, bool, Compiled)> {
        let text = rule.expr.as_deref().unwrap_or_default();
        let is_whole = parameter(rule, self.metadata, IGNORE_SEPARATOR) == Some("true");
        let (guard, body) = match text.split_once(SEPARATOR) {
            Some((guard, body)) if !is_whole => (guard, body),
            _ => ("", text),
        };
        if body.trim().is_empty() {
            return Vec::new();
        }
        let shift = text.chars().count() - body.chars().count();
        let mut parts = Vec::new();
        if !guard.trim().is_empty() {
            parts.push((0, false, self.compile(rule, guard, is_on_fields, true)));
        }
        parts.push((shift, true, self.compile(rule, body, is_on_fields, rule.kind == RuleKind::Condition)));
        parts
    }

    fn compile(&mut self, rule: &Rule, text: &str, is_on_fields: bool, is_condition: bool) -> Compiled {
        let reading = self.reading(rule);
        let fields = if is_on_fields { self.picked(rule) } else { Vec::new() };
        let distinct = |types: Vec<TypeId>| {
            let mut met = HashSet::new();
            types.into_iter().filter(|id| met.insert(*id)).collect::<Vec<_>>()
        };
        let holder = |(of, at): &FieldId| Some(self.model.record(*of)?.fields.get(*at)?.of);
        let values = fields.iter().filter_map(holder).flat_map(|of| picked::leaves(&self.model, of, &PRIMITIVES));
        let values = distinct(values.collect());
        let records = distinct(fields.iter().map(|(of, _)| *of).collect());
        let about = match is_on_fields {
            true => About::Fields { values: &values, records: &records },
            false => About::Message(self.root()),
        };
        let mut ground = Ground { model: &mut self.model, wants: &mut self.wants, reading };
        cel::expression(text, about, is_condition, &mut ground)
    }

    /// What a payload is: one type, or one of several.
    fn root(&mut self) -> TypeId {
        match self.model.roots.as_slice() {
            [single] => *single,
            several => {
                let several = several.into();
                self.model.add(Form::Union(several), "COMBINED")
            }
        }
    }

    fn reading(&self, rule: &Rule) -> Reading {
        Reading {
            has_uints: parameter(rule, self.metadata, UNSIGNED) == Some("uint"),
            matches_whole: parameter(rule, self.metadata, REGEX_ENGINE)
                .is_some_and(|it| it.eq_ignore_ascii_case("pcre")),
        }
    }

    fn picked(&self, rule: &Rule) -> Vec<FieldId> {
        picked::fields(&self.model, &rule.tags, &PRIMITIVES)
    }

    /// The fields that rules change.
    fn touched<'r>(&self, rules: impl Iterator<Item = &'r Selected<'r>>) -> HashSet<FieldId> {
        rules
            .filter(|selected| selected.task == Task::Encrypt || is_of_fields(selected.rule))
            .flat_map(|selected| {
                let words: &[&str] = if selected.task == Task::Encrypt { &SEALABLE } else { &PRIMITIVES };
                picked::fields(&self.model, &selected.rule.tags, words)
            })
            .collect()
    }

    fn demands_encryption(&self, rule: &Rule) -> bool {
        parameter(rule, self.metadata, DEMAND).is_some_and(|word| word.eq_ignore_ascii_case(REQUIRED))
    }

    fn seal(&self, rule: &Rule) -> Seal {
        Seal::new(parameter(rule, self.metadata, ALGORITHM), parameter(rule, self.metadata, EXPIRY))
    }

    fn cannot(&mut self, rule: &Rule, why: String) {
        self.not_checkable.push(NotCheckable { rule: rule.name.as_str().into(), why: why.into() });
    }

    fn push(&mut self, one: &Selected<'_>, work: Work) {
        let rule = one.rule;
        let told = match (&rule.doc, &work) {
            (Some(doc), _) if !doc.trim().is_empty() => doc.clone(),
            (_, Work::Sealed { .. }) => "the value does not look encrypted".to_owned(),
            (_, Work::SealedPayload(_)) => "the payload does not look encrypted".to_owned(),
            _ => failed(rule.expr.as_deref().unwrap_or_default()),
        };
        self.steps.push(Step {
            name: rule.name.as_str().into(),
            told: told.into(),
            on_success: action(&one.on_success),
            on_failure: action(&one.on_failure),
            work,
        });
    }
}

fn action(action: &RuleAction) -> Action {
    match action {
        RuleAction::Continue => Action::Continue,
        RuleAction::Reject => Action::Reject,
        RuleAction::DeadLetter { topic } => Action::DeadLetter(topic.clone()),
    }
}

/// What is said of an expression that failed and has no other words.
pub(super) fn failed(expr: &str) -> String {
    let cut: String = expr.chars().take(TOLD).collect();
    if cut.len() < expr.len() { format!("Expr failed: '{cut}…'") } else { format!("Expr failed: '{cut}'") }
}

/// Whether a rule changes single fields only.
fn is_of_fields(rule: &Rule) -> bool {
    let executor = rule.executor.as_deref().unwrap_or_default();
    ["CEL_FIELD", "REDACT", "ENCRYPT"].iter().any(|known| executor.eq_ignore_ascii_case(known))
}
