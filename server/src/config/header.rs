//! Which header may be added to answers?

use std::fmt;

use axum::http::{HeaderName, HeaderValue};

use super::setting::setting_text;

/// `Name: value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderLine {
    pub name: HeaderName,
    pub value: HeaderValue,
}

/// What the server says itself: how the answer is framed and understood, and which request it is for.
const OWN: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "keep-alive",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
    "x-request-id",
];

impl HeaderLine {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "a header such as X-XSS-Protection: 1; mode=block".to_owned();
        let (name, value) = text.split_once(':').ok_or_else(expected)?;
        let name: HeaderName = name.trim().parse().map_err(|_| expected())?;
        if OWN.contains(&name.as_str()) {
            return Err(format!("allowed here: the server sets {name} itself"));
        }
        Ok(Self { name, value: value.trim().parse().map_err(|_| expected())? })
    }
}

impl fmt::Display for HeaderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, String::from_utf8_lossy(self.value.as_bytes()))
    }
}

setting_text!(HeaderLine, HeaderLine::parse);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let shown = |text: &str| HeaderLine::parse(text).map(|header| header.to_string());
        assert_eq!(shown("X-XSS-Protection: 1; mode=block").unwrap(), "x-xss-protection: 1; mode=block");
        assert_eq!(shown("X-Empty:").unwrap(), "x-empty: ");
        for wrong in ["no colon", "a b: c", ": x", "x: a\nb: c", "x: \0"] {
            assert!(shown(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_the_server_says_itself_is_not_for_others_to_say() {
        for name in OWN {
            let refused = HeaderLine::parse(&format!("{}: x", name.to_uppercase())).unwrap_err();
            assert!(refused.contains("itself"), "{refused}");
        }
    }
}
