//! What is wrong with a rule, or worth knowing about it, before any record was written?

use std::fmt;
use std::sync::Arc;

/// Something about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// The name of the rule.
    pub rule: Arc<str>,
    /// Where in its expression, in characters from 0, if it is about a place there.
    pub at: Option<usize>,
    /// How bad it is.
    pub level: Level,
    /// What it is, as a sentence without its dot.
    pub message: String,
}

/// How bad something about a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing: the gateway or some clients see it another way.
    Info,
    /// Likely a mistake.
    Warning,
    /// It can't be what is meant: the rule fails always, or can't be run at all.
    Error,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule '{}'", self.rule)?;
        if let Some(at) = self.at {
            write!(f, ", at character {}", at + 1)?;
        }
        write!(f, ": {}", self.message)
    }
}
