//! What is the type of a value, in a few words?

use super::super::canonical::compact;
use super::{Key, key, targets};
use crate::format::json::tree::{Draft, Schema, Site, reference_of};
use crate::json::{Node, Value};

/// How far a name looks into a type, and how many alternatives it tells.
const MAX_DEPTH: usize = 5;
const MAX_CHOICES: usize = 6;
/// How many schemas are looked at for one name, and how long a constant may be to stand in it.
const MAX_STEPS: usize = 40;
const MAX_CONST: usize = 40;

/// `string`, `array<object>`, `string | null` … A reference to something in `open` is told by its name.
pub(super) fn of<'n>(schema: &'n Schema, site: Site<'n>, open: &'n [Key]) -> String {
    let mut namer = Namer { schema, open, steps: MAX_STEPS };
    namer.named(site, MAX_DEPTH).unwrap_or_else(|| "any".to_owned())
}

/// The words of the `type` keyword.
pub(super) fn words(node: &Node) -> Option<Vec<&str>> {
    let types = node.get("type")?;
    match types.list() {
        Some(words) => Some(words.iter().filter_map(Node::text).collect()),
        None => Some(vec![types.text()?]),
    }
}

/// Whether the `type` keyword says just this.
pub(super) fn is(node: &Node, word: &str) -> bool {
    node.get("type").and_then(Node::text) == Some(word)
}

/// How people call what a reference leads to: the last part of it.
pub(super) fn last_part(reference: &str) -> Option<&str> {
    let part = reference.rsplit(['/', '#']).find(|part| !part.is_empty())?;
    Some(part.strip_suffix(".json").unwrap_or(part))
}

/// The finder of one name, which must stay short and cheap.
struct Namer<'n> {
    schema: &'n Schema,
    open: &'n [Key],
    steps: usize,
}

impl<'n> Namer<'n> {
    fn named(&mut self, site: Site<'n>, depth: usize) -> Option<String> {
        let node = site.node;
        if let Value::Bool(value) = node.value {
            return Some(if value { "any" } else { "nothing" }.to_owned());
        }
        let depth = depth.checked_sub(1)?;
        self.steps = self.steps.checked_sub(1)?;
        let hidden = self.schema.draft(site) <= Draft::Draft7 && reference_of(node).is_some();
        if !hidden && let Some(own) = self.own(site, depth) {
            return Some(own);
        }
        let (reference, target) = targets(self.schema, site).into_iter().next()?;
        if self.open.contains(&key(target)) {
            let title = target.node.get("title").and_then(Node::text);
            return Some(last_part(reference).or(title).unwrap_or("the schema itself").to_owned());
        }
        self.named(target, depth)
    }

    /// What a schema says itself.
    fn own(&mut self, site: Site<'n>, depth: usize) -> Option<String> {
        let node = site.node;
        if node.get("enum").is_some() {
            return Some("enum".to_owned());
        }
        if let Some(value) = node.get("const") {
            let is_short = value.extent.end.saturating_sub(value.extent.start) <= MAX_CONST;
            let is_plain = is_short && value.list().is_none() && value.members().is_none();
            return Some(if is_plain { compact(value) } else { "const".to_owned() });
        }
        if let Some(words) = words(node) {
            let words: Vec<_> = words.into_iter().map(|word| self.word(site, word, depth)).collect();
            return Some(words.join(" | "));
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = node.get(keyword).and_then(Node::list) {
                return Some(self.choice(site, branches, depth).unwrap_or_else(|| keyword.to_owned()));
            }
        }
        if let Some(word) = implied(node) {
            return Some(self.word(site, word, depth));
        }
        let parts = node.get("allOf").and_then(Node::list)?;
        parts.iter().take(MAX_CHOICES).find_map(|part| self.named(self.schema.within(site, part), depth))
    }

    fn word(&mut self, site: Site<'n>, word: &str, depth: usize) -> String {
        let tuple = || site.node.get("prefixItems").or(site.node.get("items")).and_then(Node::list);
        match word {
            "array" if tuple().is_some() => "tuple".to_owned(),
            "array" => {
                self.inner(site, "items", depth).map_or_else(|| word.to_owned(), |items| format!("array<{items}>"))
            }
            "object" if site.node.get("properties").is_none() => self
                .inner(site, "additionalProperties", depth)
                .map_or_else(|| word.to_owned(), |values| format!("map<{values}>")),
            word => word.to_owned(),
        }
    }

    fn inner(&mut self, site: Site<'n>, keyword: &str, depth: usize) -> Option<String> {
        let inner = site.node.get(keyword).filter(|inner| inner.members().is_some())?;
        self.named(self.schema.within(site, inner), depth)
    }

    /// The types of some branches, each told once.
    fn choice(&mut self, site: Site<'n>, branches: &'n [Node], depth: usize) -> Option<String> {
        let mut names: Vec<String> = Vec::new();
        for branch in branches.iter().take(MAX_CHOICES + 1) {
            let name = self.named(self.schema.within(site, branch), depth)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (branches.len() <= MAX_CHOICES).then(|| names.join(" | "))
    }
}

/// The type that keywords speak of when none is given.
fn implied(node: &Node) -> Option<&'static str> {
    node.members()?.iter().find_map(|member| match member.key.as_str() {
        "properties"
        | "patternProperties"
        | "additionalProperties"
        | "required"
        | "minProperties"
        | "maxProperties" => Some("object"),
        "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" | "contains" => Some("array"),
        "pattern" | "minLength" | "maxLength" => Some("string"),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => Some("number"),
        _ => None,
    })
}
