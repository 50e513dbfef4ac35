//! Have the policies changed? The registry is asked once a second, and what it says holds from the next request on, on
//! connections that are open too.
//!
//! The registry's policies come before those of the configuration. While it can't be asked, what it said last goes on to
//! hold; before it has said anything, those of the configuration hold alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::metrics::observe_policies;
use crate::policy::{PolicyFault, PolicyTable, TopicPolicy};
use crate::schemas::{SchemaSource, SourceError};

/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a proxy that starts waits for the first answer.
const FIRST: Duration = Duration::from_secs(3);

/// What all connections share: the policies in force, and when the registry was last heard.
#[derive(Debug)]
pub(crate) struct InForce {
    table: ArcSwap<PolicyTable>,
    began: Instant,
    /// Milliseconds from `began` to the last answer of the registry; 0 for none yet.
    heard: AtomicU64,
}

/// Who asks.
pub(crate) struct Feed {
    source: Arc<dyn SchemaSource>,
    /// Those of the configuration.
    own: Vec<TopicPolicy>,
    in_force: Arc<InForce>,
    /// The revision of what holds.
    known: u64,
    is_cut_off: bool,
}

impl InForce {
    /// Those of the configuration alone.
    fn of(own: &[TopicPolicy]) -> Result<Arc<Self>, PolicyFault> {
        let table = ArcSwap::from_pointee(PolicyTable::of(own.iter().cloned())?);
        Ok(Arc::new(Self { table, began: Instant::now(), heard: AtomicU64::new(0) }))
    }

    /// Those in force now.
    pub(crate) fn load(&self) -> Guard<Arc<PolicyTable>> {
        self.table.load()
    }

    /// The same, to be kept.
    pub(crate) fn load_full(&self) -> Arc<PolicyTable> {
        self.table.load_full()
    }

    /// Whether the registry has said what its policies are, since the start.
    pub(crate) fn are_known(&self) -> bool {
        self.heard.load(Ordering::Relaxed) > 0
    }

    /// The time since the registry last answered; since the start, if it never did.
    pub(crate) fn contact_age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.heard.load(Ordering::Relaxed)))
    }

    fn heard(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(elapsed.max(1), Ordering::Relaxed);
    }
}

impl Feed {
    /// Asks for the first time, so that nothing passes unchecked that the registry wants checked, if it can be asked.
    pub(crate) async fn start(source: Arc<dyn SchemaSource>, own: Vec<TopicPolicy>) -> Result<Self, PolicyFault> {
        let in_force = InForce::of(&own)?;
        observe_policies(&in_force);
        let mut feed = Self { source, own, in_force, known: 0, is_cut_off: false };
        feed.look(FIRST).await;
        Ok(feed)
    }

    pub(crate) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force)
    }

    /// Asks again and again.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let asking = async {
            loop {
                sleep(PAUSE).await;
                self.look(PATIENCE).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = asking => {}
        }
    }

    async fn look(&mut self, limit: Duration) {
        let late = || SourceError::Unavailable("it did not answer in time".to_owned());
        match timeout(limit, self.source.policies(self.known)).await.unwrap_or_else(|_| Err(late())) {
            Ok(None) => self.answered(),
            Ok(Some(told)) => {
                let (revision, count) = (told.revision, told.policies.len());
                match PolicyTable::of(told.policies.into_iter().chain(self.own.iter().cloned())) {
                    Ok(table) => {
                        self.in_force.table.store(Arc::new(table));
                        self.known = revision;
                        self.answered();
                        tracing::info!(policies.revision = revision, policies.count = count, "new topic policies hold");
                    }
                    Err(fault) => self.cut_off(&format!("a policy can't be used: {fault}")),
                }
            }
            Err(error) => self.cut_off(&error.to_string()),
        }
    }

    fn answered(&mut self) {
        self.in_force.heard();
        if std::mem::take(&mut self.is_cut_off) {
            tracing::info!("the registry can be asked for topic policies again");
        }
    }

    /// Told once, until it is over.
    fn cut_off(&mut self, reason: &str) {
        if std::mem::replace(&mut self.is_cut_off, true) {
            return;
        }
        if self.in_force.are_known() {
            tracing::warn!(reason, "topic policies can't be asked for; those known last go on to hold");
        } else {
            tracing::warn!(reason, "topic policies can't be asked for; until they can, only those configured hold");
        }
    }
}

#[cfg(test)]
mod tests;
