//! Which databases does a test run on? On each that there is.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tidegate_store::Store;

/// Runs a test on a fresh store of each database.
pub(crate) async fn on_each_database(test: impl AsyncFn(&Store)) {
    test(&Store::open("sqlite::memory:").await.unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("made/on/demand/tidegate.db").display());
    test(&Store::open(&url).await.unwrap()).await;
    match std::env::var("TIDEGATE_TEST_POSTGRES") {
        Ok(url) => on_postgres(&url, &test).await,
        Err(_) => eprintln!("SKIPPED: PostgreSQL, because TIDEGATE_TEST_POSTGRES is not set"),
    }
}

async fn on_postgres(url: &str, test: &impl AsyncFn(&Store)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(url).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    let store = Store::open(&format!("{url}{separator}options[search_path]={name}")).await.unwrap();
    test(&store).await;
    store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).await.unwrap();
}
