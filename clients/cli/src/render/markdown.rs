//! How does a report look in a comment under a change? A table of what matters, the rest folded away.

use std::fmt::Write;

use crate::report::{Finding, Outcome, Report, State, Weight};
use crate::usage::in_brief;
use crate::words::counted;

/// By this a comment is found again, to be written anew rather than followed by another.
const MARKER: &str = "<!-- tidegate-report -->";
/// How many rows a table has; a comment has a limit of 65,536 characters.
const ROWS: usize = 50;

/// A comment that can be found again.
pub(super) fn comment(report: &Report) -> String {
    format!("{MARKER}\n{}", page(report))
}

pub(super) fn page(report: &Report) -> String {
    let summary = &report.summary;
    let mut text = String::new();
    let away: Vec<_> = report.against.iter().filter(|ground| !ground.judged).collect();
    let found = format!("{}, {}", counted(summary.errors, "error"), counted(summary.warnings, "warning"));
    let title = match (summary.errors, summary.warnings) {
        (0, 0) if !away.is_empty() => "✗ Tidegate: not judged".to_owned(),
        (0, 0) if summary.waiting > 0 => "! Tidegate: waiting for approval".to_owned(),
        (0, 0) if report.subjects.is_empty() => "! Tidegate: no schema was checked".to_owned(),
        (0, 0) => match super::passed(report) {
            None => "✓ Tidegate: nothing changed".to_owned(),
            Some((told, true)) => format!("✓ Tidegate: {told}"),
            Some((told, false)) => format!("– Tidegate: {told}"),
        },
        (0, warnings) if summary.waiting > 0 => {
            format!("! Tidegate: {}, waiting for approval", counted(warnings, "warning"))
        }
        (0, warnings) => format!("! Tidegate: {}", counted(warnings, "warning")),
        (errors, 0) => format!("✗ Tidegate: {}", counted(errors, "error")),
        _ => format!("✗ Tidegate: {found}"),
    };
    let _ = writeln!(text, "### {title}\n");
    for ground in away {
        let why = ground.trouble.as_deref().unwrap_or("it gave no answer");
        let _ = writeln!(text, "> Nothing was judged against `{}`: {}\n", code(&ground.name), cell(why));
    }
    let counting: Vec<&Finding> =
        report.findings.iter().filter(|it| it.is_open() && it.severity > Weight::Info).collect();
    if let Some(told) = super::waiting(report) {
        let _ = writeln!(text, "> {}. Somebody who may runs `tidegate accept --approve`.\n", cell(&told));
    }
    if !counting.is_empty() {
        // Where no registry told anything, a column for it says nothing.
        let has_usage = counting.iter().any(|finding| finding.usage.is_some());
        let (head, line) = if has_usage { (" In use |", "---|") } else { ("", "") };
        let _ = writeln!(text, "| | Subject | Finding | Where |{head}\n|---|---|---|---|{line}");
        for finding in counting.iter().take(ROWS) {
            let sign = match finding.severity {
                _ if finding.waiting.is_some() => "…",
                Weight::Error => "✗",
                _ => "!",
            };
            let line = finding.frames.first().map(|frame| format!(":{}", frame.start.line)).unwrap_or_default();
            let subject = finding.subject.as_deref().map(|subject| format!("`{}`", code(subject))).unwrap_or_default();
            let level =
                finding.against.as_ref().map(|against| format!(", breaks {}", against.level)).unwrap_or_default();
            let level = if finding.severity == Weight::Error { level } else { String::new() };
            let in_use = finding.usage.as_ref().map_or_else(|| "–".to_owned(), |usage| cell(&in_brief(usage)));
            let in_use = if has_usage { format!(" {in_use} |") } else { String::new() };
            let _ = writeln!(
                text,
                "| {sign} | {subject} | **{}** {}{level} | `{}{line}` |{in_use}",
                finding.code,
                cell(&finding.message),
                code(&finding.file)
            );
        }
        if counting.len() > ROWS {
            let _ = writeln!(text, "\n… and {} more.", counting.len() - ROWS);
        }
        text.push('\n');
        text.push_str(&details(&counting));
    }
    if !report.outside.is_empty() {
        let told = report.outside.iter().take(ROWS).map(|it| format!("`{}`", code(&it.subject)));
        let told: Vec<String> = told.collect();
        let more = report.outside.len() - told.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "Outside this repo, and standing on what changes: {}{more}.\n", told.join(", "));
    }
    text.push_str(&folded_checks(report));
    text
}

/// Reasons and fixes of the first findings.
fn details(findings: &[&Finding]) -> String {
    let mut text = String::from("<details><summary>Why, and what to do</summary>\n\n");
    for finding in findings.iter().take(ROWS / 2) {
        let _ = writeln!(text, "**{}** {}", finding.code, cell(&finding.message));
        for note in &finding.notes {
            let _ = writeln!(text, "* {}", cell(note));
        }
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "* **Fix:** {}", cell(&fix.message));
        }
        let _ = writeln!(text, "* `tidegate explain {}`\n", finding.code);
    }
    text.push_str("</details>\n\n");
    text
}

fn folded_checks(report: &Report) -> String {
    let summary = &report.summary;
    let fine = report.subjects.iter().filter(|subject| subject.errors == 0 && subject.state != State::Removed).count();
    let mut text = format!("<details><summary>{} without errors</summary>\n\n", counted(fine, "schema"));
    for check in &report.checks {
        let sign = match check.outcome {
            Outcome::Passed => "✓",
            Outcome::Warned => "!",
            Outcome::Failed => "✗",
            Outcome::Skipped => "–",
        };
        let _ = writeln!(text, "* {sign} {}: {}", check.name, cell(&check.detail));
    }
    if summary.accepted > 0 {
        let _ = writeln!(text, "* {} in force", counted(summary.accepted, "acceptance"));
    }
    let judged = report.against.iter().filter(|ground| ground.judged);
    let names: Vec<String> = judged.map(|ground| format!("`{}`", code(&ground.name))).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "\nCompared with {}.", names.join(" and "));
    }
    text.push_str("\n</details>\n");
    text
}

/// Text that may stand in a cell: no markup of its own, no mentions of people.
pub(crate) fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => escaped.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' => escaped.extend(['\\', letter]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Text that may stand between backticks.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace(['`', '\n', '\r'], "'").replace('|', "\\|");
    text.replace(char::is_control, "\u{fffd}")
}
