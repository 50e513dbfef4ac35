//! Would this schema be accepted?

use std::sync::Arc;

use tidegate_compat::{
    CompatibilityLevel, Policy, Predecessor, SubjectName, Verdict, Version, VersionSpec, check, is_same_group,
};
use tidegate_store::{Session, VersionRow};

use crate::candidate::Prepared;
use crate::error::Compared;
use crate::explain::Against;
use crate::references::Need;
use crate::reserved::must_be_nameable;
use crate::settings::{Config, strictness};
use crate::{Candidate, Error, Registry, Result, StoredSchema};

/// What a check found and against what.
#[derive(Debug, Clone)]
pub struct Checked {
    pub verdict: Verdict,
    pub compared: Compared,
    /// The versions that it was compared with, newest first.
    pub versions: Vec<Version>,
}

impl Registry {
    /// The live versions that are asked for, ascending. A subject without any is no error: its first version is explained
    /// against nothing.
    pub(crate) async fn live_rows(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        against: &Against,
    ) -> Result<Vec<VersionRow>> {
        match *against {
            Against::Version(VersionSpec::Latest) => Ok(session.latest(subject).await?.into_iter().collect()),
            Against::Version(version @ VersionSpec::Number(number)) => {
                let row = session.version(subject, number).await?.filter(|row| !row.is_deleted);
                let missing = || Error::VersionNotFound { subject: subject.clone(), version };
                Ok(vec![row.ok_or_else(missing)?])
            }
            Against::Subject | Against::Candidates(_) => {
                let mut rows = session.versions(subject).await?;
                rows.retain(|row| !row.is_deleted);
                Ok(rows)
            }
        }
    }

    /// Against one version, in the directions of the effective level.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn check_version(
        &self,
        subject: &SubjectName,
        version: VersionSpec,
        candidate: Candidate,
        normalize: bool,
    ) -> Result<Checked> {
        let mut session = self.store().read().await?;
        let rows = self.live_rows(&mut session, subject, &Against::Version(version)).await?;
        self.check_against(&mut session, subject, &rows, candidate, normalize).await
    }

    /// Against the subject as a registration would.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn check_subject(&self, subject: &SubjectName, candidate: Candidate, normalize: bool) -> Result<Checked> {
        let mut session = self.store().read().await?;
        let rows = self.live_rows(&mut session, subject, &Against::Subject).await?;
        self.check_against(&mut session, subject, &rows, candidate, normalize).await
    }

    async fn check_against(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        rows: &[VersionRow],
        candidate: Candidate,
        normalize: bool,
    ) -> Result<Checked> {
        candidate.check_text()?;
        let settled = self.settled(session, subject).await?;
        let config = &settled.config;
        let normalize = normalize || config.normalize.unwrap_or(false);
        let prepared = self.prepare(session, subject, &candidate, normalize, strictness(config), Need::Live).await?;
        must_be_nameable(&prepared, config).await?;
        self.checked(session, subject, &prepared, rows, config).await
    }

    /// Compares a candidate with live versions (ascending) as the level asks for.
    pub(crate) async fn checked(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
        config: &Config,
    ) -> Result<Checked> {
        let level = config.level.unwrap_or(self.inner.defaults.level);
        let validate_fields = config.validate_fields.unwrap_or(false);
        let mut checked = Checked {
            verdict: Verdict::default(),
            compared: Compared { kind: prepared.kind, version: None, text: None, level, validate_fields },
            versions: Vec::new(),
        };
        checked.verdict.findings = self.findings_on_names(session, subject, prepared, rows, config).await?;
        if level == CompatibilityLevel::None {
            return Ok(checked);
        }
        let predecessors = self.predecessors(session, subject, prepared, rows, config, level.reach()).await?;
        checked.versions = predecessors.iter().filter_map(|(predecessor, _)| predecessor.version).collect();
        let history: Vec<_> = predecessors.iter().map(|(predecessor, _)| predecessor.clone()).collect();
        let (candidate, policy) = (prepared.parsed.clone(), policy(config));
        let size = predecessors.iter().map(|(_, schema)| schema.text.len() + prepared.text.len()).sum();
        let read = aside(size, move || check(&candidate, &history, level, policy)).await?;
        // What is wrong with names is no matter of that version's text, which is not quoted for it.
        let version = read.errors().next().and_then(|finding| finding.version);
        checked.verdict.findings.extend(read.findings);
        if let Some(version) = version {
            let with_problem = predecessors.iter().find(|(predecessor, _)| predecessor.version == Some(version));
            checked.compared.version = Some(version);
            checked.compared.text = with_problem.map(|(_, schema)| Arc::clone(&schema.text));
        }
        Ok(checked)
    }

    /// The versions to compare with, newest first, `reach` at most: those of the candidate's group.
    pub(crate) async fn predecessors(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
        config: &Config,
        reach: usize,
    ) -> Result<Vec<(Predecessor, Arc<StoredSchema>)>> {
        if reach > 1 {
            self.warm_up(session, subject, rows).await?;
        }
        let own = prepared.contract.metadata.as_ref();
        let mut predecessors = Vec::new();
        for row in rows.iter().rev() {
            if predecessors.len() == reach {
                break;
            }
            let schema = self.content(session, subject.context(), row.id).await?;
            if !is_same_group(config.group.as_deref(), own, schema.contract.metadata.as_ref()) {
                continue;
            }
            match self.parsed(session, subject.context(), &schema).await {
                Ok(parsed) => predecessors.push((Predecessor { version: Some(row.version), schema: parsed }, schema)),
                Err(error @ (Error::Malformed(_) | Error::UnresolvedReference { .. })) => {
                    // A schema that it stands on is gone for good, so nobody can read its data either.
                    tracing::warn!(subject.name = %subject, subject.version = row.version.0, %error,
                        "a version can't be read any more, and is not compared with");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(predecessors)
    }
}

/// How strictly levels are read there. A word that is none of ours is as good as none.
pub(crate) fn policy(config: &Config) -> Policy {
    config.policy.as_deref().and_then(Policy::parse).unwrap_or_default()
}

/// Texts of so many bytes together are compared in less time than it takes to find another thread.
const SMALL: usize = 8 << 10;

/// Runs a comparison where it holds up nobody else: schemas come from outside, and large ones take their time. `size` is
/// that of all texts that are compared, in bytes.
pub(crate) async fn aside<T: Send + 'static>(size: usize, compare: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if size <= SMALL {
        return Ok(compare());
    }
    match tokio::task::spawn_blocking(compare).await {
        Ok(found) => Ok(found),
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::ShuttingDown),
        },
    }
}
