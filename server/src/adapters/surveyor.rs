//! When is each cluster asked how far its logs reach, and where do the answers go? Every minute, to the registry.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::emitter::now;
use super::flusher::{Sink, SinkError};
use crate::survey::Asker;

/// How long the registry may take for one survey.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody is asked more often.
const LEAST: Duration = Duration::from_secs(1);

/// Asks each of these clusters now and then until `stop` is cancelled; the first time after one interval. With an interval
/// of zero nobody is asked.
#[expect(private_bounds, reason = "sinks are made here only")]
pub fn start_surveyor(sink: impl Sink, askers: Vec<Asker>, every: Duration, stop: CancellationToken) {
    if every.is_zero() || askers.is_empty() {
        return;
    }
    tokio::spawn(async move {
        let every = every.max(LEAST);
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_failing = vec![false; askers.len()];
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            for (asker, was_failing) in askers.iter().zip(&mut was_failing) {
                let outcome = survey(&sink, asker, &stop).await;
                if let Err(SinkError(error)) = &outcome
                    && !*was_failing
                    && !stop.is_cancelled()
                {
                    tracing::warn!(
                        cluster.name = asker.cluster(),
                        error,
                        "how much passes no proxy is not known: the cluster can't be asked. It is tried again"
                    );
                }
                *was_failing = outcome.is_err();
            }
        }
    });
}

async fn survey(sink: &impl Sink, asker: &Asker, stop: &CancellationToken) -> Result<(), SinkError> {
    let told = asker.ask(now(), stop).await.map_err(|error| SinkError(error.to_string()))?;
    match timeout(PATIENCE, sink.accept_survey(&told)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SinkError(format!("the registry gave no answer within {} s", PATIENCE.as_secs()))),
    }
}
