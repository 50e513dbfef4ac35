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
use crate::applications::applications;
use crate::{Registry, Result};
pub(crate) use touched::Touched;

/// How soon what was touched is read again where nobody asks.
const PAUSE: Duration = Duration::from_secs(2);
/// Whoever asks waits for so much to be read; for more of it they don't, and are told what was known until then.
const LITTLE: usize = 500;
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
}

#[derive(Debug)]
struct Held {
    memory: Memory,
    /// Who was who when it was read: links go by the names of applications.
    applications: Applications,
}

impl Mirror {
    /// Notes what is to be read again.
    pub(crate) fn touch(&self, touched: Touched) {
        if self.is_wanted.load(Ordering::Relaxed) {
            self.touched.lock().add(touched);
        }
    }

    /// Whether a job or a dataset is known to be declared, as far as memory reaches.
    pub(crate) fn is_declared(&self, node: &Node) -> bool {
        self.held.read().as_ref().is_some_and(|held| held.memory.is_declared(node))
    }

    /// How many topics and nodes are not yet in memory as they are now.
    fn waiting(&self) -> usize {
        let touched = self.touched.lock();
        touched.len() + self.reading.load(Ordering::Acquire)
    }

    fn take(&self) -> Taken<'_> {
        let mut touched = self.touched.lock();
        let taken = touched.take(PIECE);
        self.reading.store(taken.len(), Ordering::Release);
        Taken { mirror: self, touched: taken }
    }

    fn hear(&self, word: Word<'_>) {
        match word {
            Word::Listening => {
                self.touch(Touched::everything());
                self.wake.notify_one();
            }
            Word::Lost => {
                self.losses.fetch_add(1, Ordering::AcqRel);
                *self.held.write() = None;
                self.wake.notify_one();
            }
            Word::Changed(word) => match Touched::read(word) {
                Some((author, _)) if author == touched::author() => {}
                Some((_, touched)) => self.touch(touched),
                None => tracing::debug!("another node says in unknown words what it changed in lineage"),
            },
        }
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
            mirror.hear(Word::Listening);
        }
        loop {
            if let Err(error) = self.settle_lineage().await {
                tracing::debug!(%error, "lineage can't be read into memory now; the database is asked meanwhile");
            }
            let (links, bytes) =
                mirror.held.read().as_ref().map(|held| (held.memory.links(), held.memory.bytes())).unwrap_or_default();
            self.inner.metrics.held(links, bytes);
            let _ = tokio::time::timeout(PAUSE, mirror.wake.notified()).await;
        }
    }

    /// What lies around a node now; `None` where it has to be looked for in the database.
    pub(super) async fn held_around(
        &self,
        start: &Node,
        asking: &Asking,
        who: &Applications,
    ) -> Result<Option<Surrounded>> {
        let mirror = &self.inner.mirror;
        let is_held = mirror.held.read().as_ref().map(|held| held.applications == *who);
        match is_held {
            None => return Ok(None),
            Some(false) => {
                // Names may be others now. What is held goes by the old ones.
                *mirror.held.write() = None;
                mirror.touch(Touched::everything());
                mirror.wake.notify_one();
                return Ok(None);
            }
            Some(true) => {}
        }
        if (1..=LITTLE).contains(&mirror.waiting()) {
            self.settle_lineage().await?;
        }
        let held = mirror.held.read();
        Ok(held.as_ref().map(|held| {
            let Evidence { is_declared, is_observed } = asking.evidence;
            let counted = Counted { declared: is_declared, observed: is_observed };
            let around = held.memory.around(start, asking.limits, counted);
            let about = around.graph.nodes.keys();
            let about = about.map(|node| (held.memory.owners(node), held.memory.also(node))).collect();
            Surrounded { around, about }
        }))
    }

    /// Reads all that was touched again.
    async fn settle_lineage(&self) -> Result<()> {
        let mirror = &self.inner.mirror;
        let _turn = mirror.turn.lock().await;
        loop {
            let (is_held, losses) = (mirror.held.read().is_some(), mirror.losses.load(Ordering::Acquire));
            let taken = mirror.take();
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

    async fn read_whole(&self, losses: u64) -> Result<()> {
        let begun = Instant::now();
        let who = applications(&mut self.store().read().await?).await?;
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
        let mut session = self.store().read().await?;
        let edges = reading::edges(&mut session, touched).await?;
        let nodes = reading::nodes(&mut session, touched).await?;
        let clusters = self.clusters();
        let mut held = self.inner.mirror.held.write();
        if let Some(Held { memory, applications }) = held.as_mut() {
            for topic in &edges {
                reading::put_topic(memory, topic, &clusters, applications);
            }
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
