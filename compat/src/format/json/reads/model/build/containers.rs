//! What do the keywords about objects and arrays say, in the terms of any dialect?

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::super::{Array, Extra, Id, Object, Property, Shape, members};
use super::Build;
use crate::format::json::tree::{Draft, Site};
use crate::json::{Node, Value};
use crate::violation::Side;

/// How large the program of a pattern may become.
const MAX_PATTERN_SIZE: usize = 1 << 20;

impl<'s> Build<'s> {
    pub(super) fn object(&mut self, side: Side, site: Site<'s>, draft: Draft, demanded: bool) -> Shape<'s> {
        let node = site.node;
        let declared = members(node.get("properties"));
        let properties: Vec<_> = declared
            .iter()
            .map(|member| {
                let of = self.inner(side, site, &member.value);
                let own = member.value.get("default").is_some();
                let has_default = own || self.entries[of].site.node.get("default").is_some();
                Property { name: &member.key, node: &member.value, of, has_default }
            })
            .collect();
        let places = declared.iter().enumerate().map(|(place, member)| (member.key.as_str(), place)).collect();
        let mut required = texts(node.get("required"));
        required.sort_unstable();
        required.dedup();
        let patterns = members(node.get("patternProperties"))
            .iter()
            .map(|member| (member.key.as_str(), regex(&member.key), self.inner(side, site, &member.value)))
            .collect();
        let (names, schemas) = self.dependencies(side, site, draft);
        Shape::Object(Box::new(Object {
            demanded,
            properties,
            places,
            required,
            patterns,
            additional: self.extra(side, site, node.get("additionalProperties")),
            unevaluated: self.unevaluated(side, site, draft, "unevaluatedProperties"),
            dependent_names: names,
            dependent_schemas: schemas,
        }))
    }

    #[allow(clippy::type_complexity, reason = "the two halves of one answer")]
    fn dependencies(
        &mut self,
        side: Side,
        site: Site<'s>,
        draft: Draft,
    ) -> (BTreeMap<&'s str, Vec<&'s str>>, BTreeMap<&'s str, Id>) {
        let node = site.node;
        let (names, schemas) = if draft >= Draft::Draft2019 {
            (members(node.get("dependentRequired")), members(node.get("dependentSchemas")))
        } else {
            (members(node.get("dependencies")), members(node.get("dependencies")))
        };
        let sorted = |node: &'s Node| {
            let mut list = texts(Some(node));
            list.sort_unstable();
            list.dedup();
            list
        };
        let lists = names.iter().filter(|member| member.value.list().is_some());
        let names = lists.map(|member| (member.key.as_str(), sorted(&member.value))).collect();
        let subschemas = schemas.iter().filter(|member| member.value.list().is_none());
        let schemas = subschemas.map(|member| (member.key.as_str(), self.inner(side, site, &member.value))).collect();
        (names, schemas)
    }

    pub(super) fn array(&mut self, side: Side, site: Site<'s>, draft: Draft, demanded: bool) -> Shape<'s> {
        let node = site.node;
        let items = node.get("items");
        let (tuple, rest) = if draft >= Draft::Draft2020 {
            (node.get("prefixItems"), items)
        } else {
            (items.filter(|items| items.list().is_some()), node.get("additionalItems"))
        };
        let tuple: Vec<_> =
            tuple.and_then(Node::list).unwrap_or_default().iter().map(|item| self.inner(side, site, item)).collect();
        let (every, additional) = match items.filter(|items| items.list().is_none()) {
            // Before 2020-12, `items` alone is for all items; since then it is for those behind the prefix.
            Some(items) if draft < Draft::Draft2020 => {
                (Some(self.inner(side, site, items)), self.extra(side, site, rest))
            }
            Some(items) if tuple.is_empty() && items.members().is_some() => {
                (Some(self.inner(side, site, items)), Extra::Absent)
            }
            _ => (None, self.extra(side, site, rest)),
        };
        let unevaluated = self.unevaluated(side, site, draft, "unevaluatedItems");
        Shape::Array(Box::new(Array { demanded, every, tuple, additional, unevaluated }))
    }

    fn extra(&mut self, side: Side, site: Site<'s>, node: Option<&'s Node>) -> Extra {
        match node.map(|node| (node, &node.value)) {
            None => Extra::Absent,
            Some((_, Value::Bool(true))) => Extra::Allowed,
            Some((_, Value::Bool(false))) => Extra::Refused,
            Some((node, _)) => Extra::Schema(self.inner(side, site, node)),
        }
    }

    fn unevaluated(&mut self, side: Side, site: Site<'s>, draft: Draft, keyword: &str) -> Option<Id> {
        let node = site.node.get(keyword).filter(|_| draft >= Draft::Draft2019)?;
        Some(self.inner(side, site, node))
    }
}

fn texts(node: Option<&Node>) -> Vec<&str> {
    node.and_then(Node::list).unwrap_or_default().iter().filter_map(Node::text).collect()
}

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(MAX_PATTERN_SIZE).build().ok()
}
