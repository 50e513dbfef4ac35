//! How do many links take little room? From where to where stands in rows that are quick to go over; what is known of a link
//! is packed behind them, in as few bytes as its numbers need.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::walk::Told;
use super::super::{Grade, Link, Node, Seen};
use crate::event::{Millis, SchemaRef};

/// So many bits of a row say how the link is known: one for each grade.
const GRADE_BITS: u32 = 7;
const GRADES: [Grade; GRADE_BITS as usize] = [
    Grade::Declared,
    Grade::Subscribed,
    Grade::Fetched,
    Grade::Committed,
    Grade::Produced,
    Grade::Traced,
    Grade::Transactional,
];

/// Links that come and go together.
#[derive(Debug, Default)]
pub(super) struct Block {
    places: Box<[Place]>,
    rest: Box<[u8]>,
    has_more: bool,
}

/// From where to where, with where the rest stands and how it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) from: u32,
    pub(super) to: u32,
    rest: u32,
}

/// The rest of what is known of a link.
#[derive(Serialize, Deserialize)]
struct Rest {
    records: u64,
    bytes: u64,
    refused: u64,
    first: Millis,
    /// How much later it was seen last.
    lasted: i64,
    /// By number, each with how long before the link it was written last.
    schemas: Vec<(u32, i64)>,
}

/// How a link is known, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grades(u32);

impl Told for Grades {
    fn confidence(&self) -> u8 {
        self.each().map(Grade::confidence).max().unwrap_or(0)
    }

    fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl Grades {
    fn each(self) -> impl Iterator<Item = Grade> {
        GRADES.into_iter().filter(move |grade| self.0 & 1 << *grade as u32 != 0)
    }
}

impl Place {
    pub(super) fn grades(self) -> Grades {
        Grades(self.rest & ((1 << GRADE_BITS) - 1))
    }
}

impl Block {
    pub(super) fn of(
        links: &[Link],
        has_more: bool,
        mut node: impl FnMut(&Node) -> u32,
        mut schema: impl FnMut(&SchemaRef) -> u32,
    ) -> Self {
        let (mut places, mut packed) = (Vec::with_capacity(links.len()), Vec::new());
        for Link { from, to, seen } in links {
            let at = u32::try_from(packed.len()).unwrap_or(u32::MAX);
            if at >= 1 << (u32::BITS - GRADE_BITS) {
                // 32 MiB for one topic. What does not fit is told to be missing.
                return Self { places: places.into(), rest: packed.into(), has_more: true };
            }
            let grades: u32 = seen.grades.iter().map(|grade| 1 << *grade as u32).sum();
            places.push(Place { from: node(from), to: node(to), rest: at << GRADE_BITS | grades });
            let before = |(of, at): (&SchemaRef, &Millis)| (schema(of), seen.last.wrapping_sub(*at));
            let rest = Rest {
                records: seen.records,
                bytes: seen.bytes,
                refused: seen.refused,
                first: seen.first,
                lasted: seen.last.wrapping_sub(seen.first),
                schemas: seen.schemas.iter().map(before).collect(),
            };
            // Into memory that grows as needed nothing can fail.
            packed = postcard::to_extend(&rest, packed).unwrap_or_default();
        }
        Self { places: places.into(), rest: packed.into(), has_more }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.places) + self.rest.len()
    }

    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// All nodes that stand in it.
    pub(super) fn nodes(&self) -> BTreeSet<u32> {
        self.places.iter().flat_map(|place| [place.from, place.to]).collect()
    }

    /// All that is known of one of its links.
    pub(super) fn seen(&self, place: Place, schema: impl Fn(u32) -> SchemaRef) -> Seen {
        let packed = self.rest.get((place.rest >> GRADE_BITS) as usize..).unwrap_or_default();
        let empty = Rest { records: 0, bytes: 0, refused: 0, first: 0, lasted: 0, schemas: Vec::new() };
        let rest: Rest = postcard::from_bytes(packed).unwrap_or(empty);
        let last = rest.first.wrapping_add(rest.lasted);
        let schemas: BTreeMap<_, _> =
            rest.schemas.iter().map(|(number, before)| (schema(*number), last.wrapping_sub(*before))).collect();
        Seen {
            grades: place.grades().each().collect(),
            schemas,
            records: rest.records,
            bytes: rest.bytes,
            refused: rest.refused,
            first: rest.first,
            last,
        }
    }
}
