//! Which findings were accepted, until when, and is that over?

use chrono::{DateTime, Duration, NaiveDate};

use crate::frame::Frame;

/// For how long a finding can be accepted, in days.
pub(crate) const MAX_DAYS: i64 = 180;

/// A finding that somebody accepted.
#[derive(Debug, Clone)]
pub(crate) struct Acceptance {
    /// The first digits of the finding's fingerprint.
    pub(crate) id: String,
    pub(crate) rule: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) reason: String,
    pub(crate) by: Option<String>,
    /// Who agreed to it.
    pub(crate) approved_by: Option<String>,
    /// The last day on which it holds.
    pub(crate) until: NaiveDate,
    /// Where it stands.
    pub(crate) frame: Option<Frame>,
}

impl Acceptance {
    pub(crate) fn is_over(&self, today: NaiveDate) -> bool {
        today > self.until
    }

    /// Whether it is about a finding; its other members, where given, must not contradict.
    pub(crate) fn means(&self, fingerprint: &str, rule: &str, subject: Option<&str>) -> bool {
        fingerprint.starts_with(&self.id)
            && self.rule.as_deref().is_none_or(|own| own == rule)
            && self.subject.as_deref().is_none_or(|own| Some(own) == subject)
    }
}

/// A day, as in `2027-02-01`.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// The day that it is, in UTC.
pub(crate) fn today() -> NaiveDate {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).map_or(NaiveDate::MIN, |now| now.date_naive())
}

/// The last day that an acceptance may hold which is made today.
pub(crate) fn last_day() -> NaiveDate {
    today() + Duration::days(MAX_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_holds_through_its_last_day_for_what_it_names() {
        let until = date("2027-02-01").unwrap();
        let acceptance = Acceptance {
            id: "4c1e7a".into(),
            rule: Some("TG108".into()),
            subject: None,
            reason: "closed".into(),
            by: None,
            approved_by: None,
            until,
            frame: None,
        };
        assert!(!acceptance.is_over(until) && acceptance.is_over(until.succ_opt().unwrap()));
        assert!(acceptance.means("4c1e7a99", "TG108", Some("a")));
        assert!(!acceptance.means("4c1e7a99", "TG101", Some("a")) && !acceptance.means("4c1e7b99", "TG108", None));
        assert_eq!(date("1.2.2027"), None);
    }
}
