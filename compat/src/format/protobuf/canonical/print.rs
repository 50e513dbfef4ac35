//! How does the tree become text? Two blanks per level, parts in a fixed order, an empty line between kinds of parts.

mod value;

use std::fmt::Write as _;

use self::value::escaped;
use super::super::syntax::{
    Constant, Enum, Extend, Extensions, Field, File, Group, ImportKind, Label, MAX_FIELD, Message, Method, Oneof,
    Range, Reserved, Service, Streamed, Type,
};

pub(super) use self::value::inline;

pub(super) fn file(file: &File) -> String {
    let mut page = Page { text: String::new(), depth: 0 };
    if let Some(syntax) = &file.syntax {
        page.line(format_args!("syntax = \"{syntax}\";"));
    }
    if let Some(package) = &file.package {
        page.line(format_args!("package {package};"));
    }
    if !file.imports.is_empty() {
        page.empty();
    }
    for (kind, word) in [(ImportKind::Plain, ""), (ImportKind::Public, "public "), (ImportKind::Weak, "weak ")] {
        for import in file.imports.iter().filter(|import| import.kind == kind) {
            page.line(format_args!("import {word}\"{}\";", escaped(import.name.as_bytes())));
        }
    }
    page.top(&file.options, Page::option);
    if !file.messages.is_empty() || !file.enums.is_empty() {
        page.empty();
    }
    file.messages.iter().for_each(|message| page.message(message));
    file.enums.iter().for_each(|enumeration| page.enumeration(enumeration));
    page.top(&file.extends, Page::extend);
    page.top(&file.services, Page::service);
    page.text
}

struct Page {
    text: String,
    depth: usize,
}

// === Lines ===

impl Page {
    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn write(&mut self, piece: std::fmt::Arguments<'_>) {
        // Writing to a string never fails.
        let _ = self.text.write_fmt(piece);
    }

    fn line(&mut self, content: std::fmt::Arguments<'_>) {
        self.indent();
        self.write(content);
        self.text.push('\n');
    }

    /// An empty line keeps its indentation, as Confluent's does.
    fn empty(&mut self) {
        self.indent();
        self.text.push('\n');
    }

    /// The parts of one kind at the top of the file, after an empty line.
    fn top<T>(&mut self, items: &[T], print: fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.empty();
            items.iter().for_each(|item| print(self, item));
        }
    }

    /// `head {`, with the line left open.
    fn open(&mut self, head: std::fmt::Arguments<'_>) {
        self.indent();
        self.write(head);
        self.text.push_str(" {");
    }

    /// Whether nothing stands in the innermost braces yet.
    fn is_open(&self) -> bool {
        self.text.ends_with('{')
    }

    /// The parts of one kind within braces: an empty line sets them off from those before.
    fn section<T>(&mut self, items: &[T], print: fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        if self.is_open() {
            self.text.push('\n');
        } else {
            self.empty();
        }
        self.inner(items, print);
    }

    fn inner<T>(&mut self, items: &[T], print: fn(&mut Self, &T)) {
        self.depth += 1;
        items.iter().for_each(|item| print(self, item));
        self.depth -= 1;
    }

    fn close(&mut self) {
        if !self.is_open() {
            self.indent();
        }
        self.text.push_str("}\n");
    }
}

// === Declarations ===

impl Page {
    fn message(&mut self, message: &Message) {
        self.open(format_args!("message {}", message.name));
        self.body(message);
    }

    fn body(&mut self, message: &Message) {
        self.section(&message.reserved, Self::reserved);
        self.section(&message.options, Self::option);
        self.section(&message.fields, Self::field);
        self.section(&message.oneofs, Self::oneof);
        self.section(&message.groups, Self::group);
        self.section(&message.extensions, Self::extensions);
        self.section(&message.extends, Self::extend);
        self.section(&message.messages, Self::message);
        if message.messages.is_empty() {
            self.section(&message.enums, Self::enumeration);
        } else {
            self.inner(&message.enums, Self::enumeration);
        }
        self.close();
    }

    fn field(&mut self, field: &Field) {
        self.indent();
        self.label(field.label);
        match &field.kind {
            Type::Named(name) => self.text.push_str(name),
            Type::Map(key, value) => self.write(format_args!("map<{key}, {value}>")),
        }
        self.write(format_args!(" {} = {}", field.name, field.number));
        self.options(&field.options);
        self.text.push_str(";\n");
    }

    fn label(&mut self, label: Option<Label>) {
        if let Some(label) = label {
            self.write(format_args!("{} ", label.as_str()));
        }
    }

    fn group(&mut self, group: &Group) {
        self.indent();
        self.label(group.label);
        self.write(format_args!("group {} = {}", group.body.name, group.number));
        self.options(&group.options);
        self.text.push_str(" {");
        self.body(&group.body);
    }

    fn oneof(&mut self, oneof: &Oneof) {
        self.open(format_args!("oneof {}", oneof.name));
        self.section(&oneof.options, Self::option);
        self.section(&oneof.fields, Self::field);
        self.section(&oneof.groups, Self::group);
        self.close();
    }

    fn extend(&mut self, extend: &Extend) {
        self.open(format_args!("extend {}", extend.target));
        self.section(&extend.fields, Self::field);
        self.section(&extend.groups, Self::group);
        self.close();
    }

    fn reserved(&mut self, reserved: &Reserved) {
        self.indent();
        self.text.push_str("reserved ");
        self.ranges(&reserved.0, Some(MAX_FIELD));
        self.text.push_str(";\n");
    }

    /// Values of enums reach further than the numbers of fields.
    fn enum_reserved(&mut self, reserved: &Reserved) {
        self.indent();
        self.text.push_str("reserved ");
        self.ranges(&reserved.0, None);
        self.text.push_str(";\n");
    }

    fn extensions(&mut self, extensions: &Extensions) {
        self.indent();
        self.text.push_str("extensions ");
        self.ranges(&extensions.ranges, Some(MAX_FIELD));
        self.options(&extensions.options);
        self.text.push_str(";\n");
    }

    fn ranges(&mut self, ranges: &[Range], max: Option<i64>) {
        for (index, range) in ranges.iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            match range {
                Range::One(number) => self.write(format_args!("{number}")),
                Range::Span(start, Some(end)) if Some(*end) != max => self.write(format_args!("{start} to {end}")),
                Range::Span(start, _) => self.write(format_args!("{start} to max")),
                Range::Name(name) => self.write(format_args!("\"{}\"", escaped(name.as_bytes()))),
            }
        }
    }

    /// No empty lines between the parts of an enum.
    fn enumeration(&mut self, enumeration: &Enum) {
        self.open(format_args!("enum {}", enumeration.name));
        let has_options = !enumeration.options.is_empty() || !enumeration.constants.is_empty();
        if has_options || !enumeration.reserved.is_empty() {
            self.text.push('\n');
        }
        self.inner(&enumeration.reserved, Self::enum_reserved);
        self.inner(&enumeration.options, Self::option);
        self.inner(&enumeration.constants, Self::constant);
        self.close();
    }

    fn constant(&mut self, constant: &Constant) {
        self.indent();
        self.write(format_args!("{} = {}", constant.name, constant.number));
        self.options(&constant.options);
        self.text.push_str(";\n");
    }

    fn service(&mut self, service: &Service) {
        self.open(format_args!("service {}", service.name));
        self.section(&service.options, Self::option);
        self.section(&service.methods, Self::method);
        self.close();
    }

    fn method(&mut self, method: &Method) {
        self.indent();
        self.write(format_args!("rpc {} (", method.name));
        self.streamed(&method.input);
        self.text.push_str(") returns (");
        self.streamed(&method.output);
        self.text.push(')');
        if !method.options.is_empty() {
            self.text.push_str(" {\n");
            self.inner(&method.options, Self::option);
            self.indent();
            self.text.push('}');
        }
        self.text.push_str(";\n");
    }

    fn streamed(&mut self, streamed: &Streamed) {
        self.write(format_args!("{}{}", if streamed.stream { "stream " } else { "" }, streamed.kind));
    }
}
