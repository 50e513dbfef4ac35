//! Which extension does a key such as `[owner]` in the value of an option mean? The linker knows only full names there,
//! compilers look around; so a short name that can mean only one thing is said in full before linking.

use prost_reflect::DescriptorPool;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

use super::super::canonical;
use super::super::syntax::{self, Value};

/// Says the keys of all option values in a file in full. The pool has the files that it imports.
pub(super) fn complete(file: &mut FileDescriptorProto, pool: &DescriptorPool) {
    let declared = declared(file);
    let mut values = Vec::new();
    of_file(file, &mut values);
    values.retain(|value| value.contains('['));
    if values.is_empty() {
        return;
    }
    let imported = pool.all_extensions().map(|extension| extension.full_name().to_owned());
    let known: Vec<String> = imported.chain(declared).collect();
    for value in values {
        if let Some(completed) = completed(value, &known) {
            *value = completed;
        }
    }
}

/// The value with full keys; `None` if it has no others.
fn completed(value: &str, known: &[String]) -> Option<String> {
    let mut value = syntax::members(value)?;
    if !complete_value(&mut value, known) {
        return None;
    }
    let text = canonical::inline(&value);
    Some(text.strip_prefix('{')?.strip_suffix('}')?.to_owned())
}

/// Whether that changed anything.
fn complete_value(value: &mut Value, known: &[String]) -> bool {
    let mut is_changed = false;
    match value {
        Value::Map(members) => {
            for (key, value) in members {
                is_changed |= complete_value(value, known);
                if let Some(full) = syntax::full_key(key, known.iter().map(String::as_str)).filter(|full| full != key) {
                    *key = full;
                    is_changed = true;
                }
            }
        }
        Value::List(items) => {
            for item in items {
                is_changed |= complete_value(item, known);
            }
        }
        Value::Word(_) | Value::Number(_) | Value::Text(_) => {}
    }
    is_changed
}

// === What a file declares ===

/// The full names of its extensions.
fn declared(file: &FileDescriptorProto) -> Vec<String> {
    let mut names = Vec::new();
    declare(file.package(), &file.extension, &file.message_type, &mut names);
    names
}

fn declare(scope: &str, extensions: &[FieldDescriptorProto], messages: &[DescriptorProto], names: &mut Vec<String>) {
    let joined = |name: &str| if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
    names.extend(extensions.iter().map(|extension| joined(extension.name())));
    for message in messages {
        declare(&joined(message.name()), &message.extension, &message.nested_type, names);
    }
}

// === Where values stand ===

type Values<'f> = Vec<&'f mut String>;

fn of_file<'f>(file: &'f mut FileDescriptorProto, values: &mut Values<'f>) {
    of_options(file.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    of_fields(&mut file.extension, values);
    file.message_type.iter_mut().for_each(|message| of_message(message, values));
    file.enum_type.iter_mut().for_each(|enumeration| of_enum(enumeration, values));
    for service in &mut file.service {
        of_options(service.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
        for method in &mut service.method {
            of_options(method.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
        }
    }
}

fn of_message<'f>(message: &'f mut DescriptorProto, values: &mut Values<'f>) {
    of_options(message.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    of_fields(&mut message.field, values);
    of_fields(&mut message.extension, values);
    for oneof in &mut message.oneof_decl {
        of_options(oneof.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    }
    for range in &mut message.extension_range {
        of_options(range.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    }
    message.nested_type.iter_mut().for_each(|nested| of_message(nested, values));
    message.enum_type.iter_mut().for_each(|enumeration| of_enum(enumeration, values));
}

fn of_fields<'f>(fields: &'f mut [FieldDescriptorProto], values: &mut Values<'f>) {
    for field in fields {
        of_options(field.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    }
}

fn of_enum<'f>(enumeration: &'f mut EnumDescriptorProto, values: &mut Values<'f>) {
    of_options(enumeration.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    for value in &mut enumeration.value {
        of_options(value.options.as_mut().map(|options| &mut options.uninterpreted_option), values);
    }
}

fn of_options<'f>(options: Option<&'f mut Vec<UninterpretedOption>>, values: &mut Values<'f>) {
    values.extend(options.into_iter().flatten().filter_map(|option| option.aggregate_value.as_mut()));
}
