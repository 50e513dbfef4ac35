//! Metadata and rules on the wire: how are data contracts written in JSON?

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Tags by path pattern, free properties, and the names of secret properties.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    #[serde(skip_serializing_if = "is_absent_or_empty")]
    pub tags: Option<BTreeMap<String, BTreeSet<String>>>,
    #[serde(skip_serializing_if = "is_absent_or_empty")]
    pub properties: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<BTreeSet<String>>,
}

/// The rules of a contract, in the lists in which they run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleSet {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration_rules: Option<Vec<Rule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_rules: Option<Vec<Rule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_rules: Option<Vec<Rule>>,
    /// `ALL`, `CLIENT`, `GATEWAY`, `SERVER` or `NONE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_at: Option<String>,
}

/// One rule. The words of `kind` and `mode` are checked by the server, not by the parser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// `TRANSFORM` when absent, or `CONDITION`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `WRITEREAD` when absent, or `WRITE`, `READ`, `UPGRADE`, `DOWNGRADE`, `UPDOWN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The executor: `CEL`, `CEL_FIELD`, `JSONATA`, `ENCRYPT` …
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "is_absent_or_empty")]
    pub params: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    pub disabled: bool,
}

fn is_absent_or_empty<V>(map: &Option<BTreeMap<String, V>>) -> bool {
    map.as_ref().is_none_or(BTreeMap::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parts_are_left_out_but_disabled_is_always_told() {
        let metadata = Metadata { properties: Some(BTreeMap::new()), ..Metadata::default() };
        assert_eq!(serde_json::to_string(&metadata).unwrap(), "{}");
        let rule = Rule { name: Some("a".into()), ..Rule::default() };
        assert_eq!(serde_json::to_string(&rule).unwrap(), r#"{"name":"a","disabled":false}"#);
    }

    #[test]
    fn a_rule_set_reads_as_confluent_writes_it() {
        let text = r#"{"domainRules":[{"name":"n","kind":"CONDITION","type":"CEL","mode":"WRITE","expr":"size(message.a) > 0",
            "tags":["PII"],"params":{"k":"v"},"onFailure":"DLQ","disabled":false,"unknown":1}],"enableAt":"CLIENT"}"#;
        let rules: RuleSet = serde_json::from_str(text).unwrap();
        let rule = &rules.domain_rules.unwrap()[0];
        assert_eq!(rule.executor.as_deref(), Some("CEL"));
        assert_eq!(rule.on_failure.as_deref(), Some("DLQ"));
        assert_eq!(rules.enable_at.as_deref(), Some("CLIENT"));
    }
}
