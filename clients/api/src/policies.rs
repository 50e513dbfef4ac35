//! Topic policies on the wire: what is asked of the records of which topics, and how is that changed?

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// What a policy says. What is left out is as [`Default`] has it; the words are checked by the server, not by the parser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyDefinition {
    /// Topic names, with `*`, `?`, `[a-z]` and `{a,b}` as wildcards.
    pub topics: String,
    /// `off`, `shadow` or `enforce`
    pub mode: String,
    /// `reject`, `reject_and_dead_letter`, `flag` or `remove_and_dead_letter`
    pub action: String,
    /// `closed` or `open`
    pub when_undecidable: String,
    /// The context in which schema ids count.
    pub context: String,
    /// `topic_name`, `record_name`, `topic_record_name`, `associated` or `fixed:SUBJECT`
    pub subject: String,
    /// Whether keys are checked.
    pub key: bool,
    /// Whether values are checked.
    pub value: bool,
    /// `confluent` or `none`
    pub framing: String,
    /// 0 to 100
    pub percent: i64,
    /// Principals and client ids, with wildcards. Empty: all.
    pub producers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_topic: Option<String>,
    /// `leave` or `refuse`
    pub transforms: String,
    /// Principals, with wildcards.
    pub redrive: Vec<String>,
}

/// A policy as it is sent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyWish {
    /// That of the path, if it is there at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Absent: where it was, or behind all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    #[serde(flatten)]
    pub definition: PolicyDefinition,
    /// Whatever else there was.
    #[serde(flatten, skip_serializing)]
    pub others: BTreeMap<String, IgnoredAny>,
}

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    pub name: String,
    /// The smallest is asked first; of equal ones, by name.
    pub position: i64,
    /// Counted from 1.
    pub version: i64,
    #[serde(flatten)]
    pub definition: PolicyDefinition,
    /// RFC 3339
    pub changed_at: String,
    pub changed_by: String,
}

/// A page of policies, in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyPage {
    /// Grows with every change of any policy.
    pub revision: u64,
    pub policies: Vec<Policy>,
    /// Where the next page is: path and query. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which policy decides for a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyMatch {
    pub topic: String,
    /// Absent if none does: then a proxy asks those of its configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// How strictly the producer that was asked for is treated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// A policy as it was for a time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyVersion {
    pub version: i64,
    pub position: i64,
    /// Absent: it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<PolicyDefinition>,
    /// RFC 3339
    pub changed_at: String,
    pub changed_by: String,
}

/// The versions of a policy, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyHistory {
    pub versions: Vec<PolicyVersion>,
    /// Where the next page is: path and query. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Default for PolicyDefinition {
    fn default() -> Self {
        Self {
            topics: String::new(),
            mode: "enforce".to_owned(),
            action: "reject".to_owned(),
            when_undecidable: "closed".to_owned(),
            context: ".".to_owned(),
            subject: "topic_name".to_owned(),
            key: false,
            value: true,
            framing: "confluent".to_owned(),
            percent: 100,
            producers: Vec::new(),
            dead_letter_topic: None,
            transforms: "leave".to_owned(),
            redrive: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_unknown_is_kept_apart() {
        let text = r#"{"topics":"orders","position":5,"percnt":10,"deadLetterTopic":null}"#;
        let wish: PolicyWish = serde_json::from_str(text).unwrap();
        assert_eq!(wish.definition, PolicyDefinition { topics: "orders".to_owned(), ..PolicyDefinition::default() });
        assert_eq!((wish.name, wish.position), (None, Some(5)));
        assert_eq!(wish.others.keys().collect::<Vec<_>>(), ["percnt"]);
    }

    #[test]
    fn a_policy_as_it_is_told_can_be_sent_again() {
        let told = Policy { name: "p".to_owned(), version: 3, changed_by: "ann".to_owned(), ..Policy::default() };
        let wish: PolicyWish = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        assert_eq!((wish.name.as_deref(), &wish.definition), (Some("p"), &told.definition));
        assert_eq!(wish.others.keys().collect::<Vec<_>>(), ["changedAt", "changedBy", "version"]);
    }
}
