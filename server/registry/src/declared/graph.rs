//! Which jobs and datasets hang together, upstream and downstream of one of them, declared or observed?
//!
//! The walk goes level by level, each level in a few statements, over flows that are declared and edges that proxies saw.
//! A dataset with several names is one node. What was seen and what was declared is told of each link.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tidegate_lineage::graph::observed::groups;
use tidegate_lineage::{Applications, ClusterNames, Entity, Millis, Named, NamedBy, Observation};
use tidegate_store::Session;

use super::{Described, described, id_of};
use crate::applications::applications;
use crate::{Registry, Result};

/// How many nodes a graph has at most.
const MOST_NODES: usize = 1_000;
/// A walk over more levels finds nothing new, or far too much.
const MOST_LEVELS: usize = 100;
/// How often names of names are followed.
const MOST_NAMES: usize = 4;

/// The surroundings of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    pub nodes: BTreeMap<Entity, GraphNode>,
    /// From where to where.
    pub links: BTreeMap<(Entity, Entity), Link>,
    /// Whether there are more nodes within the depth.
    pub is_truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    pub about: Described,
    pub proof: Proof,
    /// Of a job that was observed: what gave it its name.
    pub named_by: Option<NamedBy>,
    /// Other names of a dataset.
    pub also: BTreeSet<Named>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub proof: Proof,
    pub first: Millis,
    pub last: Millis,
}

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proof {
    pub is_declared: bool,
    pub is_observed: bool,
}

impl Registry {
    /// What is within so many jobs of a node, in both directions; `None` if the node is not known.
    pub async fn lineage_of(&self, start: &Entity, depth: usize) -> Result<Option<Graph>> {
        let mut session = self.store().read().await?;
        let start = self.canonical_entity(start);
        let mut walk = Walk::new((self.clusters(), applications(&mut session).await?), start.clone());
        // From a dataset to the next one there is one job, and behind the last job its datasets belong to it.
        let levels = depth.saturating_mul(2).saturating_add(usize::from(matches!(start, Entity::Job(_))));
        let mut level = vec![start.clone()];
        for step in 0..=levels.min(MOST_LEVELS) {
            if level.is_empty() {
                break;
            }
            level = walk.step(&mut session, level, step < levels).await?;
        }
        walk.graph(&mut session, &start).await
    }
}

struct Walk {
    clusters: ClusterNames,
    applications: Applications,
    seen: BTreeSet<Entity>,
    names: HashMap<String, Entity>,
    links: BTreeMap<(Entity, Entity), Link>,
    named_by: BTreeMap<Entity, NamedBy>,
    /// Datasets that are the same, each way.
    same: BTreeMap<Entity, BTreeSet<Entity>>,
    is_truncated: bool,
}

impl Walk {
    fn new((clusters, applications): (ClusterNames, Applications), start: Entity) -> Self {
        Self {
            clusters,
            applications,
            seen: BTreeSet::from([start]),
            names: HashMap::new(),
            links: BTreeMap::new(),
            named_by: BTreeMap::new(),
            same: BTreeMap::new(),
            is_truncated: false,
        }
    }

    /// Looks at what flows into and out of the nodes of a level; answers the nodes of the next, if they count.
    async fn step(&mut self, session: &mut Session, level: Vec<Entity>, may_grow: bool) -> Result<Vec<Entity>> {
        let level = self.with_same(session, level).await?;
        let mut found: Vec<((Entity, Entity), Link)> = Vec::new();
        found.extend(self.declared(session, &level).await?);
        found.extend(self.observed(session, &level).await?);
        let mut next = BTreeSet::new();
        for (ends, link) in found {
            let (from, to) = &ends;
            for end in [from, to] {
                if self.seen.contains(end) || !may_grow {
                    continue;
                }
                if self.seen.len() >= MOST_NODES {
                    self.is_truncated = true;
                    continue;
                }
                self.seen.insert(end.clone());
                next.insert(end.clone());
            }
            if self.seen.contains(from) && self.seen.contains(to) {
                self.links.entry(ends).and_modify(|known| known.add(&link)).or_insert(link);
            }
        }
        Ok(next.into_iter().collect())
    }

    /// A level with the other names of its datasets.
    async fn with_same(&mut self, session: &mut Session, level: Vec<Entity>) -> Result<Vec<Entity>> {
        let mut whole = level.clone();
        let mut fresh = level;
        for _ in 0..MOST_NAMES {
            let datasets: Vec<_> = fresh.iter().filter(|it| matches!(it, Entity::Dataset(_))).collect();
            let ids: Vec<_> = datasets.iter().map(|dataset| id_of(dataset)).collect();
            self.names.extend(ids.iter().cloned().zip(datasets.into_iter().cloned()));
            let symlinks = session.declared_symlinks(&ids).await?;
            self.learn(session, symlinks.iter().flat_map(|it| [&it.alias, &it.dataset])).await?;
            fresh = Vec::new();
            for link in symlinks {
                let (Some(one), Some(other)) = (self.names.get(&link.alias), self.names.get(&link.dataset)) else {
                    continue;
                };
                let (one, other) = (one.clone(), other.clone());
                self.same.entry(one.clone()).or_default().insert(other.clone());
                self.same.entry(other.clone()).or_default().insert(one.clone());
                for end in [one, other] {
                    if self.seen.len() < MOST_NODES && self.seen.insert(end.clone()) {
                        fresh.push(end.clone());
                        whole.push(end);
                    }
                }
            }
            if fresh.is_empty() {
                break;
            }
        }
        Ok(whole)
    }

    async fn declared(&mut self, session: &mut Session, level: &[Entity]) -> Result<Vec<((Entity, Entity), Link)>> {
        let ids: Vec<_> = level.iter().map(id_of).collect();
        self.names.extend(ids.iter().cloned().zip(level.iter().cloned()));
        let flows = session.declared_flows(&ids).await?;
        self.learn(session, flows.iter().flat_map(|flow| [&flow.source, &flow.target])).await?;
        let told = flows.into_iter().filter_map(|flow| {
            let (from, to) = (self.names.get(&flow.source)?.clone(), self.names.get(&flow.target)?.clone());
            // That two datasets belong together is said by the job between them.
            let is_pair = !flow.told_by.is_empty() && matches!((&from, &to), (Entity::Dataset(_), Entity::Dataset(_)));
            let proof = Proof { is_declared: true, is_observed: false };
            (!is_pair).then_some(((from, to), Link { proof, first: flow.first_seen, last: flow.last_seen }))
        });
        Ok(told.collect())
    }

    async fn observed(&mut self, session: &mut Session, level: &[Entity]) -> Result<Vec<((Entity, Entity), Link)>> {
        let (mut topics, mut clients) = (Vec::new(), Vec::new());
        for entity in level {
            let Named { namespace, name } = entity.named();
            let Some(cluster) = self.clusters.cluster_of(namespace) else { continue };
            let key = (name.to_string(), cluster.to_owned());
            match entity {
                Entity::Dataset(_) => topics.push(key),
                Entity::Job(_) => clients.push(key),
            }
        }
        let mut edges = session.edges_of_topics(&topics).await?;
        let mut of_clients = session.edges_of_clients(&clients).await?;
        for job in level.iter().filter(|entity| matches!(entity, Entity::Job(_))).map(Entity::named) {
            for application in self.applications.of_job(job).chain(self.applications.named(&job.name)) {
                of_clients.extend(session.edges_of_application(application).await?);
            }
        }
        let wanted: BTreeSet<&Entity> = level.iter().collect();
        of_clients.retain(|edge| wanted.contains(&self.job(edge, edge.edge.group()).0));
        edges.extend(of_clients);
        Ok(edges.iter().zip(groups(&edges)).map(|(edge, group)| self.seen_by_a_proxy(edge, group)).collect())
    }

    /// The job that whoever was seen shows as, and what gave it its name.
    fn job(&self, edge: &Observation, group: Option<&str>) -> (Entity, NamedBy) {
        let known = self.applications.of(&edge.identity, group);
        let node = known.node(&self.clusters.namespace_of(&edge.topic.cluster));
        (Entity::Job(node.named), known.by)
    }

    fn seen_by_a_proxy(&mut self, edge: &Observation, group: Option<&str>) -> ((Entity, Entity), Link) {
        let namespace = self.clusters.namespace_of(&edge.topic.cluster);
        let (job, by) = self.job(edge, group);
        let topic = Entity::Dataset(Named { namespace, name: Arc::clone(&edge.topic.topic) });
        self.named_by.entry(job.clone()).and_modify(|known| *known = by.min(*known)).or_insert(by);
        let proof = Proof { is_declared: false, is_observed: true };
        let link = Link { proof, first: edge.first, last: edge.last };
        if edge.edge.does_write() { ((job, topic), link) } else { ((topic, job), link) }
    }

    /// Learns whose ids these are.
    async fn learn<'a>(&mut self, session: &mut Session, ids: impl Iterator<Item = &'a String>) -> Result<()> {
        let unknown: BTreeSet<_> = ids.filter(|id| !self.names.contains_key(*id)).cloned().collect();
        let rows = session.declared_nodes(&unknown.into_iter().collect::<Vec<_>>()).await?;
        self.names.extend(rows.into_iter().map(|row| (row.id, row.entity)));
        Ok(())
    }

    /// All that was found, with one node for each dataset whatever its names; `None` if there is nothing at the start.
    async fn graph(self, session: &mut Session, start: &Entity) -> Result<Option<Graph>> {
        let ids: Vec<_> = self.seen.iter().map(id_of).collect();
        let rows = session.declared_nodes(&ids).await?;
        let about = described(session, rows).await?;
        let mut about: BTreeMap<Entity, Described> = about.into_iter().map(|it| (it.entity.clone(), it)).collect();
        if !about.contains_key(start) && !self.links.keys().any(|(from, to)| from == start || to == start) {
            return Ok(None);
        }
        let mut graph = Graph { is_truncated: self.is_truncated, ..Graph::default() };
        for entity in &self.seen {
            let shown = self.shown(entity);
            let declared = about.remove(entity);
            let is_observed =
                self.links.iter().any(|((from, to), link)| link.proof.is_observed && (from == entity || to == entity));
            let proof = Proof { is_declared: declared.is_some(), is_observed };
            let fresh = declared.unwrap_or_else(|| self.undeclared(entity));
            let named_by = self.named_by.get(entity).copied();
            let node = GraphNode { about: fresh, proof, named_by, also: BTreeSet::new() };
            match graph.nodes.get_mut(&shown) {
                Some(known) => known.join(node, &shown),
                None => {
                    graph.nodes.insert(shown.clone(), node);
                }
            }
            if shown != *entity
                && let Some(node) = graph.nodes.get_mut(&shown)
            {
                node.also.insert(entity.named().clone());
            }
        }
        for ((from, to), link) in &self.links {
            let ends = (self.shown(from), self.shown(to));
            if ends.0 != ends.1 {
                graph.links.entry(ends).and_modify(|known| known.add(link)).or_insert(*link);
            }
        }
        for (shown, node) in &mut graph.nodes {
            node.about.entity = shown.clone();
        }
        graph.say_what_jobs_do();
        Ok(Some(graph))
    }

    /// The node that a dataset shows as: the topic, if it is one, or else the first by name.
    fn shown(&self, entity: &Entity) -> Entity {
        let mut all = BTreeSet::from([entity.clone()]);
        let mut open = vec![entity];
        while let Some(next) = open.pop() {
            for other in self.same.get(next).into_iter().flatten() {
                if all.insert(other.clone()) {
                    open.push(other);
                }
            }
        }
        let topic = all.iter().find(|it| it.named().namespace.starts_with("kafka://"));
        topic.or_else(|| all.first()).unwrap_or(entity).clone()
    }

    /// What is known of somebody or something that nobody declared.
    fn undeclared(&self, entity: &Entity) -> Described {
        let mut described = Described {
            entity: entity.clone(),
            first: Millis::MAX,
            last: Millis::MIN,
            facets: BTreeMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            latest_run: None,
            parent: None,
        };
        for ((from, to), link) in &self.links {
            if from == entity || to == entity {
                described.first = described.first.min(link.first);
                described.last = described.last.max(link.last);
            }
        }
        if described.first > described.last {
            (described.first, described.last) = (0, 0);
        }
        described
    }
}

impl Graph {
    /// Jobs read and write what their links say: what was observed too, and under the names that show.
    fn say_what_jobs_do(&mut self) {
        for (entity, node) in &mut self.nodes {
            if !matches!(entity, Entity::Job(_)) {
                continue;
            }
            let datasets = |ends: Vec<&Entity>| -> Vec<Named> {
                ends.into_iter().filter(|it| matches!(it, Entity::Dataset(_))).map(|it| it.named().clone()).collect()
            };
            node.about.inputs =
                datasets(self.links.keys().filter(|(_, to)| to == entity).map(|(from, _)| from).collect());
            node.about.outputs =
                datasets(self.links.keys().filter(|(from, _)| from == entity).map(|(_, to)| to).collect());
        }
    }
}

impl GraphNode {
    /// Two names of one dataset are one node; what was said under the name that shows goes before.
    fn join(&mut self, other: Self, shown: &Entity) {
        self.about.first = self.about.first.min(other.about.first);
        self.about.last = self.about.last.max(other.about.last);
        self.proof.add(other.proof);
        let is_better = other.about.entity == *shown;
        for (facet, body) in other.about.facets {
            if is_better || !self.about.facets.contains_key(&facet) {
                self.about.facets.insert(facet, body);
            }
        }
    }
}

impl Link {
    fn add(&mut self, other: &Self) {
        self.proof.add(other.proof);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Proof {
    fn add(&mut self, other: Self) {
        self.is_declared |= other.is_declared;
        self.is_observed |= other.is_observed;
    }
}
