//! Are the messages of Protobuf's own options what everybody takes them for? A file may bring its own ones; the linker reads
//! what they hold as those that it knows, and would not survive a text where these have a number.

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

const PACKAGE: &str = "google.protobuf";
/// What options may say of the language itself.
const FEATURES: &str = "FeatureSet";
/// What options are before they are read. It is taken out of each.
const UNINTERPRETED: u32 = 999;

/// Checks a file that is not linked yet.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), String> {
    check_within(file, file.package(), &file.message_type)
}

fn check_within(file: &FileDescriptorProto, scope: &str, messages: &[DescriptorProto]) -> Result<(), String> {
    for message in messages {
        let name = if scope.is_empty() { message.name().to_owned() } else { format!("{scope}.{}", message.name()) };
        if scope == PACKAGE && (message.name().ends_with("Options") || message.name() == FEATURES) {
            check_message(file, &name, message)?;
        } else if PACKAGE.starts_with(&name) {
            // A message may be called as the package is.
            check_within(file, &name, &message.nested_type)?;
        }
    }
    Ok(())
}

/// Checks a message and all that stand in it.
fn check_message(file: &FileDescriptorProto, name: &str, message: &DescriptorProto) -> Result<(), String> {
    let Some(known) = DescriptorPool::global().get_message_by_name(name) else { return Ok(()) };
    for field in &message.field {
        let number = u32::try_from(field.number()).unwrap_or(0);
        let known = known.get_field(number).filter(|_| number != UNINTERPRETED);
        if let Some(known) = known.filter(|known| !is_same(file, field, known, (name, message))) {
            return Err(format!(
                "the field '{}' of '{name}' is not that of Protobuf: number {number} is {} {:?}",
                field.name(),
                if known.is_list() { "repeated" } else { "optional" },
                known.kind()
            ));
        }
    }
    message.nested_type.iter().try_for_each(|inner| check_message(file, &format!("{name}.{}", inner.name()), inner))
}

fn is_same(
    file: &FileDescriptorProto,
    field: &FieldDescriptorProto,
    known: &FieldDescriptor,
    (name, message): (&str, &DescriptorProto),
) -> bool {
    if (field.label() == Label::Repeated) != known.is_list() {
        return false;
    }
    let (kind, full) = match known.kind() {
        Kind::Enum(known) => (Type::Enum, known.full_name().to_owned()),
        Kind::Message(known) => (Type::Message, known.full_name().to_owned()),
        known => return scalar(&known).is_some_and(|kind| field.r#type == Some(kind as i32)),
    };
    let written = field.type_name();
    let is_meant = written.strip_prefix('.').map_or_else(|| full.ends_with(&format!(".{written}")), |it| it == full);
    match field.r#type {
        Some(told) => is_meant && told == kind as i32,
        // A text does not say what a name is: it is what is declared by it, as far as nothing nearer goes by the name.
        None => {
            let first = written.trim_start_matches('.').split('.').next().unwrap_or_default();
            let inner = [
                message.enum_type.iter().any(|own| own.name() == first).then_some(Type::Enum),
                message.nested_type.iter().any(|own| own.name() == first).then_some(Type::Message),
            ];
            let is_own = full == format!("{name}.{first}");
            let is_hidden = inner.iter().flatten().any(|inner| !is_own || *inner != kind);
            is_meant && !is_hidden && declared(file, &full) == Some(kind)
        }
    }
}

fn scalar(kind: &Kind) -> Option<Type> {
    Some(match kind {
        Kind::Double => Type::Double,
        Kind::Float => Type::Float,
        Kind::Int32 => Type::Int32,
        Kind::Int64 => Type::Int64,
        Kind::Uint32 => Type::Uint32,
        Kind::Uint64 => Type::Uint64,
        Kind::Sint32 => Type::Sint32,
        Kind::Sint64 => Type::Sint64,
        Kind::Fixed32 => Type::Fixed32,
        Kind::Fixed64 => Type::Fixed64,
        Kind::Sfixed32 => Type::Sfixed32,
        Kind::Sfixed64 => Type::Sfixed64,
        Kind::Bool => Type::Bool,
        Kind::String => Type::String,
        Kind::Bytes => Type::Bytes,
        Kind::Message(_) | Kind::Enum(_) => return None,
    })
}

/// What a file declares under a full name.
fn declared(file: &FileDescriptorProto, full: &str) -> Option<Type> {
    let path = full.strip_prefix(file.package())?.trim_start_matches('.');
    let (mut messages, mut enums) = (&file.message_type, &file.enum_type);
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let message = messages.iter().find(|message| message.name() == step);
        if steps.peek().is_none() {
            let is_enum = enums.iter().any(|declared| declared.name() == step);
            return if is_enum { Some(Type::Enum) } else { message.map(|_| Type::Message) };
        }
        let message = message?;
        (messages, enums) = (&message.nested_type, &message.enum_type);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_everybody_has_is_taken_and_one_with_another_type_is_not() {
        let known = DescriptorPool::global().get_file_by_name("google/protobuf/descriptor.proto").unwrap();
        let mut file = known.file_descriptor_proto().clone();
        assert_eq!(check(&file), Ok(()));
        let options = file.message_type.iter_mut().find(|it| it.name() == "ExtensionRangeOptions").unwrap();
        let inner = options.nested_type.iter_mut().find(|it| it.name() == "Declaration").unwrap();
        inner.field[0].r#type = Some(Type::String as i32);
        let told = check(&file).unwrap_err();
        assert!(told.contains("google.protobuf.ExtensionRangeOptions.Declaration"), "{told}");
    }
}
