//! Which contract stands beside a schema, and what of it goes along when the schema is registered?

use std::path::Path;

use serde::Deserialize;
use tidegate_api as api;
use tidegate_compat::contract::Rule;
use tidegate_compat::{Contract, Metadata, RuleSet};

use crate::baseline::Version;
use crate::plan::{MANAGED_BY, OWNER};
use crate::records::contract;
use crate::tree;
use crate::trouble::{Result, Trouble};
use crate::words::shown;

/// What stands behind the name of a schema in the name of its contract.
pub(crate) const CONTRACT: &str = "contract.json";
/// The largest contract that is read.
const MAX_CONTRACT: u64 = 16 << 20;

/// Whether a property is written, or given a meaning, by a registry or this tool: properties in a file that do not speak of it
/// do not mean to take it away.
fn is_kept(property: &str) -> bool {
    [MANAGED_BY, OWNER].contains(&property) || property.starts_with("confluent:")
}

/// Metadata and rules beside a schema, in the words of a registration. What is not said is taken over from the latest version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Beside {
    pub(crate) metadata: Option<api::Metadata>,
    pub(crate) rule_set: Option<api::RuleSet>,
}

impl Beside {
    /// Whether nothing is said.
    pub(crate) fn is_silent(&self) -> bool {
        self.metadata.is_none() && self.rule_set.is_none()
    }

    /// The same with what the latest version has and no file is asked to repeat, and with all that this one does not speak of:
    /// a file of tags says nothing about properties, and one of metadata nothing about rules. That is sent along, since a
    /// registry looks for a version with what was said, and would find an older one that had no more than that. Where nothing
    /// at all is said, any version of the text will do.
    pub(crate) fn after(mut self, latest: Option<&Version>) -> Self {
        let Some(latest) = latest.filter(|_| !self.is_silent()) else { return self };
        self.rule_set = self.rule_set.or_else(|| latest.rules.as_ref().map(sent_rules));
        let before = latest.metadata.as_ref();
        self.metadata = self.metadata.or_else(|| before.cloned().map(sent));
        if let (Some(metadata), Some(before)) = (&mut self.metadata, before) {
            metadata.tags.get_or_insert_with(|| before.tags.clone());
            metadata.sensitive.get_or_insert_with(|| before.sensitive.clone());
            let properties = metadata.properties.get_or_insert_with(|| before.properties.clone());
            for (name, value) in before.properties.iter().filter(|(name, _)| is_kept(name)) {
                properties.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }

    /// Whether a version says all that this says, and no more of it.
    pub(crate) fn is_that_of(&self, version: &Version) -> bool {
        let Ok(wanted) = contract(self.metadata.clone(), self.rule_set.clone()) else { return false };
        wanted.metadata.is_none_or(|wanted| wanted == version.metadata.clone().unwrap_or_default())
            && wanted.rules.is_none_or(|wanted| wanted == version.rules.clone().unwrap_or_default())
    }
}

/// A contract and the file that it stands in.
#[derive(Debug)]
pub(crate) struct Written {
    /// Its path from the root of the project.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) beside: Beside,
    pub(crate) contract: Contract,
}

impl Written {
    /// Reads the file beside a schema, whose path from the root of the project is given; nothing if there is none.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn read(root: &Path, schema: &str) -> Result<Option<Self>> {
        let (folder, stem) = stem(schema);
        let name = format!("{stem}.{CONTRACT}");
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let unfit = |why: String| Trouble::usage(format!("{} is no contract: {why}", shown(&name)));
        let Some(bytes) = tree::bytes(root, &name, MAX_CONTRACT).map_err(unfit)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| unfit("it is not UTF-8".to_owned()))?;
        let beside: Beside = serde_json::from_str(&text).map_err(|error| unfit(error.to_string()))?;
        let contract = contract(beside.metadata.clone(), beside.rule_set.clone()).map_err(unfit)?;
        Ok(Some(Self { name, text, beside, contract }))
    }
}

/// The name of a schema file without its ending, and its folder.
pub(crate) fn stem(path: &str) -> (&str, &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

/// Metadata as they are sent; what is empty is not said.
pub(crate) fn sent(metadata: Metadata) -> api::Metadata {
    api::Metadata {
        tags: Some(metadata.tags).filter(|tags| !tags.is_empty()),
        properties: Some(metadata.properties).filter(|properties| !properties.is_empty()),
        sensitive: Some(metadata.sensitive).filter(|names| !names.is_empty()),
    }
}

/// Rules as they are sent.
pub(crate) fn sent_rules(rules: &RuleSet) -> api::RuleSet {
    let list = |rules: &[Rule]| Some(rules.iter().map(sent_rule).collect::<Vec<_>>()).filter(|rules| !rules.is_empty());
    api::RuleSet {
        migration_rules: list(&rules.migration),
        domain_rules: list(&rules.domain),
        encoding_rules: list(&rules.encoding),
        enable_at: rules.enable_at.map(|place| place.as_str().to_owned()),
    }
}

fn sent_rule(rule: &Rule) -> api::Rule {
    api::Rule {
        name: Some(rule.name.clone()),
        doc: rule.doc.clone(),
        kind: Some(rule.kind.as_str().to_owned()),
        mode: Some(rule.mode.as_str().to_owned()),
        executor: rule.executor.clone(),
        tags: Some(rule.tags.clone()).filter(|tags| !tags.is_empty()),
        params: Some(rule.params.clone()).filter(|params| !params.is_empty()),
        expr: rule.expr.clone(),
        on_success: rule.on_success.clone(),
        on_failure: rule.on_failure.clone(),
        disabled: rule.disabled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sent_as_they_were_told() {
        let whole = serde_json::json!({
            "migrationRules": [{"name": "up", "kind": "TRANSFORM", "mode": "UPGRADE", "type": "JSONATA", "expr": "$", "disabled": true}],
            "domainRules": [{"name": "seal", "doc": "why", "kind": "TRANSFORM", "mode": "WRITEREAD", "type": "ENCRYPT", "tags": ["PII"],
                "params": {"encrypt.kek.name": "k"}, "onSuccess": "NONE", "onFailure": "ERROR,NONE", "disabled": false}],
            "enableAt": "CLIENT"
        });
        let told: api::RuleSet = serde_json::from_value(whole.clone()).unwrap();
        let rules = contract(None, Some(told.clone())).unwrap().rules.unwrap();
        assert_eq!(sent_rules(&rules), told);
        assert_eq!(serde_json::to_value(told).unwrap(), whole);
    }
}
