//! What is told of the fields of a dataset at one go, and which rows does that come to?
//!
//! With every run a job tells the same fields of the same datasets, dozens to hundreds of them. So what it tells of a dataset
//! has a print, and a row that says when it was told last. While the print stays the same, that row is all that is written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tidegate_lineage::{ColumnFlow, Millis, Transformation};

use super::merged::Seen;
use super::{Cell, hash};

/// The dataset whose fields are told of, and the job that was told of, or nothing: both by id.
pub(super) type Pair = (String, String);

/// What events tell of the fields of datasets.
#[derive(Debug, Default)]
pub(super) struct Tellings<'a> {
    /// More than one of a pair, if what is told of it changed.
    of: BTreeMap<Pair, Vec<Telling<'a>>>,
}

/// The same fields, told once or several times.
#[derive(Debug)]
struct Telling<'a> {
    print: u64,
    /// Whether rows of its fields may have to be written.
    is_new: bool,
    seen: Seen,
    fields: Fields<'a>,
}

/// Flows of fields, each with the id of the dataset that it comes from.
pub(super) type Fields<'a> = Vec<(String, &'a ColumnFlow, &'a BTreeSet<Transformation>)>;

/// A row of a telling: whose it is, by which print it is known everywhere, and when it was told last.
#[derive(Debug)]
pub(super) struct Told<'t> {
    pair: &'t Pair,
    print: String,
    last: Millis,
}

/// A row of a field.
#[derive(Debug)]
pub(super) struct Column<'t> {
    source: &'t str,
    pair: &'t Pair,
    flow: &'t ColumnFlow,
    how: String,
    print: String,
    seen: Seen,
}

impl<'a> Tellings<'a> {
    /// `is_new` unless the very same was written before, and no later than now.
    pub(super) fn add(&mut self, pair: Pair, print: u64, fields: Fields<'a>, is_new: bool, at: Millis) {
        let of_pair = self.of.entry(pair).or_default();
        match of_pair.iter_mut().find(|telling| telling.print == print) {
            Some(telling) => {
                telling.is_new |= is_new;
                telling.seen.add(at);
            }
            None => of_pair.push(Telling { print, is_new, seen: Seen::at(at), fields }),
        }
    }

    /// Those that were the last that was told when it was looked last. If they still are, a new time is all.
    pub(super) fn again(&self) -> Vec<Told<'_>> {
        let only = self.of.iter().filter_map(|(pair, tellings)| match &tellings[..] {
            [telling] if !telling.is_new => Some(telling.told(pair)),
            _ => None,
        });
        only.collect()
    }

    /// All but these: the last that is told of each pair, and the rows of all fields by their ids.
    pub(super) fn whole<'t>(&'t self, but: &BTreeSet<Pair>) -> (Vec<Told<'t>>, BTreeMap<String, Column<'t>>) {
        let mut last: Vec<Told<'_>> = Vec::new();
        let mut columns = BTreeMap::new();
        for (pair, tellings) in self.of.iter().filter(|(pair, _)| !but.contains(*pair)) {
            let mut tellings: Vec<_> = tellings.iter().collect();
            tellings.sort_by_key(|telling| telling.seen.last);
            for telling in &tellings {
                telling.add_columns(pair, &mut columns);
            }
            last.extend(tellings.last().map(|telling| telling.told(pair)));
        }
        (last, columns)
    }
}

impl Telling<'_> {
    fn told<'t>(&self, pair: &'t Pair) -> Told<'t> {
        Told { pair, print: self.lasting_print(), last: self.seen.last }
    }

    /// The same on every node and in every release.
    fn lasting_print(&self) -> String {
        let mut texts = Vec::with_capacity(self.fields.len() * 8);
        for (source, flow, how) in &self.fields {
            texts.push(source.as_str());
            texts.extend(named(flow.from_field.as_deref()));
            texts.extend(named(flow.to_field.as_deref()));
            for Transformation { kind, subtype, description, masking } in *how {
                texts.extend([kind.as_str(), subtype, description, if *masking { "masking" } else { "" }]);
            }
            // No kind of a transformation is called that, so what belongs to which field is never in doubt.
            texts.push("|");
        }
        hash(&texts)
    }

    /// Of the same field in two tellings the later one counts.
    fn add_columns<'t>(&'t self, pair: &'t Pair, columns: &mut BTreeMap<String, Column<'t>>) {
        let print = self.lasting_print();
        let (target, told_by) = pair;
        for (source, flow, how) in &self.fields {
            let ([has_from, from], [has_to, to]) = (named(flow.from_field.as_deref()), named(flow.to_field.as_deref()));
            let id = hash(&[source, has_from, from, target, has_to, to, told_by]);
            let mut seen = self.seen;
            if let Some(earlier) = columns.get(&id) {
                seen.add(earlier.seen.first);
            }
            let column = Column { source, pair, flow, how: text_of(how), print: print.clone(), seen };
            columns.insert(id, column);
        }
    }
}

impl Told<'_> {
    pub(super) fn row(&self) -> Vec<Cell<'_>> {
        let (target, told_by) = self.pair;
        vec![Cell::Text(target), Cell::Text(told_by), Cell::Text(&self.print), Cell::Number(self.last)]
    }
}

impl Column<'_> {
    pub(super) fn row<'t>(&'t self, id: &'t str) -> Vec<Cell<'t>> {
        let (target, told_by) = self.pair;
        vec![
            Cell::Text(id),
            Cell::Text(self.source),
            Cell::MaybeText(self.flow.from_field.as_deref()),
            Cell::Text(target),
            Cell::MaybeText(self.flow.to_field.as_deref()),
            Cell::Text(told_by),
            Cell::Text(&self.how),
            Cell::Text(&self.print),
            Cell::Number(self.seen.first),
            Cell::Number(self.seen.last),
        ]
    }
}

/// A field that is missing differs from one without a name.
fn named(field: Option<&str>) -> [&str; 2] {
    field.map_or(["", ""], |field| ["f", field])
}

fn text_of(how: &BTreeSet<Transformation>) -> String {
    let told = |how: &Transformation| {
        json!({
            "type": how.kind, "subtype": how.subtype, "description": how.description, "masking": how.masking,
        })
    };
    Value::Array(how.iter().map(told).collect()).to_string()
}
