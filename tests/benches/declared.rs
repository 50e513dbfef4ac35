//! How many OpenLineage events a second are taken, and how does that compare with inserting their bare texts?
//!
//! Run by `make bench`. 64 senders with events of 16 KiB, acknowledged when they are durable, on SQLite and on PostgreSQL.
//! Bare rows with the same text, each in a transaction of its own, are measured in turn. What was acknowledged is counted
//! in the database afterwards; a bench in which something is missing is void.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::time::Duration;
use std::{env, io};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::declares::{Job, declare};
use tidegate_tests::load::writes::{Bare, Rows};
use tidegate_tests::load::{seats, stats};

const SENDERS: usize = 64;
/// How many jobs each sender has, one after the other.
const JOBS: usize = 4;
/// What is to be reached: events a second, and milliseconds until the acknowledgement of all but one of a hundred.
const GOAL: (f64, f64) = (2_000.0, 50.0);

/// One measurement.
struct Run {
    rate: f64,
    p50: f64,
    p99: f64,
    /// Milliseconds of the server's CPU for each event.
    cpu: f64,
}

fn main() -> io::Result<()> {
    let (runs, time) = if seats::is_quick() { (2, 1_000) } else { (5, 3_000) };
    let conditions = seats::conditions(None);
    println!("{conditions}");
    println!("\n{SENDERS} senders, all durable; latencies in milliseconds; medians of {runs} runs of {time} ms each");
    println!(
        "{:<12}{:<12}{:>10}{:>8}{:>9}{:>9}{:>14}{:>11}",
        "database", "", "a second", "±", "p50", "p99", "CPU-ms each", "of rows"
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
    seats::write(env!("CARGO_TARGET_TMPDIR"), "declared", &json!({"conditions": conditions, "rows": rows}))
}

async fn measure(database: &str, store: &str, runs: usize, time: Duration) -> io::Result<Vec<Value>> {
    let daemon = Daemon::registry(&seats::server()?, store, None)?;
    let mut bare = Rows::open(store, SENDERS).await?;
    let payload = String::from_utf8_lossy(Job::new(0).next_event()).into_owned();
    let of_sender = |sender: usize| (0..JOBS).map(|job| Job::new(sender * JOBS + job)).collect::<Vec<_>>();
    let mut senders: Vec<_> = (0..SENDERS).map(of_sender).collect();
    let mut measured: [Vec<Run>; 2] = Default::default();
    let mut acknowledged = 0;
    // The first round is for warming up.
    for run in 0..=runs {
        for (place, measured) in measured.iter_mut().enumerate() {
            let before = daemon.cpu()?;
            let latencies = if place == 0 {
                bare.insert(Bare::Row, run, SENDERS, &payload, time).await?
            } else {
                declare(daemon.http, &mut senders, time).await?
            };
            let cpu = daemon.cpu()?.saturating_sub(before);
            acknowledged += if place == 1 { latencies.len() } else { 0 };
            if run > 0 {
                measured.push(Run {
                    rate: latencies.len() as f64 / time.as_secs_f64(),
                    p50: stats::millis(&latencies, 0.5),
                    p99: stats::millis(&latencies, 0.99),
                    cpu: cpu.as_secs_f64() * 1e3 / latencies.len().max(1) as f64,
                });
            }
        }
    }
    must_all_be_there(store, acknowledged).await?;
    let median = |runs: &[Run], of: fn(&Run) -> f64| stats::median(&runs.iter().map(of).collect::<Vec<_>>());
    let bare_rate = median(&measured[0], |run| run.rate);
    let told = ["bare rows", "events"].into_iter().zip(&measured).map(|(name, runs)| {
        let of: [fn(&Run) -> f64; 4] = [|run| run.rate, |run| run.p50, |run| run.p99, |run| run.cpu];
        let [rate, p50, p99, cpu] = of.map(|of| median(runs, of));
        let spread = stats::spread(&runs.iter().map(|run| run.rate).collect::<Vec<_>>());
        let of_rows = rate / bare_rate;
        let is_missed = name == "events" && (rate < GOAL.0 || p99 > GOAL.1);
        let verdict = if is_missed { "  misses the goal" } else { "" };
        println!(
            "{database:<12}{name:<12}{rate:>10.0}{spread:>8.0}{p50:>9.2}{p99:>9.2}{cpu:>14.3}{:>10.0}%{verdict}",
            of_rows * 100.0
        );
        json!({
            "database": database, "work": name, "per_second": rate, "spread": spread, "p50_ms": p50, "p99_ms": p99,
            "cpu_ms_each": cpu, "of_bare_rows": of_rows,
        })
    });
    Ok(told.collect())
}

/// An empty database beside the one of the URL.
async fn new_database(url: &str) -> io::Result<String> {
    let name = format!("declared_{}", std::process::id());
    let (server, _) = url.rsplit_once('/').ok_or_else(|| io::Error::other("the URL names no database"))?;
    let mut admin = PgConnection::connect(url).await.map_err(io::Error::other)?;
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.map_err(io::Error::other)?;
    Ok(format!("{server}/{name}"))
}

async fn must_all_be_there(store: &str, acknowledged: usize) -> io::Result<()> {
    const COUNT: &str = "SELECT count(*) FROM declared_events";
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
    Err(io::Error::other(format!("void: {acknowledged} events were acknowledged, {count} are there")))
}
