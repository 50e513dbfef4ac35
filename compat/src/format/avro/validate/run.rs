//! Does this payload go through the program?
//!
//! The good path knows only positions. A flaw gathers its path on the way out, innermost part first.

use std::sync::Arc;

use super::cursor::{self, Fault, Step};
use super::telling::{self, Failing, Failure, Part};
use super::{At, Code, Label, Op, logical};
use crate::validator::Flaw;

/// How many arrays, maps and recursive types a value may stand in. A longer linked list is refused.
pub(super) const MAX_DEPTH: usize = 500;

/// How many items that take no bytes one array may claim. They cost the writer nothing and a reader memory.
pub(super) const MAX_EMPTY_ITEMS: u64 = 1_000_000;

/// What is done about a fault.
pub(super) trait Attitude: Copy {
    /// Where to go on behind the fault that the operation has at `at`; `None` to end there.
    fn pass(self, fault: Fault, op: Op, payload: &[u8], at: usize) -> Option<usize>;
}

/// The first fault ends it.
#[derive(Clone, Copy)]
pub(super) struct Strict;

/// Goes on behind faults that are known, at these offsets in ascending order, as long as it is clear where the next
/// value begins.
#[derive(Clone, Copy)]
pub(super) struct Forgiving<'f>(pub(super) &'f [usize]);

impl Attitude for Strict {
    #[inline(always)]
    fn pass(self, _fault: Fault, _op: Op, _payload: &[u8], _at: usize) -> Option<usize> {
        None
    }
}

impl Attitude for Forgiving<'_> {
    fn pass(self, fault: Fault, op: Op, payload: &[u8], at: usize) -> Option<usize> {
        self.0.binary_search(&at).ok()?;
        behind(fault, op, payload, at)
    }
}

impl Code {
    /// Walks the whole payload.
    pub(super) fn check(&self, payload: &[u8], attitude: impl Attitude) -> Result<(), Flaw> {
        match self.run(0, payload, 0, 0, attitude) {
            Ok(end) if end == payload.len() => Ok(()),
            Ok(end) => Err(Flaw { offset: end, path: String::new(), what: telling::left_over(payload.len() - end) }),
            Err(failing) => Err(telling::flaw(&failing)),
        }
    }

    /// Runs from `pc` to the next [`Op::End`]; the position behind what was checked.
    pub(super) fn run<A: Attitude>(
        &self,
        mut pc: usize,
        payload: &[u8],
        mut at: usize,
        depth: usize,
        attitude: A,
    ) -> Result<usize, Failure> {
        loop {
            let op = self.ops[pc];
            if let Some(step) = value(op, payload, at) {
                at = match step {
                    Ok(next) => next,
                    Err(fault) => self.pass(fault, pc, payload, at, attitude)?,
                };
                pc += 1;
                continue;
            }
            (pc, at) = match op {
                Op::Optional { null, end } => match is_null(payload, at, null) {
                    Ok((true, next)) => (end as usize, next),
                    Ok((false, next)) => (pc + 1, next),
                    Err(fault) => return Err(self.fail(fault, pc, at)),
                },
                Op::Union { first, branches } => match index(payload, at, branches) {
                    Ok((branch, next)) => (self.branches[first as usize + branch] as usize, next),
                    Err(fault) => return Err(self.fail(fault, pc, at)),
                },
                // Not among the plain values: what they have in common would suffer from it.
                Op::Logical(expected) => match logical::value(expected, payload, at) {
                    Ok(next) => (pc + 1, next),
                    Err(fault) => (pc + 1, self.pass(fault, pc, payload, at, attitude)?),
                },
                Op::Jump { to } => (to as usize, at),
                Op::Array { end } => (end as usize, self.blocks::<false, A>(pc, payload, at, depth, attitude)?),
                Op::Map { end } => (end as usize, self.blocks::<true, A>(pc, payload, at, depth, attitude)?),
                Op::Call { subroutine } => (pc + 1, self.call(subroutine, pc, payload, at, depth, attitude)?),
                _ => return Ok(at),
            };
        }
    }

    /// The blocks of an array or a map, whose items follow the operation at `pc`.
    fn blocks<const KEYED: bool, A: Attitude>(
        &self,
        pc: usize,
        payload: &[u8],
        start: usize,
        depth: usize,
        attitude: A,
    ) -> Result<usize, Failure> {
        if depth >= MAX_DEPTH {
            return Err(self.fail(Fault::TooDeep, pc, start));
        }
        let mut at = start;
        let mut passed = 0;
        loop {
            let block = match block(payload, at) {
                Ok(block) => block,
                Err(fault) => return Err(self.fail(fault, pc, at)),
            };
            at = block.start;
            if block.count == 0 {
                return Ok(at);
            }
            // Every item takes a byte at least.
            if block.count > (payload.len() - at) as u64 {
                return Err(self.fail(Fault::CountPastEnd, pc, at));
            }
            for item in passed..passed + block.count {
                if KEYED {
                    at = match cursor::text(payload, at) {
                        Ok(next) => next,
                        Err(fault) => self.pass_key(fault, pc, payload, at, item, attitude)?,
                    };
                }
                at = self
                    .item(pc + 1, payload, at, depth, attitude)
                    .map_err(|failing| self.within(failing, pc, item))?;
            }
            passed += block.count;
            if block.end.is_some_and(|end| end != at) {
                return Err(self.fail(Fault::BlockSize, pc, at));
            }
        }
    }

    /// One item. Plain values need no run of their own; the first that is not plain begins one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn item<A: Attitude>(
        &self,
        mut pc: usize,
        payload: &[u8],
        mut at: usize,
        depth: usize,
        attitude: A,
    ) -> Result<usize, Failure> {
        loop {
            let op = self.ops[pc];
            match value(op, payload, at) {
                Some(Ok(next)) => at = next,
                Some(Err(fault)) => at = self.pass(fault, pc, payload, at, attitude)?,
                None if matches!(op, Op::End) => return Ok(at),
                None => return self.run(pc, payload, at, depth + 1, attitude),
            }
            pc += 1;
        }
    }

    fn call<A: Attitude>(
        &self,
        subroutine: u32,
        pc: usize,
        payload: &[u8],
        at: usize,
        depth: usize,
        attitude: A,
    ) -> Result<usize, Failure> {
        if depth >= MAX_DEPTH {
            return Err(self.fail(Fault::TooDeep, pc, at));
        }
        let start: At = self.subroutines[subroutine as usize];
        self.run(start as usize, payload, at, depth + 1, attitude).map_err(|mut failing| {
            self.add_path(&mut failing, pc);
            failing
        })
    }

    // === Failing ===

    /// Where to go on behind a fault, if one may.
    #[cold]
    fn pass(
        &self,
        fault: Fault,
        pc: usize,
        payload: &[u8],
        at: usize,
        attitude: impl Attitude,
    ) -> Result<usize, Failure> {
        attitude.pass(fault, self.ops[pc], payload, at).ok_or_else(|| self.fail(fault, pc, at))
    }

    /// The same for the key of an entry.
    #[cold]
    fn pass_key(
        &self,
        fault: Fault,
        pc: usize,
        payload: &[u8],
        at: usize,
        item: u64,
        attitude: impl Attitude,
    ) -> Result<usize, Failure> {
        attitude.pass(fault, Op::Text, payload, at).ok_or_else(|| self.fail_item(fault, pc, at, item))
    }

    #[cold]
    fn fail(&self, fault: Fault, pc: usize, offset: usize) -> Failure {
        let mut failing = Box::new(Failing { fault, op: self.ops[pc], offset, path: Vec::new() });
        self.add_path(&mut failing, pc);
        failing
    }

    #[cold]
    fn fail_item(&self, fault: Fault, pc: usize, offset: usize, item: u64) -> Failure {
        self.within(Box::new(Failing { fault, op: self.ops[pc], offset, path: Vec::new() }), pc, item)
    }

    #[cold]
    fn within(&self, mut failing: Failure, pc: usize, item: u64) -> Failure {
        failing.path.push(Part::Index(item));
        self.add_path(&mut failing, pc);
        failing
    }

    /// The fields that the operation stands in, outwards.
    fn add_path(&self, failing: &mut Failing, pc: usize) {
        let mut label: Label = self.labels[pc];
        while let Some(index) = label {
            let field = &self.fields[index as usize];
            failing.path.push(Part::Field(Arc::clone(&field.name)));
            label = field.around;
        }
    }
}

// === Values ===

/// The step over a plain value; `None` if the operation is about where to go on.
#[cfg_attr(not(debug_assertions), inline(always))]
fn value(op: Op, payload: &[u8], at: usize) -> Option<Step> {
    Some(match op {
        Op::Text => cursor::text(payload, at),
        Op::Long => cursor::skip_long(payload, at),
        Op::Int => cursor::skip_int(payload, at),
        Op::Fixed { width } => cursor::fixed(payload, at, width),
        Op::OptionalText { null } => optional_text(payload, at, null),
        Op::Enum { symbols } => index(payload, at, symbols).map(|(_, next)| next),
        Op::Boolean => cursor::boolean(payload, at),
        Op::Bytes => cursor::bytes(payload, at),
        Op::EmptyArray => empty_items(payload, at),
        Op::Anything => Ok(payload.len()),
        Op::Optional { .. } | Op::Union { .. } | Op::Jump { .. } | Op::Logical(_) => return None,
        Op::Array { .. } | Op::Map { .. } | Op::Call { .. } | Op::End => return None,
    })
}

/// Where the next value begins behind a faulty one; `None` if the fault is that nobody knows.
fn behind(fault: Fault, op: Op, payload: &[u8], at: usize) -> Option<usize> {
    match (fault, op) {
        (Fault::Boolean, _) => at.checked_add(1),
        (Fault::IntRange | Fault::TimeOfDay, _) | (Fault::Index, Op::Enum { .. }) => {
            cursor::long(payload, at).ok().map(|(_, next)| next)
        }
        (Fault::Utf8, Op::OptionalText { null }) => {
            let (_, text) = is_null(payload, at, null).ok()?;
            cursor::bytes(payload, text).ok()
        }
        (Fault::Utf8 | Fault::Uuid | Fault::Decimal, _) => cursor::bytes(payload, at).ok(),
        _ => None,
    }
}

/// Whether the null branch was taken, and the position behind the index.
#[inline(always)]
fn is_null(payload: &[u8], at: usize, null: u8) -> Result<(bool, usize), Fault> {
    let (branch, next) = index(payload, at, 2)?;
    Ok((branch == usize::from(null), next))
}

#[inline(always)]
fn optional_text(payload: &[u8], at: usize, null: u8) -> Step {
    match is_null(payload, at, null)? {
        (true, next) => Ok(next),
        (false, next) => cursor::text(payload, next),
    }
}

/// An index below `limit`, and the position behind it.
#[inline(always)]
pub(super) fn index(payload: &[u8], at: usize, limit: u32) -> Result<(usize, usize), Fault> {
    let (number, next) = cursor::long(payload, at)?;
    if (0..i64::from(limit)).contains(&number) { Ok((number as usize, next)) } else { Err(Fault::Index) }
}

/// The head of a block.
pub(super) struct Block {
    pub(super) count: u64,
    pub(super) start: usize,
    /// Where it says to end, if it does.
    pub(super) end: Option<usize>,
}

#[inline(always)]
pub(super) fn block(payload: &[u8], at: usize) -> Result<Block, Fault> {
    let (count, start) = cursor::long(payload, at)?;
    if count >= 0 { Ok(Block { count: count as u64, start, end: None }) } else { sized_block(payload, count, start) }
}

/// A negative count is followed by the size of the block in bytes, for readers that skip it.
fn sized_block(payload: &[u8], count: i64, at: usize) -> Result<Block, Fault> {
    let (size, start) = cursor::long(payload, at)?;
    let Some(count) = count.checked_neg() else { return Err(Fault::NegativeCount) };
    let size = usize::try_from(size).map_err(|_| Fault::BlockSize)?;
    if size > payload.len() - start {
        return Err(Fault::BlockSize);
    }
    Ok(Block { count: count.unsigned_abs(), start, end: Some(start + size) })
}

/// Blocks of items without bytes: only their counts are there.
fn empty_items(payload: &[u8], mut at: usize) -> Step {
    let mut items = 0u64;
    loop {
        let block = block(payload, at)?;
        if block.end.is_some_and(|end| end != block.start) {
            return Err(Fault::BlockSize);
        }
        if block.count == 0 {
            return Ok(block.start);
        }
        items = items.saturating_add(block.count);
        if items > MAX_EMPTY_ITEMS {
            return Err(Fault::EmptyItems);
        }
        at = block.start;
    }
}
