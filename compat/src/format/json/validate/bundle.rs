//! What does the reference validator get to read? One document that says what the schema says and nothing else.
//!
//! Schemas as people write them refer in ways that only our reading understands, and carry keywords whose values mean
//! nothing where they stand. Here every reference leads to a definition in the same document, and only keywords are left
//! that have a meaning in their dialect.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::super::tree::{Draft, Holds, Role, Schema, Site, holds, reference_of};
use super::number::Number;
use crate::json::{Node, Value};

/// What the document calls itself, so that everything in it can be named from everywhere in it.
const HERE: &str = "urn:schema:here";

/// The schema as one document.
pub(super) fn bundle(schema: &Schema) -> Json {
    let root = schema.at_root();
    let mut bundle = Bundle {
        schema,
        draft: schema.draft(root),
        places: HashMap::new(),
        waiting: Vec::new(),
        definitions: Map::new(),
    };
    let first = bundle.reference_to(root);
    while let Some((name, site)) = bundle.waiting.pop() {
        let definition = bundle.definition(&name, site);
        bundle.definitions.insert(name, definition);
    }
    let mut document = Map::new();
    document.insert("$schema".into(), bundle.draft.uri().into());
    document.insert(id_keyword(bundle.draft).into(), HERE.into());
    // Up to draft-07 nothing may stand beside a reference.
    document.insert("allOf".into(), Json::Array(vec![first]));
    document.insert(definitions_keyword(bundle.draft).into(), bundle.definitions.into());
    document.into()
}

/// Whether `$dynamicRef` and `$recursiveRef` are plain references: there is no more than one place for each to lead to.
pub(super) fn has_plain_references(schema: &Schema) -> bool {
    let mut anchors = HashMap::new();
    let documents = schema.documents.iter().map(|document| &document.root);
    documents.chain([&schema.root]).for_each(|root| count_anchors(root, &mut anchors));
    anchors.values().all(|count| *count == 1)
}

fn count_anchors<'n>(node: &'n Node, anchors: &mut HashMap<&'n str, usize>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| count_anchors(item, anchors)),
        Value::Object(members) => {
            for member in members {
                let name = match member.key.as_str() {
                    "$dynamicAnchor" => member.value.text(),
                    "$recursiveAnchor" => (member.value.value == Value::Bool(true)).then_some(""),
                    _ => None,
                };
                if let Some(name) = name {
                    *anchors.entry(name).or_default() += 1;
                }
                count_anchors(&member.value, anchors);
            }
        }
        _ => {}
    }
}

struct Bundle<'s> {
    schema: &'s Schema,
    draft: Draft,
    /// The name of the definition that each schema became that something refers to, by where it stands in memory.
    places: HashMap<usize, String>,
    waiting: Vec<(String, Site<'s>)>,
    definitions: Map<String, Json>,
}

impl<'s> Bundle<'s> {
    fn reference_to(&mut self, site: Site<'s>) -> Json {
        let next = self.places.len();
        let address = std::ptr::from_ref(site.node) as usize;
        let name = self.places.entry(address).or_insert_with(|| {
            let name = format!("s{next}");
            self.waiting.push((name.clone(), site));
            name
        });
        let mut reference = Map::new();
        reference.insert("$ref".into(), format!("{HERE}#/{}/{name}", definitions_keyword(self.draft)).into());
        reference.into()
    }

    /// A definition; one in another dialect says so.
    fn definition(&mut self, name: &str, site: Site<'s>) -> Json {
        let draft = self.schema.draft(site);
        match self.converted(site) {
            Json::Object(members) if draft != self.draft => {
                let mut document = Map::new();
                document.insert("$schema".into(), draft.uri().into());
                document.insert(id_keyword(draft).into(), format!("{HERE}:{name}").into());
                document.insert("allOf".into(), Json::Array(vec![members.into()]));
                document.into()
            }
            // A definition that is nothing but true or false is none in draft-04.
            Json::Bool(true) => Map::new().into(),
            Json::Bool(false) => never(),
            other => other,
        }
    }

    fn converted(&mut self, site: Site<'s>) -> Json {
        let draft = self.schema.draft(site);
        let Some(members) = site.node.members() else {
            return match site.node.value {
                Value::Bool(false) if draft == Draft::Draft4 => never(),
                // The reference is quicker at this than at its equivalent.
                Value::Bool(false) => false.into(),
                _ => Map::new().into(),
            };
        };
        if draft <= Draft::Draft7
            && let Some(reference) = reference_of(site.node)
        {
            return self.followed(site, reference);
        }
        let mut out = Map::new();
        let mut others = Vec::new();
        for member in members {
            match (member.key.as_str(), holds(&member.key, draft)) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", _) if draft >= Draft::Draft2019 => {
                    others.extend(member.value.text().map(|reference| self.followed(site, reference)));
                }
                (_, Some((_, Role::Definition))) => {}
                (keyword, Some((holds, _))) => {
                    if let Some(value) = self.held(site, &member.value, holds) {
                        out.insert(keyword.into(), value);
                    }
                }
                (keyword, None) => {
                    if let Some(value) = asserted(keyword, &member.value, draft) {
                        out.insert(keyword.into(), value);
                    }
                }
            }
        }
        if !others.is_empty() {
            let all = out.entry("allOf").or_insert_with(|| Json::Array(Vec::new()));
            if let Json::Array(all) = all {
                all.append(&mut others);
            }
        }
        out.into()
    }

    fn followed(&mut self, site: Site<'s>, reference: &str) -> Json {
        match self.schema.follow(site, reference) {
            Some(target) => self.reference_to(target),
            // The parser has refused such.
            None => never(),
        }
    }

    /// The value of a keyword that holds schemas, unless it has the wrong shape, which means nothing.
    fn held(&mut self, site: Site<'s>, node: &'s Node, holds: Holds) -> Option<Json> {
        match (&node.value, holds) {
            (Value::Object(_) | Value::Bool(_), Holds::One | Holds::OneOrList) => Some(self.inner(site, node)),
            (Value::List(items), Holds::List | Holds::OneOrList) if !items.is_empty() => {
                Some(items.iter().map(|item| self.inner(site, item)).collect())
            }
            (Value::Object(members), Holds::Map | Holds::MapOrNames) => {
                let mut out = Map::new();
                for member in members {
                    let value = match member.value.list() {
                        Some(_) if holds == Holds::MapOrNames => names(&member.value)?,
                        _ => self.inner(site, &member.value),
                    };
                    out.insert(member.key.clone(), value);
                }
                Some(out.into())
            }
            _ => None,
        }
    }

    fn inner(&mut self, outer: Site<'s>, node: &'s Node) -> Json {
        let site = self.schema.within(outer, node);
        if self.schema.draft(site) == self.schema.draft(outer) { self.converted(site) } else { self.reference_to(site) }
    }
}

/// The value of a keyword that holds no schemas, in the way that metaschemas want it; `None` if it means nothing.
fn asserted(keyword: &str, node: &Node, draft: Draft) -> Option<Json> {
    let is_number = matches!(node.value, Value::Number(_));
    let is_boolean = matches!(node.value, Value::Bool(_));
    let later = |since: Draft| draft >= since;
    match keyword {
        "type" => match &node.value {
            Value::Text(_) => Some(value(node)),
            _ => names(node).filter(|names| names.as_array().is_some_and(|names| !names.is_empty())),
        },
        "enum" => node.list().map(|_| value(node)),
        "const" => later(Draft::Draft6).then(|| value(node)),
        "minimum" | "maximum" | "multipleOf" => is_number.then(|| value(node)),
        "exclusiveMinimum" | "exclusiveMaximum" if draft == Draft::Draft4 => is_boolean.then(|| value(node)),
        "exclusiveMinimum" | "exclusiveMaximum" => is_number.then(|| value(node)),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => count(node),
        "minContains" | "maxContains" if later(Draft::Draft2019) => count(node),
        "pattern" | "format" => node.text().map(Into::into),
        "contentEncoding" | "contentMediaType" if later(Draft::Draft6) => node.text().map(Into::into),
        "uniqueItems" => is_boolean.then(|| value(node)),
        "required" => names(node).filter(|names| names.as_array().is_some_and(|names| !names.is_empty())),
        "dependentRequired" if later(Draft::Draft2019) => {
            let members = node.members()?;
            members.iter().map(|member| Some((member.key.clone(), names(&member.value)?))).collect()
        }
        _ => None,
    }
}

/// A list of names without repetitions.
fn names(node: &Node) -> Option<Json> {
    let mut names: Vec<&str> = node.list()?.iter().map(Node::text).collect::<Option<_>>()?;
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    Some(names.into())
}

fn count(node: &Node) -> Option<Json> {
    super::compile::size_of(node).map(Into::into)
}

fn never() -> Json {
    let mut never = Map::new();
    never.insert("not".into(), Map::new().into());
    never.into()
}

fn id_keyword(draft: Draft) -> &'static str {
    if draft == Draft::Draft4 { "id" } else { "$id" }
}

fn definitions_keyword(draft: Draft) -> &'static str {
    if draft <= Draft::Draft7 { "definitions" } else { "$defs" }
}

/// The same value for another library.
pub(super) fn value(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(digits) => number(digits),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(value).collect(),
        Value::Object(members) => members.iter().map(|member| (member.key.clone(), value(&member.value))).collect(),
    }
}

/// What is beyond all numbers becomes the largest of them.
fn number(digits: &str) -> Json {
    match Number::read(digits) {
        Number::Unsigned(number) => number.into(),
        Number::Signed(number) => number.into(),
        Number::Float(number) => number.clamp(f64::MIN, f64::MAX).into(),
    }
}
