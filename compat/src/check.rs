//! May this schema follow those? Levels decide whom to compare with and in which direction; formats only know reading.

use crate::contract::Metadata;
use crate::format::Parsed;
use crate::ids::Version;
use crate::level::{CompatibilityLevel, Policy};
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
pub fn check(candidate: &Parsed, history: &[Predecessor], level: CompatibilityLevel, policy: Policy) -> Verdict {
    let mut verdict = Verdict::default();
    for predecessor in history.iter().take(level.reach()) {
        verdict.findings.extend(compare(candidate, predecessor, level, policy));
        if !verdict.is_compatible() {
            break;
        }
    }
    verdict
}

/// Whether a schema with the one metadata is compared with one that has the other, where `group` (`compatibilityGroup`)
/// names a metadata property: only those with the same value of it are, and those without it among themselves.
pub fn is_same_group(group: Option<&str>, one: Option<&Metadata>, other: Option<&Metadata>) -> bool {
    let Some(group) = group else { return true };
    let value = |metadata: Option<&Metadata>| metadata.and_then(|metadata| metadata.properties.get(group).cloned());
    value(one) == value(other)
}

fn compare(candidate: &Parsed, predecessor: &Predecessor, level: CompatibilityLevel, policy: Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in level.directions() {
        let violations = candidate.compare(&predecessor.schema, *direction, policy);
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
        assert_eq!(check(&record(B), &history(&[A]), CompatibilityLevel::None, Policy::Strict), Verdict::default());
        assert_eq!(check(&record(B), &[], CompatibilityLevel::FullTransitive, Policy::Strict), Verdict::default());
    }

    #[test]
    fn only_transitive_levels_look_past_the_newest_version() {
        let history = history(&[B, A]);
        assert!(check(&record(A), &history, CompatibilityLevel::Backward, Policy::Strict).is_compatible());
        let verdict = check(&record(A), &history, CompatibilityLevel::BackwardTransitive, Policy::Strict);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Backward, "TG101")]);
    }

    #[test]
    fn a_transitive_check_ends_at_the_first_version_with_an_error() {
        let verdict = check(&record(A), &history(&[B, B, A]), CompatibilityLevel::BackwardTransitive, Policy::Strict);
        assert_eq!(codes(&verdict), [(Some(2), Direction::Backward, "TG101")]);
    }

    #[test]
    fn full_lists_what_existing_readers_miss_first_in_the_words_of_the_author() {
        let verdict = check(&record(B), &history(&[A]), CompatibilityLevel::Full, Policy::Strict);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Forward, "TG102"), (Some(1), Direction::Backward, "TG101")]);
    }

    #[test]
    fn only_schemas_of_one_group_are_compared() {
        let of = |value: &str| {
            let properties = [("major".to_owned(), value.to_owned())].into_iter().collect();
            Metadata { properties, ..Metadata::default() }
        };
        let (one, two) = (of("1"), of("2"));
        assert!(is_same_group(None, Some(&one), Some(&two)));
        assert!(is_same_group(Some("major"), Some(&one), Some(&one)));
        assert!(!is_same_group(Some("major"), Some(&one), Some(&two)));
        assert!(!is_same_group(Some("major"), Some(&one), None));
        assert!(is_same_group(Some("minor"), Some(&one), None));
    }

    #[test]
    fn advice_is_listed_and_does_not_count() {
        let default = |value: i32| format!(r#"{{"name":"a","type":"int","default":{value}}}"#);
        let verdict =
            check(&record(&default(1)), &history(&[&default(2)]), CompatibilityLevel::Backward, Policy::Strict);
        assert_eq!(codes(&verdict), [(Some(1), Direction::Backward, "TG110")]);
        assert!(verdict.is_compatible());
    }
}
