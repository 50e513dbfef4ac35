//! Where in a schema do others stand, and what does each judge?

use super::Draft;
use crate::json::{Node, Value};

/// What a subschema is to the schema around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Role {
    /// It judges the same value: a branch, a condition.
    Same,
    /// It judges a part of the value: a property, an item, a name.
    Part,
    /// It judges nothing until somebody refers to it.
    Definition,
}

/// The way from a schema to one directly within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Step<'n> {
    pub(in super::super) keyword: &'n str,
    /// Which member of the schema the keyword is.
    pub(in super::super) at: u32,
    /// Which child of the keyword's value it is, for keywords that hold several.
    pub(in super::super) inner: Option<u32>,
}

/// How a keyword holds schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Holds {
    One,
    List,
    Map,
    /// `items` before 2020-12.
    OneOrList,
    /// `dependencies`: schemas, and lists of names.
    MapOrNames,
}

/// What a keyword holds in a dialect, if it holds schemas at all. Definitions go by either name in every dialect, as in
/// Confluent.
pub(in super::super) fn holds(keyword: &str, draft: Draft) -> Option<(Holds, Role)> {
    let (holds, role, since) = match keyword {
        "properties" | "patternProperties" => (Holds::Map, Role::Part, Draft::Draft4),
        "additionalProperties" => (Holds::One, Role::Part, Draft::Draft4),
        "items" if draft == Draft::Draft2020 => (Holds::One, Role::Part, Draft::Draft2020),
        "items" => (Holds::OneOrList, Role::Part, Draft::Draft4),
        "additionalItems" if draft != Draft::Draft2020 => (Holds::One, Role::Part, Draft::Draft4),
        "allOf" | "anyOf" | "oneOf" => (Holds::List, Role::Same, Draft::Draft4),
        "not" => (Holds::One, Role::Same, Draft::Draft4),
        "dependencies" => (Holds::MapOrNames, Role::Same, Draft::Draft4),
        "definitions" | "$defs" => (Holds::Map, Role::Definition, Draft::Draft4),
        "contains" | "propertyNames" => (Holds::One, Role::Part, Draft::Draft6),
        "if" | "then" | "else" => (Holds::One, Role::Same, Draft::Draft7),
        "dependentSchemas" => (Holds::Map, Role::Same, Draft::Draft2019),
        "unevaluatedProperties" | "unevaluatedItems" => (Holds::One, Role::Part, Draft::Draft2019),
        "contentSchema" => (Holds::One, Role::Definition, Draft::Draft2019),
        "prefixItems" => (Holds::List, Role::Part, Draft::Draft2020),
        _ => return None,
    };
    (draft >= since).then_some((holds, role))
}

/// The text of a `$ref`, if it is one.
pub(in super::super) fn reference_of(node: &Node) -> Option<&str> {
    node.get("$ref").and_then(Node::text)
}

/// Shows every schema that stands directly within `node`. Up to draft-07 a `$ref` hides what stands beside it, but for
/// definitions.
pub(in super::super) fn each_subschema<'n>(
    node: &'n Node,
    draft: Draft,
    visit: &mut dyn FnMut(Role, Step<'n>, &'n Node),
) {
    let hidden = draft <= Draft::Draft7 && reference_of(node).is_some();
    for (at, member) in (0..).zip(node.members().unwrap_or_default()) {
        let Some((holds, role)) = holds(&member.key, draft) else { continue };
        if hidden && role != Role::Definition {
            continue;
        }
        let step = |inner| Step { keyword: &member.key, at, inner };
        match (&member.value.value, holds) {
            (Value::List(items), Holds::List | Holds::OneOrList) => {
                for (inner, item) in (0..).zip(items) {
                    visit(role, step(Some(inner)), item);
                }
            }
            (Value::Object(members), Holds::Map | Holds::MapOrNames) => {
                let names_only = |node: &Node| holds == Holds::MapOrNames && node.list().is_some();
                for (inner, entry) in (0..).zip(members).filter(|(_, entry)| !names_only(&entry.value)) {
                    visit(role, step(Some(inner)), &entry.value);
                }
            }
            (Value::Object(_) | Value::Bool(_), Holds::One | Holds::OneOrList) => {
                visit(role, step(None), &member.value)
            }
            _ => {}
        }
    }
}
