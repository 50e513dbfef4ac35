//! Which request is this? The few bytes at the head of a frame that decide what happens to the rest.

use crate::error::Malformed;
use crate::wire::Cursor;

/// The four bytes that say how long a frame is.
pub(crate) const PREFIX: usize = 4;

/// The shortest request: key, version, correlation id and a null client id.
pub(crate) const SHORTEST: usize = 10;

/// What stands at the head of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) key: i16,
    pub(crate) version: i16,
    pub(crate) correlation: i32,
}

impl Head {
    /// Reads the head of a frame, whose length prefix is not part of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        Ok(Self { key: cursor.i16()?, version: cursor.i16()?, correlation: cursor.i32()? })
    }
}

/// Opens a whole request at its body. The client id is a classic string even where the header is flexible.
pub(crate) fn open(bytes: &[u8], flexible: bool) -> Result<(Option<&str>, Cursor<'_>), Malformed> {
    let mut cursor = Cursor::new(bytes);
    cursor.skip(8)?;
    let client_id = cursor.nullable_string(false)?;
    cursor.skip_tags(flexible)?;
    Ok((client_id, cursor))
}

/// Whether the bytes look like the start of a TLS handshake rather than a frame length.
pub(crate) fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 0x03, ..])
}
