//! Which message of the schema is this payload?
//!
//! Message indexes lead there: how many, then the position of the message at the top of the file, of the one nested in
//! that, and so on, in zigzag. None at all mean the first message.
//!
//! Clients count nested messages in two ways. Those that have the schema as text do not see the messages that stand for
//! entries of maps; those that have descriptors count them, each where its field is declared. Where the two differ, both
//! are looked at.

use super::wire::{self, Fault};
use super::{Place, Span, Tables};
use crate::validator::{Flaw, Payload};

/// Where to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) shape: u32,
    /// What it is for those who count the other way, if that is another message.
    pub(super) other: Option<u32>,
    /// Where the message begins in the bytes of the payload.
    pub(super) start: usize,
}

#[inline]
pub(super) fn target(tables: &Tables, payload: Payload<'_>) -> Result<Target, Box<Flaw>> {
    match (payload, tables.places.first()) {
        (Payload { bytes: [0, ..], header: None }, Some(first)) => Ok(first.whole(1)),
        (Payload { header: Some([0]), .. }, Some(first)) => Ok(first.whole(0)),
        _ => spelled_out(tables, payload),
    }
}

#[cold]
fn spelled_out(tables: &Tables, payload: Payload<'_>) -> Result<Target, Box<Flaw>> {
    let Some(header) = payload.header else { return read(tables, payload.bytes) };
    let target = read(tables, header).map_err(|flaw| Flaw { offset: 0, ..*flaw })?;
    match header.len() - target.start {
        0 => Ok(Target { start: 0, ..target }),
        rest => Err(flaw(0, format!("{rest} bytes are left over in the header after the message indexes"))),
    }
}

fn read(tables: &Tables, bytes: &[u8]) -> Result<Target, Box<Flaw>> {
    let number = |at| match wire::zigzag(bytes, at, bytes.len()) {
        Ok(read) => Ok(read),
        Err(Fault::Truncated) => Err(flaw(at, "the message indexes are cut short".into())),
        Err(fault) => Err(flaw(at, fault.what())),
    };
    let (count, mut at) = number(0)?;
    let Some(first) = tables.places.first() else { return Err(flaw(0, "the schema has no message".into())) };
    if count == 0 {
        return Ok(first.whole(at));
    }
    let most = i64::from(wire::MAX_DEPTH);
    if !(1..=most).contains(&count) {
        return Err(flaw(0, format!("there are 1 to {most} message indexes, not {count}")));
    }
    let top = Span { start: 0, length: tables.top };
    let (mut plain, mut listed) = (Spot::top(top), Spot::top(top));
    for _ in 0..count {
        let (index, next) = number(at)?;
        let (from, list) = (plain, listed);
        plain = from.nested(tables, index, true);
        listed = list.nested(tables, index, false);
        if plain.place.is_none() && listed.place.is_none() {
            let alive = if from.place.is_some() { from } else { list };
            return Err(flaw(at, alive.missing(tables, index)));
        }
        at = next;
    }
    // Nobody writes the entries of a map as records.
    let listed = listed.place.filter(|place| !place.entry || plain.place.is_none());
    let Some(place) = plain.place.or(listed) else { return Err(flaw(0, "the message indexes lead nowhere".into())) };
    let other = listed.map(|place| place.shape).filter(|other| *other != place.shape);
    Ok(Target { shape: place.shape, other, start: at })
}

/// How far a path of indexes has led.
#[derive(Debug, Clone, Copy)]
struct Spot {
    place: Option<Place>,
    /// What the next index counts.
    nested: Span,
}

impl Spot {
    fn top(nested: Span) -> Self {
        Self { place: None, nested }
    }

    fn nested(self, tables: &Tables, index: i64, plain: bool) -> Self {
        let mut places = self.nested.of(&tables.places).iter().filter(|place| !(plain && place.entry));
        let place = usize::try_from(index).ok().and_then(|index| places.nth(index)).copied();
        Self { place, nested: place.map(|place| place.nested).unwrap_or_default() }
    }

    fn missing(self, tables: &Tables, index: i64) -> String {
        let count = self.nested.of(&tables.places).iter().filter(|place| !place.entry).count();
        let messages = if count == 1 { "message" } else { "messages" };
        match self.place {
            Some(place) => {
                let name = tables.name(tables.shape(place.shape).name);
                format!("message index {index} is wrong: {name} has {count} {messages} nested in it")
            }
            None => format!("message index {index} is wrong: the schema has {count} {messages}"),
        }
    }
}

impl Place {
    /// The message as a target that every client counts alike.
    fn whole(&self, start: usize) -> Target {
        Target { shape: self.shape, other: None, start }
    }
}

fn flaw(offset: usize, what: String) -> Box<Flaw> {
    Box::new(Flaw { offset, path: String::new(), what })
}
