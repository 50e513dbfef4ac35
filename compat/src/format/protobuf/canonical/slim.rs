//! What is left of a schema for those who don't know its extensions? Options of Protobuf's own and of Confluent's stay.

use super::super::syntax::{Enum, Field, File, Group, Message, Setting};

/// How Confluent's own options begin.
const KEPT: &str = "confluent.";

pub(super) fn without_extensions(file: &File) -> File {
    let mut file = file.clone();
    file.extends.clear();
    options(&mut file.options);
    file.messages.iter_mut().for_each(message);
    file.enums.iter_mut().for_each(enumeration);
    for service in &mut file.services {
        options(&mut service.options);
        service.methods.iter_mut().for_each(|method| options(&mut method.options));
    }
    file
}

fn message(message: &mut Message) {
    message.extensions.clear();
    message.extends.clear();
    options(&mut message.options);
    fields(&mut message.fields);
    groups(&mut message.groups);
    for oneof in &mut message.oneofs {
        options(&mut oneof.options);
        fields(&mut oneof.fields);
        groups(&mut oneof.groups);
    }
    message.messages.iter_mut().for_each(self::message);
    message.enums.iter_mut().for_each(enumeration);
}

fn groups(groups: &mut [Group]) {
    for group in groups {
        options(&mut group.options);
        message(&mut group.body);
    }
}

fn fields(fields: &mut [Field]) {
    fields.iter_mut().for_each(|field| options(&mut field.options));
}

fn enumeration(enumeration: &mut Enum) {
    options(&mut enumeration.options);
    enumeration.constants.iter_mut().for_each(|constant| options(&mut constant.options));
}

fn options(options: &mut Vec<Setting>) {
    options.retain(|option| {
        let name = option.name.first().map(|part| part.name.trim_start_matches('.')).unwrap_or_default();
        !option.is_custom() || name.starts_with(KEPT)
    });
}
