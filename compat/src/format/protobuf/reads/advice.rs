//! What passes, and might still surprise? Names, defaults, numbers that are used again, and what Confluent does not
//! look at: groups and extensions.

use std::collections::HashMap;

use prost_reflect::{ExtensionDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, Value};

use super::around::{Around, oneof_of};
use super::label::Member;
use super::place::{Item, Spot, local_name};
use super::{Both, Comparison, Finding, Remedy, Tally, rules};

impl Comparison<'_> {
    // === Names ===

    /// One number, two names. If the reader's name has another number on the writer's side, more than a name changed.
    pub(super) fn renamed(&mut self, pair: &Both<FieldDescriptor>) {
        let (new, old) = (pair.reader.name(), pair.writer.name());
        if new == old {
            return self.json_renamed(pair);
        }
        if let Some(elsewhere) = pair.writer.parent_message().get_field_by_name(new) {
            return self.field_renumbered(&pair.reader, &elsewhere);
        }
        self.report(&rules::FIELD_RENAMED, || {
            let reader = Spot::of(Item::Field(pair.reader.clone()));
            Finding {
                message: format!(
                    "the field {} is '{new}' for the reader and '{old}' for the writer",
                    pair.reader.number()
                ),
                fix: Some("keep the name, or at least the name in JSON, with json_name".into()),
                fact: format!(
                    "The name of a field at path '#{}' is {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer: Spot::of(Item::Field(pair.writer.clone())),
            }
        });
    }

    fn json_renamed(&mut self, pair: &Both<FieldDescriptor>) {
        let (new, old) = (pair.reader.json_name(), pair.writer.json_name());
        if new == old {
            return;
        }
        self.report(&rules::FIELD_RENAMED, || {
            let reader = Spot::of(Item::Field(pair.reader.clone()));
            Finding {
                message: format!(
                    "in JSON the field '{}' is '{new}' for the reader and '{old}' for the writer",
                    pair.reader.name()
                ),
                fix: Some("keep the name in JSON".into()),
                fact: format!(
                    "The JSON name of a field at path '#{}' is {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer: Spot::of(Item::Field(pair.writer.clone())),
            }
        });
    }

    // === Numbers ===

    /// A field that is new by number, but whose name the writer has under another number.
    pub(super) fn renumbered(&mut self, field: &FieldDescriptor, writer: &MessageDescriptor) {
        if let Some(elsewhere) = writer.get_field_by_name(field.name()) {
            self.field_renumbered(field, &elsewhere);
        }
    }

    fn field_renumbered(&mut self, reader: &FieldDescriptor, writer: &FieldDescriptor) {
        self.report(&rules::FIELD_RENUMBERED, || {
            let spot = Spot::of(Item::Field(reader.clone()));
            let name = reader.name();
            let (new, old) = (reader.number(), writer.number());
            Finding {
                message: format!(
                    "the field '{name}' has number {new} for the reader and {old} for the writer: the reader does not \
                     find what was written"
                ),
                fix: Some(format!("keep the number of '{name}'")),
                fact: format!("The field {name} has number {new} in the new schema and {old} in the old schema"),
                reader: spot,
                writer: Spot::of(Item::Field(writer.clone())),
            }
        });
    }

    pub(super) fn reserved_number_reused(&mut self, field: &FieldDescriptor, around: &Around) {
        if !around.writer_reserves(field.number()) {
            return;
        }
        self.report(&rules::RESERVED_NUMBER_REUSED, || {
            let reader = Spot::of(Item::Field(field.clone()));
            let number = field.number();
            Finding {
                message: format!(
                    "the reader's field '{}' has number {number}, which the writer reserves because other data may \
                     have it",
                    field.name()
                ),
                fix: Some(format!("keep {number} reserved and take a number that was never used")),
                fact: format!(
                    "A field at path '#{}' in the new schema has a number that is reserved in the old schema",
                    reader.path
                ),
                writer: Spot::missing(Item::Message(around.writer.clone()), &reader.path),
                reader,
            }
        });
    }

    pub(super) fn number_not_reserved(&mut self, field: &FieldDescriptor, around: &Around) {
        let (number, reader) = (field.number(), &around.reader);
        let taken = reader.get_field(number).is_some() || reader.get_field_by_name(field.name()).is_some();
        if taken || around.reader_reserves(number) {
            return;
        }
        let name = field.name();
        let remedy = Remedy::Reserve { number, name: name.to_owned() };
        self.report_with(&rules::NUMBER_NOT_RESERVED, Some(remedy), || {
            let writer = Spot::of(Item::Field(field.clone()));
            Finding {
                message: format!("the reader skips the field '{name}' and does not reserve its number, {number}"),
                fix: Some(format!("add `reserved {number};` and `reserved \"{name}\";` to the message")),
                fact: format!(
                    "A field at path '#{}' in the old schema is not in the new schema, nor is its number reserved",
                    writer.path
                ),
                reader: Spot::missing(Item::Message(reader.clone()), &writer.path),
                writer,
            }
        });
    }

    // === Defaults ===

    /// Readers fill in different values where nothing was written.
    pub(super) fn default_changed(&mut self, pair: &Both<FieldDescriptor>) {
        let (new, old) = (&pair.reader, &pair.writer);
        let (value, old_value) = (new.default_value(), old.default_value());
        // The defaults of types that differ are not to be compared, and those of lists and messages are empty.
        if value == old_value || std::mem::discriminant(&value) != std::mem::discriminant(&old_value) {
            return;
        }
        let (Some(new_default), Some(old_default)) = (default_of(new, &value), default_of(old, &old_value)) else {
            return;
        };
        self.report(&rules::DEFAULT_CHANGED, || {
            let reader = Spot::of(Item::Field(new.clone()));
            Finding {
                message: format!(
                    "where '{}' was not written, the reader finds '{new_default}' and the writer finds '{old_default}'",
                    new.name()
                ),
                fix: None,
                fact: format!(
                    "The default of a field at path '#{}' is '{new_default}' in the new schema and '{old_default}' in \
                     the old schema",
                    reader.path
                ),
                reader,
                writer: Spot::of(Item::Field(old.clone())),
            }
        });
    }

    // === What Confluent does not look at ===

    /// Groups: a field and a message in one, only in proto2.
    pub(super) fn groups(&mut self, pair: &Both<MessageDescriptor>) {
        for reader in pair.reader.fields() {
            match pair.writer.get_field(reader.number()) {
                Some(writer) if reader.is_group() || writer.is_group() => {
                    let both = Both { reader: Member::of_field(&reader), writer: Member::of_field(&writer) };
                    if reader.is_group() != writer.is_group() || !self.fit(&both) {
                        self.group_changed(reader.name(), || both.spots());
                    }
                }
                None if reader.is_group() && reader.is_required() => self.group_changed(reader.name(), || {
                    let spot = Spot::of(Item::Field(reader.clone()));
                    let missing = Spot::missing(Item::Message(pair.writer.clone()), &spot.path);
                    (spot, missing)
                }),
                _ => {}
            }
        }
        if pair.writer.fields().any(|field| field.is_group()) {
            self.groups_removed(&Around::of(pair));
        }
    }

    /// Groups that were choices of a oneof that is still there.
    fn groups_removed(&mut self, around: &Around) {
        for writer in around.writer.fields().filter(FieldDescriptor::is_group) {
            let is_gone = around.reader.get_field(writer.number()).is_none();
            if is_gone && oneof_of(&writer).is_some_and(|oneof| around.survives(&oneof)) {
                self.group_changed(writer.name(), || {
                    let spot = Spot::of(Item::Field(writer.clone()));
                    (Spot::missing(Item::Message(around.reader.clone()), &spot.path), spot)
                });
            }
        }
    }

    /// Extensions: fields of a message that are declared outside of it.
    pub(super) fn extensions(&mut self, pair: &Both<FileDescriptor>) {
        let written: HashMap<(String, u32), ExtensionDescriptor> =
            pair.writer.parent_pool().all_extensions().map(|extension| (key(&extension), extension)).collect();
        let read: Vec<_> = pair.reader.parent_pool().all_extensions().collect();
        for reader in read.iter().filter(|extension| !is_option(extension)) {
            let Some(writer) = written.get(&key(reader)) else { continue };
            let both = Both { reader: Member::of_extension(reader), writer: Member::of_extension(writer) };
            if reader.is_group() != writer.is_group() || !self.fit(&both) {
                self.extension_changed(&both);
            }
        }
    }

    /// Whether nothing breaks, whatever Confluent would say of it.
    fn fit(&mut self, pair: &Both<Member>) -> bool {
        let found = self.silently(|comparison| {
            let before = comparison.tally.breaks;
            comparison.members(pair);
            Tally { errors: 0, breaks: comparison.tally.breaks.saturating_sub(before) }
        });
        found.breaks == 0
    }

    pub(super) fn group_changed(&mut self, name: &str, spots: impl FnOnce() -> (Spot, Spot)) {
        self.report(&rules::GROUP_CHANGED, || {
            let (reader, writer) = spots();
            Finding {
                message: format!("the reader can't read everything that the writer may write of the group '{name}'"),
                fix: Some("keep the group as it was".into()),
                fact: format!(
                    "A group at path '#{}' in the new schema does not fit that in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn extension_changed(&mut self, pair: &Both<Member>) {
        self.report(&rules::EXTENSION_CHANGED, || {
            let (reader, writer) = pair.spots();
            Finding {
                message: format!(
                    "the reader's extension '{}' can't read everything that the writer writes under its number",
                    pair.reader.item.name()
                ),
                fix: Some("keep the extension as it was, and give the new one a number of its own".into()),
                fact: format!(
                    "An extension at path '#{}' in the new schema does not fit that in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }
}

/// The default of a scalar field as it is written in a schema.
fn default_of(field: &FieldDescriptor, value: &Value) -> Option<String> {
    match field.kind() {
        Kind::Message(_) => None,
        Kind::Enum(symbols) => {
            let number = value.as_enum_number()?;
            Some(symbols.get_value(number).map_or_else(|| number.to_string(), |symbol| symbol.name().to_owned()))
        }
        _ => Some(field.field_descriptor_proto().default_value().to_owned()),
    }
}

/// What an extension extends, whatever its package, by which number.
fn key(extension: &ExtensionDescriptor) -> (String, u32) {
    let message = extension.containing_message();
    (local_name(message.full_name(), message.package_name()).to_owned(), extension.number())
}

/// Options are extensions of what describes schemas. They are never in data.
fn is_option(extension: &ExtensionDescriptor) -> bool {
    extension.containing_message().package_name() == "google.protobuf"
}
