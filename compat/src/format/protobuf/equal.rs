//! Do two Protobuf schemas mean the same? Confluent compares canonical texts; the files that they import count too,
//! because one may have been registered with references and the other without.

use prost_reflect::FileDescriptor;

use super::canonical;
use super::tree::{MAIN, Schema};

pub(super) fn is_equivalent(one: &Schema, other: &Schema) -> bool {
    let is_same_text = one.syntax == other.syntax || canonical::identity(one) == canonical::identity(other);
    is_same_text && imports_are_equal(&one.full(), &other.full())
}

/// Whether everything that is imported, directly or not, is declared alike.
fn imports_are_equal(one: &FileDescriptor, other: &FileDescriptor) -> bool {
    let (one, other) = (one.parent_pool(), other.parent_pool());
    one.files().len() == other.files().len()
        && one.files().filter(|file| file.name() != MAIN).all(|file| {
            let known = other.get_file_by_name(file.name());
            known.is_some_and(|known| known.file_descriptor_proto() == file.file_descriptor_proto())
        })
}
