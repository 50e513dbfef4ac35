//! How are all links held in memory, so that a walk waits for nobody?
//!
//! Nodes and schemas go by numbers. Links stand in blocks: one for each topic with all that was seen of it, and one for each
//! job or dataset with all that it declares. A block is put in place of its predecessor as a whole, so that nothing has to be
//! added up a second time, whoever wrote it. What two blocks tell of the same link is added up when it is asked for.

mod block;
mod level;
mod numbers;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ahash::{AHashMap, AHashSet};

use self::block::{Block, Grades};
use self::level::{Level, Part};
use self::numbers::Numbers;
use super::walk::{Limits, Walk};
use super::{Graph, Kind, Link, Node, Seen};
use crate::declared::Named;
use crate::event::SchemaRef;

/// So many names of one dataset are followed.
const MOST_NAMES: usize = 1_000;

/// All links that are known now.
#[derive(Debug, Default)]
pub struct Memory {
    nodes: Numbers<Node>,
    schemas: Numbers<SchemaRef>,
    blocks: AHashMap<BlockId, Block>,
    /// By node: the blocks that it stands in, sorted.
    of: Vec<Vec<BlockId>>,
    /// Datasets that are the same, each way.
    same: AHashMap<u32, Vec<u32>>,
    /// Jobs and datasets that were declared, whether anything flows there or not.
    declared: AHashSet<u32>,
    owners: AHashMap<u32, Box<[Arc<str>]>>,
    links: usize,
    bytes: usize,
}

/// How what stands in a block is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known {
    Observed,
    Declared,
}

/// The number of the node that a block is about, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct BlockId(u32);

/// Which links count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub declared: bool,
    pub observed: bool,
}

/// What lies around a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// Where it began: the node that the one which was asked for shows as.
    pub start: Node,
    pub graph: Graph,
    /// Whether anything is known of where it began.
    pub is_known: bool,
}

impl Memory {
    /// Puts all links of which a node's block tells in place of those that it told until now. `has_more` says that there are
    /// more than are told.
    pub fn put(&mut self, about: &Node, known: Known, links: &[Link], has_more: bool) {
        if links.is_empty() && self.nodes.known(about).is_none() {
            return;
        }
        let id = BlockId::of(self.number(about), known);
        let old = self.blocks.remove(&id).unwrap_or_default();
        let (nodes, schemas) = (&mut self.nodes, &mut self.schemas);
        let new = Block::of(links, has_more, |node| nodes.of(node), |schema| schemas.of(schema));
        self.of.resize_with(self.nodes.len(), Vec::new);
        let (before, after) = (old.nodes(), new.nodes());
        for gone in before.difference(&after) {
            let places = &mut self.of[*gone as usize];
            places.retain(|place| *place != id);
        }
        for come in after.difference(&before) {
            let places = &mut self.of[*come as usize];
            if let Err(place) = places.binary_search(&id) {
                places.insert(place, id);
            }
        }
        self.links = self.links - old.len() + new.len();
        self.bytes = self.bytes - old.bytes() + new.bytes();
        if new.len() > 0 || has_more {
            self.blocks.insert(id, new);
        }
    }

    /// Notes a job or a dataset, whether anybody declares it, and who is said to own it.
    pub fn put_node(&mut self, node: &Node, is_declared: bool, owners: Vec<Arc<str>>) {
        let number = self.number(node);
        if is_declared {
            self.declared.insert(number);
        } else {
            self.declared.remove(&number);
        }
        if owners.is_empty() {
            self.owners.remove(&number);
        } else {
            self.owners.insert(number, owners.into());
        }
    }

    /// Notes all other names of a dataset, in place of those that were noted until now.
    pub fn put_names(&mut self, dataset: &Node, others: &[Node]) {
        let number = self.number(dataset);
        for other in self.same.remove(&number).unwrap_or_default() {
            if let Some(known) = self.same.get_mut(&other) {
                known.retain(|it| *it != number);
            }
        }
        let others: BTreeSet<u32> = others.iter().map(|other| self.number(other)).filter(|it| *it != number).collect();
        for other in &others {
            self.same.entry(*other).or_default().push(number);
        }
        if !others.is_empty() {
            self.same.insert(number, others.into_iter().collect());
        }
    }

    /// Whether a job or a dataset is noted as declared.
    pub fn is_declared(&self, node: &Node) -> bool {
        self.nodes.known(node).is_some_and(|number| self.declared.contains(&number))
    }

    /// How many links blocks tell of. One that two of them tell of counts twice.
    pub fn links(&self) -> usize {
        self.links
    }

    /// How many bytes blocks and their places take, beyond the names.
    pub fn bytes(&self) -> usize {
        let places: usize =
            self.of.iter().map(|places| size_of_val(places) + places.capacity() * size_of::<BlockId>()).sum();
        let table = self.blocks.capacity() * (size_of::<BlockId>() + size_of::<Block>() + 1);
        self.bytes + places + table
    }

    /// What lies around a node, as far as the limits go.
    pub fn around(&self, start: &Node, limits: Limits, counted: Counted) -> Around {
        let Some(number) = self.nodes.known(start) else {
            let graph = Graph { nodes: BTreeMap::from([(start.clone(), 0)]), ..Graph::default() };
            return Around { start: start.clone(), graph, is_known: false };
        };
        let shown = Shown::new(self);
        let begin = shown.of(number);
        let (mut walk, mut parts) = (Walk::new(begin, limits), Vec::new());
        loop {
            let wanted = walk.wanted();
            if wanted.is_empty() {
                break;
            }
            let level = Level::read(self, &walk, (limits, counted), &shown, &wanted, &mut parts);
            if level.is_cut {
                walk.note_truncated();
            }
            walk.take(level.links);
        }
        let graph = self.named(walk.graph(), parts);
        let is_known = !graph.links.is_empty() || self.is_anything_known(begin, counted);
        Around { start: self.nodes.get(begin).clone(), graph, is_known }
    }

    /// The other names of a node.
    pub fn also(&self, node: &Node) -> BTreeSet<Named> {
        let Some(number) = self.nodes.known(node).filter(|number| self.same.contains_key(number)) else {
            return BTreeSet::new();
        };
        let others = self.all_names(number).into_iter().filter(|other| *other != number);
        others.map(|other| self.nodes.get(other).named.clone()).collect()
    }

    /// Who is said to own a node, under any of its names.
    pub fn owners(&self, node: &Node) -> Vec<Arc<str>> {
        let Some(number) = self.nodes.known(node) else { return Vec::new() };
        let mut owners: Vec<Arc<str>> = Vec::new();
        for name in self.all_names(number) {
            for owner in self.owners.get(&name).into_iter().flatten() {
                if !owners.contains(owner) {
                    owners.push(Arc::clone(owner));
                }
            }
        }
        owners
    }

    fn is_anything_known(&self, node: u32, counted: Counted) -> bool {
        self.declared.contains(&node)
            || self
                .all_names(node)
                .into_iter()
                .any(|name| self.of[name as usize].iter().any(|id| id.counts(counted) && self.blocks.contains_key(id)))
    }

    /// The same with the names of all, and with what is known of the links.
    fn named(&self, graph: Graph<u32, Grades>, mut parts: Vec<Part>) -> Graph {
        parts.sort_unstable();
        parts.dedup();
        let node = |number: u32| self.nodes.get(number).clone();
        let mut links: BTreeMap<(Node, Node), Seen> = BTreeMap::new();
        let mut rest = &parts[..];
        for (from, to) in graph.links.into_keys() {
            let before = rest.partition_point(|part| part.shown < (from, to));
            let count = rest[before..].iter().take_while(|part| part.shown == (from, to)).count();
            let own = &rest[before..before + count];
            rest = &rest[before + count..];
            // Of a dataset under two names the same may be told twice; what two blocks tell of one is added up.
            let each = own.chunk_by(|one, other| one.ends == other.ends).filter_map(|parts| {
                let seen = parts.iter().filter_map(|part| self.seen(part));
                seen.reduce(|mut sum, other| {
                    sum.add(other);
                    sum
                })
            });
            let seen = each.reduce(|mut most, other| {
                most.merge(other);
                most
            });
            if let Some(seen) = seen {
                links.insert((node(from), node(to)), seen);
            }
        }
        let nodes = graph.nodes.into_iter().map(|(number, depth)| (node(number), depth)).collect();
        Graph { nodes, links, is_truncated: graph.is_truncated }
    }

    fn seen(&self, part: &Part) -> Option<Seen> {
        let block = self.blocks.get(&part.block)?;
        let place = block.places().get(part.place as usize)?;
        Some(block.seen(*place, |schema| self.schemas.get(schema).clone()))
    }

    /// A node and all that are the same. What is no topic counts once somebody declares it.
    fn all_names(&self, node: u32) -> Vec<u32> {
        let mut all = vec![node];
        if !self.same.contains_key(&node) {
            return all;
        }
        let mut seen = AHashSet::from([node]);
        let mut next = 0;
        while let Some(name) = all.get(next).filter(|_| all.len() < MOST_NAMES) {
            for other in self.same.get(name).into_iter().flatten() {
                let is_real = self.declared.contains(other) || self.nodes.get(*other).kind == Kind::Topic;
                if is_real && seen.insert(*other) {
                    all.push(*other);
                }
            }
            next += 1;
        }
        all
    }

    fn number(&mut self, node: &Node) -> u32 {
        let number = self.nodes.of(node);
        self.of.resize_with(self.nodes.len(), Vec::new);
        number
    }
}

/// What nodes with several names show as: the topic, if it is one, or else the first by name. Asked for once each.
struct Shown<'a> {
    memory: &'a Memory,
    known: RefCell<AHashMap<u32, u32>>,
}

impl<'a> Shown<'a> {
    fn new(memory: &'a Memory) -> Self {
        Self { memory, known: RefCell::default() }
    }

    fn of(&self, node: u32) -> u32 {
        if !self.memory.same.contains_key(&node) {
            return node;
        }
        if let Some(shown) = self.known.borrow().get(&node) {
            return *shown;
        }
        let all = self.memory.all_names(node);
        let name = |number: u32| self.memory.nodes.get(number);
        let by_name = |one: &&u32, other: &&u32| name(**one).cmp(name(**other));
        let topics = all.iter().filter(|it| name(**it).kind == Kind::Topic);
        let shown = topics.min_by(by_name).or_else(|| all.iter().min_by(by_name)).copied().unwrap_or(node);
        self.known.borrow_mut().insert(node, shown);
        shown
    }
}

impl BlockId {
    fn of(node: u32, known: Known) -> Self {
        Self(node << 1 | u32::from(known == Known::Declared))
    }

    fn counts(self, counted: Counted) -> bool {
        if self.0 & 1 == 1 { counted.declared } else { counted.observed }
    }
}

#[cfg(test)]
mod tests;
