//! Which database is it, how is it opened, and where do the two differ?

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::migrate::{Migration, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr};
use tokio::task::AbortHandle;

use crate::freshness::Freshness;
use crate::hearing::{self, Hearing, Word};
use crate::listen::Listener;
use crate::postgres::{self, Postgres};
use crate::session::{Held, Link, Revisions, Session};
use crate::tx::Tx;
use crate::{Error, Result, Sealing};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long SQLite's users wait for a free connection, or for the lock of another process.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long each wait for PostgreSQL may take where nobody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;

/// Where nodes tell each other of their commits.
pub(crate) const CHANNEL: &str = "tidegate_changes";

const NEXT_REVISIONS: &str =
    "UPDATE revision SET changes = changes + $1, purges = purges + $2 RETURNING changes, purges";

/// The same, told to other nodes when it is committed: the name is that of [`CHANNEL`].
const NEXT_REVISIONS_TOLD: &str = "WITH next AS (UPDATE revision SET changes = changes + $1, purges = purges + $2 \
         RETURNING changes, purges) \
     SELECT changes, purges, pg_notify('tidegate_changes', CAST(changes AS TEXT)) FROM next";

/// The database, opened and up to date. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    watermarks: Arc<Watermarks>,
    sealing: Arc<Sealing>,
}

#[derive(Debug, Clone)]
enum Db {
    Postgres(Arc<Shared>),
    /// One writer, so that writers queue here and not at the file lock. In memory both are the same one connection.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
}

/// A database that other nodes write to as well, and what it takes to keep up with them.
#[derive(Debug)]
struct Shared {
    postgres: Arc<Postgres>,
    freshness: Freshness,
    hearing: Arc<Hearing>,
    tasks: [AbortHandle; 2],
}

/// What this process knows of the database's two revision numbers.
#[derive(Debug, Default)]
pub(crate) struct Watermarks {
    changes: AtomicU64,
    purges: AtomicU64,
    /// How far both are ahead of the database, which has been set back that often and far.
    shift: AtomicU64,
}

impl Store {
    /// [`Self::open_with`] no secret, so that sensitive values are stored in clear, and the usual patience.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_sealed(url, Sealing::default()).await
    }

    /// [`Self::open_with`] the usual patience.
    pub async fn open_sealed(url: &str, sealing: Sealing) -> Result<Self> {
        Self::open_with(url, sealing, TIMEOUT).await
    }

    /// Opens `sqlite://path`, `sqlite::memory:` or `postgres://…` and brings its tables up to date. The folder of a SQLite
    /// file is made when it is missing.
    ///
    /// Sensitive values are sealed by `sealing`: those that are not, or with an older secret, are sealed now, and those that
    /// can't be opened are an error. `timeout` is how long each wait for PostgreSQL may take: for a connection, for the
    /// answer to a statement, and for being [caught up](Self::caught_up).
    pub async fn open_with(url: &str, sealing: Sealing, timeout: Duration) -> Result<Self> {
        let watermarks: Arc<Watermarks> = Arc::default();
        let db = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(url).await?,
            Some("postgres" | "postgresql") => {
                let postgres = Postgres::open(url, timeout, &MIGRATIONS).await?;
                Db::Postgres(Arc::new(Shared::keep_up(postgres, &watermarks)))
            }
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
        let store = Self { db, watermarks, sealing: Arc::new(sealing) };
        store.refresh().await?;
        store.settle_seals().await?;
        Ok(store)
    }

    /// Something to read with. It takes its connection at the first statement.
    #[allow(clippy::unused_async, reason = "whoever reads waits for the database sooner or later")]
    pub async fn read(&self) -> Result<Session> {
        Ok(self.session(match &self.db {
            Db::Postgres(shared) => Link::Postgres(postgres::Held::of(&shared.postgres)),
            Db::Sqlite { reader, .. } => Link::Sqlite(Held::Later(reader.clone())),
        }))
    }

    /// A transaction to write in. Until it ends, read through it and not beside it: a database in memory has one
    /// connection only.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx::new(self.session(match &self.db {
            Db::Postgres(shared) => {
                let mut held = postgres::Held::of(&shared.postgres);
                held.begin().await?;
                Link::Postgres(held)
            }
            Db::Sqlite { writer, .. } => Link::Sqlite(Held::InTransaction(writer.begin_with("BEGIN IMMEDIATE").await?)),
        })))
    }

    fn session(&self, link: Link) -> Session {
        Session { link, watermarks: Arc::clone(&self.watermarks), sealing: Arc::clone(&self.sealing) }
    }

    pub(crate) fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// Grows with every change that this process knows of.
    pub fn revision(&self) -> u64 {
        self.watermarks.changes.load(Ordering::Acquire)
    }

    /// Grows whenever something vanished for good, as far as this process knows.
    pub fn purges(&self) -> u64 {
        self.watermarks.purges.load(Ordering::Acquire)
    }

    /// Sees to it that this process knows of every change that any node acknowledged before the call.
    ///
    /// At once where no other node writes; otherwise the database is asked, once for all who wait.
    pub async fn caught_up(&self) -> Result<()> {
        match &self.db {
            Db::Postgres(shared) => shared.freshness.caught_up().await.map(|_| ()),
            Db::Sqlite { .. } => Ok(()),
        }
    }

    /// Asks the database, whichever it is, what the newest change is.
    pub async fn refresh(&self) -> Result<()> {
        match &self.db {
            Db::Postgres(shared) => shared.freshness.caught_up().await.map(|_| ()),
            Db::Sqlite { .. } => {
                let seen = self.read().await?.revisions().await?;
                self.watermarks.raise(seen);
                Ok(())
            }
        }
    }

    /// Whether other processes may write to the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }

    /// Says something to all nodes that hear lineage, this one among them.
    pub async fn say_lineage(&self, word: String) -> Result<()> {
        self.read().await?.notify(hearing::CHANNEL, &[word]).await
    }

    /// Hears what nodes say that they changed in lineage. Where there can be one only, nothing is ever said.
    pub fn hear_lineage(&self, ear: impl Fn(Word<'_>) + Send + Sync + 'static) {
        if let Db::Postgres(shared) = &self.db {
            shared.hearing.attach(Box::new(ear));
        }
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        match &self.db {
            Db::Postgres(shared) => shared.close(),
            Db::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
        }
    }
}

impl Shared {
    fn keep_up(postgres: Postgres, watermarks: &Arc<Watermarks>) -> Self {
        let (freshness, asker) = Freshness::of(&postgres, Arc::clone(watermarks));
        let hearing: Arc<Hearing> = Arc::default();
        let listener = Listener::of(&postgres, freshness.clone(), Arc::clone(watermarks), Arc::clone(&hearing));
        let tasks = [tokio::spawn(asker.run()).abort_handle(), tokio::spawn(listener.run()).abort_handle()];
        Self { postgres: Arc::new(postgres), freshness, hearing, tasks }
    }

    fn close(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.postgres.close();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl Watermarks {
    pub(crate) fn revisions(&self) -> Revisions {
        Revisions { changes: self.changes.load(Ordering::Acquire), purges: self.purges.load(Ordering::Acquire) }
    }

    pub(crate) fn raise(&self, seen: Revisions) {
        let shift = self.shift.load(Ordering::Acquire);
        // Purges first: whoever sees the new revision must see what vanished, too.
        self.purges.fetch_max(seen.purges + shift, Ordering::AcqRel);
        self.changes.fetch_max(seen.changes + shift, Ordering::AcqRel);
    }

    /// Takes in what the database answered to a question; `known` is what was known before it was asked.
    ///
    /// Less than that means that commits are gone: a backup was brought back, or a standby took over that lacked the last
    /// ones. What is remembered of them must go, though the numbers are taken a second time.
    pub(crate) fn learn(&self, known: Revisions, seen: Revisions) {
        let shift = self.shift.load(Ordering::Acquire);
        if let Some(lost) = known.changes.checked_sub(seen.changes + shift).filter(|lost| *lost > 0) {
            // One more, so that the new numbers are above all that were seen before.
            let next = shift + lost + 1;
            if self.shift.compare_exchange(shift, next, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                tracing::error!(lost, "the database has lost changes that it had; all that was remembered is dropped");
            }
        }
        self.raise(seen);
    }
}

/// How the next revisions are taken.
pub(crate) fn next_revisions(link: &Link) -> &'static str {
    match link {
        Link::Postgres(_) => NEXT_REVISIONS_TOLD,
        Link::Sqlite(_) => NEXT_REVISIONS,
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
    fn a_database_that_was_set_back_is_noticed() {
        let watermarks = Watermarks::default();
        let at = |changes, purges| Revisions { changes, purges };
        watermarks.learn(at(0, 0), at(10, 3));
        assert_eq!(watermarks.revisions(), at(10, 3));
        let known = watermarks.revisions();
        watermarks.raise(at(11, 3));
        watermarks.learn(known, at(10, 3));
        assert_eq!(watermarks.revisions(), at(11, 3), "an answer that was overtaken is no loss");

        let known = watermarks.revisions();
        watermarks.learn(known, at(7, 2));
        let after = watermarks.revisions();
        assert!(after.changes > known.changes && after.purges > known.purges, "{after:?}");
        watermarks.learn(after, at(7, 2));
        assert_eq!(watermarks.revisions(), after, "told once");
        watermarks.raise(at(8, 2));
        assert_eq!(watermarks.revisions(), at(after.changes + 1, after.purges), "and it grows on from there");
    }

    #[test]
    fn memory_is_told_from_files() {
        assert!(["sqlite::memory:", "sqlite://:memory:", "sqlite://x?mode=memory"].iter().all(|url| is_in_memory(url)));
        assert!(["sqlite://memory", "sqlite:memory:.db"].iter().all(|url| !is_in_memory(url)));
    }
}
