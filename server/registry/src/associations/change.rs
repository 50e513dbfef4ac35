//! How do the associations of a resource change? All at once, in one transaction, or not at all.

use serde_json::{Value, json};
use tidegate_compat::{ContextName, SubjectName};
use tidegate_store::{Change, Tx};
use uuid::Uuid;

use super::guard::lifecycle_of;
use super::{
    Association, AssociationChoice, AssociationKind, AssociationsOf, Lifecycle, Related, Resource, read, rules,
};
use crate::delete::{must_be_free, told};
use crate::model::now;
use crate::register;
use crate::retry::retrying;
use crate::{Actor, Candidate, Error, Mode, Page, Registry, Result, StoredVersion};

/// What is to be done about the associations of one resource, in this order.
#[derive(Debug, Clone)]
pub struct ResourceChange {
    /// The kind of the resource.
    pub kind: String,
    /// Who only tries may not know it yet.
    pub id: Option<String>,
    pub namespace: String,
    pub name: String,
    /// Where subjects without a context belong.
    pub context: ContextName,
    pub operations: Vec<Operation>,
    /// Find out whether it could be done, and do nothing.
    pub dry_run: bool,
}

#[derive(Debug, Clone)]
pub enum Operation {
    Create(Wanted),
    /// Create it unless it is there as it is wanted.
    Upsert(Wanted),
    /// `cascade` takes an owned subject along.
    Delete {
        kind: AssociationKind,
        cascade: bool,
    },
}

/// An association that is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub subject: Option<String>,
    pub kind: AssociationKind,
    pub lifecycle: Option<Lifecycle>,
    pub frozen: Option<bool>,
    /// The first version of the subject.
    pub schema: Option<Candidate>,
    pub normalize: bool,
}

/// A resource whose associations are being changed.
struct Work<'a> {
    registry: &'a Registry,
    actor: &'a Actor,
    tx: Tx,
    resource: Resource,
    /// As they are by now.
    known: Vec<Association>,
    /// Those that the answer tells of.
    asked: Vec<AssociationKind>,
    registered: Vec<StoredVersion>,
    changes: Vec<Change>,
}

impl Registry {
    /// Does what is asked for; answers the associations that were created or asked for and are there then, keys before
    /// values, with the schemas that came with them. A dry run answers none.
    pub async fn change_associations(&self, actor: &Actor, change: &ResourceChange) -> Result<Vec<Related>> {
        rules::check(change)?;
        retrying(|| self.try_change(actor, change)).await
    }

    /// Removes the chosen associations of a resource. A subject that the resource owns has to go along: `cascade`.
    pub async fn delete_associations(
        &self,
        actor: &Actor,
        resource: &str,
        choice: &AssociationChoice,
        cascade: bool,
        dry_run: bool,
    ) -> Result<()> {
        retrying(|| async {
            let mut tx = self.store().write().await?;
            let all = AssociationChoice { kinds: Vec::new(), lifecycle: None, ..choice.clone() };
            let known = associations_of(&mut tx, resource, &all).await?;
            let Some(first) = known.first() else { return Err(Error::AssociationNotFound(resource.to_owned())) };
            let named = first.resource.clone();
            let mut work = Work::begin(self, actor, tx, named, &known, Vec::new()).await?;
            let going: Vec<_> = read(&mut work.tx, &by_id(resource), choice, Page::default()).await?;
            if going.is_empty() {
                return Err(Error::AssociationNotFound(resource.to_owned()));
            }
            for association in going {
                work.delete(association.kind, cascade).await?;
            }
            work.end(dry_run).await.map(|_| ())
        })
        .await
    }

    async fn try_change(&self, actor: &Actor, change: &ResourceChange) -> Result<Vec<Related>> {
        let mut tx = self.store().write().await?;
        let named = tx.resource(&change.kind, &change.namespace, &change.name).await?;
        let id = change.id.clone().or_else(|| named.as_ref().map(|named| named.id.clone()));
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        if let Some(other) = named.filter(|named| named.id != id) {
            let reason = format!("'{}' has associations under id '{}': delete those first", other.name, other.id);
            return Err(rules::invalid("resourceId", reason));
        }
        let resource =
            Resource { kind: change.kind.clone(), id, namespace: change.namespace.clone(), name: change.name.clone() };
        let known = associations_of(&mut tx, &resource.id, &AssociationChoice::default()).await?;
        let mut work = Work::begin(self, actor, tx, resource, &known, change.subjects()).await?;
        for operation in &change.operations {
            match operation {
                Operation::Create(wanted) => work.create(change, wanted).await?,
                Operation::Upsert(wanted) => work.upsert(change, wanted).await?,
                Operation::Delete { kind, cascade } => work.delete(*kind, *cascade).await?,
            }
        }
        work.end(change.dry_run).await
    }
}

impl<'a> Work<'a> {
    /// Locks the subjects of all associations that are there, those that come with the change, and the resource.
    async fn begin(
        registry: &'a Registry,
        actor: &'a Actor,
        mut tx: Tx,
        resource: Resource,
        seen: &[Association],
        mut subjects: Vec<SubjectName>,
    ) -> Result<Self> {
        subjects.extend(seen.iter().map(|association| association.subject.clone()));
        tx.lock_subjects(&subjects).await?;
        let locked = tx.lock_resource(&resource).await?;
        if (&locked.namespace, &locked.name) != (&resource.namespace, &resource.name) {
            let reason = format!("'{}' is the id of '{}' in '{}'", locked.id, locked.name, locked.namespace);
            return Err(rules::invalid("resourceId", reason));
        }
        let known = associations_of(&mut tx, &resource.id, &AssociationChoice::default()).await?;
        if known.iter().any(|association| !subjects.contains(&association.subject)) {
            return Err(tidegate_store::Error::Conflict("associations were added meanwhile".to_owned()).into());
        }
        let (asked, registered, changes) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { registry, actor, tx, resource, known, asked, registered, changes })
    }

    async fn create(&mut self, change: &ResourceChange, wanted: &Wanted) -> Result<()> {
        if let Some(known) = self.find(wanted.kind).cloned() {
            return self.create_again(change, wanted, &known).await;
        }
        let meant = rules::meant(change, wanted)?;
        let is_import = self.is_import(&meant.subject).await?;
        match meant.lifecycle {
            Lifecycle::Strong if wanted.schema.is_none() => {
                Err(rules::invalid("schema", "STRONG comes with the first schema of its subject"))
            }
            Lifecycle::Strong => self.own(meant.subject, wanted, is_import).await,
            Lifecycle::Weak => self.share(meant.subject, wanted.kind).await,
        }
    }

    /// Whoever creates a topic may try again: the very same is there already, and nothing changes.
    async fn create_again(&mut self, change: &ResourceChange, wanted: &Wanted, known: &Association) -> Result<()> {
        let is_same = rules::meant(change, wanted)
            .is_ok_and(|meant| meant.subject == known.subject && meant.lifecycle == known.lifecycle);
        if !is_same {
            return Err(rules::exists(known));
        }
        let Some(candidate) = &wanted.schema else { return Ok(()) };
        let found =
            self.registry.register_in(&mut self.tx, self.actor, &known.subject, candidate, wanted.normalize).await;
        match found {
            Ok((_, None)) => Ok(()),
            Ok((_, Some(_))) | Err(Error::Incompatible { .. }) => Err(rules::exists(known)),
            Err(error) => Err(error),
        }
    }

    async fn upsert(&mut self, change: &ResourceChange, wanted: &Wanted) -> Result<()> {
        if let Some(known) = self.find(wanted.kind).cloned() {
            rules::may_follow(&known, change, wanted)?;
            self.asked.push(known.kind);
            return self.import_into(known, wanted).await;
        }
        let meant = rules::meant(change, wanted)?;
        match meant.lifecycle {
            Lifecycle::Weak => self.share(meant.subject, wanted.kind).await,
            Lifecycle::Strong if self.is_import(&meant.subject).await? => self.own(meant.subject, wanted, true).await,
            Lifecycle::Strong => {
                Err(rules::invalid("lifecycle", "STRONG is created with its topic, and updated in mode IMPORT only"))
            }
        }
    }

    async fn delete(&mut self, kind: AssociationKind, cascade: bool) -> Result<()> {
        let Some(known) = self.find(kind).cloned() else {
            return Err(Error::AssociationNotFound(self.resource.name.clone()));
        };
        let is_owned = known.lifecycle == Lifecycle::Strong;
        if is_owned && !cascade {
            return Err(rules::frozen(&known));
        }
        self.registry.must_be_writable(&mut self.tx, &known.subject).await?;
        self.tx.remove_association(&self.resource, kind.as_str()).await?;
        self.note("association.delete", &known, Some(&known), None);
        if is_owned {
            self.purge(&known.subject).await?;
        }
        self.known.retain(|association| association.kind != kind);
        self.asked.retain(|asked| *asked != kind);
        Ok(())
    }

    /// Makes the change real, unless nothing changed or it was only tried.
    async fn end(mut self, dry_run: bool) -> Result<Vec<Related>> {
        if dry_run {
            return Ok(Vec::new());
        }
        if !self.changes.is_empty() {
            if self.known.is_empty() {
                self.tx.forget_resource(&self.resource).await?;
            }
            let new = self.changes.iter().filter(|change| change.action == register::ACTION).count();
            self.tx.commit_all(self.changes).await?;
            for stored in &self.registered {
                self.registry.remember(self.registry.store().purges(), stored.subject.context(), &stored.schema);
            }
            (0..new).for_each(|_| self.registry.inner.metrics.registration("new"));
        }
        let mut answer: Vec<_> = self.known.into_iter().filter(|it| self.asked.contains(&it.kind)).collect();
        answer.sort_by_key(|association| association.kind);
        let schema = |subject| self.registered.iter().find(|stored| stored.subject == subject).cloned();
        let related = |association: Association| Related { schema: schema(association.subject.clone()), association };
        Ok(answer.into_iter().map(related).collect())
    }

    /// A subject of the resource's own, with its first schema. In mode IMPORT it may be there already.
    async fn own(&mut self, subject: SubjectName, wanted: &Wanted, is_import: bool) -> Result<()> {
        self.must_match(Lifecycle::Strong)?;
        self.registry.must_be_writable(&mut self.tx, &subject).await?;
        match lifecycle_of(&mut self.tx, &subject).await? {
            Some(Lifecycle::Strong) => return Err(Error::SubjectOwned(subject)),
            Some(Lifecycle::Weak) => return Err(Error::SubjectAssociated(subject)),
            None => {}
        }
        // Soft-deleted referrers count: they would keep the subject from going with the resource.
        if let Some(obstacle) = self.tx.obstacle(&subject, None, true, false).await? {
            return Err(Error::ReferenceExists { subject, version: obstacle.version, referrer: obstacle.referrer });
        }
        let is_live = self.tx.has_versions(&subject, false).await?;
        if is_live && !is_import {
            return Err(rules::invalid("subject", format!("'{subject}' has versions already")));
        }
        if !is_live && wanted.schema.is_none() {
            return Err(Error::NoLiveVersion(subject));
        }
        // The association first, so that the schema can't refer to its own subject.
        self.put(subject.clone(), wanted.kind, Lifecycle::Strong).await?;
        self.register(&subject, wanted).await
    }

    /// A subject that is there, and that the resource uses as others may.
    async fn share(&mut self, subject: SubjectName, kind: AssociationKind) -> Result<()> {
        self.must_match(Lifecycle::Weak)?;
        self.registry.must_be_writable(&mut self.tx, &subject).await?;
        if lifecycle_of(&mut self.tx, &subject).await? == Some(Lifecycle::Strong) {
            return Err(Error::SubjectOwned(subject));
        }
        if !self.tx.has_versions(&subject, false).await? {
            return Err(Error::NoLiveVersion(subject));
        }
        self.put(subject, kind, Lifecycle::Weak).await
    }

    /// Further versions of an owned subject come as for any other; only what is imported may come this way.
    async fn import_into(&mut self, known: Association, wanted: &Wanted) -> Result<()> {
        if wanted.schema.is_none() {
            return Ok(());
        }
        if !self.is_import(&known.subject).await? {
            return Err(rules::frozen(&known));
        }
        self.register(&known.subject, wanted).await?;
        let updated = Association { updated_at: now(), ..known.clone() };
        self.tx.put_association(&updated.row()).await?;
        self.note("association.update", &updated, Some(&known), Some(&updated));
        self.known.iter_mut().filter(|it| it.kind == known.kind).for_each(|it| *it = updated.clone());
        Ok(())
    }

    async fn put(&mut self, subject: SubjectName, kind: AssociationKind, lifecycle: Lifecycle) -> Result<()> {
        let (guid, at) = (Uuid::new_v4().to_string(), now());
        let resource = self.resource.clone();
        let new = Association { subject, guid, resource, kind, lifecycle, created_at: at, updated_at: at };
        self.tx.put_association(&new.row()).await?;
        self.note("association.create", &new, None, Some(&new));
        self.asked.push(kind);
        self.known.push(new);
        Ok(())
    }

    async fn register(&mut self, subject: &SubjectName, wanted: &Wanted) -> Result<()> {
        let Some(candidate) = &wanted.schema else { return Ok(()) };
        self.registry.check_shape(subject, candidate)?;
        let registering =
            self.registry.register_in(&mut self.tx, self.actor, subject, candidate, wanted.normalize).await?;
        let (stored, change) = registering;
        self.changes.extend(change);
        self.registered.push(stored);
        Ok(())
    }

    /// Removes all versions for good, live or not.
    async fn purge(&mut self, subject: &SubjectName) -> Result<()> {
        must_be_free(&mut self.tx, subject, None, true).await?;
        let rows = self.tx.versions(subject).await?;
        for row in &rows {
            self.tx.remove_version(subject, row.version).await?;
        }
        self.tx.forget_subject(subject).await?;
        self.changes.push(self.actor.change("subject.purge", subject, Some(told(&rows)), None));
        Ok(())
    }

    async fn is_import(&mut self, subject: &SubjectName) -> Result<bool> {
        let settled = self.registry.settled_now(&mut self.tx, subject).await?;
        Ok(matches!(settled.mode, Mode::Import | Mode::Forward))
    }

    /// Of one resource, all associations live in the same way.
    fn must_match(&self, lifecycle: Lifecycle) -> Result<()> {
        match self.known.iter().find(|known| known.lifecycle != lifecycle) {
            None => Ok(()),
            Some(other) => Err(rules::invalid(
                "lifecycle",
                format!("the association for the {} is {}", other.kind.as_str(), other.lifecycle.as_str()),
            )),
        }
    }

    fn find(&self, kind: AssociationKind) -> Option<&Association> {
        self.known.iter().find(|association| association.kind == kind)
    }

    fn note(
        &mut self,
        action: &'static str,
        about: &Association,
        before: Option<&Association>,
        after: Option<&Association>,
    ) {
        let told = |association: &Association| description(association).to_string();
        self.changes.push(self.actor.change(action, &about.subject, before.map(told), after.map(told)));
    }
}

impl ResourceChange {
    /// All subjects that the change may touch or stand on.
    fn subjects(&self) -> Vec<SubjectName> {
        let mut subjects = Vec::new();
        for wanted in self.operations.iter().filter_map(Operation::wanted) {
            let Ok(meant) = rules::meant(self, wanted) else { continue };
            let references = wanted.schema.iter().flat_map(|candidate| &candidate.references);
            subjects.extend(references.map(|it| SubjectName::parse_in(meant.subject.context(), &it.subject)));
            subjects.push(meant.subject);
        }
        subjects
    }
}

impl Operation {
    pub(super) fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::Create(wanted) | Self::Upsert(wanted) => Some(wanted),
            Self::Delete { .. } => None,
        }
    }
}

fn description(association: &Association) -> Value {
    let Association { guid, resource, kind, lifecycle, .. } = association;
    json!({
        "resource": {"type": resource.kind, "id": resource.id, "namespace": resource.namespace, "name": resource.name},
        "kind": kind.as_str(),
        "lifecycle": lifecycle.as_str(),
        "guid": guid,
    })
}

async fn associations_of(tx: &mut Tx, resource: &str, choice: &AssociationChoice) -> Result<Vec<Association>> {
    read(tx, &by_id(resource), choice, Page::default()).await
}

fn by_id(resource: &str) -> AssociationsOf {
    AssociationsOf::ResourceId(resource.to_owned())
}
