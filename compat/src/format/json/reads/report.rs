//! How is a difference told: at which path, at which places of the two texts, and as which bare fact?

use std::collections::HashSet;

use super::model::{Id, Model, Shape, members};
use crate::json::{Extent, Node};
use crate::violation::{Basis, Edit, Place, Rule, Severity, Side, Span, Told, Violation};

/// A difference before it knows its places.
pub(super) struct Problem<'f> {
    pub(super) old: Spot<'f>,
    pub(super) new: Spot<'f>,
    /// What to add to the path of the pair: a keyword, or nothing.
    pub(super) at: &'f str,
    pub(super) message: String,
    pub(super) fix: Option<String>,
    pub(super) edits: Vec<Edit>,
}

/// The part of a node to point at. Where it is missing, the node itself.
#[derive(Clone, Copy)]
pub(super) struct Spot<'f> {
    id: Id,
    keyword: &'f str,
    member: &'f str,
    /// The value of the member, where it is known.
    value: Option<&'f Node>,
}

impl<'f> Spot<'f> {
    pub(super) fn node(id: Id) -> Self {
        Self { id, keyword: "", member: "", value: None }
    }

    pub(super) fn keyword(id: Id, keyword: &'f str) -> Self {
        Self { id, keyword, member: "", value: None }
    }

    pub(super) fn member(id: Id, keyword: &'f str, member: &'f str) -> Self {
        Self { id, keyword, member, value: None }
    }

    /// An item of a list.
    pub(super) fn item(id: Id, item: &'f Node) -> Self {
        Self { id, keyword: "", member: "", value: Some(item) }
    }

    /// A declared property, or where it would be.
    pub(super) fn property(model: &Model<'f>, id: Id, name: &'f str) -> Self {
        let property = match model.shape(id) {
            Shape::Object(object) => object.property(name),
            _ => None,
        };
        match property {
            Some(property) => Self { id, keyword: "properties", member: name, value: Some(property.node) },
            None => Self::keyword(id, "properties"),
        }
    }

    fn extent(self, model: &Model<'_>) -> Option<Extent> {
        let entry = model.entry(self.id);
        if entry.site.document != 0 {
            return None;
        }
        let text = model.schema(entry.side).source.text();
        let node = entry.site.node;
        if let Some(value) = self.value {
            return Some(name_extent(text, self.member, value));
        }
        let Some(keyword) = node.get(self.keyword) else { return Some(node.extent) };
        let item = |node: &Node| node.text() == Some(self.member);
        if let Some(item) = keyword.list().and_then(|list| list.iter().find(|node| item(node))) {
            return Some(item.extent);
        }
        let named = members(Some(keyword)).iter().find(|member| member.key == self.member);
        Some(match named {
            Some(member) => name_extent(text, &member.key, &member.value),
            None => name_extent(text, self.keyword, keyword),
        })
    }
}

/// What is told, and the path on the way there.
#[derive(Default)]
pub(super) struct Report {
    path: Vec<String>,
    told: Told,
    known: HashSet<(&'static str, String, String)>,
    violations: Vec<Violation>,
}

impl Report {
    pub(super) fn enter(&mut self, step: &[&str]) {
        self.path.push(step.join("/"));
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Whether enough was told under rules of this kind.
    pub(super) fn is_enough(&self, rule: &Rule) -> bool {
        self.told.is_enough(rule)
    }

    /// Tells a problem under `rule`. The fact is that of `origin`, which is another rule where a policy made it advice.
    pub(super) fn add(&mut self, model: &Model<'_>, rule: &'static Rule, origin: &Rule, problem: Problem<'_>) {
        let mut path = self.path.join("/");
        if !problem.at.is_empty() {
            path = if path.is_empty() { problem.at.to_owned() } else { format!("{path}/{}", problem.at) };
        }
        let place = |spot: Spot<'_>, side: Side| Place {
            path: format!("/{path}"),
            span: spot.extent(model).map(|extent| model.schema(side).source.span(extent)),
        };
        // The same twice is one: two branches can lead to the same place.
        if !self.known.insert((rule.code, path.clone(), problem.message.clone())) {
            return;
        }
        let more = self.told.count(rule);
        self.violations.push(Violation {
            rule,
            reader: place(problem.new, Side::Reader),
            writer: place(problem.old, Side::Writer),
            message: problem.message + more,
            fix: problem.fix,
            fact: fact(origin, &path),
            edits: problem.edits,
        });
    }

    /// How much is told so far.
    pub(super) fn told(&self) -> usize {
        self.violations.len()
    }

    /// Puts the reason of another difference in place of what the last one said. Its path is one within the last one's.
    pub(super) fn explain_last(&mut self, reason: Violation) {
        if let Some(last) = self.violations.last_mut() {
            let is_near = reason.reader.path.matches('/').count() < 2;
            let within = if is_near { String::new() } else { format!(", at {} within", reason.reader.path) };
            last.message = reason.message + &within;
            last.fix = reason.fix;
            last.edits = reason.edits;
            last.reader.span = reason.reader.span;
            last.writer.span = reason.writer.span;
        }
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// The span of a node in the text of a side, if it stands there.
pub(super) fn span(model: &Model<'_>, id: Id, extent: Extent) -> Option<Span> {
    let entry = model.entry(id);
    (entry.site.document == 0).then(|| model.schema(entry.side).source.span(extent))
}

/// The words of a node as they stand in the text of its side.
pub(super) fn words<'m>(model: &'m Model<'_>, id: Id, node: &Node) -> Option<&'m str> {
    let entry = model.entry(id);
    let text = (entry.site.document == 0).then(|| model.schema(entry.side).source.text())?;
    text.get(node.extent.start..node.extent.end)
}

/// Where the name of a member stands, which is before its value; its value where the name is not written plainly.
fn name_extent(text: &str, name: &str, value: &Node) -> Extent {
    let before = text.get(..value.extent.start).unwrap_or_default().trim_end();
    let before = before.strip_suffix(':').unwrap_or(before).trim_end();
    let quoted = format!("\"{name}\"");
    if !name.is_empty() && before.ends_with(&quoted) {
        return Extent { start: before.len() - quoted.len(), end: before.len() };
    }
    value.extent
}

/// The bare fact, in which the two sides are the new and the old schema.
fn fact(rule: &Rule, path: &str) -> String {
    let at = format!("'#/{path}'");
    let difference = rule.confluent.unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| difference.ends_with(ending));
    if rule.basis == Basis::Laxer {
        return format!("{at} passes, though the new schema may refuse there what the old schema allows");
    }
    if rule.severity != Severity::Error {
        return format!("{at} reads differently in the new schema and the old schema");
    }
    if ends(&["_OPEN_CONTENT_MODEL"]) && difference.contains("_ADDED_TO_") {
        let kind = if difference.contains("REQUIRED") { "requires" } else { "has" };
        return format!("the new schema {kind} {at}, which the old schema leaves open");
    }
    if difference == "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL" {
        return format!("the new schema requires {at}, which the old schema does not have");
    }
    if ends(&["_REMOVED_FROM_CLOSED_CONTENT_MODEL"]) {
        return format!("the new schema is closed and lacks {at}, which the old schema has");
    }
    if ends(&["_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"]) {
        return format!("the new schema lacks {at} of the old schema, and what it takes instead does not cover it");
    }
    if ends(&["_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"]) {
        return format!("the new schema has {at}, which does not cover what the old schema allows there");
    }
    if ends(&["PROPERTIES_REMOVED", "ITEMS_REMOVED"]) {
        return format!("{at} allows nothing in the new schema and something in the old schema");
    }
    if ends(&["PROPERTIES_NARROWED", "ITEMS_NARROWED"]) {
        return format!("{at} allows less in the new schema than in the old schema");
    }
    if ends(&["_ADDED"]) {
        return format!("{at} is in the new schema and not in the old schema");
    }
    if ends(&["_INCREASED", "MULTIPLE_OF_EXPANDED"]) {
        return format!("{at} is higher in the new schema than in the old schema");
    }
    if ends(&["_DECREASED"]) {
        return format!("{at} is lower in the new schema than in the old schema");
    }
    if ends(&["TYPE_NARROWED"]) && difference == "TYPE_NARROWED" || ends(&["CHANGED"]) {
        return format!("{at} is different in the new schema and the old schema");
    }
    let more = if ends(&["_EXTENDED"]) { "more" } else { "fewer" };
    format!("{at} has {more} elements in the new schema than in the old schema")
}
