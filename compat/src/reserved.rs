//! Which field names has a team given up for good, or nobody may use? What `validateFields` adds to a check.
//!
//! The metadata property [`PROPERTY`] lists names, parted by commas, that are never to be used again: old data may still
//! carry them with another meaning. Such a name stays listed, and no top-level field bears it. This is a promise about
//! names, not about reading, so it holds under every compatibility level.

use std::collections::BTreeSet;

use crate::contract::Metadata;
use crate::format::Parsed;
use crate::outline::{Element, ElementKind, Outline};
use crate::violation::{Basis, Malformed, Place, Rule, Severity, Violation};

/// The metadata property with the reserved names.
pub const PROPERTY: &str = "confluent:reserved";

/// What no field name may begin with.
const FORBIDDEN: &str = "$$";

/// The rules about names, in the order of their codes.
pub(crate) const RULES: &[&Rule] = &[&NAME_RELEASED, &NAME_USED];

static NAME_RELEASED: Rule = Rule {
    code: "TG401",
    slug: "reserved-name-released",
    purpose: "A name that was reserved stays reserved, since old data may still carry it with another meaning.",
    severity: Severity::Error,
    confluent: Some("RESERVED_FIELD_REMOVED"),
    basis: Basis::Stricter,
};

static NAME_USED: Rule = Rule {
    code: "TG402",
    slug: "reserved-name-used",
    purpose: "No top-level field may have a name that the schema's own metadata reserves.",
    severity: Severity::Error,
    confluent: Some("FIELD_CONFLICTS_WITH_RESERVED_FIELD"),
    basis: Basis::Stricter,
};

/// What is wrong with reserved names: those of `previous`, the metadata of the version before, that `metadata` no longer
/// reserves, and those that the candidate uses all the same.
pub fn reserved(candidate: &Parsed, metadata: Option<&Metadata>, previous: Option<&Metadata>) -> Vec<Violation> {
    let (now, before) = (names(metadata), names(previous));
    let mut violations: Vec<_> = before.difference(&now).map(|name| released(name)).collect();
    if !now.is_empty() {
        let outline = candidate.outline();
        let fields = top_level(&outline).filter(|field| now.contains(field.name.as_str()));
        // A union or `oneOf` of records may have a field several times.
        let mut told = BTreeSet::new();
        violations.extend(fields.filter(|field| told.insert(&field.name)).map(used));
    }
    violations
}

/// The first field whose name nobody may use: names that begin with `$$` are kept for the platform.
pub fn forbidden(schema: &Parsed) -> Option<Malformed> {
    let outline = schema.outline();
    let field = outline.fields().find(|field| field.name.starts_with(FORBIDDEN))?;
    Some(Malformed {
        message: format!("the field name '{}' begins with {FORBIDDEN}, which is reserved", field.name),
        span: field.place.span,
        path: Some(field.place.path.clone()),
    })
}

fn names(metadata: Option<&Metadata>) -> BTreeSet<&str> {
    let list = metadata.and_then(|metadata| metadata.properties.get(PROPERTY)).map_or("", String::as_str);
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// The fields of the value itself: of the record at the root or, at a union, of all that it may be. Of a Protobuf file
/// the first message counts.
fn top_level(outline: &Outline) -> impl Iterator<Item = &Element> {
    let elements = &outline.elements;
    let is_root = |element: &Element| {
        element.parent.and_then(|parent| elements.get(parent)).is_none_or(|parent| parent.kind == ElementKind::File)
    };
    let first = elements.iter().position(|element| element.kind == ElementKind::Record && is_root(element));
    let is_top_level = move |field: &&Element| {
        let mut above = field.parent;
        while let Some((index, element)) = above.and_then(|index| Some((index, elements.get(index)?))) {
            match element.kind {
                ElementKind::Record if is_root(element) => return Some(index) == first && element.path.is_empty(),
                ElementKind::Record if !is_branch(elements, element) => return false,
                ElementKind::Record | ElementKind::Branch | ElementKind::Oneof | ElementKind::File => {}
                _ => return false,
            }
            above = element.parent;
        }
        true
    };
    outline.fields().filter(is_top_level)
}

/// Whether the record is one of the things that a value may be, and not a type that another one declares.
fn is_branch(elements: &[Element], record: &Element) -> bool {
    record.parent.and_then(|parent| elements.get(parent)).is_some_and(|parent| parent.kind == ElementKind::Branch)
}

fn released(name: &str) -> Violation {
    Violation {
        rule: &NAME_RELEASED,
        reader: Place::default(),
        writer: Place::default(),
        message: format!("the name '{name}' is reserved by the version before and not by this one"),
        fix: Some(format!("keep '{name}' in the metadata property {PROPERTY}")),
        fact: format!("The reserved name '{name}' is missing in the metadata of the new schema"),
        edits: Vec::new(),
    }
}

fn used(field: &Element) -> Violation {
    let name = &field.name;
    Violation {
        rule: &NAME_USED,
        reader: field.place.clone(),
        writer: Place::default(),
        message: format!("the field '{name}' has a name that is reserved"),
        fix: Some("give the field another name".into()),
        fact: format!("The new schema has a field with the reserved name '{name}'"),
        edits: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Strictness, parse};
    use crate::schema::SchemaKind;

    fn listing(names: &str) -> Metadata {
        let properties = [(PROPERTY.to_owned(), names.to_owned())].into_iter().collect();
        Metadata { properties, ..Metadata::default() }
    }

    fn schema(kind: SchemaKind, text: &str) -> Parsed {
        parse(kind, text, &[], Strictness::Strict).unwrap()
    }

    fn found(schema: &Parsed, now: &str, before: &str) -> Vec<(&'static str, String)> {
        let violations = reserved(schema, Some(&listing(now)), Some(&listing(before)));
        violations.into_iter().map(|violation| (violation.rule.code, violation.reader.path)).collect()
    }

    const AVRO: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},
        {"name":"in","type":{"type":"record","name":"I","fields":[{"name":"deep","type":"int"}]}}]}"#;

    #[test]
    fn names_stay_reserved_and_only_the_previous_list_counts() {
        let schema = schema(SchemaKind::Avro, AVRO);
        assert_eq!(found(&schema, "x, y ,", " y,x"), []);
        assert_eq!(found(&schema, "y", "x,y,z").iter().map(|it| it.0).collect::<Vec<_>>(), ["TG401", "TG401"]);
        assert_eq!(reserved(&schema, None, None), []);
        assert_eq!(reserved(&schema, None, Some(&listing("x"))).len(), 1);
    }

    #[test]
    fn a_reserved_name_is_free_for_fields_further_in() {
        let schema = schema(SchemaKind::Avro, AVRO);
        assert_eq!(found(&schema, "deep", ""), []);
        assert_eq!(found(&schema, "a", ""), [("TG402", "/fields/0".to_owned())]);
    }

    #[test]
    fn a_union_of_records_has_the_fields_of_each_once() {
        let both = r#"[{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]},
            {"type":"record","name":"S","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}]"#;
        let schema = schema(SchemaKind::Avro, both);
        assert_eq!(found(&schema, "a,b", "").len(), 2);
    }

    #[test]
    fn in_json_schema_the_properties_of_the_value_itself_count() {
        let object = r#"{"type":"object","properties":{"a":{"type":"object","properties":{"deep":{}}},
            "list":{"type":"array","items":{"type":"object","properties":{"item":{}}}}},
            "allOf":[{"properties":{"also":{}}}]}"#;
        let schema = schema(SchemaKind::Json, object);
        assert_eq!(found(&schema, "a", "").len(), 1);
        assert_eq!(found(&schema, "also", "").len(), 1);
        assert_eq!(found(&schema, "deep,item", ""), []);
    }

    #[test]
    fn an_array_of_objects_has_no_top_level_fields() {
        let array = r#"{"type":"array","items":{"type":"object","properties":{"a":{}}}}"#;
        assert_eq!(found(&schema(SchemaKind::Json, array), "a", ""), []);
    }

    #[test]
    fn in_protobuf_the_first_message_counts_with_its_oneofs() {
        let file = "syntax = \"proto3\"; package p; message M { int32 a = 1; oneof o { int32 b = 2; } \
            message N { int32 deep = 1; } N n = 3; } message Other { int32 c = 1; }";
        let schema = schema(SchemaKind::Protobuf, file);
        assert_eq!(found(&schema, "a,b,n", "").len(), 3);
        assert_eq!(found(&schema, "deep,c", ""), []);
    }

    #[test]
    fn names_with_two_dollars_are_nobodys() {
        let json = |text: &str| forbidden(&schema(SchemaKind::Json, text));
        assert_eq!(json(r#"{"properties":{"$a":{},"b$$":{}}}"#), None);
        let malformed = json(r#"{"properties":{"in":{"properties":{"$$x":{}}}}}"#).unwrap();
        assert_eq!(malformed.path.as_deref(), Some("/properties/in/properties/$$x"));
        assert!(malformed.to_string().contains("'$$x' begins with $$"), "{malformed}");
        assert_eq!(forbidden(&schema(SchemaKind::Avro, AVRO)), None);
    }
}
