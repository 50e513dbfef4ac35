//! When does what the proxy counted leave it? Every few seconds, and once more at the end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::metrics::Counter;
use tidegate_lineage::{Blotter, Observation, Offences, Recorder, Survey};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::live;
use crate::metrics::{LINEAGE_DROPPED, LINEAGE_FLUSH_FAILURES, VIOLATIONS_DROPPED};

/// How many observations go in one call. A failure loses no more than this to a repeated count.
const CHUNK: usize = 1_000;
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where observations go.
pub(super) trait Sink: Send + Sync + 'static {
    /// Takes all of them or none.
    fn accept(&self, observations: &[Observation]) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// The same for rules that records broke.
    fn accept_offences(&self, offences: &[Offences]) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// The same for what a cluster told of itself.
    fn accept_survey(&self, survey: &Survey) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Whether somebody watches what comes, and would rather not wait for it.
    fn is_watched(&self) -> bool {
        false
    }
}

/// Why observations were not taken. They are kept and offered again.
#[derive(Debug)]
pub(super) struct SinkError(pub(super) String);

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is counted until it is flushed.
#[derive(Clone)]
pub struct Counted {
    pub recorder: Arc<Recorder>,
    pub blotter: Arc<Blotter>,
}

impl Counted {
    async fn flush(&self, sink: &impl Sink) -> Result<(), SinkError> {
        let lineage = flush(&self.recorder, sink).await;
        let offences = flush_offences(&self.blotter, sink).await;
        lineage.and(offences)
    }
}

/// A task that empties what was counted.
pub struct Flusher {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Flusher {
    #[expect(private_bounds, reason = "sinks are made here only")]
    pub fn start(counted: Counted, sink: impl Sink, every: Duration) -> Self {
        count_dropped(&counted);
        let stop = CancellationToken::new();
        let failures = global::meter("tidegate")
            .u64_counter(LINEAGE_FLUSH_FAILURES.0)
            .with_description(LINEAGE_FLUSH_FAILURES.2)
            .build();
        let task = tokio::spawn(run(counted, sink, every.max(Duration::from_millis(10)), stop.clone(), failures));
        Self { task, stop }
    }

    /// Flushes what has gathered and ends.
    pub async fn finish(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "lineage was not flushed");
        }
    }
}

async fn run(counted: Counted, sink: impl Sink, every: Duration, stop: CancellationToken, failures: Counter<u64>) {
    let pace = every.min(live::TICK);
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut was_failing, mut flushed) = (false, Instant::now());
    loop {
        let is_last = tokio::select! {
            () = stop.cancelled() => true,
            _ = ticks.tick() => false,
        };
        let is_due = flushed.elapsed() + pace / 2 >= every;
        if !is_last && !is_due && !sink.is_watched() {
            continue;
        }
        flushed = Instant::now();
        let outcome = counted.flush(&sink).await;
        if let Err(error) = &outcome {
            failures.add(1, &[]);
            if !was_failing || is_last {
                tracing::warn!(%error, "lineage could not be written; it is kept and tried again");
            }
        }
        was_failing = outcome.is_err();
        if is_last {
            return;
        }
    }
}

async fn flush(recorder: &Recorder, sink: &impl Sink) -> Result<(), SinkError> {
    let mut rest = recorder.drain();
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CHUNK));
        let outcome = match timeout(PATIENCE, sink.accept(&rest)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SinkError(format!("no answer within {} s", PATIENCE.as_secs()))),
        };
        if let Err(error) = outcome {
            recorder.restore(rest);
            recorder.restore(later);
            return Err(error);
        }
        rest = later;
    }
    Ok(())
}

async fn flush_offences(blotter: &Blotter, sink: &impl Sink) -> Result<(), SinkError> {
    let mut rest = blotter.drain();
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CHUNK));
        let outcome = match timeout(PATIENCE, sink.accept_offences(&rest)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SinkError(format!("no answer within {} s", PATIENCE.as_secs()))),
        };
        if let Err(error) = outcome {
            blotter.restore(rest);
            blotter.restore(later);
            return Err(error);
        }
        rest = later;
    }
    Ok(())
}

fn count_dropped(counted: &Counted) {
    let (recorder, blotter) = (Arc::downgrade(&counted.recorder), Arc::downgrade(&counted.blotter));
    let _instrument = global::meter("tidegate")
        .u64_observable_counter(VIOLATIONS_DROPPED.0)
        .with_description(VIOLATIONS_DROPPED.2)
        .with_callback(move |observer| {
            if let Some(blotter) = blotter.upgrade() {
                observer.observe(blotter.dropped(), &[]);
            }
        })
        .build();
    let _instrument = global::meter("tidegate")
        .u64_observable_counter(LINEAGE_DROPPED.0)
        .with_description(LINEAGE_DROPPED.2)
        .with_callback(move |observer| {
            if let Some(recorder) = recorder.upgrade() {
                observer.observe(recorder.dropped(), &[]);
            }
        })
        .build();
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use parking_lot::Mutex;
    use tidegate_lineage::{Edge, EdgeKey, Identity, Tally, TopicRef};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory {
        is_broken: Arc<AtomicBool>,
        taken: Arc<Mutex<Vec<Observation>>>,
        offences: Arc<Mutex<Vec<Offences>>>,
    }

    impl Sink for Memory {
        async fn accept(&self, observations: &[Observation]) -> Result<(), SinkError> {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(SinkError("broken".into()));
            }
            self.taken.lock().extend_from_slice(observations);
            Ok(())
        }

        async fn accept_offences(&self, offences: &[Offences]) -> Result<(), SinkError> {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(SinkError("broken".into()));
            }
            self.offences.lock().extend_from_slice(offences);
            Ok(())
        }

        async fn accept_survey(&self, _: &Survey) -> Result<(), SinkError> {
            Ok(())
        }
    }

    fn add(recorder: &Recorder, topic: &str) {
        let key = EdgeKey {
            identity: Arc::new(Identity::default()),
            topic: TopicRef { cluster: "c".into(), topic: topic.into() },
            edge: Edge::Produces { schema: None },
        };
        recorder.add(&key, Tally { records: 2, bytes: 20, refused: 0 }, 1);
    }

    #[tokio::test]
    async fn what_a_broken_sink_refused_arrives_once_it_works() {
        let recorder = Recorder::new(10_000);
        let sink = Memory::default();
        sink.is_broken.store(true, Ordering::SeqCst);
        for topic in 0..CHUNK + 10 {
            add(&recorder, &topic.to_string());
        }
        assert!(flush(&recorder, &sink).await.is_err());
        assert!(sink.taken.lock().is_empty());
        sink.is_broken.store(false, Ordering::SeqCst);
        flush(&recorder, &sink).await.unwrap();
        let taken = sink.taken.lock();
        assert_eq!(taken.len(), CHUNK + 10);
        assert!(taken.iter().all(|seen| seen.records == 2));
    }

    #[tokio::test]
    async fn the_last_flush_happens_at_the_end() {
        let recorder = Arc::new(Recorder::new(100));
        let sink = Memory::default();
        let blotter = Arc::new(Blotter::new(100));
        let counted = Counted { recorder: Arc::clone(&recorder), blotter: Arc::clone(&blotter) };
        let flusher = Flusher::start(counted, sink.clone(), Duration::from_secs(3600));
        tokio::task::yield_now().await;
        add(&recorder, "late");
        blotter.add(offence(), (3, 1), 5, None);
        flusher.finish().await;
        assert_eq!((sink.taken.lock().len(), sink.offences.lock().len()), (1, 1));
    }

    #[tokio::test]
    async fn offences_that_a_broken_sink_refused_arrive_once_it_works() {
        let blotter = Blotter::new(100);
        let sink = Memory::default();
        sink.is_broken.store(true, Ordering::SeqCst);
        blotter.add(offence(), (3, 1), 5, None);
        assert!(flush_offences(&blotter, &sink).await.is_err());
        sink.is_broken.store(false, Ordering::SeqCst);
        flush_offences(&blotter, &sink).await.unwrap();
        assert_eq!(sink.offences.lock()[0].records, 3);
    }

    fn offence() -> tidegate_lineage::Offence {
        tidegate_lineage::Offence {
            topic: TopicRef { cluster: "c".into(), topic: "orders".into() },
            client_id: "shop".into(),
            principal: "".into(),
            rule: "positive".into(),
            path: "".into(),
            reason: "id > 0".into(),
        }
    }
}
