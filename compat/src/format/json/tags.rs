//! How do objects and properties of a JSON Schema get and lose tags? They are a member of the subschema.
//!
//! Paths are walked as Confluent does, where schemas stand and not where references lead: a definition has a path of its
//! own, and what stands in another document has none.

use std::collections::HashMap;

use super::canonical::compact;
use super::outline::{is_of_objects, members, places, typed_step};
use super::tree::{Draft, Schema, Site, reference_of};
use crate::json::{Member, Node, Value};
use crate::outline::ElementKind;
use crate::tags::{Change, Edits, Scope, Tagged, retag, tags_in};

pub(super) fn with_tags(schema: &Schema, edits: &Edits<'_>) -> String {
    let mut tagger = Tagger { schema, changes: HashMap::new() };
    tagger.seek(schema.at_root(), edits.scope(), true);
    compact(&tagger.changed(&schema.root))
}

pub(super) fn with_tags_of(schema: &Schema, earlier: &Schema) -> String {
    let mut tagger = Tagger { schema, changes: HashMap::new() };
    tagger.copy(schema.at_root(), earlier, earlier.at_root(), true);
    compact(&tagger.changed(&schema.root))
}

/// What has tags in the definitions of the text, whether or not anything refers to them.
pub(super) fn in_definitions(schema: &Schema) -> Vec<Tagged> {
    fn collect(schema: &Schema, site: Site<'_>, path: &str, found: &mut Vec<Tagged>) {
        let mut note = |site: Site<'_>, entity: String, kind| {
            let tags = tags_in(site.node.members().unwrap_or_default());
            if !tags.is_empty() {
                found.push(Tagged { entity, kind, tags });
            }
        };
        if let Some(step) = record_step(site.node) {
            note(site, format!("{path}.{step}"), ElementKind::Record);
        }
        let inner = inner(schema, site, false);
        for Inner { step, site, .. } in inner.iter().filter(|inner| inner.is_property) {
            note(*site, format!("{path}.{step}"), ElementKind::Field);
        }
        for Inner { step, site, .. } in inner {
            collect(schema, site, &format!("{path}.{step}"), found);
        }
    }
    let mut found = Vec::new();
    let root = schema.at_root();
    for container in ["definitions", "$defs"] {
        for (name, node) in members(root.node, container) {
            collect(schema, schema.within(root, node), &format!("object.{container}.{name}"), &mut found);
        }
    }
    found
}

/// A schema directly within another.
struct Inner<'s> {
    /// What Confluent's path goes on with: `object.email`, `array`, `oneof.0` …
    step: String,
    is_property: bool,
    site: Site<'s>,
}

struct Tagger<'s> {
    schema: &'s Schema,
    /// What happens to which object of the document, by the byte that it starts at.
    changes: HashMap<usize, Vec<Change>>,
}

impl<'s> Tagger<'s> {
    /// Finds the parts that edits are about.
    fn seek(&mut self, site: Site<'s>, scope: Scope<'_>, is_root: bool) {
        if let Some(step) = record_step(site.node) {
            self.note(site.node, scope.within(&step), ElementKind::Record);
        }
        for Inner { step, is_property, site } in inner(self.schema, site, is_root) {
            let scope = scope.within(&step);
            if scope.is_empty() {
                continue;
            }
            if is_property {
                self.note(site.node, scope, ElementKind::Field);
            }
            self.seek(site, scope, false);
        }
    }

    /// A schema that is just `true` or `false` has no room for tags.
    fn note(&mut self, node: &Node, scope: Scope<'_>, kind: ElementKind) {
        if node.members().is_some()
            && let Some(change) = scope.change(kind)
        {
            self.changes.entry(node.extent.start).or_default().push(change.clone());
        }
    }

    /// Finds the parts that stand at the same place in both schemas.
    fn copy(&mut self, site: Site<'s>, earlier: &Schema, before: Site<'_>, is_root: bool) {
        let tags = tags_in(before.node.members().unwrap_or_default());
        if !tags.is_empty() {
            self.changes.entry(site.node.extent.start).or_default().push(Change { add: tags, remove: Vec::new() });
        }
        let before: HashMap<String, Site<'_>> =
            inner(earlier, before, is_root).into_iter().map(|inner| (inner.step, inner.site)).collect();
        for Inner { step, site, .. } in inner(self.schema, site, is_root) {
            if let Some(before) = before.get(&step) {
                self.copy(site, earlier, *before, false);
            }
        }
    }

    /// The document as it is after all changes.
    fn changed(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|item| self.changed(item)).collect()),
            Value::Object(members) => {
                let changed = |Member { key, value }: &Member| Member { key: key.clone(), value: self.changed(value) };
                let mut members = members.iter().map(changed).collect();
                for change in self.changes.get(&node.extent.start).into_iter().flatten() {
                    retag(&mut members, change);
                }
                Value::Object(members)
            }
            other => other.clone(),
        };
        Node { value, extent: node.extent }
    }
}

/// Where the tags of a schema stand as an object, if it is about objects.
fn record_step(node: &Node) -> Option<String> {
    if !is_of_objects(node) {
        return None;
    }
    Some(format!("{}object", typed_step(node, "object")?))
}

fn inner<'s>(schema: &'s Schema, site: Site<'s>, is_root: bool) -> Vec<Inner<'s>> {
    let node = site.node;
    let mut found = Vec::new();
    let mut add = |step: String, is_property, node| {
        found.push(Inner { step, is_property, site: schema.within(site, node) });
    };
    for container in ["definitions", "$defs"].into_iter().filter(|_| is_root) {
        members(node, container).for_each(|(name, node)| add(format!("object.{container}.{name}"), false, node));
    }
    // Beside a reference nothing counts in the old dialects.
    if schema.draft(site) <= Draft::Draft7 && reference_of(node).is_some() {
        return found;
    }
    if let Some(step) = typed_step(node, "object").filter(|_| is_of_objects(node)) {
        members(node, "properties").for_each(|(name, node)| add(format!("{step}object.{name}"), true, node));
    }
    if let Some(step) = typed_step(node, "array")
        && let Some(items) = node.get("items").filter(|items| items.members().is_some())
    {
        add(format!("{step}array"), false, items);
    }
    for (keyword, word) in [("oneOf", "oneof"), ("anyOf", "anyof"), ("allOf", "allof")] {
        let branches = node.get(keyword).and_then(Node::list).unwrap_or_default();
        for (branch, place) in branches.iter().zip(places(branches)) {
            add(format!("{word}.{place}"), false, branch);
        }
    }
    for (keyword, step) in
        [("if", "conditional.if"), ("then", "conditional.then"), ("else", "conditional.else"), ("not", "not")]
    {
        if let Some(node) = node.get(keyword) {
            add(step.to_owned(), false, node);
        }
    }
    found
}

#[cfg(test)]
mod tests;
