//! How do others hear what proxies saw? As OpenLineage events, over HTTP or in a topic, behind bounded queues, so that nobody
//! here ever waits for them.
//!
//! One task makes events of what passes by, and one for each way sends them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::global;
use opentelemetry::metrics::Counter;
use tidegate_lineage::openlineage::emission::{Descriptions, Emission, Event};
use tidegate_lineage::{Applications, ClusterNames, Observation};
use tidegate_registry::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::LineageConfig;
use crate::live::Feed;
use crate::metrics::{LINEAGE_EMIT_DROPPED, LINEAGE_EMITTED, Metric};

mod http;
mod topic;

use http::Receiver;
pub use topic::EventTopic;

/// Who makes the events.
const PRODUCER: &str = concat!("https://github.com/tidegate/tidegate/tree/v", env!("CARGO_PKG_VERSION"));
/// How many reports of proxies may wait to be made events of.
const REPORTS: usize = 256;
/// How many schemas of topics are remembered as they were described.
const MOST_KNOWN: usize = 10_000;
/// How long the last events may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Tells others, until it is ended.
pub struct Emitter {
    making: JoinHandle<()>,
    sending: Vec<JoinHandle<()>>,
}

/// Makes events.
struct Maker {
    emission: Emission,
    registry: Registry,
    /// As they were declared when last asked.
    applications: Applications,
    /// Of what was written, as far as the registry was asked.
    known: Descriptions,
    ways: Vec<mpsc::Sender<Event>>,
    dropped: Counter<u64>,
}

impl Emitter {
    /// Tells of what passes by the feed, if the configuration says where to. What is written in a topic goes to `topic`.
    pub fn start(
        config: &LineageConfig,
        (registry, clusters): (Registry, ClusterNames),
        topic: Option<EventTopic>,
        feed: &Feed,
        stop: &CancellationToken,
    ) -> reqwest::Result<Option<Self>> {
        let (mut ways, mut sending) = (Vec::new(), Vec::new());
        if let Some(url) = &config.emit_url {
            let receiver = Receiver::new(url, config.emit_token.clone(), sent())?;
            let (way, waiting) = mpsc::channel(config.emit_capacity.max(1));
            ways.push(way);
            sending.push(tokio::spawn(http::send(receiver, waiting, stop.clone())));
        }
        if let Some(topic) = topic {
            let (way, waiting) = mpsc::channel(config.emit_capacity.max(1));
            ways.push(way);
            sending.push(tokio::spawn(topic::send(topic, waiting, LAST_WORDS)));
        }
        if ways.is_empty() {
            return Ok(None);
        }
        let dropped = counter(LINEAGE_EMIT_DROPPED);
        let every = config.emit_interval.max(Duration::from_millis(100));
        let millis = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let emission = Emission::new(PRODUCER.to_owned(), clusters, millis, || uuid::Uuid::new_v4().to_string());
        let (reports, seen) = mpsc::channel(REPORTS);
        let overflow = dropped.clone();
        feed.also_tell(move |observations| {
            if reports.try_send(Arc::from(observations)).is_err() {
                overflow.add(1, &[]);
            }
        });
        let (applications, known) = Default::default();
        let maker = Maker { emission, registry, applications, known, ways, dropped };
        Ok(Some(Self { making: tokio::spawn(maker.run(seen, every, stop.clone())), sending }))
    }

    /// Tells that all runs have ended, if that can be told soon. To be called when everything else has stopped.
    pub async fn finish(self) {
        let all = async {
            let _ = self.making.await;
            for sending in self.sending {
                let _ = sending.await;
            }
        };
        if timeout(LAST_WORDS, all).await.is_err() {
            tracing::warn!("the last OpenLineage events could not be sent");
        }
    }
}

impl Maker {
    /// Makes events of what passes by, every so often.
    async fn run(mut self, mut seen: mpsc::Receiver<Arc<[Observation]>>, every: Duration, stop: CancellationToken) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (made, is_last) = tokio::select! {
                observations = seen.recv() => {
                    let Some(observations) = observations else { return };
                    self.learn_applications(&stop).await;
                    self.emission.take(&observations, &self.applications);
                    continue;
                }
                _ = ticks.tick() => {
                    self.learn_what_was_written(&stop).await;
                    (self.emission.events(now(), &self.known), false)
                }
                () = stop.cancelled() => (self.emission.last_events(now(), &self.known), true),
            };
            let mut lost = self.emission.take_dropped();
            for event in made {
                lost += self.ways.iter().filter(|way| way.try_send(event.clone()).is_err()).count() as u64;
            }
            self.dropped.add(lost, &[]);
            if is_last {
                return;
            }
        }
    }

    /// What can't be asked stays as it was: who is at work is told all the same.
    async fn learn_applications(&mut self, stop: &CancellationToken) {
        let Some(found) = stop.run_until_cancelled(self.registry.applications()).await else { return };
        match found {
            Ok(applications) => self.applications = applications,
            Err(error) => tracing::warn!(%error, "OpenLineage events know of no new applications"),
        }
    }

    async fn learn_what_was_written(&mut self, stop: &CancellationToken) {
        let written = self.emission.written();
        if written.is_empty() {
            return;
        }
        let Some(found) = stop.run_until_cancelled(self.registry.describe(written)).await else { return };
        match found {
            Ok(known) => {
                // Who is silent now is told once more when its run ends.
                if self.known.len() + known.len() > MOST_KNOWN {
                    self.known.clear();
                }
                self.known.extend(known);
            }
            Err(error) => tracing::warn!(%error, "OpenLineage events tell no new schemas"),
        }
    }
}

fn sent() -> Counter<u64> {
    counter(LINEAGE_EMITTED)
}

fn counter(metric: Metric) -> Counter<u64> {
    global::meter("tidegate").u64_counter(metric.0).with_description(metric.2).build()
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
