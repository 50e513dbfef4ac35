//! What is declared, and how does it hang together with what was observed? Listings here, walks below.

mod graph;
mod node_id;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tidegate_lineage::{ClusterNames, Entity, Millis, Named};
use tidegate_store::Session;
use tidegate_store::declared::node_id as id_of;

use crate::{Page, Registry, Result};

pub use graph::{Graph, GraphNode, Link, Proof};
pub use node_id::{Asked, field_text, node_text};
pub use tidegate_store::declared::{NamespaceRow, NodeFilter, NodeRow, RunRow};

/// How many entries a page has at most.
const MOST: usize = 1_000;
/// How many events of one run are looked at for what they say about it.
const MOST_OF_RUN: usize = 100;

/// What is known of a job or a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub entity: Entity,
    /// When it was first and last spoken of, or seen.
    pub first: Millis,
    pub last: Millis,
    /// What was said about it last, as JSON by the name of the facet.
    pub facets: BTreeMap<String, String>,
    /// Of a job: what it reads and writes now.
    pub inputs: Vec<Named>,
    pub outputs: Vec<Named>,
    pub latest_run: Option<RunRow>,
    pub parent: Option<Named>,
}

impl Registry {
    pub(crate) fn clusters(&self) -> ClusterNames {
        self.inner.declarations.rules.load().clusters.clone()
    }

    /// A page of the namespaces that jobs and datasets were declared in.
    pub async fn namespaces(&self, page: Page) -> Result<Vec<NamespaceRow>> {
        Ok(self.store().read().await?.declared_namespaces(None, page.offset, limit(page)).await?)
    }

    pub async fn namespace(&self, name: &str) -> Result<Option<NamespaceRow>> {
        let name = self.canonical(name);
        Ok(self.store().read().await?.declared_namespaces(Some(&name), 0, 1).await?.pop())
    }

    /// A page of jobs and datasets as they are found, and how many there are in all.
    pub async fn search_declared(&self, filter: NodeFilter, page: Page) -> Result<(Vec<NodeRow>, u64)> {
        let filter = self.with_canonical(filter);
        Ok(self.store().read().await?.find_declared(&filter, page.offset, limit(page)).await?)
    }

    /// The same with all that is known of each.
    pub async fn declared(&self, filter: NodeFilter, page: Page) -> Result<(Vec<Described>, u64)> {
        let filter = self.with_canonical(filter);
        let mut session = self.store().read().await?;
        let (rows, count) = session.find_declared(&filter, page.offset, limit(page)).await?;
        Ok((described(&mut session, rows).await?, count))
    }

    /// All that is known of one job or dataset.
    pub async fn declared_one(&self, entity: &Entity) -> Result<Option<Described>> {
        let entity = self.canonical_entity(entity);
        let mut session = self.store().read().await?;
        let row = session.declared_node(&entity).await?;
        Ok(described(&mut session, row.into_iter().collect()).await?.pop())
    }

    /// A page of the runs of a job, the newest first, and how many there are; `None` if there is no such job.
    pub async fn runs_of(&self, job: &Named, page: Page) -> Result<Option<(Vec<RunRow>, u64)>> {
        let mut session = self.store().read().await?;
        let Some(row) = session.declared_node(&Entity::Job(job.clone())).await? else { return Ok(None) };
        Ok(Some(session.runs_of(&row.id, page.offset, limit(page)).await?))
    }

    pub async fn declared_run(&self, run: &str) -> Result<Option<(RunRow, Option<Named>)>> {
        let mut session = self.store().read().await?;
        let Some(row) = session.declared_run(run).await? else { return Ok(None) };
        let job = session.declared_nodes(std::slice::from_ref(&row.job)).await?.pop();
        Ok(Some((row, job.map(|job| job.entity.named().clone()))))
    }

    /// The texts of the newest events about a run, the newest first.
    pub async fn events_of_run(&self, run: &str) -> Result<Vec<String>> {
        Ok(self.store().read().await?.events_of_run(run, MOST_OF_RUN).await?)
    }

    /// A page of the texts of events, as they came, and how many there are in all.
    pub async fn declared_events(
        &self,
        times: (Millis, Millis),
        is_newest_first: bool,
        page: Page,
    ) -> Result<(Vec<String>, u64)> {
        let mut session = self.store().read().await?;
        Ok(session.declared_events(times, is_newest_first, page.offset, limit(page)).await?)
    }

    fn with_canonical(&self, filter: NodeFilter) -> NodeFilter {
        let namespace = filter.namespace.as_deref().map(|namespace| self.canonical(namespace).to_string());
        NodeFilter { namespace, ..filter }
    }

    /// The namespace that an address of a cluster stands for, or the same.
    fn canonical(&self, namespace: &str) -> Arc<str> {
        let rules = self.inner.declarations.rules.load();
        rules.clusters.canonical(namespace).unwrap_or_else(|| namespace.into())
    }

    fn canonical_entity(&self, entity: &Entity) -> Entity {
        match entity {
            Entity::Dataset(Named { namespace, name }) => {
                Entity::Dataset(Named { namespace: self.canonical(namespace), name: Arc::clone(name) })
            }
            job @ Entity::Job(_) => job.clone(),
        }
    }
}

fn limit(page: Page) -> usize {
    page.limit.unwrap_or(MOST).min(MOST)
}

/// Nodes with all that is known of them, in their order.
async fn described(session: &mut Session, rows: Vec<NodeRow>) -> Result<Vec<Described>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let jobs: Vec<_> =
        rows.iter().filter(|row| matches!(row.entity, Entity::Job(_))).map(|row| row.id.clone()).collect();
    let mut facets: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    for row in session.declared_facets(&ids).await? {
        facets.entry(row.node).or_default().insert(row.facet, row.body);
    }
    let flows = session.declared_flows(&jobs).await?;
    let mut others: Vec<_> = flows.iter().flat_map(|flow| [flow.source.clone(), flow.target.clone()]).collect();
    let mut runs: HashMap<String, RunRow> =
        session.latest_runs(&jobs).await?.into_iter().map(|run| (run.job.clone(), run)).collect();
    let parents = session.declared_runs(&parents_of(&runs)).await?;
    let job_of: HashMap<_, _> = parents.into_iter().map(|run| (run.run, run.job)).collect();
    others.extend(job_of.values().cloned());
    others.sort_unstable();
    others.dedup();
    let names: HashMap<_, _> =
        session.declared_nodes(&others).await?.into_iter().map(|row| (row.id, row.entity)).collect();
    let ends = |wanted: &str, is_input: bool| {
        let mut found: Vec<_> = flows
            .iter()
            .filter(|flow| if is_input { flow.target == *wanted } else { flow.source == *wanted })
            .filter_map(|flow| match names.get(if is_input { &flow.source } else { &flow.target }) {
                Some(Entity::Dataset(named)) => Some(named.clone()),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let whole = rows.into_iter().map(|row| {
        let latest_run = runs.remove(&row.id);
        let parent = latest_run.as_ref().and_then(|run| job_of.get(&run.parent)).and_then(|job| names.get(job));
        let is_job = matches!(row.entity, Entity::Job(_));
        Described {
            facets: facets.remove(&row.id).unwrap_or_default(),
            inputs: if is_job { ends(&row.id, true) } else { Vec::new() },
            outputs: if is_job { ends(&row.id, false) } else { Vec::new() },
            parent: parent.map(|job| job.named().clone()),
            latest_run,
            entity: row.entity,
            first: row.first,
            last: row.last,
        }
    });
    Ok(whole.collect())
}

fn parents_of(runs: &HashMap<String, RunRow>) -> Vec<String> {
    runs.values().map(|run| run.parent.clone()).filter(|parent| !parent.is_empty()).collect()
}
