//! Which nodes say the same, references followed and the order of members aside? They are sorted into classes: first by
//! what they say themselves, then again and again by the classes of what they contain, until no class falls apart.
//!
//! So a subschema that moved into `$defs` is still the same one, and so are two recursive schemas that never end.

use std::collections::HashMap;

use super::super::values::canonical;
use super::{Entry, Id};
use crate::format::json::tree::{Draft, Holds, holds};
use crate::json::{Node, Value};
use crate::tags::MEMBER;

/// What a keyword may be without changing what the schema says.
const REMARKS: [&str; 4] = ["$comment", "$schema", "examples", "contentSchema"];

/// How many steps the sorting may take. Beyond it every node counts as different from every other.
const MAX_STEPS: usize = 1_000_000;

/// For each node, the first that says the same in all its words, and the first that means the same: tags are words that
/// mean nothing to data.
pub(super) fn representatives(entries: &[Entry<'_>]) -> (Vec<Id>, Vec<Id>) {
    let in_words = sorted(entries, true);
    let has_tags = entries.iter().any(|entry| entry.site.node.get(MEMBER).is_some());
    let in_meaning = if has_tags { sorted(entries, false) } else { in_words.clone() };
    (in_words, in_meaning)
}

fn sorted(entries: &[Entry<'_>], with_tags: bool) -> Vec<Id> {
    let mut texts: HashMap<String, usize> = HashMap::new();
    let mut classes: Vec<usize> = Vec::with_capacity(entries.len());
    for entry in entries {
        // A part belongs to the class of its whole, and to its place in there.
        let text = if entry.whole { own_words(entry, with_tags) } else { format!("part {}", entry.place) };
        let next = texts.len();
        classes.push(*texts.entry(text).or_insert(next));
    }
    let mut count = texts.len();
    let mut left = MAX_STEPS;
    loop {
        let mut refined: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut next_classes = Vec::with_capacity(entries.len());
        for (id, entry) in entries.iter().enumerate() {
            let inner = entry.children.iter().map(|child| classes[child.of]);
            let key: Vec<usize> = [classes[id], classes[entry.owner]].into_iter().chain(inner).collect();
            let Some(rest) = left.checked_sub(key.len()) else { return (0..entries.len()).collect() };
            left = rest;
            let next = refined.len();
            next_classes.push(*refined.entry(key).or_insert(next));
        }
        classes = next_classes;
        if refined.len() == count {
            break;
        }
        count = refined.len();
    }
    let mut first: Vec<Option<Id>> = vec![None; count];
    classes.iter().enumerate().map(|(id, class)| *first[*class].get_or_insert(id)).collect()
}

/// What an object says apart from the schemas that it contains.
fn own_words(entry: &Entry<'_>, with_tags: bool) -> String {
    let node = entry.site.node;
    let Some(members) = node.members() else { return canonical(node) };
    let mut told: Vec<String> = members
        .iter()
        .filter(|member| !REMARKS.contains(&member.key.as_str()) && !is_definitions(&member.key))
        .filter(|member| with_tags || member.key != MEMBER)
        .map(|member| match holds(&member.key, entry.draft) {
            Some((Holds::One, _)) => format!("{:?}", member.key),
            Some((Holds::OneOrList, _)) if member.value.list().is_none() => format!("{:?}", member.key),
            Some(_) => format!("{:?}:{}", member.key, names(&member.value)),
            None if is_reference(&member.key, entry.draft) => format!("{:?}", member.key),
            None => format!("{:?}:{}", member.key, canonical(&member.value)),
        })
        .collect();
    told.sort_unstable();
    // The root has a `$schema`, which others don't need.
    format!("{:?} {}", entry.draft, told.join(","))
}

/// What a keyword says beside the several schemas that it holds: under which names, how many, lists of names among them.
fn names(node: &Node) -> String {
    match &node.value {
        Value::List(items) => items.len().to_string(),
        Value::Object(members) => {
            let mut told: Vec<String> = members
                .iter()
                .map(|member| match member.value.list() {
                    Some(_) => format!("{:?}:{}", member.key, canonical(&member.value)),
                    None => format!("{:?}", member.key),
                })
                .collect();
            told.sort_unstable();
            told.join(",")
        }
        _ => canonical(node),
    }
}

fn is_definitions(keyword: &str) -> bool {
    matches!(keyword, "$defs" | "definitions")
}

fn is_reference(keyword: &str, draft: Draft) -> bool {
    keyword == "$ref"
        || keyword == "$recursiveRef" && draft == Draft::Draft2019
        || keyword == "$dynamicRef" && draft == Draft::Draft2020
}
