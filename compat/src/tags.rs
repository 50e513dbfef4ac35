//! Which tags shall the parts of a schema gain and lose, and which parts are that?
//!
//! Formats walk their own trees with an [`Edits`] in hand, narrowing it at every step to what is about the part that
//! they are in. That costs no more than the text and the edits together, however long the paths are.

use std::cell::Cell;
use std::collections::HashSet;

use crate::json::{Extent, Member, Node, Value};
use crate::outline::ElementKind;

/// The member in which Avro and JSON Schema keep tags.
pub(crate) const MEMBER: &str = "confluent:tags";

/// Tags that one record or field shall gain and lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagEdit {
    /// The path as in [`Element::entity`](crate::outline::Element); a leading dot means nothing.
    pub entity: String,
    /// A record or a field; no other part can have tags.
    pub kind: ElementKind,
    /// What it shall have. What it has already stays where it is.
    pub add: Vec<String>,
    /// What it shall not have: wins over what is added, in this edit or another.
    pub remove: Vec<String>,
}

/// A record or a field with the tags that its text gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The path that tags call it by, as in [`Element::entity`](crate::outline::Element).
    pub entity: String,
    /// A record or a field.
    pub kind: ElementKind,
    /// Its tags in the order of the text, at least one.
    pub tags: Vec<String>,
}

/// A path that leads to nothing in the text which could have tags. Types that references bring along have their tags in
/// their own texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema defines no {} '{entity}' that could have tags", kind.as_str())]
pub struct UnknownEntity {
    /// The path as it was given, without a leading dot.
    pub entity: String,
    /// What was looked for.
    pub kind: ElementKind,
}

// === What happens to one list of tags ===

/// What is to be done to the tags of one part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
}

impl Change {
    /// What has to go and what has to come where these tags are; both empty if nothing changes.
    pub(crate) fn against<'c>(&'c self, tags: &HashSet<&str>) -> (HashSet<&'c str>, Vec<&'c str>) {
        let mut removed: HashSet<&str> = self.remove.iter().map(String::as_str).collect();
        let mut taken = HashSet::new();
        let added = self.add.iter().map(String::as_str);
        let added = added.filter(|tag| !removed.contains(tag) && !tags.contains(tag) && taken.insert(*tag));
        let added = added.collect();
        removed.retain(|tag| tags.contains(tag));
        (removed, added)
    }

    fn extend(&mut self, edit: &TagEdit) {
        self.add.extend_from_slice(&edit.add);
        self.remove.extend_from_slice(&edit.remove);
    }
}

/// Changes the tags among the members of an object. A list that becomes empty goes altogether.
pub(crate) fn retag(members: &mut Vec<Member>, change: &Change) {
    let place = members.iter().position(|member| member.key == MEMBER);
    let mut items = match place.and_then(|place| members.get(place)).map(|member| &member.value.value) {
        Some(Value::List(items)) => items.clone(),
        _ => Vec::new(),
    };
    let tags = items.iter().filter_map(Node::text).collect();
    let (removed, added) = change.against(&tags);
    if removed.is_empty() && added.is_empty() {
        return;
    }
    let added: Vec<Node> = added.into_iter().map(|tag| node(Value::Text(tag.to_owned()))).collect();
    items.retain(|item| item.text().is_none_or(|tag| !removed.contains(tag)));
    items.extend(added);
    match place {
        Some(place) if items.is_empty() => drop(members.remove(place)),
        Some(place) => members.iter_mut().skip(place).take(1).for_each(|member| member.value.value = list(&items)),
        None => members.push(Member { key: MEMBER.to_owned(), value: node(list(&items)) }),
    }
}

/// The tags among the members of an object.
pub(crate) fn tags_in(members: &[Member]) -> Vec<String> {
    let tags = members.iter().find(|member| member.key == MEMBER).and_then(|member| member.value.list());
    tags.unwrap_or_default().iter().filter_map(Node::text).map(str::to_owned).collect()
}

fn list(items: &[Node]) -> Value {
    Value::List(items.to_vec())
}

/// A value that stands nowhere in the text yet.
fn node(value: Value) -> Node {
    Node { value, extent: Extent { start: 0, end: 0 } }
}

// === Which parts they are about ===

/// What is to be done to one part, and whether a walk came to it.
#[derive(Debug)]
struct Target<'e> {
    path: &'e str,
    kind: ElementKind,
    change: Change,
    is_met: Cell<bool>,
}

/// All edits, one per part, sorted by their paths.
#[derive(Debug)]
pub(crate) struct Edits<'e>(Vec<Target<'e>>);

/// Those edits that are about a part or about what is inside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'e> {
    /// About the part itself.
    here: &'e [Target<'e>],
    /// About what is inside.
    inside: &'e [Target<'e>],
    /// How much of the paths of those led here.
    at: usize,
}

impl<'e> Edits<'e> {
    pub(crate) fn new(edits: &'e [TagEdit]) -> Self {
        let mut sorted: Vec<(&str, &TagEdit)> =
            edits.iter().map(|edit| (edit.entity.strip_prefix('.').unwrap_or(&edit.entity), edit)).collect();
        sorted.sort_by(|(one, left), (other, right)| (one, left.kind.as_str()).cmp(&(other, right.kind.as_str())));
        let mut targets: Vec<Target<'e>> = Vec::new();
        for (path, edit) in sorted {
            if targets.last().is_none_or(|last| (last.path, last.kind) != (path, edit.kind)) {
                targets.push(Target { path, kind: edit.kind, change: Change::default(), is_met: Cell::new(false) });
            }
            if let Some(last) = targets.last_mut() {
                last.change.extend(edit);
            }
        }
        Self(targets)
    }

    /// All of them, for the schema as a whole.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { here: &[], inside: &self.0, at: 0 }
    }

    /// One that no walk came to.
    pub(crate) fn missed(&self) -> Option<UnknownEntity> {
        let missed = self.0.iter().find(|target| !target.is_met.get())?;
        Some(UnknownEntity { entity: missed.path.to_owned(), kind: missed.kind })
    }
}

impl<'e> Scope<'e> {
    /// Those about the part that `step` leads to from here; a step may have several parts.
    pub(crate) fn within(&self, step: &str) -> Self {
        let rest = |target: &Target<'e>| target.path.as_bytes().get(self.at..).unwrap_or_default();
        let step = step.as_bytes();
        let follows = |target: &Target<'e>, letter: u8| match rest(target).strip_prefix(step) {
            Some(rest) => rest.first().is_some_and(|first| *first <= letter),
            None => false,
        };
        let (_, from) = self.inside.split_at(self.inside.partition_point(|target| rest(target) < step));
        let (here, beyond) = from.split_at(from.partition_point(|target| rest(target) == step));
        let (_, from) = beyond.split_at(beyond.partition_point(|target| follows(target, b'.' - 1)));
        let (inside, _) = from.split_at(from.partition_point(|target| follows(target, b'.')));
        Self { here, inside, at: self.at + step.len() + 1 }
    }

    /// Whether there is nothing to do here or inside.
    pub(crate) fn is_empty(&self) -> bool {
        self.here.is_empty() && self.inside.is_empty()
    }

    /// What is to be done to this part, which is met thereby.
    pub(crate) fn change(&self, kind: ElementKind) -> Option<&'e Change> {
        let target = self.here.iter().find(|target| target.kind == kind)?;
        target.is_met.set(true);
        Some(&target.change)
    }
}

#[cfg(test)]
mod tests;
