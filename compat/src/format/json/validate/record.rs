//! How does a payload get onto a tape? The walk that checks that it is JSON tells what it comes across.

use super::listen::{Listener, Stop};
use super::scan::{Quoted, Spelled};
use super::tape::Item;
use super::text;
use crate::validator::Flaw;

/// Memory for one payload after another.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) items: Vec<Item>,
    /// The contents of texts with escapes.
    pub(super) resolved: String,
}

/// Larger buffers are not kept for the next payload.
const KEPT: usize = 1 << 16;

impl Buffers {
    /// Makes ready for the next payload.
    pub(super) fn clear(&mut self) {
        if self.items.capacity() > KEPT || self.resolved.capacity() > KEPT {
            *self = Self::default();
        }
        self.items.clear();
        self.resolved.clear();
    }
}

/// Puts on the tape what a walk comes across.
pub(super) struct Recorder<'p> {
    payload: &'p str,
    pub(super) buffers: Buffers,
    /// Why the payload is no JSON.
    pub(super) flaw: Option<Flaw>,
    depth: usize,
    pub(super) deepest: usize,
}

impl<'p> Recorder<'p> {
    pub(super) fn new(payload: &'p str, buffers: Buffers) -> Self {
        Self { payload, buffers, flaw: None, depth: 0, deepest: 0 }
    }
}

impl Listener for Recorder<'_> {
    const RECORDS: bool = true;

    fn violation(&mut self, at: usize, what: impl FnOnce() -> String) -> Result<(), Stop> {
        Err(self.broken(at, what))
    }

    fn broken(&mut self, at: usize, what: impl FnOnce() -> String) -> Stop {
        self.flaw = Some(Flaw { offset: at, path: String::new(), what: what() });
        Stop::Flawed
    }

    #[inline]
    fn text(&mut self, quoted: Quoted) {
        let bytes = self.payload.as_bytes();
        let item = if quoted.escaped {
            let start = self.buffers.resolved.len();
            let raw = self.payload.get(quoted.start..quoted.end).unwrap_or_default();
            self.buffers.resolved.extend(text::characters(raw));
            let end = self.buffers.resolved.len();
            let head = text::head(self.buffers.resolved.as_bytes(), start, end);
            Item::Escaped { start: start as u32, end: end as u32, head }
        } else {
            let head = text::head(bytes, quoted.start, quoted.end);
            Item::Text { start: quoted.start as u32, end: quoted.end as u32, head }
        };
        self.buffers.items.push(item);
    }

    #[inline]
    fn number(&mut self, start: usize, spelled: Spelled) {
        let (end, whole) = (spelled.end as u32, spelled.whole);
        self.buffers.items.push(Item::Number { start: start as u32, end, whole });
    }

    #[inline]
    fn name(&mut self, first: u8) {
        self.buffers.items.push(match first {
            b'n' => Item::Null,
            first => Item::Boolean(first == b't'),
        });
    }

    #[inline]
    fn open(&mut self) -> usize {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.buffers.items.push(Item::Null);
        self.buffers.items.len() - 1
    }

    #[inline]
    fn close(&mut self, opened: usize, is_object: bool, count: usize) {
        self.depth -= 1;
        let (next, count) = (self.buffers.items.len() as u32, count as u32);
        if let Some(item) = self.buffers.items.get_mut(opened) {
            *item = if is_object { Item::Object { count, next } } else { Item::Array { count, next } };
        }
    }
}
