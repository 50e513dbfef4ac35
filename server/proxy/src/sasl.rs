//! Who does the client say it is, and does the broker believe it? A tap on the SASL exchange, which passes through.
//!
//! The name is taken from what the client sends and adopted only when the broker has accepted it. Secrets are never kept:
//! tokens are looked at where they lie, and wiped after they were sent.

/// An exchange under way.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    mechanism: Mechanism,
    name: Option<String>,
    /// Client messages that are still to come before the broker decides.
    rounds: u8,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mechanism {
    Plain,
    Scram,
    OAuthBearer,
    Gssapi,
    #[default]
    Other,
}

impl Exchange {
    /// Begins with the mechanism that a `SaslHandshake` names.
    pub(crate) fn begin(mechanism: &str) -> Self {
        let (mechanism, rounds) = match mechanism {
            "PLAIN" => (Mechanism::Plain, 1),
            "SCRAM-SHA-256" | "SCRAM-SHA-512" => (Mechanism::Scram, 2),
            "OAUTHBEARER" => (Mechanism::OAuthBearer, 1),
            "GSSAPI" => (Mechanism::Gssapi, 3),
            _ => (Mechanism::Other, 1),
        };
        Self { mechanism, name: None, rounds }
    }

    /// How many bare tokens follow a handshake of version 0; `None` if nobody can tell where they end.
    pub(crate) fn bare_tokens(&self) -> Option<u8> {
        (self.mechanism != Mechanism::Other).then_some(self.rounds)
    }

    /// A client's message.
    pub(crate) fn sent(&mut self, token: &[u8]) {
        if self.name.is_none() {
            self.name = match self.mechanism {
                Mechanism::Plain => plain(token),
                Mechanism::Scram => scram(token),
                Mechanism::OAuthBearer => bearer(token),
                Mechanism::Gssapi | Mechanism::Other => None,
            };
        }
        self.rounds = self.rounds.saturating_sub(1);
    }

    /// The broker accepted the last message. The name, once it is final.
    pub(crate) fn accepted(&mut self) -> Option<String> {
        if self.rounds == 0 { self.name.take() } else { None }
    }
}

/// `authzid NUL user NUL password`
fn plain(token: &[u8]) -> Option<String> {
    let mut parts = token.split(|byte| *byte == 0);
    let (authorized, user) = (parts.next()?, parts.next()?);
    text(if authorized.is_empty() { user } else { authorized })
}

/// `n,,n=user,r=nonce`, with `=2C` and `=3D` for comma and equals sign.
fn scram(token: &[u8]) -> Option<String> {
    let user = token.split(|byte| *byte == b',').find_map(|part| part.strip_prefix(b"n="))?;
    text(user).map(|user| user.replace("=2C", ",").replace("=3D", "="))
}

/// `n,,\x01auth=Bearer header.claims.signature\x01\x01`: the subject of the claims. Whether they are true is the broker's
/// to say.
fn bearer(token: &[u8]) -> Option<String> {
    let auth = token.split(|byte| *byte == 1).find_map(|part| part.strip_prefix(b"auth=Bearer "))?;
    let claims = base64(auth.split(|byte| *byte == b'.').nth(1)?)?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().and_then(|subject| text(subject.as_bytes()))
}

/// A name that is fit to be shown.
fn text(bytes: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(bytes).ok()?;
    let fit = !name.is_empty() && name.len() <= 256 && !name.chars().any(char::is_control);
    fit.then(|| name.to_owned())
}

/// URL-safe base64 without padding, as JSON web tokens use it.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in text.iter().filter(|byte| **byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held).to_le_bytes()[0]);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(mechanism: &str, tokens: &[&[u8]]) -> Option<String> {
        let mut exchange = Exchange::begin(mechanism);
        let mut name = None;
        for token in tokens {
            exchange.sent(token);
            name = exchange.accepted();
        }
        name
    }

    #[test]
    fn names_come_from_each_mechanism() {
        assert_eq!(name("PLAIN", &[b"\0alice\0secret"]).as_deref(), Some("alice"));
        assert_eq!(name("PLAIN", &[b"bob\0alice\0secret"]).as_deref(), Some("bob"));
        assert_eq!(name("SCRAM-SHA-256", &[b"n,,n=a=2Cb,r=xyz", b"c=biws,r=xyz,p=proof"]).as_deref(), Some("a,b"));
        let token = b"n,,\x01auth=Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.\x01\x01";
        assert_eq!(name("OAUTHBEARER", &[token]).as_deref(), Some("alice"));
        assert_eq!(name("GSSAPI", &[b"`token"]), None);
    }

    #[test]
    fn a_name_is_not_adopted_before_the_exchange_is_over() {
        assert_eq!(name("SCRAM-SHA-512", &[b"n,,n=alice,r=xyz"]), None);
    }

    #[test]
    fn nonsense_gives_no_name() {
        for token in [&b""[..], b"\xff\xfe\0\xff\0", b"n=,", b"\x01auth=Bearer x.!!.y\x01", b"a\nb\0c\nd\0"] {
            for mechanism in ["PLAIN", "SCRAM-SHA-256", "OAUTHBEARER", "OTHER"] {
                assert_eq!(name(mechanism, &[token, token]), None, "{mechanism} {token:?}");
            }
        }
    }

    #[test]
    fn only_known_mechanisms_have_a_known_end() {
        assert_eq!(Exchange::begin("PLAIN").bare_tokens(), Some(1));
        assert_eq!(Exchange::begin("AWS_MSK_IAM").bare_tokens(), None);
    }
}
