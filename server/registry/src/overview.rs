//! What is there at a glance? Subjects with their latest version, what holds for them, and who owns them.
//!
//! A page takes a few statements, however many subjects are on it.

use std::collections::{BTreeSet, HashMap};

use tidegate_compat::{CompatibilityLevel, ContextName, Fingerprint, Metadata, SchemaKind, SubjectName};
use tidegate_store::{Filter, Glance, Setting, VersionRow};

use crate::settings::{Origin, Settled};
use crate::{Mode, Prefix, Registry, Result, Visibility};

/// The properties of a schema's metadata that name its owner. The first one that is there counts.
const OWNER_PROPERTIES: [&str; 4] = ["owner", "owner.team", "confluent:owner", "team"];

/// Which subjects an overview is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverviewChoice {
    pub prefix: Prefix,
    pub visibility: Visibility,
    /// Those whose latest version is of this kind.
    pub kind: Option<SchemaKind>,
    /// Those behind this one.
    pub after: Option<SubjectName>,
    pub limit: usize,
}

/// A subject at a glance. What is told of its content is that of its latest live version or, if there is none, of its
/// highest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub subject: SubjectName,
    pub latest: VersionRow,
    pub guid: Fingerprint,
    pub kind: SchemaKind,
    /// How many live versions it has, or soft-deleted ones if there is none.
    pub versions: u32,
    /// The level that holds, and who set it.
    pub level: (CompatibilityLevel, Origin),
    /// The mode that holds, and who set it.
    pub mode: (Mode, Origin),
    pub owner: Option<String>,
    /// The tags that metadata give to parts of the schema, each once.
    pub tags: BTreeSet<String>,
    /// How many properties of the metadata are sensitive.
    pub sensitive: usize,
}

/// The state of the registry, by which an answer can be told to be still right: the last change and when it was made,
/// since another database could have as many changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    pub revision: u64,
    /// Milliseconds since 1970; 0 before the first change.
    pub at: i64,
    /// The level that holds where nobody set any: nodes can be configured differently.
    pub default_level: CompatibilityLevel,
}

impl Registry {
    /// A page of subjects, sorted by their qualified text, and whether there are more.
    pub async fn overview(&self, wanted: &OverviewChoice) -> Result<(Vec<Overview>, bool)> {
        let mut session = self.store().read().await?;
        let mut glances = session.glances(&wanted.filter(), wanted.kind).await?;
        let has_more = glances.len() > wanted.limit;
        glances.truncate(wanted.limit);
        let mut around: HashMap<ContextName, Vec<Setting>> = HashMap::new();
        let mut page = Vec::with_capacity(glances.len());
        for glance in glances {
            let context = glance.subject.context();
            if !around.contains_key(context) {
                let scope = SubjectName::new(context.clone(), "");
                around.insert(context.clone(), session.settings_around(&scope).await?);
            }
            let settings = around.get(context).map_or(&[][..], Vec::as_slice);
            page.push(self.overview_of(glance, settings)?);
        }
        Ok((page, has_more))
    }

    /// Now, as far as this process knows.
    pub async fn moment(&self) -> Result<Moment> {
        let revision = self.revision();
        let default_level = self.inner.defaults.level;
        if let Some(at) = self.inner.cache.moment.get(revision, &()) {
            return Ok(Moment { revision, at, default_level });
        }
        let changes = self.store().read().await?.audit(revision.saturating_sub(1), 1).await?;
        let at = changes.first().map_or(0, |change| change.at);
        self.inner.cache.moment.insert(revision, (), at, 1);
        Ok(Moment { revision, at, default_level })
    }

    pub(crate) fn overview_of(&self, glance: Glance, around: &[Setting]) -> Result<Overview> {
        let Glance { subject, latest, fingerprint, kind, metadata, versions, setting } = glance;
        let settled = Settled::of(&subject, setting.iter().chain(around), self.inner.defaults)?;
        let metadata = metadata.unwrap_or_default();
        Ok(Overview {
            level: (settled.config.level.unwrap_or(self.inner.defaults.level), settled.level_from),
            mode: (settled.mode, settled.mode_from),
            owner: owner(&metadata),
            sensitive: metadata.sensitive.len(),
            tags: metadata.tags.into_values().flatten().collect(),
            subject,
            latest,
            guid: fingerprint,
            kind,
            versions,
        })
    }
}

impl OverviewChoice {
    fn filter(&self) -> Filter {
        let filter = self.prefix.filter(crate::Page { offset: 0, limit: Some(self.limit.saturating_add(1)) });
        Filter {
            live: self.visibility != Visibility::OnlyDeleted,
            deleted: self.visibility != Visibility::Live,
            after: self.after.clone().map(|subject| (subject, None)),
            ..filter
        }
    }
}

/// A sensitive property names nobody.
pub(crate) fn owner(metadata: &Metadata) -> Option<String> {
    let told = OWNER_PROPERTIES.iter().filter(|name| !metadata.sensitive.contains(**name));
    told.filter_map(|name| metadata.properties.get(*name)).find(|owner| !owner.is_empty()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_the_first_that_is_told_and_not_secret() {
        let metadata = |properties: &[(&str, &str)], sensitive: &[&str]| Metadata {
            properties: properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            sensitive: sensitive.iter().map(|name| (*name).to_owned()).collect(),
            ..Metadata::default()
        };
        let both = [("team", "payments"), ("owner", "ann")];
        assert_eq!(owner(&metadata(&both, &[])).as_deref(), Some("ann"));
        assert_eq!(owner(&metadata(&both, &["owner"])).as_deref(), Some("payments"));
        assert_eq!(owner(&metadata(&[("owner", ""), ("email", "x")], &[])), None);
    }
}
