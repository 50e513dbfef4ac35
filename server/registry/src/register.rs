//! May this schema be registered, and as what?

use std::sync::Arc;

use tidegate_compat::{CompatibilityLevel, ContextName, SchemaId, Strictness, SubjectName, Version};
use tidegate_store::{Change, Session, Tx, VersionRow};

use crate::candidate::{Glance, Prepared, inherited, numbered};
use crate::commit::{Fresh, Settlement, make_room};
use crate::ground::{Ground, targets};
use crate::model::now;
use crate::references::Need;
use crate::reserved::{guards_names, must_be_nameable};
use crate::retry::retrying;
use crate::rules::must_make_sense;
use crate::settings::{shapes_contracts, strictness};
use crate::{Actor, Candidate, Error, Mode, Registry, Result, StoredSchema, StoredVersion};

/// How the audit calls it.
pub(crate) const ACTION: &str = "schema.register";

/// What an attempt found or made.
enum Outcome {
    New(StoredVersion),
    Existing(StoredVersion),
}

/// What a first look came to.
pub(crate) enum Glanced {
    Found(StoredVersion),
    /// It is none of the versions that were looked at.
    Missed(Box<Glance>),
    /// It has to be looked at in another way.
    Nothing,
}

/// What is to be done with a candidate.
enum Decision {
    /// Nothing: it is there.
    Existing(VersionRow),
    /// It becomes this version.
    New(Box<Prepared>, Version),
}

/// How often a decision is made anew because its ground has moved. After that, it is made under lock.
const ATTEMPTS: usize = 3;

impl Registry {
    /// Registers a schema as the next version of a subject, or finds it there already.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn register(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        candidate: Candidate,
        normalize: bool,
    ) -> Result<StoredVersion> {
        let outcome = self.registered(actor, subject, &candidate, normalize).await;
        self.inner.metrics.registration(match &outcome {
            Ok(Outcome::New(_)) => "new",
            Ok(Outcome::Existing(_)) => "existing",
            Err(Error::Incompatible { .. }) => "incompatible",
            Err(_) => "refused",
        });
        match outcome? {
            Outcome::New(stored) | Outcome::Existing(stored) => Ok(stored),
        }
    }

    async fn registered(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Outcome> {
        self.check_shape(subject, candidate)?;
        // Others in this process wait with the same subject, so that they are decided on what this one leaves.
        let seat = self.inner.turns.of(subject);
        let mut turn = seat.try_lock().ok();
        let mut attempts = 0;
        while attempts < ATTEMPTS {
            let ground = self.look(subject, candidate).await?;
            let glance = match self.quickly_found(&ground, candidate, normalize).await {
                Ok(Glanced::Found(known)) => return Ok(Outcome::Existing(known)),
                Ok(Glanced::Missed(glance)) => Some(glance),
                // Not looked for like this, or removed while it was looked at.
                Ok(Glanced::Nothing) | Err(Error::SchemaNotFound) => None,
                Err(error) => return Err(error),
            };
            if turn.is_none() {
                turn = Some(seat.lock().await);
                continue;
            }
            attempts += 1;
            if ground.is_import() || candidate.wanted_id().is_some() {
                break;
            }
            let fresh = match self.decided(actor, ground, candidate, normalize, glance.as_deref()).await {
                Ok(Ok(fresh)) => fresh,
                Ok(Err(known)) => return Ok(Outcome::Existing(known)),
                // Removed for good while it was looked at.
                Err(Error::SchemaNotFound) => continue,
                Err(error) => return Err(error),
            };
            match self.settle(fresh).await {
                Settlement::Stored(stored) => return Ok(Outcome::New(stored)),
                Settlement::Moved => {}
                Settlement::Alone => break,
                Settlement::InDoubt(error) => return Err(error.into()),
            }
        }
        retrying(|| self.alone(actor, subject, candidate, normalize)).await
    }

    /// Refuses what can be told to be wrong before anything is looked up.
    pub(crate) fn check_shape(&self, subject: &SubjectName, candidate: &Candidate) -> Result<()> {
        candidate.check_text()?;
        if let Some(rules) = &candidate.contract.rules {
            rules.validate().map_err(Error::InvalidRules)?;
        }
        self.must_be_subject(subject)
    }

    /// Most registrations bring what is there already: that needs no lock, and no permission to write.
    pub(crate) async fn quickly_found(
        &self,
        ground: &Ground,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Glanced> {
        let (subject, config) = (&ground.subject, &ground.settled.config);
        let Some(raw) = candidate.text.as_ref().filter(|_| candidate.has_text()) else { return Ok(Glanced::Nothing) };
        if !candidate.changes.is_empty() || shapes_contracts(config) {
            return Ok(Glanced::Nothing);
        }
        let mut session = self.store().read().await?;
        let is_normalized = normalize || config.normalize.unwrap_or(false);
        // What is stored may be laxer than what is taken in today.
        let mut strictness = strictness(config);
        let mut prepared = self.prepare(&mut session, subject, candidate, is_normalized, strictness, Need::Any).await;
        if strictness == Strictness::Strict && matches!(prepared, Err(Error::Malformed(_))) {
            strictness = Strictness::Lenient;
            prepared = self.prepare(&mut session, subject, candidate, is_normalized, strictness, Need::Any).await;
        }
        let prepared = prepared?;
        let latest = &ground.live[ground.live.len().saturating_sub(1)..];
        let found = if candidate.wanted_version() == -1 {
            self.find_among(&mut session, subject, &prepared, latest).await?
        } else {
            self.find_live(&mut session, subject, &prepared, &ground.live).await?
        };
        let Some(row) = found else {
            let (raw, is_missing) = (Arc::clone(raw), candidate.wanted_version() != -1);
            return Ok(Glanced::Missed(Box::new(Glance { prepared, raw, strictness, is_missing })));
        };
        let is_answer = match (candidate.wanted_version(), candidate.wanted_id()) {
            (0 | -1, id) => id.is_none_or(|id| id == row.id.0),
            (version, id) => version == row.version.0 && id == Some(row.id.0),
        };
        if !is_answer {
            return Ok(Glanced::Nothing);
        }
        self.stored(&mut session, subject, row).await.map(Glanced::Found)
    }

    /// The version that is to become real or, as an error, the one that is there.
    async fn decided(
        &self,
        actor: &Actor,
        ground: Ground,
        candidate: &Candidate,
        normalize: bool,
        glance: Option<&Glance>,
    ) -> Result<std::result::Result<Fresh, StoredVersion>> {
        let purges = self.store().purges();
        let mut session = self.store().read().await?;
        Ok(match self.decide(&mut session, &ground, candidate, normalize, glance).await? {
            Decision::Existing(row) => Err(self.stored(&mut session, &ground.subject, row).await?),
            Decision::New(prepared, version) => Ok(prepared.into_fresh(actor, ground, version, purges)),
        })
    }

    /// The whole way under lock, in a transaction of its own.
    async fn alone(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Outcome> {
        let mut tx = self.store().write().await?;
        let (stored, change) = self.register_in(&mut tx, actor, subject, candidate, normalize).await?;
        let Some(change) = change else { return Ok(Outcome::Existing(stored)) };
        tx.commit(change).await?;
        self.remember(self.store().purges(), subject.context(), &stored.schema);
        Ok(Outcome::New(stored))
    }

    /// Registers within a transaction whose owner commits it with the change that comes back. Without a change the version
    /// was there, and nothing was done. On an error the transaction is good for nothing more.
    pub(crate) async fn register_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<(StoredVersion, Option<Change>)> {
        let targets = targets(subject, candidate);
        let subjects: Vec<_> = std::iter::once(subject).chain(&targets).collect();
        let grounds = tx.locked_grounds(&subjects).await?;
        let ground = Ground::of(subject, targets, &grounds, self.inner.defaults)?;
        match self.decide(tx, &ground, candidate, normalize, None).await? {
            Decision::Existing(row) => Ok((self.stored(tx, subject, row).await?, None)),
            Decision::New(prepared, version) => {
                let fresh = prepared.into_fresh(actor, ground, version, self.store().purges());
                let (stored, change) = self.store_version(tx, fresh, candidate.wanted_id().map(SchemaId)).await?;
                Ok((stored, Some(change)))
            }
        }
    }

    /// Decides on a ground. What comes back as an error or as existing has changed nothing.
    async fn decide(
        &self,
        session: &mut Session,
        ground: &Ground,
        candidate: &Candidate,
        normalize: bool,
        glance: Option<&Glance>,
    ) -> Result<Decision> {
        ground.permit(candidate)?;
        let prepared = self.filled_in(session, ground, candidate, normalize, glance).await?;
        if !glance.is_some_and(|glance| glance.has_missed(&prepared))
            && let Some(row) = self.already_there(session, ground, candidate, &prepared).await?
        {
            return Ok(Decision::Existing(row));
        }
        if !ground.is_import() && self.inner.defaults.refuses_faulty_rules {
            must_make_sense(&prepared).await?;
        }
        if !ground.is_import() && !candidate.force {
            self.must_be_compatible(session, ground, &prepared).await?;
        }
        let version = ground.version_for(candidate)?;
        Ok(Decision::New(Box::new(prepared), version))
    }

    /// The candidate with all that it inherits, parsed as new schemas are.
    pub(crate) async fn filled_in(
        &self,
        session: &mut Session,
        ground: &Ground,
        candidate: &Candidate,
        normalize: bool,
        glance: Option<&Glance>,
    ) -> Result<Prepared> {
        let (subject, config) = (&ground.subject, &ground.settled.config);
        if ground.is_import() {
            let full = self.changed(session, subject, candidate.clone(), None).await?;
            return self.prepare(session, subject, &full, false, Strictness::Lenient, Need::Live).await;
        }
        let latest = match ground.live.last() {
            Some(row) => Some(self.content(session, subject.context(), row.id).await?),
            None => None,
        };
        let mut full = candidate.clone();
        if !candidate.has_text() {
            let latest = latest.as_deref().ok_or(Error::EmptySchema)?;
            full.kind = Some(latest.kind);
            full.text = Some(Arc::clone(&latest.text));
            full.references = latest.references.clone();
        }
        let mut full = self.changed(session, subject, full, latest.as_deref()).await?;
        let contract = inherited(config, &full.contract, latest.as_deref());
        full.contract = numbered(contract, ground.next, candidate.wanted_version() != 0);
        let normalize = normalize || config.normalize.unwrap_or(false);
        let strictness = strictness(config);
        let prepared = self.prepare_again(session, subject, &full, normalize, strictness, glance).await?;
        must_be_nameable(&prepared, config).await?;
        Ok(prepared)
    }

    /// The live version that holds this content, unless a new version is asked for.
    pub(crate) async fn already_there(
        &self,
        session: &mut Session,
        ground: &Ground,
        candidate: &Candidate,
        prepared: &Prepared,
    ) -> Result<Option<VersionRow>> {
        if candidate.wanted_version() != 0 {
            return Ok(None);
        }
        if ground.is_import() {
            // One content may have several ids here: only the given one counts.
            let with_id = ground.live.iter().rfind(|row| Some(row.id.0) == candidate.wanted_id()).copied();
            let Some(row) = with_id else { return Ok(None) };
            let stored = self.content(session, ground.subject.context(), row.id).await?;
            return Ok(Some(row).filter(|_| stored.fingerprint == prepared.fingerprint));
        }
        self.find_among(session, &ground.subject, prepared, &ground.live).await
    }

    async fn must_be_compatible(&self, session: &mut Session, ground: &Ground, prepared: &Prepared) -> Result<()> {
        let config = &ground.settled.config;
        if config.level == Some(CompatibilityLevel::None) && !guards_names(config) {
            return Ok(());
        }
        let checked = self.checked(session, &ground.subject, prepared, &ground.live, config).await?;
        if checked.verdict.is_compatible() {
            return Ok(());
        }
        let subject = ground.subject.clone();
        Err(Error::Incompatible { subject, verdict: checked.verdict, compared: checked.compared })
    }

    /// Gives the content its id and makes it a version. An id never changes its content.
    async fn store_version(
        &self,
        tx: &mut Tx,
        mut fresh: Fresh,
        given: Option<SchemaId>,
    ) -> Result<(StoredVersion, Change)> {
        let (subject, context) = (&fresh.ground.subject, fresh.ground.subject.context());
        let (id, is_new) = match given {
            None => tx.insert_content(context, &fresh.content, &fresh.targets).await?,
            Some(given) => (given, tx.import_content(context, given, &fresh.content, &fresh.targets).await?),
        };
        fresh.content.id = id;
        if !is_new {
            match tx.content(context, id).await? {
                Some(known) if known == fresh.content => {}
                Some(_) => return Err(Error::IdTaken(id)),
                None => return Err(tidegate_store::Error::Conflict(format!("id {id} vanished meanwhile")).into()),
            }
        }
        let row = VersionRow { version: fresh.version, id, stored_at: now(), is_deleted: false };
        tx.put_version(subject, row).await?;
        make_room(tx, &fresh.ground, row).await?;
        let change = fresh.change(id, fresh.content.fingerprint);
        Ok((StoredVersion::of(subject, row, Arc::new(fresh.content)), change))
    }
}

impl Ground {
    /// Whether the mode lets this candidate in.
    pub(crate) fn permit(&self, candidate: &Candidate) -> Result<()> {
        let subject = || self.subject.clone();
        match (self.settled.mode, candidate.wanted_id()) {
            (mode @ (Mode::ReadOnly | Mode::ReadOnlyOverride), _) => {
                Err(Error::NotPermitted { subject: subject(), mode })
            }
            (Mode::ReadWrite, Some(_)) => Err(Error::IdOutsideImport { subject: subject() }),
            (mode @ (Mode::Import | Mode::Forward), None) => Err(Error::IdMissing { subject: subject(), mode }),
            (Mode::ReadWrite, None) | (Mode::Import | Mode::Forward, Some(_)) => Ok(()),
        }
    }

    /// The number that the candidate gets. One that asks for a number gets that or nothing.
    pub(crate) fn version_for(&self, candidate: &Candidate) -> Result<Version> {
        match candidate.wanted_version() {
            0 | -1 => Ok(self.next),
            given if given == self.next.0 || (self.is_import() && given > 0) => Ok(Version(given)),
            given => Err(Error::WrongVersion { given, next: self.next }),
        }
    }
}

impl Prepared {
    fn into_fresh(self, actor: &Actor, ground: Ground, version: Version, purges: u64) -> Fresh {
        let (likeness, targets) = (self.likeness(), self.targets.clone());
        let content = self.into_content();
        Fresh { actor: actor.clone(), ground, content, likeness, targets, version, purges }
    }

    /// What is stored, without its id.
    pub(crate) fn into_content(self) -> StoredSchema {
        StoredSchema {
            id: SchemaId(0),
            fingerprint: self.fingerprint,
            kind: self.kind,
            text: self.text.into(),
            references: self.references,
            contract: self.contract,
        }
    }
}

impl Actor {
    /// A change that concerns no one subject, such as one of policies.
    pub(crate) fn change_of_all(&self, action: &'static str, before: Option<String>, after: Option<String>) -> Change {
        self.change(action, &SubjectName::new(ContextName::global(), ""), before, after)
    }

    pub(crate) fn change(
        &self,
        action: &'static str,
        subject: &SubjectName,
        before: Option<String>,
        after: Option<String>,
    ) -> Change {
        Change {
            actor: self.name.clone(),
            origin: self.origin.clone(),
            action,
            subject: subject.clone(),
            before,
            after,
            at: now(),
        }
    }
}
