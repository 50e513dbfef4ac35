//! Which messages and enums came, went, and moved? They are matched by name within the file or message around them.

use std::collections::{HashMap, HashSet};

use prost_reflect::{EnumDescriptor, FileDescriptor, Kind, MessageDescriptor};

use super::place::{Item, Spot};
use super::{Both, Comparison, Finding, rules};

/// The types that a file or a message declares. What the compiler made up (entries of maps, bodies of groups) is not
/// among them.
pub(super) struct Types {
    messages: Vec<MessageDescriptor>,
    enums: Vec<EnumDescriptor>,
}

impl Types {
    pub(super) fn of_file(file: &FileDescriptor) -> Self {
        let groups = file.extensions().filter(|extension| extension.is_group()).map(|extension| extension.kind());
        Self { messages: declared(file.messages(), groups), enums: file.enums().collect() }
    }

    pub(super) fn of_message(message: &MessageDescriptor) -> Self {
        let fields = message.fields().filter(|field| field.is_group()).map(|field| field.kind());
        let extensions = message.child_extensions().filter(|extension| extension.is_group());
        let groups = fields.chain(extensions.map(|extension| extension.kind()));
        Self { messages: declared(message.child_messages(), groups), enums: message.child_enums().collect() }
    }
}

fn declared(
    messages: impl Iterator<Item = MessageDescriptor>,
    groups: impl Iterator<Item = Kind>,
) -> Vec<MessageDescriptor> {
    let bodies: HashSet<String> =
        groups.filter_map(|kind| kind.as_message().map(|message| message.full_name().to_owned())).collect();
    messages.filter(|message| !message.is_map_entry() && !bodies.contains(message.full_name())).collect()
}

impl Comparison<'_> {
    pub(super) fn packages(&mut self, pair: &Both<FileDescriptor>) {
        let (new, old) = (pair.reader.package_name(), pair.writer.package_name());
        if new == old {
            return;
        }
        self.report(&rules::PACKAGE_CHANGED, || Finding {
            reader: Spot::of(Item::File(pair.reader.clone())),
            writer: Spot::of(Item::File(pair.writer.clone())),
            message: format!("the reader's package is '{new}', the writer's is '{old}'"),
            fix: Some("keep the package, or begin a new subject".into()),
            fact: "The package at path '#/' in the new schema is not the package in the old schema".into(),
        });
    }

    /// Compares what is declared within `around`.
    pub(super) fn types(&mut self, pair: &Both<Types>, around: &Both<Item>) {
        let written: HashMap<&str, (usize, &MessageDescriptor)> = by_name(&pair.writer.messages);
        for (index, reader) in pair.reader.messages.iter().enumerate() {
            let Some((old_index, writer)) = written.get(reader.name()).copied() else { continue };
            let both = Both { reader: reader.clone(), writer: writer.clone() };
            self.messages(&both);
            if index != old_index {
                self.message_moved(&both, index, old_index);
            }
        }
        let known: HashSet<&str> = pair.reader.messages.iter().map(MessageDescriptor::name).collect();
        for writer in pair.writer.messages.iter().filter(|message| !known.contains(message.name())) {
            self.message_removed(writer, &around.reader);
        }
        let written: HashMap<&str, &EnumDescriptor> =
            pair.writer.enums.iter().map(|declared| (declared.name(), declared)).collect();
        for reader in &pair.reader.enums {
            if let Some(writer) = written.get(reader.name()) {
                self.enums(&Both { reader: reader.clone(), writer: (*writer).clone() });
            }
        }
    }

    fn message_moved(&mut self, pair: &Both<MessageDescriptor>, index: usize, old_index: usize) {
        self.report(&rules::MESSAGE_MOVED, || {
            let (reader, writer) = (Spot::message(&pair.reader), Spot::message(&pair.writer));
            Finding {
                message: format!(
                    "the message '{}' is number {index} for the reader and number {old_index} for the writer: whoever \
                     looks up the message indexes of a record in the reader's schema takes it for another message",
                    pair.reader.name()
                ),
                fix: Some("keep the order of the messages and add new ones at the end".into()),
                fact: format!(
                    "The message at path '#{}' has index {index} in the new schema and {old_index} in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn message_removed(&mut self, message: &MessageDescriptor, around: &Item) {
        let top = message.parent_message().is_none();
        let rule = if top { &rules::MESSAGE_REMOVED } else { &rules::NESTED_MESSAGE_REMOVED };
        self.report(rule, || {
            let writer = Spot::message(message);
            let name = message.name();
            Finding {
                message: if top {
                    format!("the reader has no message '{name}', and the writer may write records of it")
                } else {
                    format!("the reader has no message '{name}' where the writer declares one")
                },
                fix: Some(format!("keep the message '{name}', even if nothing uses it any more")),
                fact: format!(
                    "The new schema has no message type at path '#{}', which is in the old schema",
                    writer.path
                ),
                reader: Spot::missing(around.clone(), &writer.path),
                writer,
            }
        });
    }
}

fn by_name(messages: &[MessageDescriptor]) -> HashMap<&str, (usize, &MessageDescriptor)> {
    messages.iter().enumerate().map(|(index, message)| (message.name(), (index, message))).collect()
}
