//! What is this candidate, once its references are found and its text is read? And is it a stored version?

use std::sync::Arc;

use tidegate_compat::{
    Contract, Fingerprint, Metadata, Parsed, Reference, SchemaKind, Strictness, SubjectName, Version, parse,
};
use tidegate_store::{Session, VersionRow};

use crate::check::aside;
use crate::references::{Need, Standing};
use crate::settings::Config;
use crate::{Candidate, Error, Registry, Result, StoredSchema};

/// The property that holds the version number of a schema, where one asks for it.
pub(crate) const VERSION_PROPERTY: &str = "confluent:version";

/// A candidate with its identity.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) kind: SchemaKind,
    pub(crate) parsed: Parsed,
    /// The canonical text.
    pub(crate) text: String,
    pub(crate) references: Vec<Reference>,
    pub(crate) targets: Vec<(SubjectName, Version)>,
    pub(crate) contract: Contract,
    pub(crate) fingerprint: Fingerprint,
    /// Whether the canonical text is the normalized one.
    pub(crate) is_normalized: bool,
}

/// What a candidate turned out to be at a first look, so that it need not be read again.
#[derive(Debug)]
pub(crate) struct Glance {
    pub(crate) prepared: Prepared,
    /// The text as it came.
    pub(crate) raw: Arc<str>,
    /// How it was read. What is good enough for strict readers is the same for others.
    pub(crate) strictness: Strictness,
    /// Whether the first look was for the candidate among all live versions, and did not find it.
    pub(crate) is_missing: bool,
}

impl Glance {
    /// What it read, if the candidate would now be read likewise. What references lead to may have changed meanwhile.
    fn reading(&self, candidate: &Candidate, is_normalized: bool, strictness: Strictness) -> Option<&Prepared> {
        let is_same_text = candidate.text.as_ref().is_some_and(|text| Arc::ptr_eq(text, &self.raw));
        let is_good_enough = self.strictness == Strictness::Strict || strictness == Strictness::Lenient;
        let is_alone = candidate.references.is_empty() && self.prepared.references.is_empty();
        let is_same = is_same_text && is_alone && self.prepared.is_normalized == is_normalized;
        (is_same && is_good_enough && candidate.kind.unwrap_or_default() == self.prepared.kind)
            .then_some(&self.prepared)
    }

    /// Whether it is known already that no live version is this one.
    pub(crate) fn has_missed(&self, prepared: &Prepared) -> bool {
        self.is_missing && self.prepared.kind == prepared.kind && self.prepared.fingerprint == prepared.fingerprint
    }
}

impl Candidate {
    pub(crate) fn has_text(&self) -> bool {
        self.text.as_deref().is_some_and(|text| !text.trim().is_empty())
    }

    /// The version that it asks for; 0 is any, and -1, or whatever is less, a new one. One whose tags are edited is a version
    /// of its own, as in Confluent.
    pub(crate) fn wanted_version(&self) -> i32 {
        self.version.map_or(if self.changes.tags.is_empty() { 0 } else { -1 }, |version| version.max(-1))
    }

    /// The id that it asks for.
    pub(crate) fn wanted_id(&self) -> Option<i32> {
        self.id.filter(|id| *id > 0)
    }

    /// Refuses what no database keeps.
    pub(crate) fn check_text(&self) -> Result<()> {
        let in_references = self.references.iter().any(|it| it.name.contains('\0') || it.subject.contains('\0'));
        let in_text = self.text.as_deref().is_some_and(|text| text.contains('\0'));
        if in_references || in_text { Err(Error::NulInText) } else { Ok(()) }
    }
}

impl Prepared {
    /// The likeness of the canonical text.
    pub(crate) fn likeness(&self) -> u64 {
        if self.is_normalized { self.parsed.normalized_likeness() } else { self.parsed.likeness() }
    }

    pub(crate) fn set_contract(&mut self, contract: Contract) {
        self.fingerprint = Fingerprint::of(&self.text, &self.references, &contract);
        self.contract = contract;
    }
}

impl Registry {
    /// Refuses names under which no schema may be registered.
    pub(crate) fn must_be_subject(&self, subject: &SubjectName) -> Result<()> {
        subject.check().map_err(Error::InvalidSubject)?;
        let is_refused = self.inner.defaults.rejects_empty_subject && subject.bare().is_empty();
        if is_refused { Err(Error::EmptySubject) } else { Ok(()) }
    }

    pub(crate) async fn prepare(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
        strictness: Strictness,
        need: Need,
    ) -> Result<Prepared> {
        let text = candidate.text.as_deref().filter(|_| candidate.has_text()).ok_or(Error::EmptySchema)?;
        let kind = candidate.kind.unwrap_or_default();
        let mut references = candidate.references.clone();
        if normalize {
            references.sort();
            references.dedup();
        }
        let standing = self.resolve_among(session, subject.context(), &references, need, &candidate.drafts).await?;
        let Standing { references, targets, closure } = standing;
        // A hostile one takes seconds, in which others want to be answered.
        let size = text.len() + closure.iter().map(|it| it.text.len()).sum::<usize>();
        let text = text.to_owned();
        let read = move || -> Result<_> {
            let parsed = parse(kind, &text, &closure, strictness).map_err(Error::Malformed)?;
            let text = if normalize { parsed.normalized() } else { parsed.identity() };
            Ok((parsed, text))
        };
        let (parsed, text) = aside(size, read).await??;
        let contract = candidate.contract.clone();
        let fingerprint = Fingerprint::of(&text, &references, &contract);
        Ok(Prepared { kind, parsed, text, references, targets, contract, fingerprint, is_normalized: normalize })
    }

    /// The same, from what a first look has read where that is as good.
    pub(crate) async fn prepare_again(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        candidate: &Candidate,
        normalize: bool,
        strictness: Strictness,
        glance: Option<&Glance>,
    ) -> Result<Prepared> {
        let Some(read) = glance.and_then(|glance| glance.reading(candidate, normalize, strictness)) else {
            return self.prepare(session, subject, candidate, normalize, strictness, Need::Live).await;
        };
        let mut prepared = read.clone();
        if prepared.contract != candidate.contract {
            prepared.set_contract(candidate.contract.clone());
        }
        Ok(prepared)
    }

    /// The version of a subject that this candidate is: the same content, or else the newest that can be taken for it.
    pub(crate) async fn find(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        with_deleted: bool,
    ) -> Result<Option<VersionRow>> {
        if let Some(same) = session.version_with(subject, prepared.fingerprint, with_deleted).await? {
            return Ok(Some(same));
        }
        let mut rows = session.versions(subject).await?;
        rows.retain(|row| with_deleted || !row.is_deleted);
        self.find_alike(session, subject, prepared, &self.similar(subject, prepared, &rows)).await
    }

    /// The one of the live versions of a subject (ascending) that this candidate is: as [`Self::find_among`] says, but
    /// without reading all of them where an index knows.
    pub(crate) async fn find_live(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        live: &[VersionRow],
    ) -> Result<Option<VersionRow>> {
        if live.iter().all(|row| self.known(subject.context(), row.id).is_some()) {
            return self.find_among(session, subject, prepared, live).await;
        }
        if let Some(same) = session.version_with(subject, prepared.fingerprint, false).await? {
            return Ok(Some(same));
        }
        self.find_alike(session, subject, prepared, &self.similar(subject, prepared, live)).await
    }

    /// The one of these versions (ascending) that this candidate is: the same content, or else the newest that can be
    /// taken for it.
    pub(crate) async fn find_among(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
    ) -> Result<Option<VersionRow>> {
        let rows = self.similar(subject, prepared, rows);
        self.warm_up(session, subject, &rows).await?;
        for row in rows.iter().rev() {
            if self.content(session, subject.context(), row.id).await?.fingerprint == prepared.fingerprint {
                return Ok(Some(*row));
            }
        }
        self.find_alike(session, subject, prepared, &rows).await
    }

    /// Those of the versions that are not known to be of another likeness. Subjects have many versions, and nearly all
    /// look different.
    fn similar(&self, subject: &SubjectName, prepared: &Prepared, rows: &[VersionRow]) -> Vec<VersionRow> {
        if rows.is_empty() {
            return Vec::new();
        }
        // What is the same text once normalized may be another as it came.
        let as_it_came = prepared.parsed.likeness();
        let as_stored = prepared.likeness();
        let is_similar = |row: &&VersionRow| {
            self.likeness(subject.context(), row.id).is_none_or(|of| of == as_it_came || of == as_stored)
        };
        rows.iter().filter(is_similar).copied().collect()
    }

    /// The newest of these versions (ascending) that can be taken for the candidate.
    async fn find_alike(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
    ) -> Result<Option<VersionRow>> {
        self.warm_up(session, subject, rows).await?;
        // What normalizing made another text is compared as that: as it came it may be a version that was stored unnormalized.
        let is_another = prepared.is_normalized && prepared.text != prepared.parsed.identity();
        for row in rows.iter().rev() {
            let stored = self.content(session, subject.context(), row.id).await?;
            if !may_be_alike(prepared, &stored, row.version) {
                continue;
            }
            if stored.text.as_ref() == prepared.text && stored.references == prepared.references {
                return Ok(Some(*row));
            }
            // What can't be read any more, because a reference is gone, is not the same as anything.
            let parsed = match self.parsed(session, subject.context(), &stored).await {
                Err(Error::Malformed(_) | Error::UnresolvedReference { .. }) => continue,
                parsed => parsed?,
            };
            // With references on one side only, what is the same is never the same text.
            let is_inlined = prepared.references.is_empty() && !stored.references.is_empty();
            let is_same = match is_another && !is_inlined {
                true => parsed.identity() == prepared.text,
                false => prepared.parsed.is_equivalent(&parsed),
            };
            if is_same {
                return Ok(Some(*row));
            }
        }
        Ok(None)
    }
}

/// All that must be the same besides the meaning of the text.
fn may_be_alike(given: &Prepared, stored: &StoredSchema, version: Version) -> bool {
    let is_inlined = given.references.is_empty() && !stored.references.is_empty();
    given.kind == stored.kind
        && (is_inlined || given.references == stored.references)
        && given.contract.rules == stored.contract.rules
        && is_same_metadata(given.contract.metadata.as_ref(), stored.contract.metadata.as_ref(), version)
}

/// Whether metadata are the same but for the version property, which only the stored one has, or which names its version.
fn is_same_metadata(given: Option<&Metadata>, stored: Option<&Metadata>, version: Version) -> bool {
    match (version_property(given), version_property(stored)) {
        (None, Some(_)) => given.cloned().unwrap_or_default() == without_version(stored),
        (Some(named), None) => {
            named.trim().parse() == Ok(version.0) && without_version(given) == stored.cloned().unwrap_or_default()
        }
        _ => given == stored,
    }
}

fn version_property(metadata: Option<&Metadata>) -> Option<&str> {
    metadata?.properties.get(VERSION_PROPERTY).map(String::as_str)
}

fn without_version(metadata: Option<&Metadata>) -> Metadata {
    let mut metadata = metadata.cloned().unwrap_or_default();
    metadata.properties.remove(VERSION_PROPERTY);
    metadata
}

/// The contract that a new version gets: what it brings or else inherits, between the defaults and the overrides.
pub(crate) fn inherited(config: &Config, given: &Contract, latest: Option<&StoredSchema>) -> Contract {
    let metadata = given.metadata.as_ref().or(latest.and_then(|latest| latest.contract.metadata.as_ref()));
    let rules = given.rules.as_ref().or(latest.and_then(|latest| latest.contract.rules.as_ref()));
    Contract {
        metadata: merged(
            [config.default_metadata.as_ref(), metadata, config.override_metadata.as_ref()],
            Metadata::merged,
        ),
        rules: merged(
            [config.default_rules.as_ref(), rules, config.override_rules.as_ref()],
            tidegate_compat::RuleSet::merged,
        ),
    }
}

/// Writes the number of the new version into a contract, if it has one there or `is_wanted`.
pub(crate) fn numbered(mut contract: Contract, next: Version, is_wanted: bool) -> Contract {
    if is_wanted || version_property(contract.metadata.as_ref()).is_some() {
        let metadata = contract.metadata.get_or_insert_default();
        metadata.properties.insert(VERSION_PROPERTY.to_owned(), next.to_string());
    }
    contract
}

fn merged<T: Clone>(parts: [Option<&T>; 3], merge: impl Fn(&T, &T) -> T) -> Option<T> {
    parts.into_iter().flatten().fold(None, |earlier: Option<T>, later| {
        Some(earlier.map_or_else(|| later.clone(), |earlier| merge(&earlier, later)))
    })
}
