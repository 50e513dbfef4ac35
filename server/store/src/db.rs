//! Which database is it, how is it opened, and where do the two differ?

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::migrate::{Migration, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr};

use crate::session::{Held, Session};
use crate::tx::Tx;
use crate::{Error, Result};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long to wait for a free connection, and SQLite for the lock of another process.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whatever the database's own default: after waiting for a lock, the next statement must see what the other one did.
const READ_COMMITTED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const POSTGRES_CONNECTIONS: u32 = 16;
const SQLITE_READERS: u32 = 4;
/// A connection that was idle for longer is tried before it is used: the server may have gone meanwhile.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// The database, opened and up to date. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    watermarks: Arc<Watermarks>,
}

#[derive(Debug, Clone)]
enum Db {
    Postgres(PgPool),
    /// One writer, so that writers queue here and not at the file lock. In memory both are the same one connection.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
}

/// What this process knows of the database's two revision numbers.
#[derive(Debug, Default)]
pub(crate) struct Watermarks {
    changes: AtomicU64,
    purges: AtomicU64,
}

impl Store {
    /// Opens `sqlite://path`, `sqlite::memory:` or `postgres://…` and brings its tables up to date. The folder of a SQLite
    /// file is made when it is missing.
    pub async fn open(url: &str) -> Result<Self> {
        let db = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(url).await?,
            Some("postgres" | "postgresql") => open_postgres(url).await?,
            // The rest of the URL may hold a password.
            Some(other) => {
                return Err(Error::Unavailable(format!(
                    "'{other}:' is not a known kind of database; write sqlite://path, sqlite::memory: or postgres://…"
                )));
            }
            None => {
                return Err(Error::Unavailable(
                    "a database URL looks like sqlite://path or postgres://host/name".into(),
                ));
            }
        };
        let store = Self { db, watermarks: Arc::default() };
        store.refresh().await?;
        Ok(store)
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Session> {
        Ok(match &self.db {
            Db::Postgres(pool) => Session::Postgres(Held::Loose(pool.acquire().await?)),
            Db::Sqlite { reader, .. } => Session::Sqlite(Held::Loose(reader.acquire().await?)),
        })
    }

    /// A transaction to write in. Until it ends, read through it and not beside it: a database in memory has one
    /// connection only.
    pub async fn write(&self) -> Result<Tx> {
        let session = match &self.db {
            Db::Postgres(pool) => Session::Postgres(Held::InTransaction(pool.begin_with(READ_COMMITTED).await?)),
            Db::Sqlite { writer, .. } => {
                Session::Sqlite(Held::InTransaction(writer.begin_with("BEGIN IMMEDIATE").await?))
            }
        };
        Ok(Tx::new(session, Arc::clone(&self.watermarks)))
    }

    /// Grows with every change that this process knows of.
    pub fn revision(&self) -> u64 {
        self.watermarks.changes.load(Ordering::Acquire)
    }

    /// Grows whenever something vanished for good, as far as this process knows.
    pub fn purges(&self) -> u64 {
        self.watermarks.purges.load(Ordering::Acquire)
    }

    /// Learns of the changes of other processes.
    pub async fn refresh(&self) -> Result<()> {
        let (changes, purges) = self.read().await?.watermarks().await?;
        self.watermarks.raise(changes, purges);
        Ok(())
    }

    /// Whether other processes may write to the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        match &self.db {
            Db::Postgres(pool) => pool.close().await,
            Db::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
        }
    }
}

impl Watermarks {
    pub(crate) fn raise(&self, changes: u64, purges: u64) {
        // Purges first: whoever sees the new revision must see what vanished, too.
        self.purges.fetch_max(purges, Ordering::AcqRel);
        self.changes.fetch_max(changes, Ordering::AcqRel);
    }
}

async fn open_sqlite(url: &str) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| Error::Unavailable(format!("the SQLite URL can't be used: {error}")))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let writer = PoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    // A database in memory lives as long as its connection: that one must never be let go.
    let writer = writer.min_connections(1).idle_timeout(None).max_lifetime(None);
    if is_in_memory(url) {
        let pool = writer.connect_with(options).await?;
        in_sqlite_words().run(&pool).await?;
        return Ok(Db::Sqlite { writer: pool.clone(), reader: pool });
    }
    let path = options.get_filename().to_owned();
    make_folder_of(&path)?;
    let writer = writer.connect_with(options.clone()).await.map_err(|error| cannot_open(&path, error))?;
    in_sqlite_words().run(&writer).await?;
    let reader = PoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(PATIENCE)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(|error| cannot_open(&path, error))?;
    Ok(Db::Sqlite { writer, reader })
}

async fn open_postgres(url: &str) -> Result<Db> {
    // sqlx's own message could quote a part of the URL, and with it the password.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| Error::Unavailable("the URL can't be read; write postgres://user:password@host:5432/name".into()))?
        .application_name("tidegate")
        .disable_statement_logging();
    let place = format!(
        "PostgreSQL at {}:{}, database '{}', user '{}'",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username()),
        options.get_username()
    );
    // A pool would try again and again, and then only say that it took too long.
    let first = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options));
    let cannot = |reason: String| Error::Unavailable(format!("{place}: {reason}"));
    match first.await {
        Ok(Ok(connection)) => connection.close().await?,
        Ok(Err(error)) => return Err(cannot(error.to_string())),
        Err(_) => return Err(cannot(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
    let pool = PoolOptions::<sqlx::Postgres>::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| cannot(error.to_string()))?;
    MIGRATIONS.run(&pool).await?;
    Ok(Db::Postgres(pool))
}

/// The migrations without the collation that SQLite does not know by name, and has anyway.
fn in_sqlite_words() -> Migrator {
    let translated = MIGRATIONS.iter().map(|step| {
        let sql = AssertSqlSafe(step.sql.as_str().replace(" COLLATE \"C\"", "")).into_sql_str();
        Migration::new(step.version, step.description.clone(), step.migration_type, sql, step.no_tx)
    });
    Migrator::with_migrations(translated.collect())
}

fn is_in_memory(url: &str) -> bool {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.starts_with(":memory:") || path.contains("mode=memory")
}

fn make_folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::Unavailable(format!("the folder {} can't be made: {error}", folder.display())))
}

fn cannot_open(path: &Path, error: sqlx::Error) -> Error {
    let can_write = |folder: &Path| std::fs::metadata(folder).is_ok_and(|data| !data.permissions().readonly());
    let hint = match path.parent() {
        _ if path.is_dir() => " (this is a folder, a file is wanted)",
        Some(folder) if !folder.as_os_str().is_empty() && !can_write(folder) => " (its folder is not writable)",
        _ => "",
    };
    match Error::from(error) {
        Error::Corrupt(reason) => Error::Corrupt(format!("{}: {reason}", path.display())),
        other => Error::Unavailable(format!("the file {} can't be opened: {other}{hint}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::on_both;

    #[tokio::test]
    async fn an_acknowledged_write_to_sqlite_is_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("tidegate.db").display());
        let store = Store::open(&url).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let (synchronous,): (i64,) =
            on_both!(&mut *tx, link => sqlx::query_as("PRAGMA synchronous").fetch_one(link).await).unwrap();
        assert_eq!(synchronous, 2, "2 is FULL");
        let (journal,): (String,) =
            on_both!(&mut *tx, link => sqlx::query_as("PRAGMA journal_mode").fetch_one(link).await).unwrap();
        assert_eq!(journal, "wal");
    }

    #[test]
    fn memory_is_told_from_files() {
        assert!(["sqlite::memory:", "sqlite://:memory:", "sqlite://x?mode=memory"].iter().all(|url| is_in_memory(url)));
        assert!(["sqlite://memory", "sqlite:memory:.db"].iter().all(|url| !is_in_memory(url)));
    }
}
