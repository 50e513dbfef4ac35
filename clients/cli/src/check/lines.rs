//! What was looked at? A line for each thing, whatever came of it.

use crate::args::Only;
use crate::check::Wish;
use crate::fixtures::Tried;
use crate::report::{self, Check, Finding, Outcome, State, Subject, Weight};
use crate::rules;
use crate::words::counted;

/// One line for everything that was looked at, whatever came of it.
pub(super) fn checks(
    wish: &Wish<'_>,
    subjects: &[Subject],
    findings: &[Finding],
    (resolved, accepted): (usize, usize),
    grounds: &[report::Ground],
) -> Vec<Check> {
    let project = wish.project;
    let left_out = |name: &str| Check {
        name: name.to_owned(),
        outcome: Outcome::Skipped,
        detail: "left out by --only".to_owned(),
    };
    let read = subjects.iter().filter(|subject| !matches!(subject.state, State::Removed | State::Unreadable)).count();
    let in_family = |finding: &Finding, codes: &[&str]| codes.iter().any(|code| finding.code.starts_with(code));
    let check = |name: &str, codes: &[&str], passed: String| {
        let own: Vec<_> = findings.iter().filter(|finding| finding.counts() && in_family(finding, codes)).collect();
        let of = |weight: Weight| own.iter().filter(|finding| finding.severity == weight).count();
        let (errors, warnings) = (of(Weight::Error), of(Weight::Warning));
        let (outcome, detail) = match (errors, warnings) {
            (0, 0) => (Outcome::Passed, passed),
            (0, _) => (Outcome::Warned, counted(warnings, "warning")),
            (_, 0) => (Outcome::Failed, counted(errors, "error")),
            _ => (Outcome::Failed, format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))),
        };
        Check { name: name.to_owned(), outcome, detail }
    };
    let compat = check("compat", &["TG1", "TG2", "TG3", "TG401", "TG402", "TG415"], compared(subjects));
    let compat =
        match not_compared(subjects, grounds).filter(|_| compat.outcome == Outcome::Passed || !is_judged(grounds)) {
            Some(why) => Check { name: compat.name, outcome: Outcome::Skipped, detail: why.to_owned() },
            None => compat,
        };
    let compat = if wish.wants(Only::Compat) { compat } else { left_out("compat") };
    let mut checks = vec![
        check("parse", &["TG001", "TG002"], counted(read, "schema")),
        check("references", &["TG411", "TG412", "TG413", "TG414"], format!("{resolved} resolved")),
        compat,
        check(
            "acceptances",
            &["TG015"],
            if accepted == 0 { "none".to_owned() } else { format!("{accepted} in force") },
        ),
    ];
    let has_ignores = findings.iter().any(|finding| finding.code == rules::IGNORE_WITHOUT_EFFECT.code);
    if project.asked.has_lint() || has_ignores {
        let lint = check("lint", &["TG6"], counted(read, "schema"));
        checks.push(if wish.wants(Only::Lint) { lint } else { left_out("lint") });
    }
    if project.asked.has_governance() {
        let governance = check("governance", &["TG7"], counted(read, "schema"));
        checks.push(if wish.wants(Only::Governance) { governance } else { left_out("governance") });
    }
    checks
}

/// What came of examples, where there are any.
pub(super) fn contracts(wish: &Wish<'_>, tried: &Tried, findings: &[Finding]) -> Option<Check> {
    let own: Vec<_> = findings.iter().filter(|finding| finding.counts() && finding.code.starts_with("TG5")).collect();
    let of = |weight: Weight| own.iter().filter(|finding| finding.severity == weight).count();
    let (wrong, doubtful) = (of(Weight::Error), of(Weight::Warning));
    let left = [
        (tried.left_out > 0).then(|| counted(tried.left_out, "example")),
        (tried.unjudged > 0).then(|| format!("the rules of {}", counted(tried.unjudged, "schema"))),
    ];
    let left = left.into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let why = "left out: what their schemas stand on was not found";
    let left_out = if left.is_empty() { String::new() } else { format!(", {left} {why}") };
    let (outcome, detail) = match (wrong, tried.examples) {
        (0, _) if doubtful > 0 => (Outcome::Warned, counted(doubtful, "warning") + &left_out),
        (wrong, _) if doubtful > 0 => {
            let told = format!("{}, {}", counted(wrong, "error"), counted(doubtful, "warning"));
            (Outcome::Failed, told + &left_out)
        }
        (0, 0) if left.is_empty() || !wish.wants(Only::Contracts) => return None,
        (0, 0) => (Outcome::Skipped, format!("{left} {why}")),
        (0, examples) => (Outcome::Passed, counted(examples, "example") + &left_out),
        (wrong, _) => (Outcome::Failed, counted(wrong, "error") + &left_out),
    };
    Some(Check { name: "contracts".to_owned(), outcome, detail })
}

/// What belongs to project files below this one, and so was not looked at.
pub(super) fn nested(files: &[String]) -> Option<Check> {
    let detail = match files {
        [] => return None,
        [one] => format!("{} is for itself", crate::words::shown(one)),
        some => format!("{} are for themselves", counted(some.len(), "nested project file")),
    };
    Some(Check { name: "nested".to_owned(), outcome: Outcome::Skipped, detail })
}

fn is_judged(grounds: &[report::Ground]) -> bool {
    grounds.iter().any(|ground| ground.judged)
}

/// Why nothing was held against anything.
fn not_compared(subjects: &[Subject], grounds: &[report::Ground]) -> Option<&'static str> {
    let is_left = subjects.iter().any(Subject::is_left) && comparisons(subjects) == 0;
    match grounds {
        [] => Some("nothing to compare with"),
        grounds if !is_judged(grounds) => Some("nothing was judged"),
        _ => is_left.then_some("compared with nothing"),
    }
}

fn comparisons(subjects: &[Subject]) -> usize {
    subjects.iter().flat_map(|subject| &subject.against).map(|compared| compared.versions).sum()
}

fn compared(subjects: &[Subject]) -> String {
    let told = counted(comparisons(subjects), "comparison");
    match subjects.iter().filter(|subject| subject.is_left()).count() {
        0 => told,
        left => format!("{told}, {left} without"),
    }
}
