//! How does the catalogue follow what happens in the registry?
//!
//! First it takes up all subjects in their order; then it follows the audit, change by change. Every piece is one
//! transaction that begins where the last one ended, whichever node made that. A piece that another node made first is
//! made from there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_compat::{ContextName, Strictness, SubjectName, parse};
use tidegate_store::{CatalogueEntry, CatalogueState, Glance, Session, Setting};
use tokio::sync::Mutex;

use super::{Progress, words};
use crate::check::aside;
use crate::overview::owner;
use crate::references::Need;
use crate::retry::retrying;
use crate::settings::{Origin, Settled};
use crate::{Error, Registry, Result};

/// So many subjects are taken up in one piece, and so many changes are followed.
const PIECE: u32 = 200;
/// How long who searches waits for the catalogue.
const PATIENCE: Duration = Duration::from_millis(500);

/// The work on the catalogue that this process does: one piece at a time.
#[derive(Debug, Default)]
pub(crate) struct Indexing {
    turn: Arc<Mutex<()>>,
}

/// Changes to these matter to many subjects.
const SETTING: [&str; 3] = ["config.", "mode.", "context."];

/// A piece of the work: subjects are taken up anew, as they are now, and those of contexts inherit what is set for these.
struct Piece {
    from: CatalogueState,
    to: CatalogueState,
    subjects: Vec<SubjectName>,
    contexts: Vec<ContextName>,
}

/// What a piece came to.
enum Step {
    /// Nothing was left to do.
    Done,
    /// There may be more.
    Further,
}

impl Registry {
    /// Brings the catalogue up to date while there is patience, and goes on by itself after that. Answers how far it is if
    /// something is missing.
    pub(super) async fn catch_up_catalogue(&self) -> Result<Option<Progress>> {
        let began = Instant::now();
        let wanted = self.revision();
        if self.is_catalogued(wanted).await? {
            return Ok(None);
        }
        while began.elapsed() < PATIENCE {
            let Ok(_turn) = tokio::time::timeout(PATIENCE, self.inner.indexing.turn.lock()).await else { break };
            match self.index_piece().await {
                Ok(Step::Done) => return Ok(None),
                Ok(Step::Further) => {}
                // What is in the catalogue is found all the same, and the answer says that something is missing.
                Err(error) => {
                    tracing::warn!(%error, "the catalogue of subjects is not up to date");
                    return self.progress().await.map(Some);
                }
            }
        }
        if self.is_catalogued(wanted).await? {
            return Ok(None);
        }
        self.go_on_indexing();
        self.progress().await.map(Some)
    }

    /// Works on until nothing is left, unless somebody does.
    fn go_on_indexing(&self) {
        let Ok(turn) = Arc::clone(&self.inner.indexing.turn).try_lock_owned() else { return };
        let registry = self.clone();
        tokio::spawn(async move {
            let _turn = turn;
            loop {
                match registry.index_piece().await {
                    Ok(Step::Further) => {}
                    Ok(Step::Done) => return,
                    Err(error) => return tracing::warn!(%error, "the catalogue of subjects is not up to date"),
                }
            }
        });
    }

    async fn is_catalogued(&self, wanted: u64) -> Result<bool> {
        let state = self.store().read().await?.catalogue_state().await?;
        Ok(state.walked.is_none() && state.revision.is_some_and(|revision| revision >= wanted))
    }

    async fn progress(&self) -> Result<Progress> {
        let mut session = self.store().read().await?;
        let state = session.catalogue_state().await?;
        if state.walked.is_some() {
            let (done, total) = session.catalogue_counts().await?;
            return Ok(Progress { done: done.min(total), total });
        }
        let total = session.revisions().await?.changes;
        Ok(Progress { done: state.revision.unwrap_or(0).min(total), total })
    }

    async fn index_piece(&self) -> Result<Step> {
        retrying(|| self.try_index_piece()).await
    }

    async fn try_index_piece(&self) -> Result<Step> {
        match self.next_piece().await? {
            Some(piece) => self.write_piece(piece).await,
            None => Ok(Step::Done),
        }
    }

    /// What is to be done next. It keeps no connection: a database in memory has only one.
    async fn next_piece(&self) -> Result<Option<Piece>> {
        let mut session = self.store().read().await?;
        let from = session.catalogue_state().await?;
        let piece = |to: CatalogueState| Piece { from: from.clone(), to, subjects: Vec::new(), contexts: Vec::new() };
        let Some(revision) = from.revision else {
            let revision = Some(session.revisions().await?.changes);
            return Ok(Some(piece(CatalogueState { revision, ..from.clone() })));
        };
        if let Some(walked) = &from.walked {
            let subjects = session.subjects_behind(walked, PIECE).await?;
            let is_last = subjects.len() < PIECE as usize;
            let walked = subjects.last().map(ToString::to_string).filter(|_| !is_last);
            return Ok(Some(Piece { subjects, ..piece(CatalogueState { walked, ..from.clone() }) }));
        }
        let changes = session.changed_after(revision, PIECE).await?;
        let Some((last, ..)) = changes.last() else { return Ok(None) };
        let mut piece = piece(CatalogueState { revision: Some(*last), walked: None });
        for (_, action, subject) in changes {
            if !subject.bare().is_empty() {
                piece.subjects.push(subject);
            } else if SETTING.iter().any(|noun| action.starts_with(noun)) {
                piece.contexts.extend(self.contexts_under(&mut session, subject.context()).await?);
            }
        }
        piece.contexts.sort();
        piece.contexts.dedup();
        for context in &piece.contexts {
            piece.subjects.extend(session.with_their_own(context).await?);
        }
        let mut seen = HashSet::new();
        piece.subjects.retain(|subject| seen.insert(subject.clone()));
        Ok(Some(piece))
    }

    /// The contexts for which it may matter what is set for one of them.
    async fn contexts_under(&self, session: &mut Session, context: &ContextName) -> Result<Vec<ContextName>> {
        if context.is_global() { Ok(session.catalogued_contexts().await?) } else { Ok(vec![context.clone()]) }
    }

    async fn write_piece(&self, piece: Piece) -> Result<Step> {
        let Piece { from, to, subjects, contexts } = piece;
        // Whoever moves the state on has the others wait, so all that takes time comes before.
        let mut session = self.store().read().await?;
        let mut entries = Vec::with_capacity(subjects.len());
        let mut around: HashMap<ContextName, Vec<Setting>> = HashMap::new();
        for glance in session.glances_of(&subjects).await? {
            let context = glance.subject.context();
            if !around.contains_key(context) {
                let scope = SubjectName::new(context.clone(), "");
                around.insert(context.clone(), session.settings_around(&scope).await?);
            }
            let settings = around.get(context).map_or(&[][..], Vec::as_slice);
            let settled = Settled::of(&glance.subject, glance.setting.iter().chain(settings), self.inner.defaults)?;
            entries.push(self.entry(&mut session, glance, &settled).await?);
        }
        let mut inherited = Vec::with_capacity(contexts.len());
        for context in &contexts {
            let settled = self.settled_now(&mut session, &SubjectName::new(context.clone(), "")).await?;
            inherited.push((context, level_word(&settled), mode_word(&settled)));
        }
        drop(session);
        let mut tx = self.store().write().await?;
        let Some(first) = tx.move_catalogue(&from, &to, entries.len()).await? else { return Ok(Step::Further) };
        tx.uncatalogue(&subjects).await?;
        tx.catalogue(first, &entries).await?;
        for (context, level, mode) in inherited {
            tx.let_inherit(context, level, mode).await?;
        }
        tx.commit_unrecorded().await?;
        Ok(Step::Further)
    }

    /// What is written down of a subject.
    async fn entry(&self, session: &mut Session, glance: Glance, settled: &Settled) -> Result<CatalogueEntry> {
        let subject = &glance.subject;
        let metadata = glance.metadata.unwrap_or_default();
        let mut entry = CatalogueEntry {
            subject: subject.clone(),
            id: glance.latest.id,
            is_deleted: glance.latest.is_deleted,
            stored_at: glance.latest.stored_at,
            versions: glance.versions,
            kind: glance.kind,
            owner: owner(&metadata).unwrap_or_default(),
            level: level_word(settled).to_owned(),
            level_inherits: settled.has_no_config(),
            mode: mode_word(settled).to_owned(),
            mode_inherits: settled.mode_from != Origin::Subject,
            words: std::collections::BTreeMap::new(),
        };
        words::add_owner(&mut entry);
        words::add_metadata(&mut entry, &metadata);
        let schema = match self.content(session, subject.context(), glance.latest.id).await {
            Ok(schema) => schema,
            // Removed for good meanwhile; the change that did it comes later.
            Err(Error::SchemaNotFound) => return Ok(entry),
            Err(error) => return Err(error),
        };
        // Not remembered as parsed: most of what is taken up nobody will register against.
        let standing = match self.resolve(session, subject.context(), &schema.references, Need::Any).await {
            Ok(standing) => standing,
            Err(error @ Error::Store(_)) => return Err(error),
            Err(_) => return Ok(entry),
        };
        aside(schema.text.len(), move || {
            if let Ok(parsed) = parse(schema.kind, &schema.text, &standing.closure, Strictness::Lenient) {
                words::add_schema(&mut entry, &parsed);
            }
            entry
        })
        .await
    }
}

/// Empty where it is the server's default: that is each node's own.
fn level_word(settled: &Settled) -> &'static str {
    match settled.level_from {
        Origin::Server => "",
        _ => settled.config.level.map_or("", tidegate_compat::CompatibilityLevel::as_str),
    }
}

fn mode_word(settled: &Settled) -> &'static str {
    if settled.mode_from == Origin::Server { "" } else { settled.mode.as_str() }
}
