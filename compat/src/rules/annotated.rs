//! How do the demands that a schema makes in its own text become ready to run?
//!
//! They run as one step, before the rules of the contract: for each record that holds something demanded a list of fields
//! to look into, for each value its tests and its expressions, which are programs as those of rules. [`run`] follows it.

mod check;
mod run;

use std::collections::HashSet;
use std::sync::Arc;

use super::cel::{self, About, Compiled, Ground, Program, Reading};
use super::picked::FieldId;
use super::problem::{Level, RuleProblem};
use crate::demand::{self, Condition, Demands, Ignore, OfValue, Unread};
use crate::model::{Form, Model, TypeId};
use crate::view::Wants;
use check::Check;

pub(super) use run::{Broken, follow};

/// What all annotations together are called, where a rule has a name.
pub(super) const NAME: &str = "protovalidate";

/// What the rules are called that Confluent lets a schema hold.
pub(super) const INLINE: &str = "inline";

/// Whether a text may hold annotations or inline rules.
pub(super) fn are_in(text: &str) -> bool {
    text.contains("buf/validate/validate.proto") || text.contains("confluent") && text.contains("rules")
}

/// The property of a contract's metadata that says what follows when an annotation is broken, in the words of actions.
pub(super) const PROPERTY: &str = "tidegate.protovalidate";
pub(super) const DISABLED: &str = "DISABLED";

/// The property of a contract's metadata that has inline rules run: where they stand among the others, in the words of
/// Confluent's serializers; and the one that says what follows when one is broken.
pub(super) const EXECUTION: &str = "validation.rules.execution";
pub(super) const INLINE_PROPERTY: &str = "tidegate.inline";
pub(super) const BEFORE: &str = "BEFORE_DOMAIN_RULES";
pub(super) const AFTER: &str = "AFTER_DOMAIN_RULES";

/// How each reads values: a pattern is found anywhere, and annotations have numbers without a sign.
fn reading(name: &str) -> Reading {
    Reading { has_uints: name == NAME, matches_whole: false }
}

/// How many places are told where annotations can't be followed.
const MOST_TOLD: usize = 20;

/// The demands of a schema, compiled.
#[derive(Debug)]
pub(super) struct Annotated {
    /// For each type of the model what is demanded of its values or inside them, if they are records.
    records: Box<[Option<Box<Record>>]>,
    pub(super) reading: Reading,
}

#[derive(Debug)]
struct Record {
    conditions: Box<[Asked]>,
    choices: Box<[Choice]>,
    fields: Box<[Field]>,
}

/// So many of these fields must be there.
#[derive(Debug)]
struct Choice {
    id: Arc<str>,
    name: Box<str>,
    none: Option<Arc<str>>,
    several: Arc<str>,
    slots: Box<[Presence]>,
}

/// Where a field lies, and whether being there is more than not being zero.
#[derive(Debug, Clone, Copy)]
struct Presence {
    slot: u32,
    is_told: bool,
}

#[derive(Debug)]
struct Field {
    id: FieldId,
    of: TypeId,
    presence: Presence,
    is_required: bool,
    value: Value,
}

#[derive(Debug, Default)]
struct Value {
    ignore: Ignore,
    tests: Box<[Tested]>,
    conditions: Box<[Asked]>,
    keys: Option<Box<Self>>,
    items: Option<Box<Self>>,
    /// Whether it is a record with demands inside.
    leads: bool,
}

#[derive(Debug)]
struct Tested {
    id: Arc<str>,
    told: Arc<str>,
    check: Check,
}

/// An expression.
#[derive(Debug)]
struct Asked {
    id: Arc<str>,
    /// What is said when it is broken.
    told: Arc<str>,
    program: Program,
    /// The texts in it: what it says itself may be told, what it has from the payload may not.
    texts: Box<[Box<str>]>,
}

/// What came of compiling.
#[derive(Debug)]
pub(super) struct Made {
    /// `None` if nothing is demanded that can be followed.
    pub(super) annotated: Option<Annotated>,
    pub(super) problems: Vec<RuleProblem>,
    /// What can't be followed, and why.
    pub(super) unsaid: Vec<String>,
}

/// Compiles demands into the model and the view that rules share. What is encrypted is not looked at.
pub(super) fn make(
    name: &'static str,
    demands: &Demands,
    model: &mut Model,
    wants: &mut Wants,
    sealed: &HashSet<FieldId>,
) -> Made {
    let demanding: HashSet<TypeId> = demands.records.iter().map(|record| record.of).collect();
    let mut maker = Maker {
        name,
        reaching: reaching(model, &demanding),
        model,
        wants,
        sealed,
        problems: Vec::new(),
        unsaid: Vec::new(),
    };
    demands.unread.iter().for_each(|unread| maker.unread(unread));
    let mut records: Vec<Option<Box<Record>>> = Vec::new();
    let types = maker.model.types.len();
    records.resize_with(types, || None);
    for record in &demands.records {
        let made = maker.record(record);
        if let Some(place) = records.get_mut(record.of as usize) {
            *place = Some(Box::new(made));
        }
    }
    // Those that only lead to others.
    for (id, place) in (0..).zip(&mut records).filter(|(_, place)| place.is_none()) {
        let fields = maker.fields(id, &[]);
        if !fields.is_empty() {
            *place = Some(Box::new(Record { conditions: [].into(), choices: [].into(), fields: fields.into() }));
        }
    }
    let Maker { problems, mut unsaid, .. } = maker;
    if unsaid.len() > MOST_TOLD {
        let more = unsaid.len() - MOST_TOLD;
        unsaid.truncate(MOST_TOLD);
        unsaid.push(format!("and {more} more"));
    }
    let annotated =
        records.iter().any(Option::is_some).then(|| Annotated { records: records.into(), reading: reading(name) });
    Made { annotated, problems, unsaid }
}

struct Maker<'m> {
    name: &'static str,
    model: &'m mut Model,
    wants: &'m mut Wants,
    sealed: &'m HashSet<FieldId>,
    /// Records that hold something demanded, however deep.
    reaching: HashSet<TypeId>,
    problems: Vec<RuleProblem>,
    unsaid: Vec<String>,
}

impl Maker<'_> {
    fn record(&mut self, record: &demand::OfRecord) -> Record {
        let conditions = record.conditions.iter();
        let conditions = conditions.filter_map(|condition| self.asked(condition, record.of, &record.name)).collect();
        let choices = record.choices.iter().map(|choice| self.choice(choice, record.of)).collect();
        Record { conditions, choices, fields: self.fields(record.of, &record.fields).into() }
    }

    fn choice(&mut self, choice: &demand::Choice, of: TypeId) -> Choice {
        let mut names = Vec::new();
        let mut slots = Vec::new();
        for at in &choice.fields {
            let field = self.model.record(of).and_then(|record| record.fields.get(*at));
            let Some(field) = field else { continue };
            names.push(field.name.to_string());
            slots.push(Presence { slot: self.wants.want(of, *at), is_told: field.has_presence });
        }
        let names = names.join(", ");
        Choice {
            id: choice.id.into(),
            name: choice.name.clone(),
            none: choice.is_required.then(|| format!("one of {names} must be set").into()),
            several: format!("only one of {names} can be set").into(),
            slots: slots.into(),
        }
    }

    /// The fields to look into: those with demands of their own, and those that lead to others.
    fn fields(&mut self, of: TypeId, demanded: &[demand::OfField]) -> Vec<Field> {
        let count = self.model.record(of).map_or(0, |record| record.fields.len());
        let mut fields = Vec::new();
        for at in 0..count {
            let Some(field) = self.model.record(of).and_then(|record| record.fields.get(at)) else { break };
            let type_of = field.of;
            // Where nothing has defaults, what is absent is nothing.
            let is_told = field.has_presence || !self.model.record(of).is_some_and(|record| record.has_defaults);
            let own = demanded.iter().find(|own| own.at == at);
            let is_required = own.is_some_and(|own| own.is_required);
            let is_sealed = self.sealed.contains(&(of, at));
            let value = match own {
                Some(own) if is_sealed => {
                    self.unsaid.push(format!("{} is encrypted", own.name));
                    None
                }
                own => self.value(own.map(|own| &own.value), type_of, own.map_or("", |own| &own.name)),
            };
            if is_required || value.is_some() {
                let presence = Presence { slot: self.wants.want(of, at), is_told };
                fields.push(Field {
                    id: (of, at),
                    of: type_of,
                    presence,
                    is_required,
                    value: value.unwrap_or_default(),
                });
            }
        }
        fields
    }

    /// What there is to do for a value; `None` for nothing.
    fn value(&mut self, demanded: Option<&OfValue>, of: TypeId, on: &str) -> Option<Value> {
        let ignore = demanded.map(|demanded| demanded.ignore).unwrap_or_default();
        if ignore == Ignore::Always {
            return None;
        }
        let mut value = Value { ignore, ..Value::default() };
        for of in self.model.branches(of) {
            match *self.model.get(of) {
                Form::List(items) => {
                    value.items = self.value(demanded.and_then(|it| it.items.as_deref()), items, on).map(Box::new);
                }
                Form::Map { keys, values } => {
                    value.keys = self.value(demanded.and_then(|it| it.keys.as_deref()), keys, on).map(Box::new);
                    value.items = self.value(demanded.and_then(|it| it.items.as_deref()), values, on).map(Box::new);
                }
                Form::Record(_) => value.leads |= self.reaching.contains(&of),
                _ => {}
            }
        }
        if let Some(demanded) = demanded {
            value.tests = demanded.standard.iter().filter_map(|standard| self.tested(standard, on)).collect();
            let conditions = demanded.conditions.iter();
            value.conditions = conditions.filter_map(|condition| self.asked(condition, of, on)).collect();
        }
        let is_something = value.leads
            || value.keys.is_some()
            || value.items.is_some()
            || !value.tests.is_empty()
            || !value.conditions.is_empty();
        is_something.then_some(value)
    }

    fn tested(&mut self, standard: &demand::Standard, on: &str) -> Option<Tested> {
        match Check::new(&standard.test) {
            Ok(check) => Some(Tested { id: (*standard.id).into(), told: (*standard.told).into(), check }),
            Err(why) => {
                self.problem(&standard.id, None, Level::Error, format!("{on}: {why}"));
                self.unsaid.push(format!("{} of {on}: {why}", standard.id));
                None
            }
        }
    }

    fn asked(&mut self, condition: &Condition, of: TypeId, on: &str) -> Option<Asked> {
        let about = About::This { of, rule: condition.rule.as_ref() };
        let mut ground = Ground { model: self.model, wants: self.wants, reading: reading(self.name) };
        let Compiled { program, remarks, reads, texts, .. } =
            cel::expression(&condition.expr, about, true, &mut ground);
        let mut why = "it can't be compiled".to_owned();
        for remark in remarks.into_iter().filter(|remark| remark.level > Level::Info) {
            self.problem(&condition.id, remark.at, remark.level, format!("{} (on {on})", remark.message));
            why = remark.message;
        }
        if reads.iter().any(|field| self.sealed.contains(field)) {
            self.unsaid.push(format!("{} of {on} reads a field that is encrypted", condition.id));
            return None;
        }
        let Some(program) = program else {
            self.unsaid.push(format!("{} of {on}: {why}", condition.id));
            return None;
        };
        let told = match condition.told.is_empty() {
            true => super::build::failed(&condition.expr),
            false => condition.told.to_string(),
        };
        Some(Asked { id: (*condition.id).into(), told: told.into(), program, texts: texts.into() })
    }

    fn unread(&mut self, unread: &Unread) {
        let level = if unread.is_mistaken { Level::Error } else { Level::Warning };
        let told = format!("{}: {}", unread.on, unread.why);
        self.problem(self.name, None, level, told.clone());
        self.unsaid.push(told);
    }

    fn problem(&mut self, rule: &str, at: Option<usize>, level: Level, message: String) {
        self.problems.push(RuleProblem { rule: rule.into(), at, level, message });
    }
}

/// The types whose values hold something demanded, those included that demand it.
fn reaching(model: &Model, demanding: &HashSet<TypeId>) -> HashSet<TypeId> {
    let mut holders: Vec<Vec<TypeId>> = vec![Vec::new(); model.types.len()];
    let mut hold = |of: TypeId, holder: TypeId| {
        if let Some(holders) = holders.get_mut(of as usize) {
            holders.push(holder);
        }
    };
    for (id, of) in (0..).zip(&model.types) {
        match &of.form {
            Form::List(of) | Form::Map { values: of, .. } => hold(*of, id),
            Form::Union(branches) => branches.iter().for_each(|branch| hold(*branch, id)),
            Form::Record(record) => record.fields.iter().for_each(|field| hold(field.of, id)),
            _ => {}
        }
    }
    let mut open: Vec<TypeId> = demanding.iter().copied().collect();
    let mut reaching = HashSet::new();
    while let Some(id) = open.pop() {
        if reaching.insert(id) {
            open.extend(holders.get(id as usize).into_iter().flatten());
        }
    }
    reaching
}
