//! What stands in the field of a payload that a path names?
//!
//! Found in the text itself, past what stands before it. What a path does not lead through is looked at only as far as
//! is needed to get past it.

use super::program::{Id, Kinds, NEVER, Node, Tables};
use super::scan::{self, MAX_DEPTH};
use super::text;
use crate::validator::{Flaw, Payload, Scalar, SlotReader};

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(Box<str>),
    Items,
    Values,
}

/// A path, ready to be followed.
#[derive(Debug)]
pub(super) struct FieldReader {
    steps: Box<[Step]>,
}

impl FieldReader {
    /// The field at `path`; `None` when no payload can have it.
    pub(super) fn new(tables: &Tables, root: Id, path: &str) -> Option<Self> {
        let steps = steps(path)?;
        may_have(tables, root, &steps, 0).then(|| Self { steps: steps.into() })
    }
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    if path.is_empty() {
        return Some(steps);
    }
    for part in path.split('.') {
        let name_end = part.find(['[', '{']).unwrap_or(part.len());
        let (name, mut rest) = part.split_at(name_end);
        if !name.is_empty() {
            steps.push(Step::Member(name.into()));
        } else if !steps.is_empty() || rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let (step, after) = match (rest.strip_prefix("[]"), rest.strip_prefix("{}")) {
                (Some(after), _) => (Step::Items, after),
                (_, Some(after)) => (Step::Values, after),
                _ => return None,
            };
            steps.push(step);
            rest = after;
        }
    }
    Some(steps)
}

// === May there be such a field? ===

/// How many schemas of one value are looked at.
const LOOK: u32 = 16;

fn may_have(tables: &Tables, id: Id, steps: &[Step], look: u32) -> bool {
    let node = tables.node(id);
    if id == NEVER {
        return false;
    }
    let Some((step, rest)) = steps.split_first() else { return true };
    own_may_have(tables, node, step, rest) && (look >= LOOK || others_may_have(tables, node, steps, look))
}

fn others_may_have(tables: &Tables, node: &Node, steps: &[Step], look: u32) -> bool {
    let Some(logic) = tables.logics.get(node.logic as usize) else { return true };
    logic.all.iter().all(|id| may_have(tables, *id, steps, look + 1))
        && logic.choices.iter().all(|choice| choice.branches.iter().any(|id| may_have(tables, *id, steps, look + 1)))
}

fn own_may_have(tables: &Tables, node: &Node, step: &Step, rest: &[Step]) -> bool {
    let object = tables.objects.get(node.object as usize).filter(|_| node.kinds.meets(Kinds::OBJECT));
    let array = tables.arrays.get(node.array as usize).filter(|_| node.kinds.meets(Kinds::ARRAY));
    match (step, object, array) {
        (Step::Member(name), Some(shape), _) => match shape.names.position(name).and_then(|at| shape.nodes.get(at)) {
            Some(id) => may_have(tables, *id, rest, 0),
            None => {
                let matching: Vec<Id> =
                    shape.patterns.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, id)| *id).collect();
                let nodes = if matching.is_empty() { vec![shape.others] } else { matching };
                nodes.into_iter().all(|id| may_have(tables, id, rest, 0))
            }
        },
        (Step::Values, Some(shape), _) => {
            let nodes = shape.nodes.iter().chain(shape.patterns.iter().map(|(_, id)| id)).chain([&shape.others]);
            nodes.into_iter().any(|id| may_have(tables, *id, rest, 0))
        }
        (Step::Items, _, Some(list)) => list.first.iter().chain([&list.rest]).any(|id| may_have(tables, *id, rest, 0)),
        _ => false,
    }
}

// === Reading ===

impl SlotReader for FieldReader {
    fn each<'p>(&self, payload: Payload<'p>, visit: &mut dyn FnMut(Scalar<'p>)) -> Result<(), Flaw> {
        let text = super::readable(payload.bytes)?;
        let mut reading = Reading { payload: text, bytes: text.as_bytes(), visit };
        let start = scan::blanks(reading.bytes, 0);
        reading.value(&self.steps, start, 0).map(|_| ())
    }
}

struct Reading<'p, 'v> {
    payload: &'p str,
    bytes: &'p [u8],
    visit: &'v mut dyn FnMut(Scalar<'p>),
}

impl<'p> Reading<'p, '_> {
    /// The position behind the value at `at`.
    fn value(&mut self, steps: &[Step], at: usize, depth: u32) -> Result<usize, Flaw> {
        if depth > MAX_DEPTH {
            return Err(flaw(at, "the value nests too deep"));
        }
        match (steps.split_first(), scan::byte(self.bytes, at)) {
            (None, first) => self.scalar(first, at),
            (Some((Step::Member(name), rest)), b'{') => self.object(Some(name), rest, at, depth),
            (Some((Step::Values, rest)), b'{') => self.object(None, rest, at, depth),
            (Some((Step::Items, rest)), b'[') => self.array(rest, at, depth),
            _ => self.past(at),
        }
    }

    fn past(&self, at: usize) -> Result<usize, Flaw> {
        scan::skip(self.bytes, at).ok_or_else(|| flaw(at, "the value that begins here is none in JSON"))
    }

    fn scalar(&mut self, first: u8, at: usize) -> Result<usize, Flaw> {
        let end = self.past(at)?;
        let raw = self.payload.get(at..end).unwrap_or_default();
        let scalar = match first {
            b'{' | b'[' => return Ok(end),
            b'n' => Scalar::Null,
            b't' | b'f' => Scalar::Boolean(first == b't'),
            b'"' => match scan::text(self.bytes, at + 1) {
                Some(quoted) => Scalar::Text(text::content(self.payload, quoted)),
                None => return Err(flaw(at, "the text that begins here never ends")),
            },
            _ => number(raw),
        };
        (self.visit)(scalar);
        Ok(end)
    }

    fn object(&mut self, wanted: Option<&str>, rest: &[Step], at: usize, depth: u32) -> Result<usize, Flaw> {
        let mut at = scan::blanks(self.bytes, at + 1);
        if scan::byte(self.bytes, at) == b'}' {
            return Ok(at + 1);
        }
        loop {
            let name = (scan::byte(self.bytes, at) == b'"').then(|| scan::text(self.bytes, at + 1)).flatten();
            let Some(name) = name else { return Err(flaw(at, "the name of a member must stand here")) };
            let colon = scan::blanks(self.bytes, name.end + 1);
            if scan::byte(self.bytes, colon) != b':' {
                return Err(flaw(colon, "a colon must follow the name of a member"));
            }
            let value = scan::blanks(self.bytes, colon + 1);
            let is_wanted = wanted.is_none_or(|wanted| text::content(self.payload, name) == wanted);
            let end = if is_wanted { self.value(rest, value, depth + 1)? } else { self.past(value)? };
            at = match self.behind(end, b'}')? {
                (next, true) => next,
                (end, false) => return Ok(end),
            };
        }
    }

    fn array(&mut self, rest: &[Step], at: usize, depth: u32) -> Result<usize, Flaw> {
        let mut at = scan::blanks(self.bytes, at + 1);
        if scan::byte(self.bytes, at) == b']' {
            return Ok(at + 1);
        }
        loop {
            let end = self.value(rest, at, depth + 1)?;
            at = match self.behind(end, b']')? {
                (next, true) => next,
                (end, false) => return Ok(end),
            };
        }
    }

    /// Where to go on behind a member or an item, and whether there is another.
    fn behind(&self, end: usize, closing: u8) -> Result<(usize, bool), Flaw> {
        let at = scan::blanks(self.bytes, end);
        match scan::byte(self.bytes, at) {
            b',' => Ok((scan::blanks(self.bytes, at + 1), true)),
            byte if byte == closing => Ok((at + 1, false)),
            _ => Err(flaw(at, "a comma or the end of the array or object must stand here")),
        }
    }
}

fn number<'p>(raw: &str) -> Scalar<'p> {
    if let Ok(number) = raw.parse() {
        return Scalar::Int(number);
    }
    match raw.parse() {
        Ok(number) => Scalar::Unsigned(number),
        Err(_) => Scalar::Float(raw.parse().unwrap_or(f64::NAN)),
    }
}

fn flaw(at: usize, what: &str) -> Flaw {
    Flaw { offset: at, path: String::new(), what: what.into() }
}
