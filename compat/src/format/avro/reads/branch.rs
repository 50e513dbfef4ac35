//! Will a decoder pick the branch of the reader's union that can read the data?
//!
//! Whether schemas are compatible goes by names without the namespace. Java's decoder goes by full names, after it has
//! applied the reader's aliases: a branch with the full name is taken whether it fits or not, and without one only
//! records are still found, by their fields. Two unions that line up are not looked into.

use std::collections::HashSet;

use super::{Comparison, Finding, Pair, Site};
use crate::format::avro::rules;
use crate::format::avro::tree::{Header, Name, Shape, TypeId, Use};

/// How many types are looked at to see whether two unions line up.
const MAX_STEPS: usize = 10_000;
/// How many in one comparison, which may have very many unions.
const MAX_STEPS_IN_ALL: usize = 1_000_000;

impl<'a> Comparison<'a> {
    /// `near` are the places of all branches that may go by the name of what was written; `unions` are those that the branch
    /// belongs to, if the writer has one there too.
    pub(super) fn advise_on_branch(
        &mut self,
        pair: Pair<'_>,
        (branches, near): (&'a [Use], &[usize]),
        unions: Option<(TypeId, TypeId)>,
    ) {
        let written = self.writer.shape(pair.writer.of.id);
        let Some(header) = written.header() else { return };
        let full = header.name.full();
        let goes_by = |candidate: &Header| {
            candidate.name.full() == full || candidate.aliases.iter().map(Name::full).any(|alias| alias == full)
        };
        let reader = self.reader;
        let mut near = near.iter().filter_map(|index| Some((*index, branches.get(*index)?)));
        let named = near.find(|(_, branch)| {
            let shape = reader.shape(branch.id);
            shape.word() == written.word() && shape.header().is_some_and(goes_by)
        });
        let is_found = match named {
            Some((index, branch)) => {
                let at = pair.reader.at;
                let picked = Pair { reader: Site { of: *branch, at: at.index(index) }, ..pair };
                self.silently(|comparison| comparison.pair(picked))
            }
            None => matches!(written, Shape::Record(_)),
        };
        if is_found || unions.is_some_and(|unions| self.line_up(unions)) {
            return;
        }
        let finding = Finding {
            rule: &rules::BRANCH_BY_FULL_NAME,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!(
                "the reader's union can read the writer's {full} with a branch of another namespace only, and decoders \
                 look for the full name"
            ),
            fix: Some(format!("keep the namespace, or give the branch the alias \"{full}\"")),
            fact: full.to_owned(),
        };
        self.report(pair, finding);
    }

    fn line_up(&mut self, unions: (TypeId, TypeId)) -> bool {
        if let Some(known) = self.lined_up.get(&unions) {
            return *known;
        }
        let found = self.are_alike(unions);
        self.lined_up.insert(unions, found);
        found
    }

    /// Whether two types are the same step by step, but for namespaces and documentation.
    fn are_alike(&mut self, types: (TypeId, TypeId)) -> bool {
        let mut waiting = vec![types];
        let mut seen = HashSet::new();
        while let Some((one, other)) = waiting.pop() {
            if !seen.insert((one, other)) {
                continue;
            }
            self.steps += 1;
            let (one, other) = (self.reader.shape(one), self.writer.shape(other));
            let (inner, others) = (one.uses(), other.uses());
            if seen.len() > MAX_STEPS
                || self.steps > MAX_STEPS_IN_ALL
                || !is_alike(one, other)
                || inner.len() != others.len()
            {
                return false;
            }
            waiting.extend(inner.iter().zip(&others).map(|(one, other)| (one.id, other.id)));
        }
        true
    }
}

/// Whether two types say the same, apart from the types in them.
fn is_alike(one: &Shape, other: &Shape) -> bool {
    let simple = |shape: &Shape| shape.header().map(|header| header.name.simple().to_owned());
    one.word() == other.word()
        && simple(one) == simple(other)
        && match (one, other) {
            (Shape::Enum(one), Shape::Enum(other)) => one.symbols == other.symbols,
            (Shape::Fixed(one), Shape::Fixed(other)) => one.size == other.size,
            (Shape::Record(one), Shape::Record(other)) => {
                one.fields.iter().map(|field| &field.name).eq(other.fields.iter().map(|field| &field.name))
            }
            _ => true,
        }
}
