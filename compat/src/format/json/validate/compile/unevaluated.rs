//! Which properties or items have been looked at by the time that `unevaluatedProperties` or `unevaluatedItems` asks for
//! the others?
//!
//! Often the properties are the same for every value that passes the rest of the schema: those that the schema and what
//! it refers to speak of. Then the keyword is one of the schema's own. Where they depend on which alternative a value
//! fits, only the slow form can tell.

use std::collections::HashSet;

use super::super::super::tree::{Draft, Site};
use super::{Compiler, Keywords};
use crate::json::{Node, Value};

/// How many schemas and names may be looked at while compiling.
const MAX_LOOKS: usize = 200_000;

/// What has been looked at.
#[derive(Default)]
pub(super) struct Evaluated<'s> {
    pub(super) names: Vec<&'s str>,
    pub(super) patterns: Vec<&'s str>,
    /// Whether `additionalProperties`, or the like, has looked at all that was left.
    pub(super) everything: bool,
}

impl Evaluated<'_> {
    fn is_within(&self, other: &Self) -> bool {
        let within = || is_subset(&self.names, &other.names) && is_subset(&self.patterns, &other.patterns);
        other.everything || (!self.everything && within())
    }
}

fn is_subset(some: &[&str], all: &[&str]) -> bool {
    let all: HashSet<&str> = all.iter().copied().collect();
    some.iter().all(|one| all.contains(one))
}

impl<'s> Compiler<'s> {
    /// Whether nothing but the schema's own keywords says which items have been looked at.
    pub(super) fn evaluates_items_in_place(&self, schema: Keywords<'s>) -> bool {
        let others = [
            "$ref",
            "$dynamicRef",
            "$recursiveRef",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if",
            "dependentSchemas",
            "dependencies",
            "contains",
        ];
        schema.draft >= Draft::Draft2019 && !others.iter().any(|keyword| schema.node.get(keyword).is_some())
    }

    /// The properties that have been looked at in every value that passes all but `unevaluatedProperties`; `None` if
    /// there may be more in some.
    pub(super) fn evaluated(&mut self, schema: Keywords<'s>) -> Option<Evaluated<'s>> {
        let mut search = Search { waiting: vec![schema.site], ..Search::default() };
        let mut always = Evaluated::default();
        self.search(&mut search, true, &mut always)?;
        let mut perhaps = Evaluated::default();
        while !search.perhaps.is_empty() {
            search.waiting = std::mem::take(&mut search.perhaps);
            self.search(&mut search, false, &mut perhaps)?;
        }
        perhaps.is_within(&always).then_some(always)
    }

    /// What the waiting schemas look at, and those that they ask in turn.
    fn search(&mut self, search: &mut Search<'s>, mut is_root: bool, evaluated: &mut Evaluated<'s>) -> Option<()> {
        while let Some(site) = search.waiting.pop() {
            if search.seen.insert(std::ptr::from_ref(site.node) as usize) {
                self.look(site, is_root, search, evaluated)?;
            }
            is_root = false;
        }
        Some(())
    }

    fn look(
        &mut self,
        site: Site<'s>,
        is_root: bool,
        search: &mut Search<'s>,
        evaluated: &mut Evaluated<'s>,
    ) -> Option<()> {
        let Some(members) = site.node.members() else { return Some(()) };
        if self.schema.draft(site) < Draft::Draft2019 {
            return None;
        }
        for member in members {
            self.looks += 1;
            let inner = |node| self.schema.within(site, node);
            let items = || member.value.list().unwrap_or_default().iter().map(inner);
            let held = || member.value.members().unwrap_or_default();
            match member.key.as_str() {
                "properties" => evaluated.names.extend(held().iter().map(|property| property.key.as_str())),
                "patternProperties" => evaluated.patterns.extend(held().iter().map(|pattern| pattern.key.as_str())),
                "additionalProperties" => evaluated.everything |= is_schema(&member.value),
                // Whatever passes one has none left that it did not look at.
                "unevaluatedProperties" if !is_root => evaluated.everything |= is_schema(&member.value),
                "$ref" => search.waiting.push(self.schema.follow(site, member.value.text()?)?),
                "allOf" => search.waiting.extend(items()),
                "anyOf" | "oneOf" => search.perhaps.extend(items()),
                "if" | "then" | "else" => search.perhaps.push(inner(&member.value)),
                "dependentSchemas" => search.perhaps.extend(held().iter().map(|one| inner(&one.value))),
                "$dynamicRef" | "$recursiveRef" | "dependencies" => return None,
                _ => {}
            }
        }
        // A list of schemas, too, is as long as it is.
        self.looks += evaluated.names.len() + evaluated.patterns.len() + search.perhaps.len();
        (self.looks <= MAX_LOOKS).then_some(())
    }
}

/// The schemas that ask something of the same object.
#[derive(Default)]
struct Search<'s> {
    waiting: Vec<Site<'s>>,
    /// Those that need not hold.
    perhaps: Vec<Site<'s>>,
    seen: HashSet<usize>,
}

fn is_schema(node: &Node) -> bool {
    matches!(node.value, Value::Object(_) | Value::Bool(_))
}
