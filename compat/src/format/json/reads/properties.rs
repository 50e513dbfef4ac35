//! May the properties that were written still be read: those that are gone, new, required, matched by a pattern?

use std::collections::HashMap;

use super::model::{Content, Extra, Id, Object};
use super::report::{Problem, Spot, span};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::json::{Extent, Node};
use crate::violation::{Edit, Rule, Side};

impl<'s> Comparison<'_, 's> {
    // === Required ===

    pub(super) fn required(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>) {
        let items = self.model.keyword(pair.new, "required").and_then(Node::list).unwrap_or_default();
        // Lists may be long, and each name is looked up.
        let mut listed: HashMap<&str, usize> = HashMap::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            if let Some(name) = item.text() {
                listed.entry(name).or_insert(place);
            }
        }
        for name in new.required.iter().filter(|name| !old.requires(name)) {
            let declared = new.property(name);
            let rule = match (old.property(name), declared) {
                (Some(_), Some(property)) if property.has_default => &rules::REQUIRED_WITH_DEFAULT_ADDED,
                (Some(_), Some(_)) => &rules::REQUIRED_ADDED,
                // A new property is looked at with the properties, where Confluent does; unless it may be anything.
                (None, Some(property)) if !self.is_added_to_open(old, property.of, name) => continue,
                _ => &rules::REQUIRED_NOT_COMPARED,
            };
            let place = listed.get(name).copied();
            let item = place.and_then(|place| items.get(place));
            self.inside(&["required", name], |comparison| {
                comparison.tell(rule, |model| Problem {
                    old: Spot::property(model, pair.old, name),
                    new: item.map_or(Spot::member(pair.new, "required", name), |item| Spot::item(pair.new, item)),
                    at: "",
                    message: format!("the reader demands '{name}', which the writer may leave out"),
                    fix: Some(format!("take '{name}' out of required")),
                    edits: place
                        .and_then(|place| edit_without(items, place))
                        .and_then(|extent| span(model, pair.new, extent))
                        .map(|span| Edit { side: Side::Reader, span, replacement: String::new() })
                        .into_iter()
                        .collect(),
                });
            });
        }
    }

    fn is_added_to_open(&self, old: &Object<'s>, of: Id, name: &str) -> bool {
        self.model.is_empty(of) && self.model.content(old, name) == Content::Open
    }

    // === Come and gone ===

    pub(super) fn properties(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>) {
        for property in &old.properties {
            let (name, written) = (property.name, property.of);
            self.inside(&["properties", name], |comparison| match new.property(name) {
                Some(property) => comparison.compare(written, property.of),
                None => comparison.removed(pair, new, name, written),
            });
        }
        for property in new.properties.iter().filter(|property| old.property(property.name).is_none()) {
            let name = property.name;
            self.inside(&["properties", name], |comparison| {
                comparison.added(pair, old, new, name, property.of, property.has_default);
            });
        }
    }

    fn removed(&mut self, pair: Pair, new: &Object<'s>, name: &str, written: Id) {
        let rule = match self.model.content(new, name) {
            Content::Open => return,
            Content::Partially(cover) => {
                let covered = self.would_fit(written, cover).fits;
                self.compare(written, cover);
                if covered {
                    return;
                }
                &rules::PROPERTY_REMOVED_NOT_COVERED
            }
            Content::Closed if self.model.is_false(written) => return,
            Content::Closed => &rules::PROPERTY_REMOVED_FROM_CLOSED,
        };
        let why = match rule.code == rules::PROPERTY_REMOVED_FROM_CLOSED.code {
            true => "does not know it and takes no others than it knows",
            false => "takes others than it knows only if they follow a schema, which this one does not",
        };
        self.property_changed(pair, rule, name, format!("the writer may write '{name}', and the reader {why}"));
    }

    fn added(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>, name: &str, of: Id, has_default: bool) {
        let required = new.requires(name);
        match self.model.content(old, name) {
            Content::Open if self.model.is_empty(of) => return,
            Content::Open => {
                let rule = match (required, has_default) {
                    (true, true) => &rules::REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN,
                    (true, false) => &rules::REQUIRED_PROPERTY_ADDED_TO_OPEN,
                    (false, _) => &rules::OPTIONAL_PROPERTY_ADDED_TO_OPEN,
                };
                let demand = if required { ", and demands it" } else { "" };
                return self.property_changed(
                    pair,
                    rule,
                    name,
                    format!(
                        "the reader has a schema for '{name}'{demand}, while the writer's schema is open: it may have \
                         written anything under that name"
                    ),
                );
            }
            Content::Partially(cover) => {
                let covered = self.would_fit(cover, of).fits;
                self.compare(cover, of);
                if !covered {
                    let told = format!("the reader's schema for '{name}' does not take all that the writer's allows");
                    self.property_changed(pair, &rules::PROPERTY_ADDED_NOT_COVERED, name, told);
                }
            }
            Content::Closed if self.takes_others(old) && !self.model.is_empty(of) => {
                let told = format!("the reader has a schema for '{name}', and the writer may write anything there");
                self.property_changed(pair, &rules::PROPERTY_ADDED_THOUGH_OPEN, name, told);
            }
            Content::Closed => {}
        }
        if !required || old.requires(name) && self.model.content(old, name) != Content::Closed {
            return;
        }
        let (rule, told) = match has_default {
            true => (&rules::REQUIRED_PROPERTY_WITH_DEFAULT_ADDED, "has a default that a validator does not fill in"),
            false => (&rules::REQUIRED_PROPERTY_ADDED_TO_UNOPEN, "is not in the writer's schema"),
        };
        self.property_changed(pair, rule, name, format!("the reader demands '{name}', which {told}"));
    }

    /// Whether names that nothing is said about may be written after all, though Confluent counts the object as closed:
    /// it does when there are patterns, and does not tell `additionalProperties: true` from none. A pattern that is
    /// not understood here may match any name.
    fn takes_others(&self, old: &Object<'s>) -> bool {
        let restricted = old.unevaluated.is_some_and(|id| !self.model.is_empty(id));
        let may_match = old.patterns.iter().any(|(_, regex, _)| regex.is_none());
        old.additional == Extra::Allowed || old.additional == Extra::Absent && !restricted || may_match
    }

    fn property_changed(&mut self, pair: Pair, rule: &'static Rule, name: &str, message: String) {
        let fix = if rule.code == rules::PROPERTY_REMOVED_FROM_CLOSED.code
            || rule.code == rules::PROPERTY_REMOVED_NOT_COVERED.code
        {
            format!("keep '{name}'")
        } else if rule.slug.ends_with("-open") && !rule.slug.ends_with("-unopen") {
            format!(
                "leave '{name}' out; properties can only be added where the schema before says \
                 \"additionalProperties\": false, or under the policy LENIENT"
            )
        } else {
            format!("keep '{name}' optional and at least as wide as what the writer's schema allows")
        };
        self.tell(rule, |model| Problem {
            old: Spot::property(model, pair.old, name),
            new: Spot::property(model, pair.new, name),
            at: "",
            message,
            fix: Some(fix),
            edits: Vec::new(),
        });
    }

    // === Patterns ===

    /// Confluent does not compare what goes for names that match a pattern.
    pub(super) fn pattern_properties(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>) {
        let written = |pattern: &str| old.patterns.iter().find(|(other, _, _)| *other == pattern).map(|(_, _, id)| *id);
        for (pattern, _, wanted) in &new.patterns {
            let fits = match written(pattern) {
                Some(written) => self.would_fit(written, *wanted).sound,
                None => self.model.is_empty(*wanted),
            };
            if !fits {
                self.pattern_changed(pair, pattern, "has a schema of its own for");
            }
        }
        let takes_all = matches!(new.additional, Extra::Absent | Extra::Allowed);
        let is_kept = |pattern: &str| new.patterns.iter().any(|(other, _, _)| *other == pattern);
        for (pattern, _, _) in
            old.patterns.iter().filter(|(pattern, _, id)| !takes_all && !is_kept(pattern) && !self.model.is_false(*id))
        {
            self.pattern_changed(pair, pattern, "no longer makes an exception for");
        }
    }

    fn pattern_changed(&mut self, pair: Pair, pattern: &str, does: &str) {
        self.inside(&["patternProperties", pattern], |comparison| {
            comparison.tell(&rules::PATTERN_PROPERTIES_CHANGED, |_| Problem {
                old: Spot::member(pair.old, "patternProperties", pattern),
                new: Spot::member(pair.new, "patternProperties", pattern),
                at: "",
                message: format!(
                    "the reader {does} properties that match {pattern}, and the writer may have written others there"
                ),
                fix: Some(format!("keep what is said of {pattern}")),
                edits: Vec::new(),
            });
        });
    }
}

/// What to cut out of a list so that it lacks `name`: with the comma before or behind it. Nothing where it is alone,
/// because some drafts refuse an empty list.
fn edit_without(items: &[Node], place: usize) -> Option<Extent> {
    let item = items.get(place)?;
    match (items.get(place + 1), place.checked_sub(1).and_then(|before| items.get(before))) {
        (Some(next), _) => Some(Extent { start: item.extent.start, end: next.extent.start }),
        (None, Some(before)) => Some(Extent { start: before.extent.end, end: item.extent.end }),
        (None, None) => None,
    }
}
