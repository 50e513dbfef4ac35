//! Which lists are packed? The linker asks before it interprets the options of a text, so this one is interpreted here.

use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption};

pub(super) fn interpret(file: &mut FileDescriptorProto) {
    file.extension.iter_mut().for_each(interpret_field);
    file.message_type.iter_mut().for_each(interpret_message);
}

fn interpret_message(message: &mut DescriptorProto) {
    message.field.iter_mut().for_each(interpret_field);
    message.extension.iter_mut().for_each(interpret_field);
    message.nested_type.iter_mut().for_each(interpret_message);
}

/// What is wrong with the option, or said twice, stays for the linker to tell.
fn interpret_field(field: &mut FieldDescriptorProto) {
    let Some(options) = &mut field.options else { return };
    let Some((index, packed)) =
        options.uninterpreted_option.iter().enumerate().find_map(|(index, option)| Some((index, packed(option)?)))
    else {
        return;
    };
    options.packed = Some(packed);
    options.uninterpreted_option.remove(index);
}

fn packed(option: &UninterpretedOption) -> Option<bool> {
    match (option.name.as_slice(), option.identifier_value.as_deref()) {
        ([part], Some("true")) if part.name_part == "packed" && !part.is_extension => Some(true),
        ([part], Some("false")) if part.name_part == "packed" && !part.is_extension => Some(false),
        _ => None,
    }
}
