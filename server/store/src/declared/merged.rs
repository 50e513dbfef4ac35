//! What do many events come to? One row for each thing that they speak of.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_lineage::{Declaration, Entity, Flow, Millis, Named, RunFact, RunState};

use super::known::{Holds, Key, Known, Lesson, Mark, Marks, News, Said, Unheeded};
use super::tellings::{Fields, Pair, Tellings};
use super::{Cell, DeclaredEvent, NEVER, node_id};

/// When something was first and last the case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) first: Millis,
    pub(super) last: Millis,
}

/// What events add to what is known.
#[derive(Debug)]
pub struct Additions<'a> {
    known: &'a Known,
    marks: Marks,
    events: BTreeMap<&'a str, &'a DeclaredEvent>,
    namespaces: BTreeMap<&'a str, Seen>,
    nodes: BTreeMap<String, (&'a Entity, Seen)>,
    facets: BTreeMap<(String, &'a str), Statement<'a>>,
    symlinks: BTreeMap<(String, String), (&'a Named, Millis)>,
    runs: BTreeMap<&'a str, Run<'a>>,
    flows: BTreeMap<[String; 3], Seen>,
    tellings: Tellings<'a>,
}

#[derive(Debug)]
struct Statement<'a> {
    at: Millis,
    body: Option<&'a str>,
    key: Key,
}

#[derive(Debug)]
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

impl<'a> Additions<'a> {
    /// What these events say that is not known.
    pub fn of(events: &[&'a DeclaredEvent], known: &'a Known) -> Self {
        let mut additions = Self {
            known,
            marks: Marks::default(),
            events: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            nodes: BTreeMap::new(),
            facets: BTreeMap::new(),
            symlinks: BTreeMap::new(),
            runs: BTreeMap::new(),
            flows: BTreeMap::new(),
            tellings: Tellings::default(),
        };
        for event in events {
            if additions.events.insert(&event.id, event).is_none() {
                additions.add(&event.told);
            }
        }
        additions
    }

    /// What there is to remember once all of it is real. `unheeded` is what was answered when it was added.
    pub fn lesson(self, unheeded: Vec<Unheeded>) -> Lesson {
        Lesson { marks: self.marks, unheeded }
    }

    fn add(&mut self, told: &'a Declaration) {
        let at = told.at;
        let run = told.runs.first().map(|run| self.known.print(&*run.id));
        let mut ids: BTreeMap<&Entity, String> = BTreeMap::new();
        let mut with_known_names: BTreeSet<String> = BTreeSet::new();
        for (entity, facets) in &told.entities {
            let id = node_id(entity);
            let namespace = &*entity.named().namespace;
            if self.is_news(self.known.key(("namespace", namespace)), at, 0, Holds::WhileSeen) {
                put(&mut self.namespaces, namespace, at);
            }
            if self.is_news(self.known.key(("node", &id)), at, 0, Holds::WhileSeen) {
                self.nodes.entry(id.clone()).or_insert((entity, Seen::at(at))).1.add(at);
            }
            for (facet, body) in facets {
                let (key, print) = (self.known.key(("facet", &id, facet)), self.known.print(body));
                if self.is_news(key, at, print, Holds::AsStatedLast) {
                    let fresh = || Statement { at, body: body.as_deref(), key };
                    let stated = self.facets.entry((id.clone(), facet)).or_insert_with(fresh);
                    if stated.at <= at {
                        *stated = fresh();
                    }
                } else if facet == "symlinks" {
                    with_known_names.insert(id.clone());
                }
            }
            ids.insert(entity, id);
        }
        let id_of = |entity: &Entity| ids.get(entity).cloned().unwrap_or_else(|| node_id(entity));
        let job_id = |job: &Option<Named>| job.as_ref().map(|job| id_of(&Entity::Job(job.clone()))).unwrap_or_default();
        // A name holds with the statement that it stood in, and is written when that is.
        for (dataset, other) in &told.symlinks {
            let dataset = id_of(&Entity::Dataset(dataset.clone()));
            if !with_known_names.contains(&dataset) {
                let key = (id_of(&Entity::Dataset(other.clone())), dataset);
                let link = self.symlinks.entry(key).or_insert((other, at));
                link.1 = link.1.max(at);
            }
        }
        for run in &told.runs {
            self.add_run(run, job_id(&run.job), told);
        }
        let holds = |by: &Option<Named>| if by.is_some() { Holds::InRun(run) } else { Holds::WhileSeen };
        for Flow { from, to, by } in &told.flows {
            let ends = [id_of(from), id_of(to), job_id(by)];
            if self.is_news(self.known.key(("flow", &ends)), at, 0, holds(by)) {
                put(&mut self.flows, ends, at);
            }
        }
        let mut fields: BTreeMap<Pair, Fields<'a>> = BTreeMap::new();
        for (flow, how) in &told.columns {
            let of_pair = fields.entry((id_of(&flow.to), job_id(&flow.by))).or_default();
            of_pair.push((id_of(&flow.from), flow, how));
        }
        for (pair, fields) in fields {
            let print = self.known.print(&fields);
            match self.news(self.known.key(("fields", &pair)), Said { at, print, holds: Holds::Together(run) }) {
                News::None => {}
                news => self.tellings.add(pair, print, fields, news == News::All, at),
            }
        }
    }

    /// Whether this has to be written. It counts as written from now on.
    fn is_news(&mut self, key: Key, at: Millis, print: u64, holds: Holds) -> bool {
        self.news(key, Said { at, print, holds }) != News::None
    }

    fn news(&mut self, key: Key, said: Said) -> News {
        let known = self.marks.get(&key).copied().or_else(|| self.known.mark(key));
        let (mark, news) = match known {
            Some(mut mark) => {
                let news = mark.add(said);
                (mark, news)
            }
            None => (Mark::of(said), News::All),
        };
        self.marks.insert(key, mark);
        news
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
        for ((node, facet), Statement { at, body, .. }) in &self.facets {
            rows.push(vec![Cell::Text(node), Cell::Text(facet), Cell::Number(*at), Cell::MaybeText(*body)]);
        }
        rows
    }

    /// The statements that are not among those that became rows.
    pub(super) fn unheeded(&self, heeded: &[(String, String)]) -> Vec<Unheeded> {
        let heeded: BTreeSet<(&str, &str)> = heeded.iter().map(|(node, facet)| (&**node, &**facet)).collect();
        let others = self.facets.iter().filter(|((node, facet), _)| !heeded.contains(&(&**node, *facet)));
        others.map(|(_, statement)| Unheeded(statement.key)).collect()
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

    /// The runs that may have told all that their job does: any event of a run may be the last to come.
    pub(super) fn telling_runs(&self) -> Vec<Vec<Cell<'_>>> {
        let telling = self.runs.iter().filter(|(_, told)| !told.job.is_empty() && !told.state.is_empty());
        telling.map(|(run, _)| vec![Cell::Text(run)]).collect()
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

    pub(super) fn tellings(&self) -> &Tellings<'a> {
        &self.tellings
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
    pub(super) fn at(at: Millis) -> Self {
        Self { first: at, last: at }
    }

    pub(super) fn add(&mut self, at: Millis) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

fn put<K: Ord>(rows: &mut BTreeMap<K, Seen>, key: K, at: Millis) {
    rows.entry(key).or_insert(Seen::at(at)).add(at);
}
