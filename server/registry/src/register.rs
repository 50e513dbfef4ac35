//! May this schema be registered, and as what?

use std::sync::Arc;

use serde_json::json;
use tidegate_compat::{CompatibilityLevel, SchemaId, Strictness, SubjectName, Version};
use tidegate_store::{Change, Tx, VersionRow};

use crate::candidate::{Prepared, inherited, numbered};
use crate::model::now;
use crate::references::Need;
use crate::retry::retrying;
use crate::settings::{Settled, shapes_contracts, strictness};
use crate::{Actor, Candidate, Error, Mode, Registry, Result, StoredSchema, StoredVersion};

/// What an attempt found or made.
enum Outcome {
    New(StoredVersion),
    Existing(StoredVersion),
}

/// The subject as it stands while it is locked.
struct Ground<'a> {
    subject: &'a SubjectName,
    settled: Settled,
    /// All versions, ascending.
    rows: Vec<VersionRow>,
    live: Vec<VersionRow>,
    next: Version,
}

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
        candidate.check_text()?;
        if let Some(rules) = &candidate.contract.rules {
            rules.validate().map_err(Error::InvalidRules)?;
        }
        subject.check().map_err(Error::InvalidSubject)?;
        match self.quickly_found(subject, candidate, normalize).await {
            Ok(Some(known)) => return Ok(Outcome::Existing(known)),
            // Not there, or removed while it was looked at.
            Ok(None) | Err(Error::SchemaNotFound) => {}
            Err(error) => return Err(error),
        }
        retrying(|| self.attempt(actor, subject, candidate, normalize)).await
    }

    /// Most registrations bring what is there already: that needs no lock, and no permission to write.
    async fn quickly_found(
        &self,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Option<StoredVersion>> {
        let mut session = self.store().read().await?;
        let settled = self.settled(&mut session, subject).await?;
        let config = &settled.config;
        if !candidate.has_text() || shapes_contracts(config) {
            return Ok(None);
        }
        let normalize = normalize || config.normalize.unwrap_or(false);
        let strictness = Strictness::Lenient;
        let prepared = self.prepare(&mut session, subject, candidate, normalize, strictness, Need::Any).await?;
        let found = if candidate.wanted_version() == -1 {
            let latest = session.latest(subject).await?;
            self.find_among(&mut session, subject, &prepared, latest.as_slice()).await?
        } else {
            self.find(&mut session, subject, &prepared, false).await?
        };
        let Some(row) = found else { return Ok(None) };
        let is_answer = match (candidate.wanted_version(), candidate.wanted_id()) {
            (0 | -1, id) => id.is_none_or(|id| id == row.id.0),
            (version, id) => version == row.version.0 && id == Some(row.id.0),
        };
        if !is_answer {
            return Ok(None);
        }
        self.stored(&mut session, subject, row).await.map(Some)
    }

    /// Decides under lock. What comes back as an error or as existing has changed nothing.
    async fn attempt(
        &self,
        actor: &Actor,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Outcome> {
        let mut tx = self.store().write().await?;
        let ground = self.lock(&mut tx, subject, candidate).await?;
        ground.permit(candidate)?;
        let prepared = self.filled_in(&mut tx, &ground, candidate, normalize).await?;
        if let Some(row) = self.already_there(&mut tx, &ground, candidate, &prepared).await? {
            return Ok(Outcome::Existing(self.stored(&mut tx, subject, row).await?));
        }
        if !ground.is_import() && !candidate.force {
            self.must_be_compatible(&mut tx, &ground, &prepared).await?;
        }
        let version = ground.version_for(candidate)?;
        self.store_version(tx, actor, &ground, candidate, prepared, version).await.map(Outcome::New)
    }

    /// Keeps everybody else from changing the subject and what the candidate stands on, and looks at what is there.
    async fn lock<'a>(&self, tx: &mut Tx, subject: &'a SubjectName, candidate: &Candidate) -> Result<Ground<'a>> {
        let mut subjects = vec![subject.clone()];
        let targets = candidate.references.iter();
        subjects.extend(targets.map(|target| SubjectName::parse_in(subject.context(), &target.subject)));
        tx.lock_subjects(&subjects).await?;
        let settled = self.settled_now(tx, subject).await?;
        let rows = tx.versions(subject).await?;
        let live = rows.iter().filter(|row| !row.is_deleted).copied().collect();
        let next = Version(rows.last().map_or(1, |row| row.version.0.saturating_add(1)));
        Ok(Ground { subject, settled, rows, live, next })
    }

    /// The candidate with all that it inherits, parsed as new schemas are.
    async fn filled_in(
        &self,
        tx: &mut Tx,
        ground: &Ground<'_>,
        candidate: &Candidate,
        normalize: bool,
    ) -> Result<Prepared> {
        let (subject, config) = (ground.subject, &ground.settled.config);
        if ground.is_import() {
            return self.prepare(tx, subject, candidate, false, Strictness::Lenient, Need::Live).await;
        }
        let latest = match ground.live.last() {
            Some(row) => Some(self.content(tx, subject.context(), row.id).await?),
            None => None,
        };
        let mut full = candidate.clone();
        if !candidate.has_text() {
            let latest = latest.as_deref().ok_or(Error::EmptySchema)?;
            full.kind = Some(latest.kind);
            full.text = Some(Arc::clone(&latest.text));
            full.references = latest.references.clone();
        }
        let contract = inherited(config, &candidate.contract, latest.as_deref());
        full.contract = numbered(contract, ground.next, candidate.wanted_version() != 0);
        let normalize = normalize || config.normalize.unwrap_or(false);
        self.prepare(tx, subject, &full, normalize, strictness(config), Need::Live).await
    }

    /// The live version that holds this content, unless a new version is asked for.
    async fn already_there(
        &self,
        tx: &mut Tx,
        ground: &Ground<'_>,
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
            let stored = self.content(tx, ground.subject.context(), row.id).await?;
            return Ok(Some(row).filter(|_| stored.fingerprint == prepared.fingerprint));
        }
        self.find_among(tx, ground.subject, prepared, &ground.live).await
    }

    async fn must_be_compatible(&self, tx: &mut Tx, ground: &Ground<'_>, prepared: &Prepared) -> Result<()> {
        let config = &ground.settled.config;
        if config.level == Some(CompatibilityLevel::None) {
            return Ok(());
        }
        let checked = self.checked(tx, ground.subject, prepared, &ground.live, config).await?;
        if checked.verdict.is_compatible() {
            return Ok(());
        }
        let subject = ground.subject.clone();
        Err(Error::Incompatible { subject, verdict: checked.verdict, compared: checked.compared })
    }

    /// Gives the content its id, makes it a version, and commits. An id never changes its content.
    async fn store_version(
        &self,
        mut tx: Tx,
        actor: &Actor,
        ground: &Ground<'_>,
        candidate: &Candidate,
        prepared: Prepared,
        version: Version,
    ) -> Result<StoredVersion> {
        let (subject, context) = (ground.subject, ground.subject.context());
        let (mut content, targets) = prepared.into_content();
        let (id, is_new) = match candidate.wanted_id().map(SchemaId) {
            None => tx.insert_content(context, &content, &targets).await?,
            Some(given) => (given, tx.import_content(context, given, &content, &targets).await?),
        };
        content.id = id;
        if !is_new {
            match tx.content(context, id).await? {
                Some(known) if known == content => {}
                Some(_) => return Err(Error::IdTaken(id)),
                None => return Err(tidegate_store::Error::Conflict(format!("id {id} vanished meanwhile")).into()),
            }
        }
        let row = VersionRow { version, id, stored_at: now(), is_deleted: false };
        tx.put_version(subject, row).await?;
        self.make_room(&mut tx, ground, row).await?;

        let before = ground.live.last().map(|row| json!({"version": row.version.0, "id": row.id.0}).to_string());
        let after = json!({"version": version.0, "id": id.0, "guid": content.fingerprint.to_string()}).to_string();
        tx.commit(actor.change("schema.register", subject, before, Some(after))).await?;
        let schema = Arc::new(content);
        self.remember(self.store().purges(), context, &schema);
        Ok(StoredVersion::of(subject, row, schema))
    }

    /// Removes what the new version takes the place of: an imported-over version's content, and soft-deleted versions with
    /// the same content that nobody refers to.
    async fn make_room(&self, tx: &mut Tx, ground: &Ground<'_>, new: VersionRow) -> Result<()> {
        for old in &ground.rows {
            if old.version == new.version {
                if old.id != new.id {
                    tx.note_purge();
                    tx.delete_unused_content(ground.subject.context(), old.id).await?;
                }
            } else if old.is_deleted && old.id == new.id && old.version < new.version {
                let obstacle = tx.obstacle(ground.subject, Some(old.version), true, false).await?;
                if obstacle.is_none() {
                    tx.remove_version(ground.subject, old.version).await?;
                }
            }
        }
        Ok(())
    }
}

impl Ground<'_> {
    fn is_import(&self) -> bool {
        matches!(self.settled.mode, Mode::Import | Mode::Forward)
    }

    /// Whether the mode lets this candidate in.
    fn permit(&self, candidate: &Candidate) -> Result<()> {
        let subject = || self.subject.clone();
        match (self.settled.mode, candidate.wanted_id()) {
            (mode @ (Mode::ReadOnly | Mode::ReadOnlyOverride), _) => {
                Err(Error::NotPermitted { subject: subject(), mode })
            }
            (Mode::ReadWrite, Some(_)) => Err(Error::IdOutsideImport { subject: subject() }),
            (Mode::Import | Mode::Forward, None) => Err(Error::IdMissingInImport { subject: subject() }),
            (Mode::ReadWrite, None) | (Mode::Import | Mode::Forward, Some(_)) => Ok(()),
        }
    }

    /// The number that the candidate gets. One that asks for a number gets that or nothing.
    fn version_for(&self, candidate: &Candidate) -> Result<Version> {
        match candidate.wanted_version() {
            0 | -1 => Ok(self.next),
            given if given == self.next.0 || (self.is_import() && given > 0) => Ok(Version(given)),
            given => Err(Error::WrongVersion { given, next: self.next }),
        }
    }
}

impl Prepared {
    /// The content to store, without an id yet, and what it refers to.
    fn into_content(self) -> (StoredSchema, Vec<(SubjectName, Version)>) {
        let content = StoredSchema {
            id: SchemaId(0),
            fingerprint: self.fingerprint,
            kind: self.kind,
            text: self.text.into(),
            references: self.references,
            contract: self.contract,
        };
        (content, self.targets)
    }
}

impl Actor {
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
