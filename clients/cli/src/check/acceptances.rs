//! What was accepted, and does it still hold?

use crate::finding::plain;
use crate::project::Project;
use crate::project::accept::today;
use crate::report::{Accepted, Finding, Weight};
use crate::rules;

/// Marks findings that are accepted, and adds what there is to say of acceptances that are over, or about nothing where
/// everything was looked at. Tells how many hold.
pub(super) fn apply(project: &Project, findings: &mut Vec<Finding>, is_everything: bool) -> usize {
    let today = today();
    let file = project.path.display().to_string();
    let mut used = 0;
    let mut more = Vec::new();
    for acceptance in &project.acceptances {
        let meant: Vec<&mut Finding> = findings
            .iter_mut()
            .filter(|it| {
                it.severity > Weight::Info && acceptance.means(&it.fingerprint, &it.code, it.subject.as_deref())
            })
            .collect();
        let until = acceptance.until.format("%Y-%m-%d").to_string();
        if acceptance.is_over(today) {
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
        used += 1;
        for finding in meant {
            finding.accepted =
                Some(Accepted { reason: acceptance.reason.clone(), by: acceptance.by.clone(), until: until.clone() });
        }
    }
    findings.append(&mut more);
    used
}
