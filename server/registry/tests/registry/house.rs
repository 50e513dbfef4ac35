//! A registry for tests, and short words for what is done with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tidegate_compat::{CompatibilityLevel, Metadata, Reference, SubjectName, Version, VersionSpec};
use tidegate_registry::{Actor, Candidate, ConfigPatch, Defaults, Mode, Page, Registry, Result, Scope, StoredVersion};
use tidegate_store::{AuditEntry, Store};

pub(crate) struct House {
    pub(crate) registry: Registry,
    pub(crate) store: Store,
}

pub(crate) const DEFAULTS: Defaults = Defaults::at(CompatibilityLevel::Backward);
pub(crate) const ALL: Page = Page { offset: 0, limit: None };

/// Tells a story on a fresh registry of each database.
pub(crate) async fn on_each_database(story: impl AsyncFn(&House)) {
    story(&House::on(Store::open("sqlite::memory:").await.unwrap())).await;
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", folder.path().join("tidegate.db").display());
    story(&House::on(Store::open(&file).await.unwrap())).await;
    match std::env::var("TIDEGATE_TEST_POSTGRES") {
        Ok(url) => on_postgres(&url, &story).await,
        Err(_) => eprintln!("SKIPPED: PostgreSQL, because TIDEGATE_TEST_POSTGRES is not set"),
    }
}

async fn on_postgres(url: &str, story: &impl AsyncFn(&House)) {
    let (url, name, mut admin) = fresh_schema(url).await;
    let house = House::on(Store::open(&url).await.unwrap());
    story(&house).await;
    house.store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).await.unwrap();
}

/// A place of its own in the PostgreSQL database, and a connection to remove it with.
pub(crate) async fn fresh_schema(url: &str) -> (String, String, PgConnection) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("registry_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(url).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    (format!("{url}{separator}options[search_path]={name}"), name, admin)
}

impl House {
    pub(crate) fn on(store: Store) -> Self {
        Self { registry: Registry::new(store.clone(), DEFAULTS), store }
    }

    pub(crate) async fn try_register(&self, name: &str, candidate: Candidate) -> Result<StoredVersion> {
        self.registry.register(&ann(), &subject(name), candidate, false).await
    }

    /// Registers and answers `(version, id)`.
    pub(crate) async fn register(&self, name: &str, candidate: impl Into<Brought>) -> (i32, i32) {
        numbers(&self.try_register(name, candidate.into().0).await.unwrap())
    }

    pub(crate) async fn look_up(&self, name: &str, candidate: impl Into<Brought>) -> Result<(i32, i32)> {
        let found = self.registry.look_up(&subject(name), candidate.into().0, false, false).await?;
        Ok(numbers(&found))
    }

    pub(crate) async fn latest(&self, name: &str) -> Result<StoredVersion> {
        self.registry.version(&subject(name), VersionSpec::Latest, false).await
    }

    pub(crate) async fn delete(&self, name: &str, version: i32, permanent: bool) -> Result<i32> {
        let version = VersionSpec::Number(Version(version));
        Ok(self.registry.delete_version(&ann(), &subject(name), version, permanent).await?.0)
    }

    pub(crate) async fn delete_all(&self, name: &str, permanent: bool) -> Result<Vec<i32>> {
        let versions = self.registry.delete_subject(&ann(), &subject(name), permanent).await?;
        Ok(versions.into_iter().map(|version| version.0).collect())
    }

    pub(crate) async fn set_level(&self, name: &str, level: CompatibilityLevel) {
        let patch = ConfigPatch { level: Some(Some(level)), ..ConfigPatch::default() };
        self.registry.set_config(&ann(), &scope(name), patch).await.unwrap();
    }

    pub(crate) async fn set_mode(&self, name: &str, mode: Mode) {
        self.registry.set_mode(&ann(), &scope(name), Some(mode), false).await.unwrap();
    }

    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        self.store.read().await.unwrap().audit(0, 1000).await.unwrap()
    }
}

/// A candidate, or the text of one.
pub(crate) struct Brought(pub(crate) Candidate);

impl From<&str> for Brought {
    fn from(text: &str) -> Self {
        Self(text_of(text))
    }
}

impl From<String> for Brought {
    fn from(text: String) -> Self {
        Self(text_of(&text))
    }
}

impl From<Candidate> for Brought {
    fn from(candidate: Candidate) -> Self {
        Self(candidate)
    }
}

pub(crate) fn text_of(text: &str) -> Candidate {
    Candidate { text: Some(Arc::from(text)), ..Candidate::default() }
}

pub(crate) fn ann() -> Actor {
    Actor { name: "ann".into(), origin: "127.0.0.1".into() }
}

pub(crate) fn subject(name: &str) -> SubjectName {
    SubjectName::parse(name)
}

/// `""` is everything in the default context.
pub(crate) fn scope(name: &str) -> Scope {
    if name.is_empty() { Scope::Default } else { Scope::Subject(subject(name)) }
}

pub(crate) fn numbers(stored: &StoredVersion) -> (i32, i32) {
    (stored.version.0, stored.schema.id.0)
}

pub(crate) fn reference(name: &str, subject: &str, version: i32) -> Reference {
    Reference { name: name.into(), subject: subject.into(), version }
}

pub(crate) fn properties(pairs: &[(&str, &str)]) -> Metadata {
    let properties: BTreeMap<_, _> = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    Metadata { properties, ..Metadata::default() }
}

/// A record whose fields are optional strings: each may follow each, in both directions.
pub(crate) fn record(fields: &[&str]) -> String {
    let fields: Vec<_> =
        fields.iter().map(|name| format!(r#"{{"name":"{name}","type":["null","string"],"default":null}}"#)).collect();
    format!(r#"{{"type":"record","name":"R","fields":[{}]}}"#, fields.join(","))
}

/// A record whose fields are required strings: a new one keeps it from reading old data.
pub(crate) fn strict_record(fields: &[&str]) -> String {
    let fields: Vec<_> = fields.iter().map(|name| format!(r#"{{"name":"{name}","type":"string"}}"#)).collect();
    format!(r#"{{"type":"record","name":"R","fields":[{}]}}"#, fields.join(","))
}
