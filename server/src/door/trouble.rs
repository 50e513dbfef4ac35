//! What keeps the door from reaching its proxy? librdkafka tells it aside, and of a record only that it took too long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use tidegate_proxy::quiet::Quiet;

/// For how long the last trouble is thought to be why records are not written.
const BELIEF: Duration = Duration::from_secs(60);

/// Longer texts are cut.
const LONGEST: usize = 500;

/// Hears what librdkafka complains about. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Heard>);

#[derive(Default)]
struct Heard {
    last: Mutex<Option<(Instant, String)>>,
    quiet: Quiet,
}

impl Trouble {
    /// The last complaint, if it is not long ago.
    pub(super) fn lately(&self) -> Option<String> {
        self.0.last.lock().as_ref().filter(|(at, _)| at.elapsed() < BELIEF).map(|(_, reason)| reason.clone())
    }
}

impl ClientContext for Trouble {
    fn error(&self, error: KafkaError, reason: &str) {
        if let Some(unsaid) = self.0.quiet.may_speak() {
            tracing::warn!(%error, reason, unsaid, "the HTTP door has trouble with its way to the proxy");
        }
        let reason = reason.chars().take(LONGEST).collect();
        *self.0.last.lock() = Some((Instant::now(), reason));
    }
}
