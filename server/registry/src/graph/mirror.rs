//! What of lineage is held in memory, and how does it stay true?
//!
//! All that is known now is read once. From then on whoever changes something says what, on this node and on others, and that
//! is read again: soon, or at once when somebody asks and it is little. So what is in memory is what stands in the database,
//! whoever wrote it, and a change that came while something was read is read a second time. As long as there is no memory,
//! since it is being read or the other nodes can't be heard, the database is asked as it always may be.

mod reading;
mod touched;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tidegate_lineage::graph::memory::{Around, Counted};
use tidegate_lineage::graph::{Memory, Node};
use tidegate_lineage::{Applications, Named};
use tidegate_store::Word;
use tokio::sync::Notify;

use super::{Asking, Evidence};
use crate::{Registry, Result};
pub(crate) use touched::Touched;

/// How soon what was touched is read again where nobody asks.
const PAUSE: Duration = Duration::from_secs(2);
/// Whoever asks waits for so much to be read; for more of it they don't, and are told what was known until then.
const LITTLE: usize = 500;
/// How long it pauses at most while reading fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often this node speaks to hear whether it hears, and after how long it takes itself to be deaf.
const SPEAK: Duration = Duration::from_secs(10);
const DEAF: Duration = Duration::from_secs(30);
/// How often everything is read again where other nodes write as well: one of an older version may not say what it changes.
const AGAIN: Duration = Duration::from_secs(3_600);
/// So many topics and nodes are read at once.
const PIECE: usize = 1_000;

/// What is held in memory.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    /// Whether this process wants it at all.
    is_wanted: AtomicBool,
    held: RwLock<Option<Held>>,
    touched: Mutex<Touched>,
    /// How much of what was touched is being read. Changes under the lock of that only.
    reading: AtomicUsize,
    /// Held by whoever reads: of two readings the newer one has to stay.
    turn: tokio::sync::Mutex<()>,
    wake: Notify,
    /// Grows whenever other nodes may not have been heard.
    losses: AtomicU64,
    /// When this node last heard itself; `None` while it does not.
    heard: Mutex<Option<Instant>>,
    /// Whether a change of this node was in doubt: it may become real later, and then only its word tells.
    was_in_doubt: AtomicBool,
}

#[derive(Debug)]
struct Held {
    memory: Memory,
    /// Who was who when it was read: links go by the names of applications.
    applications: Applications,
}

impl Mirror {
    /// Notes what this node has changed, for sure or perhaps.
    pub(crate) fn changed(&self, touched: Touched, is_sure: bool) {
        if !is_sure {
            self.was_in_doubt.store(true, Ordering::Relaxed);
        }
        self.touch(touched);
    }

    /// Whether a job or a dataset is known to be declared, as far as memory reaches.
    pub(crate) fn is_declared(&self, node: &Node) -> bool {
        self.held.read().as_ref().is_some_and(|held| held.memory.is_declared(node))
    }

    /// Notes what is to be read again.
    fn touch(&self, touched: Touched) {
        if self.is_wanted.load(Ordering::Relaxed) {
            self.touched.lock().add(touched);
        }
    }

    /// How many topics and nodes are not yet in memory as they are now.
    fn waiting(&self) -> usize {
        let touched = self.touched.lock();
        touched.len() + self.reading.load(Ordering::Acquire)
    }

    /// Takes out at most so much. Everything at once is nothing to take out on the way.
    fn take(&self, is_everything_wanted: bool) -> Taken<'_> {
        let mut touched = self.touched.lock();
        let taken = match touched.is_all && !is_everything_wanted {
            true => Touched::default(),
            false => touched.take(PIECE),
        };
        self.reading.store(taken.len(), Ordering::Release);
        Taken { mirror: self, touched: taken }
    }

    fn hear(&self, word: Word<'_>) {
        match word {
            // That it listens does not say that it hears: a pooler may keep words to itself. It speaks, and waits for its echo.
            Word::Listening => self.wake.notify_one(),
            Word::Lost => self.lose(),
            Word::Changed(word) => match Touched::read(word) {
                Some((author, touched)) if author == touched::author() => {
                    let is_news = self.heard.lock().replace(Instant::now()).is_none();
                    if is_news {
                        self.touch(Touched::everything());
                        self.wake.notify_one();
                    } else if self.was_in_doubt.load(Ordering::Relaxed) {
                        self.touch(touched);
                    }
                }
                Some((_, touched)) => self.touch(touched),
                None => tracing::debug!("another node says in unknown words what it changed in lineage"),
            },
        }
    }

    /// Lets go of what is held: other nodes are not heard.
    fn lose(&self) {
        *self.heard.lock() = None;
        self.losses.fetch_add(1, Ordering::AcqRel);
        *self.held.write() = None;
    }
}

impl Registry {
    /// Holds all that is known now of lineage in memory. Never ends; to be dropped when the server stops.
    pub async fn hold_lineage(&self) {
        let mirror = Arc::clone(&self.inner.mirror);
        mirror.is_wanted.store(true, Ordering::Relaxed);
        if self.is_shared() {
            let ear = Arc::clone(&mirror);
            self.store().hear_lineage(move |word| ear.hear(word));
        } else {
            mirror.touch(Touched::everything());
        }
        let (mut read, mut pause) = (Instant::now(), PAUSE);
        loop {
            if self.is_shared() {
                self.listen_to_oneself().await;
                if read.elapsed() >= AGAIN {
                    read = Instant::now();
                    mirror.touch(Touched::everything());
                }
            }
            pause = match self.settle_lineage().await {
                Ok(()) => PAUSE,
                Err(error) => {
                    tracing::warn!(%error, "lineage can't be read into memory now; the database is asked meanwhile");
                    LONGEST_PAUSE.min(pause * 2)
                }
            };
            let (links, bytes) =
                mirror.held.read().as_ref().map(|held| (held.memory.links(), held.memory.bytes())).unwrap_or_default();
            self.inner.metrics.held(links, bytes);
            let _ = tokio::time::timeout(pause, mirror.wake.notified()).await;
        }
    }

    /// Speaks, now and then, and sees whether that is heard: a connection may be dead without anybody being told.
    async fn listen_to_oneself(&self) {
        let mirror = &self.inner.mirror;
        let heard = *mirror.heard.lock();
        let silence = heard.map(|heard| heard.elapsed());
        if silence.is_some_and(|silence| silence >= DEAF) {
            tracing::warn!("other nodes are not heard; the database is asked for lineage until they are");
            mirror.lose();
        }
        if silence.is_none_or(|silence| silence >= SPEAK)
            && let Err(error) = self.store().say_lineage(touched::echo()).await
        {
            tracing::debug!(%error, "nothing can be said to other nodes");
        }
    }

    /// What lies around a node now; `None` where it has to be looked for in the database. Whoever calls it holds no connection.
    pub(super) async fn held_around(&self, start: &Node, asking: &Asking, who: &Applications) -> Option<Surrounded> {
        let mirror = &self.inner.mirror;
        let is_held = mirror.held.read().as_ref().map(|held| held.applications == *who)?;
        if !is_held {
            // Names may be others now. What is held goes by the old ones.
            *mirror.held.write() = None;
            mirror.touch(Touched::everything());
            mirror.wake.notify_one();
            return None;
        }
        if (1..=LITTLE).contains(&mirror.waiting())
            && let Err(error) = self.settle_little().await
        {
            tracing::debug!(%error, "what was touched can't be read now, and the database is asked");
            return None;
        }
        let held = mirror.held.read();
        held.as_ref().map(|held| {
            let Evidence { is_declared, is_observed } = asking.evidence;
            let counted = Counted { declared: is_declared, observed: is_observed };
            let around = held.memory.around(start, asking.limits, counted);
            let about = around.graph.nodes.keys();
            let about = about.map(|node| (held.memory.owners(node), held.memory.also(node))).collect();
            Surrounded { around, about }
        })
    }

    /// Reads all that was touched again.
    async fn settle_lineage(&self) -> Result<()> {
        let mirror = &self.inner.mirror;
        loop {
            let _turn = mirror.turn.lock().await;
            let (is_held, losses) = (mirror.held.read().is_some(), mirror.losses.load(Ordering::Acquire));
            let taken = mirror.take(true);
            match &taken.touched {
                touched if touched.is_empty() => return Ok(()),
                Touched { is_all: true, .. } => self.read_whole(losses).await?,
                // It will be read with everything else.
                _ if !is_held => {}
                touched => self.read_again(touched).await?,
            }
            taken.done();
        }
    }

    /// Reads what was touched until now, once. What is touched meanwhile is for those who ask later.
    async fn settle_little(&self) -> Result<()> {
        let mirror = &self.inner.mirror;
        let _turn = mirror.turn.lock().await;
        if mirror.held.read().is_none() {
            return Ok(());
        }
        let taken = mirror.take(false);
        if !taken.touched.is_empty() {
            self.read_again(&taken.touched).await?;
        }
        taken.done();
        Ok(())
    }

    async fn read_whole(&self, losses: u64) -> Result<()> {
        let begun = Instant::now();
        let who = self.applications().await?;
        let memory = reading::whole(self.store(), &self.clusters(), &who).await?;
        let (links, kib) = (memory.links(), memory.bytes() / 1024);
        let mirror = &self.inner.mirror;
        let mut held = mirror.held.write();
        if mirror.losses.load(Ordering::Acquire) == losses {
            *held = Some(Held { memory, applications: who });
            drop(held);
            let took = begun.elapsed().as_millis();
            tracing::debug!(links, kib, took, "lineage is held in memory");
        }
        Ok(())
    }

    async fn read_again(&self, touched: &Touched) -> Result<()> {
        let mirror = &self.inner.mirror;
        let Some(who) = mirror.held.read().as_ref().map(|held| held.applications.clone()) else { return Ok(()) };
        let mut session = self.store().read().await?;
        let topics = reading::topics(&mut session, touched, &self.clusters(), &who).await?;
        let nodes = reading::nodes(&mut session, touched).await?;
        drop(session);
        if let Some(Held { memory, .. }) = mirror.held.write().as_mut() {
            topics.iter().for_each(|topic| topic.put(memory));
            nodes.put(memory);
        }
        Ok(())
    }
}

/// What is being read. Where that fails, or whoever reads goes away, it still has to be read.
struct Taken<'a> {
    mirror: &'a Mirror,
    touched: Touched,
}

impl Taken<'_> {
    fn done(mut self) {
        self.touched = Touched::default();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut touched = self.mirror.touched.lock();
        touched.add(std::mem::take(&mut self.touched));
        self.mirror.reading.store(0, Ordering::Release);
    }
}

/// What lies around a node, with owners and other names of each of its nodes, in their order.
pub(super) struct Surrounded {
    pub(super) around: Around,
    pub(super) about: Vec<(Vec<Arc<str>>, BTreeSet<Named>)>,
}
