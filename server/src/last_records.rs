//! What did a topic hold last, or at one place? Read on the spot, by a consumer that lives for one question, and kept nowhere.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tidegate_compat::envelope::{KEY_HEADER, VALUE_HEADER};
use tidegate_compat::policy::Part;

use crate::door::Way;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read for one question, after which it is answered from what has come.
const MOST_BYTES: usize = 32 << 20;
/// What one request to a broker brings at most, bytes.
const FETCH: &str = "4194304";
/// How long to wait for a record before the time is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Where the topics of one cluster are read. Cheap to clone.
#[derive(Clone)]
pub struct LastRecords(Arc<Inner>);

struct Inner {
    cluster: String,
    settings: ClientConfig,
    patience: Duration,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// Oldest first within each partition.
    pub records: Vec<ReadRecord>,
    /// Records without the part that was asked for, such as tombstones.
    pub empty: u64,
    /// Whether time or room ended before all was read.
    pub is_cut: bool,
    pub took: Duration,
}

/// A key or a value with the name of its schema before it, wherever that stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRecord {
    pub partition: i32,
    pub offset: i64,
    pub bytes: Vec<u8>,
}

/// Which records of a topic are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The last ones, so many in all, as evenly from its partitions as these have some.
    Last(usize),
    At {
        partition: i32,
        offset: i64,
    },
}

/// Why a topic was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    #[error("there is no topic '{0}' on the cluster")]
    NoTopic(String),
    #[error("partition {partition} of topic '{topic}' has no offset {offset}: {held}")]
    NoRecord { topic: String, partition: i32, offset: i64, held: String },
    #[error("the topic can't be read: {0}")]
    Kafka(KafkaError),
}

/// How far a partition is to be read: up to, but without, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    partition: i32,
    from: i64,
    end: i64,
}

impl LastRecords {
    /// Through the proxy of this cluster, as any consumer. Nothing is connected to yet.
    pub fn of(cluster: &str, way: &Way) -> Self {
        let mut settings = crate::librdkafka::settings();
        settings
            .set("client.id", "tidegate-try")
            // It joins no group; librdkafka wants a name all the same.
            .set("group.id", "tidegate-try")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("fetch.max.bytes", FETCH)
            .set("queued.max.messages.kbytes", "16384");
        way.tell(&mut settings);
        Self(Arc::new(Inner { cluster: cluster.to_owned(), settings, patience: PATIENCE }))
    }

    pub fn cluster(&self) -> &str {
        &self.0.cluster
    }

    /// Records of a topic.
    pub async fn read(&self, topic: &str, wanted: Wanted, part: Part) -> Result<Read, Unread> {
        let (settings, topic, patience) = (self.0.settings.clone(), topic.to_owned(), self.0.patience);
        let reading = tokio::task::spawn_blocking(move || read(&settings, &topic, (wanted, part), patience));
        reading.await.unwrap_or(Err(Unread::Kafka(KafkaError::Canceled)))
    }
}

fn read(
    settings: &ClientConfig,
    topic: &str,
    (wanted, part): (Wanted, Part),
    patience: Duration,
) -> Result<Read, Unread> {
    let began = Instant::now();
    let left = || patience.saturating_sub(began.elapsed());
    let consumer: BaseConsumer = settings.create().map_err(Unread::Kafka)?;
    let spans = spans(&consumer, topic, wanted, &left)?;
    let mut open: HashMap<i32, i64> = spans.iter().map(|span| (span.partition, span.end)).collect();
    let mut list = TopicPartitionList::with_capacity(spans.len());
    for span in &spans {
        list.add_partition_offset(topic, span.partition, Offset::Offset(span.from)).map_err(Unread::Kafka)?;
    }
    consumer.assign(&list).map_err(Unread::Kafka)?;
    let (mut read, mut bytes) = (Read::default(), 0);
    while !open.is_empty() && bytes < MOST_BYTES && !left().is_zero() {
        match consumer.poll(left().min(GLANCE)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => return Err(Unread::Kafka(error)),
            Some(Ok(message)) => {
                let Some(end) = open.get(&message.partition()).copied() else { continue };
                if message.offset() < end {
                    match framed(&message, part) {
                        Some(found) => {
                            bytes += found.len();
                            let (partition, offset) = (message.partition(), message.offset());
                            read.records.push(ReadRecord { partition, offset, bytes: found });
                        }
                        None => read.empty += 1,
                    }
                }
                if message.offset() + 1 >= end {
                    open.remove(&message.partition());
                }
            }
        }
    }
    read.is_cut = !open.is_empty();
    if let Wanted::At { partition, offset } = wanted
        && !read.is_cut
        && read.records.is_empty()
        && read.empty == 0
    {
        let held = "it was compacted away, marks a transaction, or is not committed (yet)".to_owned();
        return Err(Unread::NoRecord { topic: topic.to_owned(), partition, offset, held });
    }
    read.records.sort_by_key(|record| (record.partition, record.offset));
    read.took = began.elapsed();
    Ok(read)
}

/// What to read of each partition.
fn spans(
    consumer: &BaseConsumer,
    topic: &str,
    wanted: Wanted,
    left: &impl Fn() -> Duration,
) -> Result<Vec<Span>, Unread> {
    let metadata = consumer.fetch_metadata(Some(topic), left()).map_err(|error| unread(topic, error))?;
    let told = metadata.topics().iter().find(|told| told.name() == topic);
    let told = told.filter(|told| told.error().is_none() && !told.partitions().is_empty());
    let told = told.ok_or_else(|| Unread::NoTopic(topic.to_owned()))?;
    let last = match wanted {
        Wanted::Last(last) => last,
        Wanted::At { partition, offset } => {
            let none = |held: String| Unread::NoRecord { topic: topic.to_owned(), partition, offset, held };
            if !told.partitions().iter().any(|told| told.id() == partition) {
                return Err(none(format!("it has {} partitions, the first of which is 0", told.partitions().len())));
            }
            let (low, high) =
                consumer.fetch_watermarks(topic, partition, left()).map_err(|error| unread(topic, error))?;
            return match (low..high).contains(&offset) {
                true => Ok(vec![Span { partition, from: offset, end: offset + 1 }]),
                false if low == high => Err(none("it is empty".to_owned())),
                false => Err(none(format!("it holds {low} to {}", high - 1))),
            };
        }
    };
    let mut ends = Vec::with_capacity(told.partitions().len());
    for partition in told.partitions() {
        let (low, high) =
            consumer.fetch_watermarks(topic, partition.id(), left()).map_err(|error| unread(topic, error))?;
        ends.push(Span { partition: partition.id(), from: low, end: high });
    }
    Ok(shared(ends, last))
}

/// Moves the beginnings to where so many records remain in all: the shorter a partition, the sooner it has given all it has.
fn shared(mut spans: Vec<Span>, wanted: usize) -> Vec<Span> {
    spans.retain(|span| span.from < span.end);
    spans.sort_by_key(|span| span.end - span.from);
    let mut left = i64::try_from(wanted).unwrap_or(i64::MAX);
    let count = spans.len();
    for (at, span) in spans.iter_mut().enumerate() {
        let others = i64::try_from(count - at).unwrap_or(i64::MAX);
        // Rounded up, so that few records are not none.
        let share = left.saturating_add(others - 1) / others.max(1);
        let given = share.min(span.end - span.from);
        span.from = span.end - given;
        left -= given;
    }
    spans.retain(|span| span.from < span.end);
    spans
}

/// Key or value. A schema that is named in a header is put where it would otherwise stand.
fn framed(message: &BorrowedMessage<'_>, part: Part) -> Option<Vec<u8>> {
    let (bytes, header) = match part {
        Part::Key => (message.key()?, KEY_HEADER),
        Part::Value => (message.payload()?, VALUE_HEADER),
    };
    let named = message.headers().and_then(|headers| headers.iter().filter(|one| one.key == header).last()?.value);
    Some([named.unwrap_or_default(), bytes].concat())
}

fn unread(topic: &str, error: KafkaError) -> Unread {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition,
        ) => Unread::NoTopic(topic.to_owned()),
        _ => Unread::Kafka(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lengths: &[i64], wanted: usize) -> Vec<(i32, i64)> {
        let span = |(partition, length): (i32, &i64)| Span { partition, from: 100, end: 100 + length };
        let mut shared = shared((0..).zip(lengths).map(span).collect(), wanted);
        shared.sort_by_key(|span| span.partition);
        shared.iter().map(|span| (span.partition, span.end - span.from)).collect()
    }

    #[test]
    fn what_is_wanted_is_shared_by_those_who_have_it() {
        assert_eq!(taken(&[50, 50], 10), [(0, 5), (1, 5)]);
        assert_eq!(taken(&[2, 0, 50, 50], 20), [(0, 2), (2, 9), (3, 9)]);
        assert_eq!(taken(&[3, 4], 100), [(0, 3), (1, 4)]);
        assert_eq!(taken(&[9, 9, 9], 1).iter().map(|(_, count)| count).sum::<i64>(), 1);
        assert_eq!(taken(&[], 5), []);
        assert_eq!(taken(&[9], 0), []);
    }

    #[tokio::test]
    async fn a_cluster_that_is_not_there_is_told() {
        let config = crate::config::ProxyConfig::default();
        let way = Way::of(&config, None, ([127, 0, 0, 1], 1).into(), &[]);
        let settings = LastRecords::of("main", &way).0.settings.clone();
        let (cluster, patience) = ("main".to_owned(), Duration::from_millis(300));
        let source = LastRecords(Arc::new(Inner { cluster, settings, patience }));
        let read = source.read("orders", Wanted::Last(10), Part::Value).await;
        assert!(matches!(read, Err(Unread::Kafka(_))), "{read:?}");
    }

    #[test]
    fn one_record_is_read_at_its_place() {
        use rdkafka::mocking::MockCluster;
        use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("orders", 2, 1).unwrap();
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", cluster.bootstrap_servers());
        let producer: BaseProducer = settings.create().unwrap();
        for value in ["zero", "one", "two"] {
            producer.send(BaseRecord::<(), str>::to("orders").partition(1).payload(value)).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
        settings.set("group.id", "tidegate-try").set("enable.partition.eof", "true");
        let at = |partition, offset| {
            let wanted = Wanted::At { partition, offset };
            super::read(&settings, "orders", (wanted, Part::Value), Duration::from_secs(30))
        };
        let read = at(1, 1).unwrap();
        let expected = ReadRecord { partition: 1, offset: 1, bytes: b"one".to_vec() };
        assert_eq!((read.records, read.is_cut), (vec![expected], false));
        for ((partition, offset), why) in [
            ((1, 3), "partition 1 of topic 'orders' has no offset 3: it holds 0 to 2"),
            ((0, 0), "partition 0 of topic 'orders' has no offset 0: it is empty"),
            ((2, 0), "partition 2 of topic 'orders' has no offset 0: it has 2 partitions, the first of which is 0"),
        ] {
            assert_eq!(at(partition, offset).unwrap_err().to_string(), why);
        }
    }
}
