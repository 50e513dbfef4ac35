//! What is a lineage graph made of? Nodes that hold or handle data, and links in the direction in which data flows.
//!
//! Values only: whoever walks brings the links, from wherever they are kept.

pub mod alike;
pub mod difference;
pub mod memory;
pub mod observed;
pub mod paths;
pub mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::{Entity, Named};
use crate::event::{Millis, SchemaRef};

pub use difference::{Change, Difference};
pub use memory::Memory;
pub use paths::Paths;
pub use walk::{Direction, Limits, Walk};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Whoever was seen to write or read, by the name that its connections give it.
    Application,
    /// A group of consumers, between topics and those who read them together.
    Group,
    /// What others declare that works on data.
    Job,
    /// A dataset that is no topic.
    Table,
    Topic,
}

/// One node. Clients and groups are in the namespace of their cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    pub kind: Kind,
    pub named: Named,
}

/// How a link is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Somebody says so.
    Declared,
    /// A group asked for the topic. That it read anything was not seen.
    Subscribed,
    /// Records were handed out.
    Fetched,
    /// A group wrote down how far it has read.
    Committed,
    /// Records were taken.
    Produced,
    /// Records that were written are part of traces that passed records before, which were read.
    Traced,
    /// Records were written in one transaction with how far a group has read.
    Transactional,
}

/// What is known of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub grades: BTreeSet<Grade>,
    /// The schemas that were written, and when each was last.
    pub schemas: BTreeMap<SchemaRef, Millis>,
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
    pub first: Millis,
    pub last: Millis,
}

/// Data flows from one node to the other. In memory nodes go by numbers, and what is known of a link is looked up later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<N = Node, S = Seen> {
    pub from: N,
    pub to: N,
    pub seen: S,
}

/// What hangs together with a node, as far as was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph<N: Ord = Node, S = Seen> {
    /// With how many steps lead there.
    pub nodes: BTreeMap<N, usize>,
    /// From where to where.
    pub links: BTreeMap<(N, N), S>,
    /// Whether there is more within the depth.
    pub is_truncated: bool,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Group => "group",
            Self::Job => "job",
            Self::Table => "table",
            Self::Topic => "topic",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Application, Self::Group, Self::Job, Self::Table, Self::Topic];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it holds data, rather than handling it.
    pub fn is_dataset(self) -> bool {
        matches!(self, Self::Table | Self::Topic)
    }
}

impl Grade {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Subscribed => "subscribed",
            Self::Fetched => "fetched",
            Self::Committed => "committed",
            Self::Produced => "produced",
            Self::Traced => "traced",
            Self::Transactional => "transactional",
        }
    }

    /// How sure it is that data flows, in hundredths. What moved through a proxy is certain; a trace may have gone from one
    /// record to the other by a way that no topic sees; who says so may be wrong; who subscribes may never read.
    pub fn confidence(self) -> u8 {
        match self {
            Self::Transactional | Self::Produced | Self::Committed | Self::Fetched => 100,
            Self::Traced => 98,
            Self::Declared => 80,
            Self::Subscribed => 60,
        }
    }

    /// Whether it was seen, rather than said.
    pub fn is_observed(self) -> bool {
        self != Self::Declared
    }
}

impl Node {
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, named: Named::new(namespace, name) }
    }

    /// The node of something that was declared.
    pub fn of(entity: &Entity) -> Self {
        let kind = match entity {
            Entity::Job(_) => Kind::Job,
            Entity::Dataset(named) if named.namespace.starts_with("kafka://") => Kind::Topic,
            Entity::Dataset(_) => Kind::Table,
        };
        Self { kind, named: entity.named().clone() }
    }

    /// What may have been declared of it.
    pub fn entity(&self) -> Option<Entity> {
        match self.kind {
            Kind::Job => Some(Entity::Job(self.named.clone())),
            Kind::Table | Kind::Topic => Some(Entity::Dataset(self.named.clone())),
            Kind::Application | Kind::Group => None,
        }
    }
}

impl Seen {
    /// A link that is known in one way, without any traffic.
    pub fn by(grade: Grade, first: Millis, last: Millis) -> Self {
        let (grades, schemas) = (BTreeSet::from([grade]), BTreeMap::new());
        Self { grades, schemas, records: 0, bytes: 0, refused: 0, first, last }
    }

    /// How sure it is, in hundredths.
    pub fn confidence(&self) -> u8 {
        self.grades.iter().map(|grade| grade.confidence()).max().unwrap_or(0)
    }

    /// Takes in what is known besides, of other traffic on the same link.
    pub fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.refused = self.refused.saturating_add(other.refused);
        self.join(other.grades, other.schemas, other.first, other.last);
    }

    /// Takes in what somebody else knows of the same traffic: who knows more of it is right.
    pub fn merge(&mut self, other: Self) {
        self.records = self.records.max(other.records);
        self.bytes = self.bytes.max(other.bytes);
        self.refused = self.refused.max(other.refused);
        self.join(other.grades, other.schemas, other.first, other.last);
    }

    fn join(&mut self, grades: BTreeSet<Grade>, schemas: BTreeMap<SchemaRef, Millis>, first: Millis, last: Millis) {
        self.grades.extend(grades);
        for (schema, at) in schemas {
            let known = self.schemas.entry(schema).or_insert(at);
            *known = at.max(*known);
        }
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }
}

impl<N: Ord, S> Default for Graph<N, S> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new(), links: BTreeMap::new(), is_truncated: false }
    }
}

impl Graph {
    /// How many nodes are so many steps away, by steps.
    pub fn nodes_at_depth(&self) -> Vec<usize> {
        let mut counts = vec![0; self.nodes.values().max().map_or(0, |deepest| deepest + 1)];
        for depth in self.nodes.values() {
            counts[*depth] += 1;
        }
        counts
    }

    /// The nodes that a node's data flows to in one step.
    pub fn next<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        self.links.keys().filter(move |(from, _)| from == node).map(|(_, to)| to)
    }
}
