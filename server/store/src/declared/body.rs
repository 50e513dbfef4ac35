//! How is the text of an event kept? As it came, or compressed where that saves room.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::{Error, Result};

/// How a compressed text begins. JSON never does.
const PACKED: &str = "zstd:";
/// A shorter text is kept as it is.
const SHORT: usize = 512;
const LEVEL: i32 = 1;
/// The largest text that is opened again, in bytes. Larger ones are not let in.
const MAX_BODY: usize = 32 << 20;

/// The text as it is written into its column.
pub fn packed(text: &str) -> String {
    let packed = (text.len() > SHORT).then(|| zstd::bulk::compress(text.as_bytes(), LEVEL).ok()).flatten();
    match packed {
        Some(bytes) if bytes.len() / 3 * 4 + PACKED.len() < text.len() => {
            let mut written = String::with_capacity(bytes.len() / 3 * 4 + 16);
            written.push_str(PACKED);
            STANDARD_NO_PAD.encode_string(&bytes, &mut written);
            written
        }
        _ => text.to_owned(),
    }
}

/// The text that was [`packed`].
pub(super) fn open(written: String) -> Result<String> {
    let Some(packed) = written.strip_prefix(PACKED) else { return Ok(written) };
    let corrupt = || Error::Corrupt("the text of a lineage event can't be read".to_owned());
    let bytes = STANDARD_NO_PAD.decode(packed).map_err(|_| corrupt())?;
    let length = zstd::bulk::Decompressor::upper_bound(&bytes).unwrap_or(MAX_BODY).min(MAX_BODY);
    let text = zstd::bulk::decompress(&bytes, length).map_err(|_| corrupt())?;
    String::from_utf8(text).map_err(|_| corrupt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_come_back() {
        for text in ["{}".to_owned(), format!("{{\"a\":\"{}\"}}", "ü".repeat(10_000)), "x".repeat(SHORT + 1)] {
            let written = packed(&text);
            assert!(written.len() <= text.len(), "{} {}", written.len(), text.len());
            assert_eq!(open(written).unwrap(), text);
        }
        assert!(packed(&"{\"key\":1}".repeat(1_000)).starts_with(PACKED));
        assert!(matches!(open("zstd:????".to_owned()), Err(Error::Corrupt(_))));
        assert!(matches!(open("zstd:AAAA".to_owned()), Err(Error::Corrupt(_))));
    }
}
