//! Is a text an address, a network or a host with its port, as Buf's functions understand them?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{is_hostname, is_ipv4, is_ipv6};

/// An address of version 4 or 6; of either if the version is 0, of none if it is another.
pub(in crate::rules) fn is_ip(text: &str, version: i64) -> bool {
    match version {
        0 => is_ipv4(text) || is_ipv6(text),
        4 => is_ipv4(text),
        6 => is_ipv6(text),
        _ => false,
    }
}

/// An address without a zone, and how many of its bits name the network. Strictly, all others are zero.
pub(in crate::rules) fn is_prefix(text: &str, version: i64, is_strict: bool) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let address = match version {
        0 => address.parse::<IpAddr>().ok(),
        4 => address.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        6 => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => None,
    };
    let (Some(address), Some(length)) = (address, number(length)) else { return false };
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    // All bits are of the network where as many are; shifting them out would overflow.
    length <= width && (!is_strict || bits.checked_shl(length).unwrap_or(0) == 0)
}

/// A host name or an address, that of version 6 in brackets, and a port behind a colon.
pub(in crate::rules) fn is_host_and_port(text: &str, must_have_port: bool) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, rest)) = rest.rsplit_once(']') else { return false };
        let is_port = rest.strip_prefix(':').map_or(rest.is_empty() && !must_have_port, is_port);
        return is_ipv6(address) && is_port;
    }
    let is_host = |host: &str| is_hostname(host) || is_ipv4(host);
    match text.rsplit_once(':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => !must_have_port && is_host(text),
    }
}

fn is_port(text: &str) -> bool {
    number(text).is_some_and(|port| port <= u32::from(u16::MAX))
}

/// A whole number without a sign or zeros before it.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_with_a_length() {
        for (text, version, is_strict, expected) in [
            ("10.0.0.0/8", 0, true, true),
            ("10.0.0.1/8", 0, true, false),
            ("10.0.0.1/8", 0, false, true),
            ("10.0.0.1/32", 4, true, true),
            ("0.0.0.0/0", 4, true, true),
            ("10.0.0.1/0", 4, true, false),
            ("10.0.0.0/33", 0, false, false),
            ("10.0.0.0/08", 0, false, false),
            ("10.0.0.0/8", 6, false, false),
            ("10.0.0.0", 0, false, false),
            ("::1/128", 6, true, true),
            ("2001:db8::/32", 0, true, true),
            ("2001:db8::1/32", 0, true, false),
            ("::/129", 6, false, false),
            ("::/0", 6, true, true),
            ("fe80::1%eth0/64", 0, false, false),
            ("::/", 0, false, false),
            ("::/+1", 0, false, false),
        ] {
            assert_eq!(is_prefix(text, version, is_strict), expected, "{text} {version} {is_strict}");
        }
    }

    #[test]
    fn hosts_may_need_ports() {
        for good in ["a.b:80", "1.2.3.4:0", "[::1]:65535", "[fe80::1%en0]:1"] {
            assert!(is_host_and_port(good, true), "{good}");
            assert!(is_host_and_port(good, false), "{good}");
        }
        for bad in
            ["", "a.b:", "a.b:65536", "a.b:080", ":80", "::1:80", "[::1]80", "[1.2.3.4]:80", "[::1", "a b:1", "a:+1"]
        {
            assert!(!is_host_and_port(bad, true), "{bad}");
            assert!(!is_host_and_port(bad, false), "{bad}");
        }
        for bare in ["a.b", "1.2.3.4", "[::1]"] {
            assert!(!is_host_and_port(bare, true), "{bare}");
            assert!(is_host_and_port(bare, false), "{bare}");
        }
    }

    #[test]
    fn versions_of_addresses_differ() {
        assert!(is_ip("1.2.3.4", 0) && is_ip("1.2.3.4", 4) && !is_ip("1.2.3.4", 6));
        assert!(is_ip("::1", 0) && is_ip("::1", 6) && !is_ip("::1", 4) && !is_ip("::1", 5));
    }
}
