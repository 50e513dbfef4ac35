//! What may go, and what goes with it?

use serde_json::json;
use tidegate_compat::{SubjectName, Version, VersionSpec};
use tidegate_store::{Tx, VersionRow};

use crate::associations::{subject_may_go, version_may_go};
use crate::retry::retrying;
use crate::{Actor, Error, Mode, Registry, Result};

impl Registry {
    /// Soft-deletes all live versions, or removes all soft-deleted ones for good; answers their numbers.
    pub async fn delete_subject(&self, actor: &Actor, subject: &SubjectName, permanent: bool) -> Result<Vec<Version>> {
        retrying(|| self.try_delete_subject(actor, subject, permanent)).await
    }

    /// Soft-deletes a live version, or removes a soft-deleted one for good; answers its number.
    pub async fn delete_version(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        version: VersionSpec,
        permanent: bool,
    ) -> Result<Version> {
        retrying(|| self.try_delete_version(actor, subject, version, permanent)).await
    }

    async fn try_delete_subject(&self, actor: &Actor, subject: &SubjectName, permanent: bool) -> Result<Vec<Version>> {
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(subject)).await?;
        let rows = tx.versions(subject).await?;
        let is_live = rows.iter().any(|row| !row.is_deleted);
        if rows.is_empty() {
            return Err(Error::SubjectNotFound(subject.clone()));
        }
        if !permanent && !is_live {
            return Err(Error::SubjectSoftDeleted(subject.clone()));
        }
        self.must_be_writable(&mut tx, subject).await?;
        subject_may_go(&mut tx, subject).await?;
        must_be_free(&mut tx, subject, None, permanent).await?;
        if permanent && is_live {
            return Err(Error::SubjectNotSoftDeleted(subject.clone()));
        }
        let going: Vec<_> = rows.into_iter().filter(|row| row.is_deleted == permanent).collect();
        for row in &going {
            remove(&mut tx, subject, *row, permanent).await?;
        }
        if permanent {
            tx.forget_subject(subject).await?;
        }
        let action = if permanent { "subject.purge" } else { "subject.delete" };
        tx.commit(actor.change(action, subject, Some(told(&going)), None)).await?;
        Ok(going.iter().map(|row| row.version).collect())
    }

    async fn try_delete_version(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        version: VersionSpec,
        permanent: bool,
    ) -> Result<Version> {
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(subject)).await?;
        let row = match version {
            VersionSpec::Latest => tx.latest(subject).await?,
            VersionSpec::Number(number) => tx.version(subject, number).await?,
        };
        let Some(row) = row else {
            return Err(self.missing(&mut tx, subject, version, true).await?);
        };
        if !permanent && row.is_deleted {
            return Err(Error::VersionSoftDeleted { subject: subject.clone(), version: row.version });
        }
        self.must_be_writable(&mut tx, subject).await?;
        version_may_go(&mut tx, subject, row.version).await?;
        must_be_free(&mut tx, subject, Some(row.version), permanent).await?;
        if permanent && !row.is_deleted {
            return Err(Error::VersionNotSoftDeleted { subject: subject.clone(), version: row.version });
        }
        remove(&mut tx, subject, row, permanent).await?;
        if permanent && !tx.has_versions(subject, true).await? {
            tx.forget_subject(subject).await?;
        }
        let action = if permanent { "version.purge" } else { "version.delete" };
        tx.commit(actor.change(action, subject, Some(told(&[row])), None)).await?;
        Ok(row.version)
    }

    pub(crate) async fn must_be_writable(&self, tx: &mut Tx, subject: &SubjectName) -> Result<()> {
        match self.settled_now(tx, subject).await?.mode {
            mode @ (Mode::ReadOnly | Mode::ReadOnlyOverride) => {
                Err(Error::NotPermitted { subject: subject.clone(), mode })
            }
            Mode::ReadWrite | Mode::Import | Mode::Forward => Ok(()),
        }
    }
}

/// What others stand on stays. Soft-deleted referrers count only against removal for good; a whole subject may refer to
/// itself.
pub(crate) async fn must_be_free(
    tx: &mut Tx,
    subject: &SubjectName,
    version: Option<Version>,
    permanent: bool,
) -> Result<()> {
    match tx.obstacle(subject, version, permanent, version.is_none()).await? {
        None => Ok(()),
        Some(obstacle) => Err(Error::ReferenceExists {
            subject: subject.clone(),
            version: obstacle.version,
            referrer: obstacle.referrer,
        }),
    }
}

async fn remove(tx: &mut Tx, subject: &SubjectName, row: VersionRow, permanent: bool) -> Result<()> {
    if permanent {
        tx.remove_version(subject, row.version).await?;
    } else {
        tx.soft_delete_version(subject, row.version).await?;
    }
    Ok(())
}

pub(crate) fn told(rows: &[VersionRow]) -> String {
    let told: Vec<_> = rows.iter().map(|row| json!({"version": row.version.0, "id": row.id.0})).collect();
    json!(told).to_string()
}
