//! What do associations keep others from doing?

use tidegate_compat::{SubjectName, Version};
use tidegate_store::{Session, Tx};

use super::Lifecycle;
use crate::{Error, Result};

/// What a topic owns is nobody else's to build on: it goes with the topic.
pub(crate) async fn may_be_referred_to(session: &mut Session, subject: &SubjectName) -> Result<()> {
    match lifecycle_of(session, subject).await? {
        Some(Lifecycle::Strong) => Err(Error::ReferenceToOwned(subject.clone())),
        Some(Lifecycle::Weak) | None => Ok(()),
    }
}

/// A subject with associations stays as a whole.
pub(crate) async fn subject_may_go(tx: &mut Tx, subject: &SubjectName) -> Result<()> {
    match lifecycle_of(tx, subject).await? {
        Some(_) => Err(Error::SubjectAssociated(subject.clone())),
        None => Ok(()),
    }
}

/// The last live version of a subject with associations stays.
pub(crate) async fn version_may_go(tx: &mut Tx, subject: &SubjectName, going: Version) -> Result<()> {
    if lifecycle_of(tx, subject).await?.is_none() {
        return Ok(());
    }
    let others = tx.versions(subject).await?;
    if others.iter().any(|row| !row.is_deleted && row.version != going) {
        return Ok(());
    }
    Err(Error::NoLiveVersion(subject.clone()))
}

/// The lifecycle of a subject's associations, if it has any: they are alike.
pub(super) async fn lifecycle_of(session: &mut Session, subject: &SubjectName) -> Result<Option<Lifecycle>> {
    let Some(word) = session.lifecycle_of(subject).await? else { return Ok(None) };
    let unknown = || Error::Store(tidegate_store::Error::Corrupt(format!("'{word}' is no lifecycle")));
    Lifecycle::parse(&word).map(Some).ok_or_else(unknown)
}
