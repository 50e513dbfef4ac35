//! What do stored schemas get away with? Confluent takes what no Protobuf compiler would: enums of proto3 that don't begin
//! with zero, numbers with two names, members that are reserved. New schemas don't, stored ones must stay readable.

use std::collections::HashSet;

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

/// Changes a file that is about to be linked so that the linker takes it. What its text says stays as it is.
pub(super) fn relax(file: &mut FileDescriptorProto) {
    let is_proto3 = file.syntax() == "proto3";
    file.message_type.iter_mut().for_each(|message| relax_message(message, is_proto3));
    file.enum_type.iter_mut().for_each(|enumeration| relax_enum(enumeration, is_proto3));
}

fn relax_message(message: &mut DescriptorProto, is_proto3: bool) {
    let mut numbers: Vec<i32> = message.field.iter().map(|field| field.number()).collect();
    numbers.sort_unstable();
    message.reserved_range.retain(|range| !holds_any(&numbers, range.start(), range.end().saturating_sub(1)));
    let names: HashSet<&str> = message.field.iter().map(|field| field.name()).collect();
    message.reserved_name.retain(|name| !names.contains(name.as_str()));
    message.nested_type.iter_mut().for_each(|nested| relax_message(nested, is_proto3));
    message.enum_type.iter_mut().for_each(|enumeration| relax_enum(enumeration, is_proto3));
}

fn relax_enum(enumeration: &mut EnumDescriptorProto, is_proto3: bool) {
    let mut numbers: Vec<i32> = enumeration.value.iter().map(|value| value.number()).collect();
    numbers.sort_unstable();
    enumeration.reserved_range.retain(|range| !holds_any(&numbers, range.start(), range.end()));
    let names: HashSet<&str> = enumeration.value.iter().map(|value| value.name()).collect();
    enumeration.reserved_name.retain(|name| !names.contains(name.as_str()));
    if numbers.windows(2).any(|pair| pair.first() == pair.last()) {
        let options = enumeration.options.get_or_insert_default();
        let says_so = |name: &str| name == "allow_alias";
        options.uninterpreted_option.retain(|option| !option.name.first().is_some_and(|part| says_so(&part.name_part)));
        options.allow_alias = Some(true);
    }
    let zero = enumeration.value.iter().position(|value| value.number() == 0);
    if let Some(zero) = zero.filter(|_| is_proto3) {
        let value = enumeration.value.remove(zero);
        enumeration.value.insert(0, value);
    }
}

/// Whether one of the sorted numbers is in the range; both ends belong to it.
fn holds_any(numbers: &[i32], first: i32, last: i32) -> bool {
    let next = numbers.partition_point(|number| *number < first);
    numbers.get(next).is_some_and(|number| *number <= last)
}
