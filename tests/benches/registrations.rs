//! How many new schemas a second does the registry take, and how does that compare with inserting bare rows?
//!
//! Run by `make bench`. 32 writers, everything durable, on SQLite and on PostgreSQL. Bare rows, bare registrations (the
//! same transaction without a registry), first versions of new subjects and next versions of subjects that are there are
//! measured in turn, several times, and compared by their medians. What was acknowledged is counted in the database
//! afterwards; a bench in which something is missing is void.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::writes::{Bare, Rows, Schemas, register};
use tidegate_tests::load::{seats, stats};

const WRITERS: usize = 32;
/// How many subjects each writer gives next versions to, one after the other.
const SUBJECTS: usize = 8;
/// The share of bare inserts that registrations are to reach.
const GOAL: f64 = 0.7;

/// What the writers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    BareRows,
    BareRegistrations,
    NewSubjects,
    NextVersions,
}

const WORKS: [Work; 4] = [Work::BareRows, Work::BareRegistrations, Work::NewSubjects, Work::NextVersions];

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::BareRows => "bare rows",
            Self::BareRegistrations => "bare registrations",
            Self::NewSubjects => "first versions",
            Self::NextVersions => "next versions",
        }
    }

    fn schemas(self) -> Schemas {
        Arc::new(move |writer, turn| match self {
            Self::NextVersions => (format!("next-{writer}-{}-value", turn % SUBJECTS), schema(writer, turn)),
            _ => (format!("new-{writer}-{turn}-value"), schema(writer + WRITERS, turn)),
        })
    }
}

/// One measurement.
struct Run {
    rate: f64,
    p50: f64,
    p99: f64,
}

fn main() -> io::Result<()> {
    let (runs, time) = if seats::is_quick() { (2, 500) } else { (5, 2000) };
    let conditions = seats::conditions(None);
    println!("{conditions}");
    println!("\n{WRITERS} writers, all durable; latencies in milliseconds; medians of {runs} runs of {time} ms each");
    println!(
        "{:<12}{:<20}{:>9}{:>9}{:>9}{:>9}{:>10}{:>15}",
        "database", "", "a second", "±", "p50", "p99", "of rows", "of bare reg."
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let mut stores = vec![("SQLite", format!("sqlite://{}", folder.path().join("bench.db").display()))];
    match env::var("TIDEGATE_BENCH_POSTGRES") {
        Ok(url) => stores.push(("PostgreSQL", runtime.block_on(new_database(&url))?)),
        Err(_) => println!("no PostgreSQL: TIDEGATE_BENCH_POSTGRES names none"),
    }
    let mut rows = Vec::new();
    for (database, store) in stores {
        rows.extend(runtime.block_on(measure(database, &store, runs, Duration::from_millis(time)))?);
    }
    seats::write(env!("CARGO_TARGET_TMPDIR"), "registrations", &json!({"conditions": conditions, "rows": rows}))
}

async fn measure(database: &str, store: &str, runs: usize, time: Duration) -> io::Result<Vec<Value>> {
    let daemon = Daemon::registry(&seats::server()?, store, None)?;
    let mut bare = Rows::open(store, WRITERS).await?;
    let payload = schema(0, 0);
    let mut turns = [vec![0; WRITERS], vec![0; WRITERS]];
    let mut measured: [Vec<Run>; 4] = Default::default();
    // The first round is for warming up.
    for run in 0..=runs {
        for (work, measured) in WORKS.into_iter().zip(&mut measured) {
            let latencies = match work {
                Work::BareRows => bare.insert(Bare::Row, run, WRITERS, &payload, time).await?,
                Work::BareRegistrations => bare.insert(Bare::Registration, run, WRITERS, &payload, time).await?,
                Work::NewSubjects | Work::NextVersions => {
                    let turns = &mut turns[usize::from(work == Work::NextVersions)];
                    let (latencies, had) = register(daemon.http, WRITERS, turns, &work.schemas(), time).await?;
                    turns.iter_mut().zip(had).for_each(|(turn, had)| *turn += had);
                    latencies
                }
            };
            if run > 0 {
                let rate = latencies.len() as f64 / time.as_secs_f64();
                measured.push(Run { rate, p50: stats::millis(&latencies, 0.5), p99: stats::millis(&latencies, 0.99) });
            }
        }
    }
    must_all_be_there(store, turns.iter().flatten().sum()).await?;
    let median = |runs: &[Run], of: fn(&Run) -> f64| stats::median(&runs.iter().map(of).collect::<Vec<_>>());
    let [rows, registrations] = [0, 1].map(|place| median(&measured[place], |run| run.rate));
    let rows = WORKS.into_iter().zip(&measured).map(|(work, runs)| {
        let [rate, p50, p99] =
            [|run: &Run| run.rate, |run: &Run| run.p50, |run: &Run| run.p99].map(|of| median(runs, of));
        let spread = stats::spread(&runs.iter().map(|run| run.rate).collect::<Vec<_>>());
        let (of_rows, of_registrations) = (rate / rows, rate / registrations);
        let is_ours = matches!(work, Work::NewSubjects | Work::NextVersions);
        let verdict = if is_ours && of_rows < GOAL { "  below the goal" } else { "" };
        let name = work.name();
        println!(
            "{database:<12}{name:<20}{rate:>9.0}{spread:>9.0}{p50:>9.2}{p99:>9.2}{:>9.0}%{:>14.0}%{verdict}",
            of_rows * 100.0,
            of_registrations * 100.0
        );
        json!({
            "database": database, "work": name, "per_second": rate, "spread": spread, "p50_ms": p50, "p99_ms": p99,
            "of_bare_rows": of_rows, "of_bare_registrations": of_registrations,
        })
    });
    Ok(rows.collect())
}

/// An empty database beside the one of the URL.
async fn new_database(url: &str) -> io::Result<String> {
    let name = format!("registrations_{}", std::process::id());
    let (server, _) = url.rsplit_once('/').ok_or_else(|| io::Error::other("the URL names no database"))?;
    let mut admin = PgConnection::connect(url).await.map_err(io::Error::other)?;
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.map_err(io::Error::other)?;
    Ok(format!("{server}/{name}"))
}

async fn must_all_be_there(store: &str, acknowledged: usize) -> io::Result<()> {
    const COUNT: &str = "SELECT count(*) FROM versions";
    let (count,): (i64,) = if store.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(store).await.map_err(io::Error::other)?;
        sqlx::query_as(COUNT).fetch_one(&mut connection).await.map_err(io::Error::other)?
    } else {
        let mut connection = PgConnection::connect(store).await.map_err(io::Error::other)?;
        sqlx::query_as(COUNT).fetch_one(&mut connection).await.map_err(io::Error::other)?
    };
    if count as usize == acknowledged {
        return Ok(());
    }
    Err(io::Error::other(format!("void: {acknowledged} registrations were acknowledged, {count} versions are there")))
}

/// A record like those of real topics. All are as long as each other, and each may follow each.
fn schema(writer: usize, turn: usize) -> String {
    let fields = ["order_id", "customer", "currency", "country", "channel", "comment"]
        .map(|name| format!(r#"{{"name":"{name}","type":["null","string"],"default":null}}"#));
    format!(
        r#"{{"type":"record","name":"OrderPlaced","namespace":"shop.orders","fields":[{},{{"name":"extra_{writer:03}_{turn:08}","type":["null","long"],"default":null}}]}}"#,
        fields.join(",")
    )
}
