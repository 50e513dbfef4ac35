//! How is a descriptor said as text? For schemas that come compiled: names in full, options as the extensions that are
//! known tell them, maps as the messages that they are.

use prost_reflect::{
    DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, FileDescriptor, Kind, MapKey,
    MessageDescriptor, ServiceDescriptor, Syntax, Value as Dynamic,
};
use prost_types::FieldDescriptorProto;
use prost_types::field_descriptor_proto::{Label as WireLabel, Type as WireType};

use super::lex::unescaped;
use super::{
    Constant, Enum, Extend, Extensions, Field, File, Group, Import, ImportKind, Label, MAX_FIELD, Message, Method,
    Oneof, Part, Range, Reserved, Service, Setting, Streamed, Type, Value,
};

/// Says a linked file as text would.
///
/// # Errors
/// A name that no text can have.
pub(in super::super) fn described(file: &FileDescriptor) -> Result<File, String> {
    let written = file.file_descriptor_proto();
    let is_proto3 = file.syntax() == Syntax::Proto3;
    let kind_of = |index: usize| {
        let is_in = |indexes: &[i32]| indexes.iter().any(|known| usize::try_from(*known) == Ok(index));
        match (is_in(&written.public_dependency), is_in(&written.weak_dependency)) {
            (true, _) => ImportKind::Public,
            (_, true) => ImportKind::Weak,
            _ => ImportKind::Plain,
        }
    };
    let imports = written.dependency.iter().enumerate();
    let package = match file.package_name() {
        "" => None,
        package => Some(package.split('.').map(name).collect::<Result<Vec<_>, _>>()?.join(".")),
    };
    Ok(File {
        syntax: is_proto3.then(|| "proto3".to_owned()),
        package,
        imports: imports.map(|(index, name)| Import { kind: kind_of(index), name: name.clone() }).collect(),
        options: settings(&file.options()),
        messages: file.messages().map(|found| message(&found, is_proto3)).collect::<Result<_, _>>()?,
        enums: file.enums().map(|found| enumeration(&found)).collect::<Result<_, _>>()?,
        extends: extends(file.extensions(), file.messages(), is_proto3)?,
        services: file.services().map(|found| service(&found)).collect::<Result<_, _>>()?,
    })
}

/// A name that text can have.
fn name(name: &str) -> Result<String, String> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !name.is_empty() && name.chars().all(is_letter) && !name.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(name.to_owned());
    }
    Err(format!("the descriptor has a name that no text can have: '{}'", name.escape_debug()))
}

fn message(linked: &MessageDescriptor, is_proto3: bool) -> Result<Message, String> {
    let written = linked.descriptor_proto();
    let mut said = Message { name: name(linked.name())?, options: settings(&linked.options()), ..Message::default() };
    for oneof in linked.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        said.oneofs.push(Oneof { name: name(oneof.name())?, options: settings(&oneof.options()), ..Oneof::default() });
    }
    let mut bodies = Vec::new();
    // In the order of the descriptor; the linked message sorts by number.
    for field in written.field.iter().filter_map(|field| linked.get_field_by_name(field.name())) {
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        let oneof = oneof.and_then(|oneof| said.oneofs.iter_mut().find(|known| known.name == oneof.name()));
        let is_in_oneof = oneof.is_some();
        let (fields, groups) = match oneof {
            Some(oneof) => (&mut oneof.fields, &mut oneof.groups),
            None => (&mut said.fields, &mut said.groups),
        };
        match body(&field.kind(), field.is_group(), linked.child_messages()) {
            Some(found) => {
                bodies.push(found.full_name().to_owned());
                groups.push(Group {
                    label: label(field.field_descriptor_proto(), is_proto3 || is_in_oneof),
                    number: i64::from(field.number()),
                    options: settings(&field.options()),
                    body: message(&found, is_proto3)?,
                });
            }
            None => fields.push(self::field(Linked::Field(&field), is_proto3 || is_in_oneof)?),
        }
    }
    said.extends = extends(linked.child_extensions(), linked.child_messages(), is_proto3)?;
    bodies.extend(
        said.extends
            .iter()
            .flat_map(|extend| &extend.groups)
            .map(|group| format!("{}.{}", linked.full_name(), group.body.name)),
    );
    for child in linked.child_messages().filter(|child| !bodies.iter().any(|body| body == child.full_name())) {
        said.messages.push(message(&child, is_proto3)?);
    }
    said.enums = linked.child_enums().map(|found| enumeration(&found)).collect::<Result<_, _>>()?;
    let ranges = written.reserved_range.iter().map(|range| closed(range.start(), range.end()));
    let names = written.reserved_name.iter().map(|reserved| name(reserved).map(Range::Name));
    said.reserved =
        ranges.map(Ok).chain(names).map(|range| Ok(Reserved(vec![range?]))).collect::<Result<_, String>>()?;
    said.extensions = written
        .extension_range
        .iter()
        .map(|range| Extensions { ranges: vec![closed(range.start(), range.end())], options: Vec::new() })
        .collect();
    Ok(said)
}

/// A range whose end is the first number after it.
fn closed(start: i32, end: i32) -> Range {
    let (start, last) = (i64::from(start), i64::from(end).saturating_sub(1));
    if last >= MAX_FIELD { Range::Span(start, None) } else { Range::Span(start, Some(last)) }
}

/// The message that a group brings along.
fn body(
    kind: &Kind,
    is_group: bool,
    mut siblings: impl Iterator<Item = MessageDescriptor>,
) -> Option<MessageDescriptor> {
    let message = kind.as_message().filter(|_| is_group)?;
    siblings.find(|sibling| sibling == message)
}

fn label(written: &FieldDescriptorProto, is_implied: bool) -> Option<Label> {
    match written.label() {
        WireLabel::Repeated => Some(Label::Repeated),
        WireLabel::Required => Some(Label::Required),
        WireLabel::Optional if written.proto3_optional() => Some(Label::Optional),
        WireLabel::Optional => (!is_implied).then_some(Label::Optional),
    }
}

/// A field of a message, or one that extends a message elsewhere.
#[derive(Clone, Copy)]
enum Linked<'a> {
    Field(&'a FieldDescriptor),
    Extension(&'a ExtensionDescriptor),
}

fn field(linked: Linked<'_>, is_implied: bool) -> Result<Field, String> {
    let (written, kind, options) = match linked {
        Linked::Field(field) => (field.field_descriptor_proto(), field.kind(), field.options()),
        Linked::Extension(field) => (field.field_descriptor_proto(), field.kind(), field.options()),
    };
    let mut options = settings(&options);
    if let Some(default) = &written.default_value {
        options.push(Setting::plain("default", default_value(written.r#type(), default)));
    }
    if matches!(linked, Linked::Field(_)) && has_own_json_name(written) {
        options.push(Setting::plain("json_name", Value::Text(written.json_name().as_bytes().to_vec())));
    }
    let kind = match &kind {
        Kind::Message(message) => format!(".{}", message.full_name()),
        Kind::Enum(enumeration) => format!(".{}", enumeration.full_name()),
        scalar => format!("{scalar:?}"),
    };
    Ok(Field {
        label: label(written, is_implied),
        kind: Type::Named(kind),
        name: name(written.name())?,
        number: i64::from(written.number()),
        options,
    })
}

/// Descriptors hold defaults as words, those of bytes with their escapes.
fn default_value(kind: WireType, default: &str) -> Value {
    match kind {
        WireType::String => Value::Text(default.as_bytes().to_vec()),
        WireType::Bytes => Value::Text(unescaped(default.as_bytes())),
        WireType::Bool | WireType::Enum => Value::Word(default.to_owned()),
        _ => Value::Number(default.to_owned()),
    }
}

/// Whether the field has another JSON name than it would have without naming one.
pub(in super::super) fn has_own_json_name(field: &FieldDescriptorProto) -> bool {
    field.json_name.as_ref().is_some_and(|json_name| *json_name != camel_case(field.name()))
}

/// The JSON name that a field has when it names none.
fn camel_case(name: &str) -> String {
    let mut cased = String::with_capacity(name.len());
    let mut is_next_upper = false;
    for letter in name.chars() {
        match letter {
            '_' => is_next_upper = true,
            letter if std::mem::take(&mut is_next_upper) => cased.push(letter.to_ascii_uppercase()),
            letter => cased.push(letter),
        }
    }
    cased
}

/// Extensions of the same message that follow each other stand in one statement.
fn extends(
    extensions: impl Iterator<Item = ExtensionDescriptor>,
    siblings: impl Iterator<Item = MessageDescriptor>,
    is_proto3: bool,
) -> Result<Vec<Extend>, String> {
    let siblings: Vec<_> = siblings.collect();
    let mut extends: Vec<Extend> = Vec::new();
    for extension in extensions {
        let target = format!(".{}", extension.containing_message().full_name());
        if extends.last().is_none_or(|last| last.target != target) {
            extends.push(Extend { target, fields: Vec::new(), groups: Vec::new() });
        }
        let Some(last) = extends.last_mut() else { continue };
        match body(&extension.kind(), extension.is_group(), siblings.iter().cloned()) {
            Some(found) => last.groups.push(Group {
                label: label(extension.field_descriptor_proto(), is_proto3),
                number: i64::from(extension.number()),
                options: settings(&extension.options()),
                body: message(&found, is_proto3)?,
            }),
            None => last.fields.push(field(Linked::Extension(&extension), is_proto3)?),
        }
    }
    Ok(extends)
}

fn enumeration(linked: &EnumDescriptor) -> Result<Enum, String> {
    let written = linked.enum_descriptor_proto();
    let ranges = written.reserved_range.iter().map(|range| {
        let end = if range.end() == i32::MAX { None } else { Some(i64::from(range.end())) };
        Ok(Range::Span(i64::from(range.start()), end))
    });
    let names = written.reserved_name.iter().map(|reserved| name(reserved).map(Range::Name));
    // In the order of the descriptor; the linked enum sorts by number.
    let values = written.value.iter().filter_map(|value| linked.get_value_by_name(value.name()));
    let constants = values.map(|value| {
        let options = settings(&value.options());
        Ok(Constant { name: name(value.name())?, number: i64::from(value.number()), options })
    });
    Ok(Enum {
        name: name(linked.name())?,
        reserved: ranges.chain(names).map(|range| Ok(Reserved(vec![range?]))).collect::<Result<_, String>>()?,
        options: settings(&linked.options()),
        constants: constants.collect::<Result<_, String>>()?,
    })
}

fn service(linked: &ServiceDescriptor) -> Result<Service, String> {
    let methods = linked.methods().map(|method| {
        let streamed =
            |stream, message: MessageDescriptor| Streamed { stream, kind: format!(".{}", message.full_name()) };
        Ok(Method {
            name: name(method.name())?,
            input: streamed(method.is_client_streaming(), method.input()),
            output: streamed(method.is_server_streaming(), method.output()),
            options: settings(&method.options()),
        })
    });
    let methods = methods.collect::<Result<_, String>>()?;
    Ok(Service { name: name(linked.name())?, options: settings(&linked.options()), methods })
}

// === Options ===

/// Everything that is set, one statement for each; repeated ones have several.
pub(in super::super) fn settings(options: &DynamicMessage) -> Vec<Setting> {
    let plain = options.fields().flat_map(|(field, value)| {
        let part = Part { name: field.name().to_owned(), custom: false };
        said(part, value, &field.kind())
    });
    let custom = options.extensions().flat_map(|(field, value)| {
        let part = Part { name: field.full_name().to_owned(), custom: true };
        said(part, value, &field.kind())
    });
    plain.chain(custom).collect()
}

fn said(part: Part, value: &Dynamic, kind: &Kind) -> Vec<Setting> {
    let setting = |value| Setting { name: vec![part.clone()], value };
    match self::value(value, kind) {
        Value::List(items) => items.into_iter().map(setting).collect(),
        single => vec![setting(single)],
    }
}

fn value(value: &Dynamic, kind: &Kind) -> Value {
    match value {
        Dynamic::Bool(value) => Value::Word(value.to_string()),
        Dynamic::I32(value) => Value::Number(value.to_string()),
        Dynamic::I64(value) => Value::Number(value.to_string()),
        Dynamic::U32(value) => Value::Number(value.to_string()),
        Dynamic::U64(value) => Value::Number(value.to_string()),
        Dynamic::F32(value) => float(f64::from(*value), format!("{value:?}")),
        Dynamic::F64(value) => float(*value, format!("{value:?}")),
        Dynamic::String(value) => Value::Text(value.as_bytes().to_vec()),
        Dynamic::Bytes(value) => Value::Text(value.to_vec()),
        Dynamic::EnumNumber(number) => {
            let named = kind.as_enum().and_then(|kind| kind.get_value(*number));
            named.map_or_else(|| Value::Number(number.to_string()), |value| Value::Word(value.name().to_owned()))
        }
        Dynamic::Message(message) => Value::Map(members(message)),
        Dynamic::List(items) => Value::List(items.iter().map(|item| self::value(item, kind)).collect()),
        Dynamic::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| entry(key, value, kind)).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::List(entries.into_iter().map(|(_, entry)| entry).collect())
        }
    }
}

fn float(value: f64, word: String) -> Value {
    match (value.is_nan(), value.is_infinite(), value < 0.0) {
        (true, ..) => Value::Word("nan".to_owned()),
        (_, true, false) => Value::Word("inf".to_owned()),
        (_, true, true) => Value::Number("-inf".to_owned()),
        _ => Value::Number(word),
    }
}

fn members(message: &DynamicMessage) -> Vec<(String, Value)> {
    let fields = message.fields().map(|(field, value)| {
        let key = if field.is_group() { group_name(&field) } else { field.name().to_owned() };
        (key, self::value(value, &field.kind()))
    });
    let extensions = message
        .extensions()
        .map(|(field, value)| (format!("[{}]", field.full_name()), self::value(value, &field.kind())));
    fields.chain(extensions).collect()
}

/// Text format says a group by the name of its message.
fn group_name(field: &FieldDescriptor) -> String {
    field.kind().as_message().map_or_else(|| field.name().to_owned(), |message| message.name().to_owned())
}

/// One entry of a map as the message that it is, with what it is sorted by.
fn entry(key: &MapKey, value: &Dynamic, kind: &Kind) -> (String, Value) {
    let (sorted, said) = match key {
        MapKey::Bool(key) => (key.to_string(), Value::Word(key.to_string())),
        MapKey::I32(key) => (key.to_string(), Value::Number(key.to_string())),
        MapKey::I64(key) => (key.to_string(), Value::Number(key.to_string())),
        MapKey::U32(key) => (key.to_string(), Value::Number(key.to_string())),
        MapKey::U64(key) => (key.to_string(), Value::Number(key.to_string())),
        MapKey::String(key) => (key.clone(), Value::Text(key.as_bytes().to_vec())),
    };
    let kind = kind.as_message().map(|entry| entry.map_entry_value_field().kind());
    let value = kind.map_or(Value::Map(Vec::new()), |kind| self::value(value, &kind));
    (sorted, Value::Map(vec![("key".to_owned(), said), ("value".to_owned(), value)]))
}
