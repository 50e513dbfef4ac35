//! How does a document become nodes? As Everit's loader reads it, which is what Confluent compares: each object is
//! split by what its keywords are about, and keywords without a `type` make a node of their type that demands nothing.
//!
//! Nodes are built from a list of what is still to do, not by recursion: references can chain as long as they like.

mod containers;

use std::collections::HashMap;

use super::super::values::canonical;
use super::{Child, Combined, Criterion, Entry, Id, Listed, Model, Shape, classes, members};
use crate::format::json::tree::{Draft, Role, Schema, Site, each_subschema};
use crate::json::{Node, Value};
use crate::violation::Side;

/// How many references may lead to references before that counts as leading nowhere.
const MAX_HOPS: usize = 400;

const ARRAYS: &[&str] = &["items", "additionalItems", "minItems", "maxItems", "uniqueItems"];
const LATER_ARRAYS: &[&str] = &["contains", "prefixItems", "unevaluatedItems"];
const OBJECTS: &[&str] =
    &["properties", "required", "minProperties", "maxProperties", "patternProperties", "additionalProperties"];
const LATER_OBJECTS: &[&str] = &["propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties"];
const NUMBERS: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const STRINGS: &[&str] = &["minLength", "maxLength", "pattern"];
const CONDITIONS: &[&str] = &["if", "then", "else"];

pub(super) fn model<'s>(reader: &'s Schema, writer: &'s Schema) -> Model<'s> {
    let mut build =
        Build { reader, writer, entries: Vec::new(), known: HashMap::new(), to_do: Vec::new(), owner: 0, parts: 0 };
    let reader = build.node(Side::Reader, reader.at_root());
    let writer = build.node(Side::Writer, writer.at_root());
    while let Some(id) = build.to_do.pop() {
        build.fill(id);
    }
    let (in_words, in_meaning) = classes::representatives(&build.entries);
    Model { schemas: [build.reader, build.writer], entries: build.entries, in_words, in_meaning, reader, writer }
}

/// One of the things that an object says.
enum Part<'s> {
    Says(Shape<'s>),
    /// What it refers to says it.
    Is(Id),
}

struct Build<'s> {
    reader: &'s Schema,
    writer: &'s Schema,
    entries: Vec<Entry<'s>>,
    /// By side, document and place in memory.
    known: HashMap<(Side, usize, usize), Id>,
    to_do: Vec<Id>,
    /// The node that is being filled, and how many parts it has so far.
    owner: Id,
    parts: usize,
}

impl<'s> Build<'s> {
    fn schema(&self, side: Side) -> &'s Schema {
        match side {
            Side::Reader => self.reader,
            Side::Writer => self.writer,
        }
    }

    /// The node for what stands at `site`, or for what that refers to.
    fn node(&mut self, side: Side, site: Site<'s>) -> Id {
        let (site, leads_somewhere) = resolved(self.schema(side), site);
        let key = (side, site.document, std::ptr::from_ref(site.node).addr());
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.push(side, site, None, Shape::Empty);
        self.known.insert(key, id);
        if leads_somewhere {
            self.to_do.push(id);
        }
        id
    }

    /// Adds a node: a whole one, or one of the parts of its `owner`.
    fn push(&mut self, side: Side, site: Site<'s>, owner: Option<Id>, shape: Shape<'s>) -> Id {
        let draft = self.schema(side).draft(site);
        let id = self.entries.len();
        let whole = owner.is_none();
        let place = if whole { 0 } else { self.parts };
        self.parts += usize::from(!whole);
        let owner = owner.unwrap_or(id);
        self.entries.push(Entry { side, site, draft, whole, shape, owner, place, children: Vec::new() });
        id
    }

    fn fill(&mut self, id: Id) {
        let Entry { side, site, draft, .. } = self.entries[id];
        self.owner = id;
        self.parts = 0;
        let mut parts = match &site.node.value {
            Value::Bool(false) => vec![Part::Says(Shape::False)],
            Value::Object(_) => self.parts(side, site, draft),
            _ => Vec::new(),
        };
        // Everit puts combinations first, which shows in paths.
        parts.sort_by_key(|part| !matches!(part, Part::Says(Shape::Combined(_))));
        let only = if parts.len() == 1 { parts.pop() } else { None };
        self.entries[id].shape = match only {
            Some(Part::Says(shape)) => shape,
            Some(Part::Is(target)) => Shape::Combined(Combined { criterion: Criterion::All, parts: vec![target] }),
            None if parts.is_empty() => Shape::Empty,
            None => {
                let parts = parts.into_iter().map(|part| match part {
                    Part::Says(shape) => self.push(side, site, Some(id), shape),
                    Part::Is(target) => target,
                });
                Shape::Combined(Combined { criterion: Criterion::All, parts: parts.collect() })
            }
        };
        self.entries[id].children = self.children(side, site, draft);
    }

    /// The schemas directly within, those that no shape speaks of included.
    fn children(&mut self, side: Side, site: Site<'s>, draft: Draft) -> Vec<Child<'s>> {
        let mut found = Vec::new();
        each_subschema(site.node, draft, &mut |role, step, node| {
            if role != Role::Definition {
                let held = site.node.get(step.keyword);
                let place = step.inner.unwrap_or_default();
                let named = held.and_then(Node::members).filter(|_| step.inner.is_some());
                let member = named.and_then(|members| members.get(usize::try_from(place).ok()?));
                found.push((step.keyword, member.map_or("", |member| member.key.as_str()), place, node));
            }
        });
        let mut children: Vec<_> = found
            .into_iter()
            .map(|(keyword, name, place, node)| Child { keyword, name, place, of: self.inner(side, site, node) })
            .collect();
        if let Some(target) = reference(site.node, draft).and_then(|target| self.schema(side).follow(site, target)) {
            children.push(Child { keyword: "$ref", name: "", place: 0, of: self.node(side, target) });
        }
        // A name decides before the place does: the order of properties does not count.
        children.sort_by_key(|child| (child.keyword, child.name, child.place));
        children
    }

    /// What the keywords of one object are about, each on its own.
    fn parts(&mut self, side: Side, site: Site<'s>, draft: Draft) -> Vec<Part<'s>> {
        let node = site.node;
        // Draft 3 wrote `"required": true` beside other types; it says nothing any more.
        let counts = |keyword: &str, value: &Node| keyword != "required" || value.list().is_some();
        let has = |keywords: &[&str]| {
            keywords.iter().any(|keyword| node.get(keyword).is_some_and(|value| counts(keyword, value)))
        };
        let mut parts = Vec::new();
        if let Some(target) = reference(node, draft).and_then(|target| self.schema(side).follow(site, target)) {
            parts.push(Part::Is(self.node(side, target)));
        }
        if let Some(values) = node.get("enum").and_then(Node::list) {
            parts.push(Part::Says(Shape::Enum(Listed { values, canonical: values.iter().map(canonical).collect() })));
        }
        for criterion in [Criterion::All, Criterion::Any, Criterion::One] {
            if let Some(subschemas) = node.get(criterion.keyword()).and_then(Node::list) {
                let inner = subschemas.iter().map(|subschema| self.inner(side, site, subschema)).collect();
                parts.push(Part::Says(Shape::Combined(Combined { criterion, parts: inner })));
            }
        }
        if let Some(refused) = node.get("not") {
            parts.push(Part::Says(Shape::Not(self.inner(side, site, refused))));
        }
        if let Some(value) = node.get("const").filter(|_| draft > Draft::Draft4) {
            parts.push(Part::Says(Shape::Const(value)));
        }
        let demanded = self.types(side, site, draft, &mut parts);
        let modern = draft >= Draft::Draft2019;
        let later =
            |keyword: &&str| draft > Draft::Draft4 && (modern || matches!(*keyword, "contains" | "propertyNames"));
        let has_later =
            |keywords: &[&str]| keywords.iter().any(|keyword| later(keyword) && node.get(keyword).is_some());
        if !demanded.contains(&"array") && (has(ARRAYS) || has_later(LATER_ARRAYS)) {
            parts.push(Part::Says(self.array(side, site, draft, false)));
        }
        let depends = !modern && has(&["dependencies"]);
        if !demanded.contains(&"object") && (has(OBJECTS) || has_later(LATER_OBJECTS) || depends) {
            parts.push(Part::Says(self.object(side, site, draft, false)));
        }
        if !demanded.contains(&"number") && has(NUMBERS) {
            parts.push(Part::Says(Shape::Number { demanded: false, integer: false }));
        }
        if !demanded.contains(&"string") && (has(STRINGS) || (!modern && has(&["format"]))) {
            parts.push(Part::Says(Shape::String { demanded: false }));
        }
        if draft >= Draft::Draft7 && has(CONDITIONS) {
            parts.push(Part::Says(Shape::Conditional));
        }
        parts
    }

    /// The part that `type` makes; the answer is whose keywords went into it.
    fn types(&mut self, side: Side, site: Site<'s>, draft: Draft, parts: &mut Vec<Part<'s>>) -> Vec<&'static str> {
        let Some(node) = site.node.get("type") else { return Vec::new() };
        let typed = |build: &mut Self, node: &Node| build.typed(side, site, draft, node.text().unwrap_or_default());
        let Some(list) = node.list() else {
            let Some((shape, family)) = typed(self, node) else { return Vec::new() };
            parts.push(Part::Says(shape));
            return vec![family];
        };
        let (mut shapes, mut families) = (Vec::new(), Vec::new());
        for node in list {
            let Some((shape, family)) = typed(self, node) else { continue };
            shapes.push(self.push(side, site, Some(self.owner), shape));
            families.push(family);
        }
        if !shapes.is_empty() {
            parts.push(Part::Says(Shape::Combined(Combined { criterion: Criterion::Any, parts: shapes })));
        }
        families
    }

    fn typed(&mut self, side: Side, site: Site<'s>, draft: Draft, word: &str) -> Option<(Shape<'s>, &'static str)> {
        Some(match word {
            "null" => (Shape::Null, "null"),
            "boolean" => (Shape::Boolean, "boolean"),
            "string" => (Shape::String { demanded: true }, "string"),
            "number" => (Shape::Number { demanded: true, integer: false }, "number"),
            "integer" => (Shape::Number { demanded: true, integer: true }, "number"),
            "array" => (self.array(side, site, draft, true), "array"),
            "object" => (self.object(side, site, draft, true), "object"),
            _ => return None,
        })
    }

    fn inner(&mut self, side: Side, outer: Site<'s>, node: &'s Node) -> Id {
        let site = self.schema(side).within(outer, node);
        self.node(side, site)
    }
}

/// What a reference leads to in the end, and whether there is an end.
fn resolved<'s>(schema: &'s Schema, mut site: Site<'s>) -> (Site<'s>, bool) {
    for _ in 0..MAX_HOPS {
        let draft = schema.draft(site);
        match reference(site.node, draft).filter(|_| is_alone(site.node, draft)) {
            None => return (site, true),
            Some(target) => match schema.follow(site, target) {
                Some(target) => site = target,
                None => return (site, false),
            },
        }
    }
    (site, false)
}

/// What an object refers to.
fn reference(node: &Node, draft: Draft) -> Option<&str> {
    let keywords: &[&str] = match draft {
        Draft::Draft2019 => &["$ref", "$recursiveRef"],
        Draft::Draft2020 => &["$ref", "$dynamicRef"],
        _ => &["$ref"],
    };
    keywords.iter().find_map(|keyword| node.get(keyword)).and_then(Node::text)
}

/// Whether the reference is all that an object says: always before 2019-09, where its neighbours don't count.
fn is_alone(node: &Node, draft: Draft) -> bool {
    let remarks = ["$ref", "$recursiveRef", "$dynamicRef", "$comment", "title", "description", "default", "examples"];
    let kept_aside = ["$defs", "definitions", "$schema", "$id", "$anchor", "$dynamicAnchor", "readOnly", "deprecated"];
    draft < Draft::Draft2019
        || members(Some(node))
            .iter()
            .all(|member| remarks.contains(&member.key.as_str()) || kept_aside.contains(&member.key.as_str()))
}
