//! What changed between two versions of a schema, part by part, and what does each change do to readers?
//!
//! Parts are matched by what makes them the same (a name, an alias, a field number), so a renamed field is one change and
//! not two. Judging is not done here: the findings of the compatibility check are laid on the changes that they are about.

mod judge;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::format::Parsed;
use crate::level::Direction;
use crate::outline::{Element, ElementKind, Outline};
use crate::violation::{Place, Severity, Violation};

use judge::judge;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To what kind of part.
    pub element: ElementKind,
    /// The name of the part, the new one if it has two.
    pub name: String,
    /// Where it was; `None` for what was added.
    pub old: Option<Place>,
    /// Where it is; `None` for what was removed.
    pub new: Option<Place>,
    /// The path of its value in payloads; empty for parts that are no values.
    pub path: String,
    /// What is said of it, in one sentence.
    pub summary: String,
    /// What about it is different; of an added or removed part its type.
    pub facets: Vec<Facet>,
    /// What it does to readers of the new version and data of the old one.
    pub backward: Judgement,
    /// What it does to readers of the old version and data of the new one.
    pub forward: Judgement,
}

/// What happened to a part. A part can be renamed, changed and moved at once: then there is one [`Change`] for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something about it is different.
    Changed,
    /// It stands elsewhere among its siblings.
    Reordered,
    /// It has another name, and an alias or a number tells that it is the same.
    Renamed,
}

/// Something about a part that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// `type`, `default`, `doc`, `tags`, `maxLength` …
    pub name: String,
    /// As it stood in the old text.
    pub old: Option<String>,
    /// As it stands in the new text.
    pub new: Option<String>,
}

/// What a change does in one direction: the worst of the findings about it, and which those are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// `None` when nothing was found: the change is safe.
    pub worst: Option<Severity>,
    /// Positions in the list of violations of that direction.
    pub findings: Vec<usize>,
}

impl ChangeKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Reordered => "reordered",
            Self::Renamed => "renamed",
        }
    }
}

/// What changed from `old` to `new`, judged by the violations of both directions, as [`Parsed::compare`] gives them.
pub fn diff(old: &Parsed, new: &Parsed, backward: &[Violation], forward: &[Violation]) -> Vec<Change> {
    let mut changes = changes(&old.outline(), &new.outline());
    judge(&mut changes, Direction::Backward, backward);
    judge(&mut changes, Direction::Forward, forward);
    changes
}

/// The structural part alone, in the order of the new text; what was removed comes where it stood.
fn changes(old: &Outline, new: &Outline) -> Vec<Change> {
    let mut walk = Walk { old: Tree::of(old), new: Tree::of(new), changes: Vec::new() };
    walk.siblings(None, None);
    walk.changes
}

// === Matching ===

/// An outline by parent.
struct Tree<'o> {
    elements: &'o [Element],
    children: HashMap<Option<usize>, Vec<usize>>,
}

impl<'o> Tree<'o> {
    fn of(outline: &'o Outline) -> Self {
        let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (index, element) in outline.elements.iter().enumerate() {
            children.entry(element.parent).or_default().push(index);
        }
        Self { elements: &outline.elements, children }
    }

    fn children(&self, parent: Option<usize>) -> Vec<usize> {
        self.children.get(&parent).cloned().unwrap_or_default()
    }
}

struct Walk<'o> {
    old: Tree<'o>,
    new: Tree<'o>,
    changes: Vec<Change>,
}

impl<'o> Walk<'o> {
    /// Compares the children of two parts that are the same. Depth is that of the outlines, which parsing has bounded.
    fn siblings(&mut self, old_parent: Option<usize>, new_parent: Option<usize>) {
        let (old, new) = (self.old.children(old_parent), self.new.children(new_parent));
        let pairs = self.pairs(&old, &new);
        let matched_old: HashSet<usize> = pairs.values().copied().collect();
        let moved = self.moved(&new, &pairs);
        let mut gone = old.iter().copied().filter(|index| !matched_old.contains(index)).peekable();
        for index in new {
            let element = &self.new.elements[index];
            let Some(before) = pairs.get(&index).copied() else {
                self.changes.push(lone(ChangeKind::Added, element));
                continue;
            };
            while let Some(removed) = gone.next_if(|removed| *removed < before) {
                self.changes.push(lone(ChangeKind::Removed, &self.old.elements[removed]));
            }
            let was = &self.old.elements[before];
            self.changes.extend(matched(was, element, moved.contains(&index)));
            self.siblings(Some(before), Some(index));
        }
        for removed in gone {
            self.changes.push(lone(ChangeKind::Removed, &self.old.elements[removed]));
        }
    }

    /// Which old sibling each new one was: by identity, then by alias, then the only record left on both sides.
    fn pairs(&self, old: &[usize], new: &[usize]) -> HashMap<usize, usize> {
        let mut pairs = HashMap::new();
        let mut taken = HashSet::new();
        let mut by_identity: HashMap<(ElementKind, &str), Vec<usize>> = HashMap::new();
        for index in old.iter().rev() {
            let element = &self.old.elements[*index];
            by_identity.entry((element.kind, &element.identity)).or_default().push(*index);
        }
        for index in new {
            let element = &self.new.elements[*index];
            let found = by_identity.get_mut(&(element.kind, element.identity.as_str())).and_then(Vec::pop);
            if let Some(before) = found {
                pairs.insert(*index, before);
                taken.insert(before);
            }
        }
        let left = |taken: &HashSet<usize>| -> Vec<usize> {
            old.iter().copied().filter(|index| !taken.contains(index)).collect()
        };
        let mut by_name: HashMap<(ElementKind, &str), usize> = HashMap::new();
        for index in left(&taken) {
            let element = &self.old.elements[index];
            by_name.insert((element.kind, &element.name), index);
        }
        for index in new.iter().filter(|index| !pairs.contains_key(*index)).copied().collect::<Vec<_>>() {
            let element = &self.new.elements[index];
            let found = element.aliases.iter().find_map(|alias| by_name.remove(&(element.kind, alias.as_str())));
            if let Some(before) = found {
                pairs.insert(index, before);
                taken.insert(before);
            }
        }
        let is_record = |element: &Element| element.kind == ElementKind::Record;
        let old_left: Vec<_> = left(&taken).into_iter().filter(|index| is_record(&self.old.elements[*index])).collect();
        let is_left = |index: &&usize| !pairs.contains_key(*index) && is_record(&self.new.elements[**index]);
        let new_left: Vec<_> = new.iter().filter(is_left).copied().collect();
        if let ([before], [index]) = (old_left.as_slice(), new_left.as_slice())
            && old.len() == 1
            && new.len() == 1
        {
            pairs.insert(*index, *before);
        }
        pairs
    }

    /// The fewest siblings that must have moved to get from the old order to the new one.
    fn moved(&self, new: &[usize], pairs: &HashMap<usize, usize>) -> HashSet<usize> {
        let order: Vec<(usize, usize)> =
            new.iter().filter_map(|index| pairs.get(index).map(|before| (*index, *before))).collect();
        let kept = longest_rising(&order.iter().map(|(_, before)| *before).collect::<Vec<_>>());
        order.iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, (index, _))| *index).collect()
    }
}

/// The positions of a longest rising subsequence.
fn longest_rising(values: &[usize]) -> HashSet<usize> {
    let mut tails: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; values.len()];
    for (at, value) in values.iter().enumerate() {
        let length = tails.partition_point(|tail| values[*tail] < *value);
        previous[at] = length.checked_sub(1).map(|before| tails[before]);
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    std::iter::successors(tails.last().copied(), |at| previous[*at]).collect()
}

// === Telling ===

/// A part without a counterpart.
fn lone(kind: ChangeKind, element: &Element) -> Change {
    let of_type = if element.type_name.is_empty() { String::new() } else { format!(" ({})", element.type_name) };
    let is_added = kind == ChangeKind::Added;
    let value = (!element.type_name.is_empty()).then(|| element.type_name.clone());
    let facet = value.map(|value| Facet {
        name: "type".into(),
        old: (!is_added).then(|| value.clone()),
        new: is_added.then_some(value),
    });
    Change {
        kind,
        element: element.kind,
        name: element.name.clone(),
        old: (!is_added).then(|| element.place.clone()),
        new: is_added.then(|| element.place.clone()),
        path: element.path.clone(),
        summary: format!("{} '{}'{of_type} was {}", element.kind.as_str(), element.name, kind.as_str()),
        facets: facet.into_iter().collect(),
        backward: Judgement::default(),
        forward: Judgement::default(),
    }
}

/// What is different about a part that was there before.
fn matched(old: &Element, new: &Element, has_moved: bool) -> Vec<Change> {
    let change = |kind: ChangeKind, summary: String, facets: Vec<Facet>| Change {
        kind,
        element: new.kind,
        name: new.name.clone(),
        old: Some(old.place.clone()),
        new: Some(new.place.clone()),
        path: new.path.clone(),
        summary,
        facets,
        backward: Judgement::default(),
        forward: Judgement::default(),
    };
    let word = new.kind.as_str();
    let mut changes = Vec::new();
    if old.name != new.name && !matches!(new.kind, ElementKind::Branch | ElementKind::Item) {
        changes.push(change(
            ChangeKind::Renamed,
            format!("{word} '{}' is called '{}' now", old.name, new.name),
            vec![Facet { name: "name".into(), old: Some(old.name.clone()), new: Some(new.name.clone()) }],
        ));
    }
    let facets = facets(old, new);
    if !facets.is_empty() {
        let told = facets.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        changes.push(change(ChangeKind::Changed, format!("{word} '{}': {told}", new.name), facets));
    }
    if has_moved {
        changes.push(change(
            ChangeKind::Reordered,
            format!("{word} '{}' stands elsewhere among its siblings", new.name),
            Vec::new(),
        ));
    }
    changes
}

fn facets(old: &Element, new: &Element) -> Vec<Facet> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let list = |items: &[String]| text(&items.join(", "));
    let pairs = [
        ("type", text(&old.type_name), text(&new.type_name)),
        ("aliases", list(&old.aliases), list(&new.aliases)),
        ("doc", old.doc.clone(), new.doc.clone()),
        ("tags", list(&old.tags), list(&new.tags)),
    ];
    let fixed = pairs.into_iter().map(|(name, old, new)| Facet { name: name.into(), old, new });
    let names: BTreeMap<&String, ()> = old.facets.keys().chain(new.facets.keys()).map(|name| (name, ())).collect();
    let named = names.into_keys().map(|name| Facet {
        name: name.clone(),
        old: old.facets.get(name).cloned(),
        new: new.facets.get(name).cloned(),
    });
    fixed.chain(named).filter(|facet| facet.old != facet.new).collect()
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "{name} was {old}, is {new}"),
            (None, Some(new)) => write!(f, "{name} {new} was added"),
            (Some(old), None) => write!(f, "{name} {old} was removed"),
            (None, None) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests;
