//! What does a registration stand on, and does it still stand?

use std::collections::HashSet;
use std::sync::Arc;

use tidegate_compat::{SubjectName, Version};
use tidegate_store::{Error as StoreError, Grounds, VersionRow};
use tokio::sync::oneshot;

use crate::references::MAX_REFERENCES;
use crate::settings::{Defaults, Settled};
use crate::{Candidate, Error, Mode, Registry, Result};

/// A subject as it is at one moment. A decision that was made on it holds as long as nothing of it has changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ground {
    pub(crate) subject: SubjectName,
    pub(crate) settled: Settled,
    /// All versions, ascending.
    pub(crate) rows: Vec<VersionRow>,
    pub(crate) live: Vec<VersionRow>,
    /// The number of the version that comes next.
    pub(crate) next: Version,
    /// The subjects that the candidate refers to, with their versions.
    targets: Vec<(SubjectName, Vec<VersionRow>)>,
}

/// Someone who wants to know what some subjects are like.
#[derive(Debug)]
pub(crate) struct Look {
    subjects: Vec<SubjectName>,
    answer: oneshot::Sender<std::result::Result<Arc<Grounds>, StoreError>>,
}

impl Ground {
    pub(crate) fn of(
        subject: &SubjectName,
        targets: impl IntoIterator<Item = SubjectName>,
        grounds: &Grounds,
        defaults: Defaults,
    ) -> Result<Self> {
        let rows = grounds.versions(subject).to_vec();
        let targets = targets.into_iter().map(|target| {
            let rows = grounds.versions(&target).to_vec();
            (target, rows)
        });
        Ok(Self {
            subject: subject.clone(),
            settled: Settled::of(subject, grounds.settings_around(subject), defaults)?,
            live: rows.iter().filter(|row| !row.is_deleted).copied().collect(),
            next: Version(rows.last().map_or(1, |row| row.version.0.saturating_add(1))),
            rows,
            targets: targets.collect(),
        })
    }

    pub(crate) fn is_import(&self) -> bool {
        matches!(self.settled.mode, Mode::Import | Mode::Forward)
    }

    /// The subject, and those that must not change either.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &SubjectName> {
        std::iter::once(&self.subject).chain(self.targets.iter().map(|(target, _)| target))
    }

    /// Whether all is now as it was.
    pub(crate) fn still_stands(&self, now: &Grounds, defaults: Defaults) -> Result<bool> {
        let targets = self.targets.iter().map(|(target, _)| target.clone());
        Ok(Self::of(&self.subject, targets, now, defaults)? == *self)
    }
}

impl Registry {
    /// The ground as it is now. Many who look at the same time ask the database once.
    pub(crate) async fn look(&self, subject: &SubjectName, candidate: &Candidate) -> Result<Ground> {
        self.look_with(subject, targets(subject, candidate)).await
    }

    /// What holds for a subject. While others register, this is not remembered for long, and asked for by everybody.
    pub(crate) async fn settled_together(&self, subject: &SubjectName) -> Result<Arc<Settled>> {
        let stamp = self.revision();
        self.inner.metrics.cache_miss("settings");
        let settled = Arc::new(self.look_with(subject, Vec::new()).await?.settled);
        self.inner.cache.settings.insert(stamp, subject.clone(), Arc::clone(&settled), 1);
        Ok(settled)
    }

    async fn look_with(&self, subject: &SubjectName, targets: Vec<SubjectName>) -> Result<Ground> {
        let subjects = std::iter::once(subject).chain(&targets).cloned().collect();
        let (answer, answered) = oneshot::channel();
        let registry = self.clone();
        self.inner.looks.hand_in(Look { subjects, answer }, move |looks| {
            let registry = registry.clone();
            async move { registry.look_for_all(looks).await }
        });
        let grounds = answered.await.map_err(|_| Error::ShuttingDown)??;
        Ground::of(subject, targets, &grounds, self.inner.defaults)
    }

    async fn look_for_all(&self, looks: Vec<Look>) {
        match self.look_at(looks.iter().flat_map(|look| &look.subjects)).await {
            // Something is wrong with one of them: that is not the fault of the others.
            Err(error) if looks.len() > 1 && !matches!(error, StoreError::Unavailable(_)) => {
                for look in looks {
                    let found = self.look_at(&look.subjects).await;
                    let _ = look.answer.send(found);
                }
            }
            found => {
                for look in looks {
                    let _ = look.answer.send(found.clone());
                }
            }
        }
    }

    async fn look_at(
        &self,
        subjects: impl IntoIterator<Item = &SubjectName>,
    ) -> std::result::Result<Arc<Grounds>, StoreError> {
        self.store().read().await?.grounds(subjects).await.map(Arc::new)
    }
}

/// The subjects that a candidate refers to. Too many are not looked at: they are refused anyway.
pub(crate) fn targets(subject: &SubjectName, candidate: &Candidate) -> Vec<SubjectName> {
    let mut seen = HashSet::new();
    let references = candidate.references.iter().take(MAX_REFERENCES);
    let targets = references.map(|target| SubjectName::parse_in(subject.context(), &target.subject));
    targets.filter(|target| seen.insert(target.clone())).collect()
}
