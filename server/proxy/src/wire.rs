//! How are Kafka's primitive types read and written? A cursor over borrowed bytes that can't run past them.

use crate::error::Malformed;

/// Reads fields one after another. Whatever a length says, nothing outside the bytes is touched or reserved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where in the bytes the next field begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).ok_or(Malformed::Length)?;
        let taken = self.bytes.get(self.at..end).ok_or(Malformed::CutShort)?;
        self.at = end;
        Ok(taken)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        self.take(count).map(drop)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, _) = self.rest().split_first_chunk().ok_or(Malformed::CutShort)?;
        self.at += N;
        Ok(*bytes)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Malformed> {
        self.array().map(i8::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn uuid(&mut self) -> Result<[u8; 16], Malformed> {
        self.array()
    }

    /// An unsigned varint of at most 32 bits.
    pub(crate) fn uvarint(&mut self) -> Result<u32, Malformed> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0x0f {
                return Err(Malformed::Varint);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed::Varint)
    }

    /// The length of what follows, `None` for null. Flexible versions count from one, with zero for null.
    fn length(&mut self, flexible: bool, wide: bool) -> Result<Option<usize>, Malformed> {
        let length = match (flexible, wide) {
            (true, _) => i64::from(self.uvarint()?) - 1,
            (false, true) => i64::from(self.i32()?),
            (false, false) => i64::from(self.i16()?),
        };
        match length {
            -1 => Ok(None),
            other => usize::try_from(other).map(Some).map_err(|_| Malformed::Length),
        }
    }

    pub(crate) fn nullable_string(&mut self, flexible: bool) -> Result<Option<&'a str>, Malformed> {
        let Some(length) = self.length(flexible, false)? else { return Ok(None) };
        std::str::from_utf8(self.take(length)?).map(Some).map_err(|_| Malformed::Text)
    }

    pub(crate) fn string(&mut self, flexible: bool) -> Result<&'a str, Malformed> {
        self.nullable_string(flexible)?.ok_or(Malformed::Length)
    }

    pub(crate) fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(length) = self.length(flexible, true)? else { return Ok(None) };
        self.take(length).map(Some)
    }

    /// The count of an array's elements, each of which takes at least one byte; `None` for null.
    pub(crate) fn nullable_count(&mut self, flexible: bool) -> Result<Option<usize>, Malformed> {
        match self.length(flexible, true)? {
            Some(count) if count > self.remaining() => Err(Malformed::Length),
            count => Ok(count),
        }
    }

    pub(crate) fn count(&mut self, flexible: bool) -> Result<usize, Malformed> {
        self.nullable_count(flexible)?.ok_or(Malformed::Length)
    }

    /// Skips an array whose elements have a fixed size.
    pub(crate) fn skip_array(&mut self, flexible: bool, element: usize) -> Result<(), Malformed> {
        let count = self.nullable_count(flexible)?.unwrap_or(0);
        self.skip(count.checked_mul(element).ok_or(Malformed::Length)?)
    }

    /// Skips the tagged fields that end every structure of a flexible version.
    pub(crate) fn skip_tags(&mut self, flexible: bool) -> Result<(), Malformed> {
        if flexible {
            self.tags(|_, _| Ok(()))?;
        }
        Ok(())
    }

    /// Shows each tagged field to `see`: its number and its content.
    pub(crate) fn tags(
        &mut self,
        mut see: impl FnMut(u32, Cursor<'a>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        for _ in 0..self.uvarint()? {
            let tag = self.uvarint()?;
            let size = usize::try_from(self.uvarint()?).map_err(|_| Malformed::Length)?;
            let start = self.at;
            self.skip(size)?;
            see(tag, Cursor { bytes: self.bytes.get(..self.at).unwrap_or_default(), at: start })?;
        }
        Ok(())
    }
}

/// Writes an unsigned varint.
pub(crate) fn put_uvarint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Lengths and counts that we write come from frames, which are shorter than 2 GiB.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX >> 1)
}

pub(crate) fn put_count(out: &mut Vec<u8>, flexible: bool, count: usize) {
    if flexible {
        put_uvarint(out, narrow(count) + 1);
    } else {
        out.extend_from_slice(&narrow(count).to_be_bytes());
    }
}

/// Writes a text of at most 32,767 bytes; what is longer is cut at a character.
pub(crate) fn put_string(out: &mut Vec<u8>, flexible: bool, text: &str) {
    let text = text.get(..text.floor_char_boundary(0x7fff)).unwrap_or_default();
    if flexible {
        put_uvarint(out, narrow(text.len()) + 1);
    } else {
        out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
    }
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn put_nullable_string(out: &mut Vec<u8>, flexible: bool, text: Option<&str>) {
    match (text, flexible) {
        (Some(text), _) => put_string(out, flexible, text),
        (None, true) => out.push(0),
        (None, false) => out.extend_from_slice(&(-1i16).to_be_bytes()),
    }
}

/// Writes the length of `frame`, all but its first four bytes, into those bytes.
pub(crate) fn seal(frame: &mut [u8]) {
    let length = narrow(frame.len().saturating_sub(4)).to_be_bytes();
    if let Some(prefix) = frame.first_chunk_mut() {
        *prefix = length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_varints_read_back_as_written() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            put_uvarint(&mut bytes, value);
            assert_eq!(Cursor::new(&bytes).uvarint(), Ok(value));
        }
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).uvarint(), Err(Malformed::Varint));
        assert_eq!(Cursor::new(&[0x80]).uvarint(), Err(Malformed::CutShort));
    }

    #[test]
    fn texts_and_nulls_read_back_in_both_encodings() {
        for flexible in [false, true] {
            let mut bytes = Vec::new();
            put_string(&mut bytes, flexible, "orders");
            put_nullable_string(&mut bytes, flexible, None);
            put_count(&mut bytes, flexible, 0);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.string(flexible), Ok("orders"));
            assert_eq!(cursor.nullable_string(flexible), Ok(None));
            assert_eq!(cursor.count(flexible), Ok(0));
            assert!(cursor.is_empty());
        }
    }

    #[test]
    fn counts_beyond_the_bytes_are_refused_before_anything_is_reserved() {
        assert_eq!(Cursor::new(&i32::MAX.to_be_bytes()).count(false), Err(Malformed::Length));
        assert_eq!(Cursor::new(&(-2i32).to_be_bytes()).count(false), Err(Malformed::Length));
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]).count(true), Err(Malformed::Length));
    }
}
