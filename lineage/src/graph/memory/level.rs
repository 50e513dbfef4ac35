//! Which links lead on from the nodes that a walk has come to? All of them are looked at, and as little as can be of each: how
//! much was seen on a link is looked up at the end, for those that are told.

use ahash::{AHashMap, AHashSet};

use super::super::walk::{Limits, Told, Walk};
use super::super::{Link, Node};
use super::block::Grades;
use super::{BlockId, Counted, Memory, Shown};

/// The links that lead on.
pub(super) struct Level {
    pub(super) links: Vec<Link<u32, Grades>>,
    /// Whether there are more than these.
    pub(super) is_cut: bool,
}

/// Where a part of what is known of a link stands. Sorted by what the ends show as, then by the ends themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) shown: (u32, u32),
    pub(super) ends: (u32, u32),
    pub(super) block: BlockId,
    pub(super) place: u32,
}

impl Level {
    /// The links of the nodes that are wanted. Notes where all that is known of them stands.
    pub(super) fn read(
        memory: &Memory,
        walk: &Walk<u32, Grades>,
        (limits, counted): (Limits, Counted),
        shown: &Shown<'_>,
        wanted: &[u32],
        parts: &mut Vec<Part>,
    ) -> Self {
        let members: Vec<u32> = match memory.same.is_empty() {
            true => wanted.to_vec(),
            false => wanted.iter().flat_map(|node| memory.all_names(*node)).collect(),
        };
        let is_member: AHashSet<u32> = members.iter().copied().collect();
        let is_full = walk.room() == 0;
        let mut told: AHashMap<(u32, u32), Grades> = AHashMap::new();
        let mut is_cut = false;
        for member in members {
            for id in &memory.of[member as usize] {
                let Some(block) = memory.blocks.get(id).filter(|_| id.counts(counted)) else { continue };
                is_cut |= block.has_more();
                for (index, place) in block.places().iter().copied().enumerate() {
                    // Between two that are wanted it is found twice, and counts where it begins.
                    let is_here = place.from == member || (place.to == member && !is_member.contains(&place.from));
                    if !is_here {
                        continue;
                    }
                    let (from, to) = (shown.of(place.from), shown.of(place.to));
                    let (is_up, is_down) = walk.leads(&from, &to);
                    if from == to || !(is_up || is_down) {
                        continue;
                    }
                    let grades = place.grades();
                    if is_full && ((is_up && !walk.has(&from)) || (is_down && !walk.has(&to))) {
                        is_cut |= grades.confidence() >= limits.confidence;
                        continue;
                    }
                    told.entry((from, to)).and_modify(|known| known.merge(grades)).or_insert(grades);
                    let at = u32::try_from(index).unwrap_or(u32::MAX);
                    parts.push(Part { shown: (from, to), ends: (place.from, place.to), block: *id, place: at });
                }
            }
        }
        told.retain(|_, grades| grades.confidence() >= limits.confidence);
        is_cut |= keep_first(memory, walk, &mut told);
        let links = told.into_iter().map(|((from, to), seen)| Link { from, to, seen }).collect();
        Self { links, is_cut }
    }
}

/// Where more nodes come up than there is room for, only links to those stay whose links come first by name: which are told does
/// not hang on the order in which this server heard of them. Whether any link went.
fn keep_first(memory: &Memory, walk: &Walk<u32, Grades>, told: &mut AHashMap<(u32, u32), Grades>) -> bool {
    let name = |(from, to): (u32, u32)| -> (&Node, &Node) { (memory.nodes.get(from), memory.nodes.get(to)) };
    let new = |(from, to): (u32, u32)| [from, to].into_iter().find(|end| !walk.has(end));
    // By the node that comes up: the first of its links.
    let mut first: AHashMap<u32, (u32, u32)> = AHashMap::new();
    for link in told.keys().copied() {
        if let Some(end) = new(link) {
            let known = first.entry(end).or_insert(link);
            if name(link) < name(*known) {
                *known = link;
            }
        }
    }
    let room = walk.room();
    if first.len() <= room {
        return false;
    }
    let mut first: Vec<(u32, (u32, u32))> = first.into_iter().collect();
    if room > 0 {
        first.select_nth_unstable_by(room - 1, |(_, one), (_, other)| name(*one).cmp(&name(*other)));
    }
    let stay: AHashSet<u32> = first.iter().take(room).map(|(end, _)| *end).collect();
    told.retain(|link, _| new(*link).is_none_or(|end| stay.contains(&end)));
    true
}
