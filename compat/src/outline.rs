//! What does a schema consist of? Its types and fields as a flat list, the same for all formats.
//!
//! Search, lineage, tags and the structural diff read this list; only the format knows how it came about.

use std::collections::BTreeMap;

use crate::violation::Place;

/// The parts of a schema, parents before their children, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// The parts.
    pub elements: Vec<Element>,
}

/// What kind of part an [`Element`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementKind {
    /// A record, a message, an object: something with fields.
    Record,
    /// A field or property.
    Field,
    /// A set of symbols.
    Enum,
    /// One symbol.
    Symbol,
    /// A fixed.
    Fixed,
    /// A Protobuf oneof.
    Oneof,
    /// A branch of a union, of `oneOf`, `anyOf`, `allOf`.
    Branch,
    /// An element of a tuple.
    Item,
    /// What the whole schema declares, such as a package.
    File,
}

/// One part of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Where its parent is in the list.
    pub parent: Option<usize>,
    /// What it is.
    pub kind: ElementKind,
    /// Its name as people say it; for a branch or an item what it is (`string`, `Order`, `0`).
    pub name: String,
    /// What makes it the same part in another version, among its siblings of that kind: a field number in Protobuf, else
    /// the name.
    pub identity: String,
    /// Other names under which a reader finds it (Avro).
    pub aliases: Vec<String>,
    /// Its place as in findings, with the span of its name.
    pub place: Place,
    /// The path of Confluent's `schemaEntity` and of metadata tags (`shop.Order.email`, `object.email`); empty for parts
    /// that can't be tagged.
    pub entity: String,
    /// The path in a payload, as in flaws (`customer.email`, `lines[].price`); empty for parts that are no values.
    pub path: String,
    /// The type of a field in a few words: `string`, `array<Line>`, `int64`, `string | null`.
    pub type_name: String,
    /// Everything else that is said about it and matters to readers (`default`, `logicalType`, `required`, `maxLength` …),
    /// values as they stand in the text. Documentation is not among them.
    pub facets: BTreeMap<String, String>,
    /// Its documentation.
    pub doc: Option<String>,
    /// Tags that are embedded in the text (`confluent:tags`, `confluent.field_meta`).
    pub tags: Vec<String>,
}

impl ElementKind {
    /// The word for it in JSON and in sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Field => "field",
            Self::Enum => "enum",
            Self::Symbol => "symbol",
            Self::Fixed => "fixed",
            Self::Oneof => "oneof",
            Self::Branch => "branch",
            Self::Item => "item",
            Self::File => "file",
        }
    }
}

impl Outline {
    /// Everything that holds a value, for search, lineage and tags.
    pub fn fields(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(|element| element.kind == ElementKind::Field)
    }
}
