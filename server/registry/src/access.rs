//! What does somebody get to see who may not see everything? Listings are narrowed, and a schema shows under a subject
//! that they may read.

use std::sync::Arc;

use tidegate_compat::{ContextName, Fingerprint, Reference, SchemaId, SubjectName, Version};

use crate::{
    Denied, Error, Grants, Listed, Listing, Object, Overview, OverviewChoice, Page, Prefix, Registry, Result, Right,
    StoredVersion, Visibility,
};

/// Who asks, and what they may do. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    /// `None` for somebody who brought no credentials.
    who: Option<Arc<str>>,
    grants: Grants,
}

impl Access {
    /// Somebody who brought no credentials.
    pub fn anonymous(grants: Grants) -> Self {
        Self { who: None, grants }
    }

    pub fn named(name: Arc<str>, grants: Grants) -> Self {
        Self { who: Some(name), grants }
    }

    /// The name for the audit.
    pub fn name(&self) -> &str {
        self.who.as_deref().unwrap_or("anonymous")
    }

    /// `None` for somebody who brought no credentials.
    pub fn known_name(&self) -> Option<&str> {
        self.who.as_deref()
    }

    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    pub fn reads_everything(&self) -> bool {
        self.grants.may_everywhere(Right::Read)
    }

    /// Lets pass who has the right on a subject; on a whole context, if the name is empty.
    pub fn demand(&self, right: Right, subject: &SubjectName) -> Result<()> {
        if self.grants.may(right, subject) {
            return Ok(());
        }
        Err(self.denied(right, Object::Subject(subject.clone())))
    }

    pub fn demand_everywhere(&self, right: Right) -> Result<()> {
        if self.grants.may_everywhere(right) { Ok(()) } else { Err(self.denied(right, Object::Everything)) }
    }

    /// Lets pass who may do anything at all.
    pub fn demand_something(&self) -> Result<()> {
        if self.grants.is_empty() { Err(self.denied(Right::Read, Object::Anything)) } else { Ok(()) }
    }

    /// Lets pass who may read something in a context.
    pub fn demand_reach(&self, context: &ContextName) -> Result<()> {
        if self.grants.reach_into(context) {
            return Ok(());
        }
        Err(self.denied(Right::Read, Object::Subject(SubjectName::new(context.clone(), ""))))
    }

    /// Lets pass who has the right on a subject that is named after a topic, in the default context: topics know no other.
    pub fn demand_topic(&self, right: Right, topic: &str) -> Result<()> {
        let subject = |part: &str| SubjectName::new(ContextName::default_context(), &format!("{topic}-{part}"));
        if ["value", "key"].iter().any(|part| self.grants.may(right, &subject(part))) {
            Ok(())
        } else {
            Err(self.denied(right, Object::Topic(topic.to_owned())))
        }
    }

    /// Lets pass who may read all that a candidate for a subject refers to: what a schema stands on is told by checking it,
    /// and by its resolved form.
    pub fn demand_references(&self, subject: &SubjectName, references: &[Reference]) -> Result<()> {
        if self.reads_everything() {
            return Ok(());
        }
        let targets = references.iter().map(|target| SubjectName::parse_in(subject.context(), &target.subject));
        targets.into_iter().try_for_each(|target| self.demand(Right::Read, &target))
    }

    fn denied(&self, right: Right, on: Object) -> Error {
        Error::Denied(Denied { who: self.who.clone(), right, on })
    }
}

impl Registry {
    /// [`Registry::subjects`], of those that may be read.
    pub async fn subjects_for(
        &self,
        access: &Access,
        prefix: &Prefix,
        visibility: Visibility,
        page: Page,
    ) -> Result<Vec<SubjectName>> {
        if access.reads_everything() {
            return self.subjects(prefix, visibility, page).await;
        }
        let mut found = Vec::new();
        for part in access.grants.readable(prefix) {
            found.extend(self.subjects(&part, visibility, page.up_to_its_end()).await?);
        }
        found.sort_by_cached_key(ToString::to_string);
        found.dedup();
        Ok(page.cut(found))
    }

    /// [`Registry::schemas`], of subjects that may be read.
    pub async fn schemas_for(
        &self,
        access: &Access,
        prefix: &Prefix,
        listing: &Listing,
        page: Page,
    ) -> Result<Vec<Listed>> {
        if access.reads_everything() {
            return self.schemas(prefix, listing, page).await;
        }
        let may = |subject: &SubjectName| access.grants.may(Right::Read, subject);
        // Aliases bring subjects in that may not be read, and nobody knows how many.
        let piece = if listing.with_aliases { Page::default() } else { page.up_to_its_end() };
        let mut found = Vec::new();
        for part in access.grants.readable(prefix) {
            found.extend(self.schemas(&part, listing, piece).await?);
        }
        found.retain(|listed| may(&listed.stored.subject));
        found.sort_by_cached_key(|listed| (listed.stored.subject.to_string(), listed.stored.version));
        found.dedup_by(|one, other| {
            one.stored.subject == other.stored.subject && one.stored.version == other.stored.version
        });
        let mut shown = page.cut(found);
        shown.iter_mut().for_each(|listed| listed.aliases.retain(may));
        Ok(shown)
    }

    /// [`Registry::overview`], of subjects that may be read.
    pub async fn overview_for(&self, access: &Access, wanted: &OverviewChoice) -> Result<(Vec<Overview>, bool)> {
        if access.reads_everything() {
            return self.overview(wanted).await;
        }
        let (mut found, mut has_more) = (Vec::new(), false);
        for prefix in access.grants.readable(&wanted.prefix) {
            let (page, goes_on) = self.overview(&OverviewChoice { prefix, ..wanted.clone() }).await?;
            found.extend(page);
            has_more |= goes_on;
        }
        found.sort_by_cached_key(|overview| overview.subject.to_string());
        found.dedup_by(|one, other| one.subject == other.subject);
        has_more |= found.len() > wanted.limit;
        found.truncate(wanted.limit);
        Ok((found, has_more))
    }

    /// [`Registry::contexts`], of those in which something may be read.
    pub async fn contexts_for(&self, access: &Access, page: Page) -> Result<Vec<ContextName>> {
        if access.reads_everything() {
            return self.contexts(page).await;
        }
        let all = self.contexts(Page::default()).await?;
        Ok(page.cut(all.into_iter().filter(|context| access.grants.reach_into(context))))
    }

    /// Under which subject to show a schema: the one that was asked for, if it has the schema and may be read, or another
    /// one that does. Denied when there is none.
    pub async fn seen_as(
        &self,
        access: &Access,
        id: SchemaId,
        subject: Option<SubjectName>,
    ) -> Result<Option<SubjectName>> {
        if access.reads_everything() {
            return Ok(subject);
        }
        let users = self.users(id, subject.as_ref()).await?;
        let may = |user: &&SubjectName| access.grants.may(Right::Read, user);
        let asked_for = users.iter().filter(may).find(|user| Some(*user) == subject.as_ref());
        let seen = asked_for.or_else(|| users.iter().find(may)).cloned();
        seen.map(Some).ok_or_else(|| access.denied(Right::Read, Object::Schema))
    }

    /// [`Registry::usages`], by subjects that may be read. Denied when there are none of these, but others.
    pub async fn usages_for(
        &self,
        access: &Access,
        id: SchemaId,
        subject: Option<&SubjectName>,
        with_deleted: bool,
        page: Page,
    ) -> Result<Vec<(SubjectName, Version)>> {
        if access.reads_everything() {
            return self.usages(id, subject, with_deleted, page).await;
        }
        self.seen_as(access, id, subject.cloned()).await?;
        let all = self.usages(id, subject, with_deleted, Page::default()).await?;
        Ok(page.cut(all.into_iter().filter(|(user, _)| access.grants.may(Right::Read, user))))
    }

    /// A content by its GUID, as a version of a subject that may be read: a live one if there is any, in whichever context.
    pub async fn by_guid_for(&self, access: &Access, guid: Fingerprint) -> Result<Arc<StoredVersion>> {
        self.inner.metrics.lookup("guid");
        let known = self.ids_of_guid(guid).await?;
        let mut found = None;
        for (context, id) in &known {
            let subject = match self.seen_as(access, *id, Some(SubjectName::new(context.clone(), ""))).await {
                Ok(subject) => subject,
                Err(Error::Denied(_) | Error::SchemaNotFound) => continue,
                Err(error) => return Err(error),
            };
            let stored = self.by_id(*id, subject.as_ref()).await?;
            if !stored.is_deleted {
                return Ok(stored);
            }
            found.get_or_insert(stored);
        }
        found.ok_or_else(|| match known.is_empty() {
            true => Error::SchemaNotFound,
            false => access.denied(Right::Read, Object::Schema),
        })
    }

    /// [`Registry::ids_of_guid`], where a subject that has it may be read.
    pub async fn ids_of_guid_for(&self, access: &Access, guid: Fingerprint) -> Result<Vec<(ContextName, SchemaId)>> {
        let mut places = Vec::new();
        for (context, id) in self.ids_of_guid(guid).await? {
            match self.seen_as(access, id, Some(SubjectName::new(context.clone(), ""))).await {
                Ok(_) => places.push((context, id)),
                Err(Error::Denied(_) | Error::SchemaNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(places)
    }

    /// The subjects that have a schema, live ones first.
    async fn users(&self, id: SchemaId, subject: Option<&SubjectName>) -> Result<Arc<[SubjectName]>> {
        let stamp = self.revision();
        let key = (id, subject.cloned());
        if let Some(known) = self.inner.cache.users.get(stamp, &key) {
            return Ok(known);
        }
        let mut users = Vec::new();
        for with_deleted in [false, true] {
            users.extend(
                self.usages(id, subject, with_deleted, Page::default()).await?.into_iter().map(|(user, _)| user),
            );
        }
        let users: Arc<[SubjectName]> = users.into();
        self.inner.cache.users.insert(stamp, key, Arc::clone(&users), 1 + users.len());
        Ok(users)
    }
}

impl Page {
    /// As much as is needed to cut the page out of what is put together from several places.
    fn up_to_its_end(self) -> Self {
        Self { offset: 0, limit: self.limit.map(|limit| self.offset.saturating_add(limit)) }
    }
}
