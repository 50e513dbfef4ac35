//! What does a compatibility level ask for: which directions, and how far back?

use std::fmt;

/// How a new schema must relate to those before it. The words and meanings are Confluent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CompatibilityLevel {
    /// Anything may follow.
    None,
    /// The new version reads data of the latest.
    #[default]
    Backward,
    /// The new version reads data of all.
    BackwardTransitive,
    /// The latest version reads data of the new one.
    Forward,
    /// All versions read data of the new one.
    ForwardTransitive,
    /// Both ways with the latest.
    Full,
    /// Both ways with all.
    FullTransitive,
}

/// Who reads whose data in one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The candidate reads what was written with the existing version.
    Backward,
    /// The existing version reads what will be written with the candidate.
    Forward,
}

/// How strictly a level is read (`compatibilityPolicy`). Only JSON Schema knows the difference: its content models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Policy {
    /// What the schemas allow counts, whether or not anybody writes it.
    #[default]
    Strict,
    /// Properties come and go freely, as most producers mean it.
    Lenient,
}

impl Policy {
    /// Reads the name of a policy in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Strict, Self::Lenient].into_iter().find(|policy| policy.as_str().eq_ignore_ascii_case(text))
    }

    /// The name that the REST API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "STRICT",
            Self::Lenient => "LENIENT",
        }
    }
}

impl CompatibilityLevel {
    /// Every level, weakest first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Backward,
        Self::BackwardTransitive,
        Self::Forward,
        Self::ForwardTransitive,
        Self::Full,
        Self::FullTransitive,
    ];

    /// Reads the name of a level in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(text))
    }

    /// The name that the REST API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Backward => "BACKWARD",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
            Self::Forward => "FORWARD",
            Self::ForwardTransitive => "FORWARD_TRANSITIVE",
            Self::Full => "FULL",
            Self::FullTransitive => "FULL_TRANSITIVE",
        }
    }

    /// The directions to compare in. FULL lists forward problems first, as Confluent does.
    pub fn directions(self) -> &'static [Direction] {
        match self {
            Self::None => &[],
            Self::Backward | Self::BackwardTransitive => &[Direction::Backward],
            Self::Forward | Self::ForwardTransitive => &[Direction::Forward],
            Self::Full | Self::FullTransitive => &[Direction::Forward, Direction::Backward],
        }
    }

    /// How many versions count, newest first.
    pub fn reach(self) -> usize {
        match self {
            Self::None => 0,
            _ if self.is_transitive() => usize::MAX,
            _ => 1,
        }
    }

    /// Whether all live versions count, or only the latest.
    pub fn is_transitive(self) -> bool {
        matches!(self, Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive)
    }
}

impl Direction {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backward => "BACKWARD",
            Self::Forward => "FORWARD",
        }
    }
}

impl fmt::Display for CompatibilityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_reads_back_what_it_prints() {
        for level in CompatibilityLevel::ALL {
            assert_eq!(CompatibilityLevel::parse(&level.as_str().to_lowercase()), Some(level));
        }
        assert_eq!(CompatibilityLevel::parse("SIDEWAYS"), None);
    }
}
