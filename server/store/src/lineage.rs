//! Who was seen to write and read which topic, and how much?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use tidegate_compat::{ContextName, SchemaId};
use tidegate_lineage::graph::Grade;
use tidegate_lineage::{Application, Edge, Evidence, Identity, Millis, Observation, Pattern, SchemaRef, TopicRef};

use crate::declared::hash;
use crate::error::plain;
use crate::history::Passed;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, addend, on_both, sum, unsigned};
use crate::subjects::context_of;
use crate::{Error, Result, Tx};

/// Rows per statement: 17 parameters each, and SQLite takes 32 766.
const CHUNK: usize = 500;
const COLUMNS: usize = 17;

/// The identity of an edge, in the order of its columns. Text is empty, and the id 0, where a column does not apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    cluster: String,
    topic: String,
    direction: &'static str,
    client_id: String,
    software: String,
    principal: String,
    address: String,
    schema_context: String,
    schema_id: i32,
    consumer_group: String,
    evidence: &'static str,
    source: String,
}

#[derive(Debug, Clone, Copy)]
struct Sums {
    records: i64,
    bytes: i64,
    refused: i64,
    first_seen: i64,
    last_seen: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    cluster: String,
    topic: String,
    direction: String,
    client_id: String,
    software: String,
    principal: String,
    address: String,
    schema_context: String,
    schema_id: i32,
    consumer_group: String,
    evidence: String,
    source: String,
    records: i64,
    bytes: i64,
    refused: i64,
    first_seen: i64,
    last_seen: i64,
}

/// With a group and its evidence: in transactions for that group. With a source: in traces that passed that topic before.
const PRODUCES: &str = "produces";
const CONSUMES: &str = "consumes";

const UPSERT_HEAD: &str = "INSERT INTO lineage_edges (cluster, topic, direction, client_id, software, principal, address, \
     schema_context, schema_id, consumer_group, evidence, source, records, bytes, refused, first_seen, last_seen) VALUES ";

const UPSERT_TAIL: &str = concat!(
    " ON CONFLICT (topic, cluster, direction, client_id, software, principal, address, \
     schema_context, schema_id, consumer_group, evidence, source) DO UPDATE SET ",
    sum!("lineage_edges", "records"),
    ", ",
    sum!("lineage_edges", "bytes"),
    ", ",
    sum!("lineage_edges", "refused"),
    ", \
     first_seen = CASE WHEN lineage_edges.first_seen < excluded.first_seen \
         THEN lineage_edges.first_seen ELSE excluded.first_seen END, \
     last_seen = CASE WHEN lineage_edges.last_seen > excluded.last_seen \
         THEN lineage_edges.last_seen ELSE excluded.last_seen END"
);

/// The columns of an edge.
macro_rules! edge {
    () => {
        "cluster, topic, direction, client_id, software, principal, address, schema_context, schema_id, consumer_group, \
         evidence, source, records, bytes, refused, first_seen, last_seen"
    };
}

/// How many edges of one topic, or of one client, are looked at when many are.
static OF_TOPICS: Statement = Statement::new(|| {
    let query = concat!("SELECT ", edge!(), " FROM lineage_edges WHERE topic = $1 AND cluster = $2 LIMIT 2000");
    Texts::union(&format!("SELECT * FROM ({query}) AS edges"), 2, "")
});

/// What came of a topic. The second condition is that of the index.
static FROM_TOPICS: Statement = Statement::new(|| {
    let query = concat!(
        "SELECT ",
        edge!(),
        " FROM lineage_edges WHERE source = $1 AND source <> '' AND cluster = $2 LIMIT 2000"
    );
    Texts::union(&format!("SELECT * FROM ({query}) AS edges"), 2, "")
});

/// All that clients of one id did on a topic, in one direction.
static BESIDE: Statement = Statement::new(|| {
    let query = concat!(
        "SELECT ",
        edge!(),
        " FROM lineage_edges WHERE topic = $1 AND cluster = $2 AND direction = $3 AND client_id = $4 LIMIT 2000"
    );
    Texts::union(&format!("SELECT * FROM ({query}) AS edges"), 4, "")
});

/// The order is that of an index. Without it, PostgreSQL goes through all edges for a cluster that has none, since it expects
/// to find one at once.
static CLUSTERS: Statement = Statement::new(|| {
    let query = "SELECT cluster FROM lineage_edges WHERE cluster = $1 ORDER BY cluster, client_id LIMIT 1";
    Texts::union(&format!("SELECT * FROM ({query}) AS seen"), 1, "")
});

static WITH_SCHEMA: Statement = Statement::new(|| {
    let query =
        "SELECT DISTINCT topic, cluster FROM lineage_edges WHERE schema_context = $1 AND schema_id = $2 LIMIT 200";
    Texts::union(&format!("SELECT * FROM ({query}) AS topics"), 2, "")
});

static OF_CLIENTS: Statement = Statement::new(|| {
    let by = |column: &str, condition: &str| {
        let query = concat!("SELECT ", edge!(), " FROM lineage_edges WHERE");
        format!("SELECT * FROM ({query} {column} = $1 AND cluster = $2{condition} LIMIT 2000) AS by_{column}")
    };
    // Who gives a client id never goes by its address. The condition is that of the index.
    let ways =
        [by("client_id", ""), by("consumer_group", ""), by("principal", ""), by("address", " AND client_id = ''")];
    Texts::union(&ways.join(" UNION ALL "), 2, "")
});

/// The edges of those whose name begins so; in which column it stands is known when the statement is made.
macro_rules! in_range {
    ($column:literal) => {
        Statement::new(|| {
            let query = concat!(
                "SELECT ",
                edge!(),
                " FROM lineage_edges WHERE ",
                $column,
                " >= $1 AND ",
                $column,
                " <= $2 LIMIT 2000"
            );
            Texts::union(&format!("SELECT * FROM ({query}) AS edges"), 2, "")
        })
    };
}

static OF_PRINCIPALS: Statement = in_range!("principal");
static OF_CLIENT_IDS: Statement = in_range!("client_id");
static OF_GROUPS: Statement = in_range!("consumer_group");

const OF_TOPIC: &str = "SELECT cluster, topic, direction, client_id, software, principal, address, schema_context, \
     schema_id, consumer_group, evidence, source, records, bytes, refused, first_seen, last_seen FROM lineage_edges \
     WHERE topic = $1 AND ($2 IS NULL OR cluster = $2) \
     ORDER BY first_seen, cluster, direction, client_id, software, principal, address, schema_context, schema_id, \
     consumer_group, evidence, source";

/// Of all topics behind one, as they are sorted by the key.
pub(crate) const EVERY_EDGE: &str = concat!(
    "SELECT ",
    edge!(),
    " FROM lineage_edges WHERE (topic, cluster) > ($1, $2) ORDER BY topic, cluster LIMIT $3"
);

const RECENT_SCHEMAS: &str = "SELECT schema_context, schema_id, MAX(last_seen) AS seen FROM lineage_edges \
     WHERE direction = 'produces' AND schema_id <> 0 AND last_seen >= $1 AND ($2 IS NULL OR cluster = $2) \
     GROUP BY schema_context, schema_id ORDER BY seen DESC, schema_context, schema_id LIMIT $3";

impl Session {
    /// The schemas under which records were seen since a moment, on one cluster or on all, and when that was last; those seen
    /// last first, at most so many.
    pub async fn recent_schemas(
        &mut self,
        cluster: Option<&str>,
        since: Millis,
        most: usize,
    ) -> Result<Vec<(SchemaRef, Millis)>> {
        let (cluster, most) = (cluster.map(plain).transpose()?, i64::try_from(most).unwrap_or(i64::MAX));
        let rows: Vec<(String, i32, i64)> = on_both!(self, link => {
            sqlx::query_as(RECENT_SCHEMAS).bind(since).bind(cluster).bind(most).fetch_all(link).await
        })?;
        let read = |(context, id, seen): (String, i32, i64)| {
            Ok((SchemaRef { context: context_of(&context)?, id: SchemaId(id) }, seen))
        };
        rows.into_iter().map(read).collect()
    }

    /// The edges of a topic, on one cluster or on all, by first seen; each with its sums since then.
    pub async fn topic_edges(&mut self, topic: &str, cluster: Option<&str>) -> Result<Vec<Observation>> {
        let (topic, cluster) = (plain(topic)?, cluster.map(plain).transpose()?);
        let rows: Vec<Row> =
            on_both!(self, link => sqlx::query_as(OF_TOPIC).bind(topic).bind(cluster).fetch_all(link).await)?;
        rows.into_iter().map(Row::edge).collect()
    }

    /// The edges of topics, each named with its cluster.
    pub async fn edges_of_topics(&mut self, topics: &[(String, String)]) -> Result<Vec<Observation>> {
        self.edges_by(&OF_TOPICS, topics).await
    }

    /// The edges of traces that passed topics, each named with its cluster, before they came to others.
    pub async fn edges_from_topics(&mut self, topics: &[(String, String)]) -> Result<Vec<Observation>> {
        self.edges_by(&FROM_TOPICS, topics).await
    }

    /// The edges of whoever has one of these names as client id, consumer group, principal or address, each with the
    /// cluster where. An edge may occur more than once.
    pub async fn edges_of_clients(&mut self, names: &[(String, String)]) -> Result<Vec<Observation>> {
        self.edges_by(&OF_CLIENTS, names).await
    }

    /// With edges that name a group, those that don't, of whoever gives the same client id: what is read or written there may
    /// be counted to the group, too. Edges that are among these already occur again.
    pub async fn edges_beside(&mut self, edges: &[Observation]) -> Result<Vec<Observation>> {
        let grouped = edges.iter().filter(|edge| edge.edge.group().is_some());
        let keys: BTreeSet<[&str; 4]> = grouped
            .map(|seen| {
                let direction = if seen.edge.does_write() { PRODUCES } else { CONSUMES };
                [&*seen.topic.topic, &*seen.topic.cluster, direction, &*seen.identity.client_id]
            })
            .collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&BESIDE, &keys) {
            let rows: Vec<Row> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                // No direction is empty.
                for name in piece.iter().chain(std::iter::repeat_n(&[""; 4], blanks)).flatten() {
                    query = query.bind(*name);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows.into_iter().map(Row::edge).collect::<Result<Vec<_>>>()?);
        }
        Ok(found)
    }

    /// The edges that may be those of a declared application, on all clusters: of one kind of name, if there are several,
    /// since all have to fit. An edge may occur more than once.
    pub async fn edges_of_application(&mut self, application: &Application) -> Result<Vec<Observation>> {
        let kinds = [
            (&OF_CLIENT_IDS, &application.client_ids),
            (&OF_GROUPS, &application.groups),
            (&OF_PRINCIPALS, &application.principals),
        ];
        let asked = kinds.into_iter().find(|(_, patterns)| !patterns.is_empty());
        let Some((statement, patterns)) = asked else { return Ok(Vec::new()) };
        let ranges: Vec<_> = patterns.iter().map(Pattern::range).collect();
        self.edges_by(statement, &ranges).await
    }

    /// The topics, each with its cluster, that records with one of these schemas were written to.
    pub async fn topics_with(&mut self, context: &ContextName, ids: &[SchemaId]) -> Result<Vec<(String, String)>> {
        let context = plain(context.as_str())?;
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&WITH_SCHEMA, ids) {
            let rows: Vec<(String, String)> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                // No schema has the id -1.
                for id in piece.iter().map(|id| id.0).chain(std::iter::repeat_n(-1, blanks)) {
                    query = query.bind(context).bind(id);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// Those of these clusters that anything was seen on.
    pub async fn known_clusters(&mut self, clusters: &[String]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&CLUSTERS, clusters) {
            let rows: Vec<(String,)> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for name in piece {
                    query = query.bind(name.as_str());
                }
                for _ in 0..blanks {
                    query = query.bind("");
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows.into_iter().map(|(cluster,)| cluster).filter(|cluster| !cluster.is_empty()));
        }
        Ok(found)
    }

    async fn edges_by(&mut self, statement: &'static Statement, keys: &[(String, String)]) -> Result<Vec<Observation>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(statement, keys) {
            let rows: Vec<Row> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for (name, cluster) in piece {
                    query = query.bind(name.as_str()).bind(cluster.as_str());
                }
                for _ in 0..blanks {
                    // No cluster goes by this name, and no name lies between these two.
                    query = query.bind("\u{1}").bind("");
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows.into_iter().map(Row::edge).collect::<Result<Vec<_>>>()?);
        }
        Ok(found)
    }
}

impl Tx {
    /// Adds observations to what is stored. One edge may occur several times among them.
    pub async fn add_observations(&mut self, observations: &[Observation]) -> Result<()> {
        // Sorted, so that two nodes that flush the same edges never wait for each other in a circle.
        let mut edges: BTreeMap<Key, Sums> = BTreeMap::new();
        for seen in observations {
            let sums = Sums::of(seen);
            edges.entry(Key::of(seen)).and_modify(|known| known.add(sums)).or_insert(sums);
        }
        let edges: Vec<_> = edges.into_iter().collect();
        for chunk in edges.chunks(CHUNK) {
            let sql = AssertSqlSafe(upsert_of(chunk.len()));
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(sql);
                for (key, sums) in chunk {
                    query = query
                        .bind(&key.cluster)
                        .bind(&key.topic)
                        .bind(key.direction)
                        .bind(&key.client_id)
                        .bind(&key.software)
                        .bind(&key.principal)
                        .bind(&key.address)
                        .bind(&key.schema_context)
                        .bind(key.schema_id)
                        .bind(&key.consumer_group)
                        .bind(key.evidence)
                        .bind(&key.source)
                        .bind(sums.records)
                        .bind(sums.bytes)
                        .bind(sums.refused)
                        .bind(sums.first_seen)
                        .bind(sums.last_seen);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        let mut passed: Vec<_> = edges.iter().map(|(key, sums)| sums.passed(key.id())).collect();
        passed.sort_unstable_by(|one, other| one.edge.cmp(&other.edge));
        self.add_history(&passed).await
    }
}

/// Under which id the history has an edge.
pub(crate) fn edge_id(seen: &Observation) -> String {
    Key::of(seen).id()
}

fn upsert_of(rows: usize) -> String {
    let values = |row: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(values).collect();
    format!("{UPSERT_HEAD}{}{UPSERT_TAIL}", rows.join(", "))
}

impl Key {
    fn id(&self) -> String {
        let schema_id = self.schema_id.to_string();
        let named = [
            &*self.cluster,
            &self.topic,
            self.direction,
            &self.client_id,
            &self.software,
            &self.principal,
            &self.address,
            &self.schema_context,
            &schema_id,
            &self.consumer_group,
            self.evidence,
        ];
        // Edges had ids before any had a source, and keep them.
        if self.source.is_empty() { hash(&named) } else { hash(&[&named[..], &[&*self.source]].concat()) }
    }

    fn of(seen: &Observation) -> Self {
        let (direction, schema, evidence, source) = match &seen.edge {
            Edge::Produces { schema } => (PRODUCES, schema.as_ref(), "", None),
            Edge::Transacts { .. } => (PRODUCES, None, Evidence::Transactional.as_str(), None),
            Edge::Traced { from, .. } => (PRODUCES, None, Grade::Traced.as_str(), Some(from)),
            Edge::Consumes { evidence, .. } => (CONSUMES, None, evidence.as_str(), None),
        };
        Self {
            cluster: keepable(&seen.topic.cluster),
            topic: keepable(&seen.topic.topic),
            direction,
            client_id: keepable(&seen.identity.client_id),
            software: keepable(&seen.identity.software),
            principal: keepable(&seen.identity.principal),
            address: keepable(&seen.identity.address),
            schema_context: schema.map(|schema| keepable(schema.context.as_str())).unwrap_or_default(),
            schema_id: schema.map_or(0, |schema| schema.id.0),
            consumer_group: seen.edge.group().map(keepable).unwrap_or_default(),
            evidence,
            source: source.map(|topic| keepable(topic)).unwrap_or_default(),
        }
    }
}

impl Sums {
    fn passed(&self, edge: String) -> Passed {
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Passed {
            edge,
            records: count(self.records),
            bytes: count(self.bytes),
            refused: count(self.refused),
            first: self.first_seen,
            last: self.last_seen,
        }
    }

    fn of(seen: &Observation) -> Self {
        Self {
            records: addend(seen.records),
            bytes: addend(seen.bytes),
            refused: addend(seen.refused),
            first_seen: seen.first,
            last_seen: seen.last,
        }
    }

    fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records).min(i64::MAX / 2);
        self.bytes = self.bytes.saturating_add(other.bytes).min(i64::MAX / 2);
        self.refused = self.refused.saturating_add(other.refused).min(i64::MAX / 2);
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}

impl Row {
    pub(crate) fn edge(self) -> Result<Observation> {
        let group = Some(self.consumer_group).filter(|group| !group.is_empty());
        let edge = match (self.direction.as_str(), group) {
            (PRODUCES, group) if !self.source.is_empty() => {
                Edge::Traced { from: self.source.into(), group: group.map(Arc::from) }
            }
            (PRODUCES, Some(group)) => Edge::Transacts { group: group.into() },
            (PRODUCES, None) if self.schema_id == 0 => Edge::Produces { schema: None },
            (PRODUCES, None) => {
                let schema = SchemaRef { context: context_of(&self.schema_context)?, id: SchemaId(self.schema_id) };
                Edge::Produces { schema: Some(schema) }
            }
            (CONSUMES, group) => {
                let evidence = Evidence::parse(&self.evidence)
                    .ok_or_else(|| Error::Corrupt(format!("'{}' is no evidence of an edge", self.evidence)))?;
                Edge::Consumes { group: group.map(Arc::from), evidence }
            }
            (other, _) => return Err(Error::Corrupt(format!("'{other}' is no direction of an edge"))),
        };
        let identity = Identity {
            client_id: self.client_id.into(),
            software: self.software.into(),
            principal: self.principal.into(),
            address: self.address.into(),
        };
        Ok(Observation {
            identity: Arc::new(identity),
            topic: TopicRef { cluster: self.cluster.into(), topic: self.topic.into() },
            edge,
            records: unsigned(self.records)?,
            bytes: unsigned(self.bytes)?,
            refused: unsigned(self.refused)?,
            first: self.first_seen,
            last: self.last_seen,
        })
    }
}

/// Names come off the wire as clients send them. A NUL in one of them must not make a whole flush fail for ever.
fn keepable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
