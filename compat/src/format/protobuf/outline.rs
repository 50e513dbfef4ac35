//! Which messages and fields does a Protobuf schema have?
//!
//! Identities are numbers where Protobuf has numbers. A field belongs to its message, also when it is in a oneof: what
//! it is in is said about it, so that moving it is a change and not another field.

mod says;

use std::collections::HashSet;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use self::says::Said;
use super::tree::Schema;
use crate::outline::{Element, ElementKind, Outline};
use crate::violation::Place;

/// The number that the name has in messages, oneofs, enums, values and fields of descriptors.
const NAME: i32 = 1;
/// The number that the package has in file descriptors.
const PACKAGE: i32 = 2;

pub(super) fn outline(schema: &Schema) -> Outline {
    let mut writer = Writer { schema, elements: Vec::new() };
    let file = schema.full();
    let mut root = element(ElementKind::File, file.package_name(), "package");
    root.place = Place { path: "/".into(), span: schema.span(&file, &[PACKAGE]) };
    let mut said = Said::of(&file.options());
    if let Some(syntax) = &schema.syntax.syntax {
        said.facets.insert("syntax".into(), syntax.clone());
    }
    said.tell(&mut root);
    writer.elements.push(root);
    let messages = file.messages().map(Part::Message);
    writer.parts(messages.chain(file.enums().map(Part::Enum)).collect(), 0, "", "");
    Outline { elements: writer.elements }
}

/// What a message, or the file, consists of.
enum Part {
    Field(FieldDescriptor),
    Oneof(OneofDescriptor),
    Message(MessageDescriptor),
    Enum(EnumDescriptor),
}

impl Part {
    /// The numbers that lead to it in the descriptor.
    fn path(&self) -> &[i32] {
        match self {
            Self::Field(field) => field.path(),
            Self::Oneof(oneof) => oneof.path(),
            Self::Message(message) => message.path(),
            Self::Enum(enumeration) => enumeration.path(),
        }
    }
}

struct Writer<'a> {
    schema: &'a Schema,
    elements: Vec<Element>,
}

fn element(kind: ElementKind, name: &str, identity: &str) -> Element {
    Element {
        parent: None,
        kind,
        name: name.to_owned(),
        identity: identity.to_owned(),
        aliases: Vec::new(),
        place: Place::default(),
        entity: String::new(),
        path: String::new(),
        type_name: String::new(),
        facets: Default::default(),
        doc: None,
        tags: Vec::new(),
    }
}

/// `outer.name`, or the name alone.
fn joined(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") }
}

impl Writer<'_> {
    /// Adds parts in the order of the text. `entity` and `place` are those of what they are in.
    fn parts(&mut self, mut parts: Vec<Part>, parent: usize, entity: &str, place: &str) {
        let schema = self.schema;
        parts.sort_by_cached_key(|part| schema.span(&schema.file, part.path()).map_or(usize::MAX, |span| span.start));
        for part in parts {
            match part {
                Part::Field(field) => self.field(&field, parent, entity, place),
                Part::Oneof(oneof) => self.oneof(&oneof, parent, place),
                Part::Message(message) => self.message(&message, parent, entity, place),
                Part::Enum(enumeration) => self.enumeration(&enumeration, parent, place),
            }
        }
    }

    /// Adds one element with what the text says about it, and returns where it is in the list.
    fn push(&mut self, mut element: Element, parent: usize, path: &[i32], place: String, said: Said) -> usize {
        let name: Vec<i32> = path.iter().copied().chain([NAME]).collect();
        element.parent = Some(parent);
        element.place = Place { path: place, span: self.schema.span(&self.schema.file, &name) };
        element.doc = self.schema.doc(path).and_then(says::comment);
        said.tell(&mut element);
        self.elements.push(element);
        self.elements.len().saturating_sub(1)
    }

    fn message(&mut self, message: &MessageDescriptor, parent: usize, entity: &str, place: &str) {
        let (entity, place) = (joined(entity, message.name()), format!("{place}/{}", message.name()));
        let mut record = element(ElementKind::Record, message.name(), message.name());
        record.entity.clone_from(&entity);
        let mut said = Said::of(&message.options());
        said.reserved(message);
        let index = self.push(record, parent, message.path(), place.clone(), said);
        let fields = message.fields().map(Part::Field);
        let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic()).map(Part::Oneof);
        let messages = message.child_messages().filter(|child| !child.is_map_entry()).map(Part::Message);
        let parts = fields.chain(oneofs).chain(messages).chain(message.child_enums().map(Part::Enum));
        self.parts(parts.collect(), index, &entity, &place);
    }

    fn field(&mut self, field: &FieldDescriptor, parent: usize, entity: &str, place: &str) {
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        let place = match &oneof {
            Some(oneof) => format!("{place}/{}/{}", oneof.name(), field.number()),
            None => format!("{place}/{}", field.number()),
        };
        let mut said = Said::of(&field.options());
        said.field(field);
        if let Some(oneof) = &oneof {
            said.facets.insert("oneof".into(), oneof.name().to_owned());
        }
        let mut element = element(ElementKind::Field, field.name(), &field.number().to_string());
        element.entity = joined(entity, field.name());
        element.path = match (field.is_map(), field.is_list()) {
            (true, _) => format!("{}{{}}", field.name()),
            (_, true) => format!("{}[]", field.name()),
            _ => field.name().to_owned(),
        };
        element.type_name = self.type_name(field);
        self.push(element, parent, field.path(), place, said);
    }

    /// The type in a few words; names of the own package are short.
    fn type_name(&self, field: &FieldDescriptor) -> String {
        let name = |kind: &Kind| {
            let full = match kind {
                Kind::Message(message) => message.full_name(),
                Kind::Enum(enumeration) => enumeration.full_name(),
                scalar => return format!("{scalar:?}"),
            };
            let package = self.schema.file.package_name();
            full.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')).unwrap_or(full).to_owned()
        };
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
                format!("map<{}, {}>", name(&key), name(&value))
            }
            kind if field.is_list() => format!("repeated {}", name(&kind)),
            kind => name(&kind),
        }
    }

    fn oneof(&mut self, oneof: &OneofDescriptor, parent: usize, place: &str) {
        let element = element(ElementKind::Oneof, oneof.name(), oneof.name());
        let place = format!("{place}/{}", oneof.name());
        self.push(element, parent, oneof.path(), place, Said::of(&oneof.options()));
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptor, parent: usize, place: &str) {
        let place = format!("{place}/{}", enumeration.name());
        let mut said = Said::of(&enumeration.options());
        said.enum_reserved(enumeration);
        let found = element(ElementKind::Enum, enumeration.name(), enumeration.name());
        let index = self.push(found, parent, enumeration.path(), place.clone(), said);
        let mut numbers = HashSet::new();
        let written = &enumeration.enum_descriptor_proto().value;
        for value in written.iter().filter_map(|value| enumeration.get_value_by_name(value.name())) {
            let number = value.number().to_string();
            // Another name for a number that has one already is known by that name.
            let identity = if numbers.insert(value.number()) { number.as_str() } else { value.name() };
            let symbol = element(ElementKind::Symbol, value.name(), identity);
            let mut said = Said::of(&value.options());
            said.facets.insert("number".into(), number.clone());
            self.push(symbol, index, value.path(), format!("{place}/{number}"), said);
        }
    }
}

#[cfg(test)]
mod tests;
