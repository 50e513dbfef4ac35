//! Which page, and which times, are asked for? What does not parse is a bad request here, as with Marquez.

use chrono::{DateTime, NaiveDate};
use tidegate_registry::Page;

use super::refusal::Refusal;
use crate::http::page::CAPPED;
use crate::http::query::Query;

/// `limit` and `offset`; a limit of 0 is an empty page.
pub(super) fn page(query: &Query, usual: usize) -> Result<Page, Refusal> {
    let limit = number(query, "limit")?.unwrap_or(usual).min(CAPPED);
    Ok(Page { offset: number(query, "offset")?.unwrap_or(0), limit: Some(limit) })
}

/// A number that is not negative.
pub(super) fn number(query: &Query, name: &str) -> Result<Option<usize>, Refusal> {
    let Some(text) = query.text(name) else { return Ok(None) };
    // What no database can count to is as good as the end.
    let number = text.trim().parse::<u64>().map_err(|_| Refusal::bad(format!("'{name}' is a number from 0 on")))?;
    Ok(Some(usize::try_from(number.min(i64::MAX as u64)).unwrap_or(usize::MAX)))
}

/// Milliseconds since 1970 of a time or a day.
pub(super) fn time(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = query.text(name) else { return Ok(None) };
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let millis = moment.or_else(|| day().map(|time| time.and_utc().timestamp_millis()));
    millis.map(Some).ok_or_else(|| Refusal::bad(format!("'{name}' is a time such as 2026-02-28T23:59:59Z, or a day")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_times_are_read_or_refused() {
        let read = |text: &str| page(&Query::parse(text), 100).unwrap();
        assert_eq!(read(""), Page { offset: 0, limit: Some(100) });
        assert_eq!(read("limit=5&offset=7"), Page { offset: 7, limit: Some(5) });
        assert_eq!(read("limit=99999").limit, Some(CAPPED));
        assert!(page(&Query::parse("limit=-1"), 1).is_err() && page(&Query::parse("offset=x"), 1).is_err());
        let at = |text: &str| time(&Query::parse(&format!("at={text}")), "at");
        assert_eq!(at("1970-01-02").unwrap(), Some(86_400_000));
        assert_eq!(at("1970-01-01T00:00:01%2B00:00").unwrap(), Some(1_000));
        assert!(at("").unwrap().is_none() && at("soon").is_err());
    }
}
