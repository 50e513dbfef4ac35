//! How do registrations that were decided on become real, many in one transaction?
//!
//! A decision was made on a ground that may have moved since. Under the locks of all subjects the grounds are looked at
//! again: where nothing changed the decision holds, and the rest is decided anew by those who asked.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tidegate_compat::{Fingerprint, SchemaId, SubjectName, Version};
use tidegate_store::{Change, Error as StoreError, Incoming, Tx, VersionRow};
use tokio::sync::oneshot;

use crate::associations::may_be_referred_to;
use crate::ground::Ground;
use crate::model::now;
use crate::register::ACTION;
use crate::{Actor, Registry, Result, StoredSchema, StoredVersion};

/// A new version as it was decided on.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) actor: Actor,
    pub(crate) ground: Ground,
    /// The content, without its id.
    pub(crate) content: StoredSchema,
    pub(crate) likeness: u64,
    /// What the content refers to.
    pub(crate) targets: Vec<(SubjectName, Version)>,
    pub(crate) version: Version,
    /// How many purges were known before it was decided: what is remembered may be older than a later one.
    pub(crate) purges: u64,
}

/// A new version that waits for its commit.
#[derive(Debug)]
pub(crate) struct Waiting {
    fresh: Fresh,
    since: Instant,
    answer: oneshot::Sender<Settlement>,
}

/// What came of a decision.
#[derive(Debug)]
pub(crate) enum Settlement {
    Stored(StoredVersion),
    /// The ground has moved: look again.
    Moved,
    /// It does not go together with others. By itself it may work, or fail for a reason of its own.
    Alone,
    /// Nobody knows whether it was stored.
    InDoubt(StoreError),
}

/// Why a whole batch did not become real.
enum Failure {
    /// Nothing has happened.
    Undone(crate::Error),
    InDoubt(StoreError),
}

impl<E: Into<crate::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Undone(error.into())
    }
}

impl Registry {
    /// Makes a decision real, if its ground still stands. What was begun is finished even if the caller goes away.
    pub(crate) async fn settle(&self, fresh: Fresh) -> Settlement {
        let (answer, answered) = oneshot::channel();
        let registry = self.clone();
        self.inner.commits.hand_in(Waiting { fresh, since: Instant::now(), answer }, move |batch| {
            let registry = registry.clone();
            async move { registry.settle_all(batch).await }
        });
        let vanished = |_| Settlement::InDoubt(StoreError::Unavailable("the commit was given up".into()));
        answered.await.unwrap_or_else(vanished)
    }

    async fn settle_all(&self, batch: Vec<Waiting>) {
        let (batch, seconds) = first_of_each_subject(batch);
        match self.store_all(&batch).await {
            Ok(settlements) => {
                let stored = settlements.iter().filter(|it| matches!(it, Settlement::Stored(_))).count();
                self.inner.metrics.committed(stored, batch.iter().map(|waiting| waiting.since.elapsed()));
                for (waiting, settlement) in batch.into_iter().zip(settlements) {
                    waiting.tell(settlement);
                }
            }
            Err(Failure::Undone(error)) => {
                tracing::debug!(%error, registrations = batch.len(), "a batch failed, and each of it goes by itself");
                batch.into_iter().for_each(|waiting| waiting.tell(Settlement::Alone));
            }
            Err(Failure::InDoubt(error)) => {
                batch.into_iter().for_each(|waiting| waiting.tell(Settlement::InDoubt(error.clone())));
            }
        }
        seconds.into_iter().for_each(|waiting| waiting.tell(Settlement::Moved));
    }

    /// One transaction for all whose ground still stands; answers for each what came of it.
    async fn store_all(&self, batch: &[Waiting]) -> std::result::Result<Vec<Settlement>, Failure> {
        let subjects: Vec<_> = batch.iter().flat_map(|waiting| waiting.fresh.ground.subjects()).collect();
        let mut tx = self.store().write().await?;
        let (grounds, purges) = (tx.locked_grounds(&subjects).await?, self.store().purges());
        let mut standing = Vec::with_capacity(batch.len());
        let mut settlements: Vec<_> = batch.iter().map(|_| Settlement::Moved).collect();
        for (index, Waiting { fresh, .. }) in batch.iter().enumerate() {
            if fresh.purges != purges || !fresh.ground.still_stands(&grounds, self.inner.defaults)? {
                continue;
            }
            if fresh.may_still_refer(&mut tx).await? {
                standing.push((index, fresh));
            } else {
                settlements[index] = Settlement::Alone;
            }
        }
        let mut changes = Vec::with_capacity(standing.len());
        for (index, stored) in self.insert_all(&mut tx, &standing).await? {
            let Some(stored) = stored else {
                settlements[index] = Settlement::Alone;
                continue;
            };
            changes.push(batch[index].fresh.change(stored.schema.id, stored.schema.fingerprint));
            settlements[index] = Settlement::Stored(stored);
        }
        if changes.is_empty() {
            return Ok(settlements);
        }
        tx.record(&changes).await?.commit().await.map_err(Failure::InDoubt)?;
        for (settlement, waiting) in settlements.iter().zip(batch) {
            if let Settlement::Stored(stored) = settlement {
                self.remember(purges, stored.subject.context(), &stored.schema);
                self.remember_likeness(purges, stored.subject.context(), stored.schema.id, waiting.fresh.likeness);
            }
        }
        Ok(settlements)
    }

    /// Stores contents and versions; answers what each has become, and nothing for one whose content is not what is stored
    /// under its fingerprint.
    async fn insert_all(
        &self,
        tx: &mut Tx,
        standing: &[(usize, &Fresh)],
    ) -> Result<Vec<(usize, Option<StoredVersion>)>> {
        let incoming = standing.iter().map(|(_, fresh)| Incoming {
            context: fresh.ground.subject.context(),
            content: &fresh.content,
            targets: &fresh.targets,
        });
        let placed = tx.insert_contents(&incoming.collect::<Vec<_>>()).await?;
        let mut inserted = Vec::with_capacity(standing.len());
        let mut rows = Vec::with_capacity(standing.len());
        for ((index, fresh), place) in standing.iter().zip(placed) {
            let content = StoredSchema { id: place.id, ..fresh.content.clone() };
            if place.known.is_some_and(|known| known != content) {
                inserted.push((*index, None));
                continue;
            }
            let row = VersionRow { version: fresh.version, id: place.id, stored_at: now(), is_deleted: false };
            rows.push((&fresh.ground, row));
            inserted.push((*index, Some(StoredVersion::of(&fresh.ground.subject, row, Arc::new(content)))));
        }
        let versions: Vec<_> = rows.iter().map(|(ground, row)| (&ground.subject, *row)).collect();
        tx.insert_versions(&versions).await?;
        for (ground, row) in rows {
            make_room(tx, ground, row).await?;
        }
        Ok(inserted)
    }
}

impl Fresh {
    /// Whether nothing that it refers to has been taken by a resource meanwhile.
    async fn may_still_refer(&self, tx: &mut Tx) -> Result<bool> {
        for (target, _) in &self.targets {
            match may_be_referred_to(tx, target).await {
                Ok(()) => {}
                Err(error @ crate::Error::Store(_)) => return Err(error),
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// What is written down about it, now that it has an id.
    pub(crate) fn change(&self, id: SchemaId, guid: Fingerprint) -> Change {
        let latest = self.ground.live.last();
        let before = latest.map(|row| json!({"version": row.version.0, "id": row.id.0}).to_string());
        let after = json!({"version": self.version.0, "id": id.0, "guid": guid.to_string()}).to_string();
        self.actor.change(ACTION, &self.ground.subject, before, Some(after))
    }
}

impl Waiting {
    /// Whoever asked may have gone away: then nobody wants to know.
    fn tell(self, settlement: Settlement) {
        let _ = self.answer.send(settlement);
    }
}

/// Of two that change one subject, the second is decided on what the first leaves.
fn first_of_each_subject(batch: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut seen = std::collections::HashSet::new();
    batch.into_iter().partition(|waiting| seen.insert(waiting.fresh.ground.subject.clone()))
}

/// Removes what a new version takes the place of: an imported-over version's content, and soft-deleted versions with the
/// same content that nobody refers to.
pub(crate) async fn make_room(tx: &mut Tx, ground: &Ground, new: VersionRow) -> Result<()> {
    for old in &ground.rows {
        if old.version == new.version {
            if old.id != new.id {
                tx.note_purge();
                tx.delete_unused_content(ground.subject.context(), old.id).await?;
            }
        } else if old.is_deleted && old.id == new.id && old.version < new.version {
            let obstacle = tx.obstacle(&ground.subject, Some(old.version), true, false).await?;
            if obstacle.is_none() {
                tx.remove_version(&ground.subject, old.version).await?;
            }
        }
    }
    Ok(())
}
