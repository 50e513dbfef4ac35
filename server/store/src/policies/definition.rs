//! How is a policy written as JSON in a text column? With the words of `tidegate_compat::policy`; its name is beside it.

use serde::{Deserialize, Serialize};
use tidegate_compat::policy::{Action, Framing, Mode, SubjectNaming, Transforms, Undecidable};
use tidegate_compat::{ContextName, TopicPolicy};

use super::PolicyRow;
use crate::{Error, Result};

#[derive(Serialize, Deserialize)]
struct Shape {
    topics: String,
    mode: String,
    action: String,
    when_undecidable: String,
    context: String,
    subject: String,
    key: bool,
    value: bool,
    framing: String,
    percent: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    producers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dead_letter_topic: Option<String>,
    transforms: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redrive: Vec<String>,
}

/// A policy with what is kept beside its definition.
#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    position: i64,
    version: i64,
    #[serde(flatten)]
    definition: Shape,
}

pub(super) fn write(policy: &TopicPolicy) -> Result<String> {
    text(&Shape::of(policy))
}

pub(super) fn told(row: &PolicyRow) -> Result<String> {
    let PolicyRow { policy, position, version, .. } = row;
    text(&Told { name: &policy.name, position: *position, version: *version, definition: Shape::of(policy) })
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

impl Shape {
    fn of(policy: &TopicPolicy) -> Self {
        Self {
            topics: policy.topics.clone(),
            mode: policy.mode.to_string(),
            action: policy.action.to_string(),
            when_undecidable: policy.when_undecidable.to_string(),
            context: policy.context.to_string(),
            subject: policy.naming.to_string(),
            key: policy.key,
            value: policy.value,
            framing: policy.framing.to_string(),
            percent: policy.percent,
            producers: policy.producers.clone(),
            dead_letter_topic: policy.dead_letter_topic.clone(),
            transforms: policy.transforms.to_string(),
            redrive: policy.redrive.clone(),
        }
    }
}

/// A word that a newer release has written is not known here, and the policy can't be read.
pub(super) fn read(name: String, text: &str) -> Result<TopicPolicy> {
    let corrupt = |reason: String| Error::Corrupt(format!("policy '{name}': {reason}"));
    let shape: Shape = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    let unknown = |member: &'static str, word: &str| {
        let (corrupt, word) = (&corrupt, word.to_owned());
        move |expected: String| corrupt(format!("{member} is '{word}', not {expected}"))
    };
    Ok(TopicPolicy {
        mode: Mode::parse(&shape.mode).map_err(unknown("mode", &shape.mode))?,
        action: Action::parse(&shape.action).map_err(unknown("action", &shape.action))?,
        when_undecidable: Undecidable::parse(&shape.when_undecidable)
            .map_err(unknown("when_undecidable", &shape.when_undecidable))?,
        context: ContextName::parse(&shape.context).map_err(|error| corrupt(error.to_string()))?,
        naming: SubjectNaming::parse(&shape.subject).map_err(unknown("subject", &shape.subject))?,
        framing: Framing::parse(&shape.framing).map_err(unknown("framing", &shape.framing))?,
        transforms: Transforms::parse(&shape.transforms).map_err(unknown("transforms", &shape.transforms))?,
        topics: shape.topics,
        key: shape.key,
        value: shape.value,
        percent: shape.percent,
        producers: shape.producers,
        dead_letter_topic: shape.dead_letter_topic,
        redrive: shape.redrive,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rich() -> TopicPolicy {
        TopicPolicy {
            mode: Mode::Shadow,
            action: Action::Flag,
            when_undecidable: Undecidable::Open,
            context: ContextName::parse("staging").unwrap(),
            naming: SubjectNaming::Fixed("orders".into()),
            key: true,
            value: false,
            framing: Framing::None,
            percent: 7,
            producers: vec!["shop-*".into()],
            dead_letter_topic: Some("graveyard".into()),
            transforms: Transforms::Refuse,
            redrive: vec!["User:ops".into()],
            ..TopicPolicy::new("p", "orders.*")
        }
    }

    #[test]
    fn policies_come_back_as_they_were_written() {
        for policy in [rich(), TopicPolicy::new("p", "*")] {
            assert_eq!(read("p".into(), &write(&policy).unwrap()).unwrap(), policy);
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_told() {
        let text = write(&rich()).unwrap().replace("shadow", "dream");
        let error = read("p".into(), &text).unwrap_err().to_string();
        assert!(error.contains("policy 'p'") && error.contains("'dream'"), "{error}");
    }
}
