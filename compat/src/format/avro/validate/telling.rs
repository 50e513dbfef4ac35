//! What is said of a fault, and of the place where it is?

use std::sync::Arc;

use super::Op;
use super::cursor::Fault;
use super::run::{MAX_DEPTH, MAX_EMPTY_ITEMS};
use crate::validator::Flaw;

/// A fault on its way out. Boxed, so that the good path passes two words.
pub(super) type Failure = Box<Failing>;

pub(super) struct Failing {
    pub(super) fault: Fault,
    /// The operation that it happened in.
    pub(super) op: Op,
    pub(super) offset: usize,
    /// Innermost first.
    pub(super) path: Vec<Part>,
}

/// One part of the path to a fault.
pub(super) enum Part {
    Field(Arc<str>),
    Index(u64),
}

/// The flaw that a fault is.
pub(super) fn flaw(failing: &Failing) -> Flaw {
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

pub(super) fn what(fault: Fault, op: Op) -> String {
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
        Fault::Uuid => "the text is no UUID".into(),
        Fault::TimeOfDay => "the number is no time of a day".into(),
        Fault::Decimal => "a decimal has a byte at least".into(),
        Fault::TooDeep => format!("the value nests deeper than {MAX_DEPTH} levels"),
    }
}

pub(super) fn left_over(bytes: usize) -> String {
    match bytes {
        1 => "1 byte is left over after the last field".into(),
        _ => format!("{bytes} bytes are left over after the last field"),
    }
}
