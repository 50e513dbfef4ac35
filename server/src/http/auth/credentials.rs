//! What does the `Authorization` header say?

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use tidegate_registry::tokens::PREFIX;

/// What a caller shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    Password { user: String, password: String },
    Token(String),
}

/// Why a header says nothing. The header itself is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// A longer header is none that we could know.
const MAX_LENGTH: usize = 4096;

impl Credentials {
    /// What the headers bring; `None` when they bring nothing.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Unreadable> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Unreadable("there is more than one Authorization header"));
        }
        Self::read(value.as_bytes()).map(Some)
    }

    fn read(value: &[u8]) -> Result<Self, Unreadable> {
        if value.len() > MAX_LENGTH {
            return Err(Unreadable("the Authorization header is too long"));
        }
        let value = std::str::from_utf8(value).map_err(|_| Unreadable("the Authorization header is not text"))?;
        let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        let rest = rest.trim_start();
        if scheme.eq_ignore_ascii_case("bearer") {
            let is_token = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
            return if is_token {
                Ok(Self::Token(rest.to_owned()))
            } else {
                Err(Unreadable("the bearer token is empty"))
            };
        }
        if scheme.eq_ignore_ascii_case("basic") {
            return Self::basic(rest);
        }
        Err(Unreadable("only Basic and Bearer are spoken here"))
    }

    /// A token may come as a password, with any user's name: many clients know nothing but passwords.
    fn basic(encoded: &str) -> Result<Self, Unreadable> {
        let decoded = BASE64.decode(encoded).map_err(|_| Unreadable("the Basic credentials are not base64"))?;
        let decoded = String::from_utf8(decoded).map_err(|_| Unreadable("the Basic credentials are not UTF-8"))?;
        let (user, password) =
            decoded.split_once(':').ok_or(Unreadable("the Basic credentials have no colon after the user"))?;
        if password.starts_with(PREFIX) {
            return Ok(Self::Token(password.to_owned()));
        }
        Ok(Self::Password { user: user.to_owned(), password: password.to_owned() })
    }

    pub(super) fn into_token(self) -> Option<String> {
        match self {
            Self::Token(token) => Some(token),
            Self::Password { .. } => None,
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password",
            Self::Token(_) => "Token",
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use base64::engine::general_purpose::STANDARD as PADDED;
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Result<Credentials, Unreadable> {
        Credentials::read(value.as_bytes())
    }

    fn password(user: &str, password: &str) -> Credentials {
        Credentials::Password { user: user.into(), password: password.into() }
    }

    #[test]
    fn both_schemes_are_read_in_any_case_and_padding() {
        assert_eq!(read("Basic YW5uOnNlOmNyZXQ="), Ok(password("ann", "se:cret")));
        assert_eq!(read("bAsIc   YW5uOnNlOmNyZXQ"), Ok(password("ann", "se:cret")));
        assert_eq!(read("BEARER tdg_x"), Ok(Credentials::Token("tdg_x".into())));
        assert_eq!(read(&format!("Basic {}", PADDED.encode("who:tdg_x"))), Ok(Credentials::Token("tdg_x".into())));
        for wrong in ["", "Basic", "Basic !!", "Basic YW5u", "Basic /w==", "Bearer ", "Bearer a b", "Digest x", "tdg_x"]
        {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert!(read(&format!("Bearer {}", "x".repeat(MAX_LENGTH))).is_err());
    }

    #[test]
    fn one_header_counts_and_two_are_refused() {
        let mut headers = HeaderMap::new();
        assert_eq!(Credentials::of(&headers), Ok(None));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(Credentials::of(&headers), Ok(Some(Credentials::Token("a".into()))));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert!(Credentials::of(&headers).is_err());
    }

    #[test]
    fn nothing_is_told_by_accident() {
        assert!(!format!("{:?}", read("Basic YW5uOnNlY3JldA==")).contains("secret"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Credentials::read(&value);
            let _ = Credentials::read(&[b"Basic ".as_slice(), &value].concat());
        }

        #[test]
        fn what_clients_send_is_what_is_read(user in "[^:]{0,40}", secret in ".{0,80}") {
            prop_assume!(!secret.starts_with(PREFIX));
            let header = format!("Basic {}", PADDED.encode(format!("{user}:{secret}")));
            prop_assert_eq!(read(&header), Ok(password(&user, &secret)));
        }
    }
}
