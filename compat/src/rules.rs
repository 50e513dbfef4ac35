//! What do the rules of a contract say about a payload, at the gateway?
//!
//! Those that the schema itself holds, as annotations, are among them. Compiled once per schema version, then run on
//! every record that is written with it, after the payload was found to obey its schema. Order, modes, guards, tags and
//! actions are those of Confluent's serializers; where a gateway can't be one of them (it changes nothing, and it has no
//! keys) it says so instead of guessing: see [`Rules::left_to_client`] and [`Rules::not_checkable`].
//!
//! [`select`] finds what runs, [`build`] makes it ready, [`judge`] runs it on one payload.

mod annotated;
mod build;
mod cel;
mod judge;
mod patterns;
mod picked;
mod problem;
mod sealed;
mod select;

use std::fmt;
use std::sync::Arc;

use bumpalo::Bump;

use crate::contract::Contract;
use crate::format::Parsed;
use crate::model::Model;
use crate::validator::Payload;
use crate::view::{View, ViewReader, Wants};
use judge::Step;
use patterns::Patterns;
use picked::Part;

pub use problem::{Level, RuleProblem};

/// How much memory the expressions of one rule set may take for one record, in bytes, and how much of it is kept.
const MAX_MEMORY: usize = 1 << 20;
const KEPT_MEMORY: usize = 32 << 10;

/// The rules of one schema version, ready to run on its payloads. Shared between threads, immutable. Those of a contract
/// without rules are the default.
#[derive(Debug, Default)]
pub struct Rules {
    steps: Box<[Step]>,
    model: Model,
    wants: Wants,
    /// `None` if no rule looks into payloads.
    reader: Option<Box<dyn ViewReader>>,
    left_to_client: Vec<Arc<str>>,
    not_checkable: Vec<NotCheckable>,
    is_opaque: bool,
}

/// What is known of a record beside its payload.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordFacts<'r> {
    /// The time that expressions call `now`, in milliseconds since 1970.
    pub now: i64,
    /// Names of rules that are not to run, as the header `__rule.name` of a record that comes back from a dead-letter topic
    /// asks. Whom to believe that is the caller's to decide.
    pub skip: &'r [&'r str],
}

/// What is reused from record to record. Belongs to one thread at a time.
pub struct RuleScratch {
    view: View,
    arena: Bump,
    patterns: Patterns,
    path: Vec<Part>,
}

/// What became of the rules for one payload. A good one allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleVerdict {
    /// The rules that failed, in the order in which they ran. Behind the first that refuses the record there can only be
    /// others of the schema's own demands, of which the first 16 are told.
    pub failed: Vec<RuleFailure>,
    /// The rules that could not be decided for this payload: it costs too much, or has more values than are looked at.
    pub undecided: Vec<NotCheckable>,
}

/// A rule that failed on a payload. Never holds a value of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFailure {
    /// The name of the rule; of an annotation its id: `string.min_len`.
    pub rule: Arc<str>,
    /// For rules on fields and annotations the field, as in flaws: `order.lines[2].price`; else empty.
    pub path: String,
    /// The documentation of the rule if it has any, else its expression, or why that could not be evaluated.
    pub reason: String,
    /// What the contract wants done.
    pub action: RuleAction,
}

/// What follows a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAction {
    /// `NONE`: it is counted, and the rules behind it run.
    Continue,
    /// `ERROR`: the record is refused.
    Reject,
    /// `DLQ`: the record is refused and kept in a dead-letter topic.
    DeadLetter {
        /// `dlq.topic` of the rule or of the contract's properties; `None` leaves it to the policy of the topic.
        topic: Option<Arc<str>>,
    },
}

/// A rule that says nothing at the gateway, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCheckable {
    /// The name of the rule.
    pub rule: Arc<str>,
    /// `there is no executor 'JSONATA' here` …
    pub why: Arc<str>,
}

impl Rules {
    /// Makes the contract's rules ready that run where records are written. Never fails: a rule that can't be used is
    /// [not checkable](Self::not_checkable).
    pub fn compile(schema: &Parsed, contract: &Contract) -> Self {
        build::build(schema, contract)
    }

    /// Whether a contract or the text of its schema holds anything to [check](Self::check). Told without reading the text,
    /// and rather too often than too seldom.
    pub fn are_in(text: &str, contract: &Contract) -> bool {
        contract.rules.is_some() || annotated::are_in(text)
    }

    /// What is wrong with the contract's expressions, and with those in the schema, by what they say and by the schema: those of all rules that are not
    /// disabled, whenever they run. Nothing that is told here depends on a payload.
    pub fn check(schema: &Parsed, contract: &Contract) -> Vec<RuleProblem> {
        build::check(schema, contract)
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether payloads are encrypted as a whole (`ENCRYPT_PAYLOAD`): they can be checked neither against the schema nor
    /// by rules on values, only the schema that they name can. Rules that still run say whether they look encrypted.
    pub fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    /// The rules that change records, `ENCRYPT` among them. The gateway changes nothing: whether it takes the client at
    /// its word or refuses the record is the topic policy's to say.
    pub fn left_to_client(&self) -> &[Arc<str>] {
        &self.left_to_client
    }

    /// The rules that would run here and can't, wholly or in part, whatever the record.
    pub fn not_checkable(&self) -> &[NotCheckable] {
        &self.not_checkable
    }

    /// Runs the rules on a payload that obeys the schema (one that does not may leave any of them undecided).
    pub fn run<'p>(
        &self,
        payload: impl Into<Payload<'p>>,
        facts: &RecordFacts<'_>,
        scratch: &mut RuleScratch,
    ) -> RuleVerdict {
        if self.steps.is_empty() {
            return RuleVerdict::default();
        }
        judge::judge(self, payload.into(), facts, scratch)
    }
}

impl RuleVerdict {
    /// Whether all rules passed.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.undecided.is_empty()
    }

    /// The failure for which the record is to be refused.
    pub fn refusal(&self) -> Option<&RuleFailure> {
        self.failed.iter().find(|failure| failure.action != RuleAction::Continue)
    }
}

impl Default for RuleScratch {
    fn default() -> Self {
        Self { view: View::default(), arena: arena(), patterns: Patterns::default(), path: Vec::new() }
    }
}

impl RuleScratch {
    /// Forgets the last record. What an unusual one needed is given back: there are many of these.
    fn clear(&mut self) {
        match self.arena.allocated_bytes() {
            0..=KEPT_MEMORY => self.arena.reset(),
            _ => self.arena = arena(),
        }
    }
}

fn arena() -> Bump {
    let arena = Bump::new();
    arena.set_allocation_limit(Some(MAX_MEMORY));
    arena
}

/// Without what payloads left in it.
impl fmt::Debug for RuleScratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleScratch").field("nodes", &self.view.len()).finish_non_exhaustive()
    }
}
