//! How do messages and fields of a Protobuf schema get and lose tags? They are in `confluent.Meta`, an option.
//!
//! A new list stands in the option as Confluent writes it, `(confluent.field_meta) = { tags: ["PII"] }`. Where the option
//! is there already, in whichever way of writing, its own way goes on and all else in it stays.

mod meta;

use std::collections::HashMap;

use self::meta::{Meta, tags_in};
use super::canonical;
use super::syntax::{Extend, Field, File, Group, Import, ImportKind, Message, Setting};
use super::tree::{MAIN, Schema};
use crate::outline::ElementKind;
use crate::tags::{Change, Edits, Scope};

/// Where Confluent's options are declared, unless a reference declares them.
const META: &str = "confluent/meta.proto";

pub(super) fn with_tags(schema: &Schema, edits: &Edits<'_>) -> String {
    let mut tagger = Tagger { package: schema.syntax.package.as_deref().unwrap_or_default(), has_added: false };
    let mut file = schema.syntax.clone();
    for message in top(&mut file) {
        let scope = edits.scope().within(&message.name);
        tagger.edit(message, scope);
    }
    tagger.finished(file, schema)
}

pub(super) fn with_tags_of(schema: &Schema, earlier: &Schema) -> String {
    let mut tagger = Tagger { package: schema.syntax.package.as_deref().unwrap_or_default(), has_added: false };
    let mut file = schema.syntax.clone();
    let before = Tagged::file(&earlier.syntax);
    for message in top(&mut file) {
        if let Some(before) = before.messages.get(message.name.as_str()) {
            tagger.copy(message, before);
        }
    }
    tagger.finished(file, schema)
}

/// The messages of a file; a group that extends something else is one of them.
fn top(file: &mut File) -> impl Iterator<Item = &mut Message> {
    let groups = file.extends.iter_mut().flat_map(|extend| &mut extend.groups).map(|group| &mut group.body);
    file.messages.iter_mut().chain(groups)
}

/// The name of the field that a group is.
fn field_name(group: &Group) -> String {
    group.body.name.to_ascii_lowercase()
}

struct Tagger<'f> {
    package: &'f str,
    /// Whether the options must be known from now on.
    has_added: bool,
}

impl Tagger<'_> {
    fn edit(&mut self, message: &mut Message, scope: Scope<'_>) {
        if scope.is_empty() {
            return;
        }
        if let Some(change) = scope.change(ElementKind::Record) {
            self.retag(&mut message.options, Meta::Message, change);
        }
        for (name, options) in fields(message) {
            if let Some(change) = scope.within(&name).change(ElementKind::Field) {
                self.retag(options, Meta::Field, change);
            }
        }
        for inner in inner(message) {
            let scope = scope.within(&inner.name);
            self.edit(inner, scope);
        }
    }

    fn copy(&mut self, message: &mut Message, before: &Tagged<'_>) {
        self.copy_tags(&mut message.options, Meta::Message, &before.tags);
        for (name, options) in fields(message) {
            if let Some(tags) = before.fields.get(&name) {
                self.copy_tags(options, Meta::Field, tags);
            }
        }
        for inner in inner(message) {
            if let Some(before) = before.messages.get(inner.name.as_str()) {
                self.copy(inner, before);
            }
        }
    }

    fn copy_tags(&mut self, options: &mut Vec<Setting>, meta: Meta, tags: &[String]) {
        self.retag(options, meta, &Change { add: tags.to_vec(), remove: Vec::new() });
    }

    fn retag(&mut self, options: &mut Vec<Setting>, meta: Meta, change: &Change) {
        self.has_added |= meta.retag(options, self.package, change);
    }

    /// The text, with an import of what new options need.
    fn finished(self, mut file: File, schema: &Schema) -> String {
        if self.has_added {
            let pool = schema.full().parent_pool().clone();
            let declared = pool.get_extension_by_name(Meta::Field.name()).map(|known| known.parent_file());
            let home = declared.as_ref().map_or(META, |file| file.name());
            if home != MAIN && file.imports.iter().all(|import| import.name != home) {
                file.imports.push(Import { kind: ImportKind::Plain, name: home.to_owned() });
            }
        }
        canonical::printed(&file)
    }
}

/// The fields of a message with their options, those in oneofs and those that are groups included.
fn fields(message: &mut Message) -> impl Iterator<Item = (String, &mut Vec<Setting>)> {
    let oneofs = message.oneofs.iter_mut().map(|oneof| (&mut oneof.fields, &mut oneof.groups));
    let lists = std::iter::once((&mut message.fields, &mut message.groups)).chain(oneofs);
    lists.flat_map(|(fields, groups)| {
        let fields = fields.iter_mut().map(|field| (field.name.clone(), &mut field.options));
        fields.chain(groups.iter_mut().map(|group| (field_name(group), &mut group.options)))
    })
}

/// The messages within a message, those of groups included.
fn inner(message: &mut Message) -> impl Iterator<Item = &mut Message> {
    let oneofs = message.oneofs.iter_mut().flat_map(|oneof| &mut oneof.groups);
    let extends = message.extends.iter_mut().flat_map(|extend| &mut extend.groups);
    let groups = message.groups.iter_mut().chain(oneofs).chain(extends).map(|group| &mut group.body);
    message.messages.iter_mut().chain(groups)
}

/// What has which tags in a file or a message.
#[derive(Debug, Default)]
struct Tagged<'f> {
    tags: Vec<String>,
    fields: HashMap<String, Vec<String>>,
    messages: HashMap<&'f str, Self>,
}

impl<'f> Tagged<'f> {
    fn file(file: &'f File) -> Self {
        let package = file.package.as_deref().unwrap_or_default();
        let mut tagged = Self::default();
        file.messages.iter().for_each(|message| tagged.add(message, package));
        tagged.extends(&file.extends, package);
        tagged
    }

    fn add(&mut self, message: &'f Message, package: &str) {
        let mut tagged = Self { tags: tags_in(&message.options, Meta::Message, package), ..Self::default() };
        tagged.members(&message.fields, &message.groups, package);
        for oneof in &message.oneofs {
            tagged.members(&oneof.fields, &oneof.groups, package);
        }
        tagged.extends(&message.extends, package);
        message.messages.iter().for_each(|inner| tagged.add(inner, package));
        self.messages.insert(&message.name, tagged);
    }

    fn members(&mut self, fields: &'f [Field], groups: &'f [Group], package: &str) {
        for field in fields {
            self.fields.insert(field.name.clone(), tags_in(&field.options, Meta::Field, package));
        }
        for group in groups {
            self.fields.insert(field_name(group), tags_in(&group.options, Meta::Field, package));
            self.add(&group.body, package);
        }
    }

    fn extends(&mut self, extends: &'f [Extend], package: &str) {
        extends.iter().flat_map(|extend| &extend.groups).for_each(|group| self.add(&group.body, package));
    }
}

#[cfg(test)]
mod tests;
