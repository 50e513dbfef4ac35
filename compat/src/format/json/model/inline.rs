//! Which rules does a JSON Schema hold in its own text? `confluent:rules` of the subschemas that speak of a value.
//!
//! A subschema speaks of every value at its place if nothing but references and `allOf` leads to it, or a choice between it
//! and null. Whether another one does is known only when the value is there: its rules are not run, and that is told.

use super::{Maker, kind, made};
use crate::demand::{Condition, Demands, INLINE_RULES, OfValue, Unread, inline};
use crate::format::json::tree::{Schema, Site, escaped};
use crate::json::{Node, Value};
use crate::model::Form;

/// How many rules are told that are not run.
const MOST_TOLD: usize = 20;

/// How deep a schema is searched for rules that were not met.
const MAX_DEPTH: usize = 128;

pub(in crate::format::json) fn rules(schema: &Schema) -> Demands {
    // In a referenced document there may be some, too.
    let is_likely = schema.documents.iter().any(|document| holds_any(&document.root, 0));
    if !is_likely && !schema.source.text().contains(INLINE_RULES) {
        return Demands::default();
    }
    let (mut maker, whole) = made(schema);
    let is_record = |of| matches!(maker.model.get(of), Form::Record(_));
    let is_object = maker.model.roots.iter().all(|root| maker.model.branches(*root).into_iter().any(is_record));
    if !whole.is_nothing() || (!is_object && !maker.demands.records.is_empty()) {
        maker.unread("$", "rules are run in objects only");
    }
    if !is_object {
        maker.demands.records.clear();
    }
    maker.seek(&schema.root, &mut "#".to_owned(), 0);
    maker.demands
}

impl<'s> Maker<'s> {
    /// The rules of those among all subschemas which always speak of the value that `sites` are about.
    pub(super) fn conditions(&mut self, sites: &[Site<'s>], all: &[Site<'s>], path: &str) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if !all.iter().any(|site| holds_rules(site.node)) {
            return conditions;
        }
        let mut certain: Vec<Site<'s>> = Vec::new();
        sites.iter().for_each(|site| self.gather_certain(*site, &mut certain));
        for site in all.iter().filter(|site| holds_rules(site.node)) {
            self.met.insert((site.document, site.node.extent.start));
            if certain.iter().any(|other| std::ptr::eq(other.node, site.node)) {
                let members = site.node.members().unwrap_or_default();
                conditions.extend(inline(members, path, &mut self.demands.unread));
            } else {
                self.unread(path, "rules of a subschema that not every value must pass are not run");
            }
        }
        conditions
    }

    fn gather_certain(&self, site: Site<'s>, certain: &mut Vec<Site<'s>>) {
        if certain.len() >= super::MAX_SITES || certain.iter().any(|other| std::ptr::eq(other.node, site.node)) {
            return;
        }
        certain.push(site);
        self.targets(site).for_each(|target| self.gather_certain(target, certain));
        if self.is_hidden(site) {
            return;
        }
        self.each(site, "allOf").for_each(|part| self.gather_certain(part, certain));
        for keyword in ["anyOf", "oneOf"] {
            // Of nulls nothing is asked.
            let mut others = self.each(site, keyword).filter(|branch| self.kinds(*branch, 0) != kind::NULL);
            if let (Some(single), None) = (others.next(), others.next()) {
                self.gather_certain(single, certain);
            }
        }
    }

    /// Adds what is demanded of items, or of the values of a map.
    pub(super) fn demand_items(&mut self, demanded: &mut OfValue, items: OfValue, path: &str) {
        if items.is_nothing() {
            return;
        }
        match demanded.items {
            None => demanded.items = Some(Box::new(items)),
            Some(_) => self.unread(path, "rules both of items and of members are not run"),
        }
    }

    /// Tells the rules that stand where no value was seen to be.
    fn seek(&mut self, node: &Node, pointer: &mut String, depth: usize) {
        if depth > MAX_DEPTH || self.demands.unread.len() >= MOST_TOLD {
            return;
        }
        if holds_rules(node) && !self.met.contains(&(0, node.extent.start)) {
            self.unread(&pointer.clone(), "rules at this place are not run");
        }
        let before = pointer.len();
        match &node.value {
            Value::Object(members) => {
                for member in members.iter().filter(|member| member.key != INLINE_RULES) {
                    pointer.push('/');
                    pointer.push_str(&escaped(&member.key));
                    self.seek(&member.value, pointer, depth + 1);
                    pointer.truncate(before);
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    pointer.push_str(&format!("/{at}"));
                    self.seek(item, pointer, depth + 1);
                    pointer.truncate(before);
                }
            }
            _ => {}
        }
    }

    fn unread(&mut self, on: &str, why: &str) {
        if self.demands.unread.len() < MOST_TOLD {
            self.demands.unread.push(Unread { on: on.into(), why: why.into(), is_mistaken: false });
        }
    }
}

fn holds_rules(node: &Node) -> bool {
    node.get(INLINE_RULES).and_then(Node::list).is_some_and(|rules| !rules.is_empty())
}

fn holds_any(node: &Node, depth: usize) -> bool {
    let inside = match &node.value {
        Value::Object(members) => members.iter().any(|member| depth < MAX_DEPTH && holds_any(&member.value, depth + 1)),
        Value::List(items) => items.iter().any(|item| depth < MAX_DEPTH && holds_any(item, depth + 1)),
        _ => false,
    };
    inside || holds_rules(node)
}
