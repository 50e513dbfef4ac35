//! What does this change do, and under which levels would it pass? Everything at once, for the author of a schema.

use crate::check::Predecessor;
use crate::diff::{Change, diff};
use crate::format::Parsed;
use crate::level::{CompatibilityLevel, Direction, Policy};
use crate::violation::{Finding, Severity, Violation};

/// A change, explained.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What is different from the newest version; empty when there is none. Judgements count in `findings`.
    pub changes: Vec<Change>,
    /// All that was found in both directions against every version, newest first, advice included.
    pub findings: Vec<Finding>,
    /// The levels that would let the candidate pass, weakest first.
    pub passes: Vec<CompatibilityLevel>,
}

/// Compares `candidate` with `history` (newest first) in both directions.
pub fn explain(candidate: &Parsed, history: &[Predecessor], policy: Policy) -> Explanation {
    let mut explanation = Explanation::default();
    let mut fits = Vec::new();
    for (age, predecessor) in history.iter().enumerate() {
        let forward = candidate.compare(&predecessor.schema, Direction::Forward, policy);
        let backward = candidate.compare(&predecessor.schema, Direction::Backward, policy);
        if age == 0 {
            explanation.changes = diff(&predecessor.schema, candidate, &backward, &forward);
            for change in &mut explanation.changes {
                change.backward.findings.iter_mut().for_each(|index| *index += forward.len());
            }
        }
        fits.push((is_clean(&backward), is_clean(&forward)));
        for (direction, violations) in [(Direction::Forward, forward), (Direction::Backward, backward)] {
            let version = predecessor.version;
            let found = violations.into_iter().map(|violation| Finding { version, direction, violation });
            explanation.findings.extend(found);
        }
    }
    explanation.passes = CompatibilityLevel::ALL.into_iter().filter(|level| passes(*level, &fits)).collect();
    explanation
}

fn is_clean(violations: &[Violation]) -> bool {
    violations.iter().all(|violation| violation.rule.severity != Severity::Error)
}

/// Whether a level is content with what fits (backward, forward) per version.
fn passes(level: CompatibilityLevel, fits: &[(bool, bool)]) -> bool {
    fits.iter().take(level.reach()).all(|(backward, forward)| {
        level.directions().iter().all(|direction| match direction {
            Direction::Backward => *backward,
            Direction::Forward => *forward,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Strictness, parse};
    use crate::ids::Version;
    use crate::schema::SchemaKind;
    use crate::violation::Severity;

    fn record(fields: &str) -> Parsed {
        let text = format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
        parse(SchemaKind::Avro, &text, &[], Strictness::Strict).unwrap()
    }

    fn history(versions: &[&str]) -> Vec<Predecessor> {
        let numbered = versions.iter().zip(1..);
        let mut all: Vec<_> =
            numbered.map(|(fields, at)| Predecessor { version: Some(Version(at)), schema: record(fields) }).collect();
        all.reverse();
        all
    }

    const A: &str = r#"{"name":"a","type":"int"}"#;
    const B: &str = r#"{"name":"b","type":"int"}"#;
    const AB: &str = r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#;

    #[test]
    fn an_added_field_without_default_passes_forward_only() {
        let explanation = explain(&record(AB), &history(&[A]), Policy::Strict);
        use CompatibilityLevel::{Forward, ForwardTransitive, None};
        assert_eq!(explanation.passes, [None, Forward, ForwardTransitive]);
        let [change] = explanation.changes.as_slice() else { panic!("{:?}", explanation.changes) };
        assert_eq!(change.summary, "field 'b' (int) was added");
        assert_eq!((change.backward.worst, change.forward.worst), (Some(Severity::Error), Option::None));
        let [index] = change.backward.findings.as_slice() else { panic!("{change:?}") };
        assert_eq!(explanation.findings[*index].violation.rule.code, "TG101");
    }

    #[test]
    fn older_versions_decide_the_transitive_levels() {
        let explanation = explain(&record(A), &history(&[B, AB]), Policy::Strict);
        assert!(explanation.passes.contains(&CompatibilityLevel::Backward));
        assert!(!explanation.passes.contains(&CompatibilityLevel::BackwardTransitive));
    }

    #[test]
    fn a_first_version_passes_everywhere() {
        let explanation = explain(&record(A), &[], Policy::Strict);
        assert_eq!(explanation.passes, CompatibilityLevel::ALL);
        assert!(explanation.changes.is_empty() && explanation.findings.is_empty());
    }
}
