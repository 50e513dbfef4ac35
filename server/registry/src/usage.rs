//! Who uses a subject, as far as anybody knows? Writers by schema, readers by group, and who registered which version.
//!
//! What is not observed is not known: it is told as that, and never as "nobody".

use std::collections::{BTreeMap, BTreeSet};

use tidegate_compat::{SchemaId, SubjectName};
use tidegate_lineage::graph::{Grade, Kind, Node, Seen, observed};
use tidegate_lineage::{Edge, Lookup, Millis, Observation, SchemaRef};
use tidegate_store::history::HOUR;
use tidegate_store::{VersionRow, Window};

use crate::applications::applications;
use crate::consumers::readers_of;
use crate::register::ACTION;
use crate::{Coverage, DeclaredReader, Error, Registry, Result};

/// How many registrations are told of, the newest.
const MOST: u32 = 500;

/// The use of a subject within a part of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    pub subject: SubjectName,
    pub versions: Vec<VersionRow>,
    pub within: Window,
    /// The topics that carry records of the subject: those that it is named after and that are there, and those where its
    /// schemas were written.
    pub topics: Vec<Node>,
    pub writers: Vec<Writer>,
    /// Who reads the topics. Of which fields is not known.
    pub readers: Vec<Reader>,
    /// Who says that it reads the subject.
    pub declared_readers: Vec<DeclaredReader>,
    /// Who fetched schemas of the subject from the registry; the counts are of all times.
    pub lookups: Vec<Lookup>,
    pub registrations: Vec<Registration>,
    pub coverage: Coverage,
}

/// Somebody who writes with a schema of the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    pub application: String,
    pub topic: Node,
    pub schema: SchemaRef,
    pub seen: Seen,
}

/// Somebody who reads a topic of the subject, in a group or without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub group: Option<String>,
    pub applications: BTreeSet<String>,
    pub topic: Node,
    pub seen: Seen,
}

/// A version that was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub at: Millis,
    pub actor: String,
    pub origin: String,
    pub id: Option<SchemaId>,
    pub version: Option<i64>,
}

impl Registry {
    /// Who used a subject from one time to before another, by what is written down.
    pub async fn usage(&self, subject: &SubjectName, (from, to): (Millis, Millis)) -> Result<Usage> {
        let mut session = self.store().read().await?;
        let versions = session.versions(subject).await?;
        if versions.is_empty() {
            return Err(Error::SubjectNotFound(subject.clone()));
        }
        let clusters = self.clusters();
        let within = Window { from, to, span: HOUR };
        let ids: BTreeSet<SchemaId> = versions.iter().map(|row| row.id).collect();
        let is_own = |schema: &SchemaRef| schema.context == *subject.context() && ids.contains(&schema.id);
        let named_after = topic_of(subject);
        let mut edges = session.topic_edges(&named_after, None).await?;
        let elsewhere: BTreeSet<(String, String)> = session
            .topics_with(subject.context(), &ids.iter().copied().collect::<Vec<_>>())
            .await?
            .into_iter()
            .filter(|(topic, _)| *topic != named_after)
            .collect();
        edges.extend(session.edges_of_topics(&elsewhere.into_iter().collect::<Vec<_>>()).await?);
        let edges = session.edges_within(edges, within).await?;
        let topic =
            |edge: &Observation| Node::new(Kind::Topic, &clusters.namespace_of(&edge.topic.cluster), &edge.topic.topic);
        let mut writers: BTreeMap<(String, Node, SchemaRef), Seen> = BTreeMap::new();
        let applications = applications(&mut session).await?;
        for (edge, (application, _)) in edges.iter().zip(observed::parties(&edges, &applications)) {
            let Edge::Produces { schema: Some(schema) } = &edge.edge else { continue };
            if is_own(schema) {
                let key = (application.name.to_owned(), topic(edge), schema.clone());
                let seen = traffic(edge);
                match writers.get_mut(&key) {
                    Some(known) => known.add(seen),
                    None => drop(writers.insert(key, seen)),
                }
            }
        }
        let links = observed::links(&edges, &clusters, &applications);
        let registrations = session.audit_of(subject, (Millis::MIN, Millis::MAX), MOST).await?;
        let mut topics: BTreeSet<_> = edges.iter().map(topic).collect();
        for cluster in session.clusters_with(&named_after).await? {
            topics.insert(Node::new(Kind::Topic, &clusters.namespace_of(&cluster), &named_after));
        }
        let readers = readers(&links, &topics);
        let lookups =
            session.lookups_of(subject.context(), &ids.iter().copied().collect::<Vec<_>>(), (from, to)).await?;
        let declared_readers = readers_of(&mut session, subject).await?;
        let coverage = self.coverage(&mut session, &topics, Some(within)).await?;
        let writer = |((application, topic, schema), seen)| Writer { application, topic, schema, seen };
        Ok(Usage {
            subject: subject.clone(),
            versions,
            within,
            topics: topics.into_iter().collect(),
            writers: writers.into_iter().map(writer).collect(),
            readers,
            declared_readers,
            lookups,
            registrations: registrations.into_iter().filter(|it| it.action == ACTION).map(registration).collect(),
            coverage,
        })
    }
}

fn topic_of(subject: &SubjectName) -> String {
    let bare = subject.bare();
    bare.strip_suffix("-value").or_else(|| bare.strip_suffix("-key")).unwrap_or(bare).to_owned()
}

fn traffic(edge: &Observation) -> Seen {
    let mut seen = Seen::by(Grade::Produced, edge.first, edge.last);
    (seen.records, seen.bytes, seen.refused) = (edge.records, edge.bytes, edge.refused);
    seen
}

/// Of these topics: who writes to one of them may be known to have read another in the same trace.
fn readers(links: &[tidegate_lineage::graph::Link], topics: &BTreeSet<Node>) -> Vec<Reader> {
    let of_topics = links.iter().filter(|link| topics.contains(&link.from));
    let reader = of_topics.map(|link| {
        let is_group = link.to.kind == Kind::Group;
        let members = links.iter().filter(|it| is_group && it.from == link.to).map(|it| it.to.named.name.to_string());
        let alone = (!is_group).then(|| link.to.named.name.to_string());
        Reader {
            group: is_group.then(|| link.to.named.name.to_string()),
            applications: members.chain(alone).collect(),
            topic: link.from.clone(),
            seen: link.seen.clone(),
        }
    });
    reader.collect()
}

fn registration(entry: tidegate_store::AuditEntry) -> Registration {
    let after: serde_json::Value =
        entry.after.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let id = after["id"].as_i64().and_then(|id| i32::try_from(id).ok()).map(SchemaId);
    Registration { at: entry.at, actor: entry.actor, origin: entry.origin, id, version: after["version"].as_i64() }
}
