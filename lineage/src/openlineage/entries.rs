//! What does the facet `lineage` say, which names source and target of each flow itself?

use std::sync::Arc;

use serde_json::Value;

use super::facets::transformations;
use super::{Reading, kept, named};
use crate::declared::{Entity, Named};

impl Reading {
    /// An entry in the facet of a job: what flows into one dataset or job.
    pub(super) fn explicit_entry(&mut self, entry: &Value) {
        if let Some(target) = self.entity(entry) {
            self.mention(target.clone());
            self.explicit_target(&target, entry);
        }
    }

    /// What flows into `target`, as a whole and field by field.
    pub(super) fn explicit_target(&mut self, target: &Entity, written: &Value) {
        for input in written["inputs"].as_array().into_iter().flatten() {
            self.explicit_input(input, target, None);
        }
        for (name, field) in written["fields"].as_object().into_iter().flatten() {
            for input in field["inputs"].as_array().into_iter().flatten() {
                self.explicit_input(input, target, Some(kept(name)));
            }
        }
    }

    fn explicit_input(&mut self, input: &Value, target: &Entity, target_field: Option<Arc<str>>) {
        let Some(source) = self.entity(input) else { return };
        match (&source, target) {
            // The job of the event makes the one of the other; that this pair belongs together is said by a flow of its own.
            (Entity::Dataset(_), Entity::Dataset(_)) if self.told.job.is_some() => {
                self.through_the_job(source.clone(), target.clone());
                self.flow(source.clone(), target.clone());
            }
            _ => self.flow(source.clone(), target.clone()),
        }
        let field = input["field"].as_str().map(kept);
        if field.is_some() || target_field.is_some() {
            self.column((source, field), (target.clone(), target_field), transformations(input));
        }
    }

    /// A dataset, a job, or the job of the event where none is named.
    fn entity(&self, written: &Value) -> Option<Entity> {
        let own = || -> Option<Named> {
            let is_unnamed = written["namespace"].is_null() && written["name"].is_null();
            if is_unnamed { self.told.job.clone() } else { None }
        };
        match written["type"].as_str() {
            Some("JOB") => named(written).or_else(own).map(Entity::Job),
            Some("DATASET") | None => named(written).map(Entity::Dataset),
            Some(_) => None,
        }
    }
}
