//! How do records that come over HTTP get into Kafka? Through the proxy of this process, as any producer's do, so that the
//! same code judges them.
//!
//! Records of several callers may share a batch, and a batch is refused whole: whoever sends a record finds out whether it was
//! refused for its own sake, and sends it again if not.

mod payload;
mod pieces;
mod trouble;
mod way;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders, Timestamp};
use rdkafka::metadata::Metadata;
use rdkafka::producer::future_producer::{Delivery, DeliveryFuture};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::AsyncRuntime;
use tokio::time::{Sleep, sleep};

use self::trouble::Trouble;

pub(crate) use payload::{Written, needs_schema, write};
pub(crate) use pieces::Pieces;
pub use way::Way;

/// What it calls itself, to the proxy and in the log.
const CLIENT: &str = "tidegate-http";

/// How long to wait before a full queue is tried again.
const QUEUE_PAUSE: Duration = Duration::from_millis(20);
/// How long listing topics may take.
const LISTING: Duration = Duration::from_secs(10);

/// Where records enter. Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

/// What writes, on the runtime of this process.
type Writer = FutureProducer<Trouble, OnTokio>;

struct OnTokio;

impl AsyncRuntime for OnTokio {
    type Delay = Sleep;

    fn spawn<T: Future<Output = ()> + Send + 'static>(task: T) {
        tokio::spawn(task);
    }

    fn delay_for(duration: Duration) -> Sleep {
        sleep(duration)
    }
}

struct Inner {
    settings: ClientConfig,
    /// Made for the first record: where nobody comes, nothing is connected.
    producer: OnceLock<Writer>,
    trouble: Trouble,
    /// The name of the cluster.
    cluster: String,
}

/// A record as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Outgoing {
    pub(crate) partition: Option<i32>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    /// Milliseconds since 1970.
    pub(crate) timestamp: Option<i64>,
}

/// Where a record is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<i64>,
}

/// Why a record is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the record does not obey what is asked of the topic")]
    Record,
    #[error("there is no such topic or partition")]
    Nowhere,
    #[error("the record is larger than the cluster takes")]
    TooLarge,
    #[error("the credentials of the HTTP door do not allow this")]
    Forbidden,
    #[error("the record could not be written now: {0}")]
    Later(String),
}

/// A topic as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedTopic {
    pub(crate) name: String,
    pub(crate) partitions: usize,
    pub(crate) replicas: usize,
}

impl Door {
    /// Nothing is connected to yet.
    pub fn open(cluster: &str, way: &Way) -> Result<Self, KafkaError> {
        let mut settings = crate::librdkafka::settings();
        settings
            .set("client.id", CLIENT)
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "2")
            .set("message.timeout.ms", "20000")
            .set("topic.metadata.propagation.max.ms", "5000")
            .set("message.max.bytes", "100000000");
        way.tell(&mut settings);
        // A setting that librdkafka does not know is told now, and not to the first caller.
        settings.create_native_config()?;
        let (producer, trouble) = (OnceLock::new(), Trouble::default());
        Ok(Self(Arc::new(Inner { settings, producer, trouble, cluster: cluster.to_owned() })))
    }

    pub(crate) fn cluster(&self) -> &str {
        &self.0.cluster
    }

    fn producer(&self) -> Result<&Writer, Refused> {
        if let Some(producer) = self.0.producer.get() {
            return Ok(producer);
        }
        let made = self.0.settings.create_with_context(self.0.trouble.clone());
        let made = made.map_err(|error| self.refused(&error))?;
        Ok(self.0.producer.get_or_init(|| made))
    }

    /// Puts a record into the queue, and waits while that is full. Records get into the topic in the order of these calls.
    pub(crate) async fn send(&self, topic: &str, record: &Outgoing) -> Result<Sent, Refused> {
        let producer = self.producer()?;
        loop {
            match producer.send_result(record.in_words_of_kafka(topic)) {
                Ok(delivery) => return Ok(Sent { delivery, door: self.clone() }),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => sleep(QUEUE_PAUSE).await,
                Err((error, _)) => return Err(self.refused(&error)),
            }
        }
    }

    /// Why a record is nowhere; with what lately kept the door from writing at all, since a record only tells that it waited
    /// for too long.
    fn refused(&self, error: &KafkaError) -> Refused {
        match refused(error) {
            Refused::Later(reason) => Refused::Later(match self.0.trouble.lately() {
                Some(trouble) => format!("{reason} ({trouble})"),
                None => reason,
            }),
            other => other,
        }
    }

    /// All topics that the cluster tells of.
    pub(crate) async fn topics(&self) -> Result<Vec<ListedTopic>, Refused> {
        let producer = self.producer()?.clone();
        let asking = tokio::task::spawn_blocking(move || producer.client().fetch_metadata(None, LISTING));
        let told = asking.await.map_err(|_| Refused::Later("the server is shutting down".into()))?;
        told.map(|metadata| listed(&metadata)).map_err(|error| self.refused(&error))
    }
}

/// A record that is under way.
pub(crate) struct Sent {
    delivery: DeliveryFuture,
    door: Door,
}

impl Sent {
    /// Waits for what becomes of it.
    pub(crate) async fn settled(self) -> Result<Placed, Refused> {
        match self.delivery.await {
            Ok(Ok(delivered)) => Ok(placed(&delivered)),
            Ok(Err((error, _))) => Err(self.door.refused(&error)),
            Err(_) => Err(Refused::Later("the server is shutting down".into())),
        }
    }
}

impl Outgoing {
    fn in_words_of_kafka<'a>(&'a self, topic: &'a str) -> FutureRecord<'a, [u8], [u8]> {
        let headers =
            self.headers.iter().fold(OwnedHeaders::new_with_capacity(self.headers.len()), |headers, header| {
                headers.insert(Header { key: &header.0, value: header.1.as_deref() })
            });
        FutureRecord {
            topic,
            partition: self.partition,
            payload: self.value.as_deref(),
            key: self.key.as_deref(),
            timestamp: self.timestamp,
            headers: (!self.headers.is_empty()).then_some(headers),
        }
    }
}

fn placed(delivery: &Delivery) -> Placed {
    let timestamp = match delivery.timestamp {
        Timestamp::NotAvailable => None,
        Timestamp::CreateTime(at) | Timestamp::LogAppendTime(at) => Some(at),
    };
    Placed { partition: delivery.partition, offset: delivery.offset, timestamp }
}

fn refused(error: &KafkaError) -> Refused {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::InvalidRecord | Code::InvalidDifferentRecord) => Refused::Record,
        Some(Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicOrPartition | Code::InvalidTopic) => {
            Refused::Nowhere
        }
        Some(Code::MessageSizeTooLarge) => Refused::TooLarge,
        Some(Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed) => Refused::Forbidden,
        _ => Refused::Later(error.to_string()),
    }
}

fn listed(metadata: &Metadata) -> Vec<ListedTopic> {
    let topics = metadata.topics().iter().map(|topic| ListedTopic {
        name: topic.name().to_owned(),
        partitions: topic.partitions().len(),
        replicas: topic.partitions().first().map_or(0, |partition| partition.replicas().len()),
    });
    let mut topics: Vec<_> = topics.collect();
    topics.sort_by(|one, other| one.name.cmp(&other.name));
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let told = |code| refused(&KafkaError::MessageProduction(code));
        assert_eq!(told(RDKafkaErrorCode::InvalidRecord), Refused::Record);
        assert_eq!(told(RDKafkaErrorCode::UnknownPartition), Refused::Nowhere);
        assert_eq!(told(RDKafkaErrorCode::MessageSizeTooLarge), Refused::TooLarge);
        assert!(matches!(told(RDKafkaErrorCode::NotEnoughReplicas), Refused::Later(_)));
    }
}
