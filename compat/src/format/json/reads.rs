//! Can a reader with this schema read what was written with that one?
//!
//! The verdict is that of Confluent Schema Registry 8: two documents are compared node by node, difference by
//! difference, and each kind of difference is allowed or not. First the verdict alone is found, pair by pair, each pair
//! once; recursive schemas are taken to fit until shown otherwise, and what was concluded from that is looked at again.
//! Then a second walk tells what is wrong and where. Both end early on schemas that are too large to compare.

mod array;
mod bounds;
mod combined;
mod decimal;
mod disjoint;
mod kinds;
mod listed;
mod matching;
mod model;
mod not_compared;
mod number;
mod object;
mod properties;
mod report;
mod string;
mod unevaluated;
mod values;

use std::collections::{HashMap, HashSet};

use self::model::{Id, Model, Shape};
use self::report::{Problem, Report, Spot};
use super::rules;
use super::tree::Schema;
use crate::level::Policy;
use crate::violation::{Basis, Rule, Severity, Violation};

/// How deep two schemas may unfold against each other.
const MAX_DEPTH: usize = 400;

/// How much two schemas may take to compare: pairs of nodes, and members and branches that are looked at on the way.
const BUDGET: usize = 2_000_000;

/// What a pair takes.
const PAIR_WORK: usize = 16;

/// How many pairs the second walk visits in each place they occur. After that, each is visited once.
const REPEATED_VISITS: usize = 500;

pub(super) fn reads(reader: &Schema, writer: &Schema, policy: Policy) -> Vec<Violation> {
    let model = Model::of(reader, writer);
    let mut comparison = Comparison::new(&model, policy);
    let verdict = comparison.judge();
    if comparison.exhausted {
        return vec![comparison.too_large()];
    }
    comparison.tell_all();
    let mut told = std::mem::take(&mut comparison.report).into_violations();
    let is_error = |violation: &Violation| violation.rule.severity == Severity::Error;
    if verdict.fits {
        // The second walk may have run out of work where it could no longer see that something fits.
        told.retain(|violation| !is_error(violation));
    } else if !told.iter().any(is_error) {
        told = vec![comparison.too_large()];
    }
    told
}

/// Two nodes that are compared: what was written, and what it is read with. Under a `not` they are the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    old: Id,
    new: Id,
}

/// What is known of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    /// No difference that makes them incompatible.
    fits: bool,
    /// None that data could break on either.
    sound: bool,
}

const GOOD: Verdict = Verdict { fits: true, sound: true };
const BAD: Verdict = Verdict { fits: false, sound: false };

impl Verdict {
    fn and(self, other: Self) -> Self {
        Self { fits: self.fits && other.fits, sound: self.sound && other.sound }
    }
}

struct Comparison<'m, 's> {
    model: &'m Model<'s>,
    policy: Policy,
    /// What was found in this round.
    known: HashMap<Pair, Verdict>,
    /// The worst that was found of a pair in any round, where it is not all well.
    flawed: HashMap<Pair, Verdict>,
    open: HashSet<Pair>,
    /// What was taken for granted of pairs while they were open.
    assumed: HashMap<Pair, Verdict>,
    /// Of the pair that is being compared, so far.
    verdict: Verdict,
    /// Only the verdict is wanted.
    silent: bool,
    depth: usize,
    left: usize,
    exhausted: bool,
    visited: HashSet<Pair>,
    visits: usize,
    /// Only a reason is looked for, for a difference that is told already.
    explaining: bool,
    report: Report,
}

impl<'m, 's> Comparison<'m, 's> {
    fn new(model: &'m Model<'s>, policy: Policy) -> Self {
        Self {
            model,
            policy,
            known: HashMap::new(),
            flawed: HashMap::new(),
            open: HashSet::new(),
            assumed: HashMap::new(),
            verdict: GOOD,
            silent: true,
            depth: 0,
            left: BUDGET,
            exhausted: false,
            visited: HashSet::new(),
            visits: 0,
            explaining: false,
            report: Report::default(),
        }
    }

    // === The two walks ===

    fn root(&self) -> Pair {
        Pair { old: self.model.writer, new: self.model.reader }
    }

    /// The best verdict that does not contradict itself: rounds go on until nothing was taken for granted that turned out
    /// otherwise.
    fn judge(&mut self) -> Verdict {
        loop {
            self.known.clear();
            self.assumed.clear();
            let verdict = self.pair(self.root());
            let is_contradicted = |(pair, assumed): (&Pair, &Verdict)| self.known.get(pair) != Some(assumed);
            if self.exhausted || !self.assumed.iter().any(is_contradicted) {
                return verdict;
            }
        }
    }

    fn tell_all(&mut self) {
        self.left = BUDGET;
        self.silent = false;
        self.pair(self.root());
        self.advise_on_title();
    }

    // === Pairs ===

    /// Compares two nodes and counts what is found towards the pair that they are part of.
    fn compare(&mut self, old: Id, new: Id) {
        let verdict = self.pair(Pair { old, new });
        self.verdict = self.verdict.and(verdict);
    }

    /// Whether two nodes would fit, which counts for nothing yet.
    fn would_fit(&mut self, old: Id, new: Id) -> Verdict {
        let silent = std::mem::replace(&mut self.silent, true);
        let verdict = self.pair(Pair { old, new });
        self.silent = silent;
        verdict
    }

    fn pair(&mut self, pair: Pair) -> Verdict {
        let class = self.class(pair);
        if class.old == class.new {
            return GOOD;
        }
        let pair = if self.silent { class } else { pair };
        let flawed = self.flawed.get(&class).copied();
        if self.silent {
            let broken = flawed.filter(|verdict| !verdict.fits);
            if let Some(verdict) = broken.or_else(|| self.known.get(&class).copied()) {
                self.known.insert(class, verdict);
                return verdict;
            }
        }
        if self.open.contains(&pair) {
            let verdict = flawed.unwrap_or(GOOD);
            self.assumed.insert(class, verdict);
            return verdict;
        }
        if !self.silent && self.was_told_enough(pair) {
            return flawed.unwrap_or(GOOD);
        }
        if !self.spend(PAIR_WORK) || self.depth >= MAX_DEPTH {
            self.exhausted = true;
            return BAD;
        }
        self.open.insert(pair);
        self.depth += 1;
        let outer = std::mem::replace(&mut self.verdict, GOOD);
        self.nodes(pair);
        let judged = std::mem::replace(&mut self.verdict, outer).and(flawed.unwrap_or(GOOD));
        self.depth -= 1;
        self.open.remove(&pair);
        if judged != GOOD {
            self.flawed.insert(class, judged);
        }
        self.known.insert(class, judged);
        judged
    }

    /// Counts a visit of the second walk, and whether the pair was there before and there were too many.
    fn was_told_enough(&mut self, pair: Pair) -> bool {
        self.visits += 1;
        !self.visited.insert(pair) && self.visits > REPEATED_VISITS
    }

    /// The pair of the first nodes that say the same as these two: whatever goes for it goes for these.
    fn class(&self, pair: Pair) -> Pair {
        Pair { old: self.model.representative(pair.old), new: self.model.representative(pair.new) }
    }

    /// Takes work from what is left; nothing is compared once there is none.
    fn spend(&mut self, work: usize) -> bool {
        self.left = self.left.saturating_sub(work);
        self.exhausted |= self.left == 0;
        !self.exhausted
    }

    fn nodes(&mut self, pair: Pair) {
        let (old, new) = (self.model.shape(pair.old), self.model.shape(pair.new));
        if matches!(old, Shape::False) {
            return;
        }
        self.plain_keywords(pair);
        if matches!(new, Shape::Empty) {
            return;
        }
        match (old, new) {
            (Shape::Combined(old), Shape::Combined(new)) => self.combinations(pair, old, new),
            (_, Shape::Combined(new)) => self.single_to_combined(pair, new),
            (Shape::Combined(old), _) => self.combined_to_single(pair, old),
            (Shape::Object(old), Shape::Object(new)) => self.objects(pair, old, new),
            (Shape::Array(old), Shape::Array(new)) => self.arrays(pair, old, new),
            (Shape::String { demanded: old }, Shape::String { demanded: new }) => self.strings(pair, *old, *new),
            (Shape::Number { .. }, Shape::Number { .. }) => self.numbers(pair, old, new),
            (Shape::Enum(old), Shape::Enum(new)) => self.enums(pair, old, new),
            (Shape::Const(old), Shape::Const(new)) => self.constants(pair, old, new),
            (Shape::Not(old), Shape::Not(new)) => self.negations(pair, *old, *new),
            (Shape::Conditional, Shape::Conditional) => self.conditionals(pair),
            (Shape::Null, Shape::Null) | (Shape::Boolean, Shape::Boolean) => {}
            _ => self.type_changed(pair),
        }
        self.advise_on_default(pair);
    }

    // === Telling ===

    /// Compares what stands below a step of the path.
    fn inside(&mut self, step: &[&str], compare: impl FnOnce(&mut Self)) {
        if self.silent {
            return compare(self);
        }
        self.report.enter(step);
        compare(self);
        self.report.leave();
    }

    /// A difference that is an error, or advice. What it says is only made when somebody wants to hear it.
    fn tell<'f>(&mut self, rule: &'static Rule, problem: impl FnOnce(&Model<'s>) -> Problem<'f>) {
        let weighed = match self.policy {
            Policy::Lenient if rules::is_left_to_lenient(rule) => &rules::LENIENT_CONTENT_MODEL,
            _ => rule,
        };
        self.verdict.fits &= weighed.severity != Severity::Error;
        self.verdict.sound &= weighed.severity != Severity::Error && weighed.basis != Basis::Laxer;
        if !self.silent && !self.report.is_enough(weighed) {
            self.report.add(self.model, weighed, rule, problem(self.model));
        }
    }

    fn too_large(&self) -> Violation {
        let mut report = Report::default();
        let root = self.root();
        report.add(
            self.model,
            &rules::TOO_LARGE,
            &rules::TOO_LARGE,
            Problem {
                old: Spot::node(root.old),
                new: Spot::node(root.new),
                at: "",
                message: "the two schemas are too large, or unfold too deep, to be compared within bounded time".into(),
                fix: Some("split the schema, and prefer a few named subschemas to many alternatives".into()),
                edits: Vec::new(),
            },
        );
        report.into_violations().swap_remove(0)
    }
}

#[cfg(test)]
mod tests;
