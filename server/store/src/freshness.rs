//! Does what this process remembers still hold? The database is asked, once for everybody who waits.
//!
//! A question that is under way was sent before the next caller came, and can't answer for what was committed in between:
//! whoever comes later waits for the next one. So an answer given after [`Freshness::caught_up`] is one of a moment after
//! the request for it arrived, whichever node made the changes before.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::db::Watermarks;
use crate::postgres::{Postgres, Trust, no_answer};
use crate::session::{Revisions, WATERMARKS, revisions};
use crate::{Error, Result};

/// How many callers one question answers at most; more wait for the next.
const MOST_WAITING: usize = 4096;
/// How often the database is asked when nobody waits.
const POLL: Duration = Duration::from_secs(1);
/// When an answer is this late, the connection may lead nowhere: the question is asked on a new one too.
const LATE: Duration = Duration::from_secs(1);

type Waiter = oneshot::Sender<Result<Revisions>>;

/// Where to ask. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Freshness {
    queue: mpsc::Sender<Waiter>,
    limit: Duration,
}

/// Who asks, on a connection that is for nothing else, so that no other work stands in the way.
pub(crate) struct Asker {
    queue: mpsc::Receiver<Waiter>,
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    watermarks: Arc<Watermarks>,
    trust: Trust,
    limit: Duration,
    is_cut_off: bool,
}

impl Freshness {
    pub(crate) fn of(postgres: &Postgres, watermarks: Arc<Watermarks>) -> (Self, Asker) {
        let (sender, queue) = mpsc::channel(MOST_WAITING);
        let limit = postgres.limit;
        let asker = Asker {
            queue,
            options: postgres.options.clone(),
            connection: None,
            watermarks,
            trust: postgres.trust.clone(),
            limit,
            is_cut_off: false,
        };
        (Self { queue: sender, limit }, asker)
    }

    /// Returns once all that was committed before the call is known here.
    pub(crate) async fn caught_up(&self) -> Result<Revisions> {
        let asking = async {
            let (tell, told) = oneshot::channel();
            let closed = || Error::Unavailable("the store is closed".into());
            self.queue.send(tell).await.map_err(|_| closed())?;
            told.await.map_err(|_| closed())?
        };
        timeout(self.limit, asking).await.unwrap_or_else(|_| Err(no_answer(self.limit)))
    }
}

impl Asker {
    /// Asks whenever somebody wants to know, and now and then without that.
    pub(crate) async fn run(mut self) {
        let mut waiting = Vec::new();
        while !matches!(timeout(POLL, self.queue.recv_many(&mut waiting, MOST_WAITING)).await, Ok(0)) {
            let outcome = self.ask().await;
            for waiter in waiting.drain(..) {
                // It may have given up.
                let _ = waiter.send(outcome.clone());
            }
        }
    }

    async fn ask(&mut self) -> Result<Revisions> {
        let known = self.watermarks.revisions();
        let limit = self.limit;
        let outcome = timeout(limit, self.answer()).await.unwrap_or_else(|_| Err(no_answer(limit)));
        if outcome.is_err() || self.is_cut_off {
            self.trust.start_anew();
        }
        match &outcome {
            Ok(seen) => {
                if self.is_cut_off {
                    tracing::info!("the database answers again");
                }
                self.watermarks.learn(known, *seen);
            }
            Err(error) if !self.is_cut_off => {
                tracing::error!(%error, "the database does not answer; until it does, requests are refused");
            }
            Err(_) => {}
        }
        self.is_cut_off = outcome.is_err();
        outcome
    }

    /// The first answer on any connection. That in use may have died without a fault of the database, or hang.
    async fn answer(&mut self) -> Result<Revisions> {
        let mut attempts = FuturesUnordered::new();
        let mut may_try_again = self.connection.is_some();
        attempts.push(attempt(&self.options, self.connection.take()));
        loop {
            tokio::select! {
                Some(answer) = attempts.next() => match answer {
                    Ok((connection, seen)) => {
                        self.connection = Some(connection);
                        return Ok(seen);
                    }
                    Err(_) if may_try_again => {
                        may_try_again = false;
                        self.trust.start_anew();
                        attempts.push(attempt(&self.options, None));
                    }
                    Err(error) if attempts.is_empty() => return Err(error),
                    Err(_) => {}
                },
                () = sleep(LATE) => {
                    may_try_again = false;
                    self.trust.start_anew();
                    attempts.push(attempt(&self.options, None));
                }
            }
        }
    }
}

async fn attempt(options: &PgConnectOptions, connection: Option<PgConnection>) -> Result<(PgConnection, Revisions)> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => PgConnection::connect_with(options).await?,
    };
    let seen = revisions(sqlx::query_as(WATERMARKS).fetch_one(&mut connection).await?)?;
    Ok((connection, seen))
}
