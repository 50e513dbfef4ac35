//! Who was seen to write and read this topic?

use std::collections::HashMap;

use tidegate_compat::{SubjectName, Version};
use tidegate_lineage::{Edge, Observation, SchemaRef};

use crate::{Registry, Result};

/// An edge as stored, its sums since it was first seen, with the name of its schema where the registry knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEdge {
    pub seen: Observation,
    /// A live subject and version of the edge's schema; one under a subject of the topic where there is one.
    pub schema: Option<(SubjectName, Version)>,
}

impl Registry {
    /// Adds what was observed to what is known: all of it or, on an error, nothing.
    pub async fn observe(&self, observations: &[Observation]) -> Result<()> {
        if observations.is_empty() {
            return Ok(());
        }
        let mut tx = self.store().write().await?;
        tx.add_observations(observations).await?;
        Ok(tx.commit_unrecorded().await?)
    }

    /// Every edge of a topic, on one cluster or on all; sorted by first seen.
    pub async fn topic_edges(&self, topic: &str, cluster: Option<&str>) -> Result<Vec<SeenEdge>> {
        let mut session = self.store().read().await?;
        let edges = session.topic_edges(topic, cluster).await?;
        let mut names: HashMap<SchemaRef, Option<(SubjectName, Version)>> = HashMap::new();
        for schema in edges.iter().filter_map(schema_of) {
            if !names.contains_key(schema) {
                let usages = session.usages(&schema.context, schema.id, false, None, 0).await?;
                names.insert(schema.clone(), most_telling(usages, topic));
            }
        }
        let named = edges.into_iter().map(|seen| {
            let schema = schema_of(&seen).and_then(|schema| names.get(schema).cloned().flatten());
            SeenEdge { seen, schema }
        });
        Ok(named.collect())
    }
}

fn schema_of(seen: &Observation) -> Option<&SchemaRef> {
    match &seen.edge {
        Edge::Produces { schema } => schema.as_ref(),
        Edge::Consumes { .. } => None,
    }
}

/// The subject that belongs to the topic by name, or else the first.
fn most_telling(usages: Vec<(SubjectName, Version)>, topic: &str) -> Option<(SubjectName, Version)> {
    let rank = |subject: &SubjectName| match subject.bare().strip_prefix(topic) {
        Some("-value") => 0,
        Some("-key") => 1,
        Some(rest) if rest.starts_with('-') => 2,
        _ => 3,
    };
    usages.into_iter().min_by_key(|(subject, _)| rank(subject))
}
