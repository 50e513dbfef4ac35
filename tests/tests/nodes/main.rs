//! Do several nodes on one PostgreSQL behave as one registry? Real processes under load, one of them killed, one cut off
//! from the database, and every connection cut again and again.
//!
//! Skipped, and saying so, without `TIDEGATE_TEST_POSTGRES`. `TIDEGATE_TEST_SEED` repeats the choices of a run, though not
//! its timing.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic and talk")]

mod cluster;
mod ledger;
mod outage;
mod random;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_tests::registry::{Database, psql};
use tidegate_tests::relay::Line;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::random::Random;
use crate::writer::Writer;

const WRITERS: u64 = 4;
const READERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_late_though_nodes_die_and_are_cut_off() {
    if !Database::Postgres.is_there() {
        return;
    }
    let cluster = Arc::new(Cluster::start(3).await);
    let fire = Fire::on(&cluster, Duration::from_secs(28));

    sleep(Duration::from_secs(3)).await;
    cluster.crash(0).await;
    sleep(Duration::from_secs(2)).await;
    cluster.start_again(0).await;

    sleep(Duration::from_secs(1)).await;
    outage::is_told(&cluster, 1, Line::Swallowed).await;
    sleep(Duration::from_secs(1)).await;
    outage::is_told(&cluster, 2, Line::Refused).await;
    sleep(Duration::from_secs(1)).await;
    outage::is_told(&cluster, 0, Line::Stalled).await;

    fire.ends_well(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_late_though_the_database_cuts_everybody() {
    if !Database::Postgres.is_there() {
        return;
    }
    let cluster = Arc::new(Cluster::start(2).await);
    let fire = Fire::on(&cluster, Duration::from_secs(8));
    for _ in 0..5 {
        sleep(Duration::from_secs(1)).await;
        psql(
            cluster.database(),
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
    sleep(Duration::from_secs(2)).await;
    fire.ends_well(&cluster).await;
}

/// Writers and readers at work.
struct Fire {
    ledger: Arc<Ledger>,
    tasks: JoinSet<()>,
}

impl Fire {
    fn on(cluster: &Arc<Cluster>, duration: Duration) -> Self {
        let seed = random::seed();
        eprintln!("TIDEGATE_TEST_SEED={seed}");
        let (ledger, end) = (Arc::new(Ledger::default()), Instant::now() + duration);
        let mut tasks = JoinSet::new();
        for number in 0..WRITERS {
            let writer = Writer::new(number, Random::of(seed, number), Arc::clone(cluster), Arc::clone(&ledger));
            tasks.spawn(writer.write_until(end));
        }
        for number in 0..READERS {
            tasks.spawn(read_until(end, Random::of(seed, 100 + number), Arc::clone(cluster), Arc::clone(&ledger)));
        }
        Self { ledger, tasks }
    }

    async fn ends_well(mut self, cluster: &Cluster) {
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        for node in 0..cluster.size() {
            cluster.becomes_ready(node).await;
        }
        eprintln!("{}", self.ledger.summary());
        self.ledger.agrees_with(cluster).await;
    }
}

/// What stays for ever is there for everybody, at any time.
async fn read_until(end: Instant, mut random: Random, cluster: Arc<Cluster>, ledger: Arc<Ledger>) {
    while Instant::now() < end {
        let Some((id, text)) = ledger.something_that_stays(&mut random) else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let node = random.below(cluster.size());
        if let Some(answer) = cluster.get(node, &format!("/schemas/ids/{id}")).await {
            assert_eq!(answer.status, 200, "node {node}, schema {id}: {answer:?}");
            assert_eq!(answer.schema(), text, "node {node}, schema {id}");
            ledger.count_reading();
        }
    }
}
