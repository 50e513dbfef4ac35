//! What values do payloads of a Protobuf schema hold? Messages by their full names, fields by their numbers.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, Value};

use crate::model::{Field, Form, Model, Record, TypeId};

/// The types of a schema, and which of them each message is. They have the same numbers whether or not custom options are
/// left out of the file; tags are among these.
pub(super) fn model(file: &FileDescriptor) -> (Model, HashMap<String, TypeId>) {
    let mut maker = Maker::default();
    let mut level: Vec<MessageDescriptor> = file.messages().collect();
    while !level.is_empty() {
        let mut below = Vec::new();
        for message in level {
            below.extend(message.child_messages().filter(|child| !child.is_map_entry()));
            let id = maker.message(&message);
            maker.model.roots.push(id);
        }
        level = below;
    }
    while let Some((id, message)) = maker.waiting.pop() {
        let fields = message.fields().map(|field| maker.field(&field)).collect();
        let record = Form::Record(Record { fields, is_open: false, has_defaults: true });
        if let Some(of) = maker.model.types.get_mut(id as usize) {
            of.form = record;
        }
    }
    (maker.model, maker.known)
}

#[derive(Default)]
struct Maker {
    model: Model,
    known: HashMap<String, TypeId>,
    scalars: HashMap<&'static str, TypeId>,
    waiting: Vec<(TypeId, MessageDescriptor)>,
}

impl Maker {
    fn message(&mut self, message: &MessageDescriptor) -> TypeId {
        if let Some(known) = self.known.get(message.full_name()) {
            return *known;
        }
        let id = self.model.add(Form::Any, "RECORD");
        self.known.insert(message.full_name().to_owned(), id);
        let form = self.well_known(message);
        match form {
            Some(form) => {
                if let Some(of) = self.model.types.get_mut(id as usize) {
                    of.form = form;
                }
            }
            None => self.waiting.push((id, message.clone())),
        }
        id
    }

    /// Messages that are values of another kind in expressions.
    fn well_known(&mut self, message: &MessageDescriptor) -> Option<Form> {
        match message.full_name().strip_prefix("google.protobuf.")? {
            "Timestamp" => return Some(Form::Timestamp),
            "Duration" => return Some(Form::Duration),
            _ => {}
        }
        let is_wrapper = message.full_name().ends_with("Value") && message.fields().len() == 1;
        let value = message.get_field(1).filter(|field| is_wrapper && field.name() == "value" && !field.is_list())?;
        Some(Form::Wrapper(self.value(&value.kind())))
    }

    fn field(&mut self, field: &FieldDescriptor) -> Field {
        let kind = field.kind();
        let of = match &kind {
            Kind::Message(entry) if field.is_map() => {
                let part = |number| entry.get_field(number).map(|field: FieldDescriptor| field.kind());
                let keys = part(1).map_or(TypeId::MAX, |kind| self.value(&kind));
                let values = part(2).map_or(TypeId::MAX, |kind| self.value(&kind));
                self.model.add(Form::Map { keys, values }, "MAP")
            }
            _ => {
                let of = self.value(&kind);
                if field.is_list() { self.model.add(Form::List(of), "ARRAY") } else { of }
            }
        };
        Field {
            name: field.name().into(),
            of,
            tags: tags(&field.options()),
            full_name: field.full_name().into(),
            number: field.number(),
            has_presence: field.supports_presence(),
            oneof: field.field_descriptor_proto().oneof_index.and_then(|index| u32::try_from(index).ok()),
        }
    }

    fn value(&mut self, kind: &Kind) -> TypeId {
        let (form, word) = match kind {
            Kind::Message(message) => return self.message(message),
            Kind::Double => (Form::Float, "DOUBLE"),
            Kind::Float => (Form::Float, "FLOAT"),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => (Form::Int, "INT"),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => (Form::Int, "LONG"),
            Kind::Uint32 | Kind::Fixed32 => return self.unsigned("INT", "uint32"),
            Kind::Uint64 | Kind::Fixed64 => return self.unsigned("LONG", "uint64"),
            Kind::Bool => (Form::Boolean, "BOOLEAN"),
            Kind::String => (Form::Text, "STRING"),
            Kind::Bytes => (Form::Bytes, "BYTES"),
            Kind::Enum(_) => (Form::Numbered, "ENUM"),
        };
        let model = &mut self.model;
        *self.scalars.entry(word).or_insert_with(|| model.add(form, word))
    }

    fn unsigned(&mut self, word: &'static str, name: &'static str) -> TypeId {
        let model = &mut self.model;
        *self.scalars.entry(name).or_insert_with(|| model.add(Form::Unsigned, word))
    }
}

/// The tags in `confluent.field_meta`.
fn tags(options: &DynamicMessage) -> Vec<Box<str>> {
    let meta = options.extensions().find(|(option, _)| option.full_name() == "confluent.field_meta");
    let Some(meta) = meta.and_then(|(_, value)| value.as_message()) else { return Vec::new() };
    let tags = meta.get_field_by_name("tags");
    let tags = tags.as_deref().and_then(Value::as_list).unwrap_or_default();
    tags.iter().filter_map(Value::as_str).map(Box::from).collect()
}
