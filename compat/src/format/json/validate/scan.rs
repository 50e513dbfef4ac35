//! Where does the next token end, and is it one? The inner loop: no allocation, no message, `None` for what is no JSON.

use crate::lanes;

/// How deep arrays and objects may nest. Keeps every walk over a payload within the stack.
pub(super) const MAX_DEPTH: u32 = 128;

/// The content of a text, between its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) start: usize,
    /// Where the closing quote stands.
    pub(super) end: usize,
    /// Whether escapes stand in it, all of them well-formed.
    pub(super) escaped: bool,
}

/// A number as it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelled {
    pub(super) end: usize,
    /// Whether it has neither a fraction nor an exponent.
    pub(super) whole: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const TOP_BITS: u64 = 0x8080_8080_8080_8080;

/// The eight bytes at `at`, if there are as many.
#[inline(always)]
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The byte at `at`; behind the end the byte 0, with which nothing begins.
#[inline(always)]
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Past blanks. Most payloads have none.
#[inline(always)]
pub(super) fn blanks(bytes: &[u8], at: usize) -> usize {
    if byte(bytes, at) > b' ' { at } else { more_blanks(bytes, at) }
}

#[inline(never)]
fn more_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The text whose opening quote stands before `start`.
#[inline(always)]
pub(super) fn text(bytes: &[u8], start: usize) -> Option<Quoted> {
    let end = plain(bytes, start);
    match byte(bytes, end) {
        b'"' => Some(Quoted { start, end, escaped: false }),
        b'\\' => escaped(bytes, start, end),
        _ => None,
    }
}

/// The first byte from `at` that can't stand for itself in a text: a quote, a backslash, a control character.
#[inline(always)]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = lanes::block(bytes, at) {
        let found = block.ending_text();
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += block.length();
        if at >= bytes.len() {
            return at;
        }
    }
    plain_tail(bytes, at)
}

/// The same in a payload that is shorter than what is looked at together.
#[inline(never)]
fn plain_tail(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = word(bytes, at) {
        let found = special(word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
}

/// The top bit of every byte that is special, from the lowest on; above the lowest there may be others.
#[inline]
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // A byte below the one subtracted borrows into its top bit; the lowest one found is right, and it is all we ask.
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    found & TOP_BITS
}

#[cold]
fn escaped(bytes: &[u8], start: usize, mut at: usize) -> Option<Quoted> {
    loop {
        match byte(bytes, at) {
            b'"' => return Some(Quoted { start, end: at, escaped: true }),
            b'\\' => at = plain(bytes, escape(bytes, at)?.1),
            _ => return None,
        }
    }
}

/// The character that the escape at `at` stands for, and the position behind it.
pub(super) fn escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let plain = match byte(bytes, at + 1) {
        byte @ (b'"' | b'\\' | b'/') => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(bytes, at),
        _ => return None,
    };
    Some((plain, at + 2))
}

fn unicode_escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let first = hex(bytes, at + 2)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, at + 6));
    }
    let second = match (byte(bytes, at + 6), byte(bytes, at + 7)) {
        (b'\\', b'u') => hex(bytes, at + 8)?,
        _ => return None,
    };
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Some((char::from_u32(code)?, at + 12))
}

fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

/// The number that begins at `at` with a digit or a minus.
#[inline(always)]
pub(super) fn number(bytes: &[u8], at: usize) -> Option<Spelled> {
    let start = at + usize::from(byte(bytes, at) == b'-');
    let end = digits(bytes, start);
    if end == start || (end - start > 1 && byte(bytes, start) == b'0') {
        return None;
    }
    match byte(bytes, end) {
        b'.' | b'e' | b'E' => fraction(bytes, end),
        _ => Some(Spelled { end, whole: true }),
    }
}

#[inline]
fn fraction(bytes: &[u8], mut end: usize) -> Option<Spelled> {
    if byte(bytes, end) == b'.' {
        let start = end + 1;
        end = digits(bytes, start);
        if end == start {
            return None;
        }
    }
    if matches!(byte(bytes, end), b'e' | b'E') {
        let start = end + 1 + usize::from(matches!(byte(bytes, end + 1), b'+' | b'-'));
        end = digits(bytes, start);
        if end == start {
            return None;
        }
    }
    Some(Spelled { end, whole: false })
}

/// Past decimal digits.
#[inline(always)]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = word(bytes, at) {
        // Digits become 0 to 9; adding 0x76 to anything else sets the top bit, or it was set.
        let value = word ^ (ONES * b'0' as u64);
        let others = (value.wrapping_add(ONES * 0x76) | value) & TOP_BITS;
        if others != 0 {
            return at + (others.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Past `true`, `false` or `null`, whichever begins at `at`.
#[inline(always)]
pub(super) fn name(bytes: &[u8], at: usize) -> Option<usize> {
    let name: &[u8] = match byte(bytes, at) {
        b't' => b"true",
        b'f' => b"false",
        _ => b"null",
    };
    let end = at + name.len();
    if bytes.get(at..end)? == name { Some(end) } else { None }
}

/// Past a value of any kind. Only what is needed to find its end is looked at.
pub(super) fn skip(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 0usize;
    loop {
        at = match byte(bytes, at) {
            b'"' => text(bytes, at + 1)?.end + 1,
            b'{' | b'[' => {
                open += 1;
                at + 1
            }
            b'}' | b']' => {
                open = open.checked_sub(1)?;
                at + 1
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if open > 0 => {
                at += 1;
                continue;
            }
            b't' | b'f' | b'n' => name(bytes, at)?,
            b'-' | b'0'..=b'9' => number(bytes, at)?.end,
            _ => return None,
        };
        if open == 0 {
            return Some(at);
        }
    }
}

/// Why a text whose opening quote stands at `at` is none, and where.
#[cold]
pub(super) fn text_fault(bytes: &[u8], at: usize) -> (usize, &'static str) {
    let mut at = at + 1;
    loop {
        at = plain(bytes, at);
        match (bytes.get(at), escape(bytes, at)) {
            (None, _) => return (at, "the payload ends within a text"),
            (Some(b'\\'), Some((_, next))) => at = next,
            (Some(b'\\'), None) => return (at, "the text has an escape that is none, or half of a surrogate pair"),
            (Some(_), _) => return (at, "a control character in a text must be escaped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(payload: &str) -> Option<usize> {
        text(payload.as_bytes(), 1).map(|quoted| quoted.end)
    }

    #[test]
    fn texts_end_at_their_quote_wherever_it_stands() {
        for length in 0..40 {
            for tail in ["", "12345678"] {
                let payload = format!("\"{}\"{tail}", "é".repeat(length));
                assert_eq!(ends(&payload), Some(2 * length + 1));
            }
            for bad in ['\n', '\u{0}', '\u{1f}'] {
                let payload = format!("\"{}{bad}{}\"", "a".repeat(length), "b".repeat(20));
                assert_eq!(ends(&payload), None);
                assert_eq!(text_fault(payload.as_bytes(), 0).0, length + 1);
            }
        }
        assert_eq!(ends("\"abc"), None);
        assert_eq!(ends("\"\u{7f}\u{80}\""), Some(4));
    }

    #[test]
    fn escapes_are_those_of_the_standard() {
        for (good, letter) in [("\\n", '\n'), ("\\/", '/'), ("\\u00e9", 'é'), ("\\ud83d\\ude00", '😀')] {
            assert_eq!(escape(good.as_bytes(), 0), Some((letter, good.len())));
            let quoted = format!("\"{good}x\"");
            let found = text(quoted.as_bytes(), 1).unwrap();
            assert_eq!((found.end, found.escaped), (good.len() + 2, true));
        }
        for bad in ["\\x", "\\u12", "\\u12g4", "\\ud800", "\\ud800\\u0041", "\\udc00\\ud800", "\\"] {
            assert_eq!(ends(&format!("\"{bad}\"")), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_standard() {
        for (good, whole) in
            [("0", true), ("-0", true), ("12345678901234567890", true), ("1.5", false), ("-1e+9", false)]
        {
            for tail in ["", ",        "] {
                let payload = format!("{good}{tail}");
                assert_eq!(number(payload.as_bytes(), 0), Some(Spelled { end: good.len(), whole }), "{good}");
            }
        }
        for bad in ["-", "01", "-01", "1.", "1.e5", "1e", "1e+", "-a", ""] {
            assert_eq!(number(bad.as_bytes(), 0), None, "{bad}");
            assert_eq!(number(format!("{bad}        ").as_bytes(), 0), None, "{bad}");
        }
    }

    #[test]
    fn values_are_skipped_whole() {
        for value in ["1", "\"a]\\\"\"", "[]", "{\"a\":[1,{\"b\":null}], \"c\" : true}", "-1.5e3", "false"] {
            assert_eq!(skip(format!("{value},rest").as_bytes(), 0), Some(value.len()), "{value}");
        }
        for bad in ["", "]", "[1", "{\"a", "nul", ","] {
            assert_eq!(skip(bad.as_bytes(), 0), None, "{bad}");
        }
        assert_eq!(skip("[".repeat(1_000_000).as_bytes(), 0), None);
    }
}
