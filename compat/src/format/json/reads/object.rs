//! May objects that were written still be read: how many members, which others than the declared, which together?

use std::collections::BTreeSet;

use super::bounds::{Bound, End};
use super::model::{Extra, Id, Object};
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::violation::Rule;

const SIZES: [Bound; 2] = [
    Bound {
        keyword: "maxProperties",
        end: End::Upper,
        added: &rules::MAX_PROPERTIES_ADDED,
        tightened: &rules::MAX_PROPERTIES_DECREASED,
    },
    Bound {
        keyword: "minProperties",
        end: End::Lower,
        added: &rules::MIN_PROPERTIES_ADDED,
        tightened: &rules::MIN_PROPERTIES_INCREASED,
    },
];

/// What a keyword says of the members or items that are not declared, and the rules for less of it.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    pub(super) keyword: &'static str,
    /// What is not declared, in the plural.
    pub(super) what: &'static str,
    /// It became refused altogether.
    pub(super) removed: &'static Rule,
    /// It must follow a schema now.
    pub(super) narrowed: &'static Rule,
}

const ADDITIONAL: Rest = Rest {
    keyword: "additionalProperties",
    what: "properties",
    removed: &rules::ADDITIONAL_PROPERTIES_REMOVED,
    narrowed: &rules::ADDITIONAL_PROPERTIES_NARROWED,
};

const UNEVALUATED: Rest = Rest {
    keyword: "unevaluatedProperties",
    what: "properties",
    removed: &rules::UNEVALUATED_PROPERTIES_REMOVED,
    narrowed: &rules::UNEVALUATED_PROPERTIES_NARROWED,
};

impl<'s> Comparison<'_, 's> {
    pub(super) fn objects(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>) {
        if !self.spend(old.properties.len() + new.properties.len() + new.required.len()) {
            return;
        }
        self.demanded(pair, old.demanded, new.demanded, "object");
        self.required(pair, old, new);
        self.properties(pair, old, new);
        self.pattern_properties(pair, old, new);
        self.dependencies(pair, old, new);
        self.additional(pair, ADDITIONAL, old.additional, new.additional);
        self.unevaluated(pair, UNEVALUATED, old.unevaluated, new.unevaluated);
        self.unevaluated_members(pair, old, new);
        self.bounds(pair, &SIZES);
        self.property_names(pair);
    }

    // === What is not declared ===

    pub(super) fn additional(&mut self, pair: Pair, rest: Rest, old: Extra, new: Extra) {
        match (old, new) {
            (Extra::Refused, _) | (_, Extra::Absent | Extra::Allowed) => {}
            (_, Extra::Refused) => self.rest_changed(pair, rest, rest.removed),
            (Extra::Absent | Extra::Allowed, Extra::Schema(_)) => self.rest_changed(pair, rest, rest.narrowed),
            (Extra::Schema(old), Extra::Schema(new)) => {
                self.inside(&[rest.keyword], |comparison| comparison.compare(old, new));
            }
        }
    }

    pub(super) fn unevaluated(&mut self, pair: Pair, rest: Rest, old: Option<Id>, new: Option<Id>) {
        let Some(wanted) = new else { return };
        let refuses = |id: Option<Id>| id.is_some_and(|id| self.model.is_false(id));
        let allows_all = |id: Option<Id>| id.is_none_or(|id| self.model.is_empty(id));
        let (old_refuses, new_refuses) = (refuses(old), refuses(new));
        if old_refuses || old == new {
            return;
        }
        match old {
            _ if new_refuses => self.rest_changed(pair, rest, rest.removed),
            // Confluent takes any schema for less than none, even the one that allows all.
            None => self.rest_changed(pair, rest, rest.narrowed),
            Some(_) if allows_all(old) && !allows_all(new) => self.rest_changed(pair, rest, rest.narrowed),
            Some(written) => self.inside(&[rest.keyword], |comparison| comparison.compare(written, wanted)),
        }
    }

    fn rest_changed(&mut self, pair: Pair, rest: Rest, rule: &'static Rule) {
        let (keyword, what) = (rest.keyword, rest.what);
        let takes = if std::ptr::eq(rule, rest.removed) {
            format!("no other {what} than the declared ones")
        } else {
            format!("other {what} only if they follow a schema")
        };
        self.tell(rule, |_| Problem {
            old: Spot::keyword(pair.old, keyword),
            new: Spot::keyword(pair.new, keyword),
            at: keyword,
            message: format!("the reader takes {takes} ({keyword}), and the writer may write more than that"),
            fix: Some(format!("keep {keyword} as it was in the writer's schema")),
            edits: Vec::new(),
        });
    }

    // === What comes together ===

    fn dependencies(&mut self, pair: Pair, old: &Object<'s>, new: &Object<'s>) {
        for (name, wanted) in &new.dependent_names {
            let Some(written) = old.dependent_names.get(name) else {
                self.dependency_changed(pair, &rules::DEPENDENCY_ARRAY_ADDED, name, "other properties beside it");
                continue;
            };
            let wanted: BTreeSet<_> = wanted.iter().collect();
            let written: BTreeSet<_> = written.iter().collect();
            if wanted.is_subset(&written) {
                continue;
            }
            let more = wanted.difference(&written).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let rule = match written.is_subset(&wanted) {
                true => &rules::DEPENDENCY_ARRAY_EXTENDED,
                false => &rules::DEPENDENCY_ARRAY_CHANGED,
            };
            self.dependency_changed(pair, rule, name, &format!("{more} beside it"));
        }
        for (name, wanted) in &new.dependent_schemas {
            match old.dependent_schemas.get(name) {
                None => self.dependency_changed(pair, &rules::DEPENDENCY_SCHEMA_ADDED, name, "more of the object"),
                Some(written) => {
                    let (written, wanted) = (*written, *wanted);
                    self.inside(&["dependencies", name], |comparison| comparison.compare(written, wanted));
                }
            }
        }
    }

    fn dependency_changed(&mut self, pair: Pair, rule: &'static Rule, name: &str, demands: &str) {
        let keyword = |id: Id| {
            let says = |keyword: &&&str| self.model.keyword(id, keyword).is_some_and(|node| node.get(name).is_some());
            ["dependencies", "dependentRequired", "dependentSchemas"].iter().find(says).copied().unwrap_or_default()
        };
        let (old, new) = (keyword(pair.old), keyword(pair.new));
        self.inside(&["dependencies", name], |comparison| {
            comparison.tell(rule, |_| Problem {
                old: Spot::member(pair.old, old, name),
                new: Spot::member(pair.new, new, name),
                at: "",
                message: format!("where '{name}' is present the reader demands {demands}, and the writer does not"),
                fix: Some(format!("keep what the writer's schema says of '{name}', or demand less")),
                edits: Vec::new(),
            });
        });
    }
}
