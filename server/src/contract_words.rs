//! How are metadata and rules of a contract read from the wire? Both where they are sent to us and where another registry
//! answers with them.

use tidegate_api as api;
use tidegate_compat::contract::Rule;
use tidegate_compat::{EnableAt, Metadata, RuleKind, RuleMode, RuleSet};

/// A word that a member of a rule set can't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is no {member} of a rule set")]
pub(crate) struct UnknownWord {
    word: String,
    member: &'static str,
}

pub(crate) fn metadata(metadata: api::Metadata) -> Metadata {
    let api::Metadata { tags, properties, sensitive } = metadata;
    Metadata {
        tags: tags.unwrap_or_default(),
        properties: properties.unwrap_or_default(),
        sensitive: sensitive.unwrap_or_default(),
    }
}

pub(crate) fn rule_set(rules: api::RuleSet) -> Result<RuleSet, UnknownWord> {
    let api::RuleSet { migration_rules, domain_rules, encoding_rules, enable_at } = rules;
    Ok(RuleSet {
        migration: self::rules(migration_rules)?,
        domain: self::rules(domain_rules)?,
        encoding: self::rules(encoding_rules)?,
        enable_at: enable_at.map(|text| word(&text, "enableAt", EnableAt::parse)).transpose()?,
    })
}

fn rules(rules: Option<Vec<api::Rule>>) -> Result<Vec<Rule>, UnknownWord> {
    rules.unwrap_or_default().into_iter().map(rule).collect()
}

fn rule(rule: api::Rule) -> Result<Rule, UnknownWord> {
    let api::Rule { name, doc, kind, mode, executor, tags, params, expr, on_success, on_failure, disabled } = rule;
    Ok(Rule {
        name: name.unwrap_or_default(),
        doc,
        kind: kind.map_or(Ok(RuleKind::Transform), |text| word(&text, "kind", RuleKind::parse))?,
        mode: mode.map_or(Ok(RuleMode::WriteRead), |text| word(&text, "mode", RuleMode::parse))?,
        executor,
        tags: tags.unwrap_or_default(),
        params: params.unwrap_or_default(),
        expr,
        on_success,
        on_failure,
        disabled,
    })
}

/// A word out of a fixed list.
fn word<T>(text: &str, member: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, UnknownWord> {
    parse(text).ok_or_else(|| UnknownWord { word: text.to_owned(), member })
}
