//! What is stored under this name, number or content?

use std::sync::Arc;

use tidegate_compat::{
    ContextName, Contract, Fingerprint, Resolved, SchemaId, SchemaKey, Strictness, SubjectName, Version, VersionSpec,
};
use tidegate_store::Session;

use crate::candidate::inherited;
use crate::model::weight;
use crate::references::Need;
use crate::{Candidate, Error, Page, Registry, Result, StoredSchema, StoredVersion, Visibility};

impl Registry {
    /// The version of `subject` that holds the candidate's content.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn look_up(
        &self,
        subject: &SubjectName,
        candidate: Candidate,
        normalize: bool,
        with_deleted: bool,
    ) -> Result<StoredVersion> {
        self.inner.metrics.lookup("content");
        candidate.check_text()?;
        let mut session = self.store().read().await?;
        if let Some(found) = self.look_up_in(&mut session, subject, &candidate, normalize, with_deleted).await? {
            return Ok(found);
        }
        for namesake in namesakes(&mut session, subject).await? {
            match self.look_up_in(&mut session, &namesake, &candidate, normalize, with_deleted).await {
                Ok(Some(found)) => return Ok(found),
                // References lead elsewhere in another context, or nowhere.
                Ok(None) | Err(Error::Malformed(_) | Error::UnresolvedReference { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let is_known = session.has_versions(subject, with_deleted).await?;
        Err(if is_known { Error::SchemaNotFound } else { Error::SubjectNotFound(subject.clone()) })
    }

    async fn look_up_in(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
        with_deleted: bool,
    ) -> Result<Option<StoredVersion>> {
        let settled = self.settled(session, subject).await?;
        let config = &settled.config;
        let normalize = normalize || config.normalize.unwrap_or(false);
        let strictness = Strictness::Lenient;
        let mut prepared = self.prepare(session, subject, candidate, normalize, strictness, Need::Any).await?;
        let mut found = self.find(session, subject, &prepared, with_deleted).await?;
        if found.is_none() {
            let latest = match session.latest(subject).await? {
                Some(row) => Some(self.content(session, subject.context(), row.id).await?),
                None => None,
            };
            let contract = inherited(config, &candidate.contract, latest.as_deref());
            if contract != prepared.contract {
                prepared.set_contract(contract);
                found = self.find(session, subject, &prepared, with_deleted).await?;
            }
        }
        match found {
            Some(row) => self.stored(session, subject, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// One version. The latest is always a live one; a soft-deleted one shows by its number and `with_deleted`.
    pub async fn version(
        &self,
        subject: &SubjectName,
        version: VersionSpec,
        with_deleted: bool,
    ) -> Result<StoredVersion> {
        self.inner.metrics.lookup("version");
        let mut session = self.store().read().await?;
        if let Some(found) = self.version_in(&mut session, subject, version, with_deleted).await? {
            return Ok(found);
        }
        for namesake in namesakes(&mut session, subject).await? {
            if let Some(found) = self.version_in(&mut session, &namesake, version, with_deleted).await? {
                return Ok(found);
            }
        }
        Err(self.missing(&mut session, subject, version, with_deleted).await?)
    }

    async fn version_in(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        version: VersionSpec,
        with_deleted: bool,
    ) -> Result<Option<StoredVersion>> {
        let row = match version {
            VersionSpec::Latest => session.latest(subject).await?,
            VersionSpec::Number(number) => session.version(subject, number).await?,
        };
        match row.filter(|row| with_deleted || !row.is_deleted) {
            Some(row) => self.stored(session, subject, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The newest version whose metadata hold all these properties. A name alone leads nowhere else here.
    pub async fn version_with_properties(
        &self,
        subject: &SubjectName,
        properties: &[(String, String)],
        with_deleted: bool,
    ) -> Result<StoredVersion> {
        self.inner.metrics.lookup("version");
        let mut session = self.store().read().await?;
        let mut rows = session.versions(subject).await?;
        rows.retain(|row| with_deleted || !row.is_deleted);
        if rows.is_empty() {
            return Err(Error::SubjectNotFound(subject.clone()));
        }
        self.warm_up(&mut session, subject, &rows).await?;
        for row in rows.into_iter().rev() {
            let stored = self.content(&mut session, subject.context(), row.id).await?;
            if has_properties(&stored.contract, properties) {
                return Ok(StoredVersion::of(subject, row, stored));
            }
        }
        Err(Error::SchemaNotFound)
    }

    /// Which of the two is missing, the version or the whole subject?
    pub(crate) async fn missing(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        version: VersionSpec,
        with_deleted: bool,
    ) -> Result<Error> {
        let is_known = session.has_versions(subject, with_deleted).await?;
        let subject = subject.clone();
        Ok(if is_known { Error::VersionNotFound { subject, version } } else { Error::SubjectNotFound(subject) })
    }

    /// The version numbers of a subject, ascending, and whether each is soft-deleted.
    pub async fn versions(
        &self,
        subject: &SubjectName,
        visibility: Visibility,
        page: Page,
    ) -> Result<Vec<(Version, bool)>> {
        let rows = self.store().read().await?.versions(subject).await?;
        let counts = |is_deleted: bool| visibility != Visibility::Live || !is_deleted;
        if !rows.iter().any(|row| counts(row.is_deleted)) {
            return Err(Error::SubjectNotFound(subject.clone()));
        }
        let shows = |is_deleted: bool| counts(is_deleted) && (visibility != Visibility::OnlyDeleted || is_deleted);
        let shown = rows.into_iter().filter(|row| shows(row.is_deleted));
        Ok(page.cut(shown.map(|row| (row.version, row.is_deleted))))
    }

    /// A content by id, with one of its subject-versions. `subject` says in which context to look, and which
    /// subject-version to prefer.
    ///
    /// An unqualified subject is looked for in all contexts; if no one of that name has the id, the default context
    /// answers with any. Without a name, live subject-versions come before soft-deleted ones, then the name decides.
    pub async fn by_id(&self, id: SchemaId, subject: Option<&SubjectName>) -> Result<Arc<StoredVersion>> {
        self.inner.metrics.lookup("id");
        let stamp = self.revision();
        let key = (id, subject.cloned());
        if let Some(known) = self.inner.cache.by_id.get(stamp, &key) {
            return Ok(known);
        }
        self.inner.metrics.cache_miss("by_id");
        let mut session = self.store().read().await?;
        let found = Arc::new(self.find_by_id(&mut session, id, subject).await?);
        self.inner.cache.by_id.insert(stamp, key, Arc::clone(&found), weight(&found.schema));
        Ok(found)
    }

    async fn find_by_id(
        &self,
        session: &mut Session,
        id: SchemaId,
        subject: Option<&SubjectName>,
    ) -> Result<StoredVersion> {
        let place = self.place_of(session, id, subject).await?;
        let usage = match &place {
            Place::Subject(subject) => session.usage_in(subject, id).await?.map(|row| (subject.clone(), row)),
            Place::Context(context) => match session.usages(context, id, true, Some(1), 0).await?.pop() {
                Some((subject, _)) => session.usage_in(&subject, id).await?.map(|row| (subject, row)),
                None => None,
            },
        };
        let (subject, row) = usage.ok_or(Error::SchemaNotFound)?;
        self.stored(session, &subject, row).await
    }

    /// Where to look for an id: in one subject that has it, or in a whole context.
    async fn place_of(&self, session: &mut Session, id: SchemaId, subject: Option<&SubjectName>) -> Result<Place> {
        let Some(subject) = subject else { return Ok(Place::Context(ContextName::default_context())) };
        if subject.bare().is_empty() {
            return Ok(Place::Context(subject.context().clone()));
        }
        if !subject.context().is_default() || session.usage_in(subject, id).await?.is_some() {
            return Ok(Place::Subject(subject.clone()));
        }
        for namesake in namesakes(session, subject).await? {
            if session.usage_in(&namesake, id).await?.is_some() {
                return Ok(Place::Subject(namesake));
            }
        }
        Ok(Place::Context(ContextName::default_context()))
    }

    /// The contexts and ids that hold this content, sorted.
    pub async fn ids_of_guid(&self, guid: Fingerprint) -> Result<Vec<(ContextName, SchemaId)>> {
        Ok(self.store().read().await?.ids_of(guid).await?)
    }

    /// Where a content is used; sorted by subject. Of each subject its highest version with the content counts.
    pub async fn usages(
        &self,
        id: SchemaId,
        subject: Option<&SubjectName>,
        with_deleted: bool,
        page: Page,
    ) -> Result<Vec<(SubjectName, Version)>> {
        let mut session = self.store().read().await?;
        let context = match self.place_of(&mut session, id, subject).await? {
            Place::Subject(subject) if session.usage_in(&subject, id).await?.is_none() => {
                return Err(Error::SchemaNotFound);
            }
            Place::Subject(subject) => subject.context().clone(),
            Place::Context(context) => context,
        };
        let mut usages = session.usages(&context, id, with_deleted, None, 0).await?;
        if usages.is_empty() && session.content(&context, id).await?.is_none() {
            return Err(Error::SchemaNotFound);
        }
        usages.sort_by(|(one, _), (other, _)| one.bare().cmp(other.bare()));
        Ok(page.cut(usages))
    }

    /// The highest id handed out in a context; 0 when none was.
    pub async fn max_id(&self, context: &ContextName) -> Result<i32> {
        Ok(self.store().read().await?.last_id(context).await?)
    }

    /// The stored text in another form (`resolved`), or as it is when the form is unknown.
    pub async fn rendered(&self, context: &ContextName, schema: &StoredSchema, format: &str) -> Result<Arc<str>> {
        if format.is_empty() || format == "default" {
            return Ok(Arc::clone(&schema.text));
        }
        let mut session = self.store().read().await?;
        let parsed = self.parsed(&mut session, context, schema).await?;
        Ok(parsed.rendered(format).map_or_else(|| Arc::clone(&schema.text), Arc::from))
    }

    /// Everything a validator needs: the content, the closure of its references, and the subjects that have it live, each
    /// with its highest such version. A GUID is looked for in the given context first, then in the others.
    pub async fn for_validation(
        &self,
        context: &ContextName,
        key: SchemaKey,
    ) -> Result<(Arc<StoredSchema>, Vec<Resolved>, Vec<(SubjectName, Version)>)> {
        let mut session = self.store().read().await?;
        let (context, id) = match key {
            SchemaKey::Id(id) => (context.clone(), id),
            SchemaKey::Guid(guid) => {
                let ids = session.ids_of(guid).await?;
                let here = ids.iter().find(|(place, _)| place == context);
                here.or(ids.first()).cloned().ok_or(Error::SchemaNotFound)?
            }
        };
        let schema = self.content(&mut session, &context, id).await?;
        let standing = self.resolve(&mut session, &context, &schema.references, Need::Any).await?;
        let usages = session.usages(&context, id, false, None, 0).await?;
        Ok((schema, standing.closure, usages))
    }
}

enum Place {
    Subject(SubjectName),
    Context(ContextName),
}

/// The subjects of the same name in other contexts, which answer for an unqualified one that has nothing.
pub(crate) async fn namesakes(session: &mut Session, subject: &SubjectName) -> Result<Vec<SubjectName>> {
    if !subject.context().is_default() || subject.bare().is_empty() {
        return Ok(Vec::new());
    }
    let contexts = session.named_contexts().await?;
    Ok(contexts.into_iter().map(|context| SubjectName::new(context, subject.bare())).collect())
}

fn has_properties(contract: &Contract, wanted: &[(String, String)]) -> bool {
    let has = |(name, value)| contract.metadata.as_ref().is_some_and(|it| it.properties.get(name) == Some(value));
    wanted.iter().map(|(name, value)| (name, value)).all(has)
}
