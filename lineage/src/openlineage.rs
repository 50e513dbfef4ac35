//! What does an OpenLineage event declare? Version 2.0.2: events about runs, jobs and datasets, from any client.
//!
//! An event has to have its core: a time, a producer, and names. Facets may hold anything: what is understood of them
//! joins the graph, what is not is kept as it is, and nothing in them makes an event unusable.

mod entries;
mod facets;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use crate::declared::{ColumnFlow, Declaration, Entity, Flow, Named, RunFact, RunState, Subject, Transformation};
use crate::event::Millis;

pub use text::{compact, items};

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

/// Reads an event. It is as deeply nested as the JSON reader takes, 128 levels.
pub fn parse(text: &str) -> Result<Declaration, Unusable> {
    let event: Value = serde_json::from_str(text).map_err(|error| unusable(format!("this is no JSON: {error}")))?;
    if !event.is_object() {
        return Err(unusable("an event is a JSON object"));
    }
    let mut reading = Reading::open(&event)?;
    match reading.told.subject {
        Subject::Run | Subject::Job => {
            let own = core_name(&event, "job")?;
            reading.told.job = Some(own.clone());
            reading.mention(Entity::Job(own.clone()));
            if reading.told.subject == Subject::Run {
                reading.run(&event, &own)?;
            }
            reading.datasets(&event, "inputs", &own)?;
            reading.datasets(&event, "outputs", &own)?;
            reading.facets(&Entity::Job(own), &event["job"]);
        }
        Subject::Dataset => {
            let dataset = Entity::Dataset(core_name(&event, "dataset")?);
            reading.mention(dataset.clone());
            reading.facets(&dataset, &event["dataset"]);
        }
    }
    Ok(reading.told)
}

/// An event as far as it was read.
struct Reading {
    told: Declaration,
}

impl Reading {
    fn open(event: &Value) -> Result<Self, Unusable> {
        let has = |key: &str| event.get(key).is_some_and(|value| !value.is_null());
        let subject = match (has("run"), has("job"), has("dataset")) {
            (true, true, _) => Subject::Run,
            (false, true, false) => Subject::Job,
            (false, false, true) => Subject::Dataset,
            (true, false, _) => return Err(unusable("'job' is missing: an event about a run names its job")),
            (false, true, true) => return Err(unusable("an event is about a job or about a dataset, not about both")),
            (false, false, false) => return Err(unusable("an event has 'run' and 'job', or 'job', or 'dataset'")),
        };
        let at = event.get("eventTime").and_then(Value::as_str).ok_or_else(|| unusable("'eventTime' is missing"))?;
        let at = millis(at).ok_or_else(|| unusable("'eventTime' is no time such as 2026-02-28T23:59:59.999Z"))?;
        if event.get("producer").and_then(Value::as_str).is_none_or(str::is_empty) {
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
    fn run(&mut self, event: &Value, job: &Named) -> Result<(), Unusable> {
        let run = &event["run"];
        let id = run_id(&run["runId"])
            .ok_or_else(|| unusable(format!("'run.runId' is missing, or no text of up to {MAX_RUN_ID} bytes")))?;
        let state = match event.get("eventType") {
            None | Some(Value::Null) => RunState::Other,
            Some(Value::String(text)) => RunState::parse(text)
                .ok_or_else(|| unusable("'eventType' is one of START, RUNNING, COMPLETE, ABORT, FAIL and OTHER"))?,
            Some(_) => return Err(unusable("'eventType' is a text")),
        };
        let facets = &run["facets"];
        let time = |name: &str| facets["nominalTime"][name].as_str().and_then(millis);
        self.told.runs.push(RunFact {
            id,
            job: Some(job.clone()),
            state: Some(state),
            parent: run_id(&facets["parent"]["run"]["runId"]),
            nominal_start: time("nominalStartTime"),
            nominal_end: time("nominalEndTime"),
        });
        for above in [&facets["parent"], &facets["parent"]["root"]] {
            let job = named(&above["job"]);
            if let Some(job) = &job {
                self.mention(Entity::Job(job.clone()));
            }
            let Some(id) = run_id(&above["run"]["runId"]) else { continue };
            if self.told.runs.iter().all(|run| run.id != id) {
                let (parent, nominal_start, nominal_end) = (None, None, None);
                self.told.runs.push(RunFact { id, job, state: None, parent, nominal_start, nominal_end });
            }
        }
        Ok(())
    }

    /// What the job of the event reads or writes.
    fn datasets(&mut self, event: &Value, key: &str, job: &Named) -> Result<(), Unusable> {
        let given = match event.get(key) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(given)) => given,
            Some(_) => return Err(unusable(format!("'{key}' is a list of datasets"))),
        };
        for (index, dataset) in given.iter().enumerate() {
            let named = checked(dataset, || format!("{key}[{index}]"))?;
            let entity = Entity::Dataset(named);
            if key == "inputs" {
                self.flow(entity.clone(), Entity::Job(job.clone()));
            } else {
                self.flow(Entity::Job(job.clone()), entity.clone());
            }
            self.facets(&entity, dataset);
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

fn core_name(event: &Value, key: &str) -> Result<Named, Unusable> {
    checked(&event[key], || key.to_owned())
}

/// A name that has to be there.
fn checked(value: &Value, place: impl Fn() -> String) -> Result<Named, Unusable> {
    let part = |key: &str, most: usize| match value[key].as_str() {
        Some(text) if !text.is_empty() && text.len() <= most => Ok(kept(text)),
        Some("") | None => Err(unusable(format!("'{}.{key}' is missing", place()))),
        Some(_) => Err(unusable(format!("'{}.{key}' is longer than {most} bytes", place()))),
    };
    Ok(Named { namespace: part("namespace", MAX_NAMESPACE)?, name: part("name", MAX_NAME)? })
}

/// A name within a facet, if it is one.
fn named(value: &Value) -> Option<Named> {
    checked(value, String::new).ok()
}

fn run_id(value: &Value) -> Option<Arc<str>> {
    value.as_str().filter(|id| !id.is_empty() && id.len() <= MAX_RUN_ID).map(kept)
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
