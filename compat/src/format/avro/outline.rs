//! Which types and fields does an Avro schema have?
//!
//! A named type is unfolded wherever it is used, because its fields have another path in the payload there. It is not
//! unfolded within itself, and once the list is long only where it is met for the first time.

use std::collections::{BTreeMap, HashSet};

use super::canonical;
use super::tree::{Enum, Field, Header, Order, Record, Schema, Shape, Type, TypeId, Use};
use crate::json::{Extent, Member, Node, Pointer};
use crate::outline::{Element, ElementKind, Outline};
use crate::tags::{self, tags_in};
use crate::violation::Place;

/// When the list is this long, a type that was met before is not unfolded again.
const MAX_REPEATED: usize = 20_000;

/// How deep a type that was met before is unfolded. Those met for the first time are held in bounds by the parser.
const MAX_DEPTH: usize = 200;

/// How many bytes all texts of an outline may have. Long names on long paths would multiply.
const MAX_TEXT: usize = 16 << 20;

pub(super) fn outline(schema: &Schema) -> Outline {
    let mut walk = Walk { schema, open: HashSet::new(), met: HashSet::new(), elements: Vec::new(), room: MAX_TEXT };
    walk.value(schema.root, Spot { parent: None, at: Pointer::Root, path: "", depth: 0 });
    Outline { elements: walk.elements }
}

struct Walk<'a> {
    schema: &'a Schema,
    /// The named types that the walk is inside.
    open: HashSet<TypeId>,
    met: HashSet<TypeId>,
    elements: Vec<Element>,
    /// How many more bytes of text there is room for.
    room: usize,
}

/// Where the walk is: in the list, in the schema, in the payload.
#[derive(Clone, Copy)]
struct Spot<'p> {
    parent: Option<usize>,
    at: Pointer<'p>,
    path: &'p str,
    depth: usize,
}

impl Walk<'_> {
    fn value(&mut self, of: Use, spot: Spot<'_>) {
        let schema = self.schema;
        let deeper = Spot { depth: spot.depth + 1, ..spot };
        match schema.shape(of.id) {
            Shape::Primitive(_) | Shape::Pending => {}
            Shape::Array(items) => {
                self.value(*items, Spot { at: spot.at.key("items"), path: &format!("{}[]", spot.path), ..deeper });
            }
            Shape::Map(values) => {
                self.value(*values, Spot { at: spot.at.key("values"), path: &format!("{}{{}}", spot.path), ..deeper });
            }
            Shape::Union(branches) => self.branches(branches, deeper),
            Shape::Record(_) | Shape::Enum(_) | Shape::Fixed(_) => self.named(of.id, deeper),
        }
    }

    /// A union of null and one other type is an optional value, and no more is said of it.
    fn branches(&mut self, branches: &[Use], spot: Spot<'_>) {
        let is_optional = branches.len() == 2 && branches.iter().any(|branch| is_null(self.schema, *branch));
        for (index, branch) in branches.iter().enumerate() {
            let spot = Spot { at: spot.at.index(index), ..spot };
            if is_optional {
                self.value(*branch, spot);
                continue;
            }
            let identity = branch_identity(self.schema, branches, *branch);
            let mut element = self.element(ElementKind::Branch, &identity, spot, branch.extent);
            element.type_name = type_name(self.schema, *branch);
            element.name.clone_from(&element.type_name);
            self.type_facets(*branch, &mut element);
            let Some(parent) = self.push(element) else { return };
            self.value(*branch, Spot { parent: Some(parent), ..spot });
        }
    }

    fn named(&mut self, id: TypeId, spot: Spot<'_>) {
        let is_new = self.met.insert(id);
        let has_room = self.elements.len() < MAX_REPEATED && spot.depth < MAX_DEPTH;
        if !(is_new || has_room) || !self.open.insert(id) {
            return;
        }
        let of = self.schema.get(id);
        match &of.shape {
            Shape::Record(record) => self.record(record, of, spot),
            Shape::Enum(symbols) => self.enumeration(symbols, of, spot),
            Shape::Fixed(fixed) => {
                let mut element = self.headed(ElementKind::Fixed, &fixed.header, of, spot);
                element.facets.insert("size".to_owned(), fixed.size.to_string());
                self.push(element);
            }
            _ => {}
        }
        self.open.remove(&id);
    }

    fn record(&mut self, record: &Record, of: &Type, spot: Spot<'_>) {
        let mut element = self.headed(ElementKind::Record, &record.header, of, spot);
        element.entity = record.header.name.full().to_owned();
        let Some(parent) = self.push(element) else { return };
        let fields_at = spot.at.key("fields");
        for (index, field) in record.fields.iter().enumerate() {
            let separator = if spot.path.is_empty() { "" } else { "." };
            let path = format!("{}{separator}{}", spot.path, field.name);
            let spot = Spot { parent: Some(parent), at: fields_at.index(index), path: &path, depth: spot.depth };
            let entity = format!("{}.{}", record.header.name.full(), field.name);
            let element = Element { entity, ..self.field(field, spot) };
            let Some(parent) = self.push(element) else { return };
            self.value(field.of, Spot { parent: Some(parent), at: spot.at.key("type"), ..spot });
        }
    }

    fn field(&self, field: &Field, spot: Spot<'_>) -> Element {
        let mut element = self.element(ElementKind::Field, &field.name, spot, field.name_extent);
        element.aliases.clone_from(&field.aliases);
        element.type_name = type_name(self.schema, field.of);
        element.doc.clone_from(&field.doc);
        element.tags = tags_in(&field.props);
        element.facets = facets(&field.props);
        self.type_facets(field.of, &mut element);
        if let Some(default) = &field.default {
            element.facets.insert("default".to_owned(), json(default));
        }
        if field.order != Order::Ascending {
            element.facets.insert("order".to_owned(), field.order.word().to_owned());
        }
        element
    }

    fn enumeration(&mut self, symbols: &Enum, of: &Type, spot: Spot<'_>) {
        let mut element = self.headed(ElementKind::Enum, &symbols.header, of, spot);
        if let Some(default) = &symbols.default {
            element.facets.insert("default".to_owned(), default.clone());
        }
        let Some(parent) = self.push(element) else { return };
        let symbols_at = spot.at.key("symbols");
        for (index, symbol) in symbols.symbols.iter().enumerate() {
            let spot = Spot { parent: Some(parent), at: symbols_at.index(index), path: "", depth: spot.depth };
            let extent = symbols.symbol_extents.get(index).copied();
            let element = self.element(ElementKind::Symbol, symbol, spot, extent);
            if self.push(element).is_none() {
                return;
            }
        }
    }

    // === Elements ===

    fn element(&self, kind: ElementKind, name: &str, spot: Spot<'_>, extent: Option<Extent>) -> Element {
        let span = extent.map(|extent| self.schema.source.span(extent));
        Element {
            parent: spot.parent,
            kind,
            name: name.to_owned(),
            identity: name.to_owned(),
            aliases: Vec::new(),
            place: Place { path: spot.at.to_string(), span },
            entity: String::new(),
            path: spot.path.to_owned(),
            type_name: String::new(),
            facets: BTreeMap::new(),
            doc: None,
            tags: Vec::new(),
        }
    }

    /// A named type. It is called by its full name, and is the same as another by the name without the namespace.
    fn headed(&self, kind: ElementKind, header: &Header, of: &Type, spot: Spot<'_>) -> Element {
        let mut element = self.element(kind, header.name.full(), spot, header.name_extent);
        element.identity = header.name.simple().to_owned();
        element.type_name = of.shape.word().to_owned();
        element.aliases = header.aliases.iter().map(|alias| alias.full().to_owned()).collect();
        element.doc.clone_from(&header.doc);
        element.tags = tags_in(&of.props);
        element.facets = facets(&of.props);
        element
    }

    /// What a type without an element of its own says, such as `logicalType`. It counts more than what stands beside it
    /// in the field, where Avro does not look.
    fn type_facets(&self, of: Use, element: &mut Element) {
        let mut inner = of;
        loop {
            let of = self.schema.get(inner.id);
            if !matches!(of.shape, Shape::Record(_) | Shape::Enum(_)) {
                element.facets.extend(facets(&of.props));
            }
            inner = match &of.shape {
                Shape::Array(of) | Shape::Map(of) => *of,
                Shape::Union(branches) => match branches.as_slice() {
                    [null, of] | [of, null] if is_null(self.schema, *null) => *of,
                    _ => return,
                },
                _ => return,
            };
        }
    }

    /// Where the element now stands; `None` when there is no room left.
    fn push(&mut self, element: Element) -> Option<usize> {
        self.room = self.room.saturating_sub(size(&element));
        if self.room == 0 {
            return None;
        }
        self.elements.push(element);
        Some(self.elements.len() - 1)
    }
}

fn is_null(schema: &Schema, of: Use) -> bool {
    schema.shape(of.id).word() == "null"
}

/// A type in a few words: `string`, `array<Line>`, `null | long`.
fn type_name(schema: &Schema, of: Use) -> String {
    let shape = schema.shape(of.id);
    match shape {
        Shape::Array(inner) | Shape::Map(inner) => format!("{}<{}>", shape.word(), type_name(schema, *inner)),
        Shape::Union(branches) => {
            branches.iter().map(|branch| type_name(schema, *branch)).collect::<Vec<_>>().join(" | ")
        }
        _ => shape.header().map_or(shape.word(), |header| header.name.simple()).to_owned(),
    }
}

/// What tells a branch from the others: its name without the namespace, unless two have the same.
fn branch_identity(schema: &Schema, branches: &[Use], branch: Use) -> String {
    let shape = schema.shape(branch.id);
    let Some(header) = shape.header() else { return shape.word().to_owned() };
    let simple = |branch: &&Use| {
        schema.shape(branch.id).header().is_some_and(|other| other.name.simple() == header.name.simple())
    };
    if branches.iter().filter(simple).count() > 1 { header.name.full() } else { header.name.simple() }.to_owned()
}

/// Members that Avro does not know, or knows as a logical type. Texts stand without their quotes.
fn facets(props: &[Member]) -> BTreeMap<String, String> {
    let others = props.iter().filter(|prop| prop.key != tags::MEMBER);
    others.map(|prop| (prop.key.clone(), prop.value.text().map_or_else(|| json(&prop.value), str::to_owned))).collect()
}

fn json(node: &Node) -> String {
    let mut text = String::new();
    canonical::json(node, false, &mut text);
    text
}

/// The bytes of all texts of an element.
fn size(element: &Element) -> usize {
    let Element { name, identity, aliases, place, entity, path, type_name, facets, doc, tags, .. } = element;
    let single = [name, identity, &place.path, entity, path, type_name].into_iter();
    let several = aliases.iter().chain(tags).chain(doc).chain(facets.iter().flat_map(|(key, value)| [key, value]));
    single.chain(several).map(String::len).sum()
}

#[cfg(test)]
mod tests;
