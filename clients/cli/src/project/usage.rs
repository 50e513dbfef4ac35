//! What counts as use of a subject, and may a finding weigh less where there is none? The section `usage`.

use std::time::Duration;

use regex::Regex;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Registry, Source, mean};
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnUnknown {
    Error,
    Warning,
}

// === As it holds ===

/// What use is, and what follows from there being none.
#[derive(Debug, Clone)]
pub(crate) struct UsageTerms {
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
        }
    }
}

impl UsageTerms {
    /// Whether a client, or a group, is nobody who matters.
    pub(crate) fn ignores(&self, client: &str) -> bool {
        self.ignored.iter().any(|pattern| pattern.is_match(client))
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
        })
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
