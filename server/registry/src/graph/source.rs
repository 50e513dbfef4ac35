//! Where do the links of a level come from? A few statements for all of its nodes, whatever they are.
//!
//! A dataset with several names is one node: the topic, if it is one, or else the first by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tidegate_lineage::graph::{Grade, Kind, Link, Node, Seen, observed};
use tidegate_lineage::{Application, Applications, ClusterNames, Edge, EdgeKey, Entity, Known, Named, Observation};
use tidegate_store::declared::MOST_FLOWS;
use tidegate_store::{Session, Window};

use super::{About, Evidence, declared_as, declared_id};
use crate::Result;

/// How often names of names are followed.
const MOST_NAMES: usize = 4;

pub(super) struct Source {
    clusters: ClusterNames,
    applications: Applications,
    evidence: Evidence,
    within: Option<Window>,
    /// What was declared, by id.
    nodes: HashMap<String, Node>,
    /// Datasets that are the same, each way.
    same: BTreeMap<Node, BTreeSet<Node>>,
    /// Those whose other names are known.
    named: BTreeSet<Node>,
    /// Whether a node has more links than are looked at.
    pub(super) has_more: bool,
}

impl Source {
    pub(super) fn new(
        (clusters, applications): (ClusterNames, Applications),
        evidence: Evidence,
        within: Option<Window>,
    ) -> Self {
        Self {
            clusters,
            applications,
            evidence,
            within,
            nodes: HashMap::new(),
            same: BTreeMap::new(),
            named: BTreeSet::new(),
            has_more: false,
        }
    }

    /// The node that this one shows as.
    pub(super) async fn settled(&mut self, session: &mut Session, node: &Node) -> Result<Node> {
        if node.kind == Kind::Application {
            return self.declared_for(session, node).await;
        }
        self.learn_names(session, std::slice::from_ref(node)).await?;
        Ok(self.shown(node))
    }

    /// The node of the application as it is declared, where this is it, or the name of a connection of it.
    async fn declared_for(&self, session: &mut Session, node: &Node) -> Result<Node> {
        let Named { namespace, name } = &node.named;
        if let Some(declared) = self.applications.named(name) {
            return Ok(Known::of(declared).node(namespace));
        }
        let Some(cluster) = self.clusters.cluster_of(namespace) else { return Ok(node.clone()) };
        let edges = session.edges_of_clients(&[(name.to_string(), cluster.to_owned())]).await?;
        let undeclared = Applications::default();
        let told = edges.iter().zip(observed::parties(&edges, &undeclared));
        let mut own = told.filter(|(_, (known, _))| *known.name == **name);
        let declared = own.find_map(|(edge, (_, group))| self.applications.of(&edge.identity, group).declared);
        Ok(declared.map_or_else(|| node.clone(), |declared| Known::of(declared).node(namespace)))
    }

    /// The links of nodes that show.
    pub(super) async fn links(&mut self, session: &mut Session, wanted: &[Node]) -> Result<Vec<Link>> {
        let whole: Vec<Node> = wanted.iter().flat_map(|node| self.all_names(node)).collect();
        let mut links = Vec::new();
        if self.evidence.is_declared {
            links.extend(self.declared(session, &whole).await?);
        }
        if self.evidence.is_observed {
            links.extend(self.observed(session, &whole).await?);
        }
        let ends: Vec<Node> = links.iter().flat_map(|link| [link.from.clone(), link.to.clone()]).collect();
        self.learn_names(session, &ends).await?;
        // Each once, however it is known, and by name: where not all of them are told, the first ones are.
        let mut each: BTreeMap<(Node, Node), Seen> = BTreeMap::new();
        for Link { from, to, seen } in links {
            let ends = (self.shown(&from), self.shown(&to));
            match each.get_mut(&ends) {
                Some(known) => known.merge(seen),
                None => drop(each.insert(ends, seen)),
            }
        }
        Ok(each.into_iter().map(|((from, to), seen)| Link { from, to, seen }).collect())
    }

    /// Whether anything is known of a node.
    pub(super) async fn is_known(&mut self, session: &mut Session, node: &Node) -> Result<bool> {
        let is_declared = match declared_id(node) {
            Some(id) => !session.declared_nodes(&[id]).await?.is_empty(),
            None => false,
        };
        Ok(is_declared || !self.links(session, std::slice::from_ref(node)).await?.is_empty())
    }

    /// Owners and other names.
    pub(super) async fn about<'n>(
        &self,
        session: &mut Session,
        nodes: impl Iterator<Item = &'n Node>,
    ) -> Result<BTreeMap<Node, About>> {
        let mut about: BTreeMap<Node, About> = BTreeMap::new();
        let mut shown_as: HashMap<String, Node> = HashMap::new();
        for node in nodes {
            let names = self.all_names(node);
            let also: BTreeSet<_> = names.iter().filter(|it| *it != node).map(|it| it.named.clone()).collect();
            shown_as.extend(names.iter().filter_map(declared_id).map(|id| (id, node.clone())));
            if !also.is_empty() {
                about.entry(node.clone()).or_default().also = also;
            }
            let owners = declared_as(&self.applications, node).filter_map(|application| application.owner.as_deref());
            for owner in owners {
                about.entry(node.clone()).or_default().owners.push(owner.to_owned());
            }
        }
        let ids: Vec<String> = shown_as.keys().cloned().collect();
        for row in session.declared_facet(&ids, "ownership").await? {
            let Some(node) = shown_as.get(&row.node) else { continue };
            let facet: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
            let owners = &mut about.entry(node.clone()).or_default().owners;
            for name in facet["owners"].as_array().into_iter().flatten().filter_map(|owner| owner["name"].as_str()) {
                if !owners.iter().any(|known| known == name) {
                    owners.push(name.to_owned());
                }
            }
        }
        about.retain(|_, about| *about != About::default());
        Ok(about)
    }

    async fn declared(&mut self, session: &mut Session, nodes: &[Node]) -> Result<Vec<Link>> {
        let ids: Vec<String> = nodes.iter().filter_map(declared_id).collect();
        let flows = match self.within {
            Some(window) => session.flows_within(&ids, window).await?,
            None => session.declared_flows(&ids).await?,
        };
        let mut counts: HashMap<(bool, &str), usize> = HashMap::new();
        for flow in &flows {
            *counts.entry((true, &flow.source)).or_default() += 1;
            *counts.entry((false, &flow.target)).or_default() += 1;
        }
        self.has_more |= counts.values().any(|count| *count >= MOST_FLOWS);
        self.learn_nodes(session, flows.iter().flat_map(|flow| [&flow.source, &flow.target])).await?;
        let told = flows.into_iter().filter_map(|flow| {
            let (from, to) = (self.nodes.get(&flow.source)?.clone(), self.nodes.get(&flow.target)?.clone());
            // That two datasets belong together is said by the job between them.
            let is_pair = !flow.told_by.is_empty() && from.kind.is_dataset() && to.kind.is_dataset();
            let seen = Seen::by(Grade::Declared, flow.first_seen, flow.last_seen);
            (!is_pair).then_some(Link { from, to, seen })
        });
        Ok(told.collect())
    }

    async fn observed(&mut self, session: &mut Session, nodes: &[Node]) -> Result<Vec<Link>> {
        let (mut topics, mut clients) = (Vec::new(), Vec::new());
        let declared: Vec<Application> =
            nodes.iter().flat_map(|node| declared_as(&self.applications, node)).cloned().collect();
        for Node { kind, named } in nodes {
            let Some(cluster) = self.clusters.cluster_of(&named.namespace) else { continue };
            let key = (named.name.to_string(), cluster.to_owned());
            match kind {
                Kind::Topic => topics.push(key),
                Kind::Application | Kind::Group => clients.push(key),
                Kind::Job | Kind::Table => {}
            }
        }
        let mut of_topics = session.edges_of_topics(&topics).await?;
        let mut counts: HashMap<_, usize> = HashMap::new();
        for edge in &of_topics {
            *counts.entry(edge.topic.clone()).or_default() += 1;
        }
        let from_topics = session.edges_from_topics(&topics).await?;
        let mut onward: HashMap<_, usize> = HashMap::new();
        for edge in &from_topics {
            if let Edge::Traced { from, .. } = &edge.edge {
                *onward.entry((Arc::clone(&edge.topic.cluster), Arc::clone(from))).or_default() += 1;
            }
        }
        self.has_more |= counts.values().chain(onward.values()).any(|count| *count >= MOST_FLOWS);
        of_topics.extend(from_topics);
        let mut of_clients = session.edges_of_clients(&clients).await?;
        for application in declared {
            of_clients.extend(session.edges_of_application(&application).await?);
        }
        self.has_more |= of_clients.len() >= MOST_FLOWS;
        let beside = session.edges_beside(&of_clients).await?;
        of_clients.extend(beside);
        // A client may be found by several of its names.
        let mut edges: HashMap<EdgeKey, Observation> = HashMap::new();
        for edge in of_topics.into_iter().chain(of_clients) {
            let key = EdgeKey { identity: edge.identity.clone(), topic: edge.topic.clone(), edge: edge.edge.clone() };
            edges.insert(key, edge);
        }
        let mut edges: Vec<_> = edges.into_values().collect();
        if let Some(window) = self.within {
            edges = session.edges_within(edges, window).await?;
        }
        Ok(observed::links(&edges, &self.clusters, &self.applications))
    }

    /// Learns which nodes have these ids.
    async fn learn_nodes<'a>(&mut self, session: &mut Session, ids: impl Iterator<Item = &'a String>) -> Result<()> {
        let unknown: BTreeSet<_> = ids.filter(|id| !self.nodes.contains_key(*id)).cloned().collect();
        let rows = session.declared_nodes(&unknown.into_iter().collect::<Vec<_>>()).await?;
        self.nodes.extend(rows.into_iter().map(|row| (row.id, Node::of(&row.entity))));
        Ok(())
    }

    /// Learns by which other names datasets go.
    async fn learn_names(&mut self, session: &mut Session, nodes: &[Node]) -> Result<()> {
        let mut fresh: Vec<Node> = nodes.to_vec();
        for _ in 0..MOST_NAMES {
            fresh.retain(|node| matches!(node.entity(), Some(Entity::Dataset(_))) && !self.named.contains(node));
            if fresh.is_empty() {
                break;
            }
            self.named.extend(fresh.iter().cloned());
            let ids: Vec<String> = fresh.iter().filter_map(declared_id).collect();
            self.nodes.extend(ids.iter().cloned().zip(std::mem::take(&mut fresh)));
            let symlinks = session.declared_symlinks(&ids).await?;
            self.learn_nodes(session, symlinks.iter().flat_map(|it| [&it.alias, &it.dataset])).await?;
            for link in symlinks {
                // Nobody may have declared anything else of a topic.
                let alias = Node::of(&link.entity());
                if alias.kind == Kind::Topic {
                    self.nodes.entry(link.alias.clone()).or_insert(alias);
                }
                if let (Some(one), Some(other)) = (self.nodes.get(&link.alias), self.nodes.get(&link.dataset)) {
                    self.same.entry(one.clone()).or_default().insert(other.clone());
                    self.same.entry(other.clone()).or_default().insert(one.clone());
                    fresh.extend([one.clone(), other.clone()]);
                }
            }
        }
        Ok(())
    }

    /// A node and all that are the same.
    fn all_names(&self, node: &Node) -> BTreeSet<Node> {
        let mut all = BTreeSet::from([node.clone()]);
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            for other in self.same.get(next).into_iter().flatten() {
                if all.insert(other.clone()) {
                    open.push(other);
                }
            }
        }
        all
    }

    fn shown(&self, node: &Node) -> Node {
        let all = self.all_names(node);
        all.iter().find(|it| it.kind == Kind::Topic).or_else(|| all.first()).unwrap_or(node).clone()
    }
}
