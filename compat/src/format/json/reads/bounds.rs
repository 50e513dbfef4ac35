//! Did a limit become tighter? Every keyword that bounds something from above or below.

use super::decimal::Decimal;
use super::report::{Problem, Spot, span, words};
use super::{Comparison, Pair};
use crate::json::{Node, Value};
use crate::violation::{Edit, Rule, Side};

/// A keyword with a limit, and the rules for one that is new and one that is tighter.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) keyword: &'static str,
    pub(super) end: End,
    pub(super) added: &'static Rule,
    pub(super) tightened: &'static Rule,
}

/// From where a limit bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Upper,
    Lower,
}

impl Comparison<'_, '_> {
    pub(super) fn bounds(&mut self, pair: Pair, bounds: &[Bound]) {
        for bound in bounds {
            let limit = |id| self.model.keyword(id, bound.keyword).filter(|node| number(node).is_some());
            let (old, new) = (limit(pair.old), limit(pair.new));
            self.limits(pair, *bound, old, new);
        }
    }

    pub(super) fn limits(&mut self, pair: Pair, bound: Bound, old: Option<&Node>, new: Option<&Node>) {
        let Some(wanted) = new.and_then(number) else { return };
        let allowed = old.and_then(number);
        let is_tighter = allowed.as_ref().is_some_and(|allowed| match bound.end {
            End::Upper => wanted < *allowed,
            End::Lower => wanted > *allowed,
        });
        if allowed.is_none() {
            self.limit_added(pair, bound, new);
        } else if is_tighter {
            self.limit_tightened(pair, bound, old, new);
        }
    }

    fn limit_added(&mut self, pair: Pair, bound: Bound, new: Option<&Node>) {
        let keyword = bound.keyword;
        self.tell(bound.added, |_| Problem {
            old: Spot::keyword(pair.old, keyword),
            new: Spot::keyword(pair.new, keyword),
            at: keyword,
            message: format!("the reader demands {keyword} {}, and the writer sets no such limit", text(new)),
            fix: Some(format!("leave {keyword} out")),
            edits: Vec::new(),
        });
    }

    fn limit_tightened(&mut self, pair: Pair, bound: Bound, old: Option<&Node>, new: Option<&Node>) {
        let keyword = bound.keyword;
        self.tell(bound.tightened, |model| {
            let span = new.and_then(|node| span(model, pair.new, node.extent));
            let replacement = old.and_then(|node| words(model, pair.old, node)).map(str::to_owned);
            let edit = span.zip(replacement).map(|(span, replacement)| Edit { side: Side::Reader, span, replacement });
            Problem {
                old: Spot::keyword(pair.old, keyword),
                new: Spot::keyword(pair.new, keyword),
                at: keyword,
                message: format!("the reader demands {keyword} {}, the writer only {}", text(new), text(old)),
                fix: Some(format!("keep {keyword} at {}", text(old))),
                edits: edit.into_iter().collect(),
            }
        });
    }
}

pub(super) fn number(node: &Node) -> Option<Decimal> {
    match &node.value {
        Value::Number(text) => Some(Decimal::parse(text)),
        _ => None,
    }
}

/// A number as it is written.
pub(super) fn text(node: Option<&Node>) -> &str {
    match node.map(|node| &node.value) {
        Some(Value::Number(text)) => text,
        _ => "1",
    }
}
