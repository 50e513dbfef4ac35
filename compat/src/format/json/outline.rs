//! Which objects and properties does a JSON Schema have?
//!
//! The walk goes where values go: into properties, items and branches, through references, and ends where a reference
//! leads to something that it is already in. A schema that says little and means much (definitions that use each other)
//! is cut off at a number of elements and of bytes.

mod branches;
mod facets;
mod types;

pub(super) use branches::places;
pub(super) use facets::tags;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::tree::{Draft, Schema, Site, escaped, reference_of};
use crate::json::{Node, Value};
use crate::outline::{Element, ElementKind, Outline};
use crate::violation::{Place, Span};

/// How many elements an outline may have, and how much it may cost: about a byte of text or a step of the walk each.
const MAX_ELEMENTS: usize = 20_000;
const MAX_COST: usize = 32 * 1024 * 1024;
/// What a schema costs that the walk comes to, and each of its members.
const VISIT: usize = 64;
const MEMBER: usize = 8;

/// How deep values may nest, those counted that references lead to.
const MAX_DEPTH: usize = 64;

pub(super) fn outline(schema: &Schema) -> Outline {
    let root = schema.at_root();
    let definitions = definitions(schema);
    let mut walk = Walk { schema, definitions, elements: Vec::new(), cost: 0, open: vec![key(root)] };
    walk.value(
        root,
        &At {
            parent: None,
            owner: None,
            path: String::new(),
            place: String::new(),
            entity: Some(String::new()),
            inside: String::new(),
            depth: 0,
        },
    );
    Outline { elements: walk.elements }
}

/// One schema, by its document and the byte that it starts at.
type Key = (usize, usize);

fn key(site: Site<'_>) -> Key {
    (site.document, site.node.extent.start)
}

struct Walk<'s> {
    schema: &'s Schema,
    /// What Confluent's paths within the definitions of the text begin with.
    definitions: HashMap<Key, String>,
    elements: Vec<Element>,
    cost: usize,
    /// What references on the way here led to.
    open: Vec<Key>,
}

/// Where the walk is.
#[derive(Clone)]
struct At {
    /// The element that what comes belongs to.
    parent: Option<usize>,
    /// The schema that the parent has told everything about already.
    owner: Option<Key>,
    /// The path of the value in a payload.
    path: String,
    /// The path in the schema, references followed.
    place: String,
    /// What Confluent's path of the schema begins with, up to a dot; `None` where it has none.
    entity: Option<String>,
    /// How the value lies within its parent: `array.map.` …
    inside: String,
    depth: usize,
}

impl At {
    /// The same value, seen from a keyword further in.
    fn place(&self, step: &str) -> Self {
        Self { place: format!("{}/{step}", self.place), depth: self.depth + 1, ..self.clone() }
    }

    fn scope(&self, step: &str) -> Option<String> {
        self.entity.as_ref().map(|scope| format!("{scope}{step}"))
    }

    /// A part of the value.
    fn part(&self, path: &str, inside: &str) -> Self {
        let (path, inside) = (format!("{}{path}", self.path), format!("{}{inside}", self.inside));
        Self { path, inside, owner: None, ..self.clone() }
    }

    /// What belongs to an element that was just added.
    fn below(&self, parent: usize, owner: Site<'_>) -> Self {
        Self { parent: Some(parent), owner: Some(key(owner)), inside: String::new(), ..self.clone() }
    }
}

impl<'s> Walk<'s> {
    /// Everything that is said about a value.
    fn value(&mut self, site: Site<'s>, at: &At) {
        if at.depth > MAX_DEPTH || self.is_full() {
            return;
        }
        let size = site.node.members().unwrap_or_default().len();
        self.cost += VISIT + at.path.len() + at.place.len() + size * MEMBER;
        let draft = self.schema.draft(site);
        if draft > Draft::Draft7 || reference_of(site.node).is_none() {
            self.object(site, at);
            self.array(site, at);
            self.symbols(site, at);
            branches::each(self, site, at);
        }
        for (_, target) in targets(self.schema, site) {
            if self.open.contains(&key(target)) {
                continue;
            }
            self.open.push(key(target));
            let entity = self.definitions.get(&key(target)).cloned();
            self.value(target, &At { entity, depth: at.depth + 1, ..at.clone() });
            self.open.pop();
        }
    }

    fn object(&mut self, site: Site<'s>, at: &At) {
        let node = site.node;
        let says_something = node.members().unwrap_or_default().iter().any(|member| facets::is_of_objects(&member.key));
        let is_object = types::words(node).is_none_or(|words| words.contains(&"object"));
        if !is_object || !(says_something || at.parent.is_none() && types::is(node, "object")) {
            return;
        }
        let at = &At { entity: typed_scope(node, "object", at), ..at.clone() };
        let is_told = at.owner == Some(key(site));
        let title = node.get("title").and_then(Node::text);
        let record = self.add(Element {
            identity: format!("{}object", at.inside),
            path: at.path.clone(),
            type_name: types::of(self.schema, site, &self.open),
            entity: at.scope("object").unwrap_or_default(),
            facets: facets::of_object(node),
            doc: facets::doc(node).filter(|_| !is_told),
            tags: if is_told { Vec::new() } else { facets::tags(node) },
            ..self.element(at, ElementKind::Record, title.unwrap_or("object"), self.schema.span(site))
        });
        let Some(record) = record else { return };

        let below = At { entity: at.scope("object."), ..at.below(record, site) };
        let required: HashSet<&str> =
            node.get("required").and_then(Node::list).unwrap_or_default().iter().filter_map(Node::text).collect();
        self.cost += required.len() * MEMBER;
        for (name, property) in members(node, "properties") {
            let path = if at.path.is_empty() { name.to_owned() } else { format!("{}.{name}", at.path) };
            let entity = below.scope(name).unwrap_or_default();
            let here = At { path, ..below.place(&format!("properties/{}", escaped(name))) };
            let required = required.contains(name);
            self.field(self.schema.within(site, property), name, entity, Some(required), &here);
        }
        for (pattern, values) in members(node, "patternProperties") {
            let here = below.place(&format!("patternProperties/{}", escaped(pattern))).part("{}", "");
            self.field(self.schema.within(site, values), &format!("/{pattern}/"), String::new(), None, &here);
        }
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            if let Some(values) = node.get(keyword).filter(|values| values.members().is_some()) {
                let here = At { entity: None, ..below.place(keyword).part("{}", "map.") };
                self.value(self.schema.within(site, values), &here);
            }
        }
    }

    fn field(&mut self, site: Site<'s>, name: &str, entity: String, required: Option<bool>, at: &At) {
        let scope = Some(format!("{entity}.")).filter(|_| !entity.is_empty());
        let mut facets = facets::of_value(self.schema, site);
        facets.extend(required.map(|required| ("required".to_owned(), required.to_string())));
        let field = self.add(Element {
            path: at.path.clone(),
            entity,
            type_name: types::of(self.schema, site, &self.open),
            facets,
            doc: facets::doc_of(self.schema, site),
            tags: facets::tags_of(self.schema, site),
            ..self.element(at, ElementKind::Field, name, self.schema.name_span(site))
        });
        let Some(field) = field else { return };
        self.value(site, &At { entity: scope, ..at.below(field, site) });
    }

    fn array(&mut self, site: Site<'s>, at: &At) {
        let node = site.node;
        if types::words(node).is_some_and(|words| !words.contains(&"array")) {
            return;
        }
        let at = &At { entity: typed_scope(node, "array", at), ..at.clone() };
        let (tuple, rest) = if self.schema.draft(site) == Draft::Draft2020 {
            ("prefixItems", "items")
        } else {
            ("items", "additionalItems")
        };
        if let Some(items) = node.get("items").filter(|items| items.members().is_some()) {
            let here = At { entity: at.scope("array."), ..at.place("items").part("[]", "array.") };
            return self.value(self.schema.within(site, items), &here);
        }
        for (index, item) in node.get(tuple).and_then(Node::list).unwrap_or_default().iter().enumerate() {
            let (item, index) = (self.schema.within(site, item), index.to_string());
            let here = at.place(&format!("{tuple}/{index}")).part(&format!("[{index}]"), "");
            let added = self.add(Element {
                path: here.path.clone(),
                type_name: types::of(self.schema, item, &self.open),
                facets: facets::of_value(self.schema, item),
                doc: facets::doc_of(self.schema, item),
                tags: facets::tags_of(self.schema, item),
                ..self.element(&here, ElementKind::Item, &index, self.schema.span(item))
            });
            let Some(added) = added else { return };
            self.value(item, &At { entity: None, ..here.below(added, item) });
        }
        if let Some(items) = node.get(rest).filter(|items| items.members().is_some()) {
            let here = At { entity: None, ..at.place(rest).part("[]", "array.") };
            self.value(self.schema.within(site, items), &here);
        }
    }

    /// The values of an `enum` belong to the field that has it, or to a set of their own.
    fn symbols(&mut self, site: Site<'s>, at: &At) {
        let Some(values) = site.node.get("enum").and_then(Node::list) else { return };
        let at = &at.place("enum");
        let mut parent = at.parent.filter(|_| at.inside.is_empty());
        if parent.is_none() {
            parent = self.add(Element {
                identity: format!("{}enum", at.inside),
                path: at.path.clone(),
                type_name: "enum".to_owned(),
                ..self.element(at, ElementKind::Enum, "enum", self.schema.span(site))
            });
        }
        for (index, value) in values.iter().enumerate() {
            let here = At { parent, ..at.place(&index.to_string()) };
            let name = facets::plain(value);
            let span = self.schema.span(self.schema.within(site, value));
            if self.add(self.element(&here, ElementKind::Symbol, &name, span)).is_none() {
                return;
            }
        }
    }

    // === Elements ===

    /// An element with little more than a name.
    fn element(&self, at: &At, kind: ElementKind, name: &str, span: Option<Span>) -> Element {
        Element {
            parent: at.parent,
            kind,
            name: name.to_owned(),
            identity: name.to_owned(),
            aliases: Vec::new(),
            place: Place { path: at.place.clone(), span },
            entity: String::new(),
            path: String::new(),
            type_name: String::new(),
            facets: BTreeMap::new(),
            doc: None,
            tags: Vec::new(),
        }
    }

    /// Where the element is from now on; `None` when there is no more room.
    fn add(&mut self, element: Element) -> Option<usize> {
        if self.is_full() {
            return None;
        }
        let facets = element.facets.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        let names = [&element.name, &element.identity, &element.place.path, &element.entity, &element.path];
        let texts = names.into_iter().chain([&element.type_name]).chain(&element.doc).chain(&element.tags);
        self.cost += texts.map(String::len).sum::<usize>() + facets;
        self.elements.push(element);
        Some(self.elements.len() - 1)
    }

    fn is_full(&self) -> bool {
        self.elements.len() >= MAX_ELEMENTS || self.cost >= MAX_COST
    }
}

/// The references of a schema and where they lead.
fn targets<'s>(schema: &'s Schema, site: Site<'s>) -> Vec<(&'s str, Site<'s>)> {
    let draft = schema.draft(site);
    let keywords = [("$ref", Draft::Draft4), ("$recursiveRef", Draft::Draft2019), ("$dynamicRef", Draft::Draft2020)];
    let references = keywords.into_iter().filter(|(_, since)| draft >= *since);
    references
        .filter_map(|(keyword, _)| site.node.get(keyword)?.text())
        .filter_map(|reference| Some((reference, schema.follow(site, reference)?)))
        .collect()
}

/// Where Confluent sees the definitions at the root of the text, however references lead there.
fn definitions(schema: &Schema) -> HashMap<Key, String> {
    let root = schema.at_root();
    let within = |container: &'static str| {
        members(root.node, container).map(move |(name, node)| {
            let scope = format!("object.{container}.{name}.");
            (key(schema.within(root, node)), scope)
        })
    };
    within("definitions").chain(within("$defs")).collect()
}

fn typed_scope(node: &Node, word: &str, at: &At) -> Option<String> {
    at.scope(&typed_step(node, word)?)
}

/// Where several types are allowed, Confluent sees a choice of one schema per type, in the order of their names. Empty
/// where there is no choice, `None` where the choice leaves out this type.
pub(super) fn typed_step(node: &Node, word: &str) -> Option<String> {
    let mut words = types::words(node).unwrap_or_default();
    if words.len() < 2 {
        return Some(String::new());
    }
    words.iter_mut().filter(|word| **word == "integer").for_each(|word| *word = "number");
    words.sort_unstable();
    let index = words.iter().position(|other| *other == word)?;
    Some(format!("anyof.{index}."))
}

/// Whether a schema is about objects: by its type if it has one, else by what it says.
pub(super) fn is_of_objects(node: &Node) -> bool {
    let mut keywords = node.members().unwrap_or_default().iter().map(|member| member.key.as_str());
    types::words(node).map_or_else(|| keywords.any(facets::is_of_objects), |words| words.contains(&"object"))
}

/// The members of a keyword that maps names to schemas.
pub(super) fn members<'n>(node: &'n Node, keyword: &str) -> impl Iterator<Item = (&'n str, &'n Node)> {
    let members = node.get(keyword).and_then(Node::members).unwrap_or_default();
    members
        .iter()
        .map(|member| (member.key.as_str(), &member.value))
        .filter(|(_, value)| matches!(value.value, Value::Object(_) | Value::Bool(_)))
}

#[cfg(test)]
mod tests;
