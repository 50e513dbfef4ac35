//! How are topic policies read from the wire, and written to it? Both where they are sent to us and where another registry
//! answers with them.

use tidegate_api::policies::PolicyDefinition;
use tidegate_compat::policy::{Action, Framing, Mode, SubjectNaming, Transforms, Undecidable};
use tidegate_compat::{ContextName, TopicPolicy};

/// The policy, or all that is wrong with it.
pub(crate) fn policy(name: &str, definition: PolicyDefinition) -> Result<TopicPolicy, Vec<String>> {
    let mut faults = Vec::new();
    let usual = TopicPolicy::new(name, "");
    let percent = u8::try_from(definition.percent).unwrap_or(u8::MAX);
    let mut word = Words { faults: &mut faults };
    let policy = TopicPolicy {
        mode: word.of("mode", &definition.mode, Mode::parse, usual.mode),
        action: word.of("action", &definition.action, Action::parse, usual.action),
        when_undecidable: word.of(
            "whenUndecidable",
            &definition.when_undecidable,
            Undecidable::parse,
            usual.when_undecidable,
        ),
        context: word.of("context", &definition.context, context, usual.context),
        naming: word.of("subject", &definition.subject, SubjectNaming::parse, usual.naming),
        framing: word.of("framing", &definition.framing, Framing::parse, usual.framing),
        transforms: word.of("transforms", &definition.transforms, Transforms::parse, usual.transforms),
        name: usual.name,
        topics: definition.topics,
        key: definition.key,
        value: definition.value,
        percent,
        producers: definition.producers,
        dead_letter_topic: definition.dead_letter_topic.filter(|topic| !topic.is_empty()),
        redrive: definition.redrive,
    };
    faults.extend(policy.faults().iter().map(ToString::to_string));
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}

pub(crate) fn definition(policy: &TopicPolicy) -> PolicyDefinition {
    PolicyDefinition {
        topics: policy.topics.clone(),
        mode: policy.mode.to_string(),
        action: policy.action.to_string(),
        when_undecidable: policy.when_undecidable.to_string(),
        context: policy.context.to_string(),
        subject: policy.naming.to_string(),
        key: policy.key,
        value: policy.value,
        framing: policy.framing.to_string(),
        percent: policy.percent.into(),
        producers: policy.producers.clone(),
        dead_letter_topic: policy.dead_letter_topic.clone(),
        transforms: policy.transforms.to_string(),
        redrive: policy.redrive.clone(),
    }
}

fn context(text: &str) -> Result<ContextName, String> {
    ContextName::parse(text).map_err(|error| format!("a context such as . or .staging ({})", error.reason))
}

/// Reads words, and notes those that are none.
struct Words<'a> {
    faults: &'a mut Vec<String>,
}

impl Words<'_> {
    /// The word, or the usual one where it can't be read.
    fn of<T>(&mut self, member: &str, text: &str, parse: impl Fn(&str) -> Result<T, String>, usual: T) -> T {
        parse(text).unwrap_or_else(|expected| {
            self.faults.push(format!("{member}: '{text}' is not {expected}"));
            usual
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_survive_the_journey() {
        let told = PolicyDefinition {
            topics: "orders.*".into(),
            mode: "shadow".into(),
            action: "flag".into(),
            when_undecidable: "open".into(),
            context: ".staging".into(),
            subject: "fixed:orders".into(),
            key: true,
            value: false,
            framing: "none".into(),
            percent: 7,
            producers: vec!["shop-*".into()],
            dead_letter_topic: Some("graveyard".into()),
            transforms: "refuse".into(),
            redrive: vec!["User:ops".into()],
        };
        assert_eq!(definition(&policy("p", told.clone()).unwrap()), told);
        let usual = PolicyDefinition { topics: "*".into(), ..PolicyDefinition::default() };
        assert_eq!(policy("p", usual).unwrap(), TopicPolicy::new("p", "*"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let bad =
            PolicyDefinition { mode: "on".into(), framing: "x".into(), percent: -1, ..PolicyDefinition::default() };
        let faults = policy("p", bad).unwrap_err();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert_eq!(faults[0], "mode: 'on' is not one of off, shadow, enforce");
    }
}
