//! Do two schemas say the same, references inlined?
//!
//! Everything counts but what has no order: names, fields in their order, types, defaults, documentation, aliases and
//! foreign members. Identity is stricter, because it compares text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash};

use super::canonical;
use super::tree::{Field, Header, Name, Schema, Shape, TypeId};
use crate::json::{Member, Node};

pub(super) fn is_equivalent(one: &Schema, other: &Schema) -> bool {
    Comparison { one, other, assumed: HashSet::new() }.types(one.root.id, other.root.id)
}

/// Puts names and shapes into the hash, in the order in which [`is_equivalent`] compares them.
pub(super) fn liken(schema: &Schema, hash: &mut DefaultHasher) {
    // Named types count where they are met first: whatever goes round in circles goes through one of them.
    let mut met = HashSet::new();
    let mut waiting = vec![schema.root.id];
    while let Some(id) = waiting.pop() {
        let shape = &schema.get(id).shape;
        std::mem::discriminant(shape).hash(hash);
        if let Some(header) = shape.header() {
            header.name.full().hash(hash);
            if !met.insert(header.name.full()) {
                continue;
            }
        }
        match shape {
            Shape::Primitive(primitive) => primitive.hash(hash),
            Shape::Array(of) | Shape::Map(of) => waiting.push(of.id),
            Shape::Union(branches) => {
                branches.len().hash(hash);
                waiting.extend(branches.iter().rev().map(|branch| branch.id));
            }
            Shape::Record(record) => {
                record.fields.iter().for_each(|field| field.name.hash(hash));
                waiting.extend(record.fields.iter().rev().map(|field| field.of.id));
            }
            Shape::Enum(symbols) => symbols.symbols.hash(hash),
            Shape::Fixed(fixed) => fixed.size.hash(hash),
            Shape::Pending => {}
        }
    }
}

struct Comparison<'a> {
    one: &'a Schema,
    other: &'a Schema,
    /// Pairs that are being compared, or have been: equal unless that comparison says otherwise.
    assumed: HashSet<(TypeId, TypeId)>,
}

impl Comparison<'_> {
    fn types(&mut self, one: TypeId, other: TypeId) -> bool {
        if !self.assumed.insert((one, other)) {
            return true;
        }
        let (left, right) = (self.one.get(one), self.other.get(other));
        if let (Some(one), Some(other)) = (left.shape.header(), right.shape.header())
            && !headers(one, other)
        {
            return false;
        }
        props(&left.props, &right.props)
            && match (&left.shape, &right.shape) {
                (Shape::Primitive(one), Shape::Primitive(other)) => one == other,
                (Shape::Array(one), Shape::Array(other)) | (Shape::Map(one), Shape::Map(other)) => {
                    self.types(one.id, other.id)
                }
                (Shape::Union(one), Shape::Union(other)) => {
                    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| self.types(one.id, other.id))
                }
                (Shape::Record(one), Shape::Record(other)) => {
                    one.fields.len() == other.fields.len()
                        && one.fields.iter().zip(&other.fields).all(|(one, other)| self.fields(one, other))
                }
                (Shape::Enum(one), Shape::Enum(other)) => one.symbols == other.symbols && one.default == other.default,
                (Shape::Fixed(one), Shape::Fixed(other)) => one.size == other.size,
                _ => false,
            }
    }

    fn fields(&mut self, one: &Field, other: &Field) -> bool {
        one.name == other.name
            && one.doc == other.doc
            && one.order == other.order
            && set(&one.aliases) == set(&other.aliases)
            && one.default.as_ref().map(json) == other.default.as_ref().map(json)
            && props(&one.props, &other.props)
            && self.types(one.of.id, other.of.id)
    }
}

fn headers(one: &Header, other: &Header) -> bool {
    let aliases = |header: &Header| header.aliases.iter().map(Name::full).map(str::to_owned).collect::<BTreeSet<_>>();
    one.name == other.name && one.doc == other.doc && aliases(one) == aliases(other)
}

/// Whether the same members stand in both, in whatever order.
pub(super) fn props(one: &[Member], other: &[Member]) -> bool {
    let map = |props: &[Member]| -> BTreeMap<String, String> {
        props.iter().map(|prop| (prop.key.clone(), json(&prop.value))).collect()
    };
    one.len() == other.len() && map(one) == map(other)
}

fn set(texts: &[String]) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}

/// A value as text that is equal for equal values.
pub(super) fn json(node: &Node) -> String {
    let mut text = String::new();
    canonical::json(node, true, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use crate::format::{Parsed, Resolved, Strictness, parse};
    use crate::schema::SchemaKind;

    fn avro(text: &str) -> Parsed {
        parse(SchemaKind::Avro, text, &[], Strictness::Lenient).unwrap()
    }

    #[test]
    fn the_order_of_what_has_none_does_not_matter() {
        let one = avro(r#"{"type":"enum","name":"E","symbols":["A"],"aliases":["X","Y"],"p":{"a":1,"b":2},"q":1}"#);
        let other = avro(r#"{"q":1,"type":"enum","name":"E","symbols":["A"],"aliases":["Y","X"],"p":{"b":2,"a":1}}"#);
        assert!(one.is_equivalent(&other));
        assert_eq!(one.likeness(), other.likeness());
    }

    #[test]
    fn everything_else_matters() {
        let base = r#"{"type":"record","name":"R","doc":"d","aliases":["Q"],"fields":[
            {"name":"a","type":["null","int"],"default":null},
            {"name":"b","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}}]}"#;
        let schema = avro(base);
        for (from, to) in [
            (r#""name":"R""#, r#""name":"S""#),
            (r#""doc":"d""#, r#""doc":"e""#),
            (r#"["Q"]"#, r#"["P"]"#),
            (r#","default":null"#, ""),
            (r#""default":"A""#, r#""default":"B""#),
            (r#"["null","int"]"#, r#"["null","long"]"#),
            (r#""name":"a""#, r#""name":"a","order":"ignore""#),
            (r#""name":"a""#, r#""name":"a","x":1"#),
        ] {
            let changed = base.replace(from, to);
            assert_ne!(changed, base);
            assert!(!schema.is_equivalent(&avro(&changed)), "{changed}");
        }
        assert!(schema.is_equivalent(&avro(base)));
    }

    #[test]
    fn a_referenced_type_equals_the_same_type_inlined() {
        let money = r#"{"type":"fixed","name":"Money","namespace":"m","size":8}"#;
        let reference = Resolved { name: "m.Money".into(), kind: SchemaKind::Avro, text: money.into() };
        let split = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"m.Money"}]}"#;
        let split = parse(SchemaKind::Avro, split, &[reference], Strictness::Strict).unwrap();
        let whole = avro(&format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{money}}}]}}"#));
        assert!(split.is_equivalent(&whole));
        assert_eq!(split.likeness(), whole.likeness());
    }

    #[test]
    fn recursive_types_end() {
        let list = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
        assert!(avro(list).is_equivalent(&avro(list)));
        assert_eq!(avro(list).likeness(), avro(list).likeness());
    }

    #[test]
    fn names_and_types_show_in_the_likeness() {
        let base = r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"]},
            {"name":"b","type":{"type":"enum","name":"E","symbols":["A","B"]}}]}"#;
        for (from, to) in [("\"a\"", "\"c\""), ("int", "long"), ("\"R\"", "\"S\""), ("\"A\",", ""), ("\"null\",", "")] {
            let changed = base.replace(from, to);
            assert_ne!(avro(base).likeness(), avro(&changed).likeness(), "{changed}");
        }
    }
}
