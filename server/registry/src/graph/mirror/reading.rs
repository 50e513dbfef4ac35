//! How do the rows of the database become links in memory? All of them, or those of what was touched.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tidegate_lineage::graph::memory::Known;
use tidegate_lineage::graph::{Grade, Kind, Link, Memory, Node, Seen, observed};
use tidegate_lineage::{Applications, ClusterNames, Millis, Observation, TopicRef};
use tidegate_store::declared::{FlowRow, MOST_FLOWS, SymlinkRow};
use tidegate_store::{Session, Store, TopicEdges};

use super::Touched;
use crate::Result;

/// So many edges of one topic are looked at. They come to far fewer links.
const MOST_EDGES: usize = 50_000;

/// What is declared of some jobs and datasets.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// With who is said to own it; those that are not declared are left out.
    nodes: HashMap<String, (Node, Vec<Arc<str>>)>,
    /// All names of datasets, by the node that they were asked for.
    names: BTreeMap<Node, Vec<Node>>,
    flows: BTreeMap<Node, Vec<Link>>,
}

/// All that is known now. Page by page, each with a connection of its own, so that nobody else waits for this.
pub(super) async fn whole(store: &Store, clusters: &ClusterNames, who: &Applications) -> Result<Memory> {
    let mut memory = Memory::default();
    declare_all(store, &mut memory).await?;
    let mut next = Some((String::new(), String::new()));
    while let Some((topic, cluster)) = next {
        let page = store.read().await?.edges_behind((&topic, &cluster)).await?;
        for topic in page.topics {
            Topic::of(&mut store.read().await?, topic, clusters, who).await?.put(&mut memory);
        }
        next = page.next;
        tokio::task::yield_now().await;
    }
    Ok(memory)
}

/// The links of one topic.
#[derive(Debug)]
pub(super) struct Topic {
    about: Node,
    links: Vec<Link>,
    has_more: bool,
}

impl Topic {
    async fn of(
        session: &mut Session,
        mut topic: TopicEdges,
        clusters: &ClusterNames,
        who: &Applications,
    ) -> Result<Self> {
        let TopicRef { cluster, topic: name } = &topic.topic;
        if topic.has_more {
            topic.edges = session.topic_edges(name, Some(cluster)).await?;
            topic.has_more = topic.edges.len() > MOST_EDGES;
            topic.edges.truncate(MOST_EDGES);
        }
        let about = Node::new(Kind::Topic, &clusters.namespace_of(cluster), name);
        Ok(Self { about, links: observed::links(&topic.edges, clusters, who), has_more: topic.has_more })
    }

    /// Puts them in place of those that were held until now.
    pub(super) fn put(&self, memory: &mut Memory) {
        memory.put(&self.about, Known::Observed, &self.links, self.has_more);
    }
}

/// The links of topics that were touched.
pub(super) async fn topics(
    session: &mut Session,
    touched: &Touched,
    clusters: &ClusterNames,
    who: &Applications,
) -> Result<Vec<Topic>> {
    let asked: Vec<_> = touched.topics.iter().cloned().collect();
    let mut told = Vec::with_capacity(asked.len());
    // A few at a time: each may have very many edges.
    for asked in asked.chunks(64) {
        let mut by_topic: BTreeMap<(String, String), Vec<Observation>> =
            asked.iter().map(|topic| (topic.clone(), Vec::new())).collect();
        for edge in session.edges_of_topics(asked).await? {
            by_topic.entry((edge.topic.topic.to_string(), edge.topic.cluster.to_string())).or_default().push(edge);
        }
        for ((topic, cluster), edges) in by_topic {
            let topic = TopicRef { cluster: cluster.into(), topic: topic.into() };
            let topic = TopicEdges { topic, has_more: edges.len() >= MOST_FLOWS, edges };
            told.push(Topic::of(session, topic, clusters, who).await?);
        }
    }
    Ok(told)
}

/// All that is declared of jobs and datasets that were touched.
pub(super) async fn nodes(session: &mut Session, touched: &Touched) -> Result<Declared> {
    let ids: Vec<String> = touched.nodes.iter().cloned().collect();
    let mut declared = Declared::default();
    if ids.is_empty() {
        return Ok(declared);
    }
    for row in session.declared_nodes(&ids).await? {
        declared.nodes.insert(row.id, (Node::of(&row.entity), Vec::new()));
    }
    for row in session.declared_facet(&ids, "ownership").await? {
        if let Some((_, owners)) = declared.nodes.get_mut(&row.node) {
            *owners = owners_in(&row.body);
        }
    }
    let is_job = |id: &&String| declared.nodes.get(*id).is_some_and(|(node, _)| node.kind == Kind::Job);
    let (jobs, datasets): (Vec<String>, Vec<String>) = ids.iter().cloned().partition(|id| is_job(&id));
    let symlinks = session.declared_symlinks(&datasets).await?;
    let mut flows = session.declared_flows(&jobs).await?;
    flows.extend(session.plain_flows(&datasets).await?);
    // Who is at the other end.
    let ends = flows.iter().flat_map(|flow| [&flow.source, &flow.target]);
    let others = ends.chain(symlinks.iter().map(|it| &it.dataset));
    let unknown: BTreeSet<String> = others.filter(|id| !declared.nodes.contains_key(*id)).cloned().collect();
    let unknown: Vec<String> = unknown.into_iter().collect();
    let named = session.declared_nodes(&unknown).await?;
    let mut named: HashMap<String, Node> = named.into_iter().map(|row| (row.id, Node::of(&row.entity))).collect();
    named.extend(declared.nodes.iter().map(|(id, (node, _))| (id.clone(), node.clone())));
    for (node, _) in declared.nodes.values() {
        declared.flows.insert(node.clone(), Vec::new());
        if node.kind.is_dataset() {
            declared.names.insert(node.clone(), Vec::new());
        }
    }
    for link in &symlinks {
        if let Some(dataset) = named.get(&link.dataset) {
            // Nobody may have declared anything else of it.
            let alias = Node::of(&link.entity());
            for (one, other) in [(&alias, dataset), (dataset, &alias)] {
                if let Some(names) = declared.names.get_mut(one) {
                    names.push(other.clone());
                }
            }
        }
    }
    for flow in &flows {
        let (Some(from), Some(to)) = (named.get(&flow.source), named.get(&flow.target)) else { continue };
        for is_from in told_in([from, to], flow) {
            if let Some(links) = declared.flows.get_mut(if is_from { from } else { to }) {
                let seen = Seen::by(Grade::Declared, flow.first_seen, flow.last_seen);
                links.push(Link { from: from.clone(), to: to.clone(), seen });
            }
        }
    }
    Ok(declared)
}

/// Everything that is declared. Until all flows are known they go by numbers, since there may be very many.
async fn declare_all(store: &Store, memory: &mut Memory) -> Result<()> {
    let (mut nodes, mut numbers): (Vec<Node>, HashMap<String, u32>) = Default::default();
    let mut last = String::new();
    loop {
        let rows = store.read().await?.nodes_behind(&last).await?;
        let Some(row) = rows.last() else { break };
        last.clone_from(&row.id);
        for row in rows {
            let node = Node::of(&row.entity);
            memory.put_node(&node, true, Vec::new());
            numbers.insert(row.id, u32::try_from(nodes.len()).unwrap_or(u32::MAX));
            nodes.push(node);
        }
    }
    let node = |id: &str| numbers.get(id).and_then(|number| nodes.get(*number as usize));
    let mut last = String::new();
    loop {
        let rows = store.read().await?.ownership_behind(&last).await?;
        let Some((id, _)) = rows.last() else { break };
        last.clone_from(id);
        for (id, body) in &rows {
            node(id).into_iter().for_each(|node| memory.put_node(node, true, owners_in(body)));
        }
    }
    let mut names: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    let mut last: Option<SymlinkRow> = None;
    loop {
        let rows = store.read().await?.symlinks_behind(last.as_ref()).await?;
        for row in &rows {
            if let Some(dataset) = node(&row.dataset) {
                let alias = Node::of(&row.entity());
                names.entry(alias.clone()).or_default().push(dataset.clone());
                names.entry(dataset.clone()).or_default().push(alias);
            }
        }
        last = Some(match rows.into_iter().last() {
            Some(row) => row,
            None => break,
        });
    }
    names.iter().for_each(|(node, others)| memory.put_names(node, others));
    let number = |id: &str| numbers.get(id).copied();
    let mut flows: Vec<(u32, u32, u32, Millis, Millis)> = Vec::new();
    let mut last: Option<FlowRow> = None;
    loop {
        let rows = store.read().await?.flows_behind(last.as_ref()).await?;
        for row in &rows {
            if let (Some(from), Some(to)) = (number(&row.source), number(&row.target)) {
                let ends = [&nodes[from as usize], &nodes[to as usize]];
                let told_in = told_in(ends, row).map(|is_from| if is_from { from } else { to });
                flows.extend(told_in.map(|about| (about, from, to, row.first_seen, row.last_seen)));
            }
        }
        last = Some(match rows.into_iter().last() {
            Some(row) => row,
            None => break,
        });
        tokio::task::yield_now().await;
    }
    flows.sort_unstable();
    for block in flows.chunk_by(|one, other| one.0 == other.0) {
        let link = |(_, from, to, first, last): &(u32, u32, u32, Millis, Millis)| Link {
            from: nodes[*from as usize].clone(),
            to: nodes[*to as usize].clone(),
            seen: Seen::by(Grade::Declared, *first, *last),
        };
        put_flows(memory, &nodes[block[0].0 as usize], block.iter().map(link).collect());
    }
    Ok(())
}

/// In the blocks of which of its ends a flow stands, told by whether that is where it comes from: in that of the job or, if
/// there is none, of where it comes from. That two datasets belong together is said by the job between them.
fn told_in([from, to]: [&Node; 2], flow: &FlowRow) -> impl Iterator<Item = bool> + use<> {
    let ends = match (from.kind == Kind::Job, to.kind == Kind::Job) {
        (false, false) => [flow.told_by.is_empty().then_some(true), None],
        (is_from, is_to) => [is_from.then_some(true), is_to.then_some(false)],
    };
    ends.into_iter().flatten()
}

/// Several jobs may be told of for one flow, and a flow may have been found at both of its ends.
fn put_flows(memory: &mut Memory, about: &Node, links: Vec<Link>) {
    let of = |end: fn(&Link) -> &Node| links.iter().filter(|link| end(link) == about).count();
    let has_more = of(|link| &link.from).max(of(|link| &link.to)) >= MOST_FLOWS;
    let mut each: BTreeMap<(Node, Node), Seen> = BTreeMap::new();
    for Link { from, to, seen } in links {
        match each.get_mut(&(from.clone(), to.clone())) {
            Some(known) => known.merge(seen),
            None => drop(each.insert((from, to), seen)),
        }
    }
    let links: Vec<_> = each.into_iter().map(|((from, to), seen)| Link { from, to, seen }).collect();
    memory.put(about, Known::Declared, &links, has_more);
}

impl Declared {
    /// Puts it in place of what was held until now.
    pub(super) fn put(self, memory: &mut Memory) {
        for (node, owners) in self.nodes.into_values() {
            memory.put_node(&node, true, owners);
        }
        for (node, names) in self.names {
            memory.put_names(&node, &names);
        }
        for (about, links) in self.flows {
            put_flows(memory, &about, links);
        }
    }
}

fn owners_in(facet: &str) -> Vec<Arc<str>> {
    let facet: serde_json::Value = serde_json::from_str(facet).unwrap_or_default();
    let names = facet["owners"].as_array().into_iter().flatten().filter_map(|owner| owner["name"].as_str());
    names.map(Arc::from).collect()
}
