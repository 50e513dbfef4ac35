//! May this schema follow those? Levels decide whom to compare with and in which direction; formats only know reading.

use crate::format::Parsed;
use crate::ids::Version;
use crate::level::CompatibilityLevel;
use crate::violation::{Finding, Verdict};

/// A live version to compare with.
#[derive(Debug, Clone)]
pub struct Predecessor {
    /// `None` when it has no number: a file, a draft.
    pub version: Option<Version>,
    /// What it says.
    pub schema: Parsed,
}

/// Compares `candidate` with `history` (newest first) as `level` asks for: only the newest, or all, ending at the first
/// version with an error.
pub fn check(candidate: &Parsed, history: &[Predecessor], level: CompatibilityLevel) -> Verdict {
    let reach = if level.is_transitive() { history.len() } else { 1 };
    let mut verdict = Verdict::default();
    for predecessor in history.iter().take(reach) {
        verdict.findings.extend(compare(candidate, predecessor, level));
        if !verdict.is_compatible() {
            break;
        }
    }
    verdict
}

fn compare(candidate: &Parsed, predecessor: &Predecessor, level: CompatibilityLevel) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in level.directions() {
        let violations = candidate.compare(&predecessor.schema, *direction);
        findings.extend(violations.into_iter().map(|violation| Finding {
            version: predecessor.version,
            direction: *direction,
            violation,
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Strictness, parse};
    use crate::level::Direction;
    use crate::schema::SchemaKind;

    fn record(fields: &str) -> Parsed {
        let text = format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
        parse(SchemaKind::Avro, &text, &[], Strictness::Strict).unwrap()
    }

    /// Versions as they were registered, oldest first.
    fn history(versions: &[&str]) -> Vec<Predecessor> {
        let numbered = versions.iter().zip(1..);
        let mut all: Vec<_> = numbered
            .map(|(fields, number)| Predecessor { version: Some(Version(number)), schema: record(fields) })
            .collect();
        all.reverse();
        all
    }

    fn codes(verdict: &Verdict) -> Vec<(Option<i32>, Direction, &str)> {
        let told = |finding: &Finding| (finding.version.map(|v| v.0), finding.direction, finding.violation.rule.code);
        verdict.findings.iter().map(told).collect()
    }

    const A: &str = r#"{"name":"a","type":"int"}"#;
    const B: &str = r#"{"name":"b","type":"int"}"#;

    #[test]
    fn none_asks_nobody_and_an_empty_history_answers_nothing() {
        assert_eq!(check(&record(B), &history(&[A]), CompatibilityLevel::None), Verdict::default());
        assert_eq!(check(&record(B), &[], CompatibilityLevel::FullTransitive), Verdict::default());
    }

    #[test]
    fn only_transitive_levels_look_past_the_newest_version() {
        let history = history(&[B, A]);
        assert!(check(&record(A), &history, CompatibilityLevel::Backward).is_compatible());
        let verdict = check(&record(A), &history, CompatibilityLevel::BackwardTransitive);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Backward, "TG101")]);
    }

    #[test]
    fn a_transitive_check_ends_at_the_first_version_with_an_error() {
        let verdict = check(&record(A), &history(&[B, B, A]), CompatibilityLevel::BackwardTransitive);
        assert_eq!(codes(&verdict), [(Some(2), Direction::Backward, "TG101")]);
    }

    #[test]
    fn full_lists_what_existing_readers_miss_first_in_the_words_of_the_author() {
        let verdict = check(&record(B), &history(&[A]), CompatibilityLevel::Full);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Forward, "TG102"), (Some(1), Direction::Backward, "TG101")]);
    }

    #[test]
    fn advice_is_listed_and_does_not_count() {
        let default = |value: i32| format!(r#"{{"name":"a","type":"int","default":{value}}}"#);
        let verdict = check(&record(&default(1)), &history(&[&default(2)]), CompatibilityLevel::Backward);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Backward, "TG110")]);
        assert!(verdict.is_compatible());
    }
}
