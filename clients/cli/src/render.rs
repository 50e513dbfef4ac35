//! How does a report look? Every form is made from the one document, so that none knows more than another.

mod diagnostic;
mod github;
mod gitlab;
mod junit;
pub(crate) mod markdown;
mod sarif;
mod text;

use crate::report::{Report, State};
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::words::{counted, one_of};

pub(crate) use diagnostic::trouble;
pub(crate) use github::job_summary;

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Github,
    Gitlab,
    Sarif,
    Junit,
    Markdown,
}

const FORMATS: [(&str, Format); 7] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("markdown", Format::Markdown),
];

impl Format {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let known = if text == "md" { "markdown" } else { text };
        FORMATS.iter().find(|(name, _)| *name == known).map(|(_, format)| *format)
    }

    pub(crate) fn names() -> String {
        FORMATS.map(|(name, _)| name).join(", ")
    }

    /// A report in this form, with a line end after it.
    pub(crate) fn render(self, report: &Report, terminal: &Terminal) -> Result<String, Trouble> {
        Ok(match self {
            Self::Text => text::render(report, terminal),
            Self::Json => pretty(report)?,
            Self::Github => github::annotations(report),
            Self::Gitlab => pretty(&gitlab::issues(report))?,
            Self::Sarif => pretty(&sarif::log(report))?,
            Self::Junit => junit::suites(report),
            Self::Markdown => markdown::comment(report),
        })
    }
}

/// `1 finding waits for approval by ana or bo`, if there is one.
fn waiting(report: &Report) -> Option<String> {
    let first = report.findings.iter().find_map(|finding| finding.waiting.as_ref())?;
    let count = report.summary.waiting;
    let waits = if count == 1 { "waits" } else { "wait" };
    Some(format!("{} {waits} for approval by {}", counted(count, "finding"), one_of(&first.approvers)))
}

/// What became of the schemas that changed, in a report without findings that count, and whether any of them was compared;
/// nothing where none changed.
fn passed(report: &Report) -> Option<(String, bool)> {
    let is_changed = |state: State| matches!(state, State::Changed | State::ReferencesChanged | State::New);
    let changed = report.subjects.iter().filter(|subject| is_changed(subject.state));
    let (compared, left): (Vec<_>, Vec<_>) = changed.partition(|subject| !subject.is_left());
    let compatible = format!("{} compatible", counted(compared.len(), "changed schema"));
    match (compared.len(), left.len()) {
        (0, 0) => None,
        (_, 0) => Some((compatible, true)),
        (0, left) => Some((format!("{}, compared with nothing", counted(left, "changed schema")), false)),
        (_, left) => Some((format!("{compatible}, {left} compared with nothing"), true)),
    }
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Trouble> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Trouble::usage(format!("the report can't be written: {error}")))
}

#[cfg(test)]
mod tests;
