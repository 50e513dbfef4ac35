//! What does a text between quotes say, and is it one of those that are known?

use std::borrow::Cow;
use std::collections::HashMap;

use super::scan::{self, Quoted};

/// The content of a text with its escapes resolved; borrowed if there are none.
#[inline]
pub(super) fn content<'p>(payload: &'p str, quoted: Quoted) -> Cow<'p, str> {
    let raw = payload.get(quoted.start..quoted.end).unwrap_or_default();
    if quoted.escaped { Cow::Owned(resolved(raw)) } else { Cow::Borrowed(raw) }
}

/// The same for a text that is known by its raw content only.
pub(super) fn resolved(raw: &str) -> String {
    characters(raw).collect()
}

/// Whether two raw contents say the same.
pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || ((one.contains('\\') || other.contains('\\')) && characters(one).eq(characters(other)))
}

/// The characters that a raw content says.
pub(super) fn characters(raw: &str) -> impl Iterator<Item = char> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (letter, next) = if rest.starts_with('\\') {
            scan::escape(rest.as_bytes(), 0)?
        } else {
            let letter = rest.chars().next()?;
            (letter, letter.len_utf8())
        };
        rest = rest.get(next..).unwrap_or_default();
        Some(letter)
    })
}

/// The first eight bytes of a text, or all of them and zeros. Two texts up to that length are the same if these and
/// their lengths are.
#[inline(always)]
pub(super) fn head(payload: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    match scan::word(payload, start) {
        Some(word) if length >= 8 => word,
        // Twice, because 64 bits are too many at once.
        Some(word) => {
            let beyond = 4 * (8 - length as u32);
            word << beyond << beyond >> beyond >> beyond
        }
        None => short_head(payload.get(start..end).unwrap_or_default()),
    }
}

#[cold]
fn short_head(text: &[u8]) -> u64 {
    text.iter().take(8).rev().fold(0, |head, byte| head << 8 | u64::from(*byte))
}

/// A number by which texts can be told apart most of the time.
#[inline(always)]
pub(super) fn digest(payload: &[u8], start: usize, end: usize) -> u32 {
    let length = (end - start) as u64;
    let tail = if length > 8 { scan::word(payload, end - 8).unwrap_or(0) } else { 0 };
    let mixed = (head(payload, start, end) ^ tail.rotate_left(29) ^ length).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

/// Texts that are known beforehand.
#[derive(Debug)]
pub(super) struct Names {
    names: Box<[Name]>,
    /// Where to find those that are too many to be tried one by one.
    index: Option<HashMap<Box<str>, u32>>,
}

#[derive(Debug)]
struct Name {
    text: Box<str>,
    head: u64,
    /// The first eight bytes of the text followed by its closing quote and a colon, and which of them count.
    quoted: u64,
    mask: u64,
    /// The last eight bytes of these.
    tail: u64,
}

/// How many names are tried one by one.
const FEW: usize = 12;

impl Names {
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Box<[Name]> = names.into_iter().map(Name::new).collect();
        let index = (names.len() > FEW).then(|| {
            names.iter().enumerate().map(|(at, name)| (name.text.clone(), at as u32)).collect::<HashMap<_, _>>()
        });
        Self { names, index }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn get(&self, index: usize) -> &str {
        self.names.get(index).map_or("", |name| &name.text)
    }

    /// Whether the text that begins at `start` is the one of that index, and a colon follows its closing quote; the
    /// place of that quote.
    #[inline(always)]
    pub(super) fn expect(&self, index: usize, payload: &[u8], start: usize) -> Option<usize> {
        let name = self.names.get(index)?;
        if scan::word(payload, start)? & name.mask != name.quoted {
            return None;
        }
        let length = name.text.len();
        let end = start + length;
        let is_it = match length {
            0..=6 => true,
            7..=14 => scan::word(payload, end - 6)? == name.tail,
            _ => scan::word(payload, end - 6)? == name.tail && payload.get(start..end) == Some(name.text.as_bytes()),
        };
        is_it.then_some(end)
    }

    /// Which one a text without escapes is.
    #[inline(always)]
    pub(super) fn find(&self, payload: &[u8], start: usize, end: usize) -> Option<usize> {
        if let Some(index) = &self.index {
            let text = std::str::from_utf8(payload.get(start..end)?).ok()?;
            return index.get(text).map(|at| *at as usize);
        }
        let head = head(payload, start, end);
        let length = end - start;
        self.names.iter().position(|name| {
            name.head == head
                && name.text.len() == length
                && (length <= 8 || payload.get(start..end) == Some(name.text.as_bytes()))
        })
    }

    /// Which one this is.
    pub(super) fn position(&self, text: &str) -> Option<usize> {
        self.find(text.as_bytes(), 0, text.len())
    }
}

impl Name {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let raw = !bytes.iter().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        let spelled = [bytes, b"\":"].concat();
        let quoted = short_head(&spelled);
        let unused = 8 * 8usize.saturating_sub(spelled.len());
        Self {
            text: text.into(),
            head: short_head(bytes),
            quoted,
            // A name that must be escaped is never spelled like this; no word without its bits is it.
            mask: if raw { u64::MAX >> unused } else { 0 },
            tail: short_head(spelled.get(spelled.len().saturating_sub(8)..).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_at_every_length_and_place() {
        let names: Vec<String> =
            (0..30).map(|length| "abcdefghijklmnopqrstuvwxyzäöü".chars().take(length).collect()).collect();
        for some in [&names[..], &names[..8], &names[20..]] {
            let known = Names::new(some.iter().map(String::as_str));
            for tail in ["\"", "\":1234567890"] {
                for (index, name) in some.iter().enumerate() {
                    let payload = format!("\"{name}{tail}");
                    assert_eq!(known.find(payload.as_bytes(), 1, 1 + name.len()), Some(index));
                    let expected = known.expect(index, payload.as_bytes(), 1);
                    assert!(expected.is_none_or(|end| end == 1 + name.len()));
                    assert_eq!(tail.len() > 1, expected.is_some(), "{name}");
                    for other in (0..some.len()).filter(|other| *other != index) {
                        assert_eq!(known.expect(other, payload.as_bytes(), 1), None, "{name}");
                    }
                }
            }
            assert_eq!(known.position("nobody"), None);
        }
    }

    #[test]
    fn names_that_must_be_escaped_are_found_by_their_content() {
        let known = Names::new(["a\"b", "\\"]);
        assert_eq!(known.expect(0, b"a\"b\":1234567", 0), None);
        assert_eq!(known.expect(1, b"\\\":1234567", 0), None);
        assert_eq!((known.position("a\"b"), known.position("\\")), (Some(0), Some(1)));
    }

    #[test]
    fn escapes_do_not_make_texts_differ() {
        assert!(same("a\\u0062c", "abc") && same("\\/", "\\u002f") && same("\\ud83d\\ude00", "😀"));
        assert!(!same("\\n", "n") && !same("ab", "abc"));
        assert_eq!(resolved("\\t\\u00e9x"), "\téx");
    }
}
