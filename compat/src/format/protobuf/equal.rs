//! Do two Protobuf schemas mean the same? Confluent compares canonical texts; the files that they import count too,
//! because one may have been registered with references and the other without.

use prost_reflect::{DescriptorPool, FileDescriptor};

use super::canonical;
use super::parse::OPTIONS_ONLY;
use super::tree::{MAIN, Schema};

pub(super) fn is_equivalent(one: &Schema, other: &Schema) -> bool {
    let is_same_text = one.syntax == other.syntax || canonical::identity(one) == canonical::identity(other);
    is_same_text && imports_are_equal(&one.full(), &other.full())
}

/// Whether everything that is imported, directly or not, is declared alike. Files that only options need may be there on
/// one side alone: they also come when a text merely seems to need them, in a comment for example.
fn imports_are_equal(one: &FileDescriptor, other: &FileDescriptor) -> bool {
    let (one, other) = (one.parent_pool(), other.parent_pool());
    are_in(one, other) && are_in(other, one)
}

fn are_in(one: &DescriptorPool, other: &DescriptorPool) -> bool {
    one.files().filter(|file| file.name() != MAIN).all(|file| match other.get_file_by_name(file.name()) {
        Some(known) => known.file_descriptor_proto() == file.file_descriptor_proto(),
        None => OPTIONS_ONLY.contains(&file.name()),
    })
}

#[cfg(test)]
mod tests {
    use crate::format::{Parsed, Strictness, parse};
    use crate::schema::SchemaKind;

    fn proto(text: &str) -> Parsed {
        parse(SchemaKind::Protobuf, text, &[], Strictness::Strict).unwrap()
    }

    #[test]
    fn a_comment_about_an_option_makes_no_difference() {
        let one = proto("syntax = 'proto3'; // (confluent.field_meta) is not used\nmessage A { int32 a = 1; }");
        let other = proto("syntax = 'proto3'; message A { int32 a = 1; }");
        assert!(one.is_equivalent(&other) && other.is_equivalent(&one));
        assert_eq!(one.likeness(), other.likeness());
        assert!(!one.is_equivalent(&proto("syntax = 'proto3'; message A { int64 a = 1; }")));
    }
}
