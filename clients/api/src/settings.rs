//! Compatibility and mode settings on the wire. Updates and their answers call the level `compatibility`, reads call it
//! `compatibilityLevel`: that is the contract.

use serde::{Deserialize, Serialize};

use crate::contract::{Metadata, RuleSet};
use crate::patch::Patch;

/// Of which subjects the settings are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<String>>,
}

/// What holds for them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SettingsAnswer {
    /// In the order in which they were asked, without those that the caller may not read.
    pub settings: Vec<SubjectSettings>,
}

/// The settings that hold for a subject, whoever set them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SubjectSettings {
    /// As it was asked.
    pub subject: String,
    pub config: Config,
    pub mode: String,
}

/// What `GET` and `DELETE` of `/config` answer. Null and empty members are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_for_deks: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalize: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_fields: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_new_schemas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_rules: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatibility_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatibility_policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatibility_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_rule_set: Option<RuleSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_rule_set: Option<RuleSet>,
}

/// What is sent to `PUT /config`, and what that answers: the resulting config in the same shape.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigUpdate {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub alias: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub alias_for_deks: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub normalize: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub validate_fields: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub validate_new_schemas: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub validate_rules: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub compatibility: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub compatibility_policy: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub compatibility_group: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub default_metadata: Patch<Metadata>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub override_metadata: Patch<Metadata>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub default_rule_set: Patch<RuleSet>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub override_rule_set: Patch<RuleSet>,
}

/// What `/mode` answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mode {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// What is sent to `PUT /mode`. Null clears the mode; so does an absent member, as there is nothing else to keep.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModeUpdate {
    #[serde(default)]
    pub mode: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_tells_absent_from_null_from_set() {
        let update: ConfigUpdate =
            serde_json::from_str(r#"{"compatibility":"FULL","alias":null,"somethingNew":1}"#).unwrap();
        assert_eq!(update.compatibility, Patch::Set("FULL".into()));
        assert_eq!(update.alias, Patch::Clear);
        assert_eq!(update.normalize, Patch::Keep);
        assert_eq!(serde_json::to_string(&update).unwrap(), r#"{"alias":null,"compatibility":"FULL"}"#);
    }

    #[test]
    fn reads_and_updates_name_the_level_differently() {
        let config = Config { compatibility_level: Some("FULL".into()), ..Config::default() };
        assert_eq!(serde_json::to_string(&config).unwrap(), r#"{"compatibilityLevel":"FULL"}"#);
    }
}
