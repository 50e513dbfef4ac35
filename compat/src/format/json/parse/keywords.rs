//! Do the keywords of a schema have values that mean something?
//!
//! The metaschemas are stricter: they also refuse lists that are empty or repeat something, where the meaning is plain.
//! And a keyword for values of one type means nothing where the `type` allows only others; such are not looked at, as
//! in other registries, whose histories are full of them.

use std::collections::HashSet;

use super::super::tree::{Draft, Holds, holds, reference_of};
use super::patterns::Patterns;
use super::{Node, Value, shown};

/// What is wrong, and which child of which child of the schema it is.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) path: Vec<u32>,
    pub(super) message: String,
}

/// The names of the types of values.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What a keyword's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Type,
    Text,
    Boolean,
    Number,
    /// More than nothing.
    Step,
    /// A whole number of at least 0.
    Count,
    Pattern,
    List,
    Names,
    NamesByName,
    Schemas(Holds),
    PatternedSchemas,
}

/// Which values a keyword judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judges {
    All,
    Texts,
    Numbers,
    Arrays,
    Objects,
}

/// Looks at every keyword of a schema that is an object, not at the schemas within.
pub(super) fn check(node: &Node, draft: Draft, patterns: &mut Patterns) -> Result<(), Flaw> {
    let hidden = draft <= Draft::Draft7 && reference_of(node).is_some();
    let types = node.get("type");
    for (at, member) in (0..).zip(node.members().unwrap_or_default()) {
        let keyword = member.key.as_str();
        let is_core = matches!(keyword, "$ref" | "definitions" | "$defs");
        let Some((shape, judges)) = meaning(keyword, draft).filter(|_| is_core || !hidden) else { continue };
        if !judges.any_of(types) {
            continue;
        }
        fits(keyword, shape, &member.value, draft, patterns)
            .map_err(|flaw| Flaw { path: [&[at], flaw.path.as_slice()].concat(), message: flaw.message })?;
    }
    Ok(())
}

/// What a keyword must look like in a dialect that has it.
fn meaning(keyword: &str, draft: Draft) -> Option<(Shape, Judges)> {
    use Judges::{All, Arrays, Numbers, Objects, Texts};
    let judges = match keyword {
        "items" | "additionalItems" | "prefixItems" | "contains" | "unevaluatedItems" => Arrays,
        "properties"
        | "patternProperties"
        | "additionalProperties"
        | "propertyNames"
        | "unevaluatedProperties"
        | "dependencies"
        | "dependentSchemas" => Objects,
        _ => All,
    };
    if keyword == "patternProperties" {
        return Some((Shape::PatternedSchemas, judges));
    }
    if let Some((holds, _)) = holds(keyword, draft) {
        return Some((Shape::Schemas(holds), judges));
    }
    let (shape, judges, since) = match keyword {
        "type" => (Shape::Type, All, Draft::Draft4),
        "$schema" | "title" | "description" | "format" | "$ref" => (Shape::Text, All, Draft::Draft4),
        "id" if draft == Draft::Draft4 => (Shape::Text, All, Draft::Draft4),
        "$id" => (Shape::Text, All, Draft::Draft6),
        "$anchor" | "$recursiveRef" => (Shape::Text, All, Draft::Draft2019),
        "$dynamicRef" | "$dynamicAnchor" => (Shape::Text, All, Draft::Draft2020),
        "enum" => (Shape::List, All, Draft::Draft4),
        "minLength" | "maxLength" => (Shape::Count, Texts, Draft::Draft4),
        "pattern" => (Shape::Pattern, Texts, Draft::Draft4),
        "minimum" | "maximum" => (Shape::Number, Numbers, Draft::Draft4),
        "multipleOf" => (Shape::Step, Numbers, Draft::Draft4),
        "exclusiveMinimum" | "exclusiveMaximum" if draft == Draft::Draft4 => (Shape::Boolean, Numbers, Draft::Draft4),
        "exclusiveMinimum" | "exclusiveMaximum" => (Shape::Number, Numbers, Draft::Draft6),
        "minItems" | "maxItems" => (Shape::Count, Arrays, Draft::Draft4),
        "uniqueItems" => (Shape::Boolean, Arrays, Draft::Draft4),
        "minContains" | "maxContains" => (Shape::Count, Arrays, Draft::Draft2019),
        "minProperties" | "maxProperties" => (Shape::Count, Objects, Draft::Draft4),
        "required" => (Shape::Names, Objects, Draft::Draft4),
        "dependentRequired" => (Shape::NamesByName, Objects, Draft::Draft2019),
        _ => return None,
    };
    (draft >= since).then_some((shape, judges))
}

impl Judges {
    /// Whether a schema with this `type` lets values through that the keyword judges.
    fn any_of(self, types: Option<&Node>) -> bool {
        let mine: &[&str] = match self {
            Self::All => return true,
            Self::Texts => &["string"],
            Self::Numbers => &["number", "integer"],
            Self::Arrays => &["array"],
            Self::Objects => &["object"],
        };
        let is_mine = |node: &Node| node.text().is_some_and(|word| mine.contains(&word));
        types.is_none_or(|types| is_mine(types) || types.list().is_some_and(|types| types.iter().any(is_mine)))
    }
}

fn fits(keyword: &str, shape: Shape, value: &Node, draft: Draft, patterns: &mut Patterns) -> Result<(), Flaw> {
    let must_be = |what: &str| flaw(format!("'{keyword}' must be {what}, not {}", value.what()));
    let number = match &value.value {
        Value::Number(digits) => digits.parse::<f64>().ok(),
        _ => None,
    };
    match shape {
        Shape::Type => a_type(value),
        Shape::Text if value.text().is_none() => must_be("text"),
        Shape::Boolean if !matches!(value.value, Value::Bool(_)) => {
            let instead = if keyword.starts_with("exclusive") { " in draft-04, beside the limit itself" } else { "" };
            must_be(&format!("true or false{instead}"))
        }
        Shape::Number if number.is_none() => match value.value {
            Value::Bool(_) if keyword.starts_with("exclusive") => {
                must_be(&format!("the limit itself in {} (only in draft-04 it is a switch)", draft.name()))
            }
            _ => must_be("a number"),
        },
        Shape::Step if number.is_none() => must_be("a number above 0"),
        Shape::Step if number <= Some(0.0) => flaw(format!("'{keyword}' must be above 0")),
        Shape::Count if number.is_none() => must_be("a whole number"),
        Shape::Count if number.is_none_or(|count| count < 0.0 || count.fract() != 0.0) => {
            flaw(format!("'{keyword}' must be a whole number of at least 0"))
        }
        Shape::Pattern => match value.text() {
            Some(pattern) => patterns.check(pattern).or_else(flaw),
            None => must_be("a regular expression"),
        },
        Shape::List if value.list().is_none() => must_be("a list"),
        Shape::Names => names(keyword, value),
        Shape::NamesByName => each_member(value, "lists of names", keyword, |list| names(keyword, list)),
        Shape::Schemas(holds) => schemas(keyword, holds, value, draft),
        Shape::PatternedSchemas => {
            schemas(keyword, Holds::Map, value, draft)?;
            for (at, member) in (0..).zip(value.members().unwrap_or_default()) {
                patterns.check(&member.key).or_else(flaw).map_err(|flaw| flaw.below(at))?;
            }
            Ok(())
        }
        Shape::Text | Shape::Boolean | Shape::Number | Shape::Step | Shape::Count | Shape::List => Ok(()),
    }
}

fn a_type(value: &Node) -> Result<(), Flaw> {
    let word = |node: &Node| match node.text() {
        Some(word) if TYPES.contains(&word) => Ok(()),
        Some(word) => flaw(format!("there is no type '{}', only {}", shown(word), TYPES.join(", "))),
        None => flaw(format!("a type is text, not {}", node.what())),
    };
    let Some(words) = value.list() else { return word(value) };
    if words.is_empty() {
        return flaw("a list of types can't be empty".to_owned());
    }
    let mut seen = HashSet::new();
    for (at, node) in (0..).zip(words) {
        word(node).map_err(|flaw| flaw.below(at))?;
        if !seen.insert(node.text()) {
            return flaw("a type stands twice in this list".to_owned()).map_err(|flaw: Flaw| flaw.below(at));
        }
    }
    Ok(())
}

fn names(keyword: &str, value: &Node) -> Result<(), Flaw> {
    let Some(items) = value.list() else {
        let hint = match value.value {
            Value::Bool(_) if keyword == "required" => {
                "; which properties are required is said where 'properties' stand"
            }
            _ => "",
        };
        return flaw(format!("'{keyword}' must be a list of names, not {}{hint}", value.what()));
    };
    for (at, item) in (0..).zip(items) {
        if item.text().is_none() {
            return flaw(format!("a name is text, not {}", item.what())).map_err(|flaw: Flaw| flaw.below(at));
        }
    }
    Ok(())
}

fn schemas(keyword: &str, holds: Holds, value: &Node, draft: Draft) -> Result<(), Flaw> {
    let is_schema = matches!(value.value, Value::Object(_) | Value::Bool(_));
    let must_be = |what: &str| flaw(format!("'{keyword}' must be {what}, not {}", value.what()));
    match holds {
        Holds::One if keyword == "items" && value.list().is_some() => flaw(format!(
            "'items' must be one schema in {}; the schemas of a tuple stand in 'prefixItems' there",
            draft.name()
        )),
        Holds::One if !is_schema => must_be("a schema"),
        Holds::OneOrList if !is_schema && value.list().is_none() => must_be("a schema or a list of schemas"),
        Holds::List if value.list().is_none() => must_be("a list of schemas"),
        Holds::List if value.list().is_some_and(<[Node]>::is_empty) => flaw(format!("'{keyword}' can't be empty")),
        Holds::Map if value.members().is_none() => must_be("an object with schemas"),
        Holds::MapOrNames => each_member(value, "schemas or lists of names", keyword, |entry| match entry.list() {
            Some(_) => names(keyword, entry),
            None => Ok(()),
        }),
        Holds::One | Holds::OneOrList | Holds::List | Holds::Map => Ok(()),
    }
}

fn each_member(value: &Node, what: &str, keyword: &str, check: impl Fn(&Node) -> Result<(), Flaw>) -> Result<(), Flaw> {
    let Some(members) = value.members() else {
        return flaw(format!("'{keyword}' must be an object with {what}, not {}", value.what()));
    };
    for (at, member) in (0..).zip(members) {
        check(&member.value).map_err(|flaw| flaw.below(at))?;
    }
    Ok(())
}

fn flaw<T>(message: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw { path: Vec::new(), message: message.into() })
}

impl Flaw {
    /// The same, seen from one level further out.
    fn below(mut self, at: u32) -> Self {
        self.path.insert(0, at);
        self
    }
}

#[cfg(test)]
mod tests;
