//! How does a payload get onto a tape? In a pass of its own over the text, which knows what JSON is and nothing else.
//!
//! It says nothing of what is no JSON: the walk that checks payloads has the words for that.

use std::collections::HashSet;

use super::scan::{self, MAX_DEPTH, Quoted};
use super::tape::{Item, Recording};
use super::text;

/// Memory for one payload after another.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    items: Vec<Item>,
    /// The contents of texts with escapes.
    resolved: String,
}

/// Larger buffers are not kept for the next payload.
const KEPT: usize = 1 << 16;

impl Buffers {
    /// Makes ready for the next payload.
    fn clear(&mut self) {
        if self.items.capacity() > KEPT || self.resolved.capacity() > KEPT {
            *self = Self::default();
        }
        self.items.clear();
        self.resolved.clear();
    }

    /// The payload that was recorded last.
    pub(super) fn recording<'p>(&'p self, payload: &'p str) -> Recording<'p> {
        Recording { payload, items: &self.items, resolved: &self.resolved }
    }
}

/// Puts a payload on the tape: how deep it nests. `None` if it is no JSON, or no JSON that we take.
pub(super) fn record(payload: &str, buffers: &mut Buffers) -> Option<usize> {
    buffers.clear();
    let bytes = payload.as_bytes();
    let Buffers { items, resolved } = buffers;
    let mut recorder = Recorder { payload, bytes, items, resolved, deepest: 0 };
    let end = recorder.value(scan::blanks(bytes, 0), 0)?;
    (scan::blanks(bytes, end) == bytes.len()).then_some(recorder.deepest as usize)
}

struct Recorder<'r> {
    payload: &'r str,
    bytes: &'r [u8],
    items: &'r mut Vec<Item>,
    resolved: &'r mut String,
    deepest: u32,
}

impl Recorder<'_> {
    /// The position behind the value at `at`.
    #[inline(always)]
    fn value(&mut self, at: usize, depth: u32) -> Option<usize> {
        match scan::byte(self.bytes, at) {
            b'"' => {
                let quoted = scan::text(self.bytes, at + 1)?;
                self.text(quoted);
                Some(quoted.end + 1)
            }
            b'{' => self.object(at, depth),
            b'-' | b'0'..=b'9' => {
                let spelled = scan::number(self.bytes, at)?;
                self.items.push(Item::Number { start: at as u32, end: spelled.end as u32, whole: spelled.whole });
                Some(spelled.end)
            }
            b'[' => self.array(at, depth),
            first @ (b't' | b'f' | b'n') => {
                let end = scan::name(self.bytes, at)?;
                self.items.push(if first == b'n' { Item::Null } else { Item::Boolean(first == b't') });
                Some(end)
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn text(&mut self, quoted: Quoted) {
        let (start, end) = if quoted.escaped { self.resolve(quoted) } else { (quoted.start, quoted.end) };
        self.items.push(Item::Text { start: start as u32, end: end as u32, escaped: quoted.escaped });
    }

    /// Writes out what a text with escapes says: where it stands.
    #[cold]
    fn resolve(&mut self, quoted: Quoted) -> (usize, usize) {
        let start = self.resolved.len();
        let raw = self.payload.get(quoted.start..quoted.end).unwrap_or_default();
        self.resolved.extend(text::characters(raw));
        (start, self.resolved.len())
    }

    #[inline(never)]
    fn object(&mut self, start: usize, depth: u32) -> Option<usize> {
        let opened = self.open(depth)?;
        let mut names = Names::default();
        let mut at = scan::blanks(self.bytes, start + 1);
        if scan::byte(self.bytes, at) == b'}' {
            at += 1;
        } else {
            loop {
                if scan::byte(self.bytes, at) != b'"' {
                    return None;
                }
                let quoted = scan::text(self.bytes, at + 1)?;
                self.name(quoted, opened, &mut names)?;
                at = scan::blanks(self.bytes, quoted.end + 1);
                if scan::byte(self.bytes, at) != b':' {
                    return None;
                }
                at = self.value(scan::blanks(self.bytes, at + 1), depth + 1)?;
                at = scan::blanks(self.bytes, at);
                match scan::byte(self.bytes, at) {
                    b',' => at = scan::blanks(self.bytes, at + 1),
                    b'}' => break at += 1,
                    _ => return None,
                }
            }
        }
        if names.count > FEW && self.has_repeated(opened) {
            return None;
        }
        let next = self.items.len() as u32;
        *self.items.get_mut(opened)? = Item::Object { count: names.count, next };
        Some(at)
    }

    #[inline(never)]
    fn array(&mut self, start: usize, depth: u32) -> Option<usize> {
        let opened = self.open(depth)?;
        let mut count = 0;
        let mut at = scan::blanks(self.bytes, start + 1);
        if scan::byte(self.bytes, at) == b']' {
            at += 1;
        } else {
            loop {
                at = self.value(at, depth + 1)?;
                count += 1;
                at = scan::blanks(self.bytes, at);
                match scan::byte(self.bytes, at) {
                    b',' => at = scan::blanks(self.bytes, at + 1),
                    b']' => break at += 1,
                    _ => return None,
                }
            }
        }
        let next = self.items.len() as u32;
        *self.items.get_mut(opened)? = Item::Array { count, next };
        Some(at)
    }

    /// The beginning of an array or an object: its place on the tape.
    #[inline(always)]
    fn open(&mut self, depth: u32) -> Option<usize> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.deepest = self.deepest.max(depth + 1);
        self.items.push(Item::Null);
        Some(self.items.len() - 1)
    }

    /// A name of the object that was opened there. `None` if it has the name twice.
    #[inline(always)]
    fn name(&mut self, quoted: Quoted, opened: usize, names: &mut Names) -> Option<()> {
        let escaped = quoted.escaped;
        let (start, end) = if escaped { self.resolve(quoted) } else { (quoted.start, quoted.end) };
        let source = if escaped { self.resolved.as_bytes() } else { self.bytes };
        let head = text::head(source, start, end);
        let name = Item::Name { start: start as u32, end: end as u32, head, escaped };
        if names.may_have(text::digest(source, start, end)) && self.is_repeated(name, opened) {
            return None;
        }
        self.items.push(name);
        Some(())
    }

    /// Whether the object that was opened there has the name already.
    #[cold]
    fn is_repeated(&self, name: Item, opened: usize) -> bool {
        let tape = self.recording();
        let content = tape.content(name);
        tape.names(opened as u32 + 1).any(|other| tape.content(other) == content)
    }

    /// Whether an object of many names has one of them twice.
    #[cold]
    fn has_repeated(&self, opened: usize) -> bool {
        let tape = self.recording();
        let mut seen = HashSet::new();
        !tape.names(opened as u32 + 1).all(|name| seen.insert(tape.content(name)))
    }

    fn recording(&self) -> Recording<'_> {
        Recording { payload: self.payload, items: self.items, resolved: self.resolved }
    }
}

/// Up to this many names are compared when they seem to be alike; more are compared once, all together.
const FEW: u32 = 32;

/// Which names an object may have had: a bit for each, in four words.
#[derive(Debug, Default)]
struct Names {
    count: u32,
    marks: [u64; 4],
}

impl Names {
    /// Notes a name by its digest. Whether it may have been there before.
    #[inline(always)]
    fn may_have(&mut self, digest: u32) -> bool {
        self.count += 1;
        let bit = 1 << (digest >> 26);
        let marks = &mut self.marks[(digest >> 24 & 3) as usize];
        let had = *marks & bit != 0;
        *marks |= bit;
        had && self.count <= FEW
    }
}

#[cfg(test)]
mod tests;
