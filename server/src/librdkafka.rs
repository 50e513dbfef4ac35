//! What do clients of librdkafka leave in the log? Nothing when their settings are made, and each complaint once a minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

/// Settings that say nothing yet.
///
/// Making them asks the logger which levels it takes. While spans are exported, an answer without an event after it stays
/// behind in the thread, and the next event of that thread is taken for filtered: it would be missing from the log. So a
/// thread of their own makes them, and takes that along when it ends.
pub fn settings() -> ClientConfig {
    thread::spawn(ClientConfig::new).join().unwrap_or_else(|_| ClientConfig::new())
}

/// What clients of librdkafka say while they run. As long as a cluster is away they say the same several times a second: here
/// each kind of line is told at once, and then once a minute. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Murmurs(Arc<Mutex<HashMap<String, Told>>>);

#[derive(Debug)]
struct Told {
    at: Instant,
    unsaid: u64,
}

/// How long a kind of line is not told again.
const PAUSE: Duration = Duration::from_secs(60);

/// Kinds that are told apart; librdkafka has some dozens.
const MOST_KINDS: usize = 200;

impl Murmurs {
    /// A line of librdkafka's log. `of` says which client it is.
    pub fn log(&self, of: &str, level: RDKafkaLogLevel, facility: &str, line: &str) {
        let Some(unsaid) = self.may_tell(facility, Instant::now()) else { return };
        match level {
            RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", client = of, facility, unsaid, "{line}"),
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Notice => {
                tracing::info!(target: "librdkafka", client = of, facility, unsaid, "{line}");
            }
            _ => tracing::warn!(target: "librdkafka", client = of, facility, unsaid, "{line}"),
        }
    }

    /// An error of a client as a whole.
    pub fn error(&self, of: &str, error: &KafkaError, reason: &str) {
        if let Some(unsaid) = self.may_tell(&error.to_string(), Instant::now()) {
            tracing::warn!(target: "librdkafka", client = of, %error, unsaid, "{reason}");
        }
    }

    /// How many lines of a kind were left out since the last one, if one may be told now.
    fn may_tell(&self, kind: &str, now: Instant) -> Option<u64> {
        let mut told = self.0.lock();
        if told.len() >= MOST_KINDS && !told.contains_key(kind) {
            told.retain(|_, told| now.duration_since(told.at) < PAUSE);
            if told.len() >= MOST_KINDS {
                return None;
            }
        }
        match told.get_mut(kind) {
            Some(told) if now.duration_since(told.at) < PAUSE => {
                told.unsaid += 1;
                None
            }
            Some(told) => {
                told.at = now;
                Some(std::mem::take(&mut told.unsaid))
            }
            None => {
                told.insert(kind.to_owned(), Told { at: now, unsaid: 0 });
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_a_minute_with_how_often_it_was_said() {
        let (murmurs, start) = (Murmurs::default(), Instant::now());
        let said = |kind: &str, seconds| murmurs.may_tell(kind, start + Duration::from_secs(seconds));
        assert_eq!(said("FAIL", 0), Some(0));
        assert_eq!(said("FAIL", 1), None);
        assert_eq!(said("ERROR", 1), Some(0));
        assert_eq!(said("FAIL", 59), None);
        assert_eq!(said("FAIL", 60), Some(2));
        assert_eq!(said("FAIL", 61), None);
    }

    #[test]
    fn kinds_without_end_are_forgotten() {
        let (murmurs, start) = (Murmurs::default(), Instant::now());
        let kinds = (0..1_000).filter(|kind| murmurs.may_tell(&kind.to_string(), start).is_some()).count();
        assert_eq!(kinds, MOST_KINDS);
        assert_eq!(murmurs.may_tell("later", start + PAUSE), Some(0));
        assert_eq!(murmurs.0.lock().len(), 1);
    }
}
