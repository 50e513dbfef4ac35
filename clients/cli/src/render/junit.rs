//! How does a report look to whoever reads test results? One suite for each file, one case for each thing that was found or
//! was not.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::report::{Finding, Report, State, Subject, Weight};

pub(super) fn suites(report: &Report) -> String {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for subject in report.subjects.iter().filter(|subject| subject.state != State::Removed) {
        by_file.entry(&subject.file).or_default();
    }
    for finding in &report.findings {
        by_file.entry(&finding.file).or_default().push(finding);
    }
    let away: Vec<_> = report.against.iter().filter(|ground| !ground.judged).collect();
    let mut bodies = String::new();
    let (mut tests, mut failures) = (0, 0);
    for (file, findings) in &by_file {
        let subject = report.subjects.iter().find(|subject| subject.file == *file);
        let class = attribute(subject.map_or(*file, |subject| &subject.subject));
        let failed = findings.iter().filter(|it| it.is_open() && it.severity == Weight::Error).count();
        // As under NONE, or where the ground was away.
        let is_left = |subject: &Subject| subject.is_left() || subject.state == State::NotCompared;
        let is_left = findings.is_empty() && subject.is_some_and(is_left);
        let skipped = findings.iter().filter(|finding| !finding.is_open()).count() + usize::from(is_left);
        let count = findings.len().max(1);
        (tests, failures) = (tests + count, failures + failed);
        let _ = writeln!(
            bodies,
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">",
            attribute(file)
        );
        if is_left {
            let _ = writeln!(
                bodies,
                "    <testcase name=\"not compared\" classname=\"{class}\" time=\"0\">\n      <skipped message=\"it was \
                 compared with nothing\"/>\n    </testcase>"
            );
        } else if findings.is_empty() {
            let _ = writeln!(bodies, "    <testcase name=\"compatible\" classname=\"{class}\" time=\"0\"/>");
        }
        findings.iter().for_each(|finding| bodies.push_str(&case(finding, &class)));
        bodies.push_str("  </testsuite>\n");
    }
    if !away.is_empty() {
        let count = away.len();
        tests += count;
        let _ = writeln!(
            bodies,
            "  <testsuite name=\"tidegate\" tests=\"{count}\" failures=\"0\" errors=\"{count}\" skipped=\"0\">"
        );
        for ground in &away {
            let why = attribute(ground.trouble.as_deref().unwrap_or("it gave no answer"));
            let name = attribute(&ground.name);
            let _ = writeln!(bodies, "    <testcase name=\"{name}\" classname=\"tidegate\" time=\"0\">");
            let _ = writeln!(bodies, "      <error type=\"not-judged\" message=\"{why}\"/>\n    </testcase>");
        }
        bodies.push_str("  </testsuite>\n");
    }
    let time = format!("{}.{:03}", report.summary.milliseconds / 1000, report.summary.milliseconds % 1000);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tidegate\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"{}\" time=\"{time}\">\n{bodies}</testsuites>\n",
        away.len()
    )
}

fn case(finding: &Finding, class: &str) -> String {
    let place = finding.frames.first().map(|frame| format!(" (line {})", frame.start.line)).unwrap_or_default();
    let name = attribute(&format!("{} {}{place}", finding.code, finding.message));
    let mut body = String::new();
    let mut lines = vec![format!("{}{place}: {}", finding.file, finding.message)];
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.fix.iter().map(|fix| format!("help: {}", fix.message)));
    let kind = if finding.waiting.is_some() { "waits-for-approval" } else { &finding.slug };
    let (kind, message, lines) = (attribute(kind), attribute(&finding.message), content(&lines.join("\n")));
    if let Some(accepted) = &finding.accepted {
        let told = attribute(&format!("accepted until {}: {}", accepted.until, accepted.reason));
        let _ = writeln!(body, "      <skipped message=\"{told}\"/>");
    } else if finding.severity == Weight::Error {
        let _ = writeln!(body, "      <failure type=\"{kind}\" message=\"{message}\">{lines}</failure>");
    } else {
        let _ = writeln!(body, "      <system-out>{lines}</system-out>");
    }
    format!("    <testcase name=\"{name}\" classname=\"{class}\" time=\"0\">\n{body}    </testcase>\n")
}

fn attribute(text: &str) -> String {
    content(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Characters that XML 1.0 does not have are replaced: schema texts come from outside.
fn content(text: &str) -> String {
    let is_allowed = |letter: &char| matches!(letter, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    let clean: String = text.chars().map(|letter| if is_allowed(&letter) { letter } else { '\u{fffd}' }).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
