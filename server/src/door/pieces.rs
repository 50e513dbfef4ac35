//! Where does one JSON object end and the next one begin, in bytes that come bit by bit? Each byte is looked at once.

use bytes::{Bytes, BytesMut};

/// Cuts a stream into objects.
#[derive(Debug)]
pub(crate) struct Pieces {
    buffer: BytesMut,
    /// How much of the buffer was looked at.
    seen: usize,
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
    longest: usize,
}

/// An object has more bytes than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record has more than {0} bytes")]
pub(crate) struct TooLong(usize);

impl Pieces {
    /// Of at most so many bytes each.
    pub(crate) fn of(longest: usize) -> Self {
        let buffer = BytesMut::new();
        Self { buffer, seen: 0, depth: 0, is_in_text: false, is_escaped: false, longest }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole object, with what stood before it. What is no JSON is cut somewhere, and its parser will tell.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        while let Some(byte) = self.buffer.get(self.seen).copied() {
            self.seen += 1;
            if self.is_in_text {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_text = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        let end = std::mem::take(&mut self.seen);
                        let piece = self.buffer.split_to(end).freeze();
                        return if end > self.longest { Err(TooLong(self.longest)) } else { Ok(Some(piece)) };
                    }
                }
                _ => {}
            }
        }
        if self.buffer.len() > self.longest { Err(TooLong(self.longest)) } else { Ok(None) }
    }

    /// What is left when nothing more comes, if it is more than blanks.
    pub(crate) fn rest(self) -> Option<Bytes> {
        let rest = self.buffer.freeze();
        (!rest.trim_ascii().is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn cut(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> (Vec<Value>, Option<Bytes>) {
        let mut pieces = Pieces::of(1_000);
        let mut found = Vec::new();
        for chunk in chunks {
            pieces.add(chunk.as_ref());
            while let Some(piece) = pieces.next().unwrap() {
                found.push(serde_json::from_slice(&piece).unwrap());
            }
        }
        (found, pieces.rest())
    }

    #[test]
    fn braces_in_texts_end_nothing() {
        let text = r#" {"a":"}\"]{"} {"b":[{},"\\"]}"#;
        let (found, rest) = cut([text]);
        assert_eq!(found, [json!({"a": "}\"]{"}), json!({"b": [{}, "\\"]})]);
        assert_eq!(rest, None);
        assert_eq!(cut([r#"{"a":1} {"b""#]).1.as_deref(), Some(&br#" {"b""#[..]));
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_has_ended() {
        let mut pieces = Pieces::of(10);
        pieces.add(br#"{"a":"0123456789"#);
        assert_eq!(pieces.next(), Err(TooLong(10)));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_come(
            texts in prop::collection::vec("[a\"\\\\{}\\[\\]]{0,8}", 0..5),
            size in 1_usize..7,
        ) {
            let values: Vec<_> = texts.iter().map(|text| json!({ "text": [text] })).collect();
            let body: String = values.iter().map(|value| format!("{value}\n")).collect();
            let (found, rest) = cut(body.as_bytes().chunks(size));
            prop_assert_eq!(found, values);
            prop_assert_eq!(rest, None);
        }

        #[test]
        fn nonsense_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut pieces = Pieces::of(50);
            pieces.add(&bytes);
            let mut sum = 0;
            while let Ok(Some(piece)) = pieces.next() {
                prop_assert!(!piece.is_empty());
                sum += piece.len();
            }
            prop_assert!(sum <= bytes.len());
        }
    }
}
