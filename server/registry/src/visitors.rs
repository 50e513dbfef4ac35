//! Who fetches schemas from here? Counted in memory, and written down now and then.

use std::sync::Arc;

use tidegate_lineage::{Identity, Lookups};

use crate::model::now;
use crate::{Error, Registry, Result};

/// How many are told apart at once: who, times what.
pub(crate) const MOST: usize = 100_000;

/// How many bytes of what a client calls its software are kept.
const LONGEST: usize = 120;

impl Registry {
    /// Where lookups are counted.
    pub fn lookups(&self) -> &Lookups {
        &self.inner.lookups
    }

    /// Who looks up: its principal or, if it has none, what it calls its software and where it comes from.
    pub fn visitor(principal: Option<&str>, software: &str, address: &str) -> Arc<Identity> {
        let named = principal.filter(|name| !name.is_empty());
        let cut = |text: &str| text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().replace('\0', " ");
        Arc::new(match named {
            Some(name) => Identity { principal: cut(name).into(), ..Identity::default() },
            None => Identity { software: cut(software).into(), address: address.into(), ..Identity::default() },
        })
    }

    /// Writes down what was counted until now; what others are writing down meanwhile is waited for. What can't be written
    /// is counted on.
    pub async fn keep_lookups(&self) -> Result<()> {
        let registry = self.clone();
        // Not given up on with whoever asked for it: what is taken and not written would be lost.
        let writing = tokio::spawn(async move {
            let _turn = registry.inner.keeping.lock().await;
            registry.write_lookups().await
        });
        writing.await.unwrap_or(Err(Error::ShuttingDown))
    }

    /// The same for whoever is about to ask for them. Lookups that can't be written are told later.
    pub async fn have_lookups_kept(&self) {
        if let Err(error) = self.keep_lookups().await {
            tracing::debug!(%error, "the latest lookups are not told yet");
        }
    }

    async fn write_lookups(&self) -> Result<()> {
        let taken = self.inner.lookups.drain(now());
        let missed = self.inner.lookups.take_missed();
        if missed > 0 {
            tracing::warn!(
                lookups = missed,
                "more clients and schemas than can be told apart: some lookups are not told"
            );
        }
        if taken.is_empty() {
            return Ok(());
        }
        let writing = async {
            let mut tx = self.store().write().await?;
            tx.add_lookups(&taken).await?;
            tx.commit_unrecorded().await
        };
        let outcome = writing.await;
        if outcome.is_err() {
            self.inner.lookups.restore(taken);
        }
        Ok(outcome?)
    }
}
