//! Which part of a listing is asked for?

use tidegate_registry::Page;

use super::error::Failure;
use super::query::Query;

/// Listings that never answer more than this at once, whatever is asked for.
pub(super) const CAPPED: usize = 1000;

/// All that there is, unless a limit is given.
pub(super) fn unlimited(query: &Query) -> Result<Page, Failure> {
    let limit = query.number("limit")?.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    Ok(Page { offset: offset(query)?, limit })
}

/// At most [`CAPPED`] entries; a limit outside of 1 to that counts as none given.
pub(super) fn capped(query: &Query) -> Result<Page, Failure> {
    let page = unlimited(query)?;
    Ok(Page { limit: Some(page.limit.filter(|limit| *limit <= CAPPED).unwrap_or(CAPPED)), ..page })
}

fn offset(query: &Query) -> Result<usize, Failure> {
    Ok(query.number("offset")?.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_fall_back_to_the_default_of_their_listing() {
        let page = |text| capped(&Query::parse(text)).unwrap();
        assert_eq!(page(""), Page { offset: 0, limit: Some(1000) });
        assert_eq!(page("limit=5&offset=7"), Page { offset: 7, limit: Some(5) });
        assert_eq!(page("limit=5000").limit, Some(1000));
        assert_eq!(page("limit=-1&offset=-3"), Page { offset: 0, limit: Some(1000) });
        assert_eq!(unlimited(&Query::parse("limit=5000")).unwrap().limit, Some(5000));
        assert_eq!(unlimited(&Query::parse("limit=0")).unwrap().limit, None);
    }
}
