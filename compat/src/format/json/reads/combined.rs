//! May what was written under one combination of schemas be read under another? `allOf`, `anyOf`, `oneOf`, `not`.
//!
//! The parts of both sides are matched: each of the smaller side needs one of its own on the other that it fits with.

use std::collections::HashSet;

use super::model::{Combined, Criterion, Id, Shape};
use super::report::{Problem, Spot};
use super::{Comparison, Pair, kinds, matching};
use crate::format::json::rules;
use crate::violation::{Rule, Severity};

impl Comparison<'_, '_> {
    // === One side is combined ===

    pub(super) fn single_to_combined(&mut self, pair: Pair, new: &Combined) {
        let part = match (new.criterion, new.parts.as_slice()) {
            (_, [part]) => self.would_fit(pair.old, *part).fits.then_some(*part),
            (Criterion::Any | Criterion::One, parts) => self.fitting(parts, |part| (pair.old, part)),
            (Criterion::All, _) => None,
        };
        match part {
            Some(part) => {
                self.compare(pair.old, part);
                self.advise_on_overlap(pair, &[pair.old], new);
            }
            None => self.explained(&[pair.old], &new.parts, |comparison| comparison.type_changed(pair)),
        }
    }

    pub(super) fn combined_to_single(&mut self, pair: Pair, old: &Combined) {
        let part = match (old.criterion, old.parts.as_slice()) {
            (_, [part]) => self.would_fit(*part, pair.new).fits.then_some(*part),
            (Criterion::All, parts) => self.fitting(parts, |part| (part, pair.new)),
            (Criterion::Any | Criterion::One, _) => None,
        };
        match part {
            Some(part) => self.compare(part, pair.new),
            None if old.criterion == Criterion::All || old.parts.len() == 1 => {
                self.explained(&old.parts, &[pair.new], |comparison| comparison.type_changed(pair));
            }
            None => self.type_changed(pair),
        }
    }

    /// The first part that fits; one on which no data breaks, if there is one.
    fn fitting(&mut self, parts: &[Id], ends: impl Fn(Id) -> (Id, Id)) -> Option<Id> {
        let mut found = None;
        for part in parts {
            let (old, new) = ends(*part);
            let verdict = self.would_fit(old, new);
            if verdict.sound {
                return Some(*part);
            }
            if verdict.fits && found.is_none() {
                found = Some(*part);
            }
        }
        found
    }

    // === Both are ===

    pub(super) fn combinations(&mut self, pair: Pair, old: &Combined, new: &Combined) {
        if !may_become(old, new) {
            let told = format!(
                "the reader takes {}, the writer writes {}: not all of that is allowed by the other",
                describe(new),
                describe(old)
            );
            return self.combination_changed(pair, (old, new), &rules::COMBINED_TYPE_CHANGED, told);
        }
        let (old_parts, new_parts) = (self.distinct(&old.parts), self.distinct(&new.parts));
        let Some(partners) = self.partners(&old_parts, &new_parts) else { return };
        let alone: Vec<Id> =
            old_parts.iter().zip(&partners).filter(|(_, partner)| partner.is_none()).map(|(id, _)| *id).collect();
        self.sizes(pair, (old, new), (old_parts.len(), new_parts.len()), &alone);
        for (place, partner) in partners.iter().enumerate() {
            let Some((written, wanted)) = old_parts.get(place).zip(partner.and_then(|partner| new_parts.get(partner)))
            else {
                continue;
            };
            let step = [old.criterion.keyword(), &place.to_string()];
            self.inside(&step, |comparison| comparison.compare(*written, *wanted));
        }
        let covered = partners.iter().flatten().count();
        if covered < old_parts.len().min(new_parts.len()) {
            let taken: HashSet<usize> = partners.iter().flatten().copied().collect();
            let left = new_parts.iter().enumerate().filter(|(place, _)| !taken.contains(place)).map(|(_, id)| *id);
            let left: Vec<Id> = left.collect();
            let told = format!(
                "the reader combines {} schemas, the writer {}, and only {covered} of them fit with one another",
                new_parts.len(),
                old_parts.len()
            );
            self.explained(&alone, &left, |comparison| {
                comparison.combination_changed(pair, (old, new), &rules::COMBINED_SUBSCHEMAS_CHANGED, told);
            });
        }
        if old.criterion == Criterion::One && new.criterion == Criterion::One {
            self.advise_on_overlap(pair, &old.parts, new);
        } else {
            self.advise_on_overlap(pair, &[], new);
        }
    }

    fn sizes(&mut self, pair: Pair, sides: (&Combined, &Combined), (old, new): (usize, usize), alone: &[Id]) {
        let criterion = sides.1.criterion;
        if old < new && criterion == Criterion::All {
            let told = format!("the reader has {new} schemas that must all hold, the writer only {old}");
            self.combination_changed(pair, sides, &rules::PRODUCT_TYPE_EXTENDED, told);
        } else if old > new && criterion != Criterion::All {
            let gone: Vec<_> = alone.iter().take(4).map(|id| kinds::describe(self.model, *id, 0)).collect();
            let told = format!(
                "the writer chose among {old} alternatives, the reader offers {new}, and none that takes {}",
                gone.join(", ")
            );
            self.combination_changed(pair, sides, &rules::SUM_TYPE_NARROWED, told);
        }
    }

    /// For each part of the old side the one of the new side that it goes with. `None` if that takes too much work.
    fn partners(&mut self, old: &[Id], new: &[Id]) -> Option<Vec<Option<usize>>> {
        let mut fits: Vec<Vec<usize>> = Vec::with_capacity(old.len());
        for written in old {
            if !self.spend(new.len()) {
                return None;
            }
            let mut edges = Vec::new();
            let mut doubtful = Vec::new();
            for (place, wanted) in new.iter().enumerate() {
                if !self.may_fit(*written, *wanted) {
                    continue;
                }
                let verdict = self.would_fit(*written, *wanted);
                if verdict.sound {
                    edges.push(place);
                } else if verdict.fits {
                    doubtful.push(place);
                }
            }
            edges.extend(doubtful);
            fits.push(edges);
        }
        let partners = matching::maximum(&fits, new.len(), &mut self.left);
        self.exhausted |= partners.is_none();
        partners
    }

    /// Whether it is worth a look: large combinations are full of parts of other kinds.
    fn may_fit(&self, old: Id, new: Id) -> bool {
        let are_bytes = self.is_bytes(old) && self.is_bytes(new);
        let (old, new) = (self.model.shape(old), self.model.shape(new));
        let may_be_other = |shape: &Shape<'_>| matches!(shape, Shape::Empty | Shape::False | Shape::Combined(_));
        let is_like = std::mem::discriminant(old) == std::mem::discriminant(new);
        is_like || may_be_other(old) || may_be_other(new) || are_bytes
    }

    /// Tells a difference in the words of what keeps two parts apart that look as if they belonged together: the first
    /// two of a kind.
    fn explained(&mut self, old: &[Id], new: &[Id], tell: impl FnOnce(&mut Self)) {
        let before = self.report.told();
        tell(self);
        if self.silent || self.explaining || self.report.told() == before {
            return;
        }
        let is_like = |one: Id, other: Id| {
            std::mem::discriminant(self.model.shape(one)) == std::mem::discriminant(self.model.shape(other))
        };
        let mut pairs = old.iter().flat_map(|old| new.iter().map(|new| Pair { old: *old, new: *new }));
        let Some(pair) = pairs.find(|pair| is_like(pair.old, pair.new)) else { return };
        let outer = std::mem::take(&mut self.report);
        self.explaining = true;
        self.pair(pair);
        self.explaining = false;
        let reasons = std::mem::replace(&mut self.report, outer).into_violations();
        if let Some(reason) = reasons.into_iter().find(|reason| reason.rule.severity == Severity::Error) {
            self.report.explain_last(reason);
        }
    }

    /// The parts without those that say the same as one before.
    fn distinct(&mut self, parts: &[Id]) -> Vec<Id> {
        let mut known = HashSet::new();
        parts.iter().copied().filter(|part| known.insert(self.model.representative(*part))).collect()
    }

    fn combination_changed(
        &mut self,
        pair: Pair,
        (old, new): (&Combined, &Combined),
        rule: &'static Rule,
        message: String,
    ) {
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, old.criterion.keyword()),
            new: Spot::keyword(pair.new, new.criterion.keyword()),
            at: "",
            message,
            fix: Some(
                match new.criterion {
                    Criterion::All => "combine no more than the writer's schema does",
                    _ => "keep the alternatives of the writer's schema, and add to an anyOf what is new",
                }
                .into(),
            ),
            edits: Vec::new(),
        });
    }

    // === Not ===

    pub(super) fn negations(&mut self, pair: Pair, old: Id, new: Id) {
        // What is refused must not become more, so it is compared the other way round.
        let verdict = self.would_fit(new, old);
        let rule = match verdict {
            _ if verdict.sound => return,
            _ if verdict.fits => &rules::NOT_UNCERTAIN,
            _ => &rules::NOT_TYPE_EXTENDED,
        };
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, "not"),
            new: Spot::keyword(pair.new, "not"),
            at: "not",
            message: "the reader refuses (not) more than the writer, which may have written some of that".into(),
            fix: Some("refuse the same as the writer's schema, or less".into()),
            edits: Vec::new(),
        });
    }
}

/// Whether one combination may follow another at all, whatever its parts are.
fn may_become(old: &Combined, new: &Combined) -> bool {
    let is_single = |combined: &Combined| combined.parts.len() == 1;
    match new.criterion {
        _ if old.criterion == new.criterion => true,
        Criterion::Any => true,
        Criterion::One => is_single(old),
        Criterion::All => is_single(old) && is_single(new),
    }
}

fn describe(combined: &Combined) -> String {
    let count = combined.parts.len();
    match combined.criterion {
        Criterion::All => format!("what all of {count} schemas allow"),
        Criterion::Any => format!("what any of {count} schemas allows"),
        Criterion::One => format!("what exactly one of {count} schemas allows"),
    }
}
