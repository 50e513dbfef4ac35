//! Can a reader with this schema read what was written with that one?
//!
//! The verdict is that of Avro's Java `SchemaCompatibility` (1.12), rule by rule. Beyond it every violation says where
//! it stands on both sides, a type that is met again is not reported again, and advice is given that changes no
//! verdict.

mod advice;
mod branch;
mod branches;
mod fields;
mod named;
mod scalar;
mod union;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use self::branches::Branches;
use super::rules;
use super::tree::{Schema, Shape, TypeId, Use};
use crate::json::{Extent, Pointer, Source};
use crate::violation::{Edit, Place, Rule, Side, Told, Violation};

/// How far two schemas may unfold against each other. Two recursive types of different rhythm can go deeper than either.
const MAX_DEPTH: usize = 400;

/// How many pairs of types are compared. A union of many types of one name, each in a namespace of its own, has the square of
/// its branches.
const MAX_PAIRS: usize = 500_000;

pub(super) fn reads(reader: &Schema, writer: &Schema) -> Vec<Violation> {
    let mut comparison = Comparison {
        reader,
        writer,
        aliases: named::aliases(reader),
        met: HashMap::new(),
        silent: false,
        unions: None,
        lined_up: HashMap::new(),
        branches: HashMap::new(),
        ambiguous: HashSet::new(),
        depth: 0,
        told: Told::default(),
        is_last_told: false,
        is_exhausted: false,
        steps: 0,
        violations: Vec::new(),
    };
    let root = Pair {
        reader: Site { of: reader.root, at: Pointer::Root },
        writer: Site { of: writer.root, at: Pointer::Root },
    };
    comparison.pair(root);
    comparison.violations
}

/// A type as the walk came to it.
#[derive(Clone, Copy)]
struct Site<'p> {
    of: Use,
    at: Pointer<'p>,
}

/// What the reader expects and what the writer wrote there.
#[derive(Clone, Copy)]
struct Pair<'p> {
    reader: Site<'p>,
    writer: Site<'p>,
}

struct Comparison<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// The reader's types by their aliases.
    aliases: HashMap<&'a str, Vec<TypeId>>,
    met: HashMap<(TypeId, TypeId), Met>,
    /// Only the verdict is wanted, because this is one of several branches that might do.
    silent: bool,
    /// The reader's union and the writer's whose branch is looked at now.
    unions: Option<(TypeId, TypeId)>,
    /// Whether unions that were looked into are the same step by step.
    lined_up: HashMap<(TypeId, TypeId), bool>,
    /// The branches of the reader's unions by their names.
    branches: HashMap<TypeId, Rc<Branches<'a>>>,
    /// The places of ambiguous fields, which are reported even if nobody listens, and then again.
    ambiguous: HashSet<String>,
    depth: usize,
    told: Told,
    /// Whether what was to be told last was told, or was too much.
    is_last_told: bool,
    /// Whether there were too many pairs.
    is_exhausted: bool,
    /// How many steps were taken to see whether unions line up.
    steps: usize,
    violations: Vec<Violation>,
}

/// What is known of a pair that was met before.
#[derive(Clone, Copy)]
enum Met {
    /// It is being compared further out; until that shows otherwise, it fits.
    InProgress,
    /// Judged, but nothing was reported.
    Silently(bool),
    Reported(bool),
}

/// A violation before it knows its places as text.
struct Finding<'f> {
    rule: &'static Rule,
    /// The member of the type that is to blame, such as `name`, on both sides; empty for the type itself.
    member: &'f str,
    reader_extent: Option<Extent>,
    writer_extent: Option<Extent>,
    message: String,
    fix: Option<String>,
    fact: String,
}

impl<'a> Comparison<'a> {
    /// Whether the reader can read what the writer wrote here.
    fn pair(&mut self, pair: Pair<'_>) -> bool {
        let key = (pair.reader.of.id, pair.writer.of.id);
        let known = match self.met.get(&key).copied() {
            Some(Met::InProgress) => return true,
            Some(Met::Reported(fits)) => return fits,
            Some(Met::Silently(fits)) if self.silent => return fits,
            Some(Met::Silently(fits)) => Some(fits),
            None => None,
        };
        if self.depth >= MAX_DEPTH {
            return self.too_deep(pair);
        }
        if self.met.len() >= MAX_PAIRS {
            return self.too_many(pair);
        }
        self.met.insert(key, Met::InProgress);
        self.depth += 1;
        let judged = self.shapes(pair);
        self.depth -= 1;
        // The first verdict stands: a second look is only for the report.
        let fits = known.unwrap_or(judged);
        self.met.insert(key, if self.silent { Met::Silently(fits) } else { Met::Reported(fits) });
        fits
    }

    fn shapes(&mut self, pair: Pair<'_>) -> bool {
        let reader = self.reader.shape(pair.reader.of.id);
        let writer = self.writer.shape(pair.writer.of.id);
        let fits = match (reader, writer) {
            (Shape::Union(_), Shape::Union(branches)) => self.union_reads_union(pair, branches),
            (_, Shape::Union(branches)) => self.reads_every_branch(pair, branches),
            (Shape::Union(branches), _) => self.some_branch_reads(pair, branches),
            (Shape::Array(items), Shape::Array(written)) => self.pair(pair.inside("items", *items, *written)),
            (Shape::Map(values), Shape::Map(written)) => self.pair(pair.inside("values", *values, *written)),
            (Shape::Fixed(fixed), Shape::Fixed(written)) => {
                let named = self.names(pair, &fixed.header, &written.header);
                self.fixed_sizes(pair, fixed, written) && named
            }
            (Shape::Enum(symbols), Shape::Enum(written)) => {
                let named = self.names(pair, &symbols.header, &written.header);
                self.enum_symbols(pair, symbols, written) && named
            }
            (Shape::Record(record), Shape::Record(written)) => {
                let named = self.names(pair, &record.header, &written.header);
                self.fields(pair, record, written) && named
            }
            (Shape::Primitive(primitive), Shape::Primitive(written)) if scalar::reads(*primitive, *written) => true,
            _ => self.type_changed(pair),
        };
        if fits && !self.silent {
            self.advise_on_type(pair);
        }
        fits
    }

    // === Reporting ===

    fn too_deep(&mut self, pair: Pair<'_>) -> bool {
        self.refuse(pair, || Finding {
            rule: &rules::NESTING_TOO_DEEP,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!("the schemas unfold against each other deeper than {MAX_DEPTH} levels"),
            fix: Some("nest the types less deeply".into()),
            fact: format!("nesting exceeds {MAX_DEPTH} levels"),
        })
    }

    /// Told once, whoever listens: nothing that was found before may hide that the rest was not looked at.
    fn too_many(&mut self, pair: Pair<'_>) -> bool {
        if !self.is_exhausted {
            self.is_exhausted = true;
            self.told = Told::default();
            self.report(
                pair,
                Finding {
                    rule: &rules::NESTING_TOO_DEEP,
                    member: "",
                    reader_extent: pair.reader.of.extent,
                    writer_extent: pair.writer.of.extent,
                    message: format!("the schemas have more than {MAX_PAIRS} pairs of types to compare"),
                    fix: Some("split the schema, and give the branches of a union different names".into()),
                    fact: format!("more than {MAX_PAIRS} pairs of types"),
                },
            );
        }
        false
    }

    fn silently<T>(&mut self, judge: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.silent, true);
        let result = judge(self);
        self.silent = before;
        result
    }

    /// Reports an error, unless nobody listens. Always `false`: it does not fit.
    fn refuse<'f>(&mut self, pair: Pair<'_>, finding: impl FnOnce() -> Finding<'f>) -> bool {
        if !self.silent {
            self.report(pair, finding());
        }
        false
    }

    /// Adds a change of the reader's text to what was reported last.
    fn suggest(&mut self, extent: Extent, replacement: String) {
        if let Some(violation) = self.violations.last_mut().filter(|_| !self.silent && self.is_last_told) {
            violation.edits.push(Edit { side: Side::Reader, span: self.reader.source.span(extent), replacement });
        }
    }

    fn report(&mut self, pair: Pair<'_>, finding: Finding<'_>) {
        self.is_last_told = !self.told.is_enough(finding.rule);
        if !self.is_last_told {
            return;
        }
        let more = self.told.count(finding.rule);
        let place = |source: &Source, site: Site<'_>, extent: Option<Extent>| Place {
            path: match finding.member {
                "" => site.at.to_string(),
                member => site.at.key(member).to_string(),
            },
            span: extent.map(|extent| source.span(extent)),
        };
        self.violations.push(Violation {
            rule: finding.rule,
            reader: place(&self.reader.source, pair.reader, finding.reader_extent),
            writer: place(&self.writer.source, pair.writer, finding.writer_extent),
            message: finding.message + more,
            fix: finding.fix,
            fact: finding.fact,
            edits: Vec::new(),
        });
    }
}

/// A type in a few words.
fn describe(shape: &Shape) -> String {
    match shape.header() {
        Some(header) => format!("{} {}", shape.word(), header.name.full()),
        None => shape.word().to_owned(),
    }
}

impl<'p> Pair<'p> {
    /// The types within, both under the member `key`.
    fn inside<'q>(&'q self, key: &'q str, reader: Use, writer: Use) -> Pair<'q> {
        Pair {
            reader: Site { of: reader, at: self.reader.at.key(key) },
            writer: Site { of: writer, at: self.writer.at.key(key) },
        }
    }

    fn with_reader_at<'q>(self, at: Pointer<'q>) -> Pair<'q>
    where
        'p: 'q,
    {
        Pair { reader: Site { of: self.reader.of, at }, writer: self.writer }
    }
}

#[cfg(test)]
mod tests;
