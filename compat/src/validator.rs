//! Does this payload obey its schema? Compiled once per schema, then run on every record without building a value.

use std::fmt;
use std::sync::Arc;

/// A compiled schema. Shared between threads, immutable, cheap to clone.
#[derive(Debug, Clone)]
pub struct Validator {
    program: Arc<dyn Program>,
}

/// What a payload turned out to be. `Valid` allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It obeys the schema, to its last byte.
    Valid,
    /// It does not.
    Invalid(Flaw),
}

/// What is wrong with a payload, and where. Never holds bytes of the payload itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Byte offset in the payload.
    pub offset: usize,
    /// The field, such as `order.lines[2].price`; empty for the root.
    pub path: String,
    /// `the text is not UTF-8`, `3 bytes are left over after the last field` …
    pub what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.path.is_empty() { String::new() } else { format!("field {}: ", self.path) };
        write!(f, "{field}{} (at byte {})", self.what, self.offset)
    }
}

/// What a format compiles its schemas to.
pub(crate) trait Program: fmt::Debug + Send + Sync {
    /// Walks the whole payload. Must not allocate unless there is a flaw, nor recurse or loop beyond bounds of its own.
    fn check(&self, payload: &[u8]) -> Result<(), Flaw>;
}

impl Validator {
    pub(crate) fn new(program: impl Program + 'static) -> Self {
        Self { program: Arc::new(program) }
    }

    /// Checks one payload, the envelope already split off. It must be used up exactly.
    pub fn validate(&self, payload: &[u8]) -> Outcome {
        match self.program.check(payload) {
            Ok(()) => Outcome::Valid,
            Err(flaw) => Outcome::Invalid(flaw),
        }
    }
}
