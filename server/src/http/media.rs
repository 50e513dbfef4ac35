//! Which of the three names of JSON do both sides agree on?

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};

/// A media type that answers can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Media {
    #[default]
    RegistryV1,
    Registry,
    Json,
}

/// In the order of preference, with the weight of each out of 1000.
const SPOKEN: [(Media, u32); 3] = [(Media::RegistryV1, 1000), (Media::Registry, 900), (Media::Json, 500)];

impl Media {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::RegistryV1 => "application/vnd.schemaregistry.v1+json",
            Self::Registry => "application/vnd.schemaregistry+json",
            Self::Json => "application/json",
        }
    }

    /// The best that the caller takes, or `None` if it takes none of them. Our own doors always answer plain JSON.
    pub(super) fn negotiate(route: &str, headers: &HeaderMap) -> Option<Self> {
        if ["/govern/", "/health/", "/metrics"].iter().any(|door| route.starts_with(door)) {
            return Some(Self::Json);
        }
        let mut accepts = headers.get_all(ACCEPT).iter().peekable();
        if accepts.peek().is_none() {
            return Some(Self::default());
        }
        let ranges: Vec<(String, u32)> = accepts
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(range)
            .collect();
        if ranges.is_empty() {
            return Some(Self::default());
        }
        let mut best: Option<(Self, u32)> = None;
        for (media, weight) in SPOKEN {
            let quality = quality(&ranges, media) * weight;
            if quality > best.map_or(0, |(_, best)| best) {
                best = Some((media, quality));
            }
        }
        best.map(|(media, _)| media)
    }

    /// Whether a body of this type is read: one of the three, unnamed, or bytes of unspecified meaning.
    pub(super) fn is_read(headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else { return true };
        let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence == "application/octet-stream" || SPOKEN.iter().any(|(media, _)| media.as_str() == essence)
    }
}

/// A media range in lower case and its quality out of 1000.
fn range(text: &str) -> Option<(String, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    let thousandths = (quality?.clamp(0.0, 1.0) * 1000.0) as u32;
    Some((name, thousandths))
}

/// What the caller thinks of `media`; the most specific range counts.
fn quality(ranges: &[(String, u32)], media: Media) -> u32 {
    let find = |name: &str| ranges.iter().find(|(range, _)| range == name).map(|(_, quality)| *quality);
    find(media.as_str()).or_else(|| find("application/*")).or_else(|| find("*/*")).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> Option<&'static str> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(value).unwrap())]);
        Media::negotiate("/subjects", &headers).map(Media::as_str)
    }

    #[test]
    fn the_best_of_what_the_caller_takes_is_chosen() {
        let v1 = Some("application/vnd.schemaregistry.v1+json");
        assert_eq!(Media::negotiate("", &HeaderMap::new()), Some(Media::RegistryV1));
        for value in [
            "*/*",
            "",
            "application/*",
            "application/json, application/vnd.schemaregistry.v1+json",
            "text/html, */*;q=0.1",
        ] {
            assert_eq!(accept(value), v1, "{value}");
        }
        assert_eq!(accept("application/json"), Some("application/json"));
        assert_eq!(accept("Application/JSON; charset=utf-8"), Some("application/json"));
        let weighed = "application/vnd.schemaregistry.v1+json;q=0.1, application/json;q=0.9";
        assert_eq!(accept(weighed), Some("application/json"));
        assert_eq!(accept("application/vnd.schemaregistry+json"), Some("application/vnd.schemaregistry+json"));
        for value in ["text/html", "application/xml", "application/json;q=0"] {
            assert_eq!(accept(value), None, "{value}");
        }
    }

    #[test]
    fn our_own_doors_answer_plain_json_whatever_is_asked_for() {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/plain"))]);
        assert_eq!(Media::negotiate("/health/ready", &headers), Some(Media::Json));
    }

    #[test]
    fn bodies_may_be_named_in_five_ways() {
        let is_read = |value: &str| {
            Media::is_read(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(value).unwrap())]))
        };
        assert!(Media::is_read(&HeaderMap::new()));
        assert!(is_read("application/json; charset=utf-8") && is_read("application/octet-stream"));
        assert!(!is_read("text/plain") && !is_read("application/xml"));
    }
}
