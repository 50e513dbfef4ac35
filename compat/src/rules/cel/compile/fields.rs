//! Which slot is a field of a record, and what is there instead of one that is not there?

use super::Compiler;
use crate::model::{Field, Form, TypeId};
use crate::rules::cel::program::{Expr, Select, Slot};
use crate::rules::cel::types::Ty;
use crate::rules::problem::Level;

impl Compiler<'_, '_, '_> {
    pub(super) fn select(&mut self, id: u64, operand: Expr, ty: &Ty, name: &str, is_test: bool) -> (Expr, Ty) {
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
    pub(super) fn slot(&mut self, id: u64, of: TypeId, name: &str) -> Option<Slot> {
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
    pub(super) fn declare(&mut self, of: TypeId, name: &str) -> Option<usize> {
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

    pub(super) fn no_field(&mut self, id: u64, ty: &Ty, name: &str) {
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
    pub(super) fn instead(&self, of: TypeId, name: &str) -> String {
        let Some(record) = self.ground.model.record(of) else { return String::new() };
        let close = |field: &&Field| distance(&field.name, name) <= 1 + name.len() / 4;
        match record.fields.iter().filter(close).min_by_key(|field| distance(&field.name, name)) {
            Some(near) => format!("; did you mean '{}'?", near.name),
            None => String::new(),
        }
    }
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
