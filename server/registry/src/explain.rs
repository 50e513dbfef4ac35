//! What would this schema change, for whom, and under which levels would it pass?

use tidegate_compat::{
    CompatibilityLevel, Explanation, Policy, Predecessor, SchemaKind, Strictness, SubjectName, Version, VersionSpec,
    explain,
};

use crate::check::{aside, policy};
use crate::references::Need;
use crate::reserved::must_be_nameable;
use crate::settings::strictness;
use crate::{Candidate, Error, Registry, Result};

/// What a candidate is explained against.
#[derive(Debug, Clone)]
pub enum Against {
    /// All live versions of the subject.
    Subject,
    /// One live version of it.
    Version(VersionSpec),
    /// These texts, newest first; the subject only gives the settings and the context.
    Candidates(Vec<Candidate>),
}

/// A change, explained, and on which terms.
#[derive(Debug, Clone)]
pub struct Explained {
    pub explanation: Explanation,
    /// The language of the candidate.
    pub kind: SchemaKind,
    pub level: CompatibilityLevel,
    pub policy: Policy,
    /// The versions compared with, newest first; texts have none.
    pub compared: Vec<Version>,
}

/// Other terms than those that the subject has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    pub level: Option<CompatibilityLevel>,
    pub policy: Option<Policy>,
}

impl Registry {
    /// What a candidate would change, for whom, and under which levels it would pass.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn explain(
        &self,
        subject: &SubjectName,
        against: Against,
        candidate: Candidate,
        normalize: bool,
        terms: Terms,
    ) -> Result<Explained> {
        subject.check().map_err(Error::InvalidSubject)?;
        candidate.check_text()?;
        let mut session = self.store().read().await?;
        let settled = self.settled(&mut session, subject).await?;
        let config = &settled.config;
        let normalize = normalize || config.normalize.unwrap_or(false);
        let prepared =
            self.prepare(&mut session, subject, &candidate, normalize, strictness(config), Need::Live).await?;
        must_be_nameable(&prepared, config).await?;
        let mut on_names = Vec::new();
        let history = match against {
            Against::Subject | Against::Version(_) => {
                let rows = self.live_rows(&mut session, subject, &against).await?;
                on_names = self.findings_on_names(&mut session, subject, &prepared, &rows, config).await?;
                let found = self.predecessors(&mut session, subject, &prepared, &rows, config, usize::MAX).await?;
                found.into_iter().map(|(predecessor, _)| predecessor).collect()
            }
            Against::Candidates(candidates) => {
                let mut history = Vec::with_capacity(candidates.len());
                for other in candidates {
                    other.check_text()?;
                    let other =
                        self.prepare(&mut session, subject, &other, false, Strictness::Lenient, Need::Any).await?;
                    history.push(Predecessor { version: None, schema: other.parsed });
                }
                history
            }
        };
        let (kind, level) = (prepared.kind, terms.level.or(config.level).unwrap_or(self.inner.defaults.level));
        let policy = terms.policy.unwrap_or_else(|| policy(config));
        let compared = history.iter().filter_map(|one| one.version).collect();
        let mut explanation = aside(usize::MAX, move || explain(&prepared.parsed, &history, policy)).await?;
        if !on_names.is_empty() {
            // Names are no matter of levels.
            explanation.passes.clear();
            explanation.findings.extend(on_names);
        }
        Ok(Explained { explanation, kind, level, policy, compared })
    }
}
