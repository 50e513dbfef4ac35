//! What must be known of two messages to judge one field of them?

use std::collections::{BTreeMap, HashSet};

use prost_reflect::{FieldDescriptor, MessageDescriptor, OneofDescriptor};

use super::Both;

/// Two messages, and what would take too long to look up for each of thousands of fields.
pub(super) struct Around {
    pub(super) reader: MessageDescriptor,
    pub(super) writer: MessageDescriptor,
    /// The names of the reader's oneofs.
    oneofs: HashSet<String>,
    /// The names of those of the writer's oneofs of which the reader still has a member.
    survivors: HashSet<String>,
    /// Numbers that the reader and the writer keep free, as ranges from start to end.
    reserved: Both<BTreeMap<u32, u32>>,
}

impl Around {
    pub(super) fn of(pair: &Both<MessageDescriptor>) -> Self {
        let is_kept = |field: FieldDescriptor| {
            !field.is_group() && pair.reader.get_field(field.number()).is_some_and(|field| !field.is_group())
        };
        let reserved = |message: &MessageDescriptor| {
            message.reserved_ranges().map(|range| (range.start, range.end)).collect::<BTreeMap<_, _>>()
        };
        Self {
            oneofs: oneofs_of(&pair.reader).map(|oneof| oneof.name().to_owned()).collect(),
            survivors: oneofs_of(&pair.writer)
                .filter(|oneof| oneof.fields().any(is_kept))
                .map(|oneof| oneof.name().to_owned())
                .collect(),
            reserved: Both { reader: reserved(&pair.reader), writer: reserved(&pair.writer) },
            reader: pair.reader.clone(),
            writer: pair.writer.clone(),
        }
    }

    /// Whether the reader has a oneof of that name.
    pub(super) fn reader_has_oneof(&self, name: &str) -> bool {
        self.oneofs.contains(name)
    }

    /// Whether a oneof of the writer lives on in the reader, be it by its name or by a member.
    pub(super) fn survives(&self, oneof: &OneofDescriptor) -> bool {
        self.oneofs.contains(oneof.name()) || self.survivors.contains(oneof.name())
    }

    pub(super) fn reader_reserves(&self, number: u32) -> bool {
        covers(&self.reserved.reader, number)
    }

    pub(super) fn writer_reserves(&self, number: u32) -> bool {
        covers(&self.reserved.writer, number)
    }
}

/// The oneofs that somebody wrote; the compiler makes up more for `optional`.
pub(super) fn oneofs_of(message: &MessageDescriptor) -> impl Iterator<Item = OneofDescriptor> + '_ {
    message.oneofs().filter(|oneof| !oneof.is_synthetic())
}

/// The oneof that a field was written into.
pub(super) fn oneof_of(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !oneof.is_synthetic())
}

fn covers(ranges: &BTreeMap<u32, u32>, number: u32) -> bool {
    ranges.range(..=number).next_back().is_some_and(|(_, end)| number < *end)
}
