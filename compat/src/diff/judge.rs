//! Which change is a finding about?
//!
//! The one whose place holds the finding's place most closely, in the text of each side. A finding about a list as a whole,
//! such as the symbols of an enum, is about all that came to the list or left it. What is about no part of the outline
//! becomes a change of its own.

use std::collections::HashMap;

use super::{Change, ChangeKind, Judgement};
use crate::level::Direction;
use crate::outline::ElementKind;
use crate::violation::{Place, Violation};

/// Lays the violations of one direction on the changes.
pub(super) fn judge(changes: &mut Vec<Change>, direction: Direction, violations: &[Violation]) {
    let mut index = Index::of(changes);
    for (number, violation) in violations.iter().enumerate() {
        let (new, old) = match direction {
            Direction::Backward => (&violation.reader, &violation.writer),
            Direction::Forward => (&violation.writer, &violation.reader),
        };
        let mut meant = index.meant(changes, violation, &old.path, &new.path);
        if meant.is_empty() {
            changes.push(unlisted(violation, old, new));
            index.add(changes.len() - 1, changes);
            meant = vec![changes.len() - 1];
        }
        for at in meant {
            let Some(change) = changes.get_mut(at) else { continue };
            let judgement = match direction {
                Direction::Backward => &mut change.backward,
                Direction::Forward => &mut change.forward,
            };
            judgement.worst = judgement.worst.max(Some(violation.rule.severity));
            judgement.findings.push(number);
        }
    }
}

/// Changes by their places.
#[derive(Default)]
struct Index {
    old: Side,
    new: Side,
}

#[derive(Default)]
struct Side {
    at: HashMap<String, Vec<usize>>,
    /// What came to a list or left it, by the place of the list.
    in_list: HashMap<String, Vec<usize>>,
}

impl Index {
    fn of(changes: &[Change]) -> Self {
        let mut index = Self::default();
        (0..changes.len()).for_each(|number| index.add(number, changes));
        index
    }

    fn add(&mut self, number: usize, changes: &[Change]) {
        let Some(change) = changes.get(number) else { return };
        let is_of_list = matches!(change.kind, ChangeKind::Added | ChangeKind::Removed)
            && matches!(change.element, ElementKind::Symbol | ElementKind::Branch | ElementKind::Item);
        for (side, place) in [(&mut self.old, &change.old), (&mut self.new, &change.new)] {
            let Some(Place { path, .. }) = place else { continue };
            side.at.entry(path.clone()).or_default().push(number);
            if let Some((list, _)) = path.rsplit_once('/').filter(|_| is_of_list) {
                side.in_list.entry(list.to_owned()).or_default().push(number);
            }
        }
    }

    fn meant(&self, changes: &[Change], violation: &Violation, old: &str, new: &str) -> Vec<usize> {
        let around = self.old.around(old).chain(self.new.around(new));
        let closest = around
            .filter_map(|number| {
                let change = changes.get(number)?;
                Some((closeness(change, old, new)?, is_about(change.kind, violation), usize::MAX - number))
            })
            .max();
        let is_exact = closest.is_some_and(|(closeness, ..)| closeness.is_exact);
        if !is_exact {
            let listed = [self.new.in_list.get(new), self.old.in_list.get(old)].into_iter().flatten().flatten();
            let listed: Vec<_> = listed.copied().collect();
            if !listed.is_empty() {
                return listed;
            }
        }
        closest.map(|(.., number)| usize::MAX - number).into_iter().collect()
    }
}

impl Side {
    /// The changes at a place and at all that it stands in.
    fn around<'s>(&'s self, path: &'s str) -> impl Iterator<Item = usize> + 's {
        let outer = |path: &&'s str| path.rsplit_once('/').map(|(outer, _)| outer);
        std::iter::successors(Some(path), outer).filter_map(|path| self.at.get(path)).flatten().copied()
    }
}

/// How closely a change holds the places of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Closeness {
    length: usize,
    /// Whether it stands right there on one side.
    is_exact: bool,
}

/// `None` when it does not hold them.
fn closeness(change: &Change, old: &str, new: &str) -> Option<Closeness> {
    let held = |outer: &Option<Place>, inner: &str| outer.as_ref().and_then(|outer| held(&outer.path, inner));
    let (in_old, in_new) = (held(&change.old, old), held(&change.new, new));
    let is_exact = |held: Option<usize>, inner: &str| held.is_some_and(|length| length > 0 && length == inner.len());
    let is_exact = is_exact(in_old, old) || is_exact(in_new, new);
    let length = match (change.kind, in_old, in_new) {
        (ChangeKind::Added, _, new) => new?,
        (ChangeKind::Removed, old, _) => old?,
        (_, Some(old), Some(new)) => old + new,
        // One side misses the part, and so points at what it would stand in.
        (_, Some(one), None) | (_, None, Some(one)) if is_exact => one,
        _ => return None,
    };
    Some(Closeness { length, is_exact })
}

/// The length of the outer path, if it holds the inner one. The root holds everything; a change to it is only about what
/// stands right there.
fn held(outer: &str, inner: &str) -> Option<usize> {
    let rest = inner.strip_prefix(outer)?;
    let is_near = !outer.is_empty() || rest.matches('/').count() <= 1;
    (is_near && (rest.is_empty() || rest.starts_with('/'))).then_some(outer.len())
}

/// Of several changes of one part, which is a finding about? Slugs of rules about names and places say so.
fn is_about(kind: ChangeKind, violation: &Violation) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| violation.rule.slug.contains(word));
    let (of_name, of_place) = (says(&["renamed", "name-changed"]), says(&["moved", "reordered"]));
    match kind {
        ChangeKind::Renamed => of_name,
        ChangeKind::Reordered => of_place,
        _ => !of_name && !of_place,
    }
}

fn unlisted(violation: &Violation, old: &Place, new: &Place) -> Change {
    Change {
        kind: ChangeKind::Changed,
        element: ElementKind::File,
        name: if new.path.is_empty() { "schema".into() } else { new.path.clone() },
        old: Some(old.clone()),
        new: Some(new.clone()),
        path: String::new(),
        summary: violation.message.clone(),
        facets: Vec::new(),
        backward: Judgement::default(),
        forward: Judgement::default(),
    }
}
