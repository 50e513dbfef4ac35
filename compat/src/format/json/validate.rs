//! Does this payload obey its schema?
//!
//! Two forms. The one-pass form (`walk`) reads the text once, checks what it reads, and builds nothing. What it can't
//! express (`$dynamicRef`, `unevaluatedProperties` where alternatives say which they are …) goes to the slow form
//! (`slow`): a tape, and the reference validator over it. So does the rare payload for which the one-pass form gives up,
//! for instance because alternatives within alternatives would be tried too often.

mod bundle;
mod canonical;
mod compile;
mod listen;
mod matcher;
mod number;
mod program;
mod record;
mod scan;
mod seen;
mod slot;
mod slow;
mod tape;
mod text;
mod view;
mod walk;

use listen::{Report, Stop, Verdict};
use program::{Id, Tables};
use slot::FieldReader;
use slow::Slow;
pub(super) use view::reader as view_reader;
use walk::Walk;

use super::tree::Schema;
use crate::validator::{Flaw, Payload, Program, Slot};

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Code {
    tables: Tables,
    root: Id,
    /// Whether the one-pass form says what the schema says.
    is_fit: bool,
    slow_because: Option<Box<str>>,
    /// For what the one-pass form can't say.
    slow: Option<Box<Slow>>,
}

pub(super) fn compile(schema: &Schema) -> Code {
    let compiled = compile::compile(schema);
    let needs_slow = compiled.unfit.is_some() || compiled.may_be_undecided;
    Code {
        is_fit: compiled.unfit.is_none(),
        slow: needs_slow.then(|| Box::new(Slow::new(schema, compiled.longest))),
        slow_because: compiled.unfit.or(compiled.slow).map(String::into_boxed_str),
        root: compiled.root,
        tables: compiled.tables,
    }
}

impl Program for Code {
    fn check(&self, payload: Payload<'_>) -> Result<(), Flaw> {
        let text = readable(payload.bytes)?;
        let stop = match self.is_fit {
            true => Walk::new(&self.tables, text, Verdict).whole(self.root),
            false => Err(Stop::Undecided),
        };
        match stop {
            Ok(()) => Ok(()),
            Err(Stop::Flawed) => Err(self.first_flaw(text)),
            Err(Stop::Undecided) => self.slow(text),
        }
    }

    fn is_usable(&self) -> Result<(), String> {
        match &self.slow {
            Some(slow) if !self.is_fit => slow.takes(),
            _ => Ok(()),
        }
    }

    fn flaws(&self, payload: Payload<'_>, most: usize) -> Vec<Flaw> {
        match (self.check(payload), readable(payload.bytes)) {
            (Ok(()), _) => Vec::new(),
            (Err(_), _) if most == 0 => Vec::new(),
            (Err(flaw), Ok(text)) => {
                let flaws = self.report(text, most);
                if flaws.is_empty() { vec![flaw] } else { flaws }
            }
            (Err(_), Err(flaw)) => vec![flaw],
        }
    }

    fn slot(&self, path: &str) -> Option<Slot> {
        FieldReader::new(&self.tables, self.root, path).map(Slot::new)
    }

    fn slow_because(&self) -> Option<&str> {
        self.slow_because.as_deref()
    }
}

impl Code {
    /// Tells of a payload that is known to be bad.
    #[cold]
    fn first_flaw(&self, text: &str) -> Flaw {
        let unexplained = || Flaw { offset: 0, path: String::new(), what: "the value does not obey the schema".into() };
        self.report(text, 1).into_iter().next().unwrap_or_else(unexplained)
    }

    #[cold]
    fn report(&self, text: &str, most: usize) -> Vec<Flaw> {
        if self.is_fit {
            let mut walk = Walk::new(&self.tables, text, Report::new(&self.tables, most));
            let result = walk.whole(self.root);
            if result != Err(Stop::Undecided) {
                return walk.listener.flaws;
            }
        }
        self.slow.as_ref().map(|slow| slow.flaws(text, most)).unwrap_or_default()
    }

    #[cold]
    fn slow(&self, text: &str) -> Result<(), Flaw> {
        match &self.slow {
            Some(slow) => slow.check(text),
            // Nothing is ever undecided without one.
            None => Ok(()),
        }
    }
}

/// The payload as text.
#[inline]
fn readable(payload: &[u8]) -> Result<&str, Flaw> {
    let flaw = |offset, what: &str| Flaw { offset, path: String::new(), what: what.into() };
    if u32::try_from(payload.len()).is_err() {
        return Err(flaw(0, "the payload is larger than 4 GiB"));
    }
    // Only the slower one tells where it is not.
    simdutf8::basic::from_utf8(payload).or_else(|_| {
        std::str::from_utf8(payload).map_err(|error| flaw(error.valid_up_to(), "the payload is not UTF-8"))
    })
}

#[cfg(test)]
mod tests;
