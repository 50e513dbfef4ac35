//! What changed around a topic, or anywhere, and when? Schemas, settings and policies, and who appeared or fell silent, on
//! one line.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use tidegate_compat::{PolicyTable, SubjectName, TopicPolicy};
use tidegate_lineage::graph::observed::parties;
use tidegate_lineage::graph::{Kind, Node};
use tidegate_lineage::{Applications, Edge, Millis, Observation, SchemaRef};
use tidegate_store::history::HOUR;
use tidegate_store::{AuditEntry, PolicyVersionRow, Session, Window};

use super::declared_id;
use crate::applications::applications;
use crate::model::now;
use crate::{Registry, Result};

/// How many entries of each kind are looked at, the newest of them.
const MOST: u32 = 500;
/// Who was not seen for so long has fallen silent.
const SILENCE: Millis = HOUR;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub at: Millis,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A schema was registered or deleted, or a setting changed.
    Registry(AuditEntry),
    /// A policy that decides for the topic got another version, or went.
    Policy { name: String, version: i64, is_gone: bool, by: String },
    /// Somebody wrote to the topic or read it for the first time, or with this schema.
    Appeared(Client),
    /// Somebody did so for the last time so far.
    FellSilent(Client),
    /// A flow was declared for the first time.
    Declared { from: Node, to: Node },
}

/// Who does what with the topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    pub application: String,
    pub group: Option<String>,
    pub does_write: bool,
    pub schema: Option<SchemaRef>,
}

impl Registry {
    /// What happened around a topic from one time to before another, the oldest first; and whether there is more.
    pub async fn timeline(&self, topic: &Node, (from, to): (Millis, Millis)) -> Result<(Vec<Happening>, bool)> {
        let mut session = self.store().read().await?;
        let clusters = self.clusters();
        let name = &*topic.named.name;
        let edges = session.topic_edges(name, clusters.cluster_of(&topic.named.namespace)).await?;
        let applications = applications(&mut session).await?;
        let mut found = of_clients(&edges, &applications, (from, to));
        let subjects = subjects_of(&mut session, name, &edges).await?;
        let mut has_more = false;
        for subject in subjects {
            let entries = session.audit_of(&subject, (from, to), MOST).await?;
            has_more |= entries.len() >= MOST as usize;
            found.extend(entries.into_iter().map(|entry| Happening { at: entry.at, what: What::Registry(entry) }));
        }
        let policies = of_policies(&mut session, name, (from, to)).await?;
        has_more |= policies.len() >= MOST as usize;
        found.extend(policies);
        found.extend(of_flows(&mut session, topic, (from, to)).await?);
        found.sort_by_key(|happening| happening.at);
        Ok((found, has_more))
    }

    /// What happened lately to schemas, settings and policies of all there is, from one time to before another, the oldest
    /// first; and whether there may be more.
    pub async fn changes(&self, times: (Millis, Millis)) -> Result<(Vec<Happening>, bool)> {
        let mut session = self.store().read().await?;
        let (entries, is_cut) = session.recent_audit(times, MOST).await?;
        let policies = session.changed_policies(times, MOST).await?;
        let has_more = is_cut || policies.len() >= MOST as usize;
        let told = entries.into_iter().map(|entry| Happening { at: entry.at, what: What::Registry(entry) });
        let mut found: Vec<_> = told.chain(policies.into_iter().map(of_policy)).collect();
        found.sort_by_key(|happening| happening.at);
        Ok((found, has_more))
    }
}

/// The subjects that are named after the topic, their context, and those of the schemas that were written.
async fn subjects_of(session: &mut Session, topic: &str, edges: &[Observation]) -> Result<HashSet<SubjectName>> {
    let mut subjects: HashSet<_> =
        ["-key", "-value"].into_iter().map(|part| SubjectName::parse(&format!("{topic}{part}"))).collect();
    let schemas: BTreeSet<&SchemaRef> = edges.iter().filter_map(schema_of).collect();
    for schema in schemas {
        let usages = session.usages(&schema.context, schema.id, true, Some(10), 0).await?;
        subjects.extend(usages.into_iter().map(|(subject, _)| subject));
    }
    let contexts: HashSet<_> = subjects.iter().map(|it| SubjectName::new(it.context().clone(), "")).collect();
    subjects.extend(contexts);
    Ok(subjects)
}

fn of_clients(edges: &[Observation], applications: &Applications, (from, to): (Millis, Millis)) -> Vec<Happening> {
    let mut clients: BTreeMap<Client, (Millis, Millis)> = BTreeMap::new();
    for (edge, (application, group)) in edges.iter().zip(parties(edges, applications)) {
        let client = Client {
            application: application.name.to_owned(),
            group: group.filter(|_| !edge.edge.does_write()).map(ToOwned::to_owned),
            does_write: edge.edge.does_write(),
            schema: schema_of(edge).cloned(),
        };
        let times = clients.entry(client).or_insert((edge.first, edge.last));
        *times = (times.0.min(edge.first), times.1.max(edge.last));
    }
    let is_within = |at: Millis| (from..to).contains(&at);
    let mut found = Vec::new();
    for (client, (first, last)) in clients {
        if is_within(first) {
            found.push(Happening { at: first, what: What::Appeared(client.clone()) });
        }
        if is_within(last) && last.saturating_add(SILENCE) < now() {
            found.push(Happening { at: last, what: What::FellSilent(client) });
        }
    }
    found
}

async fn of_policies(session: &mut Session, topic: &str, times: (Millis, Millis)) -> Result<Vec<Happening>> {
    let decides =
        |policy: &TopicPolicy| PolicyTable::of([policy.clone()]).is_ok_and(|table| table.find(topic).is_some());
    let mut found = Vec::new();
    for (name, row) in session.changed_policies(times, MOST).await? {
        let before = session.policy_history(&name, row.version, 1).await?.pop().and_then(|row| row.policy);
        if [&row.policy, &before].into_iter().flatten().any(decides) {
            found.push(of_policy((name, row)));
        }
    }
    Ok(found)
}

fn of_policy((name, row): (String, PolicyVersionRow)) -> Happening {
    let what = What::Policy { name, version: row.version, is_gone: row.policy.is_none(), by: row.changed_by };
    Happening { at: row.changed_at, what }
}

async fn of_flows(session: &mut Session, topic: &Node, (from, to): (Millis, Millis)) -> Result<Vec<Happening>> {
    let ids: Vec<String> = declared_id(topic).into_iter().collect();
    let flows = session.flows_within(&ids, Window { from, to, span: HOUR }).await?;
    let fresh: Vec<_> = flows.into_iter().filter(|flow| (from..to).contains(&flow.first_seen)).collect();
    let ends: BTreeSet<String> = fresh.iter().flat_map(|flow| [flow.source.clone(), flow.target.clone()]).collect();
    let rows = session.declared_nodes(&ends.into_iter().collect::<Vec<_>>()).await?;
    let nodes: BTreeMap<String, Node> = rows.into_iter().map(|row| (row.id, Node::of(&row.entity))).collect();
    let told = fresh.into_iter().filter_map(|flow| {
        let (from, to) = (nodes.get(&flow.source)?.clone(), nodes.get(&flow.target)?.clone());
        let is_by_a_job = from.kind == Kind::Job || to.kind == Kind::Job;
        is_by_a_job.then_some(Happening { at: flow.first_seen, what: What::Declared { from, to } })
    });
    Ok(told.collect())
}

fn schema_of(edge: &Observation) -> Option<&SchemaRef> {
    match &edge.edge {
        Edge::Produces { schema } => schema.as_ref(),
        Edge::Transacts { .. } | Edge::Traced { .. } | Edge::Consumes { .. } => None,
    }
}
