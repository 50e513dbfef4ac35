//! What does Confluent's comparison not look at, though data can break on it? Each is advice, and never an error.

use super::model::Id;
use super::report::{Problem, Spot};
use super::{Comparison, Pair};
use crate::format::json::rules;
use crate::format::json::tree::Draft;
use crate::json::{Node, Value};

/// Remarks about texts that validators may check.
const FORMATS: [&str; 3] = ["format", "contentEncoding", "contentMediaType"];

impl Comparison<'_, '_> {
    /// Keywords about a type let every other type pass, until `type` demands it.
    pub(super) fn demanded(&mut self, pair: Pair, old: bool, new: bool, what: &str) {
        if old || !new {
            return;
        }
        self.tell(&rules::TYPE_NOW_DEMANDED, |_| Problem {
            old: Spot::keyword(pair.old, "type"),
            new: Spot::keyword(pair.new, "type"),
            at: "",
            message: format!("the reader demands the type {what}; without a type the writer may write any other too"),
            fix: Some("leave type out, or say it in the schema that data is written with first".into()),
            edits: Vec::new(),
        });
    }

    /// Keywords with plain values that the reader has, and the writer has not or otherwise.
    pub(super) fn plain_keywords(&mut self, pair: Pair) {
        let new = self.model.entry(pair.new);
        if !new.whole {
            return;
        }
        let is_left_over = new.draft >= Draft::Draft2019;
        for keyword in FORMATS.into_iter().chain(is_left_over.then_some("dependencies")) {
            let has = self.model.keyword(pair.new, keyword).is_some();
            if has && !self.model.is_same_keyword(pair.old, pair.new, keyword) {
                self.not_compared(pair, keyword);
            }
        }
    }

    pub(super) fn property_names(&mut self, pair: Pair) {
        let (old, new) = (self.model.inner(pair.old, "propertyNames"), self.model.inner(pair.new, "propertyNames"));
        if !self.takes_all(old, new) {
            self.not_compared(pair, "propertyNames");
        }
    }

    /// `contains`, beyond how many. A wider one finds more, which can be too many.
    pub(super) fn contains(&mut self, pair: Pair) {
        let (old, new) = (self.model.inner(pair.old, "contains"), self.model.inner(pair.new, "contains"));
        let is_kept = old.zip(new).is_some_and(|(old, new)| self.model.is_same(old, new));
        if new.is_none() || is_kept {
            return;
        }
        // Even one that takes everything refuses an empty array.
        let is_limited = self.model.keyword(pair.new, "maxContains").is_some();
        if old.is_none() || is_limited || !self.takes_all(old, new) {
            self.not_compared(pair, "contains");
        }
    }

    /// Whether what one schema took another takes too, if there is another.
    fn takes_all(&mut self, old: Option<Id>, new: Option<Id>) -> bool {
        match (old, new) {
            (_, None) => true,
            (Some(old), Some(new)) => self.would_fit(old, new).sound,
            (None, Some(new)) => self.model.is_empty(new),
        }
    }

    pub(super) fn conditionals(&mut self, pair: Pair) {
        let keywords = ["if", "then", "else"];
        if let Some(keyword) = keywords.iter().find(|keyword| !self.model.is_same_keyword(pair.old, pair.new, keyword))
        {
            self.not_compared(pair, keyword);
        }
    }

    /// In draft 4 these only say whether the limit itself counts.
    pub(super) fn exclusive_flags(&mut self, pair: Pair) {
        let is_set = |id: Id, keyword: &str| {
            self.model.keyword(id, keyword).is_some_and(|node| matches!(node.value, Value::Bool(true)))
        };
        for (keyword, limit) in [("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")] {
            let both = [pair.old, pair.new].map(|id| self.model.keyword(id, limit));
            let moved = both[0].zip(both[1]).is_some_and(|(old, new)| !super::values::is_same_value(old, new));
            if is_set(pair.new, keyword) && !is_set(pair.old, keyword) && !moved {
                self.not_compared(pair, keyword);
            }
        }
    }

    fn not_compared(&mut self, pair: Pair, keyword: &str) {
        self.tell(&rules::KEYWORD_NOT_COMPARED, |_| Problem {
            old: Spot::keyword(pair.old, keyword),
            new: Spot::keyword(pair.new, keyword),
            at: keyword,
            message: format!(
                "{keyword} is not what it is in the writer's schema; Confluent does not compare it, and the reader may \
                 refuse what was written"
            ),
            fix: Some(format!("keep {keyword}, or try the reader's schema on recorded data")),
            edits: Vec::new(),
        });
    }

    // === Remarks ===

    pub(super) fn advise_on_default(&mut self, pair: Pair) {
        let default = |id: Id| self.model.keyword(id, "default").filter(|_| self.model.entry(id).whole);
        let (old, new) = (default(pair.old), default(pair.new));
        if old.zip(new).is_none_or(|(old, new)| super::values::is_same_value(old, new)) {
            return;
        }
        self.tell(&rules::DEFAULT_CHANGED, |_| Problem {
            old: Spot::keyword(pair.old, "default"),
            new: Spot::keyword(pair.new, "default"),
            at: "",
            message: "the reader fills in another default than readers with the writer's schema do".into(),
            fix: Some("keep the default if all readers must see the same".into()),
            edits: Vec::new(),
        });
    }

    pub(super) fn advise_on_title(&mut self) {
        let pair = self.root();
        let title = |id: Id| self.model.keyword(id, "title").and_then(Node::text);
        let (Some(old), Some(new)) = (title(pair.old), title(pair.new)) else { return };
        if old == new {
            return;
        }
        self.tell(&rules::TITLE_CHANGED, |_| Problem {
            old: Spot::keyword(pair.old, "title"),
            new: Spot::keyword(pair.new, "title"),
            at: "",
            message: format!(
                "the schema is called {new} and was {old}: producers that name subjects by record use another one now"
            ),
            fix: Some(format!("keep the title {old}")),
            edits: Vec::new(),
        });
    }
}
