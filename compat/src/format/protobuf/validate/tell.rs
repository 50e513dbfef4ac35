//! What is wrong with this payload, and where? The careful walk, for payloads that the fast one did not wave through.
//!
//! It knows every corner of the encoding and is what decides. A flaw within a value does not end it, as long as it is
//! clear where the next field begins. It keeps nothing but its own stack: a good payload costs no allocation here either.

use super::wire::{self, Fault, Tag};
use super::{Count, Field, Kind, Shape, Tables};
use crate::validator::Flaw;

/// The flaws of a payload as a message of this shape from `start` on, at most `most`.
pub(super) fn flaws(tables: &Tables, shape: u32, payload: &[u8], start: usize, most: usize) -> Vec<Flaw> {
    let mut teller = Teller { tables, payload, most, flaws: Vec::new(), patience: PATIENCE };
    if most > 0 {
        let trail = Trail { around: None, shape: tables.shape(shape), start, end: payload.len() };
        // Whether it came to the end or stopped, what there is to tell has been noted.
        let _ = teller.message(&trail, 0);
    }
    teller.flaws
}

/// How many fields may be looked at again to find the parts of messages that are written in parts.
const PATIENCE: usize = 1 << 20;

pub(super) struct Teller<'a> {
    pub(super) tables: &'a Tables,
    pub(super) payload: &'a [u8],
    most: usize,
    flaws: Vec<Flaw>,
    pub(super) patience: usize,
}

/// There is no going on, or enough was said.
pub(super) struct Stop;

/// A message in the payload and the way to it, outwards.
pub(super) struct Trail<'t> {
    pub(super) around: Option<(&'t Trail<'t>, Stand<'t>)>,
    pub(super) shape: Shape,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A value of a field in its message.
#[derive(Clone, Copy)]
pub(super) struct Stand<'t> {
    pub(super) field: &'t Field,
    /// Where its tag is.
    at: usize,
    /// Which of the packed ones it is.
    item: usize,
}

impl Teller<'_> {
    fn message(&mut self, trail: &Trail<'_>, depth: u32) -> Result<(), Stop> {
        let tables = self.tables;
        let mut at = trail.start;
        while at < trail.end {
            let tag = self.follow(trail, None, at, wire::tag(self.payload, at, trail.end))?;
            at = match tables.field(&trail.shape, tag.number) {
                Some(field) => self.field(trail, Stand { field, at, item: 0 }, tag, depth)?,
                None => self.follow(trail, None, at, wire::skip(self.payload, tag, trail.end, depth))?,
            };
        }
        self.required(trail)
    }

    fn field(&mut self, trail: &Trail<'_>, stand: Stand<'_>, tag: Tag, depth: u32) -> Result<usize, Stop> {
        let kind = stand.field.kind;
        if tag.wire == kind.wire() {
            self.value(trail, stand, tag, trail.end, depth)
        } else if tag.wire == wire::LENGTH && kind.is_packable() && stand.field.count == Count::List {
            self.packed(trail, stand, tag)
        } else {
            self.note(trail, Some(stand), stand.at, wrong_wire(stand.field, tag.wire))?;
            self.follow(trail, Some(stand), stand.at, wire::skip(self.payload, tag, trail.end, depth))
        }
    }

    fn packed(&mut self, trail: &Trail<'_>, mut stand: Stand<'_>, tag: Tag) -> Result<usize, Stop> {
        let range = self.follow(trail, Some(stand), tag.next, wire::counted(self.payload, tag.next, trail.end))?;
        let mut at = range.start;
        while at < range.end {
            at = self.value(trail, stand, Tag { next: at, ..tag }, range.end, 0)?;
            stand.item += 1;
        }
        Ok(range.end)
    }

    /// One value, which ends before `end`; the position behind it.
    fn value(&mut self, trail: &Trail<'_>, stand: Stand<'_>, tag: Tag, end: usize, depth: u32) -> Result<usize, Stop> {
        let (payload, at) = (self.payload, tag.next);
        match stand.field.kind {
            Kind::Message | Kind::Group => self.nested(trail, stand, tag, depth),
            Kind::Text => {
                let range = self.follow(trail, Some(stand), at, wire::counted(payload, at, end))?;
                if std::str::from_utf8(payload.get(range.clone()).unwrap_or_default()).is_err() {
                    self.note(trail, Some(stand), range.start, "the text is not UTF-8".into())?;
                }
                Ok(range.end)
            }
            Kind::Bytes => Ok(self.follow(trail, Some(stand), at, wire::counted(payload, at, end))?.end),
            Kind::Enum => {
                let (bits, next) = self.follow(trail, Some(stand), at, wire::varint(payload, at, end))?;
                if !self.tables.takes(stand.field.of, bits as i32) {
                    let what = "the enum is closed, and the number is none of its values";
                    self.note(trail, Some(stand), at, what.into())?;
                }
                Ok(next)
            }
            kind => {
                let end = match kind.wire() {
                    wire::FIXED32 => wire::fixed(at, 4, end),
                    wire::FIXED64 => wire::fixed(at, 8, end),
                    _ => wire::varint(payload, at, end).map(|(_, next)| next),
                };
                self.follow(trail, Some(stand), at, end)
            }
        }
    }

    fn nested(&mut self, trail: &Trail<'_>, stand: Stand<'_>, tag: Tag, depth: u32) -> Result<usize, Stop> {
        let found = match stand.field.kind {
            Kind::Group => wire::group(self.payload, tag, trail.end, depth),
            _ if depth >= wire::MAX_DEPTH => Err(Fault::TooDeep),
            _ => wire::counted(self.payload, tag.next, trail.end).map(|range| (range.clone(), range.end)),
        };
        let (range, next) = self.follow(trail, Some(stand), tag.next, found)?;
        let shape = self.tables.shape(stand.field.of);
        let inner = Trail { around: Some((trail, stand)), shape, start: range.start, end: range.end };
        self.message(&inner, depth + 1)?;
        Ok(next)
    }

    // === Noting ===

    /// What was found, unless the wire can't be followed.
    fn follow<T>(
        &mut self,
        trail: &Trail<'_>,
        stand: Option<Stand<'_>>,
        at: usize,
        found: Result<T, Fault>,
    ) -> Result<T, Stop> {
        found.map_err(|fault| {
            let _ = self.note(trail, stand, at, fault.what());
            Stop
        })
    }

    pub(super) fn note(
        &mut self,
        trail: &Trail<'_>,
        stand: Option<Stand<'_>>,
        offset: usize,
        what: String,
    ) -> Result<(), Stop> {
        self.flaws.push(Flaw { offset, path: self.path(trail, stand), what });
        if self.flaws.len() < self.most { Ok(()) } else { Err(Stop) }
    }

    /// A field that is not there.
    pub(super) fn note_missing(&mut self, trail: &Trail<'_>, field: &Field) -> Result<(), Stop> {
        let stand = Stand { field, at: trail.start, item: 0 };
        self.note(trail, Some(stand), trail.end, "the required field is missing".into())
    }

    fn path(&self, trail: &Trail<'_>, stand: Option<Stand<'_>>) -> String {
        let mut parts = Vec::new();
        let mut next = stand.map(|stand| (trail, stand)).or(trail.around);
        while let Some((trail, stand)) = next {
            let is_entry = trail.around.is_some_and(|(_, outer)| outer.field.count == Count::Map);
            // What is in an entry of a map is its value, unless it is its key.
            if !(is_entry && stand.field.number == VALUE) {
                parts.push(self.part(trail, stand));
            }
            next = trail.around;
        }
        parts.reverse();
        parts.join(".")
    }

    fn part(&self, trail: &Trail<'_>, stand: Stand<'_>) -> String {
        let name = self.tables.name(stand.field.name);
        match stand.field.count {
            Count::One => name.to_owned(),
            Count::List => format!("{name}[{}]", self.before(trail, stand) + stand.item),
            Count::Map => format!("{name}{{}}"),
        }
    }

    /// How many items of the field stand before this one.
    fn before(&self, trail: &Trail<'_>, stand: Stand<'_>) -> usize {
        let before = wire::tags(self.payload, trail.start..trail.end).take_while(|(start, ..)| *start < stand.at);
        let own = before.filter(|(_, tag, _)| tag.number == stand.field.number);
        own.map(|(_, tag, end)| self.items(stand.field, tag, end)).sum()
    }

    /// How many items one occurrence of a field has.
    fn items(&self, field: &Field, tag: Tag, end: usize) -> usize {
        let Ok(packed) = wire::counted(self.payload, tag.next, end) else { return 1 };
        let numbers = self.payload.get(packed).unwrap_or_default();
        match field.kind.wire() {
            _ if tag.wire != wire::LENGTH => 1,
            wire::VARINT => numbers.iter().filter(|byte| **byte < 0x80).count(),
            wire::FIXED32 => numbers.len() / 4,
            wire::FIXED64 => numbers.len() / 8,
            _ => 1,
        }
    }
}

/// The number of the value in an entry of a map.
pub(super) const VALUE: u32 = 2;

pub(super) fn wrong_wire(field: &Field, wire: u8) -> String {
    let found = match wire {
        wire::VARINT => "a number of variable length",
        wire::FIXED64 => "8 bytes",
        wire::LENGTH => "bytes with a length",
        wire::FIXED32 => "4 bytes",
        _ => "a group",
    };
    format!("the field is of type {}, and {found} can't be that", field.kind.as_str())
}
