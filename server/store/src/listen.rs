//! Has another node changed something? It says so when it commits, and then the database is asked what is new.
//!
//! A word about a change that gets lost does no harm, and neither does one of another registry in the same database: what
//! counts is the number in the database, and whoever needs to be sure asks for it. Words about lineage are handed on as they are.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgListener};
use tokio::time::sleep;

use crate::db::{CHANNEL, Watermarks};
use crate::freshness::Freshness;
use crate::hearing::{self, Hearing, Word};
use crate::postgres::{Postgres, Trust};
use crate::{Error, Result};

/// How long to wait before listening again: doubled each time, and short again after that long without trouble.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Who listens, on a connection of its own.
pub(crate) struct Listener {
    options: PgConnectOptions,
    limit: Duration,
    trust: Trust,
    freshness: Freshness,
    watermarks: Arc<Watermarks>,
    hearing: Arc<Hearing>,
}

impl Listener {
    pub(crate) fn of(
        postgres: &Postgres,
        freshness: Freshness,
        watermarks: Arc<Watermarks>,
        hearing: Arc<Hearing>,
    ) -> Self {
        let (options, trust) = (postgres.options.clone(), postgres.trust.clone());
        Self { options, limit: postgres.limit, trust, freshness, watermarks, hearing }
    }

    pub(crate) async fn run(self) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let begun = Instant::now();
            tokio::select! {
                () = self.trust.lost() => {}
                Err(error) = self.hear() => tracing::debug!(%error, "notifications of other nodes are not heard"),
            }
            self.hearing.tell(Word::Lost);
            pause = if begun.elapsed() > LONGEST_PAUSE { SHORTEST_PAUSE } else { LONGEST_PAUSE.min(2 * pause) };
            sleep(pause).await;
        }
    }

    /// Listens until the connection is lost.
    async fn hear(&self) -> Result<Infallible> {
        let pool = PoolOptions::new().max_connections(1).acquire_timeout(self.limit).idle_timeout(None);
        let pool = pool.max_lifetime(None).connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen_all([CHANNEL, hearing::CHANNEL]).await?;
        self.hearing.tell(Word::Listening);
        loop {
            let Some(told) = listener.try_recv().await? else {
                return Err(Error::Unavailable("the connection was lost".into()));
            };
            if told.channel() == hearing::CHANNEL {
                self.hearing.tell(Word::Changed(told.payload()));
                continue;
            }
            // Our own changes are known already. Whatever else it is, the database knows better.
            if told.payload().parse().is_ok_and(|told: u64| told > self.watermarks.revisions().changes) {
                self.freshness.caught_up().await?;
            }
        }
    }
}
