//! How are findings written for people who read them in Confluent's form?
//!
//! One text per problem, then what was compared with: the form is Confluent's, the sentences are ours.

use std::borrow::Cow;

use tidegate_compat::violation::Finding;
use tidegate_compat::{Direction, SchemaKind, Verdict, Violation};
use tidegate_registry::error::Compared;

/// How much of the old schema is quoted.
const QUOTED: usize = 10 << 10;

/// Empty for what is compatible.
pub(in crate::http) fn list(verdict: &Verdict, compared: &Compared) -> Vec<String> {
    let mut messages: Vec<_> = verdict.errors().map(|finding| problem(finding, compared.kind)).collect();
    if messages.is_empty() {
        return messages;
    }
    if let Some(version) = compared.version {
        messages.push(format!("{{oldSchemaVersion: {version}}}"));
    }
    if let Some(text) = &compared.text {
        messages.push(format!("{{oldSchema: '{}'}}", quoted(text)));
    }
    let Compared { validate_fields, level, .. } = compared;
    messages.push(format!("{{validateFields: '{validate_fields}', compatibility: '{level}'}}"));
    messages
}

/// Avro's form has a bare fact of its own; in the others the description begins with it.
fn problem(finding: &Finding, kind: SchemaKind) -> String {
    let violation = &finding.violation;
    let rule = violation.rule;
    let error_type = rule.confluent.unwrap_or(rule.slug);
    let Violation { message, fact, .. } = violation;
    let fix = violation.fix.as_deref().map(|fix| format!("; to fix it, {fix}")).unwrap_or_default();
    let (code, slug) = (rule.code, rule.slug);
    match kind {
        SchemaKind::Avro => {
            let place = if violation.reader.path.is_empty() { "/" } else { &violation.reader.path };
            format!(
                "{{errorType:'{error_type}', description:'{message} (at path '{place}', {code} {slug}){fix}', \
                 additionalInfo:'{fact}'}}"
            )
        }
        SchemaKind::Protobuf | SchemaKind::Json => {
            let fact = seen_by_author(fact, finding.direction);
            format!("{{errorType:\"{error_type}\", description:\"{fact}: {message} ({code} {slug}){fix}\"}}")
        }
    }
}

/// Facts call the reader's schema new and the writer's old. When an existing version reads, it is the other way round.
fn seen_by_author(fact: &str, direction: Direction) -> Cow<'_, str> {
    match direction {
        Direction::Backward => Cow::Borrowed(fact),
        Direction::Forward => {
            let parts = fact.split("new schema").map(|part| part.replace("old schema", "new schema"));
            Cow::Owned(parts.collect::<Vec<_>>().join("old schema"))
        }
    }
}

fn quoted(text: &str) -> Cow<'_, str> {
    if text.len() <= QUOTED {
        return Cow::Borrowed(text);
    }
    let end = (0..=QUOTED).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    Cow::Owned(format!("{}... (truncated)", &text[..end]))
}

#[cfg(test)]
mod tests {
    use tidegate_compat::violation::Rule;
    use tidegate_compat::{Basis, CompatibilityLevel, Place, Severity, Version};

    use super::*;

    static RULE: Rule = Rule {
        code: "TG999",
        slug: "test-rule",
        purpose: "For this test.",
        severity: Severity::Error,
        confluent: Some("TYPE_MISMATCH"),
        basis: Basis::Sound,
    };
    static ADVICE: Rule = Rule { severity: Severity::Info, confluent: None, ..RULE_COPY };
    const RULE_COPY: Rule = Rule {
        code: "TG998",
        slug: "advice",
        purpose: "",
        severity: Severity::Info,
        confluent: None,
        basis: Basis::Advice,
    };

    fn finding(rule: &'static Rule) -> Finding {
        let violation = Violation {
            rule,
            reader: Place { path: "/fields/0/type".into(), span: None },
            writer: Place::default(),
            message: "int can't read string".into(),
            fix: Some("keep string".into()),
            fact: "reader type: INT not compatible with writer type: STRING".into(),
            edits: Vec::new(),
        };
        Finding { version: Some(Version(3)), direction: Direction::Backward, violation }
    }

    fn compared(text: &str) -> Compared {
        Compared {
            kind: SchemaKind::Avro,
            version: Some(Version(3)),
            text: Some(text.into()),
            level: CompatibilityLevel::Backward,
            validate_fields: false,
        }
    }

    #[test]
    fn problems_come_first_then_what_was_compared_with() {
        let verdict = Verdict { findings: vec![finding(&RULE), finding(&ADVICE)] };
        assert_eq!(
            list(&verdict, &compared("\"string\"")),
            [
                "{errorType:'TYPE_MISMATCH', description:'int can't read string (at path '/fields/0/type', \
                 TG999 test-rule); to fix it, keep string', additionalInfo:'reader type: INT not compatible with writer type: STRING'}",
                "{oldSchemaVersion: 3}",
                "{oldSchema: '\"string\"'}",
                "{validateFields: 'false', compatibility: 'BACKWARD'}",
            ]
        );
    }

    #[test]
    fn other_languages_say_the_fact_first_and_from_where_the_author_stands() {
        let told = |direction| {
            let mut finding = finding(&RULE);
            finding.violation.fact = "The new schema lacks what the old schema has".into();
            problem(&Finding { direction, ..finding }, SchemaKind::Protobuf)
        };
        assert_eq!(
            told(Direction::Backward),
            "{errorType:\"TYPE_MISMATCH\", description:\"The new schema lacks what the old schema has: int can't read \
             string (TG999 test-rule); to fix it, keep string\"}"
        );
        assert!(told(Direction::Forward).contains("The old schema lacks what the new schema has"));
    }

    #[test]
    fn advice_alone_says_nothing() {
        assert!(list(&Verdict { findings: vec![finding(&ADVICE)] }, &compared("x")).is_empty());
    }

    #[test]
    fn a_long_schema_is_cut_between_characters() {
        let text = "é".repeat(QUOTED);
        let cut = quoted(&text);
        assert!(cut.ends_with("(truncated)") && cut.len() < QUOTED + 20);
    }
}
