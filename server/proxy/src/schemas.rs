//! Which schema stands behind this id? A cache of validators over the one thing that the proxy asks of the world.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ahash::HashMap;
use arc_swap::ArcSwap;
use opentelemetry::metrics::Counter;
use parking_lot::{Mutex, RwLock};
use tidegate_compat::{
    ContextName, Contract, Resolved, SchemaId, SchemaKey, SchemaKind, Strictness, SubjectName, Validator, Version,
    parse,
};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::metrics::slow_schemas;
use crate::policy::{Part, Policies, SubjectNaming};

/// A schema as the registry holds it.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: SchemaId,
    pub kind: SchemaKind,
    pub text: Arc<str>,
    /// The transitive closure of its references, in dependency order.
    pub references: Vec<Resolved>,
    /// Every live subject and version that holds it.
    pub usages: Vec<(SubjectName, Version)>,
    /// The metadata and rules that it was registered with, what was inherited included.
    pub contract: Contract,
}

/// Why a schema could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The registry answered: there is no such schema.
    #[error("the registry has no such schema")]
    NotFound,
    /// The registry could not be asked.
    #[error("the registry can't be asked: {0}")]
    Unavailable(String),
}

/// A future that can be kept behind a trait object.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where schemas come from: the registry in this process, or one elsewhere.
pub trait SchemaSource: Send + Sync + 'static {
    /// Looks up a schema in a context.
    fn schema<'a>(&'a self, context: &'a ContextName, key: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>>;

    /// The latest live version of a subject, for records that don't say which schema they have.
    fn latest<'a>(&'a self, _subject: &'a SubjectName) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(async { Err(SourceError::NotFound) })
    }

    /// The subjects that the registry associates with a part of a topic's records.
    fn associated<'a>(&'a self, _topic: &'a str, _part: Part) -> Boxed<'a, Result<Vec<SubjectName>, SourceError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The topic policies of the registry; `None` if they are still those of revision `since`, or if it keeps none. Before
    /// the first one the revision is 0.
    fn policies(&self, _since: u64) -> Boxed<'_, Result<Option<Policies>, SourceError>> {
        Box::pin(async { Ok(None) })
    }

    /// A number that grows with every change of the registry that this source knows of. While it stands still, what was
    /// learnt about subjects still holds; the text of an id holds for ever.
    fn revision(&self) -> u64;
}

/// A schema that was looked up once. Its validator holds for ever; what it belongs to, while the registry stands still.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: SchemaId,
    /// `Err` says why payloads can't be checked: the kind is not served yet, or the text can't be read.
    pub(crate) validator: Result<Validator, String>,
    record_names: Vec<String>,
    usages: ArcSwap<Usages>,
}

#[derive(Debug)]
struct Usages {
    /// The moment before the registry was asked.
    asked: Moment,
    subjects: Vec<SubjectName>,
    /// Until when an older answer is believed, since the registry could not be asked.
    believed_until: Option<Instant>,
}

/// When something is judged: by the registry as it is at this moment or later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) revision: u64,
    at: Instant,
}

/// How a schema stands to a part of a topic's records.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// It belongs to the subject and payloads can be checked.
    Good(Arc<Known>),
    /// It is registered, but not under the subject that the policy asks for.
    Foreign { id: SchemaId, subject: Arc<str> },
    /// The policy names subjects after records, and this schema describes none.
    Nameless(SchemaId),
    /// The registry has no such schema.
    Absent,
    /// It belongs to the subject, but this engine can't check payloads by it.
    Unreadable(Arc<Known>),
    /// The registry has to be asked first.
    Unasked,
}

/// What a policy asks of one part of one topic's records.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) context: &'a ContextName,
    pub(crate) naming: &'a SubjectNaming,
    pub(crate) topic: &'a str,
    pub(crate) part: Part,
}

type Key = (ContextName, SchemaKey);
type Answer = Option<Result<(), Arc<str>>>;

/// The cache. Shared by all sessions.
pub(crate) struct Schemas {
    source: Arc<dyn SchemaSource>,
    known: RwLock<HashMap<Key, Arc<Known>>>,
    absent: Mutex<Absent>,
    asking: Mutex<HashMap<Key, watch::Receiver<Answer>>>,
    deadline: Duration,
    /// Counts schemas whose payloads are checked in the slower form.
    slow: Counter<u64>,
}

/// Ids that the registry did not have a moment ago.
#[derive(Debug, Default)]
struct Absent {
    revision: u64,
    since: HashMap<Key, Instant>,
}

/// How long an absent id is not asked for again.
const ABSENT_FOR: Duration = Duration::from_secs(5);

/// How long an older answer is believed before a registry that could not be asked is tried again.
const BELIEVED_FOR: Duration = Duration::from_secs(5);

/// How long the registry may take when nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bounds against clients that make up ids, or registries with a great many schemas.
const MOST_ABSENT: usize = 10_000;
const MOST_ASKED: usize = 1_024;
const MOST_KNOWN: usize = 65_536;

impl Schemas {
    pub(crate) fn new(source: Arc<dyn SchemaSource>, deadline: Duration) -> Self {
        Self {
            source,
            known: RwLock::default(),
            absent: Mutex::default(),
            asking: Mutex::default(),
            deadline,
            slow: slow_schemas(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { revision: self.source.revision(), at: Instant::now() }
    }

    /// The latest time at which a request that arrives now stops waiting.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.deadline
    }

    /// What is known of a schema, without asking anyone.
    ///
    /// What belongs to a subject is believed while the registry's revision stands still. What does not is asked for anew
    /// by each request: a source elsewhere tells late that its revision has moved, and a producer that has just registered
    /// an old schema under a new subject must not be refused for that.
    pub(crate) fn standing(&self, question: &Question<'_>, key: SchemaKey, moment: Moment) -> Standing {
        let full = (question.context.clone(), key);
        let known = self.known.read().get(&full).cloned();
        let Some(known) = known else {
            return if self.absent.lock().holds(&full, moment.revision) { Standing::Absent } else { Standing::Unasked };
        };
        let usages = known.usages.load();
        let is_believed = usages.believed_until.is_some_and(|until| moment.at < until);
        if usages.asked.revision < moment.revision && !is_believed {
            return Standing::Unasked;
        }
        let subjects = question.naming.subjects(question.topic, question.part, &known.record_names);
        let Some(subject) = subjects.first() else {
            return Standing::Nameless(known.id);
        };
        let is_meant = |held: &SubjectName| subjects.iter().any(|subject| held.bare() == *subject);
        let belongs = |held: &SubjectName| held.context() == question.context && is_meant(held);
        if !usages.subjects.iter().any(belongs) {
            if usages.asked.at < moment.at {
                return Standing::Unasked;
            }
            let subject = SubjectName::new(question.context.clone(), subject).to_string().into();
            return Standing::Foreign { id: known.id, subject };
        }
        if known.validator.is_ok() { Standing::Good(known) } else { Standing::Unreadable(known) }
    }

    /// Asks the registry for schemas, for each once however many wait for it, until `deadline`. What it says is in the
    /// cache afterwards; returned are those that it could not be asked for, and why.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        context: &ContextName,
        keys: &[SchemaKey],
        deadline: Instant,
    ) -> Vec<(SchemaKey, Arc<str>)> {
        let lookups: Vec<_> = keys.iter().map(|key| (*key, self.join((context.clone(), *key)))).collect();
        let mut unavailable = Vec::new();
        for (key, lookup) in lookups {
            let told = match lookup {
                Some(answer) => wait(answer, deadline).await,
                None => Err("too many schemas are being looked up".into()),
            };
            let Err(reason) = told else { continue };
            self.go_on_believing(&(context.clone(), key));
            unavailable.push((key, reason));
        }
        unavailable
    }

    /// While the registry can't be asked, what it said last of a schema's subjects goes on to count, so that an outage does
    /// not stop producers who do nothing new. That something is *not* of a subject is not believed any longer.
    fn go_on_believing(&self, key: &Key) {
        let Some(known) = self.known.read().get(key).cloned() else { return };
        known.usages.rcu(|last| Usages {
            asked: last.asked,
            subjects: last.subjects.clone(),
            believed_until: Some(Instant::now() + BELIEVED_FOR),
        });
    }

    /// Joins the lookup that is under way, or starts one. It goes on when nobody waits for it any more, so that a slow
    /// registry is not asked again and again.
    fn join(self: &Arc<Self>, key: Key) -> Option<watch::Receiver<Answer>> {
        let mut asking = self.asking.lock();
        if let Some(under_way) = asking.get(&key) {
            return Some(under_way.clone());
        }
        if asking.len() >= MOST_ASKED {
            return None;
        }
        let (tell, answer) = watch::channel(None);
        asking.insert(key.clone(), answer.clone());
        let schemas = Arc::clone(self);
        tokio::spawn(async move {
            let told = schemas.fetch(&key).await;
            schemas.asking.lock().remove(&key);
            // Whoever waited may have gone.
            let _ = tell.send(Some(told));
        });
        Some(answer)
    }

    async fn fetch(&self, key: &Key) -> Result<(), Arc<str>> {
        let moment = self.now();
        match timeout(PATIENCE, self.source.schema(&key.0, key.1)).await {
            Ok(Ok(registered)) => {
                self.learn(key, &registered, moment);
                Ok(())
            }
            Ok(Err(SourceError::NotFound)) => {
                // A permanently deleted schema is no longer known either.
                self.known.write().remove(key);
                self.absent.lock().insert(key.clone(), moment.revision);
                Ok(())
            }
            Ok(Err(SourceError::Unavailable(reason))) => Err(reason.into()),
            Err(_) => Err("the registry did not answer".into()),
        }
    }

    fn learn(&self, key: &Key, registered: &Registered, asked: Moment) {
        let subjects = registered.usages.iter().map(|(subject, _)| subject.clone()).collect();
        let usages = Arc::new(Usages { asked, subjects, believed_until: None });
        if let Some(known) = self.known.read().get(key) {
            known.usages.store(usages);
            return;
        }
        let known = Arc::new(Known::compile(registered, usages));
        if let Some(reason) = known.validator.as_ref().ok().and_then(Validator::slow_because) {
            self.slow.add(1, &[]);
            tracing::info!(schema.id = known.id.0, reason, "payloads of a schema are checked in the slower form");
        }
        let mut all = self.known.write();
        if all.len() >= MOST_KNOWN {
            all.clear();
        }
        all.insert(key.clone(), known);
    }
}

async fn wait(mut answer: watch::Receiver<Answer>, deadline: Instant) -> Result<(), Arc<str>> {
    match timeout_at(deadline, answer.wait_for(Option::is_some)).await {
        Ok(Ok(told)) => told.clone().unwrap_or(Ok(())),
        Ok(Err(_)) => Err("the lookup ended early".into()),
        Err(_) => Err("the registry did not answer in time".into()),
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schemas").field("known", &self.known.read().len()).finish_non_exhaustive()
    }
}

impl Known {
    fn compile(registered: &Registered, usages: Arc<Usages>) -> Self {
        let parsed = parse(registered.kind, &registered.text, &registered.references, Strictness::Lenient);
        let (validator, record_names) = match parsed {
            Ok(schema) => {
                let validator = schema.validator();
                (validator.is_usable().map(|()| validator), schema.record_names())
            }
            Err(malformed) => (Err(malformed.to_string()), Vec::new()),
        };
        Self { id: registered.id, validator, record_names, usages: ArcSwap::new(usages) }
    }
}

impl Absent {
    /// Whether the registry, no older than `revision`, lately did not have this schema.
    fn holds(&mut self, key: &Key, revision: u64) -> bool {
        self.move_to(revision);
        self.since.get(key).is_some_and(|since| since.elapsed() < ABSENT_FOR)
    }

    fn insert(&mut self, key: Key, revision: u64) {
        self.move_to(revision);
        if self.since.len() >= MOST_ABSENT {
            self.since.clear();
        }
        // An answer that is older than what others have seen since says nothing about now.
        if self.revision == revision {
            self.since.insert(key, Instant::now());
        }
    }

    fn move_to(&mut self, revision: u64) {
        if self.revision < revision {
            self.since.clear();
            self.revision = revision;
        }
    }
}

#[cfg(test)]
mod tests;
