//! Do two fields of one number hold the same kind of thing?

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::around::Around;
use super::label::Member;
use super::place::{Item, Spot, local_name};
use super::scalar::{self, Family};
use super::{Both, Comparison, Finding, Remedy, rules};

/// What Confluent calls the kind of a field.
enum Shape {
    Scalar(Family),
    Message(MessageDescriptor),
    /// With the message that its entries are.
    Map(MessageDescriptor),
}

impl Shape {
    fn of(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Message(message) if message.is_map_entry() => Some(Self::Map(message.clone())),
            Kind::Message(message) => Some(Self::Message(message.clone())),
            scalar => scalar::family(scalar).map(Self::Scalar),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "a scalar",
            Self::Message(_) => "a message",
            Self::Map(_) => "a map",
        }
    }
}

/// The fields of a message by number. Groups are not among them: Confluent does not see them.
fn fields_of(message: &MessageDescriptor) -> BTreeMap<u32, FieldDescriptor> {
    message.fields().filter(|field| !field.is_group()).map(|field| (field.number(), field)).collect()
}

impl Comparison<'_> {
    /// Compares fields by number, members of oneofs among them.
    pub(super) fn fields(&mut self, pair: &Both<MessageDescriptor>) {
        let (new, old) = (fields_of(&pair.reader), fields_of(&pair.writer));
        let around = Around::of(pair);
        let numbers: BTreeSet<u32> = new.keys().chain(old.keys()).copied().collect();
        for number in numbers {
            match (new.get(&number), old.get(&number)) {
                (Some(reader), Some(writer)) => {
                    let both = Both { reader: reader.clone(), writer: writer.clone() };
                    self.member_left(&both, &around);
                    self.field(&both);
                }
                (Some(reader), None) => self.field_added(reader, &around),
                (None, Some(writer)) => self.field_removed(writer, &around),
                (None, None) => {}
            }
        }
    }

    fn field(&mut self, pair: &Both<FieldDescriptor>) {
        self.renamed(pair);
        let members = Both { reader: Member::of_field(&pair.reader), writer: Member::of_field(&pair.writer) };
        self.members(&members);
        self.default_changed(pair);
    }

    /// Compares what two fields hold, be they declared in a message or as extensions.
    pub(super) fn members(&mut self, pair: &Both<Member>) {
        if self.kinds(pair, &pair.reader.kind, &pair.writer.kind) {
            self.labels(pair);
        }
    }

    /// Whether the bytes of both are alike, so that it is worth a look what else differs.
    fn kinds(&mut self, pair: &Both<Member>, reader: &Kind, writer: &Kind) -> bool {
        let (Some(new), Some(old)) = (Shape::of(reader), Shape::of(writer)) else { return false };
        match (new, old) {
            (Shape::Scalar(new), Shape::Scalar(old)) if new == old => self.scalars(pair, reader, writer),
            (Shape::Scalar(_), Shape::Scalar(_)) => {
                self.scalar_type_changed(pair, reader, writer);
                return false;
            }
            (Shape::Message(reader), Shape::Message(writer)) => self.message_types(pair, &Both { reader, writer }),
            (Shape::Map(new), Shape::Map(old)) => {
                for number in [1, 2] {
                    if let (Some(new), Some(old)) = (new.get_field(number), old.get_field(number)) {
                        self.kinds(pair, &new.kind(), &old.kind());
                    }
                }
            }
            (new, old) => {
                self.kind_changed(pair, &new, &old);
                return false;
            }
        }
        true
    }

    /// Scalars of one family: the bytes are read, but not every value may come through. Enums of one name in the two
    /// files themselves are compared where they are declared.
    fn scalars(&mut self, pair: &Both<Member>, reader: &Kind, writer: &Kind) {
        match (reader, writer) {
            (Kind::Enum(new), Kind::Enum(old)) => {
                let same_name =
                    local_name(new.full_name(), new.package_name()) == local_name(old.full_name(), old.package_name());
                if !same_name || !self.are_declared_here(&new.parent_file(), &old.parent_file()) {
                    self.enums(&Both { reader: new.clone(), writer: old.clone() });
                }
            }
            (Kind::String, Kind::Bytes) => self.bytes_become_text(pair),
            _ => {
                let values = scalar::values(reader).zip(scalar::values(writer));
                if values.is_some_and(|(taken, written)| !written.are_among(&taken)) {
                    self.number_narrowed(pair, reader, writer);
                }
            }
        }
    }

    /// Messages of one name in the two files themselves are compared where they are declared; others are followed.
    fn message_types(&mut self, pair: &Both<Member>, types: &Both<MessageDescriptor>) {
        let (new, old) = (&types.reader, &types.writer);
        if local_name(new.full_name(), new.package_name()) != local_name(old.full_name(), old.package_name()) {
            let found = self.silently(|comparison| comparison.messages(types));
            return self.message_type_changed(pair, types, found.breaks == 0);
        }
        if new.full_name() == old.full_name() && self.are_alike(&new.parent_file(), &old.parent_file()) {
            return;
        }
        if self.silent {
            // Nobody asks for the verdict of Confluent, only for what breaks, and that may be anywhere inside.
            let found = self.messages(types);
            self.tally.breaks += found.breaks;
            return;
        }
        let declared_here = self.are_declared_here(&new.parent_file(), &old.parent_file());
        if !declared_here && self.messages(types).errors > 0 {
            self.message_type_incompatible(pair, types);
        }
    }

    // === Rules ===

    fn field_added(&mut self, field: &FieldDescriptor, around: &Around) {
        if field.is_required() {
            self.required_field_added(field, &around.writer);
        }
        self.renumbered(field, &around.writer);
        self.reserved_number_reused(field, around);
    }

    fn required_field_added(&mut self, field: &FieldDescriptor, writer: &MessageDescriptor) {
        self.report_with(&rules::REQUIRED_FIELD_ADDED, Some(Remedy::MakeOptional), || {
            let reader = Spot::of(Item::Field(field.clone()));
            let name = field.name();
            Finding {
                message: format!(
                    "the reader requires the field '{name}', and the writer does not write it: decoding fails"
                ),
                fix: Some(format!("make '{name}' optional")),
                fact: format!("A required field at path '#{}' in the new schema is not in the old schema", reader.path),
                writer: Spot::missing(Item::Message(writer.clone()), &reader.path),
                reader,
            }
        });
    }

    fn field_removed(&mut self, field: &FieldDescriptor, around: &Around) {
        if self.member_removed(field, around) {
            return;
        }
        if field.is_required() {
            self.required_field_removed(field, &around.reader);
        }
        self.number_not_reserved(field, around);
    }

    fn required_field_removed(&mut self, field: &FieldDescriptor, reader: &MessageDescriptor) {
        self.report(&rules::REQUIRED_FIELD_REMOVED, || {
            let writer = Spot::of(Item::Field(field.clone()));
            let name = field.name();
            Finding {
                message: format!("the reader has no field '{name}', which the writer always writes, and skips it"),
                fix: Some(format!("keep '{name}'; make it optional in a version of its own first")),
                fact: format!("A required field at path '#{}' in the old schema is not in the new schema", writer.path),
                reader: Spot::missing(Item::Message(reader.clone()), &writer.path),
                writer,
            }
        });
    }

    fn kind_changed(&mut self, pair: &Both<Member>, new: &Shape, old: &Shape) {
        self.report(&rules::FIELD_KIND_CHANGED, || {
            let (reader, writer) = pair.spots();
            Finding {
                message: format!(
                    "the reader takes '{}' for {}, the writer writes {}",
                    pair.reader.item.name(),
                    new.what(),
                    old.what()
                ),
                fix: Some(keep_the_number(pair)),
                fact: format!(
                    "The kind of a field at path '#{}' in the new schema does not match its kind in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn scalar_type_changed(&mut self, pair: &Both<Member>, new: &Kind, old: &Kind) {
        self.report(&rules::SCALAR_TYPE_CHANGED, || {
            let (reader, writer) = pair.spots();
            let (new, old) = (scalar::name(new), scalar::name(old));
            Finding {
                message: format!(
                    "the reader takes '{}' for {new}, the writer writes {old}, whose bytes are laid out otherwise",
                    pair.reader.item.name()
                ),
                fix: Some(keep_the_number(pair)),
                fact: format!(
                    "The scalar type of a field at path '#{}' is {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn number_narrowed(&mut self, pair: &Both<Member>, new: &Kind, old: &Kind) {
        self.report(&rules::NUMBER_NARROWED, || {
            let (reader, writer) = pair.spots();
            let (new, old) = (scalar::name(new), scalar::name(old));
            Finding {
                message: format!(
                    "the reader takes '{}' for {new}, the writer writes {old}: values that do not fit become others",
                    pair.reader.item.name()
                ),
                fix: Some("keep the type, or let readers widen theirs before writers do".into()),
                fact: format!(
                    "A field at path '#{}' holds {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn bytes_become_text(&mut self, pair: &Both<Member>) {
        self.report(&rules::BYTES_BECOME_TEXT, || {
            let (reader, writer) = pair.spots();
            Finding {
                message: format!(
                    "the reader takes '{}' for text, and the writer writes any bytes: those that are not UTF-8 can't \
                     be decoded",
                    pair.reader.item.name()
                ),
                fix: Some(keep_the_number(pair)),
                fact: format!(
                    "A field at path '#{}' holds string in the new schema and bytes in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn message_type_changed(&mut self, pair: &Both<Member>, types: &Both<MessageDescriptor>, fits: bool) {
        let rule = if fits { &rules::MESSAGE_TYPE_RENAMED } else { &rules::MESSAGE_TYPE_REPLACED };
        self.report(rule, || {
            let (reader, writer) = pair.spots();
            let (new, old) = (types.reader.full_name(), types.writer.full_name());
            let verdict = if fits { "though one reads the other" } else { "and one can't always be read as the other" };
            Finding {
                message: format!(
                    "the reader takes '{}' for a message {new}, the writer writes {old}, {verdict}",
                    pair.reader.item.name()
                ),
                fix: Some(if fits { "keep the name of the type".into() } else { keep_the_number(pair) }),
                fact: format!(
                    "The message type of a field at path '#{}' is {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn message_type_incompatible(&mut self, pair: &Both<Member>, types: &Both<MessageDescriptor>) {
        self.report(&rules::IMPORTED_TYPE_CHANGED, || {
            let (reader, writer) = pair.spots();
            let name = types.reader.full_name();
            Finding {
                message: format!(
                    "the message {name} that the reader's field '{}' holds can't read the writer's, because of a \
                     change inside it",
                    pair.reader.item.name()
                ),
                fix: Some(format!("refer to a version of {name} that fits that of the existing schema")),
                fact: format!(
                    "The message type {name} of a field at path '#{}' in the new schema does not fit that in the old \
                     schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }
}

fn keep_the_number(pair: &Both<Member>) -> String {
    format!("keep '{}' as it was, and give the new field a number of its own", pair.writer.item.name())
}
