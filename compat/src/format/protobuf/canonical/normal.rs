//! Which of several ways to say the same is the normal one? Everything whose order has no meaning is put in order, names
//! are said in full, numbers in decimal, options that were set piece by piece as one message.
//!
//! Messages and enums keep their order: payloads name messages by their place.

mod options;

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use self::options::normal_options;
use super::super::syntax::{
    Constant, Enum, Extend, Extensions, Field, File, Group, Message, Method, Oneof, Range, Reserved, Service, Streamed,
    Type,
};

pub(super) fn normal(file: &File, linked: &FileDescriptor) -> File {
    let names = Names { pool: linked.parent_pool(), is_proto3: file.syntax.as_deref() == Some("proto3") };
    let scope = linked.package_name();
    let mut imports = file.imports.clone();
    imports.sort_by(|one, other| one.name.cmp(&other.name));
    imports.dedup();
    File {
        syntax: file.syntax.clone().filter(|_| names.is_proto3),
        package: file.package.clone(),
        imports,
        options: normal_options(&file.options, scope, &names),
        messages: names.messages(&file.messages, scope),
        enums: file.enums.iter().map(|enumeration| names.enumeration(enumeration, scope)).collect(),
        extends: names.extends(&file.extends, scope),
        services: file.services.iter().map(|service| names.service(service, scope)).collect(),
    }
}

/// Knows what the names in a file stand for.
struct Names<'a> {
    pool: &'a DescriptorPool,
    is_proto3: bool,
}

/// `scope.name`, or the name alone at the root.
fn joined(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

impl Names<'_> {
    fn messages(&self, messages: &[Message], scope: &str) -> Vec<Message> {
        messages.iter().filter_map(|message| self.message(message, scope)).collect()
    }

    /// `None` for a message that only spells out a map.
    fn message(&self, message: &Message, scope: &str) -> Option<Message> {
        let scope = joined(scope, &message.name);
        let linked = self.pool.get_message_by_name(&scope);
        if linked.as_ref().is_some_and(MessageDescriptor::is_map_entry) {
            return None;
        }
        let kind_of = |field: &Field| Some(linked.as_ref()?.get_field_by_name(&field.name)?.kind());
        let fields = |fields: &[Field]| self.fields(fields, &scope, kind_of);
        let mut oneofs: Vec<Oneof> = message
            .oneofs
            .iter()
            .filter(|oneof| !oneof.fields.is_empty() || !oneof.groups.is_empty())
            .map(|oneof| Oneof {
                name: oneof.name.clone(),
                options: normal_options(&oneof.options, &joined(&scope, &oneof.name), self),
                fields: fields(&oneof.fields),
                groups: self.groups(&oneof.groups, &scope),
            })
            .collect();
        oneofs.sort_by_key(first_number);
        Some(Message {
            name: message.name.clone(),
            reserved: reserved(&message.reserved),
            options: normal_options(&message.options, &scope, self),
            fields: fields(&message.fields),
            oneofs,
            groups: self.groups(&message.groups, &scope),
            extensions: self.extensions(&message.extensions, &scope),
            extends: self.extends(&message.extends, &scope),
            messages: self.messages(&message.messages, &scope),
            enums: message.enums.iter().map(|enumeration| self.enumeration(enumeration, &scope)).collect(),
        })
    }

    fn fields(&self, fields: &[Field], scope: &str, kind_of: impl Fn(&Field) -> Option<Kind>) -> Vec<Field> {
        let mut fields: Vec<Field> = fields
            .iter()
            .map(|field| {
                let kind = named(&field.kind, kind_of(field));
                let label = field.label.filter(|_| !matches!(kind, Type::Map(..)));
                let options = normal_options(&field.options, &joined(scope, &field.name), self);
                Field { label, kind, name: field.name.clone(), number: field.number, options }
            })
            .collect();
        fields.sort_by_key(|field| field.number);
        fields
    }

    fn groups(&self, groups: &[Group], scope: &str) -> Vec<Group> {
        let mut groups: Vec<Group> = groups
            .iter()
            .map(|group| Group {
                label: group.label,
                number: group.number,
                options: normal_options(&group.options, &joined(scope, &group.body.name.to_ascii_lowercase()), self),
                body: self.message(&group.body, scope).unwrap_or_else(|| group.body.clone()),
            })
            .collect();
        groups.sort_by_key(|group| group.number);
        groups
    }

    /// One statement for each message that is extended.
    fn extends(&self, extends: &[Extend], scope: &str) -> Vec<Extend> {
        let mut merged: Vec<Extend> = Vec::new();
        for extend in extends {
            let linked = |name: &str| self.pool.get_extension_by_name(&joined(scope, name));
            let fields = self.fields(&extend.fields, scope, |field| Some(linked(&field.name)?.kind()));
            let groups = self.groups(&extend.groups, scope);
            let first = extend.fields.first().map(|field| field.name.clone());
            let first = first.or_else(|| extend.groups.first().map(|group| group.body.name.to_ascii_lowercase()));
            // A statement that adds nothing says nothing.
            let Some(first) = first else { continue };
            let target = linked(&first).map(|extension| format!(".{}", extension.containing_message().full_name()));
            let target = target.unwrap_or_else(|| extend.target.clone());
            match merged.iter_mut().find(|known| known.target == target) {
                Some(known) => {
                    known.fields.extend(fields);
                    known.fields.sort_by_key(|field| field.number);
                    known.groups.extend(groups);
                    known.groups.sort_by_key(|group| group.number);
                }
                None => merged.push(Extend { target, fields, groups }),
            }
        }
        merged
    }

    fn extensions(&self, extensions: &[Extensions], scope: &str) -> Vec<Extensions> {
        let single = |range: &Range, options| Extensions { ranges: vec![single(range)], options };
        let mut extensions: Vec<Extensions> = extensions
            .iter()
            .flat_map(|statement| {
                let options = normal_options(&statement.options, scope, self);
                statement.ranges.iter().map(move |range| single(range, options.clone()))
            })
            .collect();
        extensions.sort_by_cached_key(|statement| order(&statement.ranges));
        extensions
    }

    /// Values by number. Where the first one has to be zero it stays in front of negative ones.
    fn enumeration(&self, enumeration: &Enum, scope: &str) -> Enum {
        let scope = joined(scope, &enumeration.name);
        let mut constants: Vec<Constant> = enumeration
            .constants
            .iter()
            .map(|constant| Constant { options: normal_options(&constant.options, &scope, self), ..constant.clone() })
            .collect();
        let needs_front = |constant: &Constant| self.is_proto3 && constant.number == 0;
        constants.sort_by(|one, other| {
            let key = |constant: &Constant| (!needs_front(constant), constant.number);
            key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
        });
        Enum {
            name: enumeration.name.clone(),
            reserved: reserved(&enumeration.reserved),
            options: normal_options(&enumeration.options, &scope, self),
            constants,
        }
    }

    fn service(&self, service: &Service, scope: &str) -> Service {
        let scope = joined(scope, &service.name);
        let linked = self.pool.get_service_by_name(&scope);
        let linked: HashMap<String, MethodDescriptor> = linked
            .iter()
            .flat_map(|service| service.methods())
            .map(|method| (method.name().to_owned(), method))
            .collect();
        let methods = service.methods.iter().map(|method| {
            let found = linked.get(&method.name);
            let in_full = |streamed: &Streamed, message: Option<MessageDescriptor>| Streamed {
                stream: streamed.stream,
                kind: message.map_or_else(|| streamed.kind.clone(), |message| format!(".{}", message.full_name())),
            };
            Method {
                name: method.name.clone(),
                input: in_full(&method.input, found.map(MethodDescriptor::input)),
                output: in_full(&method.output, found.map(MethodDescriptor::output)),
                options: normal_options(&method.options, &joined(&scope, &method.name), self),
            }
        });
        Service {
            name: service.name.clone(),
            options: normal_options(&service.options, &scope, self),
            methods: methods.collect(),
        }
    }
}

/// The type in full; a message that spells out a map is one.
fn named(written: &Type, kind: Option<Kind>) -> Type {
    match kind {
        Some(Kind::Message(message)) if message.is_map_entry() => {
            Type::Map(word(&message.map_entry_key_field().kind()), word(&message.map_entry_value_field().kind()))
        }
        Some(kind) => Type::Named(word(&kind)),
        None => written.clone(),
    }
}

/// The name of a type as a field says it.
fn word(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => format!(".{}", message.full_name()),
        Kind::Enum(enumeration) => format!(".{}", enumeration.full_name()),
        scalar => format!("{scalar:?}"),
    }
}

fn first_number(oneof: &Oneof) -> i64 {
    let numbers = oneof.fields.iter().map(|field| field.number).chain(oneof.groups.iter().map(|group| group.number));
    numbers.min().unwrap_or(i64::MAX)
}

fn reserved(statements: &[Reserved]) -> Vec<Reserved> {
    let mut singles: Vec<Reserved> =
        statements.iter().flat_map(|statement| &statement.0).map(|range| Reserved(vec![single(range)])).collect();
    singles.sort_by_cached_key(|statement| order(&statement.0));
    singles
}

/// `n to n` is `n`.
fn single(range: &Range) -> Range {
    match range {
        Range::Span(start, Some(end)) if start == end => Range::One(*start),
        other => other.clone(),
    }
}

/// Numbers in their order, names after them.
fn order(ranges: &[Range]) -> (i64, String) {
    match ranges.first() {
        Some(Range::One(number)) => (*number, number.to_string()),
        Some(Range::Span(start, end)) => (*start, format!("{start}..{}", end.unwrap_or(i64::MAX))),
        Some(Range::Name(name)) => (i64::MAX, name.clone()),
        None => (i64::MAX, String::new()),
    }
}
