//! Which operations check payloads of a schema?
//!
//! Avro's encoding has no tags: which bytes come next follows from the schema alone. So the schema is laid out once as
//! a flat list of operations ([`layout`]), in the order in which the bytes will come, and [`run`] goes through it with a
//! [`cursor`]. Single fields are read by [`slots`].

mod cursor;
mod decode;
mod layout;
mod logical;
mod run;
mod slots;
mod telling;
mod view;

use std::sync::Arc;

use super::parse::parse;
use super::tree::Schema;
use crate::format::Strictness;
use crate::validator::{Flaw, Payload, Program, Slot};
pub(super) use decode::decode;
use run::{Forgiving, Strict};
pub(super) use view::reader as view_reader;

/// Where an operation stands in the program.
type At = u32;

/// One step over the payload.
#[derive(Debug, Clone, Copy)]
enum Op {
    /// A zigzag number of up to 64 bits.
    Long,
    /// The same, within 32 bits.
    Int,
    Boolean,
    Bytes,
    Text,
    /// A value that means more than its type says.
    Logical(Logical),
    /// As many bytes as the widths of the fields that were put together.
    Fixed {
        width: u32,
    },
    Enum {
        symbols: u32,
    },
    /// A union of null and one other type, whose operations follow and end at `end`.
    Optional {
        null: u8,
        end: At,
    },
    /// A union of null and a text, the most frequent of all.
    OptionalText {
        null: u8,
    },
    /// Any other union: where to go on for each branch stands in the table from `first`.
    Union {
        first: u32,
        branches: u32,
    },
    /// From the end of a branch to the end of its union.
    Jump {
        to: At,
    },
    /// Blocks of items, each by the operations up to `end`.
    Array {
        end: At,
    },
    /// Blocks of items that take no bytes at all, so that only the count is there to be checked.
    EmptyArray,
    /// Blocks of entries: a text, then the operations up to `end`.
    Map {
        end: At,
    },
    /// A type that contains itself; its first operation stands in the table.
    Call {
        subroutine: u32,
    },
    /// The end of items, entries, a subroutine, or the whole.
    End,
    /// A payload that is nothing but bytes, without their length.
    Anything,
}

/// What a value must be beyond its type, because no reader that knows the logical type could take it otherwise. Others
/// take every value (dates, timestamps, decimals of any precision, as in Java), or are not looked into (`big-decimal`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logical {
    /// A text in the form of RFC 4122.
    Uuid,
    /// A time since midnight, which ends there.
    TimeMillis,
    TimeMicros,
    /// Bytes that are a number, so that there is one at least.
    Decimal,
}

/// Which field of the table; `None` for what a path starts from: the whole, items, a subroutine.
type Label = Option<u32>;

/// A field, and the one around it.
#[derive(Debug)]
struct Field {
    around: Label,
    name: Arc<str>,
}

/// A compiled schema.
#[derive(Debug, Default)]
struct Code {
    ops: Vec<Op>,
    /// For each operation the field it is for.
    labels: Vec<Label>,
    fields: Vec<Field>,
    branches: Vec<At>,
    subroutines: Vec<At>,
}

/// How many flaws of one payload are told at most. To go on behind each means to begin anew.
const MAX_FLAWS: usize = 100;

/// Checks payloads of one schema.
#[derive(Debug)]
pub(super) struct Checker {
    code: Code,
    origin: Origin,
}

/// The schema, for readers of single fields. They are rare, so that it takes as little memory as it can.
#[derive(Debug)]
enum Origin {
    /// Parsed again when it is needed.
    Text(Box<str>),
    /// One with references, whose texts are not at hand.
    Tree(Arc<Schema>),
}

pub(super) fn compile(schema: &Arc<Schema>) -> Checker {
    let origin = match schema.borrowed.is_empty() {
        true => Origin::Text(schema.source.text().into()),
        false => Origin::Tree(Arc::clone(schema)),
    };
    Checker { code: layout::whole(schema), origin }
}

impl Program for Checker {
    fn check(&self, payload: Payload<'_>) -> Result<(), Flaw> {
        self.code.check(payload.bytes, Strict)
    }

    fn flaws(&self, payload: Payload<'_>, most: usize) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = Vec::new();
        let mut forgiven = Vec::new();
        while flaws.len() < most.min(MAX_FLAWS) {
            match self.code.check(payload.bytes, Forgiving(&forgiven)) {
                // What can't be passed is met again.
                Err(flaw) if forgiven.last() != Some(&flaw.offset) => {
                    forgiven.push(flaw.offset);
                    flaws.push(flaw);
                }
                _ => break,
            }
        }
        flaws
    }

    fn slot(&self, path: &str) -> Option<Slot> {
        match &self.origin {
            Origin::Text(text) => slots::slot(&parse(text, &[], Strictness::Lenient).ok()?, path),
            Origin::Tree(schema) => slots::slot(schema, path),
        }
    }
}

#[cfg(test)]
mod tests;
