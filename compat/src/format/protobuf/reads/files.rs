//! Which file is a type declared in: the schema itself, one that it imports, one that both sides import alike?

use std::collections::{BTreeMap, HashSet};

use prost_reflect::FileDescriptor;

use super::Comparison;

/// Which pairs of files, by their names, are known to be alike with all that they import.
pub(super) type Alike = BTreeMap<(String, String), bool>;

impl Comparison<'_> {
    /// Whether both files are the schemas themselves. Types of one name in them are brought together by the walk over
    /// the declarations, whether a field leads to them or not.
    pub(super) fn are_declared_here(&self, reader: &FileDescriptor, writer: &FileDescriptor) -> bool {
        *reader == self.reader.file && *writer == self.writer.file
    }

    /// Whether both files say the same, and everything that they import too. This is the common case: a new version of
    /// a schema mostly refers to the same versions of others.
    pub(super) fn are_alike(&mut self, reader: &FileDescriptor, writer: &FileDescriptor) -> bool {
        let key = (reader.name().to_owned(), writer.name().to_owned());
        if let Some(known) = self.alike.get(&key) {
            return *known;
        }
        let alike = say_the_same(reader, writer);
        self.alike.insert(key, alike);
        alike
    }
}

fn say_the_same(reader: &FileDescriptor, writer: &FileDescriptor) -> bool {
    let mut waiting = vec![(reader.clone(), writer.clone())];
    let mut met = HashSet::new();
    while let Some((reader, writer)) = waiting.pop() {
        if !met.insert((reader.name().to_owned(), writer.name().to_owned())) {
            continue;
        }
        let (new, old) = (reader.file_descriptor_proto(), writer.file_descriptor_proto());
        let same = new.syntax == old.syntax
            && new.package == old.package
            && new.dependency == old.dependency
            && new.message_type == old.message_type
            && new.enum_type == old.enum_type;
        if !same {
            return false;
        }
        // Both import the same names, but perhaps not the same texts.
        waiting.extend(reader.dependencies().zip(writer.dependencies()));
    }
    true
}
