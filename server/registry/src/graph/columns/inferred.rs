//! Of which fields may a dataset's fields be made, where nobody says so? Something reads the one dataset and writes the other,
//! seen or declared, and both have a field of the same name and type.
//!
//! A guess from one dataset to the next, whatever stands between: jobs, applications and their groups. What only asked for a
//! topic and was not seen to read it leads nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tidegate_compat::SubjectName;
use tidegate_lineage::graph::alike::{Fields, alike};
use tidegate_lineage::graph::{Grade, Kind, Link, Node};
use tidegate_lineage::{Entity, Named, SchemaRef, Transformation};
use tidegate_store::Session;
use tidegate_store::declared::node_id as id_of;

use super::super::source::Source;
use super::{Clues, kinds};
use crate::applications::applications;
use crate::{Error, Registry, Result};

/// What a guess is told as, in place of what was done with a value.
pub(super) const INFERRED: &str = "INFERRED";

/// How many steps lie between one dataset and the next at most: a group, its member.
const MOST_HANDLERS: usize = 3;
/// How many datasets are compared with one, and around how many others are looked for.
const MOST_PARTNERS: usize = 100;
const MOST_DATASETS: usize = 100;

/// A guess.
pub(super) struct Guess {
    pub source: Named,
    pub target: Named,
    pub field: String,
    pub how: Transformation,
}

pub(super) struct Guesses<'a> {
    registry: &'a Registry,
    source: Source,
    /// Links that are less sure, in hundredths, are passed over.
    least: u8,
    /// Around how many datasets was looked already.
    looked_around: usize,
    links: HashMap<Node, Vec<Link>>,
    fields: HashMap<Named, Fields>,
    /// Whether a dataset has more others around it than are compared.
    pub is_truncated: bool,
}

impl<'a> Guesses<'a> {
    pub(super) async fn new(registry: &'a Registry, session: &mut Session, clues: Clues) -> Result<Self> {
        let who_is_who = (registry.clusters(), applications(session).await?);
        let source = Source::new(who_is_who, clues.evidence, clues.within);
        let least = clues.confidence.max(Grade::Subscribed.confidence() + 1);
        Ok(Self {
            registry,
            source,
            least,
            links: HashMap::new(),
            fields: HashMap::new(),
            looked_around: 0,
            is_truncated: false,
        })
    }

    /// What the fields of a dataset may be made of or, down, what may be made of them.
    pub(super) async fn around(&mut self, session: &mut Session, dataset: &Named, is_up: bool) -> Result<Vec<Guess>> {
        if self.looked_around >= MOST_DATASETS {
            self.is_truncated = true;
            return Ok(Vec::new());
        }
        self.looked_around += 1;
        let own = self.fields(session, dataset).await?;
        if own.is_empty() {
            return Ok(Vec::new());
        }
        let mut guesses = Vec::new();
        let partners = self.partners(session, dataset, is_up).await?;
        let nodes: Vec<Node> = partners.keys().map(|it| Node::of(&Entity::Dataset(it.clone()))).collect();
        self.load(session, &nodes).await?;
        for (other, by) in partners {
            let theirs = self.fields(session, &other).await?;
            let (source, target) = if is_up { (&other, dataset) } else { (dataset, &other) };
            let by: Vec<&str> = by.iter().map(String::as_str).collect();
            let how = Transformation {
                kind: INFERRED.to_owned(),
                subtype: String::new(),
                description: format!(
                    "A guess, from name and type: {} reads {} and writes {}.",
                    by.join(", "),
                    source.name,
                    target.name
                ),
                masking: false,
            };
            guesses.extend(alike(&own, &theirs).map(|field| Guess {
                source: source.clone(),
                target: target.clone(),
                field: field.to_owned(),
                how: how.clone(),
            }));
        }
        Ok(guesses)
    }

    /// The fields of a dataset: as the schema has them that was last written to it, or its subject's latest, or as somebody
    /// has told.
    pub(super) async fn fields(&mut self, session: &mut Session, dataset: &Named) -> Result<Fields> {
        if let Some(known) = self.fields.get(dataset) {
            return Ok(known.clone());
        }
        let entity = Entity::Dataset(dataset.clone());
        let node = Node::of(&entity);
        let mut fields = Fields::new();
        if node.kind == Kind::Topic {
            self.load(session, std::slice::from_ref(&node)).await?;
            let writers = self.links.get(&node).into_iter().flatten().filter(|link| link.to == node);
            let written = writers.flat_map(|link| &link.seen.schemas).max_by_key(|(schema, at)| (**at, schema.id.0));
            let written = written.map(|(schema, _)| schema.clone());
            fields = self.registered(session, &node, written).await?;
        }
        if fields.is_empty() {
            let facets = session.declared_facet(&[id_of(&entity)], "schema").await?;
            fields = facets.first().map(|row| kinds(&row.body)).unwrap_or_default();
        }
        self.fields.insert(dataset.clone(), fields.clone());
        Ok(fields)
    }

    /// As the registry has them. A schema that can't be read has none.
    async fn registered(&self, session: &mut Session, topic: &Node, written: Option<SchemaRef>) -> Result<Fields> {
        let found = match written {
            Some(SchemaRef { context, id }) => {
                self.registry.content(session, &context, id).await.map(|schema| (context, schema))
            }
            None => {
                let subject = SubjectName::parse(&format!("{}-value", topic.named.name));
                let Some(latest) = session.latest(&subject).await? else { return Ok(Fields::new()) };
                let schema = self.registry.content(session, subject.context(), latest.id).await;
                schema.map(|schema| (subject.context().clone(), schema))
            }
        };
        let parsed = match found {
            Ok((context, schema)) => self.registry.parsed(session, &context, &schema).await,
            Err(error) => Err(error),
        };
        match parsed {
            Ok(parsed) => {
                let outline = parsed.outline();
                let fields = outline.fields().filter(|field| !field.path.is_empty());
                Ok(fields.map(|field| (field.path.clone(), field.type_name.clone())).collect())
            }
            Err(error @ Error::Store(_)) => Err(error),
            Err(_) => Ok(Fields::new()),
        }
    }

    /// The datasets that something reads which writes this one or, down, the other way round, with what does.
    async fn partners(
        &mut self,
        session: &mut Session,
        dataset: &Named,
        is_up: bool,
    ) -> Result<BTreeMap<Named, BTreeSet<String>>> {
        let start = Node::of(&Entity::Dataset(dataset.clone()));
        let mut partners: BTreeMap<Named, BTreeSet<String>> = BTreeMap::new();
        let mut level = vec![(start.clone(), String::new())];
        let mut seen = BTreeSet::from([start.clone()]);
        for _ in 0..=MOST_HANDLERS {
            self.load(session, &level.iter().map(|(node, _)| node.clone()).collect::<Vec<_>>()).await?;
            let mut next = Vec::new();
            for (node, by) in &level {
                for link in self.links.get(node).into_iter().flatten() {
                    let (own, other) = if is_up { (&link.to, &link.from) } else { (&link.from, &link.to) };
                    if own != node || *other == start || link.seen.confidence() < self.least {
                        continue;
                    }
                    if other.kind.is_dataset() {
                        if partners.len() < MOST_PARTNERS || partners.contains_key(&other.named) {
                            partners.entry(other.named.clone()).or_default().insert(by.clone());
                        } else {
                            self.is_truncated = true;
                        }
                    } else if seen.insert(other.clone()) {
                        // A group is named by who is in it.
                        let by = if by.is_empty() || other.kind != Kind::Group { &*other.named.name } else { by };
                        next.push((other.clone(), by.to_owned()));
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            level = next;
        }
        // One dataset that belongs to another of the same job is not read by anything.
        partners.retain(|_, by| {
            by.remove("");
            !by.is_empty()
        });
        Ok(partners)
    }

    /// Reads the links of nodes, where that was not done before.
    async fn load(&mut self, session: &mut Session, nodes: &[Node]) -> Result<()> {
        let missing: Vec<Node> = nodes.iter().filter(|node| !self.links.contains_key(*node)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let links = self.source.links(session, &missing).await?;
        self.is_truncated |= self.source.has_more;
        self.links.extend(missing.iter().map(|node| (node.clone(), Vec::new())));
        for link in links {
            for end in [&link.from, &link.to] {
                if missing.contains(end) {
                    self.links.entry(end.clone()).or_default().push(link.clone());
                }
            }
        }
        Ok(())
    }
}
