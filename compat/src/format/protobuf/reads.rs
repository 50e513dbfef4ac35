//! Can a reader with this schema read what was written with that one?
//!
//! The verdict is that of Confluent's Protobuf comparison: types are matched by name, fields by number, and types of
//! imported files are followed wherever a field leads to them. Beyond it every finding says where it stands on both
//! sides, and advice tells of changes that pass although data can break.

mod advice;
mod around;
mod enums;
mod field;
mod files;
mod label;
mod oneof;
mod place;
mod remedy;
mod scalar;
mod types;

use std::collections::HashMap;

use prost_reflect::MessageDescriptor;

use super::rules;
use super::tree::Schema;
use crate::violation::{Basis, Rule, Severity, Told, Violation};
use place::{Item, Spot};
use remedy::Remedy;

/// How deep messages may lead to messages of other files, or nest.
const MAX_DEPTH: usize = 150;

/// How many fields are looked at before the comparison gives up. Types are compared pairwise once; only fields that
/// changed to a type of another name can make more pairs than there are types.
const MAX_FIELDS: usize = 200_000;

/// How many symbols of enums are looked at. What they give is advice, so there may simply be an end to it.
const MAX_SYMBOLS: usize = 50_000;

pub(super) fn reads(reader: &Schema, writer: &Schema) -> Vec<Violation> {
    let mut comparison = Comparison {
        reader,
        writer,
        met: HashMap::new(),
        alike: files::Alike::new(),
        silent: false,
        tally: Tally::default(),
        depth: 0,
        fields: 0,
        symbols: 0,
        exhausted: false,
        told: Told::default(),
        is_large_told: false,
        violations: Vec::new(),
    };
    comparison.files();
    comparison.violations
}

struct Comparison<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// Pairs of messages that were met before, by their full names: the reader's, the writer's.
    met: HashMap<(String, String), Met>,
    alike: files::Alike,
    /// Only the tally is wanted.
    silent: bool,
    tally: Tally,
    depth: usize,
    /// How many fields were looked at, on both sides.
    fields: usize,
    symbols: usize,
    /// It was too much, and that was said.
    exhausted: bool,
    told: Told,
    is_large_told: bool,
    violations: Vec<Violation>,
}

/// What was found so far, reported or not.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Findings that Confluent refuses.
    errors: usize,
    /// Findings because of which data can break.
    breaks: usize,
}

/// What is known of a pair that was met before.
#[derive(Debug, Clone, Copy)]
enum Met {
    /// It is being compared further out; until that shows otherwise, it fits.
    InProgress,
    /// Judged, but nothing was reported.
    Silently(Tally),
    Reported(Tally),
}

/// A violation before it knows its places as text.
struct Finding {
    reader: Spot,
    writer: Spot,
    message: String,
    fix: Option<String>,
    fact: String,
}

/// The same thing on both sides.
struct Both<T> {
    reader: T,
    writer: T,
}

impl Comparison<'_> {
    fn files(&mut self) {
        let (reader, writer) = (self.reader, self.writer);
        self.packages(&Both { reader: reader.file.clone(), writer: writer.file.clone() });
        self.types(
            &Both { reader: types::Types::of_file(&reader.file), writer: types::Types::of_file(&writer.file) },
            &Both { reader: Item::File(reader.file.clone()), writer: Item::File(writer.file.clone()) },
        );
        self.extensions(&Both { reader: reader.file.clone(), writer: writer.file.clone() });
    }

    /// Compares two messages, once. What was found is what this pair adds to the tally.
    fn messages(&mut self, pair: &Both<MessageDescriptor>) -> Tally {
        let key = (pair.reader.full_name().to_owned(), pair.writer.full_name().to_owned());
        match self.met.get(&key).copied() {
            Some(Met::InProgress) => return Tally::default(),
            Some(Met::Reported(found)) => return found,
            Some(Met::Silently(found)) if self.silent => return found,
            Some(Met::Silently(_)) | None => {}
        }
        if self.exhausted {
            return Tally { errors: 1, breaks: 1 };
        }
        if self.depth >= MAX_DEPTH {
            self.give_up(pair, || format!("the types lead deeper into each other than {MAX_DEPTH} levels"));
            return Tally { errors: 1, breaks: 1 };
        }
        self.met.insert(key.clone(), Met::InProgress);
        let before = self.tally;
        self.depth += 1;
        self.contents(pair);
        self.depth -= 1;
        let found = Tally {
            errors: self.tally.errors.saturating_sub(before.errors),
            breaks: self.tally.breaks.saturating_sub(before.breaks),
        };
        self.met.insert(key, if self.silent { Met::Silently(found) } else { Met::Reported(found) });
        found
    }

    fn contents(&mut self, pair: &Both<MessageDescriptor>) {
        if !self.spend(pair.reader.fields().len() + pair.writer.fields().len() + 1, pair) {
            return;
        }
        self.oneofs(pair);
        self.fields(pair);
        self.groups(pair);
        self.types(
            &Both { reader: types::Types::of_message(&pair.reader), writer: types::Types::of_message(&pair.writer) },
            &Both { reader: Item::Message(pair.reader.clone()), writer: Item::Message(pair.writer.clone()) },
        );
    }

    /// Whether `amount` more fields may still be looked at.
    fn spend(&mut self, amount: usize, pair: &Both<MessageDescriptor>) -> bool {
        self.fields = self.fields.saturating_add(amount);
        if self.fields > MAX_FIELDS && !self.exhausted {
            self.exhausted = true;
            // Nothing that was found before may hide that the rest was not looked at.
            let silent = std::mem::replace(&mut self.silent, false);
            self.give_up(pair, || format!("the schemas have more pairs of fields to compare than {MAX_FIELDS}"));
            self.silent = silent;
        }
        !self.exhausted
    }

    fn give_up(&mut self, pair: &Both<MessageDescriptor>, why: impl FnOnce() -> String) {
        self.report(&rules::TOO_LARGE, || {
            let (reader, writer) = (Spot::message(&pair.reader), Spot::message(&pair.writer));
            let fact = format!("The type at path '#{}' in the new schema was not compared to its end", reader.path);
            Finding { reader, writer, message: why(), fix: Some("split the schema".into()), fact }
        });
    }

    /// What a comparison finds that nobody should hear of.
    fn silently(&mut self, judge: impl FnOnce(&mut Self) -> Tally) -> Tally {
        let before = (self.silent, self.tally);
        self.silent = true;
        let found = judge(self);
        (self.silent, self.tally) = before;
        found
    }

    fn report(&mut self, rule: &'static Rule, finding: impl FnOnce() -> Finding) {
        self.report_with(rule, None, finding);
    }

    fn report_with(&mut self, rule: &'static Rule, remedy: Option<Remedy>, finding: impl FnOnce() -> Finding) {
        self.tally.errors += usize::from(rule.severity == Severity::Error);
        self.tally.breaks += usize::from(matches!(rule.basis, Basis::Sound | Basis::Laxer));
        if self.silent {
            return;
        }
        // That the rest was not looked at is told once, however much was found before.
        let is_new = rule == &rules::TOO_LARGE && !std::mem::replace(&mut self.is_large_told, true);
        if self.told.is_enough(rule) && !is_new {
            return;
        }
        let more = self.told.count(rule);
        let finding = finding();
        let edit = remedy.and_then(|remedy| remedy::edit(self.reader, &finding.reader, &remedy));
        self.violations.push(Violation {
            rule,
            reader: place::place(self.reader, finding.reader),
            writer: place::place(self.writer, finding.writer),
            message: finding.message + more,
            fix: finding.fix,
            fact: finding.fact,
            edits: edit.into_iter().collect(),
        });
    }
}

#[cfg(test)]
mod tests;
