//! Which contract stands beside a schema, and what of it goes along when the schema is registered?

use serde::Deserialize;
use tidegate_api as api;
use tidegate_compat::{Contract, Metadata};

use crate::baseline::Version;
use crate::local::Document;
use crate::plan::{MANAGED_BY, OWNER};
use crate::project::Project;
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
    /// What stands in `order.contract.json` beside `order.avsc`; nothing without such a file.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn of(project: &Project, document: &Document) -> Result<Self> {
        Ok(Written::of(project, document)?.map(|written| written.beside).unwrap_or_default())
    }

    /// The same with what the latest version has and no file is asked to repeat, and with the members of its metadata that
    /// this one does not speak of: a file of tags says nothing about properties.
    pub(crate) fn after(mut self, latest: Option<&Version>) -> Self {
        let before = latest.and_then(|latest| latest.metadata.as_ref());
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

/// The contract beside a schema, in the words of rules.
///
/// # Errors
/// A file that can't be read, or is no contract.
pub(crate) fn contract_of(project: &Project, document: &Document) -> Result<Contract> {
    Ok(Written::of(project, document)?.map(|written| written.contract).unwrap_or_default())
}

/// A contract and the file that it stands in.
pub(crate) struct Written {
    /// Its path from the root of the project.
    pub(crate) name: String,
    pub(crate) text: String,
    beside: Beside,
    pub(crate) contract: Contract,
}

impl Written {
    /// The file beside a schema, if there is one.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn of(project: &Project, document: &Document) -> Result<Option<Self>> {
        let (folder, stem) = stem(&document.path);
        let name = format!("{stem}.{CONTRACT}");
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let unfit = |why: String| Trouble::usage(format!("{} is no contract: {why}", shown(&name)));
        let Some(bytes) = tree::bytes(&project.root, &name, MAX_CONTRACT).map_err(unfit)? else { return Ok(None) };
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
