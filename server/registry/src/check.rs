//! Would this schema be accepted?

use std::sync::Arc;

use tidegate_compat::{CompatibilityLevel, Predecessor, SubjectName, Verdict, VersionSpec, check};
use tidegate_store::{Session, VersionRow};

use crate::candidate::Prepared;
use crate::error::Compared;
use crate::references::Need;
use crate::settings::{Config, strictness};
use crate::{Candidate, Error, Registry, Result, StoredSchema};

/// What a check found and against what.
#[derive(Debug, Clone)]
pub struct Checked {
    pub verdict: Verdict,
    pub compared: Compared,
}

impl Registry {
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
        let row = match version {
            VersionSpec::Latest => session.latest(subject).await?,
            VersionSpec::Number(number) => {
                let row = session.version(subject, number).await?.filter(|row| !row.is_deleted);
                Some(row.ok_or_else(|| Error::VersionNotFound { subject: subject.clone(), version })?)
            }
        };
        self.check_against(&mut session, subject, row.as_slice(), candidate, normalize).await
    }

    /// Against the subject as a registration would.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn check_subject(&self, subject: &SubjectName, candidate: Candidate, normalize: bool) -> Result<Checked> {
        let mut session = self.store().read().await?;
        let mut rows = session.versions(subject).await?;
        rows.retain(|row| !row.is_deleted);
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
            compared: Compared { version: None, text: None, level, validate_fields },
        };
        if level == CompatibilityLevel::None {
            return Ok(checked);
        }
        let predecessors = self.predecessors(session, subject, prepared, rows, config, level).await?;
        let history: Vec<_> = predecessors.iter().map(|(predecessor, _)| predecessor.clone()).collect();
        checked.verdict = check(&prepared.parsed, &history, level);
        let version = checked.verdict.errors().next().and_then(|finding| finding.version);
        if let Some(version) = version {
            let with_problem = predecessors.iter().find(|(predecessor, _)| predecessor.version == Some(version));
            checked.compared.version = Some(version);
            checked.compared.text = with_problem.map(|(_, schema)| Arc::clone(&schema.text));
        }
        Ok(checked)
    }

    /// The versions to compare with, newest first: those of the candidate's group, and only the newest of them unless the
    /// level is transitive.
    async fn predecessors(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
        config: &Config,
        level: CompatibilityLevel,
    ) -> Result<Vec<(Predecessor, Arc<StoredSchema>)>> {
        if level.is_transitive() {
            self.warm_up(session, subject, rows).await?;
        }
        let wanted = if level.is_transitive() { usize::MAX } else { 1 };
        let group_of = |metadata: Option<&tidegate_compat::Metadata>| {
            let group = config.group.as_ref()?;
            metadata?.properties.get(group).cloned()
        };
        let group = group_of(prepared.contract.metadata.as_ref());
        let mut predecessors = Vec::new();
        for row in rows.iter().rev() {
            if predecessors.len() == wanted {
                break;
            }
            let schema = self.content(session, subject.context(), row.id).await?;
            if group_of(schema.contract.metadata.as_ref()) != group {
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
