//! What was acknowledged, and is it there in the end? Exactly once, and nothing besides what nobody can know.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tidegate_tests::registry::psql;

use crate::cluster::Cluster;
use crate::random::Random;

/// A version that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) subject: String,
    pub(crate) version: i64,
    pub(crate) id: i64,
    pub(crate) schema: Value,
}

#[derive(Default)]
pub(crate) struct Ledger {
    /// The content of every id that was ever answered, and the other way round.
    contents: Mutex<(HashMap<i64, Value>, HashMap<String, i64>)>,
    /// What nobody removes.
    stays: Mutex<Vec<Kept>>,
    changes: AtomicU64,
    doubtful: AtomicU64,
    /// Changes, unless somebody else was faster.
    races: AtomicU64,
    checks: AtomicU64,
    readings: AtomicU64,
}

impl Ledger {
    /// An id was answered for a content: never another one for it, and never it for another.
    pub(crate) fn identify(&self, id: i64, schema: &Value) {
        let mut contents = self.contents.lock().unwrap();
        let known = contents.0.entry(id).or_insert_with(|| schema.clone()).clone();
        assert_eq!(&known, schema, "id {id} was given twice");
        let first = *contents.1.entry(schema.to_string()).or_insert(id);
        assert_eq!(first, id, "{schema} has two ids");
    }

    pub(crate) fn keep(&self, kept: Kept) {
        self.stays.lock().unwrap().push(kept);
    }

    pub(crate) fn count_change(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// A change whose answer did not come, or was 503.
    pub(crate) fn count_doubt(&self) {
        self.doubtful.fetch_add(1, Ordering::Relaxed);
    }

    /// A registration that is a change only if nobody else brought the same before.
    pub(crate) fn count_race(&self) {
        self.races.fetch_add(1, Ordering::Relaxed);
    }

    /// A look from another node at what was acknowledged just before.
    pub(crate) fn count_check(&self) {
        self.checks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_reading(&self) {
        self.readings.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn something_that_stays(&self, random: &mut Random) -> Option<(i64, Value)> {
        let stays = self.stays.lock().unwrap();
        let kept = (!stays.is_empty()).then(|| stays.get(random.below(stays.len())))??;
        Some((kept.id, kept.schema.clone()))
    }

    pub(crate) fn summary(&self) -> String {
        let [changes, doubtful, checks, readings] =
            [&self.changes, &self.doubtful, &self.checks, &self.readings].map(|count| count.load(Ordering::Relaxed));
        format!("{changes} changes acknowledged, {doubtful} in doubt, {checks} checked elsewhere, {readings} readings")
    }

    /// Compares with what every node says, and the database itself.
    pub(crate) async fn agrees_with(&self, cluster: &Cluster) {
        let stays = self.stays.lock().unwrap().clone();
        assert!(stays.len() > 3, "too little has happened: {}", self.summary());
        for (index, kept) in stays.iter().enumerate() {
            let (node, Kept { subject, version, id, schema }) = (index % cluster.size(), kept);
            let answer = cluster.get(node, &format!("/subjects/{subject}/versions/{version}")).await.unwrap();
            assert_eq!((answer.status, answer.number("id")), (200, *id), "node {node}: {kept:?}");
            assert_eq!(&answer.schema(), schema, "node {node}: {kept:?}");
        }
        let mut versions: Vec<_> = stays.iter().map(|kept| (&kept.subject, kept.version)).collect();
        versions.sort_unstable();
        versions.dedup();
        let mut texts: Vec<_> = stays.iter().map(|kept| (&kept.subject, kept.schema.to_string())).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(versions.len(), texts.len(), "two contents got one version");

        let ask = |sql: &str| psql(cluster.database(), sql);
        let [changes, doubtful, races] =
            [&self.changes, &self.doubtful, &self.races].map(|count| count.load(Ordering::Relaxed));
        let revision: u64 = ask("SELECT changes FROM revision").parse().unwrap();
        assert_eq!(ask("SELECT count(*), min(revision), max(revision) FROM audit"), format!("{revision}|1|{revision}"));
        let possible = changes..=changes + doubtful + races;
        assert!(possible.contains(&revision), "{revision} changes were made: {}", self.summary());
        let gaps = "SELECT subject FROM versions WHERE subject LIKE 'shared%' \
             GROUP BY subject HAVING count(*) <> max(version) OR min(version) <> 1";
        assert_eq!(ask(gaps), "", "versions are missing");
        let twice = "SELECT fingerprint FROM contents GROUP BY context, fingerprint HAVING count(*) > 1";
        assert_eq!(ask(twice), "", "contents are stored twice");
        let last: u64 = ask("SELECT last_id FROM contexts WHERE name = '.'").parse().unwrap();
        let known = u64::try_from(self.contents.lock().unwrap().0.len()).unwrap();
        assert!((known..=known + doubtful).contains(&last), "last id {last}, {known} known: {}", self.summary());
    }
}
