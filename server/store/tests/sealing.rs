//! Do secrets lie in the database in clear? Looked at from outside, on every database.
//!
//! SQLite always runs, in a file. PostgreSQL runs when `TIDEGATE_TEST_POSTGRES` holds the URL of a database in which
//! schemas may be created.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tidegate_compat::{Contract, Fingerprint, Metadata, SchemaId, SchemaKind, SubjectName, Version};
use tidegate_store::json::write_config;
use tidegate_store::{Change, Config, Error, Sealing, Store, StoredSchema, VersionRow};

const FIRST: &str = "the secret of the first year";
const SECOND: &str = "the secret of the second year";
const VALUE: &str = "hunter2-is-the-password";
const NONE: [&str; 0] = [];

/// Tells a story about the database of a URL.
async fn on_each_database(story: impl AsyncFn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    story(&format!("sqlite://{}", folder.path().join("tidegate.db").display())).await;
    let Ok(server) = std::env::var("TIDEGATE_TEST_POSTGRES") else {
        eprintln!("SKIPPED: PostgreSQL, because TIDEGATE_TEST_POSTGRES is not set");
        return;
    };
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("sealing_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    story(&format!("{server}{separator}options[search_path]={name}")).await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).await.unwrap();
}

/// What lies in a column, one row a line, read beside the store.
async fn raw(url: &str, table: &str, column: &str) -> Vec<String> {
    let query = AssertSqlSafe(format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {column}"));
    let rows: Vec<(String,)> = if url.starts_with("sqlite") {
        let mut link = SqliteConnection::connect(url).await.unwrap();
        sqlx::query_as(query).fetch_all(&mut link).await.unwrap()
    } else {
        let mut link = PgConnection::connect(url).await.unwrap();
        sqlx::query_as(query).fetch_all(&mut link).await.unwrap()
    };
    rows.into_iter().map(|(text,)| text).collect()
}

/// Everything that could hold a secret.
async fn everything(url: &str) -> String {
    let mut all = Vec::new();
    for (table, column) in [("contents", "metadata"), ("settings", "config"), ("audit", "before"), ("audit", "after")] {
        all.extend(raw(url, table, column).await);
    }
    all.join("\n")
}

fn sensitive() -> Metadata {
    let properties = [("password".to_owned(), VALUE.to_owned()), ("owner".to_owned(), "ann".to_owned())];
    Metadata {
        properties: properties.into_iter().collect(),
        sensitive: ["password".to_owned(), "absent".to_owned()].into_iter().collect(),
        ..Metadata::default()
    }
}

fn subject() -> SubjectName {
    SubjectName::parse("orders")
}

/// Stores a schema and a config that know the secret, and the config's change as the registry tells it.
async fn fill(store: &Store) {
    let contract = Contract { metadata: Some(sensitive()), rules: None };
    let content = StoredSchema {
        id: SchemaId(0),
        fingerprint: Fingerprint::of("text", &[], &contract),
        kind: SchemaKind::Avro,
        text: "text".into(),
        references: Vec::new(),
        contract,
    };
    let config = Config { override_metadata: Some(sensitive()), ..Config::default() };
    let mut tx = store.write().await.unwrap();
    let subject = subject();
    tx.lock_subjects(std::slice::from_ref(&subject)).await.unwrap();
    let (id, _) = tx.insert_content(subject.context(), &content, &[]).await.unwrap();
    let row = VersionRow { version: Version(1), id, stored_at: 1, is_deleted: false };
    tx.put_version(&subject, row).await.unwrap();
    tx.put_config(&subject, Some(&config)).await.unwrap();
    let told = write_config(&config, &tx.sealing()).unwrap();
    let change = Change {
        actor: "ann".into(),
        origin: "127.0.0.1".into(),
        action: "config.set",
        subject,
        before: Some(told.clone()),
        after: Some(told),
        at: 1,
    };
    tx.commit(change).await.unwrap();
}

async fn read(store: &Store) -> Result<(Metadata, Metadata), Error> {
    let mut session = store.read().await?;
    let content = session.content(subject().context(), SchemaId(1)).await?.unwrap();
    let setting = session.settings_around(&subject()).await?.remove(0);
    Ok((content.contract.metadata.unwrap(), setting.config.unwrap().override_metadata.unwrap()))
}

async fn holds_what_was_stored(store: &Store) {
    assert_eq!(read(store).await.unwrap(), (sensitive(), sensitive()));
}

#[tokio::test]
async fn what_is_sensitive_lies_sealed_and_is_told_in_clear() {
    on_each_database(async |url| {
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        fill(&store).await;
        holds_what_was_stored(&store).await;
        let all = everything(url).await;
        assert!(!all.contains(VALUE), "{all}");
        assert_eq!(all.matches(r#""sealed":{"password":"v1:"#).count(), 4, "{all}");
        assert_eq!(all.matches("ann").count(), 4, "what is not sensitive stays readable: {all}");
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_secret_it_lies_in_clear_until_there_is_one() {
    on_each_database(async |url| {
        let store = Store::open(url).await.unwrap();
        fill(&store).await;
        store.close().await;
        assert_eq!(everything(url).await.matches(VALUE).count(), 4);

        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        assert!(!everything(url).await.contains(VALUE));
        holds_what_was_stored(&store).await;
        store.close().await;
        assert_eq!(raw(url, "seals", "secret").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_database_does_not_open_without_the_secret_that_it_needs() {
    on_each_database(async |url| {
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        fill(&store).await;
        store.close().await;
        for lacking in [Sealing::default(), Sealing::new(SECOND, &NONE)] {
            let error = Store::open_sealed(url, lacking).await.unwrap_err();
            assert!(matches!(error, Error::Sealed(_)), "{error}");
            assert!(error.to_string().contains("registry.metadata_secret"), "{error}");
        }
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        holds_what_was_stored(&store).await;
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_node_that_learns_of_it_too_late_tells_no_ciphertext() {
    on_each_database(async |url| {
        let late = Store::open(url).await.unwrap();
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        fill(&store).await;
        assert!(matches!(read(&late).await, Err(Error::Sealed(_))));
        late.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_takes_over_everything_and_the_old_one_can_go() {
    on_each_database(async |url| {
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        fill(&store).await;
        store.close().await;
        let before = everything(url).await;

        let store = Store::open_sealed(url, Sealing::new(SECOND, &[FIRST])).await.unwrap();
        holds_what_was_stored(&store).await;
        store.close().await;
        let names: Vec<_> = before.lines().filter_map(|line| line.split("v1:").nth(1)?.split(':').next()).collect();
        assert!(!everything(url).await.contains(names[0]), "nothing is left of the first secret");

        let store = Store::open_sealed(url, Sealing::new(SECOND, &NONE)).await.unwrap();
        holds_what_was_stored(&store).await;
        store.close().await;
        assert!(Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn more_rows_than_are_in_memory_at_once_are_sealed_anew() {
    on_each_database(async |url| {
        let store = Store::open(url).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for number in 0..1203 {
            let contract = Contract { metadata: Some(sensitive()), rules: None };
            let text = format!("text {number}");
            let content = StoredSchema {
                id: SchemaId(0),
                fingerprint: Fingerprint::of(&text, &[], &contract),
                kind: SchemaKind::Avro,
                text: text.into(),
                references: Vec::new(),
                contract,
            };
            tx.insert_content(subject().context(), &content, &[]).await.unwrap();
        }
        tx.commit_unrecorded().await.unwrap();
        store.close().await;
        Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap().close().await;
        let rows = raw(url, "contents", "metadata").await;
        assert_eq!(rows.len(), 1203);
        assert!(rows.iter().all(|row| row.contains("\"sealed\"") && !row.contains(VALUE)));
    })
    .await;
}

#[tokio::test]
async fn when_nothing_sealed_is_left_its_secret_is_not_needed() {
    on_each_database(async |url| {
        let store = Store::open_sealed(url, Sealing::new(FIRST, &NONE)).await.unwrap();
        let config = Config { override_metadata: Some(sensitive()), ..Config::default() };
        for config in [Some(&config), None] {
            let mut tx = store.write().await.unwrap();
            tx.put_config(&subject(), config).await.unwrap();
            tx.commit_unrecorded().await.unwrap();
        }
        store.close().await;
        let store = Store::open(url).await.unwrap();
        store.close().await;
        assert!(raw(url, "seals", "secret").await.is_empty());
    })
    .await;
}
