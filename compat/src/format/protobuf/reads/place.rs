//! Where does a part of a schema stand, in Confluent's paths and in the text?

use prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, ExtensionDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    OneofDescriptor,
};

use super::Schema;
use crate::violation::{Place, Span};

/// The number that stands for a name in the paths of `SourceCodeInfo`, the same for all that has one.
const NAME: i32 = 1;
/// Where a file declares its package and its syntax.
const PACKAGE: i32 = 2;
const SYNTAX: i32 = 12;

/// A part of a schema.
#[derive(Clone)]
pub(super) enum Item {
    File(FileDescriptor),
    Message(MessageDescriptor),
    Field(FieldDescriptor),
    Extension(ExtensionDescriptor),
    Oneof(OneofDescriptor),
    Enum(EnumDescriptor),
    Symbol(EnumValueDescriptor),
}

/// A part of a schema, and the path to report: that of the part, or of something that should be in it and is not.
pub(super) struct Spot {
    item: Item,
    pub(super) path: String,
}

impl Spot {
    pub(super) fn of(item: Item) -> Self {
        Self { path: item.path(), item }
    }

    pub(super) fn message(message: &MessageDescriptor) -> Self {
        Self::of(Item::Message(message.clone()))
    }

    pub(super) fn item(&self) -> &Item {
        &self.item
    }

    /// The place in `item` where something is missing that the other side has under `path`.
    pub(super) fn missing(item: Item, path: &str) -> Self {
        Self { item, path: path.to_owned() }
    }
}

impl Item {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::File(file) => file.package_name(),
            Self::Message(message) => message.name(),
            Self::Field(field) => field.name(),
            Self::Extension(extension) => extension.full_name(),
            Self::Oneof(oneof) => oneof.name(),
            Self::Enum(declared) => declared.name(),
            Self::Symbol(symbol) => symbol.name(),
        }
    }

    pub(super) fn file(&self) -> FileDescriptor {
        match self {
            Self::File(file) => file.clone(),
            Self::Message(message) => message.parent_file(),
            Self::Field(field) => field.parent_file(),
            Self::Extension(extension) => extension.parent_file(),
            Self::Oneof(oneof) => oneof.parent_file(),
            Self::Enum(declared) => declared.parent_file(),
            Self::Symbol(symbol) => symbol.parent_file(),
        }
    }

    /// The path in Confluent's terms, without its leading `#`.
    pub(super) fn path(&self) -> String {
        match self {
            Self::File(_) => "/".into(),
            Self::Message(message) => path_of(message.full_name(), message.package_name()),
            Self::Field(field) => {
                let message = field.parent_message();
                let message = path_of(message.full_name(), message.package_name());
                match field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                    Some(oneof) => format!("{message}/{}/{}", oneof.name(), field.number()),
                    None => format!("{message}/{}", field.number()),
                }
            }
            Self::Extension(extension) => {
                let message = extension.containing_message();
                format!("{}/{}", path_of(message.full_name(), message.package_name()), extension.number())
            }
            Self::Oneof(oneof) => {
                let message = oneof.parent_message();
                format!("{}/{}", path_of(message.full_name(), message.package_name()), oneof.name())
            }
            Self::Enum(declared) => path_of(declared.full_name(), declared.package_name()),
            Self::Symbol(symbol) => {
                let declared = symbol.parent_enum();
                format!("{}/{}", path_of(declared.full_name(), declared.package_name()), symbol.number())
            }
        }
    }

    /// The paths in `SourceCodeInfo` under which its name may stand, best first.
    fn numbers(&self) -> Vec<Vec<i32>> {
        let declared = match self {
            Self::File(_) => return vec![vec![PACKAGE], vec![SYNTAX], Vec::new()],
            Self::Message(message) => message.path(),
            Self::Field(field) => field.path(),
            Self::Extension(extension) => extension.path(),
            Self::Oneof(oneof) => oneof.path(),
            Self::Enum(declared) => declared.path(),
            Self::Symbol(symbol) => symbol.path(),
        };
        let named = declared.iter().copied().chain([NAME]).collect();
        vec![named, declared.to_vec()]
    }
}

/// The name without its package, as a path.
fn path_of(full_name: &str, package: &str) -> String {
    format!("/{}", local_name(full_name, package).replace('.', "/"))
}

/// The name without its package: what tells types apart when packages differ.
pub(super) fn local_name<'n>(full_name: &'n str, package: &str) -> &'n str {
    full_name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')).unwrap_or(full_name)
}

pub(super) fn place(schema: &Schema, spot: Spot) -> Place {
    Place { span: span_of(schema, &spot.item), path: spot.path }
}

/// Where the name of an item stands in the text, if it is declared there.
pub(super) fn span_of(schema: &Schema, item: &Item) -> Option<Span> {
    let file = item.file();
    item.numbers().iter().find_map(|numbers| schema.span(&file, numbers))
}
