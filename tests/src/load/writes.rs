//! How many rows does a database keep for many writers, and how many schemas does the registry?
//!
//! Each writer writes again as soon as the last write was acknowledged. A bare row is as long as a schema, has a key, and
//! is a transaction of its own. A bare registration is the transaction that any registry must make in one form or another:
//! it takes the next id, and inserts a content, a version and a line of the audit.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, PgConnection, SqlitePool};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::http::{Status, read_answer};

const TABLES: [&str; 6] = [
    "CREATE TABLE IF NOT EXISTS bare (id BIGINT NOT NULL PRIMARY KEY, payload TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS bare_ids (last BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS bare_contents (id BIGINT NOT NULL PRIMARY KEY, print TEXT NOT NULL UNIQUE, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS bare_versions (subject TEXT NOT NULL, version INTEGER NOT NULL, id BIGINT NOT NULL, \
         PRIMARY KEY (subject, version))",
    "CREATE TABLE IF NOT EXISTS bare_audit (id BIGINT NOT NULL PRIMARY KEY, line TEXT NOT NULL)",
    "INSERT INTO bare_ids (last) VALUES (0)",
];
const INSERT: &str = "INSERT INTO bare (id, payload) VALUES ($1, $2)";
const NEXT_ID: &str = "UPDATE bare_ids SET last = last + 1 RETURNING last";
const INSERT_CONTENT: &str = "INSERT INTO bare_contents (id, print, body) VALUES ($1, $2, $3)";
const INSERT_VERSION: &str = "INSERT INTO bare_versions (subject, version, id) VALUES ($1, 1, $2)";
const INSERT_AUDIT: &str = "INSERT INTO bare_audit (id, line) VALUES ($1, $2)";

/// What is written without a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bare {
    Row,
    Registration,
}

/// One transaction, on whatever holds it.
macro_rules! register_on {
    ($transaction:expr, $key:expr, $payload:expr) => {{
        let mut transaction = $transaction;
        let (id,): (i64,) = sqlx::query_as(NEXT_ID).fetch_one(&mut *transaction).await?;
        let content = sqlx::query(INSERT_CONTENT).bind(id).bind($key).bind($payload);
        content.execute(&mut *transaction).await?;
        sqlx::query(INSERT_VERSION).bind($key).bind(id).execute(&mut *transaction).await?;
        sqlx::query(INSERT_AUDIT).bind(id).bind($key).execute(&mut *transaction).await?;
        transaction.commit().await
    }};
}

/// What one writer brings at each of its turns: a subject, and a schema for it.
pub type Schemas = Arc<dyn Fn(usize, usize) -> (String, String) + Send + Sync>;

/// Where rows are inserted: a connection for each writer on PostgreSQL, and the one that may write on SQLite.
pub enum Rows {
    Postgres(Vec<PgConnection>),
    Sqlite(SqlitePool),
}

impl Rows {
    /// Connects to the database that is behind a store, and makes the table.
    pub async fn open(store: &str, writers: usize) -> io::Result<Self> {
        let Some(file) = store.strip_prefix("sqlite://") else {
            let mut connections = Vec::new();
            for _ in 0..writers {
                connections.push(PgConnection::connect(store).await.map_err(io::Error::other)?);
            }
            if let Some(first) = connections.first_mut() {
                for table in TABLES {
                    first.execute(table).await.map_err(io::Error::other)?;
                }
            }
            return Ok(Self::Postgres(connections));
        };
        // A file of its own, kept as the registry keeps its own: writers of two processes would wait for each other.
        let options = SqliteConnectOptions::new()
            .filename(format!("{file}.bare"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(io::Error::other)?;
        for table in TABLES {
            pool.execute(table).await.map_err(io::Error::other)?;
        }
        Ok(Self::Sqlite(pool))
    }

    /// Writes for so long; answers how long each write took. `run` tells what one run writes from what others do.
    pub async fn insert(
        &mut self,
        bare: Bare,
        run: usize,
        writers: usize,
        payload: &str,
        time: Duration,
    ) -> io::Result<Vec<Duration>> {
        let end = Instant::now() + time;
        let id = move |writer: usize, turn: usize| (((run * writers + writer) << 32) | turn) as i64;
        let mut tasks = Vec::new();
        match self {
            Self::Postgres(connections) => {
                for (writer, mut connection) in connections.drain(..).enumerate() {
                    let payload = payload.to_owned();
                    tasks.push(tokio::spawn(async move {
                        let mut latencies = Vec::new();
                        while let Some(begun) = not_after(end) {
                            let key = id(writer, latencies.len());
                            let written: Result<(), sqlx::Error> = match bare {
                                Bare::Row => {
                                    let row = sqlx::query(INSERT).bind(key).bind(&payload);
                                    row.execute(&mut connection).await.map(|_| ())
                                }
                                Bare::Registration => {
                                    async { register_on!(connection.begin().await?, key.to_string(), &payload) }.await
                                }
                            };
                            written.map_err(io::Error::other)?;
                            latencies.push(begun.elapsed());
                        }
                        Ok::<_, io::Error>((Some(connection), latencies))
                    }));
                }
            }
            Self::Sqlite(pool) => {
                for writer in 0..writers {
                    let (pool, payload) = (pool.clone(), payload.to_owned());
                    tasks.push(tokio::spawn(async move {
                        let mut latencies = Vec::new();
                        while let Some(begun) = not_after(end) {
                            let key = id(writer, latencies.len());
                            let written: Result<(), sqlx::Error> = match bare {
                                Bare::Row => {
                                    let row = sqlx::query(INSERT).bind(key).bind(&payload);
                                    row.execute(&pool).await.map(|_| ())
                                }
                                Bare::Registration => {
                                    async { register_on!(pool.begin().await?, key.to_string(), &payload) }.await
                                }
                            };
                            written.map_err(io::Error::other)?;
                            latencies.push(begun.elapsed());
                        }
                        Ok::<_, io::Error>((None, latencies))
                    }));
                }
            }
        }
        let mut all = Vec::new();
        for task in tasks {
            let (connection, latencies) = task.await.map_err(io::Error::other)??;
            all.extend(latencies);
            if let (Self::Postgres(connections), Some(connection)) = (&mut *self, connection) {
                connections.push(connection);
            }
        }
        Ok(all)
    }
}

/// Registers schemas for so long, on a connection of each writer; answers how long each took. `first` is the number of each
/// writer's first turn; the second answer is how many turns each has had.
pub async fn register(
    address: SocketAddr,
    writers: usize,
    first: &[usize],
    schemas: &Schemas,
    time: Duration,
) -> io::Result<(Vec<Duration>, Vec<usize>)> {
    let end = Instant::now() + time;
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let (schemas, first) = (Arc::clone(schemas), first.get(writer).copied().unwrap_or(0));
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut answer = Vec::with_capacity(4 << 10);
            let mut latencies = Vec::new();
            while let Some(begun) = not_after(end) {
                let (subject, schema) = schemas(writer, first + latencies.len());
                stream.write_all(request(&subject, &schema).as_bytes()).await?;
                read_answer(&mut stream, &mut answer, Status::Ok).await?;
                latencies.push(begun.elapsed());
            }
            Ok::<_, io::Error>(latencies)
        }));
    }
    let (mut all, mut turns) = (Vec::new(), Vec::new());
    for task in tasks {
        let latencies = task.await.map_err(io::Error::other)??;
        turns.push(latencies.len());
        all.extend(latencies);
    }
    Ok((all, turns))
}

fn not_after(end: Instant) -> Option<Instant> {
    Some(Instant::now()).filter(|now| *now < end)
}

fn request(subject: &str, schema: &str) -> String {
    let body = serde_json::json!({ "schema": schema }).to_string();
    let length = body.len();
    format!(
        "POST /subjects/{subject}/versions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}
