//! Does a value look as if it were encrypted?
//!
//! Confluent's clients encrypt single fields with Tink's AEAD: an initial value, the ciphertext and a tag, of texts in
//! base64; a version of the key stands before it when keys rotate. A gateway has no keys. It can tell that a value has the
//! form and is no plain text, not that it was encrypted with the right key, or at all: random bytes pass.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The parameter of `ENCRYPT` and `ENCRYPT_PAYLOAD` rules by which a contract demands that values are encrypted, and what
/// it says then. As every parameter it may stand among the properties of the metadata.
pub(super) const DEMAND: &str = "tidegate.encrypted";
pub(super) const REQUIRED: &str = "required";

/// The parameters that say what the bytes are made of.
pub(super) const ALGORITHM: &str = "encrypt.dek.algorithm";
pub(super) const EXPIRY: &str = "encrypt.dek.expiry.days";

/// How many bytes are looked at to tell plain text.
const LOOK: usize = 48;

/// Fewer bytes than these can be letters by chance.
const CERTAIN: usize = 24;

/// What encrypted bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    /// How many bytes there are besides those of the plain text.
    overhead: usize,
    /// Whether the version of the key stands before them: a zero and four bytes.
    has_version: bool,
}

impl Seal {
    /// By the parameters of a rule.
    pub(super) fn new(algorithm: Option<&str>, expiry: Option<&str>) -> Self {
        let has_version = expiry.and_then(|days| days.trim().parse::<i64>().ok()).is_some_and(|days| days > 0);
        let overhead = if algorithm == Some("AES256_SIV") { 16 } else { 28 };
        Self { overhead: overhead + if has_version { 5 } else { 0 }, has_version }
    }

    pub(super) fn is_on_bytes(self, bytes: &[u8]) -> bool {
        let body = if self.has_version { bytes.get(5..) } else { Some(bytes) };
        bytes.len() >= self.overhead && (!self.has_version || bytes.first() == Some(&0)) && !body.is_some_and(is_plain)
    }

    pub(super) fn is_on_text(self, text: &str) -> bool {
        let text = text.as_bytes();
        if text.is_empty() || !text.len().is_multiple_of(4) {
            return false;
        }
        let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
        let (letters, _) = text.split_at(text.len() - padding);
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if !letters.iter().all(is_letter) || text.len() / 4 * 3 - padding < self.overhead {
            return false;
        }
        // Digests and numbers are base64 as well; of so many random letters not all are among the first six.
        if letters.len() >= 32 && letters.iter().all(u8::is_ascii_hexdigit) {
            return false;
        }
        let mut start = [0u8; LOOK];
        let head = text.get(..text.len().min(LOOK / 3 * 4)).unwrap_or_default();
        match STANDARD.decode_slice(head, &mut start) {
            Ok(length) => {
                let start = start.get(..length).unwrap_or_default();
                let body = if self.has_version { start.get(5..).unwrap_or_default() } else { start };
                (!self.has_version || start.first() == Some(&0)) && !is_plain(body)
            }
            Err(_) => false,
        }
    }
}

/// Whether bytes are a text that people write: so many random ones never are.
fn is_plain(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(LOOK)).unwrap_or_default();
    start.len() >= CERTAIN && start.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(length: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn ciphertext_is_told_from_plain_text() {
        let plain = Seal::new(None, None);
        for length in [28, 29, 30, 31, 60, 500] {
            assert!(plain.is_on_bytes(&random(length)), "{length}");
            assert!(plain.is_on_text(&STANDARD.encode(random(length))), "{length}");
        }
        let long = "a plain text that is rather long, and no secret";
        for text in ["", "555-1234", "x@example.com", long, &STANDARD.encode(long), &"0123456789abcdef".repeat(4)] {
            assert!(!plain.is_on_text(text), "{text}");
            assert!(!plain.is_on_bytes(text.as_bytes()), "{text}");
        }
        assert!(!plain.is_on_text(&STANDARD.encode(random(27))));
        assert!(!plain.is_on_text(STANDARD.encode(random(31)).trim_end_matches('=')));
    }

    #[test]
    fn the_form_is_that_of_the_parameters() {
        let versioned = Seal::new(Some("AES256_GCM"), Some("30"));
        let with_version = [&[0, 0, 0, 0, 7][..], &random(40)].concat();
        assert!(versioned.is_on_bytes(&with_version) && versioned.is_on_text(&STANDARD.encode(&with_version)));
        let mut other = with_version;
        other[0] = 1;
        assert!(!versioned.is_on_bytes(&other) && !versioned.is_on_text(&STANDARD.encode(&other)));
        let deterministic = Seal::new(Some("AES256_SIV"), Some("0"));
        assert!(deterministic.is_on_bytes(&random(16)) && !deterministic.is_on_bytes(&random(15)));
    }
}
