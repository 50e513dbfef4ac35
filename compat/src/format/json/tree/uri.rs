//! Which URI does a reference mean? RFC 3986, section 5.2, on any text: what is no URI is taken as it stands, since
//! people write identifiers with blanks and other registries let them.

/// What relative references are resolved against when nothing else is known.
pub(super) const NOWHERE: &str = "json-schema:///";

/// The five parts of a URI reference but its fragment.
struct Parts<'u> {
    scheme: Option<&'u str>,
    authority: Option<&'u str>,
    path: &'u str,
    query: Option<&'u str>,
}

/// `reference` as seen from `base`, both without fragments.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    let (base, given) = (Parts::of(base), Parts::of(reference));
    if given.scheme.is_some() {
        return print(given.scheme, given.authority, &without_dots(given.path), given.query);
    }
    if given.authority.is_some() {
        return print(base.scheme, given.authority, &without_dots(given.path), given.query);
    }
    if given.path.is_empty() {
        return print(base.scheme, base.authority, base.path, given.query.or(base.query));
    }
    if given.path.starts_with('/') {
        return print(base.scheme, base.authority, &without_dots(given.path), given.query);
    }
    let folder = match base.path.rfind('/') {
        Some(slash) => base.path.get(..=slash).unwrap_or_default(),
        None if base.authority.is_some() => "/",
        None => "",
    };
    print(base.scheme, base.authority, &without_dots(&format!("{folder}{}", given.path)), given.query)
}

/// A reference without its fragment, and the fragment.
pub(super) fn split(reference: &str) -> (&str, Option<&str>) {
    reference.split_once('#').map_or((reference, None), |(address, fragment)| (address, Some(fragment)))
}

/// `%7B` and the like as what they mean. Text whose bytes would be no UTF-8 stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| behind.first_chunk::<2>().copied().and_then(hex)).flatten();
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl<'u> Parts<'u> {
    fn of(text: &'u str) -> Self {
        let (text, query) = text.split_once('?').map_or((text, None), |(before, query)| (before, Some(query)));
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, text),
        };
        let Some(rest) = rest.strip_prefix("//") else { return Self { scheme, authority: None, path: rest, query } };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { scheme, authority: Some(authority), path, query }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn print(scheme: Option<&str>, authority: Option<&str>, path: &str, query: Option<&str>) -> String {
    let mut uri = String::new();
    if let Some(scheme) = scheme {
        uri.push_str(&scheme.to_ascii_lowercase());
        uri.push(':');
    }
    if let Some(authority) = authority {
        uri.push_str("//");
        uri.push_str(&authority.to_ascii_lowercase());
    }
    uri.push_str(path);
    if let Some(query) = query {
        uri.push('?');
        uri.push_str(query);
    }
    uri
}

/// The path with `.` and `..` carried out.
fn without_dots(path: &str) -> String {
    if !path.split('/').any(|part| matches!(part, "." | "..")) {
        return path.to_owned();
    }
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." => {}
            ".." => drop(kept.pop()),
            part => {
                kept.push(part);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_come_out() {
        let base = "http://a/b/c/d;p?q";
        for (reference, uri) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
        ] {
            assert_eq!(resolve(base, reference), uri, "{reference}");
        }
    }

    #[test]
    fn relative_names_meet_where_nothing_else_is_known() {
        assert_eq!(resolve(NOWHERE, "order.json"), "json-schema:///order.json");
        assert_eq!(resolve(NOWHERE, "./order.json"), resolve(NOWHERE, "/order.json"));
        assert_eq!(resolve("http://Example.com", "a b"), "http://example.com/a b");
        assert_eq!(resolve("urn:x:y", "urn:x:z"), "urn:x:z");
    }

    #[test]
    fn escapes_are_read_and_broken_ones_left() {
        assert_eq!(decoded("/a%20b%7Ec"), "/a b~c");
        assert_eq!(decoded("/%C3%A9"), "/é");
        for broken in ["%", "%4", "%zz", "%ff", "%é"] {
            assert_eq!(decoded(broken), broken);
        }
    }
}
