//! What becomes of lineage that others declare? It is read, joined with what comes at the same time, and told to be taken
//! only once it is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use tidegate_lineage::graph::Node;
use tidegate_lineage::{ClusterNames, openlineage};
use tidegate_store::DeclaredEvent;
use tidegate_store::declared::{Additions, Known, packed};
use tokio::sync::{Mutex, Semaphore, oneshot};

use crate::graph::mirror::Touched;
use crate::lanes::Lane;
use crate::model::now;
use crate::retry::retrying;
use crate::{Error, Registry, Result};

/// How many bytes of events are worked on at the same time. Who comes beyond that waits.
const ROOM: usize = 64 << 20;
/// Events are counted in pieces of this size.
const PIECE: usize = 1 << 10;
/// Larger ones are read where they hold nobody up.
const QUICK: usize = 64 << 10;
/// How often old events are looked for, and how many go at once.
const FORGET_INTERVAL: i64 = 60_000;
const FORGET_AT_ONCE: u32 = 1_000;

/// What holds for declared lineage.
#[derive(Debug, Clone)]
pub struct DeclaredRules {
    /// The Kafka clusters whose topics are spoken of.
    pub clusters: ClusterNames,
    /// How long events and runs are kept.
    pub keep_events: Duration,
    /// How long the history of edges is kept by hours, and by days.
    pub keep_hours: Duration,
    pub keep_days: Duration,
}

/// What came of an event.
#[derive(Debug)]
pub enum Declared {
    /// It is kept, and what it declares is part of the graph.
    Taken,
    /// It can't be used, for this reason. Sent again, it will be refused again.
    Refused(String),
    /// The store failed. Sent again, it may be taken.
    Failed(Error),
}

/// Where declared events gather.
#[derive(Debug)]
pub(crate) struct Declarations {
    lane: Lane<Waiting>,
    room: Arc<Semaphore>,
    /// Whoever writes has it.
    known: Mutex<Known>,
    pub(crate) rules: ArcSwap<DeclaredRules>,
    forgot_at: AtomicI64,
    pub(crate) forgot_history_at: AtomicI64,
}

/// An event as it was read, or why it was not.
type Read = std::result::Result<DeclaredEvent, openlineage::Unusable>;

#[derive(Debug)]
struct Waiting {
    event: DeclaredEvent,
    answer: oneshot::Sender<Result<()>>,
}

impl Default for DeclaredRules {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
        Self { clusters: ClusterNames::default(), keep_events: days(30), keep_hours: days(30), keep_days: days(400) }
    }
}

impl Declarations {
    pub(crate) fn new() -> Self {
        Self {
            lane: Lane::new(),
            room: Arc::new(Semaphore::new(ROOM / PIECE)),
            known: Mutex::default(),
            rules: ArcSwap::default(),
            forgot_at: AtomicI64::new(i64::MIN),
            forgot_history_at: AtomicI64::new(i64::MIN),
        }
    }
}

impl Registry {
    /// Says what holds for declared lineage from now on.
    pub fn set_declared_rules(&self, rules: DeclaredRules) {
        self.inner.declarations.rules.store(Arc::new(rules));
    }

    /// From now on a cluster also goes by the id that it told. It tells it again and again, so that nothing is kept.
    pub(crate) fn learn_cluster(&self, name: &str, id: &Arc<str>) {
        let mut rules = DeclaredRules::clone(&self.inner.declarations.rules.load());
        if rules.clusters.learn(name, id) {
            self.inner.declarations.rules.store(Arc::new(rules));
        }
    }

    /// Takes events in, each the text of an OpenLineage event. What came of each is told in their order, and what is taken
    /// is kept by then. The same event may come any number of times.
    pub async fn declare(&self, texts: Vec<String>) -> Result<Vec<Declared>> {
        let size = texts.iter().map(String::len).sum::<usize>().div_ceil(PIECE).clamp(1, ROOM / PIECE);
        let room = Arc::clone(&self.inner.declarations.room);
        let permits = u32::try_from(size).unwrap_or(u32::MAX);
        let seat = room.acquire_many_owned(permits).await.map_err(|_| Error::ShuttingDown)?;
        let events = self.read_events(texts, size * PIECE > QUICK).await?;
        let handed_in: Vec<_> = events.into_iter().map(|event| event.map(|event| self.hand_in(event))).collect();
        let mut told = Vec::with_capacity(handed_in.len());
        for event in handed_in {
            let outcome = match event {
                Err(reason) => Declared::Refused(reason.to_string()),
                Ok(answered) => match answered.await.unwrap_or(Err(Error::ShuttingDown)) {
                    Ok(()) => Declared::Taken,
                    Err(error) => Declared::Failed(error),
                },
            };
            self.inner.metrics.declared(match outcome {
                Declared::Taken => "taken",
                Declared::Refused(_) => "refused",
                Declared::Failed(_) => "failed",
            });
            told.push(outcome);
        }
        drop(seat);
        Ok(told)
    }

    async fn read_events(&self, texts: Vec<String>, is_much: bool) -> Result<Vec<Read>> {
        let rules = self.inner.declarations.rules.load_full();
        let reading = move || texts.iter().map(|text| read(text, &rules.clusters)).collect();
        if is_much {
            tokio::task::spawn_blocking(reading).await.map_err(|_| Error::ShuttingDown)
        } else {
            Ok(reading())
        }
    }

    fn hand_in(&self, event: DeclaredEvent) -> oneshot::Receiver<Result<()>> {
        let (answer, answered) = oneshot::channel();
        let registry = self.clone();
        self.inner.declarations.lane.hand_in(Waiting { event, answer }, move |batch| {
            let registry = registry.clone();
            async move { registry.keep_all(batch).await }
        });
        answered
    }

    /// One transaction for all that wait. If it fails, each goes by itself, so that one does not take the others along.
    async fn keep_all(&self, batch: Vec<Waiting>) {
        let events: Vec<_> = batch.iter().map(|waiting| &waiting.event).collect();
        match self.keep(&events).await {
            Ok(()) => batch.into_iter().for_each(|waiting| waiting.tell(Ok(()))),
            Err(error) if batch.len() > 1 && !is_about_the_database(&error) => {
                tracing::debug!(%error, events = batch.len(), "a batch of lineage events failed, and each goes by itself");
                for waiting in batch {
                    let kept = self.keep(&[&waiting.event]).await;
                    waiting.tell(kept);
                }
            }
            Err(Error::Store(error)) => {
                batch.into_iter().for_each(|waiting| waiting.tell(Err(Error::Store(error.clone()))));
            }
            Err(_) => batch.into_iter().for_each(|waiting| waiting.tell(Err(Error::ShuttingDown))),
        }
        self.forget_declared().await;
    }

    async fn keep(&self, events: &[&DeclaredEvent]) -> Result<()> {
        let mut known = self.inner.declarations.known.lock().await;
        let purges = self.store().purges();
        known.holds_at(purges);
        let additions = Additions::of(events, &known);
        let mirror = &self.inner.mirror;
        let touched = Touched::by_events(events, |entity| mirror.is_declared(&Node::of(entity)));
        let words = touched.words();
        let kept = retrying(|| async {
            let mut tx = self.store().write().await?;
            let unheeded = tx.add_declared(&additions, now()).await?;
            tx.tell_lineage(&words).await?;
            let (mirror, touched) = (Arc::clone(mirror), touched.clone());
            tx.commit_unrecorded_and(move |is_sure| mirror.changed(touched, is_sure)).await?;
            Ok(unheeded)
        });
        let unheeded = kept.await?;
        let lesson = additions.lesson(unheeded);
        if self.store().purges() == purges {
            known.learn(lesson);
        }
        Ok(())
    }

    /// Now and then, some of what is older than it is kept. It is no loss if that fails: the next time will come.
    async fn forget_declared(&self) {
        let Declarations { rules, forgot_at, .. } = &self.inner.declarations;
        let now = now();
        if now < forgot_at.load(Ordering::Relaxed).saturating_add(FORGET_INTERVAL) {
            return;
        }
        let kept = i64::try_from(rules.load().keep_events.as_millis()).unwrap_or(i64::MAX);
        let forgetting = async {
            let mut tx = self.store().write().await?;
            let has_more = tx.forget_declared(now.saturating_sub(kept), FORGET_AT_ONCE).await?;
            tx.commit_unrecorded().await?;
            Ok::<_, tidegate_store::Error>(has_more)
        };
        match forgetting.await {
            // What is left goes with the next events.
            Ok(true) => {}
            Ok(false) => forgot_at.store(now, Ordering::Relaxed),
            Err(error) => {
                forgot_at.store(now, Ordering::Relaxed);
                tracing::warn!(%error, "old lineage events can't be forgotten");
            }
        }
    }
}

impl Waiting {
    fn tell(self, outcome: Result<()>) {
        // Whoever asked may have gone.
        let _ = self.answer.send(outcome);
    }
}

/// Whether events by themselves would fare no better.
fn is_about_the_database(error: &Error) -> bool {
    use tidegate_store::Error as Store;
    matches!(error, Error::Store(Store::Unavailable(_) | Store::InDoubt(_)) | Error::ShuttingDown)
}

fn read(text: &str, clusters: &ClusterNames) -> Read {
    let openlineage::Told { declaration, text } = openlineage::read(text)?;
    let told = declaration.resolved(|namespace| clusters.canonical(namespace));
    let id = Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(DeclaredEvent { id, told, body: packed(&text) })
}
