//! Do schemas read as a project wants them to, and does somebody answer for them? Names, documentation, optional fields and
//! owners, as far as the project file asks.

use tidegate_compat::{Element, ElementKind, Outline, Parsed, SchemaKind};

use crate::finding::plain;
use crate::frame::{Frame, Role};
use crate::ignores::{Ignore, ignores};
use crate::local::Document;
use crate::project::Project;
use crate::report::Finding;
use crate::rules::{self, Rule};
use crate::words::shown;

/// What there is to say of a document.
pub(crate) fn lint(project: &Project, document: &Document, schema: &Parsed) -> Vec<Finding> {
    let mut found = Found { project, document, ignores: Vec::new(), outline: None, findings: Vec::new() };
    if project.asked.has_governance() && document.owner.is_none() {
        found.add(
            &rules::OWNER_MISSING,
            None,
            "the subject has no owner",
            "name one with `owner` in the rule of tidegate.yaml",
        );
    }
    found.ignores = ignores(document.kind, &document.text);
    for ignore in &found.ignores {
        if let Some(why) = ignore.objection() {
            let frame =
                ignore.span.map(|(start, end)| Frame::of(Role::Here, &document.path, &document.text, start, end, None));
            let (rule, about) = (&rules::IGNORE_WITHOUT_EFFECT, [ignore.rule.as_str()]);
            let message = shown(&format!("to ignore {} has no effect: {why}", ignore.rule));
            found.findings.push(plain(rule, &document.path, Some(&document.subject), message, &about).at(frame));
        }
    }
    if !project.asked.has_lint() && !project.asked.has_governance() {
        return found.findings;
    }
    let outline = schema.outline();
    found.outline = Some(&outline);
    let first = outline.elements.iter().find(|element| element.kind != ElementKind::File);
    if let Some(first) = first.filter(|first| is_blank(first.doc.as_deref())) {
        let message = format!("`{}` says nowhere what it is for", first.name);
        found.add(&rules::DESCRIPTION_MISSING, Some(first), &message, describe(document.kind));
    }
    for element in &outline.elements {
        // What a reference brings along, or what is met a second time, has no place in this text.
        if element.place.span.is_some() {
            found.style(element);
        }
    }
    found.findings
}

struct Found<'f> {
    project: &'f Project,
    document: &'f Document,
    /// What the text asks to be left alone by.
    ignores: Vec<Ignore>,
    outline: Option<&'f Outline>,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn style(&mut self, element: &Element) {
        let name = element.name.as_str();
        let is_named = self.document.kind != SchemaKind::Json;
        match element.kind {
            ElementKind::Field | ElementKind::Oneof if is_named && !is_snake(name) => {
                let message = format!("the name of field `{name}` is not in snake_case");
                self.add(&rules::FIELD_CASE, Some(element), &message, &format!("`{}` would be", snake(name)));
            }
            ElementKind::Record | ElementKind::Enum | ElementKind::Fixed if is_named && !is_pascal(name) => {
                let message = format!("the name of {} `{}` is not in PascalCase", element.kind.as_str(), last(name));
                self.add(&rules::TYPE_CASE, Some(element), &message, "begin it with a capital, and each word of it");
            }
            ElementKind::Symbol if is_named && !is_upper(name) => {
                let message = format!("the symbol `{name}` is not in UPPER_CASE");
                self.add(
                    &rules::SYMBOL_CASE,
                    Some(element),
                    &message,
                    &format!("`{}` would be", snake(name).to_uppercase()),
                );
            }
            _ => {}
        }
        let is_optional = element.type_name.split(" | ").any(|branch| branch == "null");
        if element.kind == ElementKind::Field
            && self.document.kind == SchemaKind::Avro
            && is_optional
            && !element.facets.contains_key("default")
        {
            let message = format!("the field `{name}` may be null and has no default");
            let help = "put null first in the union, and give it null as the default";
            self.add(&rules::OPTIONAL_WITHOUT_DEFAULT, Some(element), &message, help);
        }
        let is_told = matches!(element.kind, ElementKind::Record | ElementKind::Enum | ElementKind::Field);
        if is_told && is_blank(element.doc.as_deref()) {
            let message = format!("the {} `{}` is not described", element.kind.as_str(), last(name));
            self.add(&rules::DOC_MISSING, Some(element), &message, describe(self.document.kind));
        }
    }

    fn add(&mut self, rule: &'static Rule, element: Option<&Element>, message: &str, help: &str) {
        let Document { path, text, subject, .. } = self.document;
        let Some(weight) = self.project.asked.weight(rule, path) else { return };
        let is_ignored = |ignore: &Ignore| {
            let is_meant = ignore.objection().is_none() && ignore.of_style() == Some(rule);
            is_meant && self.outline.is_some_and(|outline| ignore.holds_for(outline, element, text))
        };
        if self.ignores.iter().any(is_ignored) {
            return;
        }
        let place = element.map(|element| &element.place);
        let frame = place.and_then(|place| place.span).map(|span| Frame::of_span(Role::Here, path, text, span, None));
        let about = element.map(|element| format!("{} {}", element.path, element.name)).unwrap_or_default();
        let mut finding = plain(rule, path, Some(subject), message, &[&about]).at(frame).help(help);
        finding.severity = weight;
        finding.path = place.map(|place| place.path.clone()).unwrap_or_default();
        // A type that is unfolded in several places is said once.
        if !self.findings.iter().any(|known| known.fingerprint == finding.fingerprint || is_same_place(known, &finding))
        {
            self.findings.push(finding);
        }
    }
}

fn is_same_place(one: &Finding, other: &Finding) -> bool {
    let place = |finding: &Finding| finding.frames.first().map(|frame| frame.start);
    one.code == other.code && place(one).is_some() && place(one) == place(other)
}

fn describe(kind: SchemaKind) -> &'static str {
    match kind {
        SchemaKind::Avro => "say it in `doc`",
        SchemaKind::Protobuf => "say it in a comment before it",
        SchemaKind::Json => "say it in `description`",
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_snake(name: &str) -> bool {
    !name.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_pascal(name: &str) -> bool {
    let name = last(name);
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && !name.contains('_')
}

fn is_upper(name: &str) -> bool {
    !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// `customerId` as `customer_id`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut told = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        // A word begins behind a small letter, and with the last capital of several.
        let begins = before.is_some_and(|before| {
            *before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
        });
        if letter.is_uppercase() && begins {
            told.push('_');
        }
        told.extend(letter.to_lowercase());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_turned_as_a_person_would() {
        for (name, told) in [
            ("customerId", "customer_id"),
            ("HTTPStatus", "http_status"),
            ("userID", "user_id"),
            ("a_b", "a_b"),
            ("Eur", "eur"),
        ] {
            assert_eq!(snake(name), told);
        }
        assert!(is_pascal("shop.OrderLine") && !is_pascal("shop.order") && !is_pascal("Order_Line"));
        assert!(is_snake("order_id2") && !is_snake("orderId") && is_upper("GBP_1") && !is_upper("Gbp"));
    }
}
