//! Who writes and reads a topic, in which schema versions? And what did a proxy elsewhere see?

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_api::ErrorCode;
use tidegate_api::lineage::{
    Client, Consumer, ObservationReport, Producer, RecentSchema, RecentSchemas, SchemaTraffic, SchemaVersionSeen,
    SurveyReport, TopicLineage,
};
use tidegate_lineage::{Edge, Evidence, Identity, Millis, Observation, SchemaRef};
use tidegate_registry::Right;
use tidegate_registry::lineage::SeenEdge;

use crate::adapters::{from_wire, survey_from_wire};
use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::Topic;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::timestamp::rfc3339;

/// How many schemas are told at most.
const MOST_SCHEMAS: i64 = 1_000;

pub(in crate::http) async fn topic(
    State(api): State<Api>,
    Asking(access): Asking,
    Topic(topic): Topic,
    query: Query,
) -> Answer<TopicLineage> {
    let edges = api.registry.topic_edges(&topic, query.text("cluster")).await?;
    // Whoever may read this topic is not told the names of others.
    let may_know = |other: &str| access.demand_topic(Right::Read, other).is_ok();
    Ok(Json(grouped(topic, edges, may_know)))
}

pub(in crate::http) async fn schemas(State(api): State<Api>, query: Query) -> Answer<RecentSchemas> {
    let most = query.number("limit")?.unwrap_or(MOST_SCHEMAS).clamp(1, MOST_SCHEMAS);
    let most = usize::try_from(most).unwrap_or_default();
    let seen = api.registry.recent_schemas(query.text("cluster"), most).await?;
    let told = seen.into_iter().map(|(schema, last)| RecentSchema {
        context: schema.context.to_string(),
        id: schema.id.0,
        last_seen: rfc3339(last),
    });
    Ok(Json(RecentSchemas { schemas: told.collect() }))
}

pub(in crate::http) async fn observe(
    State(api): State<Api>,
    Json(report): Json<ObservationReport>,
) -> Result<StatusCode, Failure> {
    let observations: Result<Vec<_>, _> = report.observations.into_iter().map(from_wire).collect();
    let observations = observations.map_err(|reason| Failure::new(ErrorCode::UnprocessableEntity, reason))?;
    api.registry.observe(&observations).await?;
    api.feed.observed(&observations);
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn survey(
    State(api): State<Api>,
    Json(report): Json<SurveyReport>,
) -> Result<StatusCode, Failure> {
    let survey = survey_from_wire(report);
    let survey = survey.map_err(|reason| Failure::new(ErrorCode::UnprocessableEntity, reason))?;
    api.registry.survey(&survey).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Edges by producer, by schema version and by consumer. They come sorted by first seen, and so it stays.
fn grouped(topic: String, edges: Vec<SeenEdge>, may_know: impl Fn(&str) -> bool) -> TopicLineage {
    let mut producers: Groups<Client, Written> = Groups::default();
    let mut versions: Groups<SchemaVersion, Total> = Groups::default();
    let mut consumers: Groups<(Option<String>, Client), (Total, BTreeSet<Evidence>)> = Groups::default();
    let mut whole = Total::default();
    let clusters: BTreeSet<_> = edges.iter().map(|edge| edge.seen.topic.cluster.to_string()).collect();
    for edge in &edges {
        whole.add(&edge.seen);
        let client = client(&edge.seen.identity);
        match &edge.seen.edge {
            Edge::Produces { schema } => {
                let written = producers.of(client);
                written.total.add(&edge.seen);
                if let Some(schema) = schema {
                    let version = SchemaVersion::of(schema, edge);
                    written.schemas.push(traffic(&version, &edge.seen));
                    versions.of(version).add(&edge.seen);
                }
            }
            Edge::Transacts { group } => {
                let written = producers.of(client);
                written.total.add(&edge.seen);
                written.groups.insert(group.to_string());
            }
            Edge::Traced { from, .. } => {
                let written = producers.of(client);
                written.total.add(&edge.seen);
                written.traced_from.extend(may_know(from).then(|| from.to_string()));
            }
            Edge::Consumes { group, evidence } => {
                let (total, evidences) = consumers.of((group.as_ref().map(ToString::to_string), client));
                total.add(&edge.seen);
                evidences.insert(*evidence);
            }
        }
    }
    TopicLineage {
        topic,
        cluster: clusters.first().filter(|_| clusters.len() == 1).cloned(),
        producers: producers.items.into_iter().map(producer).collect(),
        schema_versions: versions.items.into_iter().map(version_seen).collect(),
        consumers: consumers.items.into_iter().map(consumer).collect(),
        first_seen: (!edges.is_empty()).then(|| rfc3339(whole.first)),
        last_seen: (!edges.is_empty()).then(|| rfc3339(whole.last)),
    }
}

/// Values by key, in the order in which the keys first came.
struct Groups<K, V> {
    index: HashMap<K, usize>,
    items: Vec<(K, V)>,
}

impl<K, V> Default for Groups<K, V> {
    fn default() -> Self {
        Self { index: HashMap::new(), items: Vec::new() }
    }
}

impl<K: Hash + Eq + Clone, V: Default> Groups<K, V> {
    fn of(&mut self, key: K) -> &mut V {
        let index = *self.index.entry(key.clone()).or_insert(self.items.len());
        if index == self.items.len() {
            self.items.push((key, V::default()));
        }
        &mut self.items[index].1
    }
}

/// A schema by id, with the name that the registry has for it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct SchemaVersion {
    id: i32,
    context: String,
    subject: Option<String>,
    version: Option<i32>,
}

impl SchemaVersion {
    fn of(schema: &SchemaRef, edge: &SeenEdge) -> Self {
        let name = edge.schema.as_ref();
        Self {
            id: schema.id.0,
            context: schema.context.to_string(),
            subject: name.map(|(subject, _)| subject.to_string()),
            version: name.map(|(_, version)| version.0),
        }
    }
}

/// Sums over several edges.
#[derive(Debug, Clone, Copy)]
struct Total {
    records: u64,
    bytes: u64,
    refused: u64,
    first: Millis,
    last: Millis,
}

impl Default for Total {
    fn default() -> Self {
        Self { records: 0, bytes: 0, refused: 0, first: Millis::MAX, last: Millis::MIN }
    }
}

impl Total {
    fn add(&mut self, seen: &Observation) {
        self.records = self.records.saturating_add(seen.records);
        self.bytes = self.bytes.saturating_add(seen.bytes);
        self.refused = self.refused.saturating_add(seen.refused);
        self.first = self.first.min(seen.first);
        self.last = self.last.max(seen.last);
    }
}

/// What one client wrote.
#[derive(Default)]
struct Written {
    total: Total,
    schemas: Vec<SchemaTraffic>,
    /// For which groups it did so in transactions.
    groups: BTreeSet<String>,
    /// From which topics traces led here.
    traced_from: BTreeSet<String>,
}

fn client(identity: &Identity) -> Client {
    Client {
        client_id: identity.client_id.to_string(),
        software: identity.software.to_string(),
        principal: identity.principal.to_string(),
        address: identity.address.to_string(),
    }
}

fn producer((client, Written { total, schemas, groups, traced_from }): (Client, Written)) -> Producer {
    Producer {
        client,
        schemas,
        groups: groups.into_iter().collect(),
        traced_from: traced_from.into_iter().collect(),
        records: total.records,
        bytes: total.bytes,
        refused: total.refused,
        first_seen: rfc3339(total.first),
        last_seen: rfc3339(total.last),
    }
}

fn traffic(schema: &SchemaVersion, seen: &Observation) -> SchemaTraffic {
    let SchemaVersion { id, context, subject, version } = schema.clone();
    SchemaTraffic {
        id,
        context,
        subject,
        version,
        records: seen.records,
        bytes: seen.bytes,
        refused: seen.refused,
        first_seen: rfc3339(seen.first),
        last_seen: rfc3339(seen.last),
    }
}

fn version_seen((schema, total): (SchemaVersion, Total)) -> SchemaVersionSeen {
    let SchemaVersion { id, context, subject, version } = schema;
    let (first_seen, last_seen) = (rfc3339(total.first), rfc3339(total.last));
    SchemaVersionSeen { id, context, subject, version, records: total.records, first_seen, last_seen }
}

fn consumer(((group, client), (total, evidence)): ((Option<String>, Client), (Total, BTreeSet<Evidence>))) -> Consumer {
    Consumer {
        group,
        client,
        evidence: evidence.into_iter().map(|evidence| evidence.as_str().to_owned()).collect(),
        first_seen: rfc3339(total.first),
        last_seen: rfc3339(total.last),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tidegate_compat::{ContextName, SchemaId, SubjectName, Version};
    use tidegate_lineage::TopicRef;

    use super::*;

    fn edge(client: &str, edge: Edge, records: u64, first: Millis) -> SeenEdge {
        let seen = Observation {
            identity: Arc::new(Identity { client_id: client.into(), ..Identity::default() }),
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            edge,
            records,
            bytes: records * 10,
            refused: 1,
            first,
            last: first + 1000,
        };
        SeenEdge { seen, schema: Some((SubjectName::parse("orders-value"), Version(1))) }
    }

    fn produces(id: i32) -> Edge {
        Edge::Produces { schema: Some(SchemaRef { context: ContextName::default_context(), id: SchemaId(id) }) }
    }

    fn consumes(evidence: Evidence) -> Edge {
        Edge::Consumes { group: Some("billing".into()), evidence }
    }

    #[test]
    fn edges_are_summed_by_producer_version_and_consumer() {
        let lineage = grouped(
            "orders".into(),
            vec![
                edge("shop", produces(1), 5, 0),
                edge("kiosk", produces(1), 7, 1),
                edge("shop", Edge::Produces { schema: None }, 2, 2),
                edge("reader", consumes(Evidence::Committed), 0, 3),
                edge("reader", consumes(Evidence::Subscribed), 0, 4),
                edge("shop", Edge::Transacts { group: "billing".into() }, 0, 5),
                edge("shop", Edge::Traced { from: "carts".into(), group: None }, 0, 5),
                edge("shop", Edge::Traced { from: "salaries".into(), group: None }, 0, 5),
            ],
            |topic| topic != "salaries",
        );
        assert_eq!(lineage.cluster.as_deref(), Some("main"));
        let clients: Vec<_> = lineage.producers.iter().map(|p| (p.client.client_id.as_str(), p.records)).collect();
        assert_eq!(clients, [("shop", 7), ("kiosk", 7)]);
        assert_eq!(lineage.producers[0].schemas.len(), 1);
        assert_eq!(
            (&*lineage.producers[0].groups, &*lineage.producers[1].groups),
            (&["billing".to_owned()][..], &[][..])
        );
        assert_eq!(
            (&*lineage.producers[0].traced_from, &*lineage.producers[1].traced_from),
            (&["carts".to_owned()][..], &[][..])
        );
        assert_eq!(lineage.schema_versions.len(), 1);
        assert_eq!(lineage.schema_versions[0].records, 12);
        assert_eq!(lineage.schema_versions[0].subject.as_deref(), Some("orders-value"));
        assert_eq!(lineage.consumers.len(), 1);
        assert_eq!(lineage.consumers[0].evidence, ["subscribed", "committed"]);
        assert_eq!(lineage.last_seen.as_deref(), Some("1970-01-01T00:00:01.005Z"));
    }

    #[test]
    fn a_topic_that_nobody_saw_is_empty() {
        let lineage = grouped("silent".into(), Vec::new(), |_| true);
        assert!(lineage.producers.is_empty() && lineage.consumers.is_empty());
        assert_eq!((lineage.cluster, lineage.first_seen), (None, None));
    }
}
