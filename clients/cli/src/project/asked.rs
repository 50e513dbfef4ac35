//! What does a project ask of schemas beyond what the registry does? Rules of style and of ownership, with their weights.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::pattern::Pattern;
use super::{Source, mean};
use crate::report::Weight;
use crate::rules::{self, Rule};
use crate::trouble::Result;
use crate::words::nearest;

/// Sets of rules, by name.
pub(super) const SETS: [&str; 2] = ["all", "recommended"];
/// What a subject can be required to have.
pub(super) const REQUIRED: [&str; 2] = ["owner", "description"];
/// The tag of what is personal, where no other is named.
const PERSONAL: &str = "PII";
/// Words for weights.
pub(super) const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];

// === As it stands in the file ===

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LintFile {
    #[serde(rename = "use", default)]
    sets: Vec<Spanned<String>>,
    #[serde(default)]
    rules: BTreeMap<String, Spanned<LevelFile>>,
}

/// A level, or a level for some files.
#[derive(Debug)]
struct LevelFile {
    level: String,
    paths: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GovernanceFile {
    #[serde(default)]
    require: Vec<Spanned<String>>,
    pii: Option<PersonalFile>,
}

/// What is asked of fields that are tagged as personal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalFile {
    require_encryption: bool,
    /// The tags that say so.
    tags: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for LevelFile {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LevelVisitor)
    }
}

struct LevelVisitor;

impl<'de> Visitor<'de> for LevelVisitor {
    type Value = LevelFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level, or `level` and `paths`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<LevelFile, E> {
        Ok(LevelFile { level: text.to_owned(), paths: Vec::new() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<LevelFile, A::Error> {
        let (mut level, mut paths) = (None, Vec::new());
        while let Some(key) = members.next_key::<String>()? {
            match key.as_str() {
                "level" => level = Some(members.next_value()?),
                "paths" => paths = members.next_value()?,
                other => return Err(de::Error::unknown_field(other, &["level", "paths"])),
            }
        }
        Ok(LevelFile { level: level.ok_or_else(|| de::Error::missing_field("level"))?, paths })
    }
}

// === As it holds ===

/// What is asked of schemas.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// What was said of single rules comes after the sets, and counts before them.
    lint: Vec<Level>,
    /// Rules about ownership, all of them errors.
    required: Vec<&'static Rule>,
    personal: Option<Vec<String>>,
}

#[derive(Debug)]
struct Level {
    rule: &'static Rule,
    /// Nothing for a rule that is off.
    weight: Option<Weight>,
    /// Where it holds; everywhere if there are none.
    paths: Vec<Pattern>,
}

/// What a project makes of a rule whose weight is its to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    /// Nothing where it is off.
    pub(crate) everywhere: Option<Weight>,
    /// What holds for some files before that, and the patterns of these.
    pub(crate) somewhere: Vec<(Option<Weight>, Vec<&'a str>)>,
}

impl Asked {
    /// What is made of a rule; nothing for those of which every project asks the same.
    pub(crate) fn standing(&self, rule: &Rule) -> Option<Standing<'_>> {
        if [&rules::OWNER_MISSING, &rules::DESCRIPTION_MISSING].contains(&rule) {
            let everywhere = self.required.contains(&rule).then_some(rule.weight);
            return Some(Standing { everywhere, somewhere: Vec::new() });
        }
        rules::LINT.iter().find(|(known, _)| *known == rule)?;
        let mut standing = Standing { everywhere: None, somewhere: Vec::new() };
        // The last counts first.
        for level in self.lint.iter().rev().filter(|level| level.rule == rule) {
            if level.paths.is_empty() {
                standing.everywhere = level.weight;
                break;
            }
            standing.somewhere.push((level.weight, level.paths.iter().map(Pattern::text).collect()));
        }
        Some(standing)
    }

    /// What a rule weighs in a file; nothing where it does not hold.
    pub(crate) fn weight(&self, rule: &Rule, path: &str) -> Option<Weight> {
        if self.required.contains(&rule) {
            return Some(rule.weight);
        }
        let holds = |level: &&Level| {
            level.rule == rule
                && (level.paths.is_empty() || level.paths.iter().any(|pattern| pattern.captures(path).is_some()))
        };
        self.lint.iter().rev().find(holds).and_then(|level| level.weight)
    }

    /// What another file asks, where this one says nothing.
    pub(super) fn on(self, parent: Self, says_lint: bool, says_governance: bool) -> Self {
        Self {
            lint: if says_lint { self.lint } else { parent.lint },
            required: if says_governance { self.required } else { parent.required },
            personal: if says_governance { self.personal } else { parent.personal },
        }
    }

    pub(crate) fn has_lint(&self) -> bool {
        self.lint.iter().any(|level| level.weight.is_some())
    }

    pub(crate) fn has_governance(&self) -> bool {
        !self.required.is_empty() || self.personal.is_some()
    }

    /// The tags of fields that must be encrypted; nothing where none must be.
    pub(crate) fn personal(&self) -> Option<&[String]> {
        self.personal.as_deref()
    }
}

impl Source<'_> {
    pub(super) fn asked(&self, lint: Option<LintFile>, governance: Option<GovernanceFile>) -> Result<Asked> {
        let mut asked = Asked::default();
        if let Some(lint) = lint {
            for set in &lint.sets {
                let is_all = match set.value.as_str() {
                    "all" => true,
                    "recommended" => false,
                    other => {
                        let trouble = self.at(set, &format!("there is no set of rules `{other}`"));
                        return Err(mean(trouble, nearest(other, SETS)).note(format!("sets: {}", SETS.join(", "))));
                    }
                };
                let meant = rules::LINT.iter().filter(|(_, is_recommended)| is_all || *is_recommended);
                asked.lint.extend(meant.map(|(rule, _)| Level { rule, weight: Some(rule.weight), paths: Vec::new() }));
            }
            for (name, told) in lint.rules {
                let level = self.level_of(&name, &told)?;
                asked.lint.push(level);
            }
        }
        let (required, pii) = governance.map(|it| (it.require, it.pii)).unwrap_or_default();
        asked.personal =
            pii.filter(|pii| pii.require_encryption).map(|pii| pii.tags.unwrap_or_else(|| vec![PERSONAL.to_owned()]));
        for required in required {
            asked.required.push(match required.value.as_str() {
                "owner" => &rules::OWNER_MISSING,
                "description" => &rules::DESCRIPTION_MISSING,
                other => {
                    let trouble = self.at(&required, &format!("`{other}` is nothing that can be required"));
                    return Err(mean(trouble, nearest(other, REQUIRED)).note(format!("words: {}", REQUIRED.join(", "))));
                }
            });
        }
        Ok(asked)
    }

    fn level_of(&self, name: &str, told: &Spanned<LevelFile>) -> Result<Level> {
        // By code, by slug, or by both with a dash between.
        let is_meant = |rule: &Rule| {
            name.eq_ignore_ascii_case(rule.code)
                || name == rule.slug
                || name
                    .split_once('-')
                    .is_some_and(|(code, slug)| code.eq_ignore_ascii_case(rule.code) && slug == rule.slug)
        };
        let Some((rule, _)) = rules::LINT.iter().find(|(rule, _)| is_meant(rule)) else {
            let known = rules::LINT.iter().flat_map(|(rule, _)| [rule.code, rule.slug]);
            let trouble = match rules::find(name) {
                Some(rule) => self.at(told, &format!("the weight of {} is not the project's to say", rule.code)),
                None => self.at(told, &format!("there is no rule `{name}`")),
            };
            return Err(mean(trouble, nearest(name, known)));
        };
        let weight = match told.value.level.as_str() {
            "off" => None,
            "info" => Some(Weight::Info),
            "warning" => Some(Weight::Warning),
            "error" => Some(Weight::Error),
            other => {
                let trouble = self.at(told, &format!("`{other}` is no level of a rule"));
                return Err(mean(trouble, nearest(other, LEVELS)).note(format!("levels: {}", LEVELS.join(", "))));
            }
        };
        let paths = told.value.paths.iter().map(|path| Pattern::parse(path).map_err(|why| self.at(told, &why)));
        Ok(Level { rule, weight, paths: paths.collect::<Result<_>>()? })
    }
}
