//! Can a reader with this schema read what was written with that one?
//!
//! The verdict is that of Avro's Java `SchemaCompatibility` (1.12), rule by rule. Beyond it every violation says where
//! it stands on both sides, a type that is met again is not reported again, and advice is given that changes no
//! verdict.

mod advice;
mod named;
mod scalar;

use std::collections::{BTreeSet, HashMap};

use super::rules;
use super::tree::{Field, Record, Schema, Shape, TypeId, Use};
use crate::json::{Extent, Pointer, Source};
use crate::violation::{Place, Rule, Violation};

/// How far two schemas may unfold against each other. Two recursive types of different rhythm can go deeper than either.
const MAX_DEPTH: usize = 400;

pub(super) fn reads(reader: &Schema, writer: &Schema) -> Vec<Violation> {
    let mut comparison =
        Comparison { reader, writer, met: HashMap::new(), silent: false, depth: 0, violations: Vec::new() };
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
    met: HashMap<(TypeId, TypeId), Met>,
    /// Only the verdict is wanted, because this is one of several branches that might do.
    silent: bool,
    depth: usize,
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

    // === Unions ===

    /// Each branch that may have been written needs one that reads it.
    fn union_reads_union(&mut self, pair: Pair<'_>, written: &'a [Use]) -> bool {
        let mut fits = true;
        for (index, branch) in written.iter().enumerate() {
            let at = pair.writer.at;
            let branch = Site { of: *branch, at: at.index(index) };
            let inner = Pair { reader: pair.reader, writer: branch };
            if !self.silently(|comparison| comparison.pair(inner)) {
                fits = self.union_branch_missing(inner);
            } else if !self.silent {
                self.pair(inner);
            }
        }
        fits
    }

    /// A reader without a union must be able to read all that may have been written.
    fn reads_every_branch(&mut self, pair: Pair<'_>, written: &'a [Use]) -> bool {
        let mut fits = true;
        for (index, branch) in written.iter().enumerate() {
            let at = pair.writer.at;
            fits &= self.pair(Pair { reader: pair.reader, writer: Site { of: *branch, at: at.index(index) } });
        }
        fits
    }

    /// One branch that reads the writer's type is enough; the first is taken.
    fn some_branch_reads(&mut self, pair: Pair<'_>, branches: &'a [Use]) -> bool {
        let written = self.writer.shape(pair.writer.of.id);
        for (index, branch) in branches.iter().enumerate() {
            let at = pair.reader.at;
            let inner = Pair { reader: Site { of: *branch, at: at.index(index) }, writer: pair.writer };
            if !is_worth_a_look(self.reader.shape(branch.id), written) {
                continue;
            }
            if self.silently(|comparison| comparison.pair(inner)) {
                if !self.silent {
                    self.pair(inner);
                }
                return true;
            }
        }
        self.union_branch_missing(pair)
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

    // === Records ===

    fn fields(&mut self, pair: Pair<'_>, reader: &'a Record, writer: &'a Record) -> bool {
        let (reader_at, writer_at) = (pair.reader.at.key("fields"), pair.writer.at.key("fields"));
        let written_places: HashMap<&str, usize> =
            writer.fields.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)).collect();
        let mut fits = true;
        for (index, field) in reader.fields.iter().enumerate() {
            let field_at = reader_at.index(index);
            let names = std::iter::once(&field.name).chain(&field.aliases);
            let places: BTreeSet<usize> = names.filter_map(|name| written_places.get(name.as_str()).copied()).collect();
            let matching: Vec<_> = places.into_iter().map(|place| (place, &writer.fields[place])).collect();
            fits &= match matching.as_slice() {
                [] if field.default.is_some() => true,
                [] => self.field_without_default(pair, field, field_at),
                [(place, written)] => {
                    let written_at = writer_at.index(*place);
                    self.advise_on_defaults(field, field_at, written, written_at);
                    self.pair(Pair {
                        reader: Site { of: field.of, at: field_at.key("type") },
                        writer: Site { of: written.of, at: written_at.key("type") },
                    })
                }
                several => self.field_ambiguous(pair, field, field_at, several),
            };
        }
        fits
    }

    fn field_without_default(&mut self, pair: Pair<'_>, field: &Field, at: Pointer<'_>) -> bool {
        let name = &field.name;
        self.refuse(pair.with_reader_at(at), || Finding {
            rule: &rules::FIELD_WITHOUT_DEFAULT,
            member: "",
            reader_extent: field.name_extent,
            writer_extent: pair.writer.of.extent,
            message: format!(
                "the reader's field '{name}' has no default, and the writer does not write such a field: there is \
                 nothing to fill it with"
            ),
            fix: Some(format!(
                "give '{name}' a default, for example by making it optional: a union that begins with null, and null \
                 as the default"
            )),
            fact: name.clone(),
        })
    }

    fn field_ambiguous(&mut self, pair: Pair<'_>, field: &Field, at: Pointer<'_>, several: &[(usize, &Field)]) -> bool {
        let name = &field.name;
        let candidates = several.iter().map(|(_, other)| format!("'{}'", other.name)).collect::<Vec<_>>().join(", ");
        self.refuse(pair.with_reader_at(at), || Finding {
            rule: &rules::FIELD_AMBIGUOUS,
            member: "",
            reader_extent: field.name_extent,
            writer_extent: pair.writer.of.extent,
            message: format!("the reader's field '{name}' could be any of the writer's fields {candidates}"),
            fix: Some(format!("keep only the alias of '{name}' that is meant")),
            fact: name.clone(),
        })
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

    fn report(&mut self, pair: Pair<'_>, finding: Finding<'_>) {
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
            message: finding.message,
            fix: finding.fix,
            fact: finding.fact,
        });
    }
}

/// Whether a branch could read what was written at all. Large unions are full of those that can't.
fn is_worth_a_look(reader: &Shape, writer: &Shape) -> bool {
    match (reader, writer) {
        (Shape::Primitive(reader), Shape::Primitive(writer)) => scalar::reads(*reader, *writer),
        (Shape::Array(_), Shape::Array(_)) | (Shape::Map(_), Shape::Map(_)) => true,
        (Shape::Record(_), Shape::Record(_))
        | (Shape::Enum(_), Shape::Enum(_))
        | (Shape::Fixed(_), Shape::Fixed(_)) => {
            reader.header().zip(writer.header()).is_some_and(|(reader, writer)| named::is_same(reader, writer))
        }
        _ => false,
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
