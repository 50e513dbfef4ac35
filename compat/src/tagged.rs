//! Which fields do the patterns of a contract's metadata mean?
//!
//! Patterns are matched against the names that fields have in Confluent's rules on fields, and against the paths that its
//! tags have, which differ where a package or a list is on the way.

use std::collections::BTreeSet;

use crate::contract::Metadata;
use crate::format::Parsed;
use crate::model::is_match;
use crate::outline::{Element, Outline};
use crate::schema::SchemaKind;

impl Parsed {
    /// For each element of the schema's outline whether a pattern of the metadata means it whose tags are meant. A part of
    /// what is meant is meant too. A pattern that means nothing here may have been meant for anything: then all are.
    pub fn tagged(&self, outline: &Outline, metadata: &Metadata, is_meant: impl Fn(&str) -> bool) -> Vec<bool> {
        let patterns = metadata.tags.iter().filter(|(_, tags)| tags.iter().any(|tag| is_meant(tag)));
        let patterns: Vec<&str> = patterns.map(|(pattern, _)| pattern.trim_start_matches('.')).collect();
        let mut tagged = vec![false; outline.elements.len()];
        if patterns.is_empty() {
            return tagged;
        }
        let names = Names { kind: self.kind(), prefixes: self.prefixes(outline) };
        let mut is_used = vec![false; patterns.len()];
        for (at, element) in outline.elements.iter().enumerate() {
            let names = names.of(element);
            let mut is_hit = false;
            for (pattern, is_used) in patterns.iter().zip(&mut is_used) {
                if names.iter().any(|name| is_match(pattern, name)) {
                    (is_hit, *is_used) = (true, true);
                }
            }
            // Parents come first.
            let of_parent = element.parent.and_then(|parent| tagged.get(parent)).copied().unwrap_or(false);
            if let Some(place) = tagged.get_mut(at) {
                *place = is_hit || of_parent;
            }
        }
        if is_used.contains(&false) {
            tagged.fill(true);
        }
        tagged
    }

    /// What stands before the paths of messages in their full names.
    fn prefixes(&self, outline: &Outline) -> BTreeSet<String> {
        if self.kind() != SchemaKind::Protobuf {
            return BTreeSet::new();
        }
        let names = self.record_names();
        let entities =
            outline.elements.iter().map(|element| element.entity.as_str()).filter(|entity| !entity.is_empty());
        let prefix = |entity: &str| {
            let before = names.iter().filter_map(|name| name.strip_suffix(entity)).min_by_key(|before| before.len())?;
            before.ends_with('.').then(|| before.to_owned())
        };
        entities.filter_map(prefix).collect()
    }
}

struct Names {
    kind: SchemaKind,
    prefixes: BTreeSet<String>,
}

impl Names {
    /// All names by which a pattern may mean an element.
    fn of(&self, element: &Element) -> Vec<String> {
        let mut names = Vec::new();
        if !element.entity.is_empty() {
            names.push(element.entity.clone());
            names.extend(self.prefixes.iter().map(|prefix| format!("{prefix}{}", element.entity)));
        }
        if self.kind == SchemaKind::Json && !element.path.is_empty() {
            names.push(format!("$.{}", element.path.replace("[]", "[0]").replace("{}", ".*")));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Strictness, parse};

    #[track_caller]
    fn assert_tagged(kind: SchemaKind, text: &str, pattern: &str, expected: &[&str]) {
        let schema = parse(kind, text, &[], Strictness::Strict).unwrap();
        let outline = schema.outline();
        let tags = [(pattern.to_owned(), ["PII".to_owned()].into()), ("*".to_owned(), ["OTHER".to_owned()].into())];
        let metadata = Metadata { tags: tags.into(), ..Metadata::default() };
        let tagged = schema.tagged(&outline, &metadata, |tag| tag == "PII");
        let paths = outline.elements.iter().zip(&tagged).filter(|(element, is_tagged)| {
            **is_tagged && element.kind == crate::outline::ElementKind::Field && !element.path.is_empty()
        });
        let paths: Vec<&str> = paths.map(|(element, _)| element.path.as_str()).collect();
        assert_eq!(paths, expected, "{pattern}");
    }

    const AVRO: &str = r#"{"type":"record","name":"shop.Order","fields":[
        {"name":"email","type":"string"},{"name":"note","type":"string"},
        {"name":"home","type":{"type":"record","name":"Address","fields":[
            {"name":"zip","type":"int"},{"name":"email","type":"string"}]}}]}"#;

    #[test]
    fn patterns_mean_what_they_match_in_avro() {
        let all = ["email", "note", "home", "home.zip", "home.email"];
        for (pattern, expected) in [
            ("shop.Order.email", &["email"][..]),
            ("**.email", &["email", "home.email"]),
            ("shop.Order.e*", &["email"]),
            ("shop.*.email", &["email", "home.email"]),
            ("*.email", &all),
            ("shop.Order.n?te", &["note"]),
            ("shop.Address.*", &["home.zip", "home.email"]),
            ("shop.Order.home", &["home", "home.zip", "home.email"]),
            ("**", &all),
            ("shop.Order.nothing", &all),
        ] {
            assert_tagged(SchemaKind::Avro, AVRO, pattern, expected);
        }
    }

    #[test]
    fn names_are_those_of_each_format() {
        let proto = "syntax = \"proto3\"; package shop; message Order { string email = 1; Line line = 2;
            message Line { string sku = 1; } }";
        for pattern in ["shop.Order.email", "Order.email", ".Order.email", "**.email", "*.email"] {
            assert_tagged(SchemaKind::Protobuf, proto, pattern, &["email"]);
        }
        assert_tagged(SchemaKind::Protobuf, proto, "shop.Order.Line.*", &["sku"]);
        let json = r#"{"type":"object","properties":{"email":{"type":"string"},
            "lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string"}}}}}}"#;
        for pattern in ["$.email", "object.email", "**.email", "$.e*"] {
            assert_tagged(SchemaKind::Json, json, pattern, &["email"]);
        }
        for pattern in ["$.lines[*].sku", "**.sku", "$.lines[0].sku"] {
            assert_tagged(SchemaKind::Json, json, pattern, &["lines[].sku"]);
        }
    }
}
