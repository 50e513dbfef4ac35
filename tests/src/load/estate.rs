//! How does a bench get an estate so large that lineage has to be quick? Edges that proxies would have seen, written straight
//! into their table; jobs and columns by OpenLineage events through the front door.
//!
//! Nothing is random: whom an application reads from and writes to follows from its number, spread over all topics.

use std::io;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::http::{Status, read_answer};

/// The namespace of the topics: that of a cluster which nobody has configured here.
pub const NAMESPACE: &str = "kafka://main";

/// Each application writes to so many topics, and reads so many others: one edge for what it fetches, and one for what its
/// group has committed.
const WRITTEN: usize = 5;
const READ: usize = 5;
const EDGES: usize = WRITTEN + 2 * READ;
/// So many inputs and outputs a declared job has.
const ENDS: usize = 20;
/// The datasets whose columns are told stand in so many layers. Each field is made of fields of so many datasets of the layer
/// above, in which many of them meet again.
pub const LAYERS: usize = 10;
const PARENTS: usize = 10;
const FIELDS: usize = 100;
/// So many events go out in one request.
const BATCH: usize = 20;
const SENDERS: usize = 4;

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    pub topics: usize,
    pub applications: usize,
    pub jobs: usize,
    /// Datasets in each layer.
    pub wide: usize,
}

impl Estate {
    pub fn topic(self, number: usize) -> String {
        format!("topic-{:06}", number % self.topics)
    }

    /// A dataset of a layer, the first of which has no layer above it.
    pub fn dataset(self, layer: usize, number: usize) -> String {
        format!("layer-{layer}.table-{:04}", number % self.wide)
    }

    pub fn field(number: usize) -> String {
        format!("field_{:02}", number % FIELDS)
    }

    /// How many edges are there, of any kind but columns.
    pub fn edges(self) -> usize {
        self.applications * EDGES + self.jobs * 2 * ENDS
    }

    /// How many columns are made of another one, counted by pairs.
    pub fn columns(self) -> usize {
        (LAYERS - 1) * self.wide * FIELDS * PARENTS
    }

    /// Fills the tables of a store that a server has made, while it runs at this address.
    pub async fn write(self, store: &str, address: SocketAddr) -> io::Result<()> {
        let observed = self.observed();
        if store.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(store).await.map_err(io::Error::other)?;
            connection.execute("PRAGMA synchronous = OFF").await.map_err(io::Error::other)?;
            connection.execute(AssertSqlSafe(observed)).await.map_err(io::Error::other)?;
            connection.close().await.map_err(io::Error::other)?;
        } else {
            let mut connection = PgConnection::connect(store).await.map_err(io::Error::other)?;
            connection.execute(AssertSqlSafe(observed)).await.map_err(io::Error::other)?;
            connection.close().await.map_err(io::Error::other)?;
        }
        self.declare(address).await?;
        if !store.starts_with("sqlite") {
            // What the server would do by itself within a minute.
            let mut connection = PgConnection::connect(store).await.map_err(io::Error::other)?;
            connection.execute("VACUUM ANALYZE").await.map_err(io::Error::other)?;
            connection.close().await.map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// The edges that proxies would have seen, in one statement that both databases understand.
    fn observed(self) -> String {
        let Self { topics, applications, .. } = self;
        let edges = applications * EDGES;
        let committed = WRITTEN + READ;
        format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {edges}), \
             parts AS (SELECT n / {EDGES} AS app, n % {EDGES} AS place FROM numbers), \
             ends AS (SELECT app, place, CASE WHEN place < {WRITTEN} THEN (app * {WRITTEN} + place) % {topics} \
                 ELSE (CAST(app AS BIGINT) * 48271 + ((place - {WRITTEN}) % {READ}) * 7919 + 13) % {topics} END AS topic FROM parts) \
             INSERT INTO lineage_edges (cluster, topic, direction, client_id, software, principal, address, \
                 schema_context, schema_id, consumer_group, evidence, source, records, bytes, refused, first_seen, last_seen) \
             SELECT 'main', 'topic-' || substr(CAST(1000000 + topic AS TEXT), 2), \
                 CASE WHEN place < {WRITTEN} THEN 'produces' ELSE 'consumes' END, 'app-' || CAST(app AS TEXT), 'apache-kafka-java', \
                 'User:team-' || CAST(app % 50 AS TEXT), '10.0.' || CAST(app / 250 % 250 AS TEXT) || '.' || CAST(app % 250 AS TEXT), \
                 CASE WHEN place < {WRITTEN} THEN '.' ELSE '' END, CASE WHEN place < {WRITTEN} THEN topic + 1 ELSE 0 END, \
                 CASE WHEN place >= {committed} THEN 'group-' || CAST(app / 2 AS TEXT) ELSE '' END, \
                 CASE WHEN place < {WRITTEN} THEN '' WHEN place < {committed} THEN 'fetched' ELSE 'committed' END, '', \
                 1000 + app, 100000 + app, 0, 1790000000000 + app, 1790000900000 + app FROM ends"
        )
    }

    /// Events in batches, from a few connections.
    async fn declare(self, address: SocketAddr) -> io::Result<()> {
        let events = self.jobs + (LAYERS - 1) * self.wide;
        let of = move |number: usize| match number.checked_sub(self.jobs) {
            None => self.job(number),
            Some(number) => self.layer(number / self.wide + 1, number % self.wide),
        };
        let senders = (0..SENDERS).map(|sender| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                let mut answer = Vec::new();
                for first in (sender * BATCH..events).step_by(SENDERS * BATCH) {
                    let batch: Vec<_> = (first..(first + BATCH).min(events)).map(of).collect();
                    let body = Value::from(batch).to_string();
                    let head = format!(
                        "POST /api/v1/lineage/batch HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
                         Content-Length: {}\r\n\r\n",
                        body.len()
                    );
                    stream.write_all(head.as_bytes()).await?;
                    stream.write_all(body.as_bytes()).await?;
                    read_answer(&mut stream, &mut answer, Status::NoContent).await?;
                }
                Ok::<_, io::Error>(())
            })
        });
        for sender in senders.collect::<Vec<_>>() {
            sender.await.map_err(io::Error::other)??;
        }
        Ok(())
    }

    /// A job between topics.
    fn job(self, number: usize) -> Value {
        let ends = |prime: usize| -> Vec<Value> {
            let topics = (0..ENDS).map(|place| self.topic(number * 104_729 + place * prime));
            topics.map(|name| json!({"namespace": NAMESPACE, "name": name})).collect()
        };
        event(&format!("job-{number}"), json!(ends(1_299_709)), json!(ends(15_485_863)))
    }

    /// The job that makes a table, with what its fields are made of.
    fn layer(self, layer: usize, number: usize) -> Value {
        let parent = |place: usize| self.dataset(layer - 1, number * 7 + place * 13);
        let fields: Map<String, Value> = (0..FIELDS)
            .map(|field| {
                let inputs = (0..PARENTS)
                    .map(|place| json!({"namespace": "bench", "name": parent(place), "field": Self::field(field)}));
                (Self::field(field), json!({"inputFields": inputs.collect::<Vec<_>>()}))
            })
            .collect();
        let columns = json!({"_producer": PRODUCER, "fields": fields,
            "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"});
        let inputs: Vec<_> = (0..PARENTS).map(|place| json!({"namespace": "bench", "name": parent(place)})).collect();
        let output =
            json!({"namespace": "bench", "name": self.dataset(layer, number), "facets": {"columnLineage": columns}});
        event(&format!("layer-{layer}-{number}"), json!(inputs), json!([output]))
    }
}

const PRODUCER: &str = "https://example.com/bench";

fn event(job: &str, inputs: Value, outputs: Value) -> Value {
    json!({
        "eventTime": "2026-02-28T00:00:00Z", "producer": PRODUCER, "job": {"namespace": "bench", "name": job},
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "inputs": inputs, "outputs": outputs,
    })
}
