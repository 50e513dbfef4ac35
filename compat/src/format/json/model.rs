//! What values do payloads of a JSON Schema hold? A tree of types along the paths that values can have.
//!
//! Several subschemas speak of one value: through references, `allOf`, `anyOf`, `oneOf`, `if`. What any of them declares
//! may be there. A schema that leads back into itself leads to the type that is known by then.

mod inline;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::outline::{members, tags};
use super::tree::{Draft, Schema, Site, reference_of};
use crate::demand::{Demands, OfField, OfRecord, OfValue};
use crate::json::{Node, Value};
use crate::model::{Field, Form, Model, Record, TypeId};

pub(super) use inline::rules as inline_rules;

/// How many types a model may have, how many subschemas may speak of one value, and how deep values are followed. What
/// is beyond may be anything.
const MAX_TYPES: usize = 4_000;
const MAX_SITES: usize = 64;
const MAX_DEPTH: usize = 32;

/// The type of what may be anything, in every model.
pub(super) const ANY: TypeId = 0;

pub(super) fn model(schema: &Schema) -> Model {
    made(schema).0.model
}

/// The maker when it is done, and what is demanded of payloads as a whole.
fn made(schema: &Schema) -> (Maker<'_>, OfValue) {
    let mut maker = Maker {
        schema,
        model: Model::default(),
        known: HashMap::new(),
        demands: Demands::default(),
        met: HashSet::new(),
    };
    maker.model.add(Form::Any, "COMBINED");
    let (root, demanded) = maker.value(&[schema.at_root()], "$", 0);
    maker.model.roots.push(root);
    (maker, demanded)
}

/// The subschemas that speak of a value, by document and place.
type Key = Vec<(usize, usize)>;

struct Maker<'s> {
    schema: &'s Schema,
    model: Model,
    /// What is being made, and which type it will be.
    known: HashMap<Key, TypeId>,
    /// What inline rules demand of records and their fields, and the places where such rules were met.
    demands: Demands,
    met: HashSet<(usize, usize)>,
}

/// What an object becomes, and what is demanded in it.
struct Object {
    form: Form,
    word: &'static str,
    fields: Vec<OfField>,
    values: OfValue,
}

/// Kinds of values, one bit each.
mod kind {
    pub(super) const NULL: u8 = 1;
    pub(super) const BOOLEAN: u8 = 2;
    pub(super) const INTEGER: u8 = 4;
    pub(super) const NUMBER: u8 = 8;
    pub(super) const TEXT: u8 = 16;
    pub(super) const ARRAY: u8 = 32;
    pub(super) const OBJECT: u8 = 64;
    pub(super) const ALL: u8 = 127;
}

impl<'s> Maker<'s> {
    /// The type of a value, and what is demanded of it.
    fn value(&mut self, sites: &[Site<'s>], path: &str, depth: usize) -> (TypeId, OfValue) {
        let key: Key = sites.iter().map(|site| (site.document, site.node.extent.start)).collect();
        if let Some(known) = self.known.get(&key) {
            // What leads back into itself is a record, which knows its demands.
            return (*known, OfValue::default());
        }
        if sites.is_empty() || depth > MAX_DEPTH || self.model.types.len() >= MAX_TYPES {
            return (ANY, OfValue::default());
        }
        let id = self.model.add(Form::Any, "COMBINED");
        self.known.insert(key.clone(), id);
        let kinds = sites.iter().fold(kind::ALL, |kinds, site| kinds & self.kinds(*site, 0));
        let mut all = Vec::new();
        sites.iter().for_each(|site| self.gather(*site, &mut all));
        let mut forms = self.scalars(kinds);
        let mut demanded = OfValue { conditions: self.conditions(sites, &all, path), ..OfValue::default() };
        let mut fields = Vec::new();
        if kinds & kind::ARRAY != 0 {
            let (form, items) = self.list(&all, path, depth);
            forms.push((form, "ARRAY"));
            self.demand_items(&mut demanded, items, path);
        }
        if kinds & kind::OBJECT != 0 {
            let object = self.object(&all, path, depth);
            forms.push((object.form, object.word));
            self.demand_items(&mut demanded, object.values, path);
            fields = object.fields;
        }
        // Any kind, and nothing said of what is inside.
        let is_anything =
            kinds == kind::ALL && !forms.iter().any(|(form, _)| matches!(form, Form::List(_) | Form::Record(_)));
        let mut record = None;
        let (form, word) = match (forms.len(), forms.pop()) {
            _ if is_anything => (Form::Any, "COMBINED"),
            (1, Some(single)) => {
                record = matches!(single.0, Form::Record(_)).then_some(id);
                single
            }
            (_, last) => {
                let mut branches = Vec::new();
                for (form, word) in forms.into_iter().chain(last) {
                    let is_record = matches!(form, Form::Record(_));
                    let branch = self.model.add(form, word);
                    record = is_record.then_some(branch).or(record);
                    branches.push(branch);
                }
                (Form::Union(branches.into()), "COMBINED")
            }
        };
        if let Some(of) = record {
            // Where nothing else can be, the record itself has what is demanded of the value.
            let is_record = kinds & !kind::NULL == kind::OBJECT || depth == 0;
            let conditions = if is_record { std::mem::take(&mut demanded.conditions) } else { Vec::new() };
            if !(conditions.is_empty() && fields.is_empty()) {
                let choices = Vec::new();
                self.demands.records.push(OfRecord { of, name: path.into(), conditions, choices, fields });
            }
        }
        if let Some(of) = self.model.types.get_mut(id as usize) {
            (of.form, of.word) = (form, word);
        }
        // Elsewhere the same subschemas have another path.
        self.known.remove(&key);
        (id, demanded)
    }

    fn scalars(&self, kinds: u8) -> Vec<(Form, &'static str)> {
        let forms = [
            (kind::NULL, Form::Null, "NULL"),
            (kind::BOOLEAN, Form::Boolean, "BOOLEAN"),
            (kind::INTEGER, Form::Int, "INT"),
            (kind::NUMBER, Form::Float, "DOUBLE"),
            (kind::TEXT, Form::Text, "STRING"),
        ];
        let taken = forms.into_iter().filter(|(kind, ..)| kinds & kind != 0);
        taken.map(|(_, form, word)| (form, word)).collect()
    }

    fn list(&mut self, all: &[Site<'s>], path: &str, depth: usize) -> (Form, OfValue) {
        let mut items = Vec::new();
        for site in all {
            let lists = ["prefixItems", "items"].into_iter().filter_map(|keyword| site.node.get(keyword)?.list());
            let singles = ["items", "additionalItems"].into_iter().filter_map(|keyword| site.node.get(keyword));
            let nodes = lists.flatten().chain(singles.filter(|node| node.list().is_none()));
            items.extend(nodes.filter(|node| node.members().is_some()).map(|node| self.schema.within(*site, node)));
        }
        // Of a tuple each item may have another type: those of a union are told apart by their values only.
        let (of, demanded) = match items.as_slice() {
            [single] => self.value(&[*single], &format!("{path}[]"), depth + 1),
            _ => (ANY, OfValue::default()),
        };
        (Form::List(of), demanded)
    }

    fn object(&mut self, all: &[Site<'s>], path: &str, depth: usize) -> Object {
        let mut declared: BTreeMap<&'s str, Vec<Site<'s>>> = BTreeMap::new();
        let mut order = Vec::new();
        let mut values = Vec::new();
        let mut is_open = true;
        for site in all {
            for (name, node) in members(site.node, "properties") {
                let sites = declared.entry(name).or_insert_with(|| {
                    order.push(name);
                    Vec::new()
                });
                sites.push(self.schema.within(*site, node));
            }
            let patterns = members(site.node, "patternProperties").map(|(_, node)| node);
            let others = ["additionalProperties", "unevaluatedProperties"].into_iter();
            for node in others.filter_map(|keyword| site.node.get(keyword)) {
                is_open &= !matches!(node.value, Value::Bool(false));
                values.extend(node.members().map(|_| self.schema.within(*site, node)));
            }
            values.extend(patterns.filter(|node| node.members().is_some()).map(|node| self.schema.within(*site, node)));
        }
        if let ([], [of]) = (order.as_slice(), values.as_slice()) {
            let (of, values) = self.value(&[*of], &format!("{path}.*"), depth + 1);
            let keys = self.model.add(Form::Text, "STRING");
            return Object { form: Form::Map { keys, values: of }, word: "MAP", fields: Vec::new(), values };
        }
        let mut fields = Vec::new();
        let mut demanded = Vec::new();
        for name in order {
            let sites = declared.remove(name).unwrap_or_default();
            let full_name = format!("{path}.{name}");
            let mut all = Vec::new();
            sites.iter().for_each(|site| self.gather(*site, &mut all));
            let mut found: Vec<Box<str>> = Vec::new();
            for tag in all.iter().flat_map(|site| tags(site.node)) {
                if !found.iter().any(|known| **known == *tag) {
                    found.push(tag.into());
                }
            }
            let (of, value) = self.value(&sites, &full_name, depth + 1);
            if !value.is_nothing() {
                let (at, name) = (fields.len(), full_name.as_str().into());
                demanded.push(OfField { at, name, is_required: false, value });
            }
            fields.push(Field {
                name: name.into(),
                of,
                tags: found,
                full_name: full_name.into(),
                number: 0,
                has_presence: true,
                oneof: None,
            });
        }
        let is_open = is_open || !values.is_empty();
        let form = Form::Record(Record { fields, is_open, has_defaults: false });
        Object { form, word: "RECORD", fields: demanded, values: OfValue::default() }
    }

    // === What is said of one value ===

    /// All subschemas that speak of the same value.
    fn gather(&self, site: Site<'s>, all: &mut Vec<Site<'s>>) {
        let is_known = |other: &Site<'s>| std::ptr::eq(other.node, site.node);
        if all.len() >= MAX_SITES || all.iter().any(is_known) {
            return;
        }
        all.push(site);
        self.targets(site).for_each(|target| self.gather(target, all));
        if !self.is_hidden(site) {
            for keyword in ["allOf", "anyOf", "oneOf"] {
                self.each(site, keyword).for_each(|branch| self.gather(branch, all));
            }
            for node in ["if", "then", "else"].into_iter().filter_map(|keyword| site.node.get(keyword)) {
                self.gather(self.schema.within(site, node), all);
            }
        }
    }

    /// The kinds that a value can be of.
    fn kinds(&self, site: Site<'s>, depth: usize) -> u8 {
        if depth > MAX_DEPTH {
            return kind::ALL;
        }
        if let Value::Bool(false) = site.node.value {
            return 0;
        }
        let mut kinds = self.targets(site).fold(kind::ALL, |kinds, target| kinds & self.kinds(target, depth + 1));
        if self.is_hidden(site) {
            return kinds;
        }
        kinds &= own_kinds(site.node);
        kinds = self.each(site, "allOf").fold(kinds, |kinds, part| kinds & self.kinds(part, depth + 1));
        for keyword in ["anyOf", "oneOf"] {
            if site.node.get(keyword).and_then(Node::list).is_some_and(|list| !list.is_empty()) {
                kinds &= self.each(site, keyword).fold(0, |any, branch| any | self.kinds(branch, depth + 1));
            }
        }
        kinds
    }

    fn each(&self, site: Site<'s>, keyword: &str) -> impl Iterator<Item = Site<'s>> {
        let list = site.node.get(keyword).and_then(Node::list).unwrap_or_default();
        let schema = self.schema;
        list.iter().take(MAX_SITES).map(move |node| schema.within(site, node))
    }

    fn targets(&self, site: Site<'s>) -> impl Iterator<Item = Site<'s>> {
        let schema = self.schema;
        let references = ["$ref", "$recursiveRef", "$dynamicRef"].into_iter();
        references.filter_map(move |keyword| schema.follow(site, site.node.get(keyword)?.text()?))
    }

    /// Whether a reference hides what stands beside it.
    fn is_hidden(&self, site: Site<'s>) -> bool {
        self.schema.draft(site) <= Draft::Draft7 && reference_of(site.node).is_some()
    }
}

fn own_kinds(node: &Node) -> u8 {
    let of_value = |node: &Node| match &node.value {
        Value::Null => kind::NULL,
        Value::Bool(_) => kind::BOOLEAN,
        Value::Number(_) => kind::INTEGER | kind::NUMBER,
        Value::Text(_) => kind::TEXT,
        Value::List(_) => kind::ARRAY,
        Value::Object(_) => kind::OBJECT,
    };
    let of_word = |word: &str| match word {
        "null" => kind::NULL,
        "boolean" => kind::BOOLEAN,
        "integer" => kind::INTEGER,
        "number" => kind::INTEGER | kind::NUMBER,
        "string" => kind::TEXT,
        "array" => kind::ARRAY,
        "object" => kind::OBJECT,
        _ => kind::ALL,
    };
    let mut kinds = kind::ALL;
    if let Some(types) = node.get("type") {
        let words = types.list().unwrap_or_else(|| std::slice::from_ref(types));
        kinds &= words.iter().filter_map(Node::text).fold(0, |kinds, word| kinds | of_word(word));
    }
    if let Some(values) = node.get("enum").and_then(Node::list) {
        kinds &= values.iter().fold(0, |kinds, value| kinds | of_value(value));
    }
    if let Some(value) = node.get("const") {
        kinds &= of_value(value);
    }
    kinds
}
