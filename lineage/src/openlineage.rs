//! What does an OpenLineage event declare? Version 2.0.2: events about runs, jobs and datasets, from any client.
//!
//! An event has to have its core: a time, a producer, and names. Facets may hold anything: what is understood of them
//! joins the graph, what is not is kept as it is, and nothing in them makes an event unusable.

pub mod emission;
mod entries;
mod facets;
mod text;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};
use serde::de::IgnoredAny;
use serde_json::Value;

use self::written::{Entries, Entry, Event, Facet, Written};
use crate::declared::{ColumnFlow, Declaration, Entity, Flow, Named, RunFact, RunState, Subject, Transformation};
use crate::event::Millis;

pub use text::items;

/// How many bytes a namespace, a name, and the id of a run may have: a database has to find them by an index.
pub const MAX_NAMESPACE: usize = 512;
pub const MAX_NAME: usize = 2_000;
pub const MAX_RUN_ID: usize = 255;

/// Why an event can't be used: a sentence for its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unusable {}

/// How many levels an event may have, so that every JSON reader takes it again.
const MAX_DEPTH: usize = 127;

/// An event as it was read, with its text as it is kept: without the space that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub declaration: Declaration,
    pub text: String,
}

/// Reads an event.
pub fn read(text: &str) -> Result<Told, Unusable> {
    let (compact, depth) = text::compact(text);
    if depth > MAX_DEPTH {
        return Err(unusable(format!("an event has at most {MAX_DEPTH} levels")));
    }
    let event: Written<Event<'_>> = serde_json::from_str(&compact).map_err(|error| {
        // Where the sender will find it.
        let error = serde_json::from_str::<IgnoredAny>(text).err().unwrap_or(error);
        unusable(format!("this is no JSON: {error}"))
    })?;
    let Written::Is(event) = event else { return Err(unusable("an event is a JSON object")) };
    let declaration = declaration(&event)?;
    drop(event);
    Ok(Told { declaration, text: compact })
}

fn declaration(event: &Event<'_>) -> Result<Declaration, Unusable> {
    let mut reading = Reading::open(event)?;
    match reading.told.subject {
        Subject::Run | Subject::Job => {
            let own = core_name(&event.job, "job")?;
            reading.told.job = Some(own.clone());
            reading.mention(Entity::Job(own.clone()));
            if reading.told.subject == Subject::Run {
                reading.run(event, &own)?;
            }
            reading.datasets(&event.inputs, "inputs", &own)?;
            reading.datasets(&event.outputs, "outputs", &own)?;
            if let Some(job) = event.job.get() {
                reading.facets(&Entity::Job(own), job.facets());
            }
        }
        Subject::Dataset => {
            let dataset = Entity::Dataset(core_name(&event.dataset, "dataset")?);
            reading.mention(dataset.clone());
            if let Some(written) = event.dataset.get() {
                reading.facets(&dataset, written.facets());
            }
        }
    }
    Ok(reading.told)
}

/// An event as far as it was read.
struct Reading {
    told: Declaration,
}

impl Reading {
    fn open(event: &Event<'_>) -> Result<Self, Unusable> {
        let subject = match (event.run.is_there(), event.job.is_there(), event.dataset.is_there()) {
            (true, true, _) => Subject::Run,
            (false, true, false) => Subject::Job,
            (false, false, true) => Subject::Dataset,
            (true, false, _) => return Err(unusable("'job' is missing: an event about a run names its job")),
            (false, true, true) => return Err(unusable("an event is about a job or about a dataset, not about both")),
            (false, false, false) => return Err(unusable("an event has 'run' and 'job', or 'job', or 'dataset'")),
        };
        let at = event.event_time.text().ok_or_else(|| unusable("'eventTime' is missing"))?;
        let at = millis(at).ok_or_else(|| unusable("'eventTime' is no time such as 2026-02-28T23:59:59.999Z"))?;
        if event.producer.text().is_none_or(str::is_empty) {
            return Err(unusable("'producer' is missing"));
        }
        let told = Declaration {
            at,
            subject,
            job: None,
            runs: Vec::new(),
            entities: BTreeMap::new(),
            flows: BTreeSet::new(),
            columns: BTreeMap::new(),
            symlinks: BTreeSet::new(),
        };
        Ok(Self { told })
    }

    /// The run of an event, and those that it says it belongs to.
    fn run(&mut self, event: &Event<'_>, job: &Named) -> Result<(), Unusable> {
        let run = event.run.get();
        let id = run
            .and_then(|run| run_id(run.run_id.text()))
            .ok_or_else(|| unusable(format!("'run.runId' is missing, or no text of up to {MAX_RUN_ID} bytes")))?;
        let state = match &event.event_type {
            Written::Nothing => RunState::Other,
            Written::Is(text) => RunState::parse(text)
                .ok_or_else(|| unusable("'eventType' is one of START, RUNNING, COMPLETE, ABORT, FAIL and OTHER"))?,
            Written::SomethingElse => return Err(unusable("'eventType' is a text")),
        };
        let facets = run.map_or(&[][..], Entry::facets);
        let (nominal, parent) = (facet(facets, "nominalTime"), facet(facets, "parent"));
        let time = |name: &str| nominal[name].as_str().and_then(millis);
        self.told.runs.push(RunFact {
            id,
            job: Some(job.clone()),
            state: Some(state),
            parent: run_id(parent["run"]["runId"].as_str()),
            nominal_start: time("nominalStartTime"),
            nominal_end: time("nominalEndTime"),
        });
        for above in [&parent, &parent["root"]] {
            let job = named(&above["job"]);
            if let Some(job) = &job {
                self.mention(Entity::Job(job.clone()));
            }
            let Some(id) = run_id(above["run"]["runId"].as_str()) else { continue };
            if self.told.runs.iter().all(|run| run.id != id) {
                let (parent, nominal_start, nominal_end) = (None, None, None);
                self.told.runs.push(RunFact { id, job, state: None, parent, nominal_start, nominal_end });
            }
        }
        Ok(())
    }

    /// What the job of the event reads or writes.
    fn datasets(&mut self, given: &Written<Entries<'_>>, key: &str, job: &Named) -> Result<(), Unusable> {
        let given = match given {
            Written::Nothing => return Ok(()),
            Written::Is(given) => given,
            Written::SomethingElse => return Err(unusable(format!("'{key}' is a list of datasets"))),
        };
        for (index, dataset) in given.iter().enumerate() {
            let named = core_name(dataset, &format!("{key}[{index}]"))?;
            let entity = Entity::Dataset(named);
            if key == "inputs" {
                self.flow(entity.clone(), Entity::Job(job.clone()));
            } else {
                self.flow(Entity::Job(job.clone()), entity.clone());
            }
            if let Some(dataset) = dataset.get() {
                self.facets(&entity, dataset.facets());
            }
        }
        Ok(())
    }

    fn mention(&mut self, entity: Entity) {
        self.told.entities.entry(entity).or_default();
    }

    fn flow(&mut self, from: Entity, to: Entity) {
        if from != to {
            let by = self.told.job.clone();
            self.mention(from.clone());
            self.mention(to.clone());
            self.told.flows.insert(Flow { from, to, by });
        }
    }

    fn column(
        &mut self,
        (from, from_field): (Entity, Option<Arc<str>>),
        (to, to_field): (Entity, Option<Arc<str>>),
        how: impl IntoIterator<Item = Transformation>,
    ) {
        let by = self.told.job.clone();
        let flow = ColumnFlow { from, from_field, to, to_field, by };
        self.told.columns.entry(flow).or_default().extend(how);
    }
}

fn unusable(reason: impl Into<String>) -> Unusable {
    Unusable(reason.into())
}

/// The name of what is at this place, which has to be there.
fn core_name(entry: &Written<Entry<'_>>, place: &str) -> Result<Named, Unusable> {
    let entry = entry.get();
    let namespace = entry.and_then(|entry| entry.namespace.text());
    checked(namespace, entry.and_then(|entry| entry.name.text()), place)
}

/// A name that has to be there.
fn checked(namespace: Option<&str>, name: Option<&str>, place: &str) -> Result<Named, Unusable> {
    let part = |text: Option<&str>, key: &str, most: usize| match text {
        Some(text) if !text.is_empty() && text.len() <= most => Ok(kept(text)),
        Some("") | None => Err(unusable(format!("'{place}.{key}' is missing"))),
        Some(_) => Err(unusable(format!("'{place}.{key}' is longer than {most} bytes"))),
    };
    Ok(Named { namespace: part(namespace, "namespace", MAX_NAMESPACE)?, name: part(name, "name", MAX_NAME)? })
}

/// A name within a facet, if it is one.
fn named(value: &Value) -> Option<Named> {
    checked(value["namespace"].as_str(), value["name"].as_str(), "").ok()
}

/// A facet that is understood; null, if it is not there or can't be read.
fn facet(facets: &[Facet<'_>], name: &str) -> Value {
    let found = facets.iter().rev().find(|(key, _)| key == name);
    found.and_then(|(_, body)| serde_json::from_str(body.get()).ok()).unwrap_or_default()
}

fn run_id(text: Option<&str>) -> Option<Arc<str>> {
    text.filter(|id| !id.is_empty() && id.len() <= MAX_RUN_ID).map(kept)
}

/// A text as databases keep it: none of them takes a NUL.
fn kept(text: &str) -> Arc<str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// Milliseconds since 1970 of an ISO 8601 time. One without an offset is taken for UTC.
fn millis(text: &str) -> Option<Millis> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_millis());
    let moment = zoned.ok().or_else(|| {
        let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
        naive.ok().map(|time| time.and_utc().timestamp_millis())
    });
    // Years of four digits, which is what can be written again.
    moment.filter(|millis| (-62_135_596_800_000..=253_402_300_799_999).contains(millis))
}

#[cfg(test)]
mod tests;
