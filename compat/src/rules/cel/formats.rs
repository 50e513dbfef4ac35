//! Does a text have the form that a function asks for: an address, a host, a URI, a UUID?
//!
//! Forms are those of the standards that Confluent's functions name, checked without allocating.

pub(in crate::rules) mod network;

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address as in HTML's input field of type `email`, which is what Confluent's and Buf's libraries check.
pub(in crate::rules) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    !local.is_empty() && local.bytes().all(is_local) && is_labels(host)
}

/// Labels of letters, digits and hyphens, parted by dots.
fn is_labels(host: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        (1..=63).contains(&bytes.len())
            && bytes.iter().all(is_inner)
            && bytes.first() != Some(&b'-')
            && bytes.last() != Some(&b'-')
    };
    host.split('.').all(is_label)
}

/// A name as in RFC 1123, at most 253 long; a dot may end it, and the last label is no number.
pub(in crate::rules) fn is_hostname(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && is_labels(name) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

pub(in crate::rules) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// With or without a zone.
pub(in crate::rules) fn is_ipv6(text: &str) -> bool {
    match text.split_once('%') {
        Some((_, "")) => false,
        Some((address, _)) => address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

/// A URI as in RFC 3986, with a scheme.
pub(in crate::rules) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    is_scheme(scheme) && is_rest(rest)
}

/// A URI or one without its beginning.
pub(in crate::rules) fn is_uri_reference(text: &str) -> bool {
    if is_uri(text) {
        return true;
    }
    // Without a scheme, the first segment of a relative path has no colon.
    let path = text.split(['/', '?', '#']).next().unwrap_or_default();
    !path.contains(':') && is_rest(text)
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// What follows a scheme: authority, path, query, fragment.
fn is_rest(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (hierarchy, query) = text.split_once('?').unwrap_or((text, ""));
    if !is_made_of(fragment, b":@/?") || !is_made_of(query, b":@/?") {
        return false;
    }
    match hierarchy.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_authority(authority) && is_made_of(path, b":@/")
        }
        None => is_made_of(hierarchy, b":@/"),
    }
}

fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').map_or((None, text), |(user, host)| (Some(user), host));
    if !user.is_none_or(|user| is_made_of(user, b":")) {
        return false;
    }
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let is_address = is_ipv6(&address.replace("%25", "%")) || address.starts_with(['v', 'V']);
        return is_address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    match host.rsplit_once(':') {
        Some((host, port)) => is_port(port) && is_made_of(host, b""),
        None => is_made_of(host, b""),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Unreserved characters, those between parts, escapes of two hex digits, and some more.
fn is_made_of(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_good = match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
            }
            byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) || more.contains(&byte),
        };
        if !is_good {
            return false;
        }
    }
    true
}

/// Hex digits in groups of 8, 4, 4, 4 and 12.
pub(in crate::rules) fn is_uuid(text: &str) -> bool {
    let is_good = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cases(check: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        good.iter().for_each(|text| assert!(check(text), "{text}"));
        bad.iter().for_each(|text| assert!(!check(text), "{text}"));
    }

    #[test]
    fn forms_are_those_of_the_standards() {
        cases(is_email, &["a@b", "a.b+c@x-y.org"], &["", "a", "@b", "a@", "a b@c", "a@-b", "a@b..c", "a@b@c", "é@b.c"]);
        cases(is_hostname, &["a", "a.b", "a-1.b.", "1a.x1"], &["", ".", "-a", "a-", "a..b", "a_b", "1.2.3.4", "é"]);
        cases(is_ipv4, &["1.2.3.4", "255.255.255.255"], &["", "1.2.3", "256.1.1.1", "1.2.3.04", "::1"]);
        cases(is_ipv6, &["::", "::1", "fe80::1%eth0", "::ffff:1.2.3.4"], &["", "1.2.3.4", ":::", "fe80::1%", "g::"]);
        cases(
            is_uri,
            &["http://a", "http://u:p@a.b:80/c;d?e=f#g", "urn:isbn:1", "mailto:a@b", "http://[::1]:8/x", "a:", "x:%41"],
            &[
                "",
                "a",
                "//a",
                "1a:b",
                "http://a b",
                "x:%4",
                "x:%zz",
                "http://[::1",
                "http://a:8x",
                "x:[",
                "http://[zz]/",
            ],
        );
        cases(is_uri_reference, &["", "a", "//a/b", "?q", "#f", "./a:b", "http://a"], &["a b", "1:a", "%", "\u{7f}"]);
        cases(
            is_uuid,
            &["0123abcd-0000-4000-8000-0123456789AB"],
            &["", "0123abcd00000-4000-8000-0123456789AB", "0123abcd-0000-4000-8000-0123456789Ag"],
        );
        assert!(!is_hostname(&"a.".repeat(127)[..].repeat(2)));
    }
}
