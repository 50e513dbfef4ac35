//! Is what is spelt out as a map one? Whoever meets a message with the option `map_entry` takes its word for it, the
//! linker too, so that it has to be true before anything is linked.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

/// Checks a file that is not linked yet.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), String> {
    file.message_type.iter().try_for_each(check_message)
}

fn check_message(message: &DescriptorProto) -> Result<(), String> {
    if says_so(message) && !is_entry(message) {
        return Err(format!("the message '{}' has the option map_entry but is no entry of a map", message.name()));
    }
    message.nested_type.iter().try_for_each(check_message)
}

/// Whether it has the option, interpreted or as the text has it.
fn says_so(message: &DescriptorProto) -> bool {
    let Some(options) = &message.options else { return false };
    let is_map_entry = |part: &prost_types::uninterpreted_option::NamePart| part.name_part == "map_entry";
    options.map_entry.is_some()
        || options.uninterpreted_option.iter().any(|option| option.name.iter().any(is_map_entry))
}

fn is_entry(message: &DescriptorProto) -> bool {
    let [key, value] = message.field.as_slice() else { return false };
    let is_single = |field: &FieldDescriptorProto, number: i32, name: &str| {
        let is_optional = field.label.is_none() || field.label() == Label::Optional;
        field.number() == number && field.name() == name && is_optional && field.oneof_index.is_none()
    };
    let is_key = |kind: Type| {
        !matches!(kind, Type::Double | Type::Float | Type::Bytes | Type::Message | Type::Group | Type::Enum)
    };
    let has_key_type = key.r#type.is_some_and(|kind| Type::try_from(kind).is_ok_and(is_key));
    is_single(key, 1, "key") && has_key_type && is_single(value, 2, "value") && value.r#type != Some(Type::Group.into())
}

/// What is wrong with a linked message that uses an entry as something else.
pub(super) fn misused(message: &MessageDescriptor) -> Option<String> {
    let is_misused = |field: &FieldDescriptor| match field.kind() {
        Kind::Message(entry) => {
            entry.is_map_entry() && (!field.is_map() || entry.parent_message().as_ref() != Some(message))
        }
        _ => false,
    };
    let field = message.fields().find(is_misused)?;
    Some(format!("the field '{}' uses the entry of a map but is no map", field.full_name()))
}
