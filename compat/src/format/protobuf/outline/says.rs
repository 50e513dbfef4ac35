//! What else does a schema say about a part? Options, reserved numbers, tags, comments.

use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, MessageDescriptor, Syntax};
use prost_types::field_descriptor_proto::Label;

use super::super::canonical;
use super::super::syntax::{self, Setting, Value};
use crate::outline::Element;

/// What is said about one part.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) facets: BTreeMap<String, String>,
    doc: Option<String>,
    tags: Vec<String>,
}

impl Said {
    /// What options say. Confluent's own become tags, documentation and parameters.
    pub(super) fn of(options: &DynamicMessage) -> Self {
        let mut said = Self::default();
        for Setting { name, value } in syntax::settings(options) {
            let Some(part) = name.first() else { continue };
            match value {
                Value::Map(members) if part.custom && is_meta(&part.name) => said.meta(members),
                _ if part.name == "map_entry" => {}
                value => {
                    let key = if part.custom { format!("({})", part.name) } else { part.name.clone() };
                    let value = canonical::inline(&value);
                    let facet = said.facets.entry(key);
                    facet.and_modify(|before| *before = format!("{before}, {value}")).or_insert(value);
                }
            }
        }
        said
    }

    /// The members of `confluent.Meta`.
    fn meta(&mut self, members: Vec<(String, Value)>) {
        for (key, value) in members {
            match (key.as_str(), value) {
                ("doc", Value::Text(doc)) => self.doc = Some(String::from_utf8_lossy(&doc).into_owned()),
                ("tags", Value::List(tags)) => self.tags.extend(tags.iter().filter_map(text)),
                ("params", Value::List(entries)) => entries.iter().for_each(|entry| self.param(entry)),
                (_, value) => drop(self.facets.insert(format!("meta.{key}"), canonical::inline(&value))),
            }
        }
    }

    fn param(&mut self, entry: &Value) {
        let Value::Map(members) = entry else { return };
        let find = |name: &str| members.iter().find(|(key, _)| key == name).and_then(|(_, value)| text(value));
        self.facets.insert(format!("params.{}", find("key").unwrap_or_default()), find("value").unwrap_or_default());
    }

    pub(super) fn field(&mut self, field: &FieldDescriptor) {
        let written = field.field_descriptor_proto();
        let label = match written.label() {
            Label::Required => Some("required"),
            Label::Repeated if !field.is_map() => Some("repeated"),
            Label::Optional if is_said_optional(field) => Some("optional"),
            _ => None,
        };
        let mut put = |key: &str, value: &str| drop(self.facets.insert(key.to_owned(), value.to_owned()));
        if let Some(label) = label {
            put("label", label);
        }
        if let Some(default) = &written.default_value {
            put("default", default);
        }
        if syntax::has_own_json_name(written) {
            put("json_name", written.json_name());
        }
        if field.is_group() {
            put("encoding", "group");
        }
    }

    pub(super) fn reserved(&mut self, message: &MessageDescriptor) {
        let numbers = message.reserved_ranges().map(|range| (i64::from(range.start), i64::from(range.end) - 1));
        self.ranges("reserved", numbers, message.reserved_names());
        let numbers = message.extension_ranges().map(|range| (i64::from(range.start), i64::from(range.end) - 1));
        self.ranges("extensions", numbers, std::iter::empty());
    }

    pub(super) fn enum_reserved(&mut self, enumeration: &EnumDescriptor) {
        let numbers = enumeration.reserved_ranges().map(|range| (i64::from(*range.start()), i64::from(*range.end())));
        self.ranges("reserved", numbers, enumeration.reserved_names());
    }

    fn ranges<'n>(
        &mut self,
        key: &str,
        numbers: impl Iterator<Item = (i64, i64)>,
        names: impl Iterator<Item = &'n str>,
    ) {
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        let numbers = numbers
            .into_iter()
            .map(|(start, end)| if start == end { start.to_string() } else { format!("{start} to {end}") });
        let all: Vec<String> = numbers.chain(names.map(|name| format!("\"{name}\""))).collect();
        if !all.is_empty() {
            self.facets.insert(key.to_owned(), all.join(", "));
        }
    }

    pub(super) fn tell(self, element: &mut Element) {
        element.facets = self.facets;
        element.tags = self.tags;
        element.doc = element.doc.take().or(self.doc);
    }
}

/// Whether `optional` stands before it: in proto2 always but for members of oneofs, in proto3 where absence counts.
fn is_said_optional(field: &FieldDescriptor) -> bool {
    let is_proto2 = field.parent_file().syntax() == Syntax::Proto2;
    field.field_descriptor_proto().proto3_optional() || (is_proto2 && field.containing_oneof().is_none())
}

fn is_meta(name: &str) -> bool {
    name.starts_with("confluent.") && name.ends_with("_meta")
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

/// A comment without its margin; `None` if nothing is left.
pub(super) fn comment(written: &str) -> Option<String> {
    let lines: Vec<&str> = written.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    let doc = lines.join("\n").trim().to_owned();
    (!doc.is_empty()).then_some(doc)
}
