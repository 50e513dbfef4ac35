//! What does a person read on the screen? Findings first, then what was looked at, then what it comes to.

use super::diagnostic;
use crate::report::{Check, Outcome, Report, State, Subject, Verdict, Weight};
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::words::{counted, shown};

/// How many subjects are listed without `--verbose`.
const MAX_SUBJECTS: usize = 40;
/// How many subjects of others are.
const MAX_OUTSIDE: usize = 10;

pub(super) fn render(report: &Report, terminal: &Terminal) -> String {
    let mut text = String::new();
    if !terminal.quiet {
        text.push_str(&header(report));
        text.push_str("\n\n");
    }
    for ground in report.against.iter().filter(|ground| !ground.judged) {
        let why = ground.trouble.as_deref().unwrap_or("it gave no answer");
        let told = format!("{}: nothing was judged against {}: {why}", terminal.paint(Tone::Bad, "error"), ground.name);
        text.push_str(&wrapped(&told, terminal.width).join("\n"));
        text.push_str("\n\n");
    }
    let mut left_out = 0;
    for finding in &report.findings {
        if !terminal.verbose && (!finding.is_open() || finding.severity == Weight::Info) {
            left_out += 1;
            continue;
        }
        if let Some(accepted) = &finding.accepted {
            let approved = accepted.approved_by.as_ref().map(|by| format!(", approved by {by}")).unwrap_or_default();
            let told =
                format!("accepted until {}{approved}: {} ({})", accepted.until, finding.message, accepted.reason);
            text.push_str(&terminal.paint(Tone::Quiet, &wrapped(&shown(&told), terminal.width).join("\n")));
            text.push_str("\n\n");
        } else {
            text.push_str(&diagnostic::finding(finding, terminal));
        }
    }
    if terminal.quiet {
        return text;
    }
    text.push_str(&table(&report.checks, terminal));
    text.push('\n');
    text.push_str(&subjects(report, terminal));
    text.push_str(&outside(report, terminal));
    text.push_str(&summary(report, terminal));
    if left_out > 0 && (report.summary.infos > 0 || report.summary.accepted > 0) {
        let told = [(report.summary.infos, "info"), (report.summary.accepted, "accepted finding")];
        let told: Vec<_> =
            told.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word)).collect();
        text.push_str(&terminal.paint(Tone::Quiet, &format!("{} not shown: -v shows them.", told.join(" and "))));
        text.push('\n');
    }
    text.push_str(&ways_on(report, terminal));
    text
}

fn header(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = Vec::new();
    for (count, word) in [(summary.changed, "changed"), (summary.new, "new"), (summary.removed, "removed")] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    // Where a ground was away, that is told below, and nothing is said of what changed since.
    let judged = report.against.iter().filter(|ground| ground.judged);
    let names: Vec<&str> = judged.map(|ground| ground.name.as_str()).collect();
    let against = if names.is_empty() { String::new() } else { format!(" against {}", names.join(" and ")) };
    let parts = match (parts.is_empty(), names.is_empty()) {
        (false, _) => format!(" ({})", parts.join(", ")),
        (true, false) => " (nothing changed)".to_owned(),
        (true, true) => String::new(),
    };
    format!("Checked {}{}{parts}", counted(summary.schemas, "schema"), shown(&against))
}

/// Two checks on a line.
fn table(checks: &[Check], terminal: &Terminal) -> String {
    let mut text = String::new();
    for pair in checks.chunks(2) {
        text.push_str("  ");
        for (at, check) in pair.iter().enumerate() {
            let (sign, tone) = match check.outcome {
                Outcome::Passed => (Sign::Good, Tone::Good),
                Outcome::Warned => (Sign::Careful, Tone::Careful),
                Outcome::Failed => (Sign::Bad, Tone::Bad),
                Outcome::Skipped => (Sign::Nothing, Tone::Quiet),
            };
            let cell = format!("{} {}", terminal.sign(sign), check.detail);
            let padding = if at + 1 < pair.len() { 28_usize.saturating_sub(cell.chars().count()).max(2) } else { 0 };
            text.push_str(&format!("{:<13}{}{}", check.name, terminal.paint(tone, &cell), " ".repeat(padding)));
        }
        text.push('\n');
    }
    text
}

/// What came of each subject that is not what it was; of all with `--verbose`.
fn subjects(report: &Report, terminal: &Terminal) -> String {
    let is_told = |subject: &&Subject| {
        terminal.verbose
            || !matches!(subject.state, State::Unchanged | State::NotCompared)
            || subject.errors + subject.warnings + subject.waiting > 0
    };
    let told: Vec<&Subject> = report.subjects.iter().filter(is_told).collect();
    let limit = if terminal.verbose { usize::MAX } else { MAX_SUBJECTS };
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut tones = Vec::new();
    // What is wrong is never among what is left out.
    let (bad, good): (Vec<&Subject>, Vec<&Subject>) = told.iter().partition(|subject| subject.errors > 0);
    let listed: Vec<&Subject> = bad.into_iter().chain(good).take(limit).collect();
    for subject in &listed {
        let (tone, verdict) = verdict(subject, terminal);
        let first = subject.against.first();
        let level = first.map(|compared| match compared.level_from.as_str() {
            "default" => format!("{} (default)", compared.level),
            _ => compared.level.clone(),
        });
        let arrow = terminal.sign(Sign::Arrow);
        let version = first.and_then(|compared| compared.version).map(|version| format!("v{version} {arrow} draft"));
        let mut about = version.unwrap_or_default();
        if subject.state == State::ReferencesChanged {
            about.push_str(" (references changed)");
        }
        rows.push([shown(&subject.subject), verdict, level.unwrap_or_default(), about.trim().to_owned()]);
        tones.push(tone);
    }
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (row, tone) in rows.iter().zip(tones) {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            let cell = if at == 1 { terminal.paint(tone, cell) } else { cell.clone() };
            line.push_str(&format!("{cell}{padding}   "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if told.len() > listed.len() {
        text.push_str(&format!("… and {} more: -v shows them\n", told.len() - listed.len()));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Who else stands on what changes.
fn outside(report: &Report, terminal: &Terminal) -> String {
    if report.outside.is_empty() {
        return String::new();
    }
    let limit = if terminal.verbose { usize::MAX } else { MAX_OUTSIDE };
    let told = report
        .outside
        .iter()
        .take(limit)
        .map(|it| format!("{} v{} (on {} v{})", it.subject, it.version, it.on, it.on_version));
    let mut told: Vec<String> = told.collect();
    if report.outside.len() > told.len() {
        told.push(format!("{} more: -v shows them", report.outside.len() - told.len()));
    }
    let told = format!("outside this repo, and standing on what changes: {}", told.join(", "));
    format!("{}\n\n", terminal.paint(Tone::Quiet, &wrapped(&shown(&told), terminal.width).join("\n")))
}

fn verdict(subject: &Subject, terminal: &Terminal) -> (Tone, String) {
    let counts: Vec<String> = [(subject.errors, "error"), (subject.warnings, "warning")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(*count, word))
        .collect();
    let counts = counts.join(", ");
    let is_bad = subject.against.iter().any(|compared| compared.verdict == Verdict::Incompatible);
    let (sign, tone, word) = match subject.state {
        _ if subject.errors > 0 => (Sign::Bad, Tone::Bad, counts.as_str()),
        State::Unreadable => (Sign::Bad, Tone::Bad, "unreadable"),
        _ if subject.waiting > 0 => (Sign::Careful, Tone::Careful, "waits for approval"),
        _ if subject.warnings > 0 => (Sign::Careful, Tone::Careful, counts.as_str()),
        State::New => (Sign::Good, Tone::Good, "new subject"),
        State::Removed => (Sign::Careful, Tone::Careful, "removed"),
        State::Unchanged => (Sign::Good, Tone::Good, "unchanged"),
        State::NotCompared => (Sign::Nothing, Tone::Quiet, "not compared"),
        State::Changed | State::ReferencesChanged if is_bad => (Sign::Good, Tone::Good, "accepted"),
        // As under NONE.
        _ if subject.is_left() => (Sign::Nothing, Tone::Quiet, "not compared"),
        State::Changed | State::ReferencesChanged => (Sign::Good, Tone::Good, "compatible"),
    };
    (tone, format!("{} {word}", terminal.sign(sign)))
}

fn summary(report: &Report, terminal: &Terminal) -> String {
    let summary = &report.summary;
    let found: Vec<String> = [(summary.errors, "error"), (summary.warnings, "warning")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(*count, word))
        .collect();
    let bad = report.subjects.iter().filter(|subject| subject.errors + subject.warnings > 0).count();
    let seconds = format!("{}.{:02} s", summary.milliseconds / 1000, summary.milliseconds % 1000 / 10);
    let requests = usize::try_from(summary.requests).unwrap_or(usize::MAX);
    let cost = if requests > 0 { format!("{seconds}, {}", counted(requests, "request")) } else { seconds };
    let is_judged = report.against.iter().all(|ground| ground.judged);
    let waiting = super::waiting(report).map(|told| shown(&format!("{told}.")));
    let (tone, told) = match (found.is_empty(), is_judged) {
        (false, _) if summary.errors > 0 => (Tone::Bad, format!("{} in {}.", found.join(", "), counted(bad, "schema"))),
        (false, _) => (Tone::Careful, format!("{} in {}.", found.join(", "), counted(bad, "schema"))),
        (true, false) => (Tone::Bad, "Not judged.".to_owned()),
        (true, true) if waiting.is_some() => (Tone::Careful, String::new()),
        (true, true) => {
            let passed = super::passed(report);
            let told = match (report.against.is_empty(), passed) {
                _ if report.subjects.is_empty() => {
                    let told = "No schema was checked: the project maps none of what was looked at.";
                    return format!("{}\n", terminal.paint(Tone::Careful, told));
                }
                (true, _) => {
                    format!("{} {} fine by itself.", terminal.sign(Sign::Good), counted(summary.schemas, "schema"))
                }
                (false, None) => format!("{} Nothing changed.", terminal.sign(Sign::Good)),
                (false, Some((told, true))) => format!("{} {told}.", terminal.sign(Sign::Good)),
                (false, Some((told, false))) => format!("{} {told}.", terminal.sign(Sign::Nothing)),
            };
            (Tone::Good, told)
        }
    };
    let told: Vec<String> = [told].into_iter().chain(waiting).filter(|told| !told.is_empty()).collect();
    format!("{} {}\n", terminal.paint(tone, &told.join(" ")), terminal.paint(Tone::Quiet, &format!("{cost}.")))
}

/// What to do next, for the first finding that counts.
fn ways_on(report: &Report, terminal: &Terminal) -> String {
    let counts = report.findings.iter().filter(|it| it.counts() && it.severity > Weight::Info);
    let Some(first) = counts.min_by_key(|it| std::cmp::Reverse(it.severity)) else {
        let Some(waiting) = report.findings.iter().find(|it| it.waiting.is_some()) else { return String::new() };
        let print: String = waiting.fingerprint.chars().take(8).collect();
        let approve = terminal.paint(Tone::Quiet, "Approve:");
        return format!("{approve} tidegate accept --approve {print} --by NAME\n");
    };
    let mut text = format!("{} tidegate explain {}\n", terminal.paint(Tone::Quiet, "Explain:"), first.code);
    if first.against.is_some() {
        let print: String = first.fingerprint.chars().take(8).collect();
        let accept = terminal.paint(Tone::Quiet, "Accept on purpose:");
        text.push_str(&format!("{accept} tidegate accept {print} --reason \"…\" --until YYYY-MM-DD\n"));
    }
    text
}
