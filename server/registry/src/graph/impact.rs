//! Who is concerned if something changes or goes away? Readers and writers with how they are known, and all that lies
//! downstream.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_compat::{SubjectName, VersionSpec};
use tidegate_lineage::graph::{Direction, Grade, Kind, Node, Seen};
use tidegate_lineage::{Millis, Transformation};
use tidegate_store::Session;

use super::columns::{Clues, Columns, FieldGraph, FieldRef};
use super::{Asking, Surroundings};
use crate::consumers::readers_of;
use crate::declared::Asked;
use crate::overview::owner;
use crate::{Coverage, DeclaredReader, Error, Registry, Result};

/// Of how many topics downstream the owner is looked up in the registry.
const MOST_OWNERS: usize = 50;

/// All who are concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Impact {
    pub start: Node,
    /// Who writes to it.
    pub writers: Vec<Party>,
    /// Who reads it, or what is made of it; the nearest first.
    pub readers: Vec<Party>,
    /// The datasets that are made of it.
    pub downstream: Vec<Party>,
    /// How much is known of who reads and writes it directly.
    pub coverage: Coverage,
    /// Fields that are made of the field in question, as is declared or, marked as such, guessed by name and type. `None` if
    /// none was in question, or nothing is known of it.
    pub fields: Option<Vec<FieldImpact>>,
    /// Who says that it reads subjects of the topic.
    pub declared_readers: Vec<DeclaredReader>,
    pub surroundings: Surroundings,
    pub is_truncated: bool,
}

/// Somebody or something that is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub node: Node,
    /// How many steps away.
    pub depth: usize,
    pub owners: Vec<String>,
    pub seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldImpact {
    pub of: FieldRef,
    pub depth: usize,
    pub how: BTreeSet<Transformation>,
    /// Whether each way there leads over a guess.
    pub is_inferred: bool,
}

impl Registry {
    /// Who is concerned by a change of a dataset, or of a field of it; `None` if nothing is known of it.
    pub async fn impact(&self, start: &Node, field: Option<&str>, asking: &Asking) -> Result<Option<Impact>> {
        let up = super::Limits { direction: Direction::Up, depth: 1, ..asking.limits };
        let down = super::Limits { direction: Direction::Down, ..asking.limits };
        let Some(above) = self.graph(start, &Asking { limits: up, ..*asking }).await? else { return Ok(None) };
        let Some(below) = self.graph(start, &Asking { limits: down, ..*asking }).await? else { return Ok(None) };
        let start = below.graph.nodes.iter().find(|(_, depth)| **depth == 0).map_or(start, |(node, _)| node).clone();
        let fields = match field {
            Some(field) => self.fields_made_of(&start, field, asking).await?,
            None => None,
        };
        let (fields, are_fields_cut) = fields.map_or((None, false), |(fields, is_cut)| (Some(fields), is_cut));
        let mut owners = self.owners_of_topics(&below).await?;
        let mut party = |whole: &Surroundings, node: &Node, depth: usize, seen: Seen| {
            let told = whole.about.get(node).map(|about| about.owners.clone()).unwrap_or_default();
            let owners = if told.is_empty() { owners.remove(node).unwrap_or_default() } else { told };
            Party { node: node.clone(), depth, owners, seen }
        };
        let writers = above.graph.links.iter().map(|((from, _), seen)| party(&above, from, 1, seen.clone())).collect();
        let mut reached: Vec<Party> = Vec::new();
        for (node, depth) in below.graph.nodes.iter().filter(|(_, depth)| **depth > 0) {
            if let Some(seen) = into(&below, node) {
                reached.push(party(&below, node, *depth, seen));
            }
        }
        reached.sort_by(|one, other| (one.depth, &one.node).cmp(&(other.depth, &other.node)));
        let (downstream, readers): (Vec<_>, Vec<_>) =
            reached.into_iter().partition(|party| party.node.kind.is_dataset());
        let mut session = self.store().read().await?;
        let topics = BTreeSet::from([start.clone()]);
        let coverage = self.coverage(&mut session, &topics, below.within).await?;
        let declared_readers = declared_readers(&mut session, &start, &above).await?;
        Ok(Some(Impact {
            coverage,
            is_truncated: above.graph.is_truncated || below.graph.is_truncated || are_fields_cut,
            start,
            writers,
            readers,
            downstream,
            fields,
            declared_readers,
            surroundings: below,
        }))
    }

    /// The topic that a subject is named after, on each cluster where anything is known of it.
    pub async fn topics_of(&self, subject: &SubjectName) -> Result<Vec<Node>> {
        let bare = subject.bare();
        let topic = bare.strip_suffix("-value").or_else(|| bare.strip_suffix("-key")).unwrap_or(bare);
        let clusters = self.clusters();
        let mut found: BTreeSet<Node> = BTreeSet::new();
        for edge in self.store().read().await?.topic_edges(topic, None).await? {
            found.insert(Node::new(Kind::Topic, &clusters.namespace_of(&edge.topic.cluster), topic));
        }
        Ok(found.into_iter().collect())
    }

    /// What the registry says of who owns topics, by the latest schema of their values.
    async fn owners_of_topics(&self, whole: &Surroundings) -> Result<BTreeMap<Node, Vec<String>>> {
        let mut owners = BTreeMap::new();
        let topics = whole.graph.nodes.keys().filter(|node| node.kind == Kind::Topic);
        for node in topics.take(MOST_OWNERS) {
            let subject = SubjectName::parse(&format!("{}-value", node.named.name));
            match self.version(&subject, VersionSpec::Latest, false).await {
                Ok(stored) => {
                    let told = stored.schema.contract.metadata.as_ref().and_then(owner);
                    owners.extend(told.map(|owner| (node.clone(), vec![owner])));
                }
                Err(error @ Error::Store(_)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(owners)
    }

    /// The fields that are made of one, and whether there are more.
    async fn fields_made_of(
        &self,
        of: &Node,
        field: &str,
        asking: &Asking,
    ) -> Result<Option<(Vec<FieldImpact>, bool)>> {
        let depth = asking.limits.depth;
        let asked = Asked::Field(of.named.clone(), field.to_owned());
        let clues = Clues {
            evidence: asking.evidence,
            within: asking.within.map(|(from, to)| self.window(from, to)),
            confidence: asking.limits.confidence,
        };
        let wanted = Columns { depth, direction: Direction::Down, inferred: Some(clues) };
        let Some(told) = self.column_lineage(&asked, wanted).await? else { return Ok(None) };
        let start = FieldRef { dataset: of.named.clone(), field: field.to_owned() };
        let certain = declared_from(&told, &start);
        let mut found: BTreeMap<FieldRef, FieldImpact> = BTreeMap::new();
        let mut level = vec![start.clone()];
        for step in 1..=depth {
            let mut next = Vec::new();
            for from in level {
                for to in told.fields.get(&from).into_iter().flat_map(|node| &node.outputs) {
                    if *to == start {
                        continue;
                    }
                    let inputs = told.fields.get(to).map(|node| node.inputs.as_slice()).unwrap_or_default();
                    let how = inputs.iter().filter(|input| input.of == from).flat_map(|input| input.how.clone());
                    let known = found.entry(to.clone()).or_insert_with(|| {
                        next.push(to.clone());
                        let is_inferred = !certain.contains(to);
                        FieldImpact { of: to.clone(), depth: step, how: BTreeSet::new(), is_inferred }
                    });
                    known.how.extend(how);
                }
            }
            if next.is_empty() {
                break;
            }
            level = next;
        }
        if found.is_empty() {
            let said = Columns { inferred: None, ..wanted };
            return Ok(self.column_lineage(&asked, said).await?.map(|said| (Vec::new(), said.is_truncated)));
        }
        let mut fields: Vec<_> = found.into_values().collect();
        fields.sort_by(|one, other| (one.depth, &one.of).cmp(&(other.depth, &other.of)));
        Ok(Some((fields, told.is_truncated)))
    }
}

/// What is made of a field, going only by what somebody says.
fn declared_from(told: &FieldGraph, start: &FieldRef) -> BTreeSet<FieldRef> {
    let mut certain = BTreeSet::new();
    let mut open = vec![start];
    while let Some(from) = open.pop() {
        for to in told.fields.get(from).into_iter().flat_map(|node| &node.outputs) {
            let inputs = told.fields.get(to).map(|node| node.inputs.as_slice()).unwrap_or_default();
            let is_said = inputs.iter().any(|input| input.of == *from && !input.is_inferred());
            if is_said && certain.insert(to.clone()) {
                open.push(to);
            }
        }
    }
    certain
}

/// Who says that it reads a topic: the subjects that are named after it, and those that were written to it.
async fn declared_readers(session: &mut Session, of: &Node, written: &Surroundings) -> Result<Vec<DeclaredReader>> {
    if of.kind != Kind::Topic {
        return Ok(Vec::new());
    }
    let named_after = ["-value", "-key"].map(|part| SubjectName::parse(&format!("{}{part}", of.named.name)));
    let all = named_after.into_iter().chain(written.schemas.values().map(|(subject, _)| subject.clone()));
    let subjects: BTreeMap<String, SubjectName> = all.map(|subject| (subject.to_string(), subject)).collect();
    let mut readers = Vec::new();
    for subject in subjects.into_values() {
        readers.extend(readers_of(session, &subject).await?);
    }
    Ok(readers)
}

/// All that flows into a node, as one.
fn into(whole: &Surroundings, node: &Node) -> Option<Seen> {
    let mut all: Option<Seen> = None;
    for (_, seen) in whole.graph.links.iter().filter(|((_, to), _)| to == node) {
        match &mut all {
            Some(known) => known.add(seen.clone()),
            none => *none = Some(seen.clone()),
        }
    }
    all
}

impl Party {
    /// When it was last seen at work, by whoever saw it; `None` if nobody did.
    pub fn last_seen(&self) -> Option<Millis> {
        self.seen.grades.iter().any(|grade| *grade != Grade::Declared).then_some(self.seen.last)
    }
}
