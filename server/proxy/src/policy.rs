//! What is asked of the records of this topic?

use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use tidegate_compat::ContextName;

use crate::proxy::StartError;

/// What is asked of the records of some topics. The first policy whose pattern matches decides; topics that match none
/// pass unchecked.
#[derive(Debug, Clone)]
pub struct TopicPolicy {
    /// Glob over topic names: `*`, `?`, `[a-z]`, `{a,b}`.
    pub topics: String,
    pub mode: Mode,
    pub action: Action,
    /// The registry context in which schema ids count.
    pub context: ContextName,
    pub naming: SubjectNaming,
    /// Whether values are checked.
    pub value: bool,
    /// Whether keys are checked.
    pub key: bool,
    pub when_undecidable: Undecidable,
}

/// How strictly a topic is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Off,
    /// Checked and counted, never refused.
    Shadow,
    Enforce,
}

/// What happens to a bad record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Reject,
}

/// Which subject a record's schema must belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectNaming {
    /// `orders-value`
    TopicName,
    /// `com.shop.Order`
    RecordName,
    /// `orders-com.shop.Order`
    TopicRecordName,
}

/// What to do when the registry can't be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecidable {
    /// Refuse with an error that producers retry.
    Closed,
    /// Let pass and count.
    Open,
}

/// The policies of a proxy, ready to be asked.
#[derive(Debug)]
pub(crate) struct Policies(Vec<(GlobMatcher, Arc<TopicPolicy>)>);

impl Policies {
    pub(crate) fn compile(policies: &[TopicPolicy]) -> Result<Self, StartError> {
        let compile = |policy: &TopicPolicy| {
            let glob = Glob::new(&policy.topics)
                .map_err(|source| StartError::Pattern { pattern: policy.topics.clone(), source })?;
            Ok((glob.compile_matcher(), Arc::new(policy.clone())))
        };
        policies.iter().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// What is asked of a topic, `None` if nothing is.
    pub(crate) fn find(&self, topic: &str) -> Option<Arc<TopicPolicy>> {
        let (_, policy) = self.0.iter().find(|(pattern, _)| pattern.is_match(topic))?;
        let asks = policy.mode != Mode::Off && (policy.value || policy.key);
        asks.then(|| Arc::clone(policy))
    }
}

/// The two parts of a record that have schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Key,
    Value,
}

impl Part {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

impl SubjectNaming {
    /// The subjects, without their context, to one of which a schema must belong; none if they take a record's name and
    /// the schema has none. A Protobuf file has as many names as messages.
    pub(crate) fn subjects(self, topic: &str, part: Part, record_names: &[String]) -> Vec<String> {
        match self {
            Self::TopicName => vec![format!("{topic}-{}", part.as_str())],
            Self::RecordName => record_names.to_vec(),
            Self::TopicRecordName => record_names.iter().map(|name| format!("{topic}-{name}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(topics: &str, mode: Mode) -> TopicPolicy {
        TopicPolicy {
            topics: topics.to_owned(),
            mode,
            action: Action::Reject,
            context: ContextName::default_context(),
            naming: SubjectNaming::TopicName,
            value: true,
            key: false,
            when_undecidable: Undecidable::Closed,
        }
    }

    #[test]
    fn the_first_match_decides_and_off_asks_nothing() {
        let all =
            [policy("internal.*", Mode::Off), policy("{orders,bills}.*", Mode::Shadow), policy("*", Mode::Enforce)];
        let policies = Policies::compile(&all).unwrap();
        let mode = |topic: &str| policies.find(topic).map(|policy| policy.mode);
        assert_eq!(mode("internal.orders"), None);
        assert_eq!(mode("bills.eu"), Some(Mode::Shadow));
        assert_eq!(mode("anything"), Some(Mode::Enforce));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Policies::compile(&[policy("a[", Mode::Off)]).unwrap_err();
        assert!(error.to_string().contains("'a['"), "{error}");
    }

    #[test]
    fn subjects_follow_the_three_strategies() {
        let subjects = |naming: SubjectNaming, names: &[&str]| {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            naming.subjects("orders", Part::Value, &names)
        };
        assert_eq!(subjects(SubjectNaming::TopicName, &[]), ["orders-value"]);
        assert_eq!(subjects(SubjectNaming::RecordName, &["shop.Order"]), ["shop.Order"]);
        let both = subjects(SubjectNaming::TopicRecordName, &["shop.Order", "shop.Refund"]);
        assert_eq!(both, ["orders-shop.Order", "orders-shop.Refund"]);
        assert!(subjects(SubjectNaming::RecordName, &[]).is_empty());
    }
}
