//! Which rules of a contract run where records are written, with what settings, and what follows them?

use std::sync::Arc;

use super::RuleAction;
use super::annotated::{AFTER, BEFORE, DISABLED, EXECUTION, INLINE_PROPERTY, PROPERTY};
use crate::contract::{Contract, EnableAt, Metadata, Rule, RuleKind, RuleMode};

/// The parameter, or property of the metadata, that names a topic for dead letters.
const DLQ_TOPIC: &str = "dlq.topic";

/// A rule that runs.
#[derive(Debug)]
pub(super) struct Selected<'c> {
    pub(super) rule: &'c Rule,
    pub(super) task: Task,
    pub(super) on_success: RuleAction,
    pub(super) on_failure: RuleAction,
}

/// What there is to do for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Judges the whole message.
    Cel,
    /// Judges single fields.
    CelField,
    /// Changes something in a way that only the client can.
    Transform,
    /// Encrypts fields.
    Encrypt,
    /// Encrypts the payload.
    EncryptPayload,
    /// Nobody here knows the executor.
    Unknown(String),
}

/// The rules for writing that run at the gateway: those on values, then those on bytes, each in the order of their list.
pub(super) fn selected(contract: &Contract) -> Vec<Selected<'_>> {
    let Some(rules) = &contract.rules else { return Vec::new() };
    if !matches!(rules.enable_at, None | Some(EnableAt::All | EnableAt::Gateway)) {
        return Vec::new();
    }
    let is_written = |rule: &&Rule| !rule.disabled && matches!(rule.mode, RuleMode::Write | RuleMode::WriteRead);
    rules.domain.iter().chain(&rules.encoding).filter(is_written).map(|rule| select(rule, contract)).collect()
}

/// What follows where the schema's own demands are broken; `None` where the contract has them not run.
pub(super) fn demanded(contract: &Contract) -> Option<RuleAction> {
    on_broken(contract, PROPERTY)
}

/// What follows where a rule is broken that the text of the schema holds, and whether it runs behind those of the
/// contract; `None` where they are not run, which is so unless the contract wants them.
pub(super) fn inline(contract: &Contract) -> Option<(RuleAction, bool)> {
    let is_last = match property(contract, EXECUTION)? {
        word if word.eq_ignore_ascii_case(BEFORE) => false,
        word if word.eq_ignore_ascii_case(AFTER) => true,
        _ => return None,
    };
    Some((on_broken(contract, INLINE_PROPERTY)?, is_last))
}

fn property<'c>(contract: &'c Contract, name: &str) -> Option<&'c str> {
    contract.metadata.as_ref()?.properties.get(name).map(|word| word.trim())
}

fn on_broken(contract: &Contract, named: &str) -> Option<RuleAction> {
    let enable_at = contract.rules.as_ref().and_then(|rules| rules.enable_at);
    if !matches!(enable_at, None | Some(EnableAt::All | EnableAt::Gateway)) {
        return None;
    }
    Some(match property(contract, named) {
        Some(word) if word.eq_ignore_ascii_case(DISABLED) => return None,
        Some("NONE") => RuleAction::Continue,
        Some("DLQ") => RuleAction::DeadLetter { topic: property(contract, DLQ_TOPIC).map(Arc::from) },
        _ => RuleAction::Reject,
    })
}

/// What a rule's parameter is: its own, else the property of that name in the metadata.
pub(super) fn parameter<'c>(rule: &'c Rule, metadata: Option<&'c Metadata>, name: &str) -> Option<&'c str> {
    let property = || metadata.and_then(|metadata| metadata.properties.get(name));
    rule.params.get(name).or_else(property).map(String::as_str)
}

fn select<'c>(rule: &'c Rule, contract: &'c Contract) -> Selected<'c> {
    let action = |word: Option<&str>, default| match written_half(word).unwrap_or(default) {
        "NONE" => RuleAction::Continue,
        "DLQ" => {
            let topic = parameter(rule, contract.metadata.as_ref(), DLQ_TOPIC);
            RuleAction::DeadLetter { topic: topic.map(Arc::from) }
        }
        // Clients that don't know an action refuse the record.
        _ => RuleAction::Reject,
    };
    Selected {
        rule,
        task: task(rule),
        on_success: action(rule.on_success.as_deref(), "NONE"),
        on_failure: action(rule.on_failure.as_deref(), "ERROR"),
    }
}

/// Of a pair of actions, the one for writing.
fn written_half(word: Option<&str>) -> Option<&str> {
    let word = word?;
    let half = word.split_once(',').map_or(word, |(written, _)| written).trim();
    (!half.is_empty()).then_some(half)
}

fn task(rule: &Rule) -> Task {
    let executor = rule.executor.as_deref().unwrap_or_default().to_uppercase();
    match (executor.as_str(), rule.kind) {
        ("ENCRYPT", RuleKind::Transform) => Task::Encrypt,
        ("ENCRYPT_PAYLOAD", RuleKind::Transform) => Task::EncryptPayload,
        (_, RuleKind::Transform) => Task::Transform,
        ("CEL", RuleKind::Condition) => Task::Cel,
        ("CEL_FIELD", RuleKind::Condition) => Task::CelField,
        (_, RuleKind::Condition) => Task::Unknown(executor),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::contract::RuleSet;

    fn rule(name: &str, mode: RuleMode) -> Rule {
        Rule {
            name: name.into(),
            doc: None,
            kind: RuleKind::Condition,
            mode,
            executor: Some("cel".into()),
            tags: BTreeSet::new(),
            params: BTreeMap::new(),
            expr: Some("true".into()),
            on_success: None,
            on_failure: None,
            disabled: false,
        }
    }

    fn contract(domain: Vec<Rule>, enable_at: Option<EnableAt>) -> Contract {
        let rules = RuleSet { domain, enable_at, ..RuleSet::default() };
        Contract { metadata: Some(Metadata::default()), rules: Some(rules) }
    }

    fn names(contract: &Contract) -> Vec<&str> {
        selected(contract).into_iter().map(|selected| selected.rule.name.as_str()).collect()
    }

    #[test]
    fn what_is_for_writing_and_enabled_runs_in_order() {
        let mut off = rule("off", RuleMode::Write);
        off.disabled = true;
        let rules = vec![rule("b", RuleMode::WriteRead), rule("r", RuleMode::Read), off, rule("a", RuleMode::Write)];
        for at in [None, Some(EnableAt::All), Some(EnableAt::Gateway)] {
            assert_eq!(names(&contract(rules.clone(), at)), ["b", "a"], "{at:?}");
        }
        for at in [EnableAt::Client, EnableAt::Server, EnableAt::None] {
            assert!(names(&contract(rules.clone(), Some(at))).is_empty(), "{at:?}");
        }
    }

    #[test]
    fn of_a_pair_of_actions_the_first_is_for_writing() {
        let mut pair = rule("a", RuleMode::WriteRead);
        pair.on_failure = Some("DLQ,NONE".into());
        pair.on_success = Some("NONE, ERROR".into());
        pair.params.insert("dlq.topic".into(), "letters".into());
        let contract = contract(vec![pair, rule("b", RuleMode::Write)], None);
        let actions: Vec<_> =
            selected(&contract).into_iter().map(|selected| (selected.on_success, selected.on_failure)).collect();
        let letters = RuleAction::DeadLetter { topic: Some("letters".into()) };
        assert_eq!(actions, [(RuleAction::Continue, letters), (RuleAction::Continue, RuleAction::Reject)]);
    }

    #[test]
    fn parameters_fall_back_to_properties() {
        let mut dead = rule("a", RuleMode::Write);
        dead.on_failure = Some("DLQ".into());
        let mut contract = contract(vec![dead], None);
        let topic = |contract: &Contract| match selected(contract).pop().map(|selected| selected.on_failure) {
            Some(RuleAction::DeadLetter { topic }) => topic,
            _ => panic!("no dead letter"),
        };
        assert_eq!(topic(&contract), None);
        contract.metadata.get_or_insert_default().properties.insert(DLQ_TOPIC.into(), "of-all".into());
        assert_eq!(topic(&contract).as_deref(), Some("of-all"));
    }

    #[test]
    fn executors_are_known_whatever_their_case() {
        let mut encrypt = rule("e", RuleMode::Write);
        (encrypt.executor, encrypt.kind) = (Some("Encrypt".into()), RuleKind::Transform);
        let mut other = rule("o", RuleMode::Write);
        other.executor = Some("sql".into());
        let contract = contract(vec![rule("c", RuleMode::Write), encrypt, other], None);
        let tasks: Vec<_> = selected(&contract).into_iter().map(|selected| selected.task).collect();
        assert_eq!(tasks, [Task::Cel, Task::Encrypt, Task::Unknown("SQL".into())]);
    }
}
