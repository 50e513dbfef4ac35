//! What does GitLab's code quality report look like? Issues in the format of Code Climate.

use serde_json::{Value, json};

use crate::report::{Finding, Report, Weight};

pub(super) fn issues(report: &Report) -> Value {
    report.findings.iter().filter(|finding| finding.is_open()).map(issue).collect()
}

fn issue(finding: &Finding) -> Value {
    let waits = if finding.waiting.is_some() { " (waits for approval)" } else { "" };
    let line = finding.frames.first().map_or(1, |frame| frame.start.line);
    json!({
        "description": format!("{}: {}{waits}", finding.code, finding.message),
        "check_name": format!("{}-{}", finding.code, finding.slug),
        "fingerprint": finding.fingerprint,
        "severity": match finding.severity {
            Weight::Error => "major",
            Weight::Warning => "minor",
            Weight::Info => "info",
        },
        "location": {"path": finding.file, "lines": {"begin": line}},
    })
}
