//! What do many events come to? One row for each thing that they speak of.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_lineage::{ColumnFlow, Declaration, Entity, Flow, Millis, Named, RunFact, RunState, Transformation};

use super::{Cell, DeclaredEvent, NEVER, hash, node_id};

/// When something was first and last the case.
#[derive(Debug, Clone, Copy)]
struct Seen {
    first: Millis,
    last: Millis,
}

#[derive(Default)]
pub(super) struct Merged<'a> {
    events: BTreeMap<&'a str, &'a DeclaredEvent>,
    namespaces: BTreeMap<&'a str, Seen>,
    nodes: BTreeMap<String, (&'a Entity, Seen)>,
    facets: BTreeMap<(String, &'a str), (Millis, Option<&'a str>)>,
    symlinks: BTreeMap<(String, String), (&'a Named, Millis)>,
    runs: BTreeMap<&'a str, Run<'a>>,
    flows: BTreeMap<[String; 3], Seen>,
    columns: BTreeMap<String, Column<'a>>,
}

struct Run<'a> {
    job: String,
    parent: &'a str,
    state: &'static str,
    stated_at: Millis,
    ended_at: Option<Millis>,
    nominal_start: Option<Millis>,
    nominal_end: Option<Millis>,
    has_flows: bool,
    seen: Seen,
}

struct Column<'a> {
    ends: [String; 3],
    flow: &'a ColumnFlow,
    how: String,
    seen: Seen,
}

impl<'a> Merged<'a> {
    pub(super) fn of(events: &[&'a DeclaredEvent]) -> Self {
        let mut merged = Self::default();
        for event in events {
            if merged.events.insert(&event.id, event).is_none() {
                merged.add(&event.told);
            }
        }
        merged
    }

    fn add(&mut self, told: &'a Declaration) {
        let mut ids: BTreeMap<&Entity, String> = BTreeMap::new();
        for (entity, facets) in &told.entities {
            let id = node_id(entity);
            put(&mut self.namespaces, &*entity.named().namespace, told.at);
            self.nodes.entry(id.clone()).or_insert((entity, Seen::at(told.at))).1.add(told.at);
            for (facet, body) in facets {
                let stated = self.facets.entry((id.clone(), facet)).or_insert((told.at, body.as_deref()));
                if stated.0 <= told.at {
                    *stated = (told.at, body.as_deref());
                }
            }
            ids.insert(entity, id);
        }
        let id_of = |entity: &Entity| ids.get(entity).cloned().unwrap_or_else(|| node_id(entity));
        let job_id = |job: &Option<Named>| job.as_ref().map(|job| id_of(&Entity::Job(job.clone()))).unwrap_or_default();
        for (dataset, other) in &told.symlinks {
            let key = (id_of(&Entity::Dataset(other.clone())), id_of(&Entity::Dataset(dataset.clone())));
            let link = self.symlinks.entry(key).or_insert((other, told.at));
            link.1 = link.1.max(told.at);
        }
        for run in &told.runs {
            self.add_run(run, job_id(&run.job), told);
        }
        for Flow { from, to, by } in &told.flows {
            put(&mut self.flows, [id_of(from), id_of(to), job_id(by)], told.at);
        }
        for (flow, how) in &told.columns {
            let ends = [id_of(&flow.from), id_of(&flow.to), job_id(&flow.by)];
            let field = |field: &'a Option<_>| field.as_deref().map_or(["", ""], |field: &str| ["f", field]);
            let ([has_from, from], [has_to, to]) = (field(&flow.from_field), field(&flow.to_field));
            let id = hash(&[&ends[0], has_from, from, &ends[1], has_to, to, &ends[2]]);
            let fresh = Column { ends, flow, how: text_of(how), seen: Seen::at(told.at) };
            let column = self.columns.entry(id).or_insert_with(|| fresh);
            if column.seen.last <= told.at {
                column.how = text_of(how);
            }
            column.seen.add(told.at);
        }
    }

    fn add_run(&mut self, run: &'a RunFact, job: String, told: &Declaration) {
        let state = run.state.filter(|state| *state != RunState::Other);
        let fresh = Run {
            job,
            parent: run.parent.as_deref().unwrap_or_default(),
            state: state.map_or("", RunState::as_str),
            stated_at: if state.is_some() { told.at } else { NEVER },
            ended_at: state.filter(|state| state.is_final()).map(|_| told.at),
            nominal_start: run.nominal_start,
            nominal_end: run.nominal_end,
            has_flows: run.state.is_some() && !told.flows.is_empty(),
            seen: Seen::at(told.at),
        };
        match self.runs.get_mut(&*run.id) {
            Some(known) => known.merge(fresh),
            None => {
                self.runs.insert(&run.id, fresh);
            }
        }
    }

    pub(super) fn events(&self, now: Millis) -> Vec<Vec<Cell<'_>>> {
        let run = |event: &'a DeclaredEvent| event.told.runs.first().map_or("", |run| &*run.id);
        let row = |(id, event): (&&'a str, &&'a DeclaredEvent)| {
            vec![
                Cell::Text(id),
                Cell::Number(event.told.at),
                Cell::Number(now),
                Cell::Text(run(event)),
                Cell::Text(&event.body),
            ]
        };
        self.events.iter().map(row).collect()
    }

    pub(super) fn namespaces(&self) -> Vec<Vec<Cell<'_>>> {
        let row = |(namespace, seen): (&&'a str, &Seen)| {
            vec![Cell::Text(namespace), Cell::Number(seen.first), Cell::Number(seen.last)]
        };
        self.namespaces.iter().map(row).collect()
    }

    pub(super) fn nodes(&self) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.nodes.len());
        for (id, (entity, seen)) in &self.nodes {
            let Named { namespace, name } = entity.named();
            rows.push(vec![
                Cell::Text(id),
                Cell::Text(entity.kind()),
                Cell::Text(namespace),
                Cell::Text(name),
                Cell::Number(seen.first),
                Cell::Number(seen.last),
                Cell::Number(NEVER),
            ]);
        }
        rows
    }

    pub(super) fn facets(&self) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.facets.len());
        for ((node, facet), (stated_at, body)) in &self.facets {
            rows.push(vec![Cell::Text(node), Cell::Text(facet), Cell::Number(*stated_at), Cell::MaybeText(*body)]);
        }
        rows
    }

    pub(super) fn symlinks(&self) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.symlinks.len());
        for ((alias, dataset), (other, stated_at)) in &self.symlinks {
            rows.push(vec![
                Cell::Text(alias),
                Cell::Text(dataset),
                Cell::Text(&other.namespace),
                Cell::Text(&other.name),
                Cell::Number(*stated_at),
            ]);
        }
        rows
    }

    pub(super) fn runs(&self, now: Millis) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.runs.len());
        for (run, told) in &self.runs {
            rows.push(vec![
                Cell::Text(run),
                Cell::Text(&told.job),
                Cell::Text(told.parent),
                Cell::Text(told.state),
                Cell::Number(told.stated_at),
                Cell::MaybeNumber(told.ended_at),
                Cell::MaybeNumber(told.nominal_start),
                Cell::MaybeNumber(told.nominal_end),
                Cell::Flag(told.has_flows),
                Cell::Number(told.seen.first),
                Cell::Number(told.seen.last),
                Cell::Number(now),
            ]);
        }
        rows
    }

    /// The runs that are known to be complete now.
    pub(super) fn complete_runs(&self) -> Vec<Vec<Cell<'_>>> {
        let complete = self.runs.iter().filter(|(_, told)| told.state == RunState::Complete.as_str());
        complete.map(|(run, _)| vec![Cell::Text(run)]).collect()
    }

    pub(super) fn flows(&self) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.flows.len());
        for ([source, target, told_by], seen) in &self.flows {
            rows.push(vec![
                Cell::Text(source),
                Cell::Text(target),
                Cell::Text(told_by),
                Cell::Number(seen.first),
                Cell::Number(seen.last),
            ]);
        }
        rows
    }

    pub(super) fn columns(&self) -> Vec<Vec<Cell<'_>>> {
        let mut rows = Vec::with_capacity(self.columns.len());
        for (id, Column { ends: [source, target, told_by], flow, how, seen }) in &self.columns {
            rows.push(vec![
                Cell::Text(id),
                Cell::Text(source),
                Cell::MaybeText(flow.from_field.as_deref()),
                Cell::Text(target),
                Cell::MaybeText(flow.to_field.as_deref()),
                Cell::Text(told_by),
                Cell::Text(how),
                Cell::Number(seen.first),
                Cell::Number(seen.last),
            ]);
        }
        rows
    }
}

impl Run<'_> {
    /// The same run as two events tell of it, in whichever order.
    fn merge(&mut self, other: Self) {
        let is_newer = !other.state.is_empty()
            && (other.stated_at > self.stated_at || (other.stated_at == self.stated_at && self.ended_at.is_none()));
        if is_newer {
            (self.state, self.stated_at) = (other.state, other.stated_at);
        }
        if !other.job.is_empty() {
            self.job = other.job;
        }
        if !other.parent.is_empty() {
            self.parent = other.parent;
        }
        self.ended_at = other.ended_at.or(self.ended_at);
        self.nominal_start = other.nominal_start.or(self.nominal_start);
        self.nominal_end = other.nominal_end.or(self.nominal_end);
        self.has_flows |= other.has_flows;
        self.seen.add(other.seen.first);
        self.seen.add(other.seen.last);
    }
}

impl Seen {
    fn at(at: Millis) -> Self {
        Self { first: at, last: at }
    }

    fn add(&mut self, at: Millis) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

fn put<K: Ord>(rows: &mut BTreeMap<K, Seen>, key: K, at: Millis) {
    rows.entry(key).or_insert(Seen::at(at)).add(at);
}

fn text_of<'t>(how: impl IntoIterator<Item = &'t Transformation>) -> String {
    let told = |how: &Transformation| {
        json!({
            "type": how.kind, "subtype": how.subtype, "description": how.description, "masking": how.masking,
        })
    };
    Value::Array(how.into_iter().map(told).collect()).to_string()
}
