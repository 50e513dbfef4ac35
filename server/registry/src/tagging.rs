//! What is changed in a schema on its way in: tags in its text, rules of its contract? And how is a version edited?

use std::sync::Arc;

use tidegate_compat::{
    InvalidRules, Metadata, RuleSet, Strictness, SubjectName, TagEdit, VersionSpec, contract::Rule, parse,
};
use tidegate_store::Session;

use crate::candidate::VERSION_PROPERTY;
use crate::references::Need;
use crate::{Actor, Candidate, Drafts, Error, Registry, Result, StoredSchema, StoredVersion};

/// What shall be changed in a candidate before it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Tags that records and fields gain and lose.
    pub tags: Vec<TagEdit>,
    /// Whether the tags in the text of the latest version come along, before others are added and removed.
    pub propagate_tags: bool,
    /// Rules that come to those of the latest version, or instead of their namesakes there.
    pub rules_to_merge: Option<RuleSet>,
    /// Names of rules that go, from whichever list they are in.
    pub rules_to_remove: Option<Vec<String>>,
}

/// How a new version is to differ from an existing one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionEdit {
    /// The number that the new version must get; 0 or absent for the next.
    pub new_version: Option<i32>,
    /// Instead of the metadata of the edited version.
    pub metadata: Option<Metadata>,
    /// Instead of the rules of the latest version; not together with changes of rules.
    pub rules: Option<RuleSet>,
    pub changes: Changes,
}

impl Registry {
    /// Registers an existing version once more, changed. Text, references and metadata are those of the edited version,
    /// rules those of the latest one, and the number of the new version is written into its metadata. A version that is
    /// soft-deleted can't be edited: it is as good as gone.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn edit_version(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        version: VersionSpec,
        edit: VersionEdit,
    ) -> Result<StoredVersion> {
        if edit.rules.is_some() && edit.changes.has_rules() {
            let reason = "it can't be given together with rulesToMerge or rulesToRemove".to_owned();
            return Err(Error::InvalidRules(InvalidRules { rule: "ruleSet".to_owned(), reason }));
        }
        let edited = self.live_version(subject, version).await?;
        let schema = &edited.schema;
        let new_version = edit.new_version.unwrap_or(0);
        let mut contract = schema.contract.clone();
        let metadata = edit.metadata.or(contract.metadata).unwrap_or_default();
        contract.metadata = Some(with_version(metadata, new_version));
        contract.rules = edit.rules;
        let candidate = Candidate {
            kind: Some(schema.kind),
            text: Some(Arc::clone(&schema.text)),
            references: schema.references.clone(),
            contract,
            version: Some(new_version),
            id: None,
            force: false,
            changes: edit.changes,
            drafts: Drafts::default(),
        };
        self.register(actor, subject, candidate, false).await
    }

    async fn live_version(&self, subject: &SubjectName, version: VersionSpec) -> Result<StoredVersion> {
        let mut session = self.store().read().await?;
        let row = match version {
            VersionSpec::Latest => session.latest(subject).await?,
            VersionSpec::Number(number) => session.version(subject, number).await?.filter(|row| !row.is_deleted),
        };
        match row {
            Some(row) => self.stored(&mut session, subject, row).await,
            None => Err(self.missing(&mut session, subject, version, false).await?),
        }
    }

    /// The candidate with its changes made. `latest` is the version that it follows, if any.
    pub(crate) async fn changed(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        mut candidate: Candidate,
        latest: Option<&StoredSchema>,
    ) -> Result<Candidate> {
        let changes = std::mem::take(&mut candidate.changes);
        if changes.has_rules() {
            let before = latest.and_then(|latest| latest.contract.rules.as_ref());
            let rules = changes.rules(before);
            rules.validate().map_err(Error::InvalidRules)?;
            candidate.contract.rules = Some(rules);
        }
        if changes.has_tags() && candidate.has_text() {
            candidate.text = Some(self.retagged(session, subject, &candidate, &changes, latest).await?.into());
        }
        Ok(candidate)
    }

    async fn retagged(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        candidate: &Candidate,
        changes: &Changes,
        latest: Option<&StoredSchema>,
    ) -> Result<String> {
        let kind = candidate.kind.unwrap_or_default();
        let (references, drafts) = (&candidate.references, &candidate.drafts);
        let standing = self.resolve_among(session, subject.context(), references, Need::Live, drafts).await?;
        let read = |text: &str| parse(kind, text, &standing.closure, Strictness::Lenient).map_err(Error::Malformed);
        let mut parsed = read(candidate.text.as_deref().unwrap_or_default())?;
        if let Some(latest) = latest.filter(|_| changes.propagate_tags) {
            match self.parsed(session, subject.context(), latest).await {
                Ok(latest) => parsed = read(&parsed.with_tags_of(&latest))?,
                // What can't be read any more, because a reference is gone, gives no tags.
                Err(Error::Malformed(_) | Error::UnresolvedReference { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        parsed.with_tags(&changes.tags).map_err(Error::UnknownEntity)
    }
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_tags() && !self.has_rules()
    }

    /// Whether the text may become another one.
    fn has_tags(&self) -> bool {
        self.propagate_tags || !self.tags.is_empty()
    }

    fn has_rules(&self) -> bool {
        self.rules_to_merge.is_some() || self.rules_to_remove.is_some()
    }

    fn rules(&self, before: Option<&RuleSet>) -> RuleSet {
        let before = before.cloned().unwrap_or_default();
        let mut rules = self.rules_to_merge.as_ref().map_or_else(|| before.clone(), |later| before.merged(later));
        let removed = self.rules_to_remove.as_deref().unwrap_or_default();
        let stays = |rule: &Rule| !removed.contains(&rule.name);
        for list in [&mut rules.migration, &mut rules.domain, &mut rules.encoding] {
            list.retain(stays);
        }
        rules
    }
}

/// Registration writes the number that it becomes over any that stands there.
fn with_version(mut metadata: Metadata, version: i32) -> Metadata {
    metadata.properties.insert(VERSION_PROPERTY.to_owned(), version.to_string());
    metadata
}
