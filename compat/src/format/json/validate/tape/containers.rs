//! How does the reference go through an array or an object of the tape, and find a member by its name?

use std::cell::Cell;

use jsonschema::json::{Array, Object};

use super::{Item, Key, Recording, Tape, TapeNode};

/// An object on the tape.
#[derive(Debug, Clone)]
pub(in super::super) struct Members<'p> {
    tape: &'p Recording<'p>,
    count: u32,
    /// Its first name, and what comes behind its last value.
    first: u32,
    end: u32,
    /// The name behind the member that was found last: who asks, asks in the order of the schema, which payloads often
    /// have too.
    hint: Cell<u32>,
}

impl<'p> Members<'p> {
    #[inline(always)]
    pub(super) fn new(tape: &'p Recording<'p>, count: u32, first: u32, end: u32) -> Self {
        Self { tape, count, first, end, hint: Cell::new(first) }
    }

    /// The name among those from `at` on that begin before `end`.
    #[inline(always)]
    fn find(&self, key: &Key, mut at: u32, end: u32) -> Option<u32> {
        while at < end {
            let name = self.tape.item(at);
            let Item::Name { start, end, head, .. } = name else { return None };
            let length = (end - start) as usize;
            if head == key.head
                && length == key.text.len()
                && (length <= 8 || self.tape.content(name) == Some(&*key.text))
            {
                return Some(at);
            }
            at = self.tape.behind(at + 1);
        }
        None
    }
}

impl<'p> Object<'p, Tape> for Members<'p> {
    type Node = TapeNode<'p>;
    type MemberName = &'p str;
    type MembersIter = Pairs<'p>;

    #[inline]
    fn len(&self) -> usize {
        self.count as usize
    }

    #[inline]
    fn get(&self, key: &Key) -> Option<TapeNode<'p>> {
        let hint = self.hint.get();
        let name = self.find(key, hint, self.end).or_else(|| self.find(key, self.first, hint))?;
        self.hint.set(self.tape.behind(name + 1));
        Some(TapeNode::Item { tape: self.tape, at: name + 1 })
    }

    #[inline]
    fn members(&self) -> Pairs<'p> {
        Pairs { tape: self.tape, at: self.first, end: self.end }
    }
}

/// The members of an object that are left.
#[derive(Debug)]
pub(in super::super) struct Pairs<'p> {
    tape: &'p Recording<'p>,
    at: u32,
    end: u32,
}

impl<'p> Iterator for Pairs<'p> {
    type Item = (&'p str, TapeNode<'p>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let name = self.tape.content(self.tape.item(self.at))?;
        let value = self.at + 1;
        self.at = self.tape.behind(value);
        Some((name, TapeNode::Item { tape: self.tape, at: value }))
    }
}

/// An array on the tape.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Items<'p> {
    tape: &'p Recording<'p>,
    count: u32,
    at: u32,
}

impl<'p> Items<'p> {
    #[inline(always)]
    pub(super) fn new(tape: &'p Recording<'p>, count: u32, at: u32) -> Self {
        Self { tape, count, at }
    }
}

impl<'p> Array<'p, Tape> for Items<'p> {
    type Node = TapeNode<'p>;
    type ElementsIter = Self;

    fn len(&self) -> usize {
        self.count as usize
    }

    fn elements(&self) -> Self {
        *self
    }
}

impl<'p> Iterator for Items<'p> {
    type Item = TapeNode<'p>;

    #[inline]
    fn next(&mut self) -> Option<TapeNode<'p>> {
        self.count = self.count.checked_sub(1)?;
        let at = self.at;
        self.at = self.tape.behind(at);
        Some(TapeNode::Item { tape: self.tape, at })
    }
}
