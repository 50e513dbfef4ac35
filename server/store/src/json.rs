//! How are references, contracts and settings written as JSON in a text column?
//!
//! The shapes are the store's own, kept apart from those of the REST API: what is stored must stay readable however the
//! API grows. Fields that are absent are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tidegate_compat::contract::Rule;
use tidegate_compat::{CompatibilityLevel, EnableAt, Metadata, Reference, RuleKind, RuleMode, RuleSet};

use crate::sealing::Sealing;
use crate::settings::Config;
use crate::{Error, Result};

#[derive(Serialize, Deserialize)]
struct ReferenceShape {
    name: String,
    subject: String,
    version: i32,
}

#[derive(Serialize, Deserialize)]
struct MetadataShape {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    sensitive: BTreeSet<String>,
    /// The values of sensitive properties, which then are not among the others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sealed: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct RuleSetShape {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    migration: Vec<RuleShape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    domain: Vec<RuleShape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encoding: Vec<RuleShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enable_at: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct RuleShape {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doc: Option<String>,
    kind: String,
    mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    executor: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    tags: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_success: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_failure: Option<String>,
    #[serde(default)]
    disabled: bool,
}

#[derive(Serialize, Deserialize)]
struct ConfigShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias_for_deks: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    normalize: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validate_fields: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validate_new_schemas: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validate_rules: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_metadata: Option<MetadataShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    override_metadata: Option<MetadataShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_rules: Option<RuleSetShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    override_rules: Option<RuleSetShape>,
}

pub fn write_references(references: &[Reference]) -> Result<String> {
    let shape = |reference: &Reference| ReferenceShape {
        name: reference.name.clone(),
        subject: reference.subject.clone(),
        version: reference.version,
    };
    write(&references.iter().map(shape).collect::<Vec<_>>())
}

pub fn read_references(text: &str) -> Result<Vec<Reference>> {
    let shapes: Vec<ReferenceShape> = read(text)?;
    let reference =
        |shape: ReferenceShape| Reference { name: shape.name, subject: shape.subject, version: shape.version };
    Ok(shapes.into_iter().map(reference).collect())
}

pub fn write_metadata(metadata: &Metadata, sealing: &Sealing) -> Result<String> {
    write(&MetadataShape::of(metadata, sealing)?)
}

pub fn read_metadata(text: &str, sealing: &Sealing) -> Result<Metadata> {
    read::<MetadataShape>(text)?.opened(sealing)
}

pub fn write_rules(rules: &RuleSet) -> Result<String> {
    write(&RuleSetShape::from(rules))
}

pub fn read_rules(text: &str) -> Result<RuleSet> {
    read::<RuleSetShape>(text)?.try_into()
}

pub fn write_config(config: &Config, sealing: &Sealing) -> Result<String> {
    let metadata = |it: &Option<Metadata>| it.as_ref().map(|it| MetadataShape::of(it, sealing)).transpose();
    write(&ConfigShape {
        alias: config.alias.clone(),
        alias_for_deks: config.alias_for_deks.clone(),
        normalize: config.normalize,
        validate_fields: config.validate_fields,
        validate_new_schemas: config.validate_new_schemas,
        validate_rules: config.validate_rules,
        level: config.level.map(|level| level.as_str().to_owned()),
        policy: config.policy.clone(),
        group: config.group.clone(),
        default_metadata: metadata(&config.default_metadata)?,
        override_metadata: metadata(&config.override_metadata)?,
        default_rules: config.default_rules.as_ref().map(Into::into),
        override_rules: config.override_rules.as_ref().map(Into::into),
    })
}

pub fn read_config(text: &str, sealing: &Sealing) -> Result<Config> {
    let metadata = |it: Option<MetadataShape>| it.map(|it| it.opened(sealing)).transpose();
    let shape: ConfigShape = read(text)?;
    let level = shape.level.map(|level| known("compatibility level", &level, CompatibilityLevel::parse));
    Ok(Config {
        alias: shape.alias,
        alias_for_deks: shape.alias_for_deks,
        normalize: shape.normalize,
        validate_fields: shape.validate_fields,
        validate_new_schemas: shape.validate_new_schemas,
        validate_rules: shape.validate_rules,
        level: level.transpose()?,
        policy: shape.policy,
        group: shape.group,
        default_metadata: metadata(shape.default_metadata)?,
        override_metadata: metadata(shape.override_metadata)?,
        default_rules: shape.default_rules.map(TryInto::try_into).transpose()?,
        override_rules: shape.override_rules.map(TryInto::try_into).transpose()?,
    })
}

impl MetadataShape {
    fn of(metadata: &Metadata, sealing: &Sealing) -> Result<Self> {
        let Metadata { tags, mut properties, sensitive } = metadata.clone();
        let mut sealed = BTreeMap::new();
        for name in &sensitive {
            if let Some(value) = properties.get(name)
                && let Some(value) = sealing.seal(name, value)?
            {
                sealed.insert(name.clone(), value);
                properties.remove(name);
            }
        }
        Ok(Self { tags, properties, sensitive, sealed })
    }

    fn opened(self, sealing: &Sealing) -> Result<Metadata> {
        let Self { tags, mut properties, sensitive, sealed } = self;
        for (name, value) in sealed {
            let value = sealing.open(&name, &value)?;
            properties.insert(name, value);
        }
        Ok(Metadata { tags, properties, sensitive })
    }
}

impl From<&RuleSet> for RuleSetShape {
    fn from(rules: &RuleSet) -> Self {
        let list = |rules: &[Rule]| rules.iter().map(RuleShape::from).collect();
        Self {
            migration: list(&rules.migration),
            domain: list(&rules.domain),
            encoding: list(&rules.encoding),
            enable_at: rules.enable_at.map(|place| place.as_str().to_owned()),
        }
    }
}

impl TryFrom<RuleSetShape> for RuleSet {
    type Error = Error;

    fn try_from(shape: RuleSetShape) -> Result<Self> {
        let list = |rules: Vec<RuleShape>| rules.into_iter().map(Rule::try_from).collect::<Result<_>>();
        Ok(Self {
            migration: list(shape.migration)?,
            domain: list(shape.domain)?,
            encoding: list(shape.encoding)?,
            enable_at: shape.enable_at.map(|place| known("enableAt", &place, EnableAt::parse)).transpose()?,
        })
    }
}

impl From<&Rule> for RuleShape {
    fn from(rule: &Rule) -> Self {
        let rule = rule.clone();
        Self {
            name: rule.name,
            doc: rule.doc,
            kind: rule.kind.as_str().to_owned(),
            mode: rule.mode.as_str().to_owned(),
            executor: rule.executor,
            tags: rule.tags,
            params: rule.params,
            expr: rule.expr,
            on_success: rule.on_success,
            on_failure: rule.on_failure,
            disabled: rule.disabled,
        }
    }
}

impl TryFrom<RuleShape> for Rule {
    type Error = Error;

    fn try_from(shape: RuleShape) -> Result<Self> {
        Ok(Self {
            name: shape.name,
            doc: shape.doc,
            kind: known("rule kind", &shape.kind, RuleKind::parse)?,
            mode: known("rule mode", &shape.mode, RuleMode::parse)?,
            executor: shape.executor,
            tags: shape.tags,
            params: shape.params,
            expr: shape.expr,
            on_success: shape.on_success,
            on_failure: shape.on_failure,
            disabled: shape.disabled,
        })
    }
}

fn write(shape: &impl Serialize) -> Result<String> {
    serde_json::to_string(shape).map_err(|error| Error::Corrupt(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("JSON in the database: {error}")))
}

fn known<T>(what: &str, text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| Error::Corrupt(format!("'{text}' is no {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RuleSet {
        let rule = Rule {
            name: "not_empty".into(),
            doc: Some("why".into()),
            kind: RuleKind::Condition,
            mode: RuleMode::Write,
            executor: Some("CEL".into()),
            tags: BTreeSet::from(["PII".into()]),
            params: BTreeMap::from([("a".into(), "b".into())]),
            expr: Some("size(message.id) > 0".into()),
            on_success: None,
            on_failure: Some("DLQ".into()),
            disabled: true,
        };
        RuleSet { domain: vec![rule], enable_at: Some(EnableAt::Server), ..RuleSet::default() }
    }

    #[test]
    fn a_full_config_reads_back_as_it_was_written() {
        let open = Sealing::default();
        let metadata = Metadata {
            tags: BTreeMap::from([("**.email".into(), BTreeSet::from(["PII".into()]))]),
            properties: BTreeMap::from([("owner".into(), "team ü".into())]),
            sensitive: BTreeSet::from(["owner".into()]),
        };
        let config = Config {
            alias: Some("a".into()),
            level: Some(CompatibilityLevel::FullTransitive),
            validate_fields: Some(false),
            default_metadata: Some(metadata),
            override_rules: Some(rules()),
            ..Config::default()
        };
        assert_eq!(read_config(&write_config(&config, &open).unwrap(), &open).unwrap(), config);
        assert_eq!(read_config("{}", &open).unwrap(), Config::default());
        let sealing = Sealing::new("a secret of some length", &["another"]);
        let sealed = write_config(&config, &sealing).unwrap();
        assert!(!sealed.contains("team ü") && sealed.contains("\"sensitive\":[\"owner\"]"), "{sealed}");
        assert_eq!(read_config(&sealed, &sealing).unwrap(), config);
        assert!(matches!(read_config(&sealed, &open), Err(Error::Sealed(_))));
    }

    #[test]
    fn an_empty_contract_stays_apart_from_none() {
        let open = Sealing::default();
        assert_eq!(
            read_metadata(&write_metadata(&Metadata::default(), &open).unwrap(), &open).unwrap(),
            Metadata::default()
        );
        assert_eq!(read_rules(&write_rules(&RuleSet::default()).unwrap()).unwrap(), RuleSet::default());
    }

    #[test]
    fn words_that_nobody_knows_are_damage() {
        assert!(matches!(read_config(r#"{"level":"SIDEWAYS"}"#, &Sealing::default()), Err(Error::Corrupt(_))));
        assert!(matches!(read_references("["), Err(Error::Corrupt(_))));
    }

    #[test]
    fn nul_is_escaped_so_that_any_database_keeps_it() {
        let properties = BTreeMap::from([("k".to_owned(), "a\0b \\u0000".to_owned())]);
        let metadata = Metadata { properties, ..Metadata::default() };
        let text = write_metadata(&metadata, &Sealing::default()).unwrap();
        assert!(!text.contains('\0'));
        assert_eq!(read_metadata(&text, &Sealing::default()).unwrap(), metadata);
    }
}
