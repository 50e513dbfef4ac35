//! How are events written in a topic? Each under the name of its job, so that those of one job stay in order.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use tidegate_lineage::openlineage::emission::Event;
use tidegate_proxy::quiet::Quiet;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::super::dead_letters::reached;
use super::sent;
use crate::config::{DeadLettersConfig, Route};
use crate::librdkafka::Murmurs;

/// What it calls itself, to the cluster and in the log.
const CLIENT: &str = "tidegate-lineage";
/// How many events librdkafka may hold. More wait before it.
const MOST_HELD: &str = "1000";
/// The longest event, bytes. Brokers take a megabyte unless they are told otherwise, and refuse what is longer.
const LONGEST: &str = "8000000";
/// How long it waits for room.
const PAUSE: Duration = Duration::from_millis(300);

/// A topic for events.
pub struct EventTopic {
    name: String,
    producer: ThreadedProducer<Books>,
}

/// Counts what became of events.
#[derive(Clone)]
struct Books {
    sent: Counter<u64>,
    quiet: Arc<Quiet>,
    murmurs: Murmurs,
}

impl EventTopic {
    /// A topic of these brokers, reached as dead letters are. While no broker is there, events wait.
    ///
    /// # Errors
    /// librdkafka does not take the settings.
    pub fn new(name: &str, config: &DeadLettersConfig, route: &Route) -> Result<Self, KafkaError> {
        let mut client = reached(config, route, CLIENT);
        client
            .set("linger.ms", "50")
            // They wait as long as it takes, in a bounded queue.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", LONGEST)
            .set("queue.buffering.max.messages", MOST_HELD);
        let books = Books { sent: sent(), quiet: Arc::default(), murmurs: Murmurs::default() };
        Ok(Self { name: name.to_owned(), producer: client.create_with_context(books)? })
    }
}

/// Writes what waits, and at the end what librdkafka still holds, for at most `patience`.
pub(super) async fn send(topic: EventTopic, mut waiting: mpsc::Receiver<Event>, patience: Duration) {
    while let Some(event) = waiting.recv().await {
        // As the clients of OpenLineage name their messages.
        let key = format!("run:{}/{}", event.job.namespace, event.job.name);
        loop {
            let media = Header { key: "content-type", value: Some("application/json") };
            let headers = OwnedHeaders::new_with_capacity(1).insert(media);
            let record = BaseRecord::to(&topic.name).key(&key).payload(&event.text).headers(headers);
            match topic.producer.send(record) {
                Ok(()) => break,
                Err((error, _)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                    sleep(PAUSE).await
                }
                Err((error, _)) => {
                    topic.producer.context().refused(&error);
                    break;
                }
            }
        }
    }
    // Whether all of it went is told by what is counted.
    let _ = tokio::task::spawn_blocking(move || topic.producer.flush(patience)).await;
}

impl ClientContext for Books {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.murmurs.log(CLIENT, level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.murmurs.error(CLIENT, &error, reason);
    }
}

impl ProducerContext for Books {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => self.sent.add(1, &[KeyValue::new("outcome", "taken")]),
            Err((error, _)) => self.refused(error),
        }
    }
}

impl Books {
    fn refused(&self, error: &KafkaError) {
        self.sent.add(1, &[KeyValue::new("outcome", "refused")]);
        if let Some(unsaid) = self.quiet.may_speak() {
            tracing::warn!(%error, unsaid, "an OpenLineage event could not be written in its topic");
        }
    }
}
