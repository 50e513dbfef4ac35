//! Does this payload obey its schema? Compiled once per schema, then run on every record without building a value.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A compiled schema. Shared between threads, immutable, cheap to clone.
#[derive(Debug, Clone)]
pub struct Validator {
    program: Arc<dyn Program>,
}

/// What is left of a record when the name of its schema is split off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload<'p> {
    /// The encoded value. When the schema was named before it, Protobuf's message indexes still stand at its front.
    pub bytes: &'p [u8],
    /// What followed the schema's name in the header that named it: Protobuf's message indexes, nothing for others.
    /// `None` when no header named the schema.
    pub header: Option<&'p [u8]>,
}

impl<'p, B: AsRef<[u8]> + ?Sized> From<&'p B> for Payload<'p> {
    fn from(bytes: &'p B) -> Self {
        Self { bytes: bytes.as_ref(), header: None }
    }
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

/// One value of a payload. Texts and bytes are borrowed where the encoding has them as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'p> {
    /// Written, and empty.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A whole number of a type without a sign.
    Unsigned(u64),
    /// A binary fraction.
    Float(f64),
    /// Text, and the symbol of an enum.
    Text(Cow<'p, str>),
    /// Bytes, and the content of a fixed.
    Bytes(Cow<'p, [u8]>),
}

/// Reads one field of payloads, for rules and masks: walks only as far as it must, and builds nothing else.
#[derive(Debug, Clone)]
pub struct Slot {
    reader: Arc<dyn SlotReader>,
}

impl Slot {
    pub(crate) fn new(reader: impl SlotReader + 'static) -> Self {
        Self { reader: Arc::new(reader) }
    }

    /// Shows every value that the payload has at this path, in the order in which they stand there. A path through an
    /// array or a map has many, an absent field none.
    ///
    /// # Errors
    /// The payload breaks off or contradicts its schema before or at the field; what came before was shown.
    pub fn each<'p>(&self, payload: impl Into<Payload<'p>>, visit: &mut dyn FnMut(Scalar<'p>)) -> Result<(), Flaw> {
        self.reader.each(payload.into(), visit)
    }
}

/// What a format compiles a path to.
pub(crate) trait SlotReader: fmt::Debug + Send + Sync {
    fn each<'p>(&self, payload: Payload<'p>, visit: &mut dyn FnMut(Scalar<'p>)) -> Result<(), Flaw>;
}

/// What a format compiles its schemas to.
pub(crate) trait Program: fmt::Debug + Send + Sync {
    /// Walks the whole payload. Must not allocate unless there is a flaw, nor recurse or loop beyond bounds of its own.
    fn check(&self, payload: Payload<'_>) -> Result<(), Flaw>;

    /// All flaws of a payload, at most `most`, in the order of the payload. An encoding without tags can't be followed
    /// past some flaws; then those before are all there are.
    fn flaws(&self, payload: Payload<'_>, most: usize) -> Vec<Flaw> {
        self.check(payload).err().into_iter().take(most).collect()
    }

    /// A reader of the field at `path`; `None` when the schema has no such field.
    fn slot(&self, path: &str) -> Option<Slot>;

    /// Whether message indexes stand between the schema's name and the value.
    fn is_indexed(&self) -> bool {
        false
    }

    /// Why this schema is checked in a form that is slower and may allocate; `None` for the fast form.
    fn slow_because(&self) -> Option<&str> {
        None
    }

    /// Why no payload can be checked at all.
    fn is_usable(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Validator {
    pub(crate) fn new(program: impl Program + 'static) -> Self {
        Self { program: Arc::new(program) }
    }

    /// Checks one payload. It must be used up exactly.
    pub fn validate<'p>(&self, payload: impl Into<Payload<'p>>) -> Outcome {
        let payload = payload.into();
        match self.unindexed(payload).and_then(|()| self.program.check(payload)) {
            Ok(()) => Outcome::Valid,
            Err(flaw) => Outcome::Invalid(flaw),
        }
    }

    /// Everything that is wrong with one payload, at most `most` flaws; empty when it is valid.
    pub fn flaws<'p>(&self, payload: impl Into<Payload<'p>>, most: usize) -> Vec<Flaw> {
        let payload = payload.into();
        match self.unindexed(payload) {
            Ok(()) => self.program.flaws(payload, most),
            Err(flaw) => vec![flaw],
        }
    }

    /// A reader of one field. Paths are those of flaws with `[]` for every item of an array and `{}` for every value of
    /// a map: `order.lines[].price`. `None` when the schema has no such field, or it is no single value.
    pub fn slot(&self, path: &str) -> Option<Slot> {
        self.program.slot(path)
    }

    /// Why this schema is checked in a form that is slower and may allocate per record; `None` for most schemas.
    pub fn slow_because(&self) -> Option<&str> {
        self.program.slow_because()
    }

    /// Whether payloads can be checked at all. A few JSON Schemas are accepted, as Confluent accepts them, that the
    /// library which their keywords need refuses.
    ///
    /// # Errors
    /// What that library says.
    pub fn is_usable(&self) -> Result<(), String> {
        self.program.is_usable()
    }

    /// Only message indexes may follow the schema's name in a header.
    #[inline]
    fn unindexed(&self, payload: Payload<'_>) -> Result<(), Flaw> {
        match payload.header {
            Some(rest) if !rest.is_empty() && !self.program.is_indexed() => Err(Flaw {
                offset: 0,
                path: String::new(),
                what: format!("the header that names the schema is {} bytes too long", rest.len()),
            }),
            _ => Ok(()),
        }
    }
}
