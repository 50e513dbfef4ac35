//! What becomes of many schemas that come as one change? Judged as registrations one after another would be, those first
//! that others stand on, and nothing is written.

mod affected;
mod drafts;
mod order;

use std::collections::HashMap;
use std::sync::Arc;

use tidegate_compat::{CompatibilityLevel, Finding, Policy, SchemaId, SchemaKind, SubjectName, Version};
use tidegate_lineage::Millis;

pub use self::affected::Affected;
pub(crate) use self::drafts::Draft;
pub use self::drafts::Drafts;
use self::order::Place;
use crate::candidate::Prepared;
use crate::check::policy;
use crate::ground::Ground;
use crate::register::Glanced;
use crate::rules::must_make_sense;
use crate::settings::Origin;
use crate::usage::Usage;
use crate::{Access, Candidate, Error, Mode, Registry, Result, StoredSchema};

/// How many subjects are told of with their use. Each takes several statements.
pub const MOST_USED: usize = 200;

/// A schema that is to come.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub subject: SubjectName,
    /// Nothing if what was sent can't be a schema: then others can't stand on it either.
    pub candidate: Option<Candidate>,
}

/// What would become of all of them.
#[derive(Debug)]
pub struct Together {
    /// In the order in which they came.
    pub schemas: Vec<Proposed>,
    /// Positions in `schemas` in the order in which they can be registered: all that are in no ring and stand on none.
    pub order: Vec<usize>,
    /// Who stands on what changes, and is not among them.
    pub affected: Vec<Affected>,
    /// Whether there are more of these than are told.
    pub has_more_affected: bool,
}

/// What would become of one of them.
#[derive(Debug)]
pub struct Proposed {
    pub subject: SubjectName,
    pub state: State,
    /// The language, if it could be read.
    pub kind: Option<SchemaKind>,
    pub level: (CompatibilityLevel, Origin),
    pub policy: Policy,
    pub mode: (Mode, Origin),
    /// The version that it would become or, unchanged, is.
    pub version: Option<Version>,
    /// The id that it has already.
    pub id: Option<SchemaId>,
    /// The versions that it was compared with, newest first.
    pub compared: Vec<Version>,
    pub findings: Vec<Finding>,
    /// Why it would be refused for another reason than being incompatible.
    pub refusal: Option<Error>,
    /// Who used the subject, if it has versions and they change.
    pub usage: Option<Usage>,
}

/// What happens to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has no live version yet.
    New,
    Changed,
    /// Its text is that of the latest version, which stands on something else.
    ReferencesChanged,
    /// It is there already, as `version`.
    Unchanged,
    /// The text, the contract or something that it stands on can't be read.
    Unreadable,
}

impl Registry {
    /// Judges schemas that come together. A reference to the latest or the next version of a subject among them means the
    /// schema that comes with it; any other leads to what is there. Subjects must be given once. The use of what changes is
    /// told of the given time, and only what `access` may read is told to be affected.
    #[tracing::instrument(level = "debug", skip_all, fields(schemas = proposals.len()))]
    pub async fn check_together(
        &self,
        access: &Access,
        proposals: Vec<Proposal>,
        normalize: bool,
        within: (Millis, Millis),
    ) -> Result<Together> {
        let flaws: Vec<_> = proposals.iter().map(|proposal| self.flaw(proposal)).collect();
        let sound = proposals.iter().zip(&flaws).filter(|(_, flaw)| flaw.is_none());
        let grounds = self.store().read().await?.grounds(sound.map(|(proposal, _)| &proposal.subject)).await?;
        let grounds = proposals
            .iter()
            .map(|proposal| Ground::of(&proposal.subject, [], &grounds, self.inner.defaults))
            .collect::<Result<Vec<_>>>()?;
        let places = order::places(&edges(&proposals, &grounds));
        let order = order::order(&places);
        let drafts = Drafts::default();
        let mut schemas: Vec<Option<Proposed>> = proposals.iter().map(|_| None).collect();
        let mut candidates: Vec<_> = proposals.into_iter().map(|proposal| proposal.candidate).collect();
        for (((at, place), flaw), ground) in places.iter().enumerate().zip(flaws).zip(&grounds) {
            let ring = match place {
                Place::At(_) => None,
                Place::Ring(way) => Some(way.iter().filter_map(|at| Some(grounds.get(*at)?.subject.clone())).collect()),
            };
            let refusal = flaw.flatten().or(ring.map(Error::ReferenceRing));
            let is_sound = candidates.get(at).is_some_and(Option::is_some) && refusal.is_none();
            if !is_sound {
                drafts.add_unreadable(&ground.subject, ground.next);
                set(&mut schemas, at, Proposed { refusal, ..Proposed::on(ground) });
            }
        }
        for at in &order {
            let is_judged = schemas.get(*at).is_none_or(Option::is_some);
            let (Some(ground), Some(candidate)) = (grounds.get(*at), candidates.get_mut(*at).and_then(Option::take))
            else {
                continue;
            };
            if !is_judged {
                let candidate = Candidate { drafts: drafts.clone(), ..candidate };
                set(&mut schemas, *at, self.proposed(ground, &candidate, normalize, &drafts).await?);
            }
        }
        let mut schemas: Vec<Proposed> = schemas.into_iter().flatten().collect();
        self.add_usage(&mut schemas, within).await?;
        let (affected, has_more_affected) = self.affected(access, &schemas).await?;
        Ok(Together { schemas, order, affected, has_more_affected })
    }

    /// What is wrong with a proposal before anything is looked up: nothing, or what was told already, or an error.
    fn flaw(&self, proposal: &Proposal) -> Option<Option<Error>> {
        match &proposal.candidate {
            None => Some(proposal.subject.check().err().map(Error::InvalidSubject)),
            Some(candidate) => self.check_shape(&proposal.subject, candidate).err().map(Some),
        }
    }

    /// Goes the way of a registration, up to where it would be written.
    async fn proposed(
        &self,
        ground: &Ground,
        candidate: &Candidate,
        normalize: bool,
        drafts: &Drafts,
    ) -> Result<Proposed> {
        let (subject, config) = (&ground.subject, &ground.settled.config);
        let mut proposed = Proposed::on(ground);
        let unreadable = |proposed: Proposed, error: Error| {
            drafts.add_unreadable(subject, ground.next);
            proposed.refused(error)
        };
        let glance = match self.quickly_found(ground, candidate, normalize).await {
            Ok(Glanced::Found(known)) => {
                drafts.add(subject, known.version, Arc::clone(&known.schema));
                return Ok(proposed.unchanged(known.version, &known.schema));
            }
            Ok(Glanced::Missed(glance)) => Some(glance),
            Ok(Glanced::Nothing) | Err(Error::SchemaNotFound) => None,
            Err(error) => return unreadable(proposed, error),
        };
        let mut session = self.store().read().await?;
        let refusal = ground.permit(candidate).err();
        let filled_in = self.filled_in(&mut session, ground, candidate, normalize, glance.as_deref()).await;
        let prepared = match filled_in {
            Ok(prepared) => prepared,
            Err(error) => return unreadable(proposed, error),
        };
        proposed.refusal = refusal;
        let is_missing = glance.is_some_and(|glance| glance.has_missed(&prepared));
        if !is_missing && let Some(row) = self.already_there(&mut session, ground, candidate, &prepared).await? {
            let stored = self.content(&mut session, subject.context(), row.id).await?;
            drafts.add(subject, row.version, Arc::clone(&stored));
            return Ok(proposed.unchanged(row.version, &stored));
        }
        let latest = match ground.live.last() {
            Some(row) => Some(self.content(&mut session, subject.context(), row.id).await?),
            None => None,
        };
        proposed.state = state(&prepared, latest.as_deref());
        proposed.kind = Some(prepared.kind);
        if !ground.is_import() {
            let checked = self.checked(&mut session, subject, &prepared, &ground.live, config).await?;
            (proposed.findings, proposed.compared) = (checked.verdict.findings, checked.versions);
            if self.inner.defaults.refuses_faulty_rules {
                proposed.refuse(must_make_sense(&prepared).await)?;
            }
        }
        let version = ground.version_for(candidate);
        proposed.version = version.as_ref().ok().copied();
        proposed.refuse(version.map(drop))?;
        drafts.add(subject, proposed.version.unwrap_or(ground.next), Arc::new(prepared.into_content()));
        Ok(proposed)
    }

    /// Tells who used what changes.
    async fn add_usage(&self, schemas: &mut [Proposed], within: (Millis, Millis)) -> Result<()> {
        for proposed in schemas.iter_mut().filter(|proposed| proposed.state.is_change()).take(MOST_USED) {
            match self.usage(&proposed.subject, within).await {
                Ok(usage) => proposed.usage = Some(usage),
                // It was deleted for good just now.
                Err(Error::SubjectNotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::ReferencesChanged => "referencesChanged",
            Self::Unchanged => "unchanged",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether versions are there that get a successor.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Changed | Self::ReferencesChanged)
    }
}

impl Proposed {
    /// Nothing is known of the schema yet.
    fn on(ground: &Ground) -> Self {
        let settled = &ground.settled;
        Self {
            subject: ground.subject.clone(),
            state: State::Unreadable,
            kind: None,
            level: (settled.config.level.unwrap_or_default(), settled.level_from),
            policy: policy(&settled.config),
            mode: (settled.mode, settled.mode_from),
            version: None,
            id: None,
            compared: Vec::new(),
            findings: Vec::new(),
            refusal: None,
            usage: None,
        }
    }

    /// Whether no rule has anything against it. It may be refused all the same.
    pub fn is_compatible(&self) -> bool {
        let is_error = |finding: &Finding| finding.violation.rule.severity == tidegate_compat::Severity::Error;
        !self.findings.iter().any(is_error)
    }

    fn unchanged(self, version: Version, stored: &StoredSchema) -> Self {
        let (kind, id) = (Some(stored.kind), Some(stored.id));
        Self { state: State::Unchanged, version: Some(version), kind, id, ..self }
    }

    /// Keeps the first refusal; what is no fault of the schema fails the whole.
    fn refuse<T>(&mut self, outcome: Result<T>) -> Result<()> {
        match outcome {
            Err(error @ (Error::Store(_) | Error::ShuttingDown)) => return Err(error),
            Err(error) => drop(self.refusal.get_or_insert(error)),
            Ok(_) => {}
        }
        Ok(())
    }

    fn refused(mut self, error: Error) -> Result<Self> {
        self.refuse::<()>(Err(error))?;
        Ok(self)
    }
}

fn set(schemas: &mut [Option<Proposed>], at: usize, proposed: Proposed) {
    if let Some(place) = schemas.get_mut(at) {
        *place = Some(proposed);
    }
}

fn state(prepared: &Prepared, latest: Option<&StoredSchema>) -> State {
    let Some(latest) = latest else { return State::New };
    let is_same_text = prepared.kind == latest.kind && *prepared.text == *latest.text;
    let is_same_contract = prepared.contract == latest.contract;
    if is_same_text && is_same_contract && prepared.references != latest.references {
        State::ReferencesChanged
    } else {
        State::Changed
    }
}

/// For each proposal the others that it refers to.
fn edges(proposals: &[Proposal], grounds: &[Ground]) -> Vec<Vec<usize>> {
    let by_name: HashMap<&SubjectName, usize> =
        proposals.iter().enumerate().map(|(at, proposal)| (&proposal.subject, at)).collect();
    let targets = |(at, proposal): (usize, &Proposal)| -> Vec<usize> {
        let references = proposal.candidate.iter().flat_map(|candidate| &candidate.references);
        let target = |reference: &tidegate_compat::Reference| {
            let subject = SubjectName::parse_in(proposal.subject.context(), &reference.subject);
            let to = *by_name.get(&subject)?;
            let next = grounds.get(to)?.next;
            // What refers to its own subject means what is there.
            (to != at && (reference.version == -1 || reference.version == next.0)).then_some(to)
        };
        references.filter_map(target).collect()
    };
    proposals.iter().enumerate().map(targets).collect()
}
