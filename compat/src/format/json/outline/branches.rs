//! Which alternatives does a value have, and how does Confluent count them?

use std::cmp::Ordering;
use std::collections::HashSet;

use super::super::canonical::compact;
use super::{At, VISIT, Walk, facets, types};
use crate::format::json::tree::{Site, reference_of};
use crate::json::{Node, Value};
use crate::outline::{Element, ElementKind};

/// Adds the branches of `oneOf`, `anyOf` and `allOf`, and of conditions.
pub(super) fn each<'s>(walk: &mut Walk<'s>, site: Site<'s>, at: &At) {
    for (keyword, word) in [("oneOf", "oneof"), ("anyOf", "anyof"), ("allOf", "allof")] {
        let branches = site.node.get(keyword).and_then(Node::list).unwrap_or_default();
        let order = order(walk, branches);
        let mut taken = HashSet::new();
        for (index, branch) in branches.iter().enumerate() {
            let position = order.get(index).copied().unwrap_or(index);
            let here =
                At { entity: at.scope(&format!("{word}.{position}.")), ..at.place(&format!("{keyword}/{index}")) };
            let branch = walk.schema.within(site, branch);
            let type_name = types::of(walk.schema, branch, &walk.open);
            let name = name(branch.node).map_or_else(|| type_name.clone(), str::to_owned);
            // Two branches of one name are told apart by where they stand.
            let identity = if taken.insert(name.clone()) { name.clone() } else { format!("{name} #{index}") };
            if !add(walk, branch, &here, &name, format!("{keyword} {identity}"), type_name) {
                return;
            }
        }
    }
    for keyword in ["then", "else"] {
        if let Some(branch) = site.node.get(keyword).filter(|_| site.node.get("if").is_some()) {
            let branch = walk.schema.within(site, branch);
            let here = At { entity: at.scope(&format!("conditional.{keyword}.")), ..at.place(keyword) };
            let type_name = types::of(walk.schema, branch, &walk.open);
            if !add(walk, branch, &here, keyword, keyword.to_owned(), type_name) {
                return;
            }
        }
    }
}

fn add<'s>(walk: &mut Walk<'s>, branch: Site<'s>, at: &At, name: &str, identity: String, type_name: String) -> bool {
    let added = walk.add(Element {
        identity: format!("{}{identity}", at.inside),
        path: at.path.clone(),
        type_name,
        facets: facets::of_value(walk.schema, branch),
        doc: facets::doc_of(walk.schema, branch),
        ..walk.element(at, ElementKind::Branch, name, walk.schema.span(branch))
    });
    let Some(added) = added else { return false };
    walk.value(branch, &At { owner: None, ..at.below(added, branch) });
    true
}

fn name(branch: &Node) -> Option<&str> {
    let reference = || reference_of(branch).and_then(types::last_part);
    branch.get("title").and_then(Node::text).or_else(reference)
}

/// Which place each branch has when they are sorted as Confluent does before it numbers them: by the kind of schema,
/// then by title, description, default, and what they list.
pub(in super::super) fn places(branches: &[Node]) -> Vec<usize> {
    ranks(&branches.iter().map(sort_key).collect::<Vec<_>>())
}

/// The same at the cost of the walk.
fn order(walk: &mut Walk<'_>, branches: &[Node]) -> Vec<usize> {
    let keys: Vec<_> = branches.iter().map(sort_key).collect();
    walk.cost += keys.iter().flat_map(|(_, _, _, lists)| lists).map(|(length, _)| length * VISIT).sum::<usize>();
    ranks(&keys)
}

fn ranks(keys: &[SortKey<'_>]) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..keys.len()).collect();
    sorted.sort_by(|one, other| keys.get(*one).partial_cmp(&keys.get(*other)).unwrap_or(Ordering::Equal));
    let mut places = vec![0; keys.len()];
    for (place, index) in sorted.into_iter().enumerate() {
        if let Some(slot) = places.get_mut(index) {
            *slot = place;
        }
    }
    places
}

type SortKey<'n> = (&'static str, [Option<&'n str>; 2], Option<String>, [(usize, Vec<String>); 2]);

fn sort_key(node: &Node) -> SortKey<'_> {
    let text = |keyword: &str| node.get(keyword).and_then(Node::text);
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        (names.len(), names)
    };
    let listed = |keyword: &str| {
        let items = node.get(keyword).and_then(Node::list).unwrap_or_default();
        sorted(items.iter().map(facets::plain).collect())
    };
    let kind = kind(node);
    let lists = match kind {
        "object" => {
            let properties = node.get("properties").and_then(Node::members).unwrap_or_default();
            [sorted(properties.iter().map(|member| member.key.clone()).collect()), listed("required")]
        }
        "enum" => [listed("enum"), (0, Vec::new())],
        "const" => [(0, node.get("const").map(facets::plain).into_iter().collect()), (0, Vec::new())],
        _ => [(0, Vec::new()), (0, Vec::new())],
    };
    (kind, [text("title"), text("description")], node.get("default").map(compact), lists)
}

/// The kind of a schema as Confluent's tree has it; kinds sort by their names.
fn kind(node: &Node) -> &'static str {
    let has = |keyword: &str| node.get(keyword).is_some();
    let combines = ["allOf", "anyOf", "oneOf"].into_iter().any(has);
    match &node.value {
        Value::Bool(true) => return "true",
        Value::Bool(false) => return "false",
        _ if has("$ref") => return "reference",
        _ if has("enum") => return "enum",
        _ if has("const") => return "const",
        _ if combines => return "combined",
        _ => {}
    }
    let words = types::words(node).unwrap_or_default();
    match words.as_slice() {
        ["array"] => "array",
        ["boolean"] => "boolean",
        ["null"] => "null",
        ["number" | "integer"] => "number",
        ["object"] => "object",
        ["string"] => "string",
        [_, _, ..] => "combined",
        _ if has("not") => "not",
        _ if has("if") => "conditional",
        _ if has("properties") || has("required") || has("additionalProperties") => "object",
        _ if has("items") => "array",
        _ if has("pattern") || has("minLength") || has("maxLength") => "string",
        _ if has("minimum") || has("maximum") || has("multipleOf") => "number",
        _ => "empty",
    }
}
