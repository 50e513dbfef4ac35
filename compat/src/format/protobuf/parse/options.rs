//! Are the messages of Protobuf's own options what everybody takes them for? A file may bring its own ones; the linker reads
//! what they hold as those that it knows, and would not survive a text where these have a number.

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

const PACKAGE: &str = "google.protobuf";
/// What options are before they are read. It is taken out of each.
const UNINTERPRETED: u32 = 999;

/// Checks a file that is not linked yet.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), String> {
    check_within(file.package(), &file.message_type)
}

fn check_within(scope: &str, messages: &[DescriptorProto]) -> Result<(), String> {
    for message in messages {
        let name = if scope.is_empty() { message.name().to_owned() } else { format!("{scope}.{}", message.name()) };
        if scope == PACKAGE && message.name().ends_with("Options") {
            check_message(&name, message)?;
        } else if PACKAGE.starts_with(&name) {
            // A message may be called as the package is.
            check_within(&name, &message.nested_type)?;
        }
    }
    Ok(())
}

fn check_message(name: &str, message: &DescriptorProto) -> Result<(), String> {
    let Some(known) = DescriptorPool::global().get_message_by_name(name) else { return Ok(()) };
    for field in &message.field {
        let number = u32::try_from(field.number()).unwrap_or(0);
        let known = known.get_field(number).filter(|_| number != UNINTERPRETED);
        if let Some(known) = known.filter(|known| !is_same(field, known, name, message)) {
            return Err(format!(
                "the field '{}' of '{name}' is not that of Protobuf: number {number} is {} {:?}",
                field.name(),
                if known.is_list() { "repeated" } else { "optional" },
                known.kind()
            ));
        }
    }
    Ok(())
}

fn is_same(field: &FieldDescriptorProto, known: &FieldDescriptor, name: &str, message: &DescriptorProto) -> bool {
    let kind = match known.kind() {
        Kind::Bool => Type::Bool,
        Kind::String => Type::String,
        // A text does not say what a name is. That of an enum of its own is one.
        Kind::Enum(known) => {
            let is_own = message.enum_type.iter().any(|own| own.name() == known.name());
            let is_meant =
                field.type_name() == known.name() || field.type_name() == format!(".{name}.{}", known.name());
            return is_own
                && is_meant
                && field.label() != Label::Repeated
                && field.r#type.is_none_or(|kind| kind == Type::Enum as i32);
        }
        _ => return false,
    };
    field.r#type == Some(kind as i32) && (field.label() == Label::Repeated) == known.is_list()
}
