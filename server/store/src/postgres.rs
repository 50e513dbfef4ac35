//! How is PostgreSQL talked to, so that nobody waits for it for ever?
//!
//! Every wait has its limit: for a free connection, for a new one, for a statement. What the server is asked for it gives
//! up by itself a little earlier, so that the locks of a node that was cut off come free. A connection with something left
//! unanswered on it is closed and never used again.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult,
};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::{Error, Result};

/// Whatever the database's own default: after waiting for a lock, the next statement must see what the other one did.
const READ_COMMITTED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const CONNECTIONS: usize = 16;
/// A connection that was idle for longer is tried before it is used: the server may have gone meanwhile.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// How long that trial may take.
const TRIAL: Duration = Duration::from_secs(1);
/// Connections don't get older, so that they follow a server that has moved.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// The way to a database, opened and up to date.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool<Opener>,
    pub(crate) options: PgConnectOptions,
    pub(crate) trust: Trust,
    /// How long each wait may take.
    pub(crate) limit: Duration,
}

/// A connection that is ours for a while. Dropping it undoes an open transaction.
pub(crate) struct Held {
    postgres: Arc<Postgres>,
    /// Taken at the first statement: many requests find all that they need in memory.
    connection: Option<Object<Opener>>,
    in_transaction: bool,
    /// Whether every question got its answer. It counts as `false` while one is under way.
    is_sound: bool,
}

/// Since when the database has answered without a break. Older connections may lead nowhere.
#[derive(Debug, Clone)]
pub(crate) struct Trust(Arc<watch::Sender<Instant>>);

/// Opens connections, and judges those that were used before.
#[derive(Debug)]
struct Opener {
    options: PgConnectOptions,
    trust: Trust,
}

#[derive(Debug)]
struct Line {
    raw: PgConnection,
    opened: Instant,
    last_used: Instant,
}

impl Postgres {
    pub(crate) async fn open(url: &str, limit: Duration, migrations: &Migrator) -> Result<Self> {
        // sqlx's own message could quote a part of the URL, and with it the password.
        let unlimited = PgConnectOptions::from_str(url)
            .map_err(|_| {
                Error::Unavailable("the URL can't be read; write postgres://user:password@host:5432/name".into())
            })?
            .application_name("tidegate")
            .disable_statement_logging();
        prepare(&unlimited, limit, migrations).await?;
        // A little earlier than we give up, so that it is the server's answer that comes.
        let earlier = (limit - limit / 10).as_millis();
        let options = unlimited
            .options([("statement_timeout", earlier), ("idle_in_transaction_session_timeout", limit.as_millis())]);
        let trust = Trust(Arc::new(watch::Sender::new(Instant::now())));
        let pool = Pool::builder(Opener { options: options.clone(), trust: trust.clone() })
            .config(PoolConfig { queue_mode: QueueMode::Lifo, ..PoolConfig::new(CONNECTIONS) })
            .recycle_timeout(Some(TRIAL))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { pool, options, trust, limit })
    }

    async fn acquire(&self) -> Result<Object<Opener>> {
        match timeout(self.limit, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) => Err(error.into()),
            Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
            Err(_) => Err(Error::Unavailable("no connection became free in time".into())),
        }
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

impl Held {
    pub(crate) fn of(postgres: &Arc<Postgres>) -> Self {
        Self { postgres: Arc::clone(postgres), connection: None, in_transaction: false, is_sound: true }
    }

    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.say(READ_COMMITTED).await?;
        self.in_transaction = true;
        Ok(())
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        if self.in_transaction {
            self.say("COMMIT").await.map_err(in_doubt)?;
            self.in_transaction = false;
        }
        Ok(())
    }

    /// What to ask a question on. It has been answered when [`Self::answered`] is told so.
    pub(crate) async fn ask(&mut self) -> Result<(&mut PgConnection, Duration)> {
        let line = match &mut self.connection {
            Some(line) => line,
            none => none.insert(self.postgres.acquire().await?),
        };
        self.is_sound = false;
        Ok((&mut line.raw, self.postgres.limit))
    }

    pub(crate) fn answered<T>(&mut self, outcome: &Result<T>) {
        self.is_sound = !matches!(outcome, Err(Error::Unavailable(_)));
    }

    async fn say(&mut self, sql: &'static str) -> Result<()> {
        let (link, limit) = self.ask().await?;
        let outcome = within(limit, sqlx::raw_sql(sql).execute(link)).await;
        self.answered(&outcome);
        outcome.map(|_| ())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        connection.last_used = Instant::now();
        if !self.is_sound {
            close(connection);
        } else if self.in_transaction {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(undo(connection, self.postgres.limit))),
                Err(_) => close(connection),
            }
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("in_transaction", &self.in_transaction).finish_non_exhaustive()
    }
}

impl Trust {
    /// From now on, nothing that was opened earlier is trusted.
    pub(crate) fn start_anew(&self) {
        self.0.send_replace(Instant::now());
    }

    /// Waits until trust is lost.
    pub(crate) async fn lost(&self) {
        // It can't fail: the sender is here.
        let _ = self.0.subscribe().changed().await;
    }

    fn holds_for(&self, line: &Line) -> bool {
        line.opened >= *self.0.borrow()
    }
}

impl Manager for Opener {
    type Type = Line;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Line, sqlx::Error> {
        let opened = Instant::now();
        let raw = PgConnection::connect_with(&self.options).await?;
        Ok(Line { raw, opened, last_used: opened })
    }

    async fn recycle(&self, line: &mut Line, _: &Metrics) -> RecycleResult<sqlx::Error> {
        if !self.trust.holds_for(line) || line.opened.elapsed() > MAX_AGE {
            return Err(RecycleError::message("it has served its time"));
        }
        if line.last_used.elapsed() > TRUSTED_IDLE {
            line.raw.ping().await?;
        }
        Ok(())
    }
}

/// What a statement brings, unless that takes too long.
pub(crate) async fn within<T>(limit: Duration, run: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T> {
    match timeout(limit, run).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(no_answer(limit)),
    }
}

pub(crate) fn no_answer(limit: Duration) -> Error {
    Error::Unavailable(format!("no answer within {} s", limit.as_secs_f64()))
}

/// Brings the tables up to date, however long that takes; but the first answer must come in time.
async fn prepare(options: &PgConnectOptions, limit: Duration, migrations: &Migrator) -> Result<()> {
    let place = format!(
        "PostgreSQL at {}:{}, database '{}', user '{}'",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username()),
        options.get_username()
    );
    let connecting = within(limit, PgConnection::connect_with(options)).await;
    let mut connection = connecting.map_err(|error| match error {
        Error::Unavailable(reason) => Error::Unavailable(format!("{place}: {reason}")),
        other => other,
    })?;
    migrations.run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Whether a commit has happened can't be known when its answer did not come.
fn in_doubt(error: Error) -> Error {
    match error {
        Error::Unavailable(reason) => Error::InDoubt(reason),
        other => other,
    }
}

async fn undo(mut connection: Object<Opener>, limit: Duration) {
    if within(limit, sqlx::raw_sql("ROLLBACK").execute(&mut connection.raw)).await.is_err() {
        close(connection);
    }
}

/// Without a word, since nobody may be there to hear it; the server undoes what was open.
fn close(connection: Object<Opener>) {
    drop(Object::take(connection));
}
