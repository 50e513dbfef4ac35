//! What counts as use of a subject, and may a finding weigh less where there is none? The section `usage`.

use std::borrow::Cow;
use std::time::Duration;

use chrono::NaiveDate;
use regex::Regex;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Registry, Source, accept, mean};
use crate::trouble::Result;
use crate::words::nearest;

/// Seconds.
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// The longest time that is looked back. The registry keeps no more unless it is told to.
const LONGEST: u64 = 400 * DAY;
/// As long as the registry looks back by itself.
const USUAL: Duration = Duration::from_secs(7 * DAY);

// === As it stands in the file ===

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageFile {
    window: Option<Spanned<String>>,
    min_records: Option<u64>,
    #[serde(default)]
    ignore_clients: Vec<String>,
    environments: Option<Vec<Spanned<String>>>,
    downgrade: Option<bool>,
    min_coverage: Option<Spanned<f64>>,
    on_unknown: Option<OnUnknown>,
    #[serde(default)]
    marks: Vec<MarkFile>,
    provider: Option<Spanned<ProviderFile>>,
}

/// A consumer that somebody looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkFile {
    consumer: Spanned<String>,
    subject: Spanned<String>,
    #[serde(rename = "as")]
    word: MarkedAs,
    reason: Spanned<String>,
    by: Option<String>,
    until: Spanned<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MarkedAs {
    /// It can take the change.
    Safe,
    /// Whether it can is of no concern.
    Ignored,
}

/// Who else knows of the use of subjects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    exec: Option<String>,
    url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnUnknown {
    Error,
    Warning,
}

// === As it holds ===

/// A consumer that does not count for a subject, for a time.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) consumer: String,
    subject: String,
    word: MarkedAs,
    reason: String,
    by: Option<String>,
    /// The last day on which it holds.
    until: NaiveDate,
}

impl Mark {
    /// Whether it is still to be heeded.
    pub(crate) fn holds(&self, today: NaiveDate) -> bool {
        today <= self.until
    }

    /// `legacy-export is marked safe by ana until 2027-02-01: it reads by name`
    pub(crate) fn in_words(&self, today: NaiveDate) -> String {
        let word = if self.word == MarkedAs::Safe { "safe" } else { "ignored" };
        let by = self.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        let Self { consumer, until, reason, .. } = self;
        match self.holds(today) {
            true => format!("{consumer} is marked {word}{by} until {until}, and does not count: {reason}"),
            false => format!("{consumer} was marked {word}{by} until {until}, which is over: it counts again"),
        }
    }
}

/// Who else knows of the use of subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provider {
    /// A program, by its path from the folder of the project file.
    Exec(String),
    Url(String),
}

/// What use is, and what follows from there being none.
#[derive(Debug, Clone)]
pub(crate) struct UsageTerms {
    /// Consumers that somebody looked at.
    pub(crate) marks: Vec<Mark>,
    /// Who is asked beside the registry.
    pub(crate) provider: Option<Provider>,
    /// How far back use counts.
    pub(crate) window: Duration,
    /// Fewer records of a version than this are none.
    pub(crate) min_records: u64,
    pub(crate) ignored: Vec<Regex>,
    /// The registries whose evidence counts; all of them where none is named.
    pub(crate) environments: Option<Vec<String>>,
    /// Whether what breaks something that nobody uses is a warning.
    pub(crate) downgrade: bool,
    /// From 0 to 1: how much of the use must be seen, for what is not seen to be none.
    pub(crate) min_coverage: f64,
    /// Whether what is not known weighs less as well.
    pub(crate) is_unknown_fine: bool,
}

impl Default for UsageTerms {
    fn default() -> Self {
        Self {
            window: USUAL,
            min_records: 1,
            ignored: Vec::new(),
            environments: None,
            downgrade: false,
            min_coverage: 0.95,
            is_unknown_fine: false,
            marks: Vec::new(),
            provider: None,
        }
    }
}

impl UsageTerms {
    /// Whether a client, or a group, is nobody who matters.
    pub(crate) fn ignores(&self, client: &str) -> bool {
        self.ignored.iter().any(|pattern| pattern.is_match(client))
    }

    /// The marks of a subject, whether or not they still hold.
    pub(crate) fn marks_of(&self, subject: &str) -> Vec<&Mark> {
        self.marks.iter().filter(|mark| mark.subject == subject).collect()
    }

    /// The terms for one subject: who is marked there does not count.
    pub(crate) fn of(&self, subject: &str, today: NaiveDate) -> Cow<'_, Self> {
        let marked = self.marks_of(subject).into_iter().filter(|mark| mark.holds(today));
        let marked: Vec<Regex> =
            marked.filter_map(|mark| Regex::new(&format!("^(?s:{})$", regex::escape(&mark.consumer))).ok()).collect();
        match marked.is_empty() {
            true => Cow::Borrowed(self),
            false => {
                let ignored = self.ignored.iter().cloned().chain(marked).collect();
                Cow::Owned(Self { ignored, ..self.clone() })
            }
        }
    }

    /// Whether what a registry of this name saw can make a finding weigh less.
    pub(crate) fn heeds(&self, registry: &str) -> bool {
        self.environments.as_ref().is_none_or(|names| names.iter().any(|name| name == registry))
    }

    /// Whether a finding can come to weigh less at all.
    pub(crate) fn can_downgrade(&self) -> bool {
        self.downgrade || self.is_unknown_fine
    }

    /// `last 7 days`, `last 12 hours`
    pub(crate) fn window_in_words(&self) -> String {
        let hours = self.window.as_secs() / HOUR;
        match hours {
            1 => "last hour".to_owned(),
            24 => "last day".to_owned(),
            _ if hours.is_multiple_of(24) => format!("last {} days", hours / 24),
            _ => format!("last {hours} hours"),
        }
    }
}

impl Source<'_> {
    pub(super) fn usage(&self, file: UsageFile, registries: &[(String, Registry)]) -> Result<UsageTerms> {
        let usual = UsageTerms::default();
        let window = file.window.as_ref().map(|window| {
            span(&window.value)
                .ok_or_else(|| self.at(window, "a window is a time such as 12h, 7d or 4w, from an hour to 400 days"))
        });
        let coverage = file.min_coverage.as_ref().map(|share| match share.value {
            value if (0.0..=1.0).contains(&value) => Ok(value),
            _ => Err(self.at(share, "a coverage is a share from 0 to 1, such as 0.95")),
        });
        for name in file.environments.iter().flatten() {
            let known = || registries.iter().map(|(name, _)| name.as_str());
            if !known().any(|known| known == name.value) {
                let trouble = self.at(name, &format!("there is no registry `{}`", name.value));
                return Err(mean(trouble, nearest(&name.value, known())));
            }
        }
        Ok(UsageTerms {
            window: window.transpose()?.unwrap_or(usual.window),
            min_records: file.min_records.unwrap_or(usual.min_records),
            ignored: file.ignore_clients.iter().filter_map(|glob| pattern(glob)).collect(),
            environments: file.environments.map(|names| names.into_iter().map(|name| name.value).collect()),
            downgrade: file.downgrade.unwrap_or(usual.downgrade),
            min_coverage: coverage.transpose()?.unwrap_or(usual.min_coverage),
            is_unknown_fine: file.on_unknown == Some(OnUnknown::Warning),
            marks: file.marks.into_iter().map(|mark| self.mark(mark)).collect::<Result<_>>()?,
            provider: file.provider.map(|provider| self.provider(&provider)).transpose()?,
        })
    }

    fn mark(&self, mark: MarkFile) -> Result<Mark> {
        let until = accept::date(&mark.until.value)
            .ok_or_else(|| self.at(&mark.until, "a mark ends on a day such as 2027-02-01"))?;
        let last = accept::last_day();
        if until > last {
            let message = format!("a mark holds for {} days at most", accept::MAX_DAYS);
            return Err(self.at(&mark.until, &message).help(format!("{last} is the last day that it can end on")));
        }
        if mark.reason.value.trim().is_empty() {
            return Err(self.at(&mark.reason, "a mark has a reason"));
        }
        for name in [&mark.consumer, &mark.subject] {
            if name.value.trim().is_empty() || name.value.contains('*') {
                return Err(self
                    .at(name, "a mark is about one consumer of one subject")
                    .help("`ignore_clients` leaves out many, of every subject"));
            }
        }
        let (consumer, subject, reason) = (mark.consumer.value, mark.subject.value, mark.reason.value);
        Ok(Mark { consumer, subject, word: mark.word, reason, by: mark.by, until })
    }

    fn provider(&self, file: &Spanned<ProviderFile>) -> Result<Provider> {
        match (&file.value.exec, &file.value.url) {
            (Some(program), None) if !program.trim().is_empty() => Ok(Provider::Exec(program.clone())),
            (None, Some(url)) if url.starts_with("https://") || url.starts_with("http://") => {
                Ok(Provider::Url(url.clone()))
            }
            _ => Err(self.at(file, "a provider is a program (`exec`) or an address (`url`), and one of the two")),
        }
    }
}

/// A time as it is written: a number and `h`, `d` or `w`.
fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "h" => HOUR,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    };
    let seconds = number.trim().parse::<u64>().ok()?.checked_mul(unit)?;
    (HOUR..=LONGEST).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// A name in which `*` stands for anything.
fn pattern(glob: &str) -> Option<Regex> {
    let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
    Regex::new(&format!("^(?s:{})$", parts.join(".*"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_told() {
        let told = |text: &str| UsageTerms { window: span(text).unwrap(), ..UsageTerms::default() }.window_in_words();
        assert_eq!(
            ["1h", "24h", "36h", "7d", "2w"].map(told),
            ["last hour", "last day", "last 36 hours", "last 7 days", "last 14 days"]
        );
        for bad in ["", "d", "7", "0d", "-1d", "7m", "401d", "99999999999999999999w", "7é"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }

    #[test]
    fn clients_are_ignored_by_the_whole_name() {
        let terms = UsageTerms {
            ignored: ["kcat-*", "ci.*.test"].iter().filter_map(|glob| pattern(glob)).collect(),
            ..UsageTerms::default()
        };
        assert!(terms.ignores("kcat-7") && terms.ignores("ci.a.b.test"));
        assert!(!terms.ignores("my-kcat-7") && !terms.ignores("cixaxtest"));
    }
}
