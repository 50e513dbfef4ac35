//! Does a canonical text mean what the text meant? Compared as descriptors, apart from what printing may reorder.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use super::super::super::corpus::{ALL, proto};

/// The linked file with everything in order whose order has no meaning.
fn meaning(text: &str) -> FileDescriptorProto {
    let bytes = STANDARD.decode(proto(text).rendered("serialized").unwrap()).unwrap();
    let mut file = FileDescriptorProto::decode(bytes.as_slice()).unwrap();
    file.dependency.sort();
    file.public_dependency.clear();
    file.extension.sort_by_key(|field| field.number());
    file.message_type.iter_mut().for_each(settle);
    file.enum_type.iter_mut().for_each(settle_enum);
    file
}

fn settle(message: &mut DescriptorProto) {
    let oneofs: Vec<_> = message.oneof_decl.iter().map(|oneof| oneof.name().to_owned()).collect();
    let first =
        |index: i32| message.field.iter().filter(|field| field.oneof_index == Some(index)).map(|f| f.number()).min();
    let firsts: Vec<_> = (0..).take(oneofs.len()).map(first).collect();
    for field in &mut message.field {
        // A oneof is known by the lowest number in it, not by its place.
        field.oneof_index = field.oneof_index.and_then(|index| firsts[usize::try_from(index).unwrap()]);
    }
    message.oneof_decl.sort_by(|one, other| one.name().cmp(other.name()));
    message.field.sort_by_key(|field| field.number());
    message.extension.sort_by_key(|field| field.number());
    message.reserved_name.sort();
    message.reserved_range.sort_by_key(|range| range.start);
    message.extension_range.sort_by_key(|range| range.start);
    message.nested_type.iter_mut().for_each(settle);
    message.nested_type.sort_by(|one, other| one.name().cmp(other.name()));
    message.enum_type.iter_mut().for_each(settle_enum);
}

fn settle_enum(enumeration: &mut EnumDescriptorProto) {
    enumeration.value.sort_by(|one, other| (one.number(), one.name()).cmp(&(other.number(), other.name())));
    enumeration.reserved_range.sort_by_key(|range| range.start);
}

#[test]
fn printing_changes_no_meaning() {
    for text in ALL {
        assert_eq!(meaning(&proto(text).identity()), meaning(text));
        assert_eq!(meaning(&proto(text).normalized()), meaning(text));
    }
}

#[test]
fn every_canonical_text_is_its_own() {
    for text in ALL {
        super::printed(text);
    }
}
