//! Which schema does a record name, and where does its payload begin? Confluent's wire framing.

use crate::ids::SchemaId;
use crate::schema::Fingerprint;

/// How a record names its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaKey {
    /// Magic byte 0 and a 4-byte id.
    Id(SchemaId),
    /// Magic byte 1 and a 16-byte GUID.
    Guid(Fingerprint),
}

/// Why a record names no schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EnvelopeError {
    /// There is not even a magic byte.
    #[error("no schema id: the record is empty")]
    Empty,
    /// The record was written by something that does not frame.
    #[error("no schema id: the first byte is {0:#04x}, not the magic byte 0")]
    Magic(u8),
    /// The magic byte is there, what must follow it is not.
    #[error("the schema id is cut short")]
    Truncated,
    /// No registry gives out such an id.
    #[error("schema ids are positive, this one is {0}")]
    NotPositive(i32),
}

/// The name of the record header that carries a value's schema key.
pub const VALUE_HEADER: &str = "__value_schema_id";
/// The name of the record header that carries a key's schema key.
pub const KEY_HEADER: &str = "__key_schema_id";

const MAGIC_ID: u8 = 0;
const MAGIC_GUID: u8 = 1;

/// Splits `00 id` or `01 guid` from what follows. Works on a record's value and on a schema-id header alike.
pub fn split(bytes: &[u8]) -> Result<(SchemaKey, &[u8]), EnvelopeError> {
    let (magic, rest) = bytes.split_first().ok_or(EnvelopeError::Empty)?;
    match *magic {
        MAGIC_ID => {
            let (id, payload) = rest.split_first_chunk().ok_or(EnvelopeError::Truncated)?;
            let id = i32::from_be_bytes(*id);
            if id <= 0 {
                return Err(EnvelopeError::NotPositive(id));
            }
            Ok((SchemaKey::Id(SchemaId(id)), payload))
        }
        MAGIC_GUID => {
            let (guid, payload) = rest.split_first_chunk().ok_or(EnvelopeError::Truncated)?;
            Ok((SchemaKey::Guid(Fingerprint(*guid)), payload))
        }
        other => Err(EnvelopeError::Magic(other)),
    }
}

/// Puts the frame of `id` before `payload`.
pub fn frame(id: SchemaId, payload: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(5 + payload.len());
    record.push(MAGIC_ID);
    record.extend_from_slice(&id.0.to_be_bytes());
    record.extend_from_slice(payload);
    record
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_and_guids_are_split_from_what_follows() {
        assert_eq!(split(&[0, 0, 0, 1, 2, 9, 8]), Ok((SchemaKey::Id(SchemaId(258)), &[9, 8][..])));
        let mut framed = vec![1];
        framed.extend([7; 16]);
        assert_eq!(split(&framed), Ok((SchemaKey::Guid(Fingerprint([7; 16])), &[][..])));
    }

    #[test]
    fn what_names_no_schema_is_told_apart() {
        assert_eq!(split(&[]), Err(EnvelopeError::Empty));
        assert_eq!(split(b"{}"), Err(EnvelopeError::Magic(b'{')));
        assert_eq!(split(&[0, 0, 0, 1]), Err(EnvelopeError::Truncated));
        assert_eq!(split(&[1; 16]), Err(EnvelopeError::Truncated));
        assert_eq!(split(&[0, 0, 0, 0, 0]), Err(EnvelopeError::NotPositive(0)));
        assert_eq!(split(&[0, 0xff, 0xff, 0xff, 0xff]), Err(EnvelopeError::NotPositive(-1)));
    }

    proptest! {
        #[test]
        fn a_framed_payload_comes_back(id in 1..=i32::MAX, payload: Vec<u8>) {
            let record = frame(SchemaId(id), &payload);
            prop_assert_eq!(split(&record), Ok((SchemaKey::Id(SchemaId(id)), &payload[..])));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            if let Ok((_, payload)) = split(&bytes) {
                prop_assert!(bytes.ends_with(payload));
            }
        }
    }
}
