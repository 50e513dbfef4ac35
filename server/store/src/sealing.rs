//! How do values of sensitive properties lie in the database? Encrypted, by a key made from a secret of the operator.
//!
//! A value is sealed with XChaCha20-Poly1305 under a random nonce of 24 bytes, bound to the name of its property: under
//! another name it does not open. The key comes from the secret by HKDF-SHA256, and so does the secret's public name,
//! by which a sealed value tells what it was sealed with: `v1:<name of the secret>:<base64 of nonce and ciphertext>`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::{Error, Result};

const FORM: &str = "v1";
const NONCE: usize = 24;
/// What the two outputs of the derivation are for.
const FOR_KEY: &[u8] = b"tidegate metadata v1 key";
const FOR_NAME: &[u8] = b"tidegate metadata v1 name";

/// The secrets of this process. Without any, sensitive values are stored as they are.
#[derive(Default)]
pub struct Sealing {
    current: Option<Secret>,
    older: Vec<Secret>,
    has_warned: AtomicBool,
}

/// A secret as it is used: nothing leads from here back to its text.
struct Secret {
    name: String,
    cipher: XChaCha20Poly1305,
}

impl Sealing {
    /// Seals with `secret`, and opens what it or one of the `older` ones has sealed.
    pub fn new(secret: &str, older: &[impl AsRef<str>]) -> Self {
        let older = older.iter().map(|secret| Secret::of(secret.as_ref())).collect();
        Self { current: Some(Secret::of(secret)), older, has_warned: AtomicBool::new(false) }
    }

    /// The public name of what is sealed with; empty when nothing is.
    pub(crate) fn name(&self) -> &str {
        self.current.as_ref().map_or("", |secret| &secret.name)
    }

    /// The value of a property as it is to be stored; `None` if that is in clear.
    pub(crate) fn seal(&self, property: &str, value: &str) -> Result<Option<String>> {
        let Some(secret) = &self.current else {
            if !self.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "a sensitive property is stored in clear: there is no secret (registry.metadata_secret)"
                );
            }
            return Ok(None);
        };
        let failed = || Error::Unavailable(format!("the property '{property}' can't be sealed"));
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| failed())?;
        let payload = Payload { msg: value.as_bytes(), aad: property.as_bytes() };
        let ciphertext = secret.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| failed())?;
        let sealed = BASE64.encode([&nonce, ciphertext.as_slice()].concat());
        Ok(Some(format!("{FORM}:{}:{sealed}", secret.name)))
    }

    /// The value of a property that was stored sealed.
    pub(crate) fn open(&self, property: &str, sealed: &str) -> Result<String> {
        let damaged = || Error::Corrupt(format!("the sealed value of the property '{property}' does not open"));
        let mut parts = sealed.splitn(3, ':');
        let (Some(FORM), Some(name), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(damaged());
        };
        let secret = self.secret(name).ok_or_else(|| Error::Sealed(format!("the property '{property}'")))?;
        let bytes = BASE64.decode(text).map_err(|_| damaged())?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let payload = Payload { msg: ciphertext, aad: property.as_bytes() };
        let value = secret.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| damaged())?;
        String::from_utf8(value).map_err(|_| damaged())
    }

    fn secret(&self, name: &str) -> Option<&Secret> {
        self.current.iter().chain(&self.older).find(|secret| secret.name == name)
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealing").field("secret", &self.name()).finish_non_exhaustive()
    }
}

impl Secret {
    fn of(text: &str) -> Self {
        let derivation = Hkdf::<Sha256>::new(None, text.as_bytes());
        let (mut key, mut name) = ([0; 32], [0; 8]);
        for (purpose, output) in [(FOR_KEY, key.as_mut_slice()), (FOR_NAME, name.as_mut_slice())] {
            derivation.expand(purpose, output).expect("both are shorter than what HKDF can give");
        }
        Self { name: format!("{:016x}", u64::from_be_bytes(name)), cipher: XChaCha20Poly1305::new(&key.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];

    #[test]
    fn what_was_sealed_opens_under_its_own_name_only() {
        let sealing = Sealing::new("a secret of some length", &NONE);
        let sealed = sealing.seal("owner", "ann ü").unwrap().unwrap();
        assert!(!sealed.contains("ann"));
        assert_eq!(sealing.open("owner", &sealed).unwrap(), "ann ü");
        assert!(matches!(sealing.open("other", &sealed), Err(Error::Corrupt(_))));
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let sealing = Sealing::new("a secret of some length", &NONE);
        assert_ne!(sealing.seal("a", "x").unwrap(), sealing.seal("a", "x").unwrap());
    }

    #[test]
    fn an_older_secret_still_opens_and_a_missing_one_is_told() {
        let sealed = Sealing::new("the first secret", &NONE).seal("a", "x").unwrap().unwrap();
        let rotated = Sealing::new("the second secret", &["the first secret"]);
        assert_eq!(rotated.open("a", &sealed).unwrap(), "x");
        let again = rotated.seal("a", "x").unwrap().unwrap();
        assert!(again.starts_with(&format!("v1:{}:", rotated.name())));
        for lacking in [Sealing::default(), Sealing::new("the second secret", &NONE)] {
            assert!(matches!(lacking.open("a", &sealed), Err(Error::Sealed(_))));
        }
    }

    #[test]
    fn every_changed_letter_is_noticed() {
        let sealing = Sealing::new("a secret of some length", &NONE);
        let sealed = sealing.seal("a", "value").unwrap().unwrap();
        for at in 0..sealed.len() {
            let mut letters = sealed.clone().into_bytes();
            letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(letters).unwrap();
            assert!(sealing.open("a", &changed).is_err(), "{changed}");
        }
        assert!(sealing.open("a", "v1:x").is_err() && sealing.open("a", "").is_err());
    }

    #[test]
    fn nothing_shows_the_secret() {
        let secret = "a secret of some length";
        assert!(!format!("{:?}", Sealing::new(secret, &[secret])).contains("secret of"));
    }

    #[test]
    fn without_a_secret_values_stay_as_they_are() {
        assert_eq!(Sealing::default().seal("a", "x").unwrap(), None);
        assert_eq!(Sealing::default().name(), "");
    }
}
