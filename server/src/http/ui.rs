//! How does the stewards' UI get to a browser? From files that were built in, under `/ui/`, before any route of the API is
//! looked at. It holds no data: what it shows, it asks the API for, which looks at who asks.

use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// A file of the UI.
struct Asset {
    /// Its path below `/ui/`.
    path: &'static str,
    plain: &'static [u8],
    /// The same, packed by Brotli.
    packed: Option<&'static [u8]>,
    /// Its `ETag`.
    tag: &'static str,
}

/// Empty where the server was built without the UI.
static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

const HOME: &str = "/ui/";
const INDEX: &str = "index.html";
/// Names in here have a hash of what is in them, so that a name never means something else.
const HASHED: &str = "assets/";
/// Nothing from elsewhere, and nowhere in a frame. The editor sets styles of single elements.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";
const ABSENT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tidegate</title>\
                      <h1>This server was built without its UI</h1>\
                      <p>The registry and its REST API work. <code>make run</code> builds the UI where Node.js and npm are \
                      there; by hand it is <code>npm --prefix clients/ui ci &amp;&amp; npm --prefix clients/ui run build</code>, \
                      and then the server once more.</p></html>";

/// What a browser gets; `None` for all that the API answers.
pub(super) fn answer(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    answer_from(ASSETS, method, path, headers)
}

fn answer_from(assets: &[Asset], method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    if path == "/ui" || (path == "/" && wants_a_page(headers)) {
        let leave = [(LOCATION, HeaderValue::from_static(HOME)), (VARY, HeaderValue::from_static("accept"))];
        return Some((StatusCode::TEMPORARY_REDIRECT, leave).into_response());
    }
    let name = path.strip_prefix(HOME)?;
    let named = assets.iter().find(|asset| asset.path == name);
    // Whatever is no file is a view, whose address the UI reads by itself.
    let asset = named.or_else(|| assets.iter().find(|asset| asset.path == INDEX && !name.starts_with(HASHED)));
    let mut response = match asset {
        Some(asset) => send(asset, headers),
        None if assets.is_empty() => {
            (StatusCode::NOT_FOUND, [(CONTENT_TYPE, HeaderValue::from_static(content_type(INDEX)))], ABSENT)
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    };
    let fixed =
        [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "no-referrer"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

fn send(asset: &Asset, headers: &HeaderMap) -> Response {
    let keep = if asset.path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if tells(headers, &IF_NONE_MATCH, |tag| tag.trim_start_matches("W/") == asset.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let packed = asset.packed.filter(|_| tells(headers, &ACCEPT_ENCODING, takes_brotli));
        let mut response = Body::from(packed.unwrap_or(asset.plain)).into_response();
        if packed.is_some() {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    };
    let told =
        [(CONTENT_TYPE, content_type(asset.path)), (CACHE_CONTROL, keep), (VARY, "accept-encoding"), (ETAG, asset.tag)];
    for (name, value) in told {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Browsers put pages first in what they take; clients of the API don't name them.
fn wants_a_page(headers: &HeaderMap) -> bool {
    let first = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    first.split([',', ';']).next().is_some_and(|first| first.trim().eq_ignore_ascii_case("text/html"))
}

fn takes_brotli(word: &str) -> bool {
    let (coding, weight) = word.split_once(';').unwrap_or((word, ""));
    let is_refused = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0);
    coding.trim().eq_ignore_ascii_case("br") && !is_refused
}

/// Whether one of a header's words, which commas part, is the one.
fn tells(headers: &HeaderMap, name: &axum::http::HeaderName, is_it: impl Fn(&str) -> bool) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|word| is_it(word.trim()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &[Asset] = &[
        Asset { path: "assets/app-1a.js", plain: b"plain", packed: Some(b"packed"), tag: "\"1\"" },
        Asset { path: INDEX, plain: b"<html>", packed: None, tag: "\"2\"" },
    ];

    fn ask(assets: &[Asset], path: &str, headers: &[(axum::http::HeaderName, &'static str)]) -> Option<Response> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        answer_from(assets, &Method::GET, path, &headers)
    }

    fn header(response: &Response, name: &str) -> String {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    async fn body(response: Response) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()
    }

    #[test]
    fn the_api_keeps_its_paths() {
        for path in ["/subjects", "/subjects/ui/versions", "/uix", "/contexts/ui/subjects"] {
            assert!(ask(BUILT, path, &[(ACCEPT, "text/html")]).is_none(), "{path}");
        }
        for accept in ["*/*", "application/json", "application/vnd.schemaregistry.v1+json, text/html", ""] {
            assert!(ask(BUILT, "/", &[(ACCEPT, accept)]).is_none(), "{accept}");
        }
        assert!(answer_from(BUILT, &Method::POST, "/ui/", &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_browser_at_the_root_is_sent_to_the_ui() {
        let accept = (ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        let response = ask(BUILT, "/", &[accept]).unwrap();
        assert_eq!(
            (response.status(), header(&response, "location")),
            (StatusCode::TEMPORARY_REDIRECT, HOME.to_owned())
        );
    }

    #[tokio::test]
    async fn hashed_files_are_kept_for_ever_and_sent_packed_to_whom_takes_it() {
        let packed = ask(BUILT, "/ui/assets/app-1a.js", &[(ACCEPT_ENCODING, "gzip, br;q=0.8")]).unwrap();
        assert_eq!(header(&packed, "content-encoding"), "br");
        assert!(header(&packed, "cache-control").contains("immutable"));
        assert_eq!(body(packed).await, b"packed");
        let plain = ask(BUILT, "/ui/assets/app-1a.js", &[(ACCEPT_ENCODING, "gzip, br;q=0")]).unwrap();
        assert_eq!(header(&plain, "content-encoding"), "");
        assert_eq!(body(plain).await, b"plain");
        assert_eq!(ask(BUILT, "/ui/assets/gone.js", &[]).unwrap().status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn every_view_is_the_same_page_which_is_asked_for_each_time() {
        for path in ["/ui/", "/ui/subjects", "/ui/subjects/a%2Fb/fields", "/ui/index.html"] {
            let page = ask(BUILT, path, &[]).unwrap();
            assert_eq!(header(&page, "cache-control"), "no-cache");
            assert!(header(&page, "content-security-policy").contains("default-src 'self'"));
            assert_eq!(body(page).await, b"<html>", "{path}");
        }
        let known = ask(BUILT, "/ui/", &[(IF_NONE_MATCH, "\"1\", W/\"2\"")]).unwrap();
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn a_server_without_the_ui_says_so() {
        let page = ask(&[], "/ui/subjects", &[]).unwrap();
        assert_eq!(
            (page.status(), header(&page, "content-type")),
            (StatusCode::NOT_FOUND, "text/html; charset=utf-8".to_owned())
        );
        assert!(String::from_utf8(body(page).await).unwrap().contains("without its UI"));
    }
}
