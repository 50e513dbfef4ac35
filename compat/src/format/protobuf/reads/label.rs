//! How often does a field stand in a message on both sides, and can its absence be told?

use prost_reflect::{Cardinality, ExtensionDescriptor, FieldDescriptor, Kind, Syntax};

use super::place::{Item, Spot};
use super::scalar::{self, Family};
use super::{Both, Comparison, Finding, Remedy, rules};

/// The word before a field's type. Fields of proto3 may have none, members of oneofs have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Optional,
    Repeated,
    Required,
}

impl Label {
    fn word(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Repeated => "repeated",
            Self::Required => "required",
        }
    }
}

/// A field as it is compared: declared in a message, or as an extension.
pub(super) struct Member {
    pub(super) item: Item,
    pub(super) kind: Kind,
    label: Option<Label>,
    cardinality: Cardinality,
    /// Whether a reader can tell that it was not written.
    has_presence: bool,
}

impl Member {
    pub(super) fn of_field(field: &FieldDescriptor) -> Self {
        let is_labelled = field.field_descriptor_proto().proto3_optional()
            || (field.parent_file().syntax() == Syntax::Proto2 && field.containing_oneof().is_none());
        Self {
            item: Item::Field(field.clone()),
            kind: field.kind(),
            label: match field.cardinality() {
                Cardinality::Repeated => Some(Label::Repeated),
                Cardinality::Required => Some(Label::Required),
                Cardinality::Optional => is_labelled.then_some(Label::Optional),
            },
            cardinality: field.cardinality(),
            has_presence: field.supports_presence(),
        }
    }

    pub(super) fn of_extension(extension: &ExtensionDescriptor) -> Self {
        Self {
            item: Item::Extension(extension.clone()),
            kind: extension.kind(),
            label: None,
            cardinality: extension.cardinality(),
            has_presence: extension.supports_presence(),
        }
    }

    fn is_map(&self) -> bool {
        self.kind.as_message().is_some_and(|message| message.is_map_entry())
    }
}

impl Both<Member> {
    /// Where both stand. The reader's path is also Confluent's.
    pub(super) fn spots(&self) -> (Spot, Spot) {
        (Spot::of(self.reader.item.clone()), Spot::of(self.writer.item.clone()))
    }
}

impl Comparison<'_> {
    pub(super) fn labels(&mut self, pair: &Both<Member>) {
        if pair.reader.is_map() || pair.writer.is_map() {
            return;
        }
        let (new, old) = (pair.reader.cardinality, pair.writer.cardinality);
        if let Some((reader, writer)) = numeric_labels(pair) {
            return self.number_label_changed(pair, reader, writer);
        }
        if old == Cardinality::Repeated && new != Cardinality::Repeated {
            self.field_no_longer_repeated(pair);
        }
        if old != Cardinality::Repeated && new == Cardinality::Repeated {
            self.field_became_repeated(pair);
        }
        if old != Cardinality::Required && new == Cardinality::Required {
            self.field_became_required(pair);
        }
        if old == Cardinality::Optional && new == Cardinality::Optional {
            self.presence_changed(pair);
        }
    }

    // === Rules ===

    fn number_label_changed(&mut self, pair: &Both<Member>, new: Label, old: Label) {
        let harmless = matches!((new, old), (Label::Repeated, _) | (Label::Optional, Label::Required));
        let rule = if harmless { &rules::NUMBER_LABEL_RELAXED } else { &rules::NUMBER_LABEL_CHANGED };
        self.report(rule, || {
            let (reader, writer) = pair.spots();
            let name = pair.reader.item.name();
            let (new, old) = (new.word(), old.word());
            Finding {
                message: if harmless {
                    format!("the number '{name}' is {new} for the reader and {old} for the writer")
                } else {
                    format!(
                        "the number '{name}' is {new} for the reader and {old} for the writer: not all that may \
                         be written can be read"
                    )
                },
                fix: Some(format!("keep the label of '{name}'")),
                fact: format!(
                    "The label of a number at path '#{}' is {new} in the new schema and {old} in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn field_no_longer_repeated(&mut self, pair: &Both<Member>) {
        self.report(&rules::NO_LONGER_REPEATED, || {
            let (reader, writer) = pair.spots();
            let what = match (&pair.reader.kind, &pair.writer.kind) {
                (Kind::Message(_), _) | (_, Kind::Message(_)) => "several become a mixture of them",
                (Kind::String | Kind::Bytes, _) => "of several only the last is kept",
                _ => "of several at most the last is kept, and packed numbers can't be read",
            };
            Finding {
                message: format!(
                    "the reader wants one '{}' where the writer writes many: {what}",
                    pair.reader.item.name()
                ),
                fix: Some(keep_the_label(pair)),
                fact: format!(
                    "A field at path '#{}' is not repeated in the new schema and repeated in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn field_became_repeated(&mut self, pair: &Both<Member>) {
        self.report(&rules::BECAME_REPEATED, || {
            let (reader, writer) = pair.spots();
            let unwritten = if pair.writer.has_presence { "" } else { ", and a default that is not written as none" };
            Finding {
                message: format!(
                    "the reader takes '{}' for a list and finds what the writer wrote as its only element{unwritten}",
                    pair.reader.item.name()
                ),
                fix: Some(keep_the_label(pair)),
                fact: format!(
                    "A field at path '#{}' is repeated in the new schema and not repeated in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn field_became_required(&mut self, pair: &Both<Member>) {
        self.report_with(&rules::BECAME_REQUIRED, Some(Remedy::MakeOptional), || {
            let (reader, writer) = pair.spots();
            let name = pair.reader.item.name();
            Finding {
                message: format!("the reader requires '{name}', which the writer may leave out: decoding fails then"),
                fix: Some(format!("keep the label of '{name}'")),
                fact: format!(
                    "A field at path '#{}' is required in the new schema and not required in the old schema",
                    reader.path
                ),
                reader,
                writer,
            }
        });
    }

    fn presence_changed(&mut self, pair: &Both<Member>) {
        let (new, old) = (pair.reader.has_presence, pair.writer.has_presence);
        if new == old {
            return;
        }
        self.report(&rules::PRESENCE_CHANGED, || {
            let (reader, writer) = pair.spots();
            let name = pair.reader.item.name();
            let tells = |presence| if presence { "explicit" } else { "implicit" };
            Finding {
                message: if new {
                    format!("the writer leaves '{name}' out when it has its default, which the reader takes for absent")
                } else {
                    format!("the reader can't tell whether the writer set '{name}' to its default or left it out")
                },
                fix: Some(format!("keep '{name}' with or without optional, in or outside of a oneof, as it was")),
                fact: format!(
                    "The presence of a field at path '#{}' is {} in the new schema and {} in the old schema",
                    reader.path,
                    tells(new),
                    tells(old)
                ),
                reader,
                writer,
            }
        });
    }
}

fn keep_the_label(pair: &Both<Member>) -> String {
    format!("keep the label of '{}', and give the new field a number of its own", pair.reader.item.name())
}

/// The labels of two numbers of one family that are both labelled, if they differ: all that Confluent looks at.
fn numeric_labels(pair: &Both<Member>) -> Option<(Label, Label)> {
    let family = scalar::family(&pair.reader.kind).filter(|family| *family != Family::Text)?;
    if scalar::family(&pair.writer.kind) != Some(family) {
        return None;
    }
    pair.reader.label.zip(pair.writer.label).filter(|(reader, writer)| reader != writer)
}
