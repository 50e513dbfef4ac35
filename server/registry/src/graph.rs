//! What hangs together with a node, now or at an earlier time: surroundings, ways, differences, and who is concerned by a
//! change?

pub mod columns;
pub mod impact;
pub(crate) mod mirror;
mod source;
pub mod timeline;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::iter::repeat;

use tidegate_compat::{SubjectName, Version};
use tidegate_lineage::graph::difference::difference;
use tidegate_lineage::graph::memory::Around;
use tidegate_lineage::graph::paths::paths;
use tidegate_lineage::graph::{Difference, Graph, Kind, Limits, Node, Paths, Walk};
use tidegate_lineage::{Application, Applications, Entity, Millis, Named, SchemaRef};
use tidegate_store::Window;
use tidegate_store::declared::node_id as id_of;
use tidegate_store::history::{DAY, HOUR};

use self::mirror::Surrounded;
use self::source::Source;
use crate::applications::applications;
use crate::declared::Asked;
use crate::model::now;
use crate::{Registry, Result};

/// What is asked of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    pub limits: Limits,
    pub evidence: Evidence,
    /// From one time to before another; `None` for what is known now, of whatever time.
    pub within: Option<(Millis, Millis)>,
}

/// Which links count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub is_declared: bool,
    pub is_observed: bool,
}

/// A graph with what is known of its nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    pub graph: Graph,
    /// What is said of nodes, where anything is.
    pub about: BTreeMap<Node, About>,
    /// Live subjects and versions of the schemas that were written, where the registry has them.
    pub schemas: HashMap<SchemaRef, (SubjectName, Version)>,
    /// Which part of the time is told of, and how exactly times were told apart; `None` for all that is known now.
    pub within: Option<Window>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Who is said to own it.
    pub owners: Vec<String>,
    /// The other names of a dataset.
    pub also: BTreeSet<Named>,
}

/// Which node is written so?
pub fn text_of(node: &Node) -> String {
    format!("{}:{}:{}", node.kind.as_str(), node.named.namespace, node.named.name)
}

impl Registry {
    /// The node that a text such as `topic:kafka://broker-1:9092:orders` means; `None` if its namespace is unheard of.
    /// `dataset` is a topic or a table; a `job` that nobody declared is an application, if its namespace is a cluster's.
    pub async fn lineage_node(&self, text: &str) -> Result<Option<Node>> {
        let Some((kind, rest)) = text.split_once(':') else { return Ok(None) };
        let as_written = |kind: &str| format!("{kind}:{rest}");
        let found = match kind {
            "dataset" | "topic" | "table" | "application" | "group" => self.node_of(&as_written("dataset")).await?,
            "job" => self.node_of(&as_written("job")).await?,
            _ => None,
        };
        let Some(Asked::Node(entity)) = found else { return Ok(None) };
        let own = Node::of(&entity);
        Ok(Some(match (Kind::parse(kind), &entity) {
            (Some(kind @ (Kind::Application | Kind::Group)), _) => Node { kind, named: own.named },
            (_, Entity::Job(named)) => {
                let mut session = self.store().read().await?;
                let is_client = self.clusters().cluster_of(&named.namespace).is_some()
                    && session.declared_node(&entity).await?.is_none()
                    && applications(&mut session).await?.of_job(named).next().is_none();
                Node { kind: if is_client { Kind::Application } else { Kind::Job }, named: own.named }
            }
            _ => own,
        }))
    }

    /// What lies around a node; `None` if nothing is known of it.
    pub async fn graph(&self, start: &Node, asking: &Asking) -> Result<Option<Surroundings>> {
        // Nobody who holds a connection waits for another one here: a database in memory has one, and others have few.
        let within = asking.within.map(|(from, to)| self.window(from, to));
        let who = self.applications().await?;
        let source = || Source::new((self.clusters(), who.clone()), asking.evidence, within);
        if within.is_none() {
            let is_itself = start.kind != Kind::Application || who.is_empty();
            let begin = match is_itself {
                true => start.clone(),
                false => source().settled(&mut self.store().read().await?, start).await?,
            };
            let held = self.held_around(&begin, asking, &who).await;
            self.inner.metrics.graph(if held.is_some() { "memory" } else { "database" });
            if let Some(told) = held {
                return self.told_of(told, &who).await;
            }
        }
        let mut source = source();
        let mut session = self.store().read().await?;
        let start = source.settled(&mut session, start).await?;
        let mut walk = Walk::new(start.clone(), asking.limits);
        loop {
            let wanted = walk.wanted();
            if wanted.is_empty() {
                break;
            }
            let links = source.links(&mut session, &wanted).await?;
            walk.take(links);
        }
        if source.has_more {
            walk.note_truncated();
        }
        let graph = walk.graph();
        if graph.links.is_empty() && !source.is_known(&mut session, &start).await? {
            return Ok(None);
        }
        let about = source.about(&mut session, graph.nodes.keys()).await?;
        drop(session);
        let schemas = self.remembered_names_of(written_in(&graph)).await?;
        Ok(Some(Surroundings { graph, about, schemas, within }))
    }

    /// What memory tells, with what only the registry knows.
    async fn told_of(&self, told: Surrounded, who: &Applications) -> Result<Option<Surroundings>> {
        let Surrounded { around: Around { graph, is_known, .. }, about: facts } = told;
        if !is_known {
            return Ok(None);
        }
        let mut about = BTreeMap::new();
        for (node, (said, also)) in graph.nodes.keys().zip(facts) {
            let declared = declared_as(who, node).filter_map(|it| it.owner.as_deref());
            let mut owners: Vec<String> = declared.map(str::to_owned).collect();
            for owner in said {
                if !owners.iter().any(|known| **known == *owner) {
                    owners.push(owner.to_string());
                }
            }
            if !owners.is_empty() || !also.is_empty() {
                about.insert(node.clone(), About { owners, also });
            }
        }
        let schemas = self.remembered_names_of(written_in(&graph)).await?;
        Ok(Some(Surroundings { graph, about, schemas, within: None }))
    }

    /// The ways by which data gets from one node to another, at most so many; `None` if nothing is known of the first.
    pub async fn paths(
        &self,
        from: &Node,
        to: &Node,
        most: usize,
        asking: &Asking,
    ) -> Result<Option<(Paths, Surroundings)>> {
        let Some(whole) = self.graph(from, asking).await? else { return Ok(None) };
        let mut session = self.store().read().await?;
        let who_is_who = (self.clusters(), applications(&mut session).await?);
        let mut source = Source::new(who_is_who, asking.evidence, whole.within);
        let (from, to) = (source.settled(&mut session, from).await?, source.settled(&mut session, to).await?);
        let found = tokio::task::spawn_blocking(move || (paths(&whole.graph, &from, &to, most), whole)).await;
        Ok(Some(found.map_err(|_| crate::Error::ShuttingDown)?))
    }

    /// What is different around a node between two times, each told by what was there in the time before it. The first
    /// graph is that of the earlier time.
    pub async fn graph_difference(
        &self,
        start: &Node,
        asking: &Asking,
        (before, after): ((Millis, Millis), (Millis, Millis)),
    ) -> Result<(Difference, Surroundings, Surroundings)> {
        let at = |within| Asking { within: Some(within), ..*asking };
        let before = self.graph(start, &at(before)).await?.unwrap_or_default();
        let after = self.graph(start, &at(after)).await?.unwrap_or_default();
        Ok((difference(&before.graph, &after.graph), before, after))
    }

    /// As exactly as is kept: hours, as long as there are any, and days after that.
    fn window(&self, from: Millis, to: Millis) -> Window {
        let kept = i64::try_from(self.inner.declarations.rules.load().keep_hours.as_millis()).unwrap_or(i64::MAX);
        let span = if from >= now().saturating_sub(kept) { HOUR } else { DAY };
        Window { from, to, span }
    }
}

/// The declared applications that show as a node.
fn declared_as<'a>(
    applications: &'a Applications,
    node: &'a Node,
) -> Box<dyn Iterator<Item = &'a Application> + Send + 'a> {
    match node.kind {
        Kind::Application => Box::new(applications.named(&node.named.name).into_iter()),
        Kind::Job => Box::new(applications.of_job(&node.named)),
        Kind::Group | Kind::Table | Kind::Topic => Box::new(std::iter::empty()),
    }
}

/// The schemas that were written, each with a topic.
fn written_in(graph: &Graph) -> impl Iterator<Item = (&SchemaRef, &str)> {
    graph.links.iter().flat_map(|((_, to), seen)| seen.schemas.keys().zip(repeat(&*to.named.name)))
}

/// Under which id a node is declared, if it can be.
fn declared_id(node: &Node) -> Option<String> {
    node.entity().as_ref().map(id_of)
}
