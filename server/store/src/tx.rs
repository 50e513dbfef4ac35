//! How does a change become real? Together with its audit row and the next revision, or not at all.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tracing::Instrument;

use crate::audit::Change;
use crate::session::{Revisions, Session, signed};
use crate::{Error, Result, hearing};

/// A write transaction. Dropping it undoes everything.
#[derive(Debug)]
pub struct Tx {
    session: Session,
    purged: i64,
}

/// A transaction whose changes have their revisions and audit rows. Nothing is missing but the commit, for which everybody
/// else waits.
#[derive(Debug)]
pub struct Recorded {
    tx: Tx,
    reached: Revisions,
}

impl Tx {
    pub(crate) fn new(session: Session) -> Self {
        Self { session, purged: 0 }
    }

    /// Notes that what was immutable so far vanishes or gives way to something else, so that every node forgets it.
    pub fn note_purge(&mut self) {
        self.purged = 1;
    }

    /// Makes the change real, writes down who did it, and answers its revision.
    ///
    /// Runs to its end even if the caller goes away: a commit must not go unnoticed by the caches of this process.
    pub async fn commit(self, change: Change) -> Result<u64> {
        self.commit_all(vec![change]).await
    }

    /// Makes changes real that belong together, as [`Self::commit`] does with one; answers the revision of the last.
    pub async fn commit_all(self, changes: Vec<Change>) -> Result<u64> {
        let recording = async move { self.record(&changes).await?.commit().await };
        finish(tokio::spawn(recording.in_current_span())).await
    }

    /// Writes down the changes, each under a revision of its own.
    pub async fn record(mut self, changes: &[Change]) -> Result<Recorded> {
        let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let purged = self.purged;
        // The revision row is locked from here on: nothing may come between it and the commit but the audit rows.
        let reached = self.session.next_revisions(count, purged).await?;
        self.write_audit(signed(reached.changes).saturating_sub(count).saturating_add(1), changes).await?;
        Ok(Recorded { tx: self, reached })
    }

    /// Makes something real that is no change of the registry: no audit, no revision.
    pub async fn commit_unrecorded(self) -> Result<()> {
        finish(tokio::spawn(self.end().in_current_span())).await
    }

    /// The same, and does something right after that, even if the caller has gone away and whatever came of it: it is told
    /// whether the change has become real for sure.
    pub async fn commit_unrecorded_and(self, after: impl FnOnce(bool) + Send + 'static) -> Result<()> {
        let ending = async {
            let ended = self.end().await;
            after(ended.is_ok());
            ended
        };
        finish(tokio::spawn(ending.in_current_span())).await
    }

    /// Says to all nodes what of lineage is changed, once that is real. Where there is one, nothing is said.
    pub async fn tell_lineage(&mut self, words: &[String]) -> Result<()> {
        self.session.notify(hearing::CHANNEL, words).await
    }

    async fn end(self) -> Result<()> {
        self.session.commit().await
    }
}

impl Recorded {
    /// Makes the changes real and answers the revision of the last. To be run to its end: a commit must not go unnoticed
    /// by the caches of this process.
    pub async fn commit(self) -> Result<u64> {
        let watermarks = Arc::clone(&self.tx.session.watermarks);
        self.tx.end().await?;
        watermarks.raise(self.reached);
        Ok(self.reached.changes)
    }
}

async fn finish<T>(task: tokio::task::JoinHandle<Result<T>>) -> Result<T> {
    task.await.unwrap_or_else(|_| Err(Error::Unavailable("the server is shutting down".into())))
}

impl Deref for Tx {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}
