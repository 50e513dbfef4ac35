//! Does this payload go through the program?
//!
//! The good path knows only positions. A flaw gathers its path on the way out, innermost part first.

use std::sync::Arc;

use super::cursor::{self, Fault, Step};
use super::{At, Code, Label, Op};
use crate::validator::{Flaw, Program};

/// How many arrays, maps and recursive types a value may stand in. A longer linked list is refused.
const MAX_DEPTH: usize = 500;

/// How many items that take no bytes one array may claim. They cost the writer nothing and a reader memory.
const MAX_EMPTY_ITEMS: u64 = 1_000_000;

/// A fault on its way out. Boxed, so that the good path passes two words.
type Failure = Box<Failing>;

struct Failing {
    fault: Fault,
    /// The operation that it happened in.
    op: Op,
    offset: usize,
    /// Innermost first.
    path: Vec<Part>,
}

enum Part {
    Field(Arc<str>),
    Index(u64),
}

impl Program for Code {
    fn check(&self, payload: &[u8]) -> Result<(), Flaw> {
        match self.run(0, payload, 0, 0) {
            Ok(end) if end == payload.len() => Ok(()),
            Ok(end) => Err(Flaw { offset: end, path: String::new(), what: left_over(payload.len() - end) }),
            Err(failing) => Err(flaw(&failing)),
        }
    }
}

impl Code {
    /// Runs from `pc` to the next [`Op::End`]; the position behind what was checked.
    fn run(&self, mut pc: usize, payload: &[u8], mut at: usize, depth: usize) -> Result<usize, Failure> {
        loop {
            let op = self.ops[pc];
            if let Some(step) = value(op, payload, at) {
                at = step.map_err(|fault| self.fail(fault, pc, at))?;
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
                Op::Jump { to } => (to as usize, at),
                Op::Array { end } => (end as usize, self.blocks::<false>(pc, payload, at, depth)?),
                Op::Map { end } => (end as usize, self.blocks::<true>(pc, payload, at, depth)?),
                Op::Call { subroutine } => (pc + 1, self.call(subroutine, pc, payload, at, depth)?),
                _ => return Ok(at),
            };
        }
    }

    /// The blocks of an array or a map, whose items follow the operation at `pc`.
    fn blocks<const KEYED: bool>(
        &self,
        pc: usize,
        payload: &[u8],
        start: usize,
        depth: usize,
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
                    at = cursor::text(payload, at).map_err(|fault| self.fail_item(fault, pc, at, item))?;
                }
                at = self.item(pc + 1, payload, at, depth).map_err(|failing| self.within(failing, pc, item))?;
            }
            passed += block.count;
            if block.end.is_some_and(|end| end != at) {
                return Err(self.fail(Fault::BlockSize, pc, at));
            }
        }
    }

    /// One item. Plain values need no run of their own; the first that is not plain begins one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn item(&self, mut pc: usize, payload: &[u8], mut at: usize, depth: usize) -> Result<usize, Failure> {
        loop {
            let op = self.ops[pc];
            match value(op, payload, at) {
                Some(step) => at = step.map_err(|fault| self.fail(fault, pc, at))?,
                None if matches!(op, Op::End) => return Ok(at),
                None => return self.run(pc, payload, at, depth + 1),
            }
            pc += 1;
        }
    }

    fn call(&self, subroutine: u32, pc: usize, payload: &[u8], at: usize, depth: usize) -> Result<usize, Failure> {
        if depth >= MAX_DEPTH {
            return Err(self.fail(Fault::TooDeep, pc, at));
        }
        let start: At = self.subroutines[subroutine as usize];
        self.run(start as usize, payload, at, depth + 1).map_err(|mut failing| {
            self.add_path(&mut failing, pc);
            failing
        })
    }

    // === Failing ===

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
        Op::Optional { .. } | Op::Union { .. } | Op::Jump { .. } => return None,
        Op::Array { .. } | Op::Map { .. } | Op::Call { .. } | Op::End => return None,
    })
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
fn index(payload: &[u8], at: usize, limit: u32) -> Result<(usize, usize), Fault> {
    let (number, next) = cursor::long(payload, at)?;
    if (0..i64::from(limit)).contains(&number) { Ok((number as usize, next)) } else { Err(Fault::Index) }
}

/// The head of a block.
struct Block {
    count: u64,
    start: usize,
    /// Where it says to end, if it does.
    end: Option<usize>,
}

#[inline(always)]
fn block(payload: &[u8], at: usize) -> Result<Block, Fault> {
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

// === Telling ===

fn flaw(failing: &Failing) -> Flaw {
    let mut path = String::new();
    for part in failing.path.iter().rev() {
        match part {
            Part::Field(name) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(name);
            }
            Part::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    Flaw { offset: failing.offset, path, what: what(failing.fault, failing.op) }
}

fn what(fault: Fault, op: Op) -> String {
    match fault {
        Fault::Truncated => "the payload ends before the value does".into(),
        Fault::NumberTooLong => "a number has at most 10 bytes, this one goes on".into(),
        Fault::IntRange => "the number does not fit an int".into(),
        Fault::Boolean => "a boolean is the byte 0 or 1".into(),
        Fault::NegativeLength => "the length is negative".into(),
        Fault::LengthPastEnd => "the length reaches past the end of the payload".into(),
        Fault::Utf8 => "the text is not UTF-8".into(),
        Fault::Index => match op {
            Op::Enum { symbols } => format!("the enum has {symbols} symbols, and the index is none of them"),
            Op::Union { branches, .. } => format!("the union has {branches} branches, and the index is none of them"),
            _ => "the union has 2 branches, and the index is none of them".into(),
        },
        Fault::NegativeCount => "the count of a block is out of range".into(),
        Fault::CountPastEnd => "a block claims more items than there are bytes".into(),
        Fault::EmptyItems => format!("an array claims more than {MAX_EMPTY_ITEMS} items that take no bytes"),
        Fault::BlockSize => "the size of a block does not match its items".into(),
        Fault::TooDeep => format!("the value nests deeper than {MAX_DEPTH} levels"),
    }
}

fn left_over(bytes: usize) -> String {
    match bytes {
        1 => "1 byte is left over after the last field".into(),
        _ => format!("{bytes} bytes are left over after the last field"),
    }
}
