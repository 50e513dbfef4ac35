//! What stands in this field? Reads one field by its path, in whichever message of the schema a payload is.
//!
//! As for any parser of Protobuf, what is written last counts: a value that is written twice is shown once, and a message
//! in parts is one message. Lists and maps show what they have as it comes.

use std::ops::Range;
use std::sync::Arc;

use super::wire::{self, Fault, Tag};
use super::{Count, Field, Kind, Tables, indexes, judge, tell};
use crate::validator::{Flaw, Payload, Scalar, SlotReader};

/// A compiled path.
#[derive(Debug)]
pub(super) struct Reader {
    tables: Arc<Tables>,
    path: Box<str>,
    /// The way from each message that has such a field.
    ways: Box<[(u32, Way)]>,
}

/// The fields of a path, outermost first, each with the message that it is in.
type Way = Box<[Hop]>;

#[derive(Debug, Clone, Copy)]
struct Hop {
    shape: u32,
    field: Field,
}

pub(super) fn compile(tables: &Arc<Tables>, path: &str) -> Option<Reader> {
    let mut shapes: Vec<u32> = tables.places.iter().map(|place| place.shape).collect();
    shapes.sort_unstable();
    let ways: Box<[_]> = shapes.into_iter().filter_map(|shape| Some((shape, way(tables, shape, path)?))).collect();
    (!ways.is_empty()).then(|| Reader { tables: Arc::clone(tables), path: path.into(), ways })
}

fn way(tables: &Tables, shape: u32, path: &str) -> Option<Way> {
    let mut hops = Vec::new();
    let mut inner = Some(shape);
    for part in path.split('.') {
        let (name, count) = match (part.strip_suffix("[]"), part.strip_suffix("{}")) {
            (Some(name), _) => (name, Count::List),
            (_, Some(name)) => (name, Count::Map),
            _ => (part, Count::One),
        };
        let named = |field: &Field| field.count == count && tables.name(field.name) == name;
        let mut field = hop(tables, inner?, named, &mut hops)?;
        if count == Count::Map {
            field = hop(tables, field.of, |field| field.number == tell::VALUE, &mut hops)?;
        }
        inner = field.kind.is_message().then_some(field.of);
    }
    // A message is no single value; and types within themselves make endless paths.
    (inner.is_none() && hops.len() <= wire::MAX_DEPTH as usize).then(|| hops.into())
}

fn hop(tables: &Tables, shape: u32, wanted: impl Fn(&Field) -> bool, hops: &mut Vec<Hop>) -> Option<Field> {
    let field = *tables.fields(&tables.shape(shape)).iter().find(|field| wanted(field))?;
    hops.push(Hop { shape, field });
    Some(field)
}

impl SlotReader for Reader {
    fn each<'p>(&self, payload: Payload<'p>, visit: &mut dyn FnMut(Scalar<'p>)) -> Result<(), Flaw> {
        let tables = &*self.tables;
        let target = indexes::target(tables, payload).map_err(|flaw| *flaw)?;
        let bytes = payload.bytes.get(target.start..).unwrap_or_default();
        let other = target.other.filter(|_| !judge::is_good(tables, target.shape, bytes));
        let shape = other.unwrap_or(target.shape);
        let Ok(way) = self.ways.binary_search_by_key(&shape, |(shape, _)| *shape) else { return Ok(()) };
        let Some((_, way)) = self.ways.get(way) else { return Ok(()) };
        let mut walk = Walk { reader: self, payload: payload.bytes, visit };
        walk.whole(target.start..payload.bytes.len(), way, None)
    }
}

struct Walk<'a, 'p> {
    reader: &'a Reader,
    payload: &'p [u8],
    visit: &'a mut dyn FnMut(Scalar<'p>),
}

impl<'p> Walk<'_, 'p> {
    /// A message that nothing is added to by others: the root, an item, an entry.
    fn whole(&mut self, range: Range<usize>, way: &[Hop], absent: Option<Scalar<'p>>) -> Result<(), Flaw> {
        let mut last = absent;
        self.part(range, way, &mut last)?;
        if let Some(value) = last {
            (self.visit)(value);
        }
        Ok(())
    }

    /// A message, or a part of one. What counts unless something follows is kept in `last`.
    fn part(&mut self, range: Range<usize>, way: &[Hop], last: &mut Option<Scalar<'p>>) -> Result<(), Flaw> {
        let Some((hop, rest)) = way.split_first() else { return Ok(()) };
        let mut at = range.start;
        while at < range.end {
            let tag = self.follow(at, wire::tag(self.payload, at, range.end))?;
            let next = self.follow(at, wire::skip(self.payload, tag, range.end, 0))?;
            if tag.number == hop.field.number {
                self.value(hop, rest, tag, at, next, last)?;
            } else if self.replaces(hop, tag.number) {
                *last = None;
            }
            at = next;
        }
        Ok(())
    }

    /// Whether this is another member of the same oneof.
    fn replaces(&self, hop: &Hop, number: u32) -> bool {
        let tables = &self.reader.tables;
        hop.field.oneof.is_some()
            && tables.field(&tables.shape(hop.shape), number).is_some_and(|other| other.oneof == hop.field.oneof)
    }

    /// An occurrence of the field, from its tag to `end`.
    fn value(
        &mut self,
        hop: &Hop,
        rest: &[Hop],
        tag: Tag,
        at: usize,
        end: usize,
        last: &mut Option<Scalar<'p>>,
    ) -> Result<(), Flaw> {
        let field = &hop.field;
        if tag.wire != field.kind.wire() {
            if tag.wire == wire::LENGTH && field.kind.is_packable() && field.count == Count::List {
                return self.packed(field, tag, end);
            }
            return Err(self.flaw(at, tell::wrong_wire(field, tag.wire)));
        }
        if !field.kind.is_message() {
            let (value, _) = self.scalar(field, tag.next, end)?;
            match field.count {
                Count::One => *last = Some(value),
                Count::List | Count::Map => (self.visit)(value),
            }
            return Ok(());
        }
        let contents = match field.kind {
            Kind::Group => wire::group(self.payload, tag, end, 0).map(|(contents, _)| contents),
            _ => wire::counted(self.payload, tag.next, end),
        };
        let contents = self.follow(at, contents)?;
        match (field.count, rest) {
            (Count::One, _) => self.part(contents, rest, last),
            (Count::Map, [value]) => self.whole(contents, rest, self.zero(&value.field)),
            _ => self.whole(contents, rest, None),
        }
    }

    fn packed(&mut self, field: &Field, tag: Tag, end: usize) -> Result<(), Flaw> {
        let range = self.follow(tag.next, wire::counted(self.payload, tag.next, end))?;
        let mut at = range.start;
        while at < range.end {
            let (value, next) = self.scalar(field, at, range.end)?;
            (self.visit)(value);
            at = next;
        }
        Ok(())
    }

    /// A value that is no message, and the position behind it.
    fn scalar(&self, field: &Field, at: usize, end: usize) -> Result<(Scalar<'p>, usize), Flaw> {
        let payload = self.payload;
        Ok(match field.kind.wire() {
            wire::VARINT => {
                let (bits, next) = self.follow(at, wire::varint(payload, at, end))?;
                (self.number(field, bits), next)
            }
            wire::FIXED32 => {
                let next = self.follow(at, wire::fixed(at, 4, end))?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                (narrow(field.kind, u32::from_le_bytes(bytes)), next)
            }
            wire::FIXED64 => {
                let next = self.follow(at, wire::fixed(at, 8, end))?;
                let bytes = payload.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
                (wide(field.kind, u64::from_le_bytes(bytes)), next)
            }
            _ => {
                let range = self.follow(at, wire::counted(payload, at, end))?;
                let bytes = payload.get(range.clone()).unwrap_or_default();
                if field.kind == Kind::Bytes {
                    return Ok((Scalar::Bytes(bytes.into()), range.end));
                }
                let text = std::str::from_utf8(bytes).map_err(|_| self.flaw(at, "the text is not UTF-8".into()))?;
                (Scalar::Text(text.into()), range.end)
            }
        })
    }

    /// A number of variable length; the symbol of an enum if it has one.
    fn number(&self, field: &Field, bits: u64) -> Scalar<'p> {
        match field.kind {
            Kind::Bool => Scalar::Boolean(bits != 0),
            Kind::Int32 => Scalar::Int(i64::from(bits as i32)),
            Kind::Uint32 => Scalar::Unsigned(u64::from(bits as u32)),
            Kind::Uint64 => Scalar::Unsigned(bits),
            Kind::Sint32 => Scalar::Int(wire::unzigzag(bits & u64::from(u32::MAX))),
            Kind::Sint64 => Scalar::Int(wire::unzigzag(bits)),
            Kind::Enum => match self.reader.tables.symbol(field.of, bits as i32) {
                Some(symbol) => Scalar::Text(symbol.to_owned().into()),
                None => Scalar::Int(i64::from(bits as i32)),
            },
            _ => Scalar::Int(bits as i64),
        }
    }

    /// What the value in an entry of a map is when it is left out.
    fn zero(&self, field: &Field) -> Option<Scalar<'p>> {
        match field.kind {
            Kind::Message | Kind::Group => None,
            Kind::Text => Some(Scalar::Text("".into())),
            Kind::Bytes => Some(Scalar::Bytes([].as_slice().into())),
            kind => Some(match kind.wire() {
                wire::FIXED32 => narrow(kind, 0),
                wire::FIXED64 => wide(kind, 0),
                _ => self.number(field, 0),
            }),
        }
    }

    fn follow<T>(&self, at: usize, found: Result<T, Fault>) -> Result<T, Flaw> {
        found.map_err(|fault| self.flaw(at, fault.what()))
    }

    fn flaw(&self, offset: usize, what: String) -> Flaw {
        Flaw { offset, path: self.reader.path.to_string(), what }
    }
}

fn narrow(kind: Kind, bits: u32) -> Scalar<'static> {
    match kind {
        Kind::Float => Scalar::Float(f64::from(f32::from_bits(bits))),
        Kind::Fixed32 => Scalar::Unsigned(u64::from(bits)),
        _ => Scalar::Int(i64::from(bits as i32)),
    }
}

fn wide(kind: Kind, bits: u64) -> Scalar<'static> {
    match kind {
        Kind::Double => Scalar::Float(f64::from_bits(bits)),
        Kind::Fixed64 => Scalar::Unsigned(bits),
        _ => Scalar::Int(bits as i64),
    }
}
