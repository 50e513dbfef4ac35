//! What may exclude each other that did not before, and which choices are gone?

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, MessageDescriptor, OneofDescriptor};

use super::around::{Around, oneof_of, oneofs_of};
use super::place::{Item, Spot};
use super::{Both, Comparison, Finding, rules};

/// How many fields a sentence names before it only counts them.
const NAMED: usize = 5;

/// Where a member of the reader's oneof comes from. Only fields of one origin already excluded each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Oneof(String),
    Field(u32),
}

impl Origin {
    fn of(field: &FieldDescriptor) -> Self {
        match oneof_of(field) {
            Some(oneof) => Self::Oneof(oneof.name().to_owned()),
            None => Self::Field(field.number()),
        }
    }
}

impl Comparison<'_> {
    /// Fields that could both be set and now can't.
    pub(super) fn oneofs(&mut self, pair: &Both<MessageDescriptor>) {
        for oneof in oneofs_of(&pair.reader) {
            let known = |field: FieldDescriptor| Some((pair.writer.get_field(field.number())?, field));
            let members: Vec<_> = oneof.fields().filter_map(known).collect();
            let visible: Vec<_> = members.iter().filter(|(old, new)| !old.is_group() && !new.is_group()).collect();
            let origins: BTreeSet<Origin> = visible.iter().map(|(old, _)| Origin::of(old)).collect();
            if origins.len() > 1 {
                let independent = origins.iter().filter(|origin| matches!(origin, Origin::Field(_))).count();
                let written: Vec<_> = visible.iter().map(|(old, _)| old.clone()).collect();
                self.fields_joined(&oneof, &pair.writer, &written, independent > 1);
                continue;
            }
            let origins: BTreeSet<Origin> = members.iter().map(|(old, _)| Origin::of(old)).collect();
            let group = members.iter().find(|(old, new)| old.is_group() || new.is_group());
            if let Some((old, new)) = group.filter(|_| origins.len() > 1) {
                let (reader, writer) = (Item::Field(new.clone()), Item::Field(old.clone()));
                self.group_changed(new.name(), || (Spot::of(reader), Spot::of(writer)));
            }
        }
    }

    /// A member of a oneof that is in no oneof any more, or in another, while its own is still there.
    pub(super) fn member_left(&mut self, pair: &Both<FieldDescriptor>, around: &Around) {
        let Some(old) = oneof_of(&pair.writer) else { return };
        let new = oneof_of(&pair.reader);
        let stays = new.is_some_and(|new| new.name() == old.name());
        if stays || !around.reader_has_oneof(old.name()) {
            return;
        }
        self.report(&rules::MEMBER_MOVED_OUT, || {
            let writer = Spot::of(Item::Field(pair.writer.clone()));
            let (name, oneof) = (pair.reader.name(), old.name());
            Finding {
                message: format!("the reader has '{name}' outside of the oneof '{oneof}', in which the writer has it"),
                fix: Some(format!("keep '{name}' where it was")),
                fact: format!(
                    "A member at path '#{}' of a oneof in the old schema is not in that oneof in the new schema",
                    writer.path
                ),
                reader: Spot::missing(Item::Field(pair.reader.clone()), &writer.path),
                writer,
            }
        });
    }

    /// A member of a oneof that the reader does not have at all. Whether it was one whose oneof is still there, or of
    /// which another member is; a oneof that is gone with all its members is like any removed field.
    pub(super) fn member_removed(&mut self, field: &FieldDescriptor, around: &Around) -> bool {
        let Some(oneof) = oneof_of(field) else { return false };
        if !around.survives(&oneof) {
            return false;
        }
        self.report(&rules::MEMBER_REMOVED, || {
            let writer = Spot::of(Item::Field(field.clone()));
            let (name, oneof) = (field.name(), oneof.name());
            Finding {
                message: format!(
                    "the reader does not know the choice '{name}' of the oneof '{oneof}': when the writer makes it, \
                     the reader finds none made"
                ),
                fix: Some(format!("keep '{name}' in '{oneof}'")),
                fact: format!(
                    "A member at path '#{}' of a oneof in the old schema is not in the new schema",
                    writer.path
                ),
                reader: Spot::missing(Item::Message(around.reader.clone()), &writer.path),
                writer,
            }
        });
        true
    }

    fn fields_joined(
        &mut self,
        oneof: &OneofDescriptor,
        writer: &MessageDescriptor,
        written: &[FieldDescriptor],
        several: bool,
    ) {
        let rule = if several { &rules::FIELDS_JOINED_IN_ONEOF } else { &rules::FIELD_JOINED_ONEOF };
        self.report(rule, || {
            let reader = Spot::of(Item::Oneof(oneof.clone()));
            let names: Vec<String> = written.iter().take(NAMED).map(|field| format!("'{}'", field.name())).collect();
            let more = written.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Finding {
                message: format!(
                    "the writer may set more than one of {}{more}, the reader's oneof '{}' keeps only the last",
                    names.join(", "),
                    oneof.name()
                ),
                fix: Some("keep fields in or out of oneofs as they were, and put only new ones into one".into()),
                fact: if several {
                    format!(
                        "Several fields of the oneof at path '#{}' in the new schema are independent of each other in \
                         the old schema",
                        reader.path
                    )
                } else {
                    format!(
                        "Members of the oneof at path '#{}' in the new schema are not of one oneof in the old schema",
                        reader.path
                    )
                },
                writer: Spot::missing(Item::Message(writer.clone()), &reader.path),
                reader,
            }
        });
    }
}
