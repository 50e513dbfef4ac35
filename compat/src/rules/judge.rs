//! What do compiled rules say about one payload?

use std::cell::Cell;
use std::sync::Arc;

use super::annotated::{self, Annotated, Broken};
use super::cel::{Fault, FieldVars, MAX_STEPS, Program, Reading, Run, Val, truth};
use super::picked::{self, Found, Part, Picked};
use super::sealed::Seal;
use super::{NotCheckable, RecordFacts, RuleAction, RuleFailure, RuleScratch, RuleVerdict, Rules};
use crate::validator::Payload;
use crate::view::Unread;

/// How many steps the expressions of a schema's own demands may take for one record, all together.
const ANNOTATION_STEPS: u32 = 200_000;

/// One rule.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: Arc<str>,
    /// What is said when it fails.
    pub(super) told: Arc<str>,
    pub(super) on_success: Action,
    pub(super) on_failure: Action,
    pub(super) work: Work,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Continue,
    Reject,
    DeadLetter(Option<Arc<str>>),
}

/// What there is to do.
#[derive(Debug)]
pub(super) enum Work {
    /// What the schema itself demands.
    Annotated(Annotated),
    Message(Expression),
    Fields(OnFields),
    /// These fields must look encrypted.
    Sealed {
        seal: Seal,
        picked: Picked,
    },
    /// All of the payload must.
    SealedPayload(Seal),
}

/// A condition, and when it matters.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) guard: Option<Program>,
    pub(super) body: Program,
    pub(super) reading: Reading,
}

#[derive(Debug)]
pub(super) struct OnFields {
    pub(super) expression: Expression,
    pub(super) picked: Picked,
    pub(super) asks_full_name: bool,
}

/// Why a rule does not pass.
#[derive(Debug)]
enum Trouble {
    /// A condition is false, or has no value; and where, for rules on fields.
    Failed { path: String, fault: Option<Fault> },
    /// The gateway can't say.
    Undecided(&'static str),
}

pub(super) fn judge(
    rules: &Rules,
    payload: Payload<'_>,
    facts: &RecordFacts<'_>,
    scratch: &mut RuleScratch,
) -> RuleVerdict {
    scratch.clear();
    let RuleScratch { view, arena, patterns, path } = scratch;
    let unread = match &rules.reader {
        Some(reader) => match reader.read(payload, view) {
            Ok(()) => None,
            Err(Unread::TooLarge) => Some("the payload has more values than the gateway looks at"),
            Err(Unread::Flawed(_)) => Some("the payload does not obey its schema"),
        },
        None => None,
    };
    let mut run = Run {
        model: &rules.model,
        wants: &rules.wants,
        view,
        payload: payload.bytes,
        bump: arena,
        patterns,
        reading: Reading::default(),
        now: facts.now,
        steps: Cell::new(MAX_STEPS),
        field: None,
        this: Val::Null,
    };
    let mut verdict = RuleVerdict::default();
    for step in rules.steps.iter().filter(|step| !facts.skip.contains(&&*step.name)) {
        if let (Work::Annotated(annotated), None) = (&step.work, unread) {
            run.steps.set(ANNOTATION_STEPS);
            (run.reading, run.field) = (annotated.reading, None);
            let broken = annotated::follow(annotated, &mut run, facts.skip, path);
            if !broken.is_empty() && verdict.add_broken(step, broken) {
                break;
            }
            continue;
        }
        run.steps.set(MAX_STEPS);
        let judged = match (&step.work, unread) {
            (Work::SealedPayload(seal), _) if seal.is_on_bytes(payload.bytes) => Ok(()),
            (Work::SealedPayload(_), _) => Err(Trouble::Failed { path: String::new(), fault: None }),
            (_, Some(why)) => Err(Trouble::Undecided(why)),
            (Work::Annotated(_), None) => Ok(()),
            // As in Confluent's clients, a list is no message.
            (Work::Message(_), None) if run.view.is_list() => Ok(()),
            (Work::Message(expression), None) => {
                (run.reading, run.field) = (expression.reading, None);
                holds(expression, &run).map_err(|fault| trouble(fault, String::new))
            }
            (Work::Fields(of), None) => on_fields(of, &mut run, path),
            (Work::Sealed { seal, picked }, None) => sealed(*seal, picked, &run, path),
        };
        let is_over = match judged {
            Ok(()) if step.on_success == Action::Continue => false,
            Ok(()) => verdict.add(
                step,
                &step.on_success,
                String::new(),
                "it passed, and the contract refuses what passes".into(),
            ),
            Err(Trouble::Failed { path, fault }) => verdict.add(step, &step.on_failure, path, reason(step, fault)),
            Err(Trouble::Undecided(why)) => {
                verdict.undecided.push(NotCheckable { rule: Arc::clone(&step.name), why: why.into() });
                false
            }
        };
        if is_over {
            break;
        }
    }
    verdict
}

impl RuleVerdict {
    /// Adds a failure; whether it ends the record.
    #[cold]
    fn add(&mut self, step: &Step, action: &Action, path: String, reason: String) -> bool {
        self.add_failure(Arc::clone(&step.name), action, path, reason)
    }

    /// Adds all that is not as the schema demands; whether it ends the record.
    #[cold]
    fn add_broken(&mut self, step: &Step, all: Vec<Broken>) -> bool {
        let mut is_over = false;
        for broken in all {
            match broken {
                Broken::Failed { id, path, reason } => {
                    is_over |= self.add_failure(id, &step.on_failure, path, reason);
                }
                Broken::Undecided { id, why } => {
                    self.undecided.push(NotCheckable { rule: id, why: why.into() });
                }
            }
        }
        is_over
    }

    fn add_failure(&mut self, rule: Arc<str>, action: &Action, path: String, reason: String) -> bool {
        let action = match action {
            Action::Continue => RuleAction::Continue,
            Action::Reject => RuleAction::Reject,
            Action::DeadLetter(topic) => RuleAction::DeadLetter { topic: topic.clone() },
        };
        let is_over = action != RuleAction::Continue;
        self.failed.push(RuleFailure { rule, path, reason, action });
        is_over
    }
}

#[cold]
fn reason(step: &Step, fault: Option<Fault>) -> String {
    match fault {
        // What a rule is for is often a whole sentence.
        Some(fault) => format!("{}: {}", step.told.trim_end_matches(['.', ' ']), fault.what()),
        None => step.told.to_string(),
    }
}

#[cold]
fn trouble(fault: Option<Fault>, path: impl FnOnce() -> String) -> Trouble {
    match fault {
        Some(fault) if fault.is_ours() => Trouble::Undecided(fault.what()),
        fault => Trouble::Failed { path: path(), fault },
    }
}

/// Whether a condition holds. `Err(None)` if it is false, and only then; what is neither true nor false, as Confluent
/// has it, is not false.
fn holds<'a>(expression: &'a Expression, run: &Run<'a>) -> Result<(), Option<Fault>> {
    if let Some(guard) = &expression.guard {
        match guard.run(run).and_then(truth) {
            Ok(true) => {}
            Err(fault) if fault.is_ours() => return Err(Some(fault)),
            _ => return Ok(()),
        }
    }
    match expression.body.run(run) {
        Ok(Val::Bool(false)) => Err(None),
        Ok(_) => Ok(()),
        Err(fault) => Err(Some(fault)),
    }
}

fn on_fields<'a>(of: &'a OnFields, run: &mut Run<'a>, path: &mut Vec<Part>) -> Result<(), Trouble> {
    run.reading = of.expression.reading;
    let (model, view) = (run.model, run.view);
    of.picked.each(model, view, path, |found, path| {
        let at = || picked::told(model, path);
        let field = field_vars(of, found, path, run).map_err(|fault| trouble(Some(fault), at))?;
        // Of values that are nothing nothing is asked, nor of those that are more than single.
        let Some(field) = field else { return Ok(()) };
        run.field = Some(field);
        holds(&of.expression, run).map_err(|fault| trouble(fault, at))
    })
}

/// What an expression is told about a value.
fn field_vars<'a>(of: &OnFields, found: &Found, path: &[Part], run: &Run<'a>) -> Result<Option<FieldVars<'a>>, Fault> {
    const PRIMITIVES: [&str; 7] = ["STRING", "BYTES", "INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN"];
    let type_name = run.model.word(found.of);
    let declared = run.model.record(found.field.0).and_then(|record| record.fields.get(found.field.1));
    let Some(declared) = declared.filter(|_| PRIMITIVES.contains(&type_name)) else { return Ok(None) };
    let value = match found.node {
        Some(node) => run.at(node)?,
        None => run.default(found.of),
    };
    let tags = run.alloc(declared.tags.len(), Val::Null)?;
    tags.iter_mut().zip(picked::tags(declared)).for_each(|(place, tag)| *place = tag);
    let full_name = match of.asks_full_name && declared.full_name.contains("[]") {
        true => match run.kept(&picked::full_name(run.model, found.field, path))? {
            Val::Text(name) => name,
            _ => "",
        },
        false => &declared.full_name,
    };
    let message = run.at(found.record)?;
    Ok(Some(FieldVars { value, message, full_name, name: &declared.name, type_name, tags }))
}

fn sealed(seal: Seal, picked: &Picked, run: &Run<'_>, path: &mut Vec<Part>) -> Result<(), Trouble> {
    picked.each(run.model, run.view, path, |found, path| {
        let is_sealed = match found.node.map(|node| run.at(node)) {
            // An empty default was never written, so there is nothing to hide.
            None => true,
            Some(Ok(Val::Text(text))) => seal.is_on_text(text),
            Some(Ok(Val::Bytes(bytes))) => seal.is_on_bytes(bytes),
            Some(_) => true,
        };
        match is_sealed {
            true => Ok(()),
            false => Err(Trouble::Failed { path: picked::told(run.model, path), fault: None }),
        }
    })
}
