//! How fast is lineage told of a large estate? Graphs around random topics and the fields that random fields are made of.
//!
//! Run by `make bench`: 100,000 topics with a million edges between them, applications, groups and jobs, and a million pairs
//! of columns, on SQLite and on PostgreSQL, with the server on one core. In turn with graphs, edges of as many topics are
//! read from the bare table, each by its key.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::estate::{Estate, LAYERS, NAMESPACE};
use tidegate_tests::load::http::{self, Status};
use tidegate_tests::load::{seats, stats};
use tidegate_tests::registry::Database;

const ESTATE: Estate = Estate { topics: 100_000, applications: 40_000, jobs: 10_000, wide: 112 };
const DEPTH: usize = 10;
const NODES: usize = 500;
/// Half and all but one of a hundred are to be told within so many milliseconds from memory, and all within so many from SQL.
const GOAL: [(&str, f64); 4] = [("p50", 2.0), ("p99", 25.0), ("from SQL", 500.0), ("in memory after", 3_000.0)];
/// The same for columns.
const COLUMNS_GOAL: f64 = 50.0;

fn main() -> io::Result<()> {
    let (asked, starts) = if seats::is_quick() { (60, 1) } else { (600, 3) };
    let core = seats::pin();
    let conditions = seats::conditions(core);
    println!("{conditions}");
    println!(
        "\n{} topics, {} edges, {} pairs of columns; {asked} graphs of at most {NODES} nodes, {DEPTH} deep; milliseconds",
        ESTATE.topics,
        ESTATE.edges(),
        ESTATE.columns()
    );
    println!("goals: {GOAL:?}, columns p99 {COLUMNS_GOAL}");
    println!("{:<12}{:<26}{:>9}{:>9}{:>9}{:>9}", "database", "", "p50", "p99", "longest", "nodes");
    let folder = tempfile::tempdir()?;
    let mut rows = Vec::new();
    for database in [Database::Sqlite, Database::Postgres] {
        if database.is_there() {
            rows.extend(measure(database, &database.store(folder.path()), asked, starts, core)?);
        }
    }
    seats::write(env!("CARGO_TARGET_TMPDIR"), "lineage", &json!({"conditions": conditions, "rows": rows}))
}

fn measure(
    database: Database,
    store: &str,
    asked: usize,
    starts: usize,
    core: Option<usize>,
) -> io::Result<Vec<Value>> {
    let server = seats::server()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    {
        let daemon = Daemon::registry(&server, store, None)?;
        runtime.block_on(ESTATE.write(store, daemon.http))?;
    }
    let mut ready = Vec::new();
    for _ in 1..starts {
        let begun = Instant::now();
        drop(Daemon::registry(&server, store, core)?);
        ready.push(begun.elapsed());
    }
    let asker = Daemon::registry_with(&server, store, core, &["lineage.in_memory=false"])?;
    let begun = Instant::now();
    let daemon = Daemon::registry(&server, store, core)?;
    ready.push(begun.elapsed());
    let memory = daemon.memory_now()?;
    let (held_after, links, held) = until_held(&daemon, begun)?;
    let mut told = Vec::new();
    let mut bare = runtime.block_on(Bare::open(store))?;
    let (mut graphs, mut rows, mut columns) = (Asked::default(), Asked::default(), Asked::default());
    let mut from_sql = Asked::default();
    for turn in 0..asked {
        // Spread over all of them, and none twice.
        let number = turn * 7_919 + 17;
        let node = format!("topic:{NAMESPACE}:{}", ESTATE.topic(number));
        let path = format!("/govern/v1/lineage/graph?node={node}&depth={DEPTH}&maxNodes={NODES}");
        let nodes = |answer: &Value| answer["totals"]["nodes"].as_u64();
        let (took, answer) = ask(&daemon, &path)?;
        if turn % 10 == 0 {
            let (took, asked) = ask(&asker, &path)?;
            if asked != answer {
                return Err(io::Error::other(format!("memory and database tell different graphs of {node}")));
            }
            from_sql.note((took, asked), nodes);
        }
        graphs.note((took, answer), nodes);
        let topics: Vec<_> = (0..NODES).map(|place| ESTATE.topic(number + place * 104_729)).collect();
        let begun = Instant::now();
        let found = runtime.block_on(bare.edges(&topics))?;
        rows.took.push(begun.elapsed());
        rows.nodes.push(found as f64);
        let dataset = ESTATE.dataset(LAYERS - 1, turn);
        let path = format!(
            "/api/v1/column-lineage?nodeId=datasetField:bench:{dataset}:{}&depth={DEPTH}",
            Estate::field(turn / ESTATE.wide)
        );
        columns.note(ask(&daemon, &path)?, |answer| answer["graph"].as_array().map(|graph| graph.len() as u64));
    }
    let name = format!("{database:?}");
    for (work, asked) in
        [("graph", &graphs), ("graph from SQL", &from_sql), ("bare edges of 500 topics", &rows), ("columns", &columns)]
    {
        let [p50, p99, longest] = [0.5, 0.99, 1.0].map(|q| stats::millis(&asked.took, q));
        let nodes = stats::median(&asked.nodes);
        println!("{name:<12}{work:<26}{p50:>9.2}{p99:>9.2}{longest:>9.2}{nodes:>9.0}");
        told.push(json!({"database": name, "work": work, "p50_ms": p50, "p99_ms": p99, "longest_ms": longest,
            "nodes": nodes}));
    }
    let ready = stats::millis(&ready, 0.5);
    let (held_after, held, after) = (held_after.as_secs_f64(), held / 1e6, daemon.memory_now()?);
    println!(
        "{name:<12}ready after {ready:.0} ms, {links} links in memory after {held_after:.1} s, {held:.0} MB beyond the names; \
         resident {memory:.0} MB, then {after:.0} MB"
    );
    told.push(json!({"database": name, "work": "start", "p50_ms": ready, "held_after_s": held_after, "links": links,
        "held_mb": held, "resident_mb": memory, "resident_after_mb": after}));
    Ok(told)
}

/// How long answers took, and how much was in them.
#[derive(Default)]
struct Asked {
    took: Vec<Duration>,
    nodes: Vec<f64>,
}

impl Asked {
    fn note(&mut self, (took, answer): (Duration, Value), of: impl Fn(&Value) -> Option<u64>) {
        self.took.push(took);
        self.nodes.push(of(&answer).unwrap_or_default() as f64);
    }
}

/// Waits until lineage is held in memory: since when, how many links, and in how many bytes.
fn until_held(daemon: &Daemon, begun: Instant) -> io::Result<(Duration, u64, f64)> {
    const METRICS: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n";
    while begun.elapsed() < Duration::from_secs(120) {
        let (_, page) = http::ask_once(daemon.http, METRICS, Status::Ok)?;
        let page = String::from_utf8_lossy(&page);
        let number = |name: &str| {
            let line = page.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
        };
        let links = number("tidegate_lineage_held_links");
        if links > 0 {
            return Ok((begun.elapsed(), links, number("tidegate_lineage_held_bytes") as f64));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(io::Error::other("lineage is not held in memory"))
}

fn ask(daemon: &Daemon, path: &str) -> io::Result<(Duration, Value)> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");
    let (took, answer) = http::ask_once(daemon.http, request.as_bytes(), Status::Ok)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |place| place + 4);
    Ok((took, serde_json::from_slice(&answer[head..])?))
}

/// The table of edges without anything around it.
enum Bare {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Bare {
    async fn open(store: &str) -> io::Result<Self> {
        Ok(if store.starts_with("sqlite") {
            Self::Sqlite(SqliteConnection::connect(store).await.map_err(io::Error::other)?)
        } else {
            Self::Postgres(PgConnection::connect(store).await.map_err(io::Error::other)?)
        })
    }

    /// How many edges topics have, all columns of which are read.
    async fn edges(&mut self, topics: &[String]) -> io::Result<usize> {
        const EDGES: &str = "SELECT * FROM lineage_edges WHERE topic = $1 AND cluster = 'main'";
        let mut found = 0;
        for topic in topics {
            found += match self {
                Self::Postgres(connection) => {
                    sqlx::query(EDGES).bind(topic).fetch_all(connection).await.map(|it| it.len())
                }
                Self::Sqlite(connection) => {
                    sqlx::query(EDGES).bind(topic).fetch_all(connection).await.map(|it| it.len())
                }
            }
            .map_err(io::Error::other)?;
        }
        Ok(found)
    }
}
