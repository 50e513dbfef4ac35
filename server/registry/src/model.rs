//! What does the registry hold, and in which shape is it asked for and handed out?

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tidegate_compat::{
    ContextName, Contract, Parsed, Reference, SchemaId, SchemaKind, Strictness, SubjectName, Version, parse,
};
use tidegate_lineage::Lookups;
use tidegate_store::{Session, Store, VersionRow};

pub use tidegate_store::StoredSchema;

use crate::cache::Cache;
use crate::check::aside;
use crate::commit::Waiting;
use crate::declare::Declarations;
use crate::graph::mirror::Mirror;
use crate::ground::Look;
use crate::lanes::{Lane, Turns};
use crate::lineage::Names;
use crate::metrics::Metrics;
use crate::references::Need;
use crate::search::Indexing;
use crate::settings::Defaults;
use crate::tagging::Changes;
use crate::together::Drafts;
use crate::{Error, Result, visitors};

/// The registry. Cheap to clone; all clones share one cache.
///
/// What it answers from memory is as new as the last change that this process knows of. Its own changes it knows at once.
/// Those of other nodes it is sure to know after [`Registry::fresh`], which is awaited where requests come in.
#[derive(Debug, Clone)]
pub struct Registry {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) defaults: Defaults,
    pub(crate) cache: Cache,
    pub(crate) metrics: Metrics,
    pub(crate) looks: Lane<Look>,
    pub(crate) commits: Lane<Waiting>,
    pub(crate) turns: Turns,
    pub(crate) declarations: Declarations,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) names: Names,
    pub(crate) indexing: Indexing,
    pub(crate) lookups: Lookups,
    /// Held by whoever writes lookups down.
    pub(crate) keeping: tokio::sync::Mutex<()>,
}

/// A schema as someone brings it: to register, look up or check.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// `None` means Avro or, without a text, what is inherited with it.
    pub kind: Option<SchemaKind>,
    /// Empty or absent text inherits from the latest version.
    pub text: Option<Arc<str>>,
    pub references: Vec<Reference>,
    pub contract: Contract,
    /// The version that this registration must become; 0 or absent for the next, -1 for the latest.
    pub version: Option<i32>,
    /// The id to store under, in mode IMPORT only.
    pub id: Option<i32>,
    /// Whether it comes in although it is incompatible.
    pub force: bool,
    /// What is changed in it first. Only registrations look at that.
    pub changes: Changes,
    /// What comes together with it, and may be referred to as if it was there.
    pub drafts: Drafts,
}

/// A content as a version of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    pub subject: SubjectName,
    pub version: Version,
    pub schema: Arc<StoredSchema>,
    /// When it was stored, milliseconds since 1970.
    pub stored_at: i64,
    pub is_deleted: bool,
}

/// What a listing shows of what is soft-deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Visibility {
    #[default]
    Live,
    WithDeleted,
    OnlyDeleted,
}

/// A window of a listing. `limit: None` is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    pub offset: usize,
    pub limit: Option<usize>,
}

impl Registry {
    pub fn new(store: Store, defaults: Defaults) -> Self {
        let inner = Arc::new(Inner {
            store,
            defaults,
            cache: Cache::new(),
            metrics: Metrics::new(),
            looks: Lane::new(),
            commits: Lane::new(),
            turns: Turns::new(),
            declarations: Declarations::new(),
            mirror: Arc::default(),
            names: Names::default(),
            indexing: Indexing::default(),
            lookups: Lookups::new(visitors::MOST),
            keeping: tokio::sync::Mutex::default(),
        });
        Self { inner }
    }

    /// Sees to it that what is answered from now on holds every change that any node acknowledged before this call. At
    /// once where no other node writes.
    pub async fn fresh(&self) -> Result<()> {
        Ok(self.inner.store.caught_up().await?)
    }

    /// Whether other nodes may write to the same database.
    pub fn is_shared(&self) -> bool {
        self.inner.store.is_shared()
    }

    /// Grows with every change that this process knows of: its own at once, those of other nodes a moment later, and all
    /// of them by [`Registry::fresh`].
    pub fn revision(&self) -> u64 {
        self.inner.store.revision()
    }

    /// Whether the store answers.
    pub async fn is_ready(&self) -> Result<()> {
        Ok(self.inner.store.refresh().await?)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// A content that a version refers to, and that must be there for this reason.
    pub(crate) async fn content(
        &self,
        session: &mut Session,
        context: &ContextName,
        id: SchemaId,
    ) -> Result<Arc<StoredSchema>> {
        let stamp = self.store().purges();
        let key = (context.clone(), id);
        if let Some(known) = self.inner.cache.contents.get(stamp, &key) {
            return Ok(known);
        }
        self.inner.metrics.cache_miss("content");
        // Gone between two statements: somebody purged it right now.
        let schema = Arc::new(session.content(context, id).await?.ok_or(Error::SchemaNotFound)?);
        self.remember(stamp, context, &schema);
        Ok(schema)
    }

    /// A content, if it is remembered.
    pub(crate) fn known(&self, context: &ContextName, id: SchemaId) -> Option<Arc<StoredSchema>> {
        self.inner.cache.contents.get(self.store().purges(), &(context.clone(), id))
    }

    pub(crate) fn remember(&self, stamp: u64, context: &ContextName, schema: &Arc<StoredSchema>) {
        let weight = weight(schema);
        self.inner.cache.contents.insert(stamp, (context.clone(), schema.id), Arc::clone(schema), weight);
    }

    /// Sees to it that the contents of these versions are remembered, in one go if more than one is missing.
    pub(crate) async fn warm_up(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        rows: &[VersionRow],
    ) -> Result<()> {
        let stamp = self.store().purges();
        let is_missing =
            |row: &&VersionRow| self.inner.cache.contents.get(stamp, &(subject.context().clone(), row.id)).is_none();
        if rows.iter().filter(is_missing).nth(1).is_some() {
            self.inner.metrics.cache_miss("content");
            for schema in session.contents_of(subject).await? {
                self.remember(stamp, subject.context(), &Arc::new(schema));
            }
        }
        Ok(())
    }

    /// A stored content, parsed. Leniently: it was good enough when it came.
    pub(crate) async fn parsed(
        &self,
        session: &mut Session,
        context: &ContextName,
        schema: &StoredSchema,
    ) -> Result<Parsed> {
        let stamp = self.store().purges();
        let key = (context.clone(), schema.id);
        if let Some(known) = self.inner.cache.parsed.get(stamp, &key) {
            return Ok(known);
        }
        self.inner.metrics.cache_miss("parsed");
        let standing = self.resolve(session, context, &schema.references, Need::Any).await?;
        let (kind, text, closure) = (schema.kind, Arc::clone(&schema.text), standing.closure);
        let around = closure.iter().map(|it| it.text.len()).sum::<usize>();
        let size = text.len() + around;
        let read = move || parse(kind, &text, &closure, Strictness::Lenient);
        let parsed = aside(size, read).await?.map_err(Error::Malformed)?;
        self.remember_likeness(stamp, context, schema.id, parsed.likeness());
        // A parsed schema takes several times the room of its text, one in Protobuf with all that it imports.
        let weight = 1024
            + match schema.kind {
                SchemaKind::Avro | SchemaKind::Json => 8 * (schema.text.len() + around),
                SchemaKind::Protobuf => 32 * (schema.text.len() + around),
            };
        self.inner.cache.parsed.insert(stamp, key, parsed.clone(), weight);
        Ok(parsed)
    }

    pub(crate) fn remember_likeness(&self, stamp: u64, context: &ContextName, id: SchemaId, likeness: u64) {
        self.inner.cache.likenesses.insert(stamp, (context.clone(), id), likeness, 1);
    }

    /// The likeness of a content, if it is remembered.
    pub(crate) fn likeness(&self, context: &ContextName, id: SchemaId) -> Option<u64> {
        self.inner.cache.likenesses.get(self.store().purges(), &(context.clone(), id))
    }

    pub(crate) async fn stored(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        row: VersionRow,
    ) -> Result<StoredVersion> {
        let schema = self.content(session, subject.context(), row.id).await?;
        Ok(StoredVersion::of(subject, row, schema))
    }
}

impl StoredVersion {
    pub(crate) fn of(subject: &SubjectName, row: VersionRow, schema: Arc<StoredSchema>) -> Self {
        Self {
            subject: subject.clone(),
            version: row.version,
            schema,
            stored_at: row.stored_at,
            is_deleted: row.is_deleted,
        }
    }
}

impl Page {
    pub(crate) fn cut<T>(self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        items.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}

/// About how many bytes a content takes in memory.
pub(crate) fn weight(schema: &StoredSchema) -> usize {
    schema.text.len() + schema.contract.size() + 256
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
