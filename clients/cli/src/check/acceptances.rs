//! What was accepted, does it still hold, and did somebody else agree where that is asked for?

use crate::finding::plain;
use crate::project::accept::{Acceptance, today};
use crate::project::{Approvals, Project};
use crate::report::{Accepted, Check, Finding, Outcome, Waiting, Weight};
use crate::rules;

/// How many acceptances are about something that is found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) in_force: usize,
    approved: usize,
    waiting: usize,
}

impl Tally {
    /// Whether somebody has to agree, and did.
    pub(super) fn line(self, approvals: &Approvals, findings: &[Finding]) -> Check {
        let worst = findings.iter().filter(|finding| finding.waiting.is_some()).map(|finding| finding.severity).max();
        let (outcome, detail) = match (approvals.acceptances, worst) {
            (false, _) => (Outcome::Skipped, "not required".to_owned()),
            (true, None) => (Outcome::Passed, format!("{} given", self.approved)),
            (true, Some(Weight::Error)) => (Outcome::Failed, format!("{} missing", self.waiting)),
            (true, Some(_)) => (Outcome::Warned, format!("{} missing", self.waiting)),
        };
        Check { name: "approvals".to_owned(), outcome, detail }
    }
}

/// Marks findings that are accepted, and adds what there is to say of acceptances that are over, or about nothing where
/// everything was looked at. Tells how many hold.
pub(super) fn apply(project: &Project, findings: &mut Vec<Finding>, is_everything: bool) -> Tally {
    let today = today();
    let file = project.path.display().to_string();
    let mut tally = Tally::default();
    let mut more = Vec::new();
    for acceptance in &project.acceptances {
        let meant: Vec<&mut Finding> = findings
            .iter_mut()
            .filter(|it| {
                it.severity > Weight::Info
                    && !it.is_of_too_many()
                    && acceptance.means(&it.fingerprint, &it.code, it.subject.as_deref())
            })
            .collect();
        let until = acceptance.until.format("%Y-%m-%d").to_string();
        if acceptance.is_over(today) {
            let holds_for = |finding: &&mut Finding| {
                let means = |it: &Acceptance| it.means(&finding.fingerprint, &finding.code, finding.subject.as_deref());
                project.acceptances.iter().any(|other| !other.is_over(today) && means(other))
            };
            if !meant.is_empty() && meant.iter().all(holds_for) {
                let message = format!("the acceptance {} ended on {until}, and another one holds", acceptance.id);
                let finding = plain(&rules::ACCEPTANCE_UNUSED, &file, None, message, &[&acceptance.id]);
                more.push(finding.at(acceptance.frame.clone()).help("remove it"));
                continue;
            }
            let what = if meant.is_empty() { "something that is found no more" } else { "a finding" };
            let message = format!("the acceptance {} of {what} ended on {until}", acceptance.id);
            let help = if meant.is_empty() { "remove it" } else { "fix what it is about, or accept it anew" };
            more.push(
                plain(&rules::ACCEPTANCE_EXPIRED, &file, None, message, &[&acceptance.id])
                    .at(acceptance.frame.clone())
                    .note(format!("the reason was: {}", acceptance.reason))
                    .help(help),
            );
            continue;
        }
        if meant.is_empty() {
            if is_everything {
                let message = format!("the acceptance {} is about nothing that is found", acceptance.id);
                let finding = plain(&rules::ACCEPTANCE_UNUSED, &file, None, message, &[&acceptance.id]);
                more.push(finding.at(acceptance.frame.clone()).help("remove it"));
            }
            continue;
        }
        match missing(&project.approvals, acceptance) {
            None => {
                tally.in_force += 1;
                tally.approved += usize::from(project.approvals.acceptances);
                for finding in meant {
                    finding.accepted = Some(accepted(acceptance, &until));
                    // Of two that mean the same, one that holds is enough.
                    finding.waiting = None;
                }
            }
            Some(why) => {
                tally.waiting += 1;
                for finding in meant.into_iter().filter(|finding| finding.accepted.is_none()) {
                    finding.waiting = Some(waiting(acceptance, &until, &why, &project.approvals));
                }
            }
        }
    }
    for finding in findings.iter_mut() {
        let Some(waiting) = &finding.waiting else { continue };
        let by = waiting.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        finding.notes.push(format!("accepted{by} until {}: {}", waiting.until, waiting.reason));
        finding.notes.push(format!("it waits for approval by {}: {}", project.approvals.names(), waiting.why));
    }
    findings.append(&mut more);
    tally
}

/// What an acceptance lacks to hold.
fn missing(approvals: &Approvals, acceptance: &Acceptance) -> Option<String> {
    if !approvals.acceptances {
        return None;
    }
    // Who approves must be somebody else, which can't be told of nobody.
    if acceptance.by.is_none() {
        return Some("it does not say who accepted it".to_owned());
    }
    approvals.objection(acceptance.approved_by.as_deref(), acceptance.by.as_deref())
}

fn accepted(acceptance: &Acceptance, until: &str) -> Accepted {
    Accepted {
        reason: acceptance.reason.clone(),
        by: acceptance.by.clone(),
        approved_by: acceptance.approved_by.clone(),
        until: until.to_owned(),
    }
}

fn waiting(acceptance: &Acceptance, until: &str, why: &str, approvals: &Approvals) -> Waiting {
    Waiting {
        reason: acceptance.reason.clone(),
        by: acceptance.by.clone(),
        until: until.to_owned(),
        why: why.to_owned(),
        approvers: approvals.by.clone(),
    }
}
