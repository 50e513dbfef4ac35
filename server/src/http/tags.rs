//! Does the caller know this already, or has it changed since they looked? Tags of answers, and what requests say of them.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tidegate_api::ErrorCode;
use tidegate_registry::Expected;

use super::error::Failure;

/// Whether the caller has this answer already. A weak tag is as good here, and `*` means any.
pub(super) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    tags(headers, IF_NONE_MATCH).any(|known| known == "*" || strong(known).as_bytes() == tag.as_bytes())
}

/// The tag of something that counts its versions.
pub(super) fn of_version(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What must be there for a change to be made: the version in `If-Match`, or nothing with `If-None-Match: *`.
pub(super) fn expected(headers: &HeaderMap) -> Result<Expected, Failure> {
    let refused = |message: &str| Failure::new(ErrorCode::BadRequest, message);
    let versions: Vec<_> = tags(headers, IF_MATCH).collect();
    let nothing: Vec<_> = tags(headers, IF_NONE_MATCH).collect();
    match (versions.as_slice(), nothing.as_slice()) {
        ([], []) => Ok(Expected::Anything),
        (["*"], []) => Ok(Expected::Something),
        ([], ["*"]) => Ok(Expected::Nothing),
        ([tag], []) => {
            let version = tag.trim_matches('"').parse().ok();
            version.map(Expected::Version).ok_or_else(|| refused("If-Match is a version as in the ETag: \"3\""))
        }
        _ => Err(refused("If-Match has one tag, or If-None-Match is *")),
    }
}

fn tags(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|tag| !tag.is_empty())
}

fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(HeaderName, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_known_tag_is_recognised_among_others() {
        let tag = HeaderValue::from_static("\"a\"");
        let known = |value: &'static str| is_known(&headers(&[(IF_NONE_MATCH, value)]), &tag);
        assert!(known("\"a\"") && known("\"b\", \"a\"") && known("W/\"a\"") && known("*"));
        assert!(!known("\"b\"") && !known("a") && !is_known(&HeaderMap::new(), &tag));
    }

    #[test]
    fn what_is_expected_is_one_thing() {
        let of = |all: &[(HeaderName, &'static str)]| expected(&headers(all));
        assert_eq!(of(&[]), Ok(Expected::Anything));
        assert_eq!(of(&[(IF_MATCH, "\"3\"")]), Ok(Expected::Version(3)));
        assert_eq!(of(&[(IF_MATCH, "*")]), Ok(Expected::Something));
        assert_eq!(of(&[(IF_NONE_MATCH, "*")]), Ok(Expected::Nothing));
        for bad in [&[(IF_MATCH, "\"x\"")][..], &[(IF_MATCH, "\"1\", \"2\"")], &[(IF_NONE_MATCH, "\"1\"")]] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
        assert!(of(&[(IF_MATCH, "\"1\""), (IF_NONE_MATCH, "*")]).is_err());
        assert_eq!(of_version(3), "\"3\"");
    }
}
