//! What keeps the door from reaching its proxy? librdkafka tells it aside, and of a record only that it took too long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use super::CLIENT;
use crate::librdkafka::Murmurs;

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
    murmurs: Murmurs,
}

impl Trouble {
    /// The last complaint, if it is not long ago.
    pub(super) fn lately(&self) -> Option<String> {
        self.0.last.lock().as_ref().filter(|(at, _)| at.elapsed() < BELIEF).map(|(_, reason)| reason.clone())
    }
}

impl ClientContext for Trouble {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.0.murmurs.log(CLIENT, level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.murmurs.error(CLIENT, &error, reason);
        let reason = reason.chars().take(LONGEST).collect();
        *self.0.last.lock() = Some((Instant::now(), reason));
    }
}
