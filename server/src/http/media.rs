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
        if ["/govern/", "/kafka/", "/health/", "/metrics", "/api/"].iter().any(|door| route.starts_with(door)) {
            return Some(Self::Json);
        }
        if Self::prefers_default(headers) {
            return Some(Self::default());
        }
        let mut best: Option<(Self, u32)> = None;
        let Some(wishes) = Wishes::of(headers) else { return Some(Self::default()) };
        for (media, weight) in SPOKEN {
            let quality = wishes.quality(media) * weight;
            if quality > best.map_or(0, |(_, best)| best) {
                best = Some((media, quality));
            }
        }
        best.map(|(media, _)| media)
    }

    /// Whether what we like best is what is named first, without a condition, as clients do: nothing can beat that.
    fn prefers_default(headers: &HeaderMap) -> bool {
        let first = headers.get(ACCEPT).and_then(|value| value.as_bytes().split(|byte| *byte == b',').next());
        first == Some(Self::default().as_str().as_bytes())
    }

    /// Whether a body of this type is read: one of the three, unnamed, or bytes of unspecified meaning.
    pub(super) fn is_read(headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else { return true };
        let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence == "application/octet-stream" || SPOKEN.iter().any(|(media, _)| media.as_str() == essence)
    }
}

/// What a caller thinks of each name that could mean us: the qualities out of 1000, where it told them.
#[derive(Debug, Default)]
struct Wishes {
    spoken: [Option<u32>; SPOKEN.len()],
    any_application: Option<u32>,
    anything: Option<u32>,
}

impl Wishes {
    /// `None` when the caller says nothing, or nothing that can be read.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut wishes = Self::default();
        let mut is_empty = true;
        let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        for (name, quality) in values.flat_map(|value| value.split(',')).filter_map(range) {
            is_empty = false;
            if let Some(wish) = wishes.about(name) {
                // Of two wishes about the same the first one counts.
                wish.get_or_insert(quality);
            }
        }
        (!is_empty).then_some(wishes)
    }

    fn about(&mut self, name: &str) -> Option<&mut Option<u32>> {
        if let Some(place) = SPOKEN.iter().position(|(media, _)| media.as_str().eq_ignore_ascii_case(name)) {
            return self.spoken.get_mut(place);
        }
        match name {
            "*/*" => Some(&mut self.anything),
            _ if name.eq_ignore_ascii_case("application/*") => Some(&mut self.any_application),
            _ => None,
        }
    }

    /// The most specific wish counts.
    fn quality(&self, media: Media) -> u32 {
        let place = SPOKEN.iter().position(|(spoken, _)| *spoken == media);
        let own = place.and_then(|place| self.spoken.get(place).copied().flatten());
        own.or(self.any_application).or(self.anything).unwrap_or(0)
    }
}

/// A media range and its quality out of 1000.
fn range(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    let thousandths = (quality?.clamp(0.0, 1.0) * 1000.0) as u32;
    Some((name, thousandths))
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
