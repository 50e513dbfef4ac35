//! What does a schema ask of objects?

use std::collections::HashMap;

use super::super::super::tree::Draft;
use super::super::matcher::Matcher;
use super::super::program::{ANY, Dependent, Id, Shape};
use super::super::text::Names;
use super::unevaluated::Evaluated;
use super::{Compiler, Keywords, place};
use crate::json::{self, Member};

/// How often names may be compared with patterns while compiling.
const MAX_COMPARISONS: usize = 200_000;

/// The keywords that speak of objects.
const KEYWORDS: [&str; 11] = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
];

impl<'s> Compiler<'s> {
    pub(super) fn shape(&mut self, schema: Keywords<'s>) -> u32 {
        if !KEYWORDS.iter().any(|keyword| schema.node.get(keyword).is_some()) {
            return 0;
        }
        let mut patterns = self.pattern_properties(schema);
        let mut others = self.one_of(schema, "additionalProperties").unwrap_or(ANY);
        let mut properties = Properties::default();
        for member in self.members(schema, "properties") {
            let node = self.site(self.schema.within(schema.site, &member.value));
            let index = properties.index(&member.key);
            if let Some(slot) = properties.declared.get_mut(index) {
                *slot = Some(node);
            }
        }
        if let Some((evaluated, node)) = self.unevaluated(schema) {
            others = node;
            self.pass_over(schema, evaluated, &mut properties, &mut patterns);
        }
        let required = self.required(schema, &mut properties);
        let dependents = self.dependents(schema, &mut properties);
        let nodes: Vec<Id> = (0..properties.names.len())
            .map(|index| self.property_node(&properties, index, &patterns, others))
            .collect();
        let mut shape = Shape {
            names: Names::new(properties.names),
            nodes: nodes.into(),
            required: mask(&required),
            required_list: required.into(),
            patterns: patterns.into(),
            others,
            dependents: dependents.into(),
            ..Shape::default()
        };
        self.sizes(schema, "minProperties", "maxProperties", &mut shape.least, &mut shape.most);
        if schema.draft >= Draft::Draft6 {
            shape.names_node = self.one_of(schema, "propertyNames").unwrap_or(ANY);
        }
        // What matches several patterns, and names, are looked at more than once.
        self.may_be_undecided |= shape.patterns.len() > 1 || shape.names_node != ANY || !shape.dependents.is_empty();
        self.objects.push(shape);
        place(&self.objects)
    }

    /// The members of the object that a keyword has.
    fn members(&self, schema: Keywords<'s>, keyword: &str) -> &'s [Member] {
        schema.node.get(keyword).and_then(json::Node::members).unwrap_or_default()
    }

    fn pattern_properties(&mut self, schema: Keywords<'s>) -> Vec<(Matcher, Id)> {
        let mut patterns = Vec::new();
        for member in self.members(schema, "patternProperties") {
            let node = self.site(self.schema.within(schema.site, &member.value));
            patterns.extend(self.pattern(&member.key).map(|pattern| (pattern, node)));
        }
        patterns
    }

    /// What `unevaluatedProperties` asks, and of which properties it does not; `None` if it asks nothing.
    fn unevaluated(&mut self, schema: Keywords<'s>) -> Option<(Evaluated<'s>, Id)> {
        if schema.draft < Draft::Draft2019 {
            return None;
        }
        let node = self.one_of(schema, "unevaluatedProperties")?;
        let Some(evaluated) = self.evaluated(schema) else {
            self.unfit("the keyword 'unevaluatedProperties'");
            return None;
        };
        (!evaluated.everything).then_some((evaluated, node))
    }

    /// Lets pass what others have looked at.
    fn pass_over(
        &mut self,
        schema: Keywords<'s>,
        evaluated: Evaluated<'s>,
        properties: &mut Properties<'s>,
        patterns: &mut Vec<(Matcher, Id)>,
    ) {
        for name in evaluated.names {
            let index = properties.index(name);
            if let Some(slot) = properties.declared.get_mut(index) {
                slot.get_or_insert(ANY);
            }
        }
        let own = self.members(schema, "patternProperties");
        for pattern in evaluated.patterns {
            if !own.iter().any(|member| member.key == pattern) {
                patterns.extend(self.pattern(pattern).map(|matcher| (matcher, ANY)));
            }
        }
    }

    /// All that a property must pass that is known by name.
    fn property_node(
        &mut self,
        properties: &Properties<'s>,
        index: usize,
        patterns: &[(Matcher, Id)],
        others: Id,
    ) -> Id {
        let declared = properties.declared.get(index).copied().flatten();
        let name = properties.names.get(index).copied().unwrap_or_default();
        self.comparisons += patterns.len();
        if self.comparisons > MAX_COMPARISONS {
            self.unfit("very many properties together with very many patterns");
            return ANY;
        }
        let matching = patterns.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, node)| *node);
        let nodes: Vec<Id> = declared.into_iter().chain(matching).collect();
        if nodes.is_empty() { others } else { self.all_of(nodes) }
    }

    fn required(&self, schema: Keywords<'s>, properties: &mut Properties<'s>) -> Vec<u32> {
        schema.node.get("required").and_then(|node| properties.all(node)).unwrap_or_default()
    }

    fn dependents(&mut self, schema: Keywords<'s>, properties: &mut Properties<'s>) -> Vec<Dependent> {
        let mut dependents = Vec::new();
        for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
            if keyword != "dependencies" && schema.draft < Draft::Draft2019 {
                continue;
            }
            for member in self.members(schema, keyword) {
                let property = properties.index(&member.key) as u32;
                let (required, node) = match member.value.list() {
                    Some(_) if keyword != "dependentSchemas" => (properties.all(&member.value), ANY),
                    _ if keyword == "dependentRequired" => continue,
                    _ => (None, self.site(self.schema.within(schema.site, &member.value))),
                };
                dependents.push(Dependent { property, required: required.unwrap_or_default().into(), node });
            }
        }
        dependents
    }
}

/// The properties that a schema speaks of, in the order in which it does.
#[derive(Default)]
struct Properties<'s> {
    names: Vec<&'s str>,
    /// What `properties` has for each.
    declared: Vec<Option<Id>>,
    index: HashMap<&'s str, usize>,
}

impl<'s> Properties<'s> {
    fn index(&mut self, name: &'s str) -> usize {
        let next = self.names.len();
        let index = *self.index.entry(name).or_insert(next);
        if index == next {
            self.names.push(name);
            self.declared.push(None);
        }
        index
    }

    /// The properties that a list names, if it is one.
    fn all(&mut self, node: &'s json::Node) -> Option<Vec<u32>> {
        let names: Vec<&str> = node.list()?.iter().map(json::Node::text).collect::<Option<_>>()?;
        Some(names.into_iter().map(|name| self.index(name) as u32).collect())
    }
}

/// The bits of those below 128.
fn mask(required: &[u32]) -> [u64; 2] {
    let mut bits = 0u128;
    for index in required.iter().filter(|index| **index < 128) {
        bits |= 1 << index;
    }
    [bits as u64, (bits >> 64) as u64]
}
