//! Do the branches of a union fit?

use super::branches::{is_same_type, is_worth_a_look};
use super::{Comparison, Finding, Pair, Site, describe};
use crate::format::avro::rules;
use crate::format::avro::tree::Use;

impl<'a> Comparison<'a> {
    /// Each branch that may have been written needs one that reads it. One that is missing has no place in the reader's
    /// union; it gets the place that it has in the writer's, as in Java.
    pub(super) fn union_reads_union(&mut self, pair: Pair<'_>, written: &'a [Use]) -> bool {
        let mut fits = true;
        for (index, branch) in written.iter().enumerate() {
            let (at, reader_at) = (pair.writer.at, pair.reader.at);
            let branch = Site { of: *branch, at: at.index(index) };
            let inner = Pair { reader: pair.reader, writer: branch };
            if !self.silently(|comparison| comparison.pair(inner)) {
                fits = self.union_branch_missing(inner.with_reader_at(reader_at.index(index)));
            } else if !self.silent {
                self.unions = Some((pair.reader.of.id, pair.writer.of.id));
                self.pair(inner);
            }
        }
        fits
    }

    /// A reader without a union must be able to read all that may have been written. Its place goes by the writer's
    /// branches, as in Java.
    pub(super) fn reads_every_branch(&mut self, pair: Pair<'_>, written: &'a [Use]) -> bool {
        let mut fits = true;
        for (index, branch) in written.iter().enumerate() {
            let (at, reader_at) = (pair.writer.at, pair.reader.at);
            let inner = Pair { reader: pair.reader, writer: Site { of: *branch, at: at.index(index) } };
            fits &= self.pair(inner.with_reader_at(reader_at.index(index)));
        }
        fits
    }

    /// One branch that reads the writer's type is enough. Advice is given on the one that a decoder picks: the same type
    /// before others.
    pub(super) fn some_branch_reads(&mut self, pair: Pair<'_>, branches: &'a [Use]) -> bool {
        let unions = self.unions.take();
        let (schema, written) = (self.reader, self.writer.shape(pair.writer.of.id));
        let near = self.branches_of(pair.reader.of.id, branches).near(written);
        let mut reads = |index: usize| {
            let Some(branch) = branches.get(index) else { return false };
            let at = pair.reader.at;
            let inner = Pair { reader: Site { of: *branch, at: at.index(index) }, writer: pair.writer };
            is_worth_a_look(schema.shape(branch.id), written) && self.silently(|comparison| comparison.pair(inner))
        };
        let Some(first) = near.iter().copied().find(|index| reads(*index)) else {
            return self.union_branch_missing(pair);
        };
        let is_same =
            |index: &usize| branches.get(*index).is_some_and(|branch| is_same_type(schema.shape(branch.id), written));
        let same = near.iter().copied().find(is_same);
        let picked = same.filter(|index| reads(*index)).unwrap_or(first);
        if !self.silent {
            let at = pair.reader.at;
            self.pair(Pair { reader: Site { of: branches[picked], at: at.index(picked) }, writer: pair.writer });
            self.advise_on_branch(pair, (branches, &near), unions);
        }
        true
    }

    fn union_branch_missing(&mut self, pair: Pair<'_>) -> bool {
        let written = self.writer.shape(pair.writer.of.id);
        let told = describe(written);
        self.refuse(pair, || Finding {
            rule: &rules::UNION_BRANCH_MISSING,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!("the reader's union has no branch for {told}, which the writer may write"),
            fix: Some(format!("keep a branch for {told} in the union")),
            fact: format!("reader union lacking writer type: {}", written.word().to_uppercase()),
        })
    }
}
