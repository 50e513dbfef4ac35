//! What does a statement run on? A connection or a transaction, of either database.

use std::fmt;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Postgres, Sqlite, Transaction};

use crate::{Error, Result};

/// Something to read with. The nouns' files add their functions to it.
#[derive(Debug)]
pub enum Session {
    Postgres(Held<Postgres>),
    Sqlite(Held<Sqlite>),
}

/// A connection that is ours for a while.
pub enum Held<DB: Database> {
    Loose(PoolConnection<DB>),
    InTransaction(Transaction<'static, DB>),
}

/// Runs one expression on whichever connection the session holds: the same SQL, compiled for both drivers.
macro_rules! on_both {
    ($session:expr, $connection:ident => $run:expr) => {
        match $session {
            $crate::Session::Postgres(held) => {
                let $connection = &mut **held;
                $run
            }
            $crate::Session::Sqlite(held) => {
                let $connection = &mut **held;
                $run
            }
        }
    };
}
pub(crate) use on_both;

impl<DB: Database> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Loose(connection) => connection,
            Self::InTransaction(transaction) => transaction,
        }
    }
}

impl<DB: Database> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Loose(connection) => connection,
            Self::InTransaction(transaction) => transaction,
        }
    }
}

impl<DB: Database> fmt::Debug for Held<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loose(_) => "Loose",
            Self::InTransaction(_) => "InTransaction",
        })
    }
}

impl<DB: Database> Held<DB> {
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Loose(_) => Ok(()),
            Self::InTransaction(transaction) => Ok(transaction.commit().await?),
        }
    }
}

const WATERMARKS: &str = "SELECT changes, purges FROM revision";

impl Session {
    /// The numbers of changes and purges in the database. Also the cheapest proof that it answers.
    pub async fn watermarks(&mut self) -> Result<(u64, u64)> {
        let (changes, purges): (i64, i64) = on_both!(self, link => sqlx::query_as(WATERMARKS).fetch_one(link).await)?;
        Ok((unsigned(changes)?, unsigned(purges)?))
    }
}

/// A count that the database keeps signed.
pub(crate) fn unsigned(count: i64) -> Result<u64> {
    u64::try_from(count).map_err(|_| Error::Corrupt(format!("a count is negative: {count}")))
}
