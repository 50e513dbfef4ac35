//! Is something wrong with the rules of a schema, before any record is written with it?

use tidegate_compat::{InvalidRules, RuleLevel, RuleProblem, Rules};

use crate::candidate::Prepared;
use crate::check::aside;
use crate::{Error, Registry, Result, StoredVersion};

impl Registry {
    /// What is likely wrong with the rules of a version, or certainly: what whoever saved them wants to know. Nothing for a
    /// version without rules, in a contract or in its text.
    pub async fn rule_problems(&self, stored: &StoredVersion) -> Result<Vec<RuleProblem>> {
        let contract = &stored.schema.contract;
        if !Rules::are_in(&stored.schema.text, contract) {
            return Ok(Vec::new());
        }
        let mut session = self.store().read().await?;
        let parsed = self.parsed(&mut session, stored.subject.context(), &stored.schema).await?;
        drop(session);
        let (size, contract) = (contract.size(), contract.clone());
        let mut problems = aside(size, move || Rules::check(&parsed, &contract)).await?;
        problems.retain(|problem| problem.level >= RuleLevel::Warning);
        for problem in &problems {
            tracing::warn!(subject.name = %stored.subject, subject.version = stored.version.0, %problem,
                "a rule was saved that may not be what is meant");
        }
        Ok(problems)
    }
}

/// Refuses rules that can't be what is meant.
pub(crate) async fn must_make_sense(prepared: &Prepared) -> Result<()> {
    if !Rules::are_in(&prepared.text, &prepared.contract) {
        return Ok(());
    }
    let (parsed, contract) = (prepared.parsed.clone(), prepared.contract.clone());
    let problems = aside(contract.size(), move || Rules::check(&parsed, &contract)).await?;
    match problems.into_iter().find(|problem| problem.level == RuleLevel::Error) {
        None => Ok(()),
        Some(RuleProblem { rule, at, message, .. }) => {
            let place = at.map(|at| format!("at character {}: ", at + 1)).unwrap_or_default();
            Err(Error::InvalidRules(InvalidRules { rule: rule.to_string(), reason: format!("{place}{message}") }))
        }
    }
}
