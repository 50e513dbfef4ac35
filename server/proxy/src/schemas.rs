//! Which schema stands behind this id? A cache of validators over the one thing that the proxy asks of the world.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ahash::HashMap;
use arc_swap::ArcSwap;
use opentelemetry::metrics::Counter;
use parking_lot::{Mutex, RwLock};
use tidegate_compat::rules::Rules;
use tidegate_compat::{
    ContextName, Contract, Parsed, Payload, Resolved, SchemaId, SchemaKey, SchemaKind, Sketch, Strictness, SubjectName,
    Validator, Version, VersionSpec, parse,
};
use tidegate_lineage::{Millis, SampleField};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::ledger::now;
use crate::metrics::slow_schemas;
use crate::policy::{Part, Policies, SubjectNaming};
use crate::sample::Mask;

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
    fn latest<'a>(&'a self, subject: &'a SubjectName) -> Boxed<'a, Result<Registered, SourceError>> {
        self.version(subject, VersionSpec::Latest)
    }

    /// A live version of a subject.
    fn version<'a>(
        &'a self,
        _subject: &'a SubjectName,
        _version: VersionSpec,
    ) -> Boxed<'a, Result<Registered, SourceError>> {
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

    /// The schemas under which records were seen on a cluster in the last day, those seen last first; at most so many.
    fn recent<'a>(
        &'a self,
        _cluster: &'a str,
        _most: usize,
    ) -> Boxed<'a, Result<Vec<(ContextName, SchemaId)>, SourceError>> {
        Box::pin(async { Ok(Vec::new()) })
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
    /// The rules of its contract that concern what is written; `None` if there are none.
    pub(crate) rules: Option<Rules>,
    /// What a payload without framing has instead of a header: the first message of a Protobuf file is meant.
    pub(crate) header_of_bare: Option<&'static [u8]>,
    contract: Contract,
    /// `None` if the text can't be read.
    schema: Option<Parsed>,
    /// Made when a record is to be shown.
    mask: OnceLock<Mask>,
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
    pub(crate) now: Millis,
}

/// What the registry is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Sought {
    /// A schema by its name.
    Schema(SchemaKey),
    /// The latest version of a subject, for records that name no schema.
    Latest(SubjectName),
    /// The subjects that are associated with a part of a topic's records.
    Associated(Arc<str>, Part),
}

impl From<SchemaKey> for Sought {
    fn from(key: SchemaKey) -> Self {
        Self::Schema(key)
    }
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
    /// Records name no schema, and their subject has none.
    Schemaless(Arc<str>),
    /// It belongs to the subject, but this engine can't check payloads by it.
    Unreadable(Arc<Known>),
    /// The registry has to be asked first.
    Unasked(Sought),
}

/// What a policy asks of one part of one topic's records.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) context: &'a ContextName,
    pub(crate) naming: &'a SubjectNaming,
    pub(crate) topic: &'a Arc<str>,
    pub(crate) part: Part,
}

type Key = (ContextName, Sought);

/// The part of a topic that subjects are associated with.
type Place = (Arc<str>, Part);

/// Which subjects are associated with a place.
#[derive(Debug, Clone)]
struct Associated {
    asked: Moment,
    subjects: Arc<[SubjectName]>,
    believed_until: Option<Instant>,
}
type Answer = Option<Result<(), Arc<str>>>;

/// The cache. Shared by all sessions.
pub(crate) struct Schemas {
    source: Arc<dyn SchemaSource>,
    known: RwLock<HashMap<Key, Arc<Known>>>,
    associated: RwLock<HashMap<Place, Associated>>,
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
            associated: RwLock::default(),
            absent: Mutex::default(),
            asking: Mutex::default(),
            deadline,
            slow: slow_schemas(),
        }
    }

    pub(crate) fn source(&self) -> &dyn SchemaSource {
        &*self.source
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { revision: self.source.revision(), at: Instant::now(), now: now() }
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
        let full = (question.context.clone(), Sought::Schema(key));
        let known = self.known.read().get(&full).cloned();
        let Some(known) = known else {
            let is_absent = self.absent.lock().holds(&full, moment.revision);
            return if is_absent { Standing::Absent } else { Standing::Unasked(full.1) };
        };
        let usages = known.usages.load();
        if !moment.believes(usages.asked, usages.believed_until) {
            return Standing::Unasked(full.1);
        }
        let subjects = match self.subjects(question, &known.record_names, moment) {
            Ok(subjects) => subjects,
            Err(sought) => return Standing::Unasked(sought),
        };
        let Some(subject) = subjects.first() else {
            return Standing::Nameless(known.id);
        };
        if !usages.subjects.iter().any(|held| subjects.contains(held)) {
            if usages.asked.at < moment.at {
                return Standing::Unasked(full.1);
            }
            return Standing::Foreign { id: known.id, subject: subject.to_string().into() };
        }
        if known.validator.is_ok() { Standing::Good(known) } else { Standing::Unreadable(known) }
    }

    /// What is known of the schema of records that name none: the latest version of their subject.
    pub(crate) fn bare(&self, question: &Question<'_>, moment: Moment) -> Standing {
        let subject = match self.subjects(question, &[], moment) {
            Ok(subjects) => subjects.into_iter().next(),
            Err(sought) => return Standing::Unasked(sought),
        };
        let Some(subject) = subject else { return Standing::Absent };
        let name = subject.to_string();
        let full = (question.context.clone(), Sought::Latest(subject));
        let known = self.known.read().get(&full).cloned();
        match known {
            None if self.absent.lock().holds(&full, moment.revision) => Standing::Schemaless(name.into()),
            None => Standing::Unasked(full.1),
            Some(known) => {
                let usages = known.usages.load();
                match moment.believes(usages.asked, usages.believed_until) {
                    false => Standing::Unasked(full.1),
                    true if known.validator.is_ok() => Standing::Good(Arc::clone(&known)),
                    true => Standing::Unreadable(Arc::clone(&known)),
                }
            }
        }
    }

    /// The subjects to one of which a schema must belong, or what must be asked for to know them.
    fn subjects(
        &self,
        question: &Question<'_>,
        record_names: &[String],
        moment: Moment,
    ) -> Result<Vec<SubjectName>, Sought> {
        if *question.naming == SubjectNaming::Associated {
            let place = (Arc::clone(question.topic), question.part);
            match self.associated.read().get(&place) {
                Some(known) if moment.believes(known.asked, known.believed_until) => {
                    if !known.subjects.is_empty() {
                        return Ok(known.subjects.to_vec());
                    }
                }
                _ => return Err(Sought::Associated(place.0, place.1)),
            }
        }
        let names = question.naming.subjects(question.topic, question.part, record_names);
        Ok(names.iter().map(|name| SubjectName::new(question.context.clone(), name)).collect())
    }

    /// A schema that was met, by its id: however records name it.
    pub(crate) fn known(&self, context: &ContextName, id: SchemaId) -> Option<Arc<Known>> {
        let known = self.known.read();
        let named = known.get(&(context.clone(), Sought::Schema(SchemaKey::Id(id))));
        let other = || known.iter().find(|((other, _), known)| other == context && known.id == id);
        named.or_else(|| other().map(|(_, known)| known)).cloned()
    }

    /// Asks the registry for schemas, for each once however many wait for it, until `deadline`. What it says is in the
    /// cache afterwards; returned are those that it could not be asked for, and why.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        context: &ContextName,
        sought: &[Sought],
        deadline: Instant,
    ) -> Vec<(Sought, Arc<str>)> {
        let lookups: Vec<_> =
            sought.iter().map(|key| (key.clone(), self.join((context.clone(), key.clone())))).collect();
        let mut unavailable = Vec::new();
        for (key, lookup) in lookups {
            let told = match lookup {
                Some(answer) => wait(answer, deadline).await,
                None => Err("too many schemas are being looked up".into()),
            };
            let Err(reason) = told else { continue };
            let key = (context.clone(), key);
            self.go_on_believing(&key);
            unavailable.push((key.1, reason));
        }
        unavailable
    }

    /// While the registry can't be asked, what it said last of a schema's subjects goes on to count, so that an outage does
    /// not stop producers who do nothing new. That something is *not* of a subject is not believed any longer.
    fn go_on_believing(&self, key: &Key) {
        if let Sought::Associated(topic, part) = &key.1 {
            if let Some(known) = self.associated.write().get_mut(&(Arc::clone(topic), *part)) {
                known.believed_until = Some(Instant::now() + BELIEVED_FOR);
            }
            return;
        }
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
        let asked = async {
            match &key.1 {
                Sought::Schema(name) => self.source.schema(&key.0, *name).await.map(Some),
                Sought::Latest(subject) => self.source.latest(subject).await.map(Some),
                Sought::Associated(topic, part) => {
                    let subjects = self.source.associated(topic, *part).await?;
                    self.associate((Arc::clone(topic), *part), subjects, moment);
                    Ok(None)
                }
            }
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(registered))) => {
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

    fn associate(&self, place: Place, subjects: Vec<SubjectName>, asked: Moment) {
        let mut all = self.associated.write();
        if all.len() >= MOST_KNOWN {
            all.clear();
        }
        all.insert(place, Associated { asked, subjects: subjects.into(), believed_until: None });
    }

    fn learn(&self, key: &Key, registered: &Registered, asked: Moment) {
        let subjects = registered.usages.iter().map(|(subject, _)| subject.clone()).collect();
        let usages = Arc::new(Usages { asked, subjects, believed_until: None });
        if let Some(known) = self.known.read().get(key)
            && known.is_still(registered)
        {
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

/// The rules of a contract, if it has anything to say about what is written.
fn compiled(schema: &Parsed, contract: &Contract) -> Option<Rules> {
    let rules = Rules::compile(schema, contract);
    let is_silent = rules.is_empty() && rules.left_to_client().is_empty() && rules.not_checkable().is_empty();
    (!is_silent).then_some(rules)
}

impl Moment {
    /// Whether an answer still holds at this moment.
    fn believes(self, asked: Self, believed_until: Option<Instant>) -> bool {
        self.revision <= asked.revision || believed_until.is_some_and(|until| self.at < until)
    }
}

impl Known {
    /// Whether payloads are encrypted as a whole, so that only what they name can be checked.
    #[inline]
    pub(crate) fn is_opaque(&self) -> bool {
        self.rules.as_ref().is_some_and(Rules::is_opaque)
    }

    /// The fields of a payload, masked, and the same as a tree, with what is wrong in it.
    pub(crate) fn masked(
        &self,
        mut payload: Payload<'_>,
        faults: &[(&str, &str)],
    ) -> (Vec<SampleField>, Option<Sketch>) {
        let (Some(schema), Ok(validator)) = (&self.schema, &self.validator) else { return (Vec::new(), None) };
        if payload.header.is_some_and(<[u8]>::is_empty) && self.header_of_bare.is_some() {
            payload.header = self.header_of_bare;
        }
        let mask = self.mask.get_or_init(|| Mask::of(schema, validator, &self.contract));
        (mask.fields(payload), Some(mask.tree(payload, faults)))
    }

    /// Whether what was compiled is still what the registry says. The latest version of a subject may be another one, and
    /// a contract may have changed.
    fn is_still(&self, registered: &Registered) -> bool {
        self.id == registered.id && self.contract == registered.contract
    }

    fn compile(registered: &Registered, usages: Arc<Usages>) -> Self {
        let parsed = parse(registered.kind, &registered.text, &registered.references, Strictness::Lenient);
        let contract = registered.contract.clone();
        let (schema, validator, rules, record_names) = match parsed {
            Ok(schema) => {
                let (validator, rules) = (schema.validator(), compiled(&schema, &contract));
                let names = schema.record_names();
                (Some(schema), validator.is_usable().map(|()| validator), rules, names)
            }
            Err(malformed) => (None, Err(malformed.to_string()), None, Vec::new()),
        };
        Self {
            id: registered.id,
            validator,
            rules,
            header_of_bare: (registered.kind == SchemaKind::Protobuf).then_some(&[0_u8] as &[u8]),
            contract,
            schema,
            mask: OnceLock::new(),
            record_names,
            usages: ArcSwap::new(usages),
        }
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
