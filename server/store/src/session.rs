//! What does a statement run on? A connection or a transaction, of either database.

use std::fmt;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::db::{Watermarks, next_revisions};
use crate::postgres;
use crate::{Error, Result, Sealing};

/// Something to read with. The nouns' files add their functions to it.
#[derive(Debug)]
pub struct Session {
    pub(crate) link: Link,
    pub(crate) watermarks: Arc<Watermarks>,
    pub(crate) sealing: Arc<Sealing>,
}

#[derive(Debug)]
pub(crate) enum Link {
    Postgres(postgres::Held),
    Sqlite(Held),
}

/// A connection to SQLite that is ours for a while.
pub(crate) enum Held {
    /// Taken at the first statement: many requests find all that they need in memory.
    Later(SqlitePool),
    Loose(PoolConnection<Sqlite>),
    InTransaction(Transaction<'static, Sqlite>),
}

/// How often anything changed, and how often something vanished for good: what is remembered of an earlier time does not
/// hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revisions {
    pub changes: u64,
    pub purges: u64,
}

/// Runs one expression on whichever connection the session holds: the same SQL, compiled for both drivers.
macro_rules! on_both {
    ($session:expr, $connection:ident => $run:expr) => {
        match &mut ($session).link {
            $crate::session::Link::Postgres(held) => $crate::session::on_postgres!(held, $connection => $run),
            $crate::session::Link::Sqlite(held) => match held.connection().await {
                Ok($connection) => ($run).map_err($crate::Error::from),
                Err(error) => Err(error),
            },
        }
    };
}
pub(crate) use on_both;

/// Runs one expression on a session that is known to hold a connection to PostgreSQL.
macro_rules! on_postgres {
    ($held:expr, $connection:ident => $run:expr) => {{
        let outcome = match $held.ask().await {
            Ok(($connection, limit)) => $crate::postgres::within(limit, async { $run }).await,
            Err(error) => Err(error),
        };
        $held.answered(&outcome);
        outcome
    }};
}
pub(crate) use on_postgres;

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Later(_) => "Later",
            Self::Loose(_) => "Loose",
            Self::InTransaction(_) => "InTransaction",
        })
    }
}

impl Held {
    pub(crate) async fn connection(&mut self) -> Result<&mut SqliteConnection> {
        if let Self::Later(pool) = self {
            *self = Self::Loose(pool.acquire().await?);
        }
        match self {
            Self::Later(_) => Err(sqlx::Error::PoolClosed.into()),
            Self::Loose(connection) => Ok(connection),
            Self::InTransaction(transaction) => Ok(transaction),
        }
    }

    async fn commit(self) -> Result<()> {
        match self {
            Self::Later(_) | Self::Loose(_) => Ok(()),
            Self::InTransaction(transaction) => Ok(transaction.commit().await?),
        }
    }
}

pub(crate) const WATERMARKS: &str = "SELECT changes, purges FROM revision";

impl Session {
    /// What sensitive values are sealed with.
    pub fn sealing(&self) -> Arc<Sealing> {
        Arc::clone(&self.sealing)
    }

    /// The numbers of changes and purges in the database. Also the cheapest proof that it answers.
    pub async fn revisions(&mut self) -> Result<Revisions> {
        revisions(on_both!(self, link => sqlx::query_as(WATERMARKS).fetch_one(link).await)?)
    }

    /// Takes the next revisions, with all the locks that this means, and tells other nodes of them once they are committed.
    pub(crate) async fn next_revisions(&mut self, changes: i64, purges: i64) -> Result<Revisions> {
        let sql = next_revisions(&self.link);
        revisions(on_both!(self, link => sqlx::query_as(sql).bind(changes).bind(purges).fetch_one(link).await)?)
    }

    /// Says something to other nodes once it is committed.
    pub(crate) async fn notify(&mut self, channel: &str, words: &[String]) -> Result<()> {
        let Link::Postgres(held) = &mut self.link else { return Ok(()) };
        on_postgres!(held, link => {
            let query = sqlx::query("SELECT pg_notify($1, word) FROM unnest($2) AS word");
            query.bind(channel).bind(words).execute(link).await
        })?;
        Ok(())
    }

    /// Learns what other nodes committed before this statement. For those who have waited for a lock.
    pub(crate) async fn catch_up(&mut self) -> Result<()> {
        if let Link::Postgres(_) = self.link {
            let known = self.watermarks.revisions();
            let seen = self.revisions().await?;
            self.watermarks.learn(known, seen);
        }
        Ok(())
    }

    /// Ends a transaction. On [`Error::InDoubt`] it may have become real or not.
    pub(crate) async fn commit(self) -> Result<()> {
        match self.link {
            Link::Postgres(held) => held.commit().await,
            Link::Sqlite(held) => held.commit().await,
        }
    }
}

pub(crate) fn revisions((changes, purges): (i64, i64)) -> Result<Revisions> {
    Ok(Revisions { changes: unsigned(changes)?, purges: unsigned(purges)? })
}

/// A count that the database keeps signed.
pub(crate) fn unsigned(count: i64) -> Result<u64> {
    u64::try_from(count).map_err(|_| Error::Corrupt(format!("a count is negative: {count}")))
}

/// A count that is added to others there: so small that no sum leaves what the database can keep.
pub(crate) fn addend(count: u64) -> i64 {
    signed(count).min(i64::MAX / 2)
}

/// The sum of a column and what comes in for it. Beyond the largest [`addend`] it stays as it is: nobody has counted so far.
macro_rules! sum {
    ($table:literal, $column:literal) => {
        concat!(
            $column,
            " = CASE WHEN ",
            $table,
            ".",
            $column,
            " > 4611686018427387903 THEN ",
            $table,
            ".",
            $column,
            " ELSE ",
            $table,
            ".",
            $column,
            " + excluded.",
            $column,
            " END"
        )
    };
}
pub(crate) use sum;

/// A count as the database keeps it.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
