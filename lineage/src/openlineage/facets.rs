//! What do the facets of a job or a dataset add to the graph: other names, earlier names, and where its fields come from?

use std::sync::Arc;

use serde_json::{Map, Value};

use super::written::Facet;
use super::{Reading, kept, named};
use crate::declared::{Entity, Transformation};

/// A facet with a longer name stays in its event.
const MAX_FACET_NAME: usize = 255;
/// What is read of a facet that is not only kept.
const UNDERSTOOD: [&str; 4] = ["symlinks", "lifecycleStateChange", "columnLineage", "lineage"];

impl Reading {
    /// Keeps what an event says about a job or a dataset, and reads what is understood of it.
    pub(super) fn facets(&mut self, of: &Entity, written: &[Facet<'_>]) {
        let mut live = Map::new();
        let stated = self.told.entities.entry(of.clone()).or_default();
        for (name, body) in written {
            let text = body.get();
            if !text.starts_with('{') || name.len() > MAX_FACET_NAME {
                continue;
            }
            let is_understood = UNDERSTOOD.contains(&&**name);
            let may_be_deleted = text.contains("_deleted") || text.contains("\\u00");
            let read: Option<Value> =
                (is_understood || may_be_deleted).then(|| serde_json::from_str(text).ok()).flatten();
            let is_deleted = read.as_ref().is_some_and(|facet| facet["_deleted"] == true);
            stated.insert(kept(name).to_string(), (!is_deleted).then(|| text.to_owned()));
            live.remove(&**name);
            if let Some(facet) = read.filter(|_| is_understood && !is_deleted) {
                live.insert(name.to_string(), facet);
            }
        }
        match of {
            Entity::Dataset(dataset) => {
                for other in list(&live, "symlinks", "identifiers").filter_map(named) {
                    if other != *dataset {
                        self.told.symlinks.insert((dataset.clone(), other));
                    }
                }
                if let Some(earlier) = live.get("lifecycleStateChange").and_then(|it| named(&it["previousIdentifier"]))
                {
                    self.mention(Entity::Dataset(earlier));
                }
                if let Some(facet) = live.get("columnLineage") {
                    self.column_lineage(of, facet);
                }
                if let Some(facet) = live.get("lineage") {
                    self.explicit_target(of, facet);
                }
            }
            Entity::Job(_) => {
                for entry in list(&live, "lineage", "entries") {
                    self.explicit_entry(entry);
                }
            }
        }
    }

    /// The facet `columnLineage` of a dataset.
    fn column_lineage(&mut self, target: &Entity, facet: &Value) {
        let none = Map::new();
        for (name, field) in facet["fields"].as_object().unwrap_or(&none) {
            for input in field["inputFields"].as_array().into_iter().flatten() {
                let mut how = transformations(input);
                if how.is_empty() {
                    how.extend(transformation_of_old(field));
                }
                self.column_from(input, target, Some(kept(name)), how);
            }
        }
        for input in facet["dataset"].as_array().into_iter().flatten() {
            self.column_from(input, target, None, transformations(input));
        }
    }

    fn column_from(&mut self, input: &Value, target: &Entity, field: Option<Arc<str>>, how: Vec<Transformation>) {
        let Some((from, from_field)) = named(input).zip(input["field"].as_str()) else { return };
        let from = Entity::Dataset(from);
        self.through_the_job(from.clone(), target.clone());
        self.column((from, Some(kept(from_field))), (target.clone(), field), how);
    }

    /// The job of the event reads the one and writes the other. Without a job, one flows into the other.
    pub(super) fn through_the_job(&mut self, from: Entity, to: Entity) {
        match self.told.job.clone().map(Entity::Job) {
            Some(job) => {
                self.flow(from, job.clone());
                self.flow(job, to);
            }
            None => self.flow(from, to),
        }
    }
}

/// The list `member` of a facet.
fn list<'a>(facets: &'a Map<String, Value>, facet: &str, member: &'a str) -> impl Iterator<Item = &'a Value> {
    facets.get(facet).and_then(|facet| facet[member].as_array()).into_iter().flatten()
}

pub(super) fn transformations(input: &Value) -> Vec<Transformation> {
    let text = |value: &Value| value.as_str().map(|text| kept(text).to_string()).unwrap_or_default();
    let read = |value: &Value| Transformation {
        kind: text(&value["type"]),
        subtype: text(&value["subtype"]),
        description: text(&value["description"]),
        masking: value["masking"].as_bool().unwrap_or(false),
    };
    input["transformations"].as_array().into_iter().flatten().filter(|value| value.is_object()).map(read).collect()
}

/// How older clients told it: once for all that a field is made of, as `IDENTITY` or `MASKED`.
fn transformation_of_old(field: &Value) -> Option<Transformation> {
    let kind = field["transformationType"].as_str();
    let description = field["transformationDescription"].as_str();
    if kind.is_none() && description.is_none() {
        return None;
    }
    Some(Transformation {
        kind: "DIRECT".to_owned(),
        subtype: kept(kind.unwrap_or_default()).to_string(),
        description: kept(description.unwrap_or_default()).to_string(),
        masking: kind.is_some_and(|kind| kind.eq_ignore_ascii_case("MASKED")),
    })
}
