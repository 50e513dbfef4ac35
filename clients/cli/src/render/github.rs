//! What does GitHub show beside the code, and under the run? It keeps ten annotations of a kind and drops the others without
//! a word, so the worst come first and the rest is told.

use super::markdown;
use crate::report::{Finding, Report, Weight};

/// How many annotations of a kind GitHub keeps of one step.
const KEPT: usize = 10;
/// How many bytes a job summary may have.
pub(super) const SUMMARY_LIMIT: usize = 1 << 20;

/// Workflow commands, one a line.
pub(super) fn annotations(report: &Report) -> String {
    let mut text = String::new();
    for (weight, command) in [(Weight::Error, "error"), (Weight::Warning, "warning"), (Weight::Info, "notice")] {
        // What only waits for somebody's word is no error of the author.
        let weighs =
            |it: &&Finding| if it.waiting.is_some() { weight == Weight::Warning } else { it.severity == weight };
        let own: Vec<&Finding> = report.findings.iter().filter(|it| it.is_open()).filter(weighs).collect();
        let room = if own.len() > KEPT { KEPT - 1 } else { KEPT };
        own.iter().take(room).for_each(|finding| text.push_str(&annotation(finding, command)));
        if own.len() > room {
            let left = own.len() - room;
            let told = format!("{left} more of this kind are in the job summary, since GitHub shows {KEPT} only");
            text.push_str(&format!("::{command} title=Tidegate::{}\n", data(&told)));
        }
    }
    for ground in report.against.iter().filter(|ground| !ground.judged) {
        let why = ground.trouble.as_deref().unwrap_or("it gave no answer");
        let told = format!("Nothing was judged against {}: {why}", ground.name);
        text.push_str(&format!("::error title=Tidegate::{}\n", data(&told)));
    }
    text
}

/// The page under the run, cut where GitHub would refuse it.
pub(crate) fn job_summary(report: &Report) -> String {
    let mut page = markdown::page(report);
    if page.len() > SUMMARY_LIMIT - 200 {
        let mut cut = SUMMARY_LIMIT - 200;
        while !page.is_char_boundary(cut) {
            cut -= 1;
        }
        page.truncate(cut);
        page.push_str("\n\n… cut here: the page has a limit. The JSON and SARIF outputs have everything.\n");
    }
    page
}

fn annotation(finding: &Finding, command: &str) -> String {
    let mut place = format!("file={}", property(&finding.file));
    if let Some(frame) = finding.frames.first() {
        place.push_str(&format!(",line={},col={}", frame.start.line, frame.start.column));
        if frame.end.line == frame.start.line && frame.end.column > frame.start.column {
            place.push_str(&format!(",endColumn={}", frame.end.column));
        }
    }
    let waits = if finding.waiting.is_some() { " (waits for approval)" } else { "" };
    let title = property(&format!("{} {}{waits}", finding.code, finding.message));
    let mut lines = finding.notes.clone();
    lines.extend(finding.fix.as_ref().map(|fix| format!("help: {}", fix.message)));
    if lines.is_empty() {
        lines.push(finding.message.clone());
    }
    format!("::{command} {place},title={title}::{}\n", data(&lines.join("\n")))
}

/// What stands after the command.
fn data(text: &str) -> String {
    let is_harmful = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r');
    let text = text.replace(is_harmful, "\u{fffd}");
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
