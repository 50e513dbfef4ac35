//! Who writes dead letters? A producer beside the wire path, idempotent and with `acks=all`, behind a bounded queue.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use tidegate_proxy::quiet::Quiet;
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::{DeadLetter, DeadLetters, Undelivered};
use tokio::sync::oneshot;

use crate::config::{DeadLettersConfig, Route, is_topic};
use crate::librdkafka::Murmurs;

/// What it calls itself, to the cluster and in the log.
const CLIENT: &str = "tidegate-dead-letters";

/// Room for the headers that say why, above the largest record.
const WHY: usize = 64 << 10;

/// The largest message that librdkafka takes.
const MAX_MESSAGE: usize = 1_000_000_000;

/// Writes dead letters to Kafka. Connects at once: an idempotent producer asks for its id before it has anything to write.
#[derive(Clone)]
pub struct KafkaLetters {
    producer: ThreadedProducer<Books>,
    books: Books,
}

/// Counts what became of letters.
#[derive(Clone)]
struct Books {
    letters: Counter<u64>,
    quiet: Arc<Quiet>,
    murmurs: Murmurs,
}

/// Who waits for a letter, if anybody does.
type Waiting = Option<oneshot::Sender<Result<(), Undelivered>>>;

impl KafkaLetters {
    /// A producer for the brokers of `route`. `max_record` is the largest that may be asked to be written, bytes.
    ///
    /// # Errors
    /// librdkafka does not take the settings.
    pub fn new(config: &DeadLettersConfig, route: &Route, max_record: usize) -> Result<Self, KafkaError> {
        let letters = tidegate_proxy::metrics::dead_letters();
        let books = Books { letters, quiet: Arc::default(), murmurs: Murmurs::default() };
        let mut client = reached(config, route, CLIENT);
        client
            .set("linger.ms", "5")
            .set("message.timeout.ms", config.timeout.as_millis().to_string())
            .set("message.max.bytes", max_record.saturating_add(WHY).min(MAX_MESSAGE).to_string())
            .set("queue.buffering.max.messages", config.max_waiting.to_string())
            .set("queue.buffering.max.kbytes", (config.max_waiting_bytes.0 >> 10).max(1).to_string());
        let producer = client.create_with_context(books.clone())?;
        Ok(Self { producer, books })
    }

    fn send(&self, letter: &DeadLetter, waiting: Waiting) -> Result<(), Undelivered> {
        // Names come from clients, and nobody has compared them with the topics that there are.
        let sent = if is_topic(&letter.topic) {
            self.producer.send(record(letter, waiting)).map_err(|(error, _)| undelivered(&error))
        } else {
            Err(Undelivered::Failed("its topic has a name that Kafka does not take".to_owned()))
        };
        if let Err(reason) = &sent {
            self.books.lost(&letter.topic, reason);
        }
        sent
    }

    async fn deliver_all(&self, letters: Vec<DeadLetter>) -> Result<(), Undelivered> {
        let mut all = Vec::with_capacity(letters.len());
        for letter in &letters {
            let (tell, told) = oneshot::channel();
            self.send(letter, Some(tell))?;
            all.push(told);
        }
        for told in all {
            told.await.unwrap_or_else(|_| Err(Undelivered::Failed("the writer has stopped".to_owned())))?;
        }
        Ok(())
    }

    /// Writes what still waits, for at most this long.
    pub async fn finish(self, patience: Duration) {
        let flushed = tokio::task::spawn_blocking(move || self.producer.flush(patience)).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!("some dead letters were not written before the end");
        }
    }
}

impl DeadLetters for KafkaLetters {
    fn post(&self, letter: DeadLetter) -> Result<(), Undelivered> {
        self.send(&letter, None)
    }

    fn deliver(&self, letters: Vec<DeadLetter>) -> Boxed<'_, Result<(), Undelivered>> {
        Box::pin(self.deliver_all(letters))
    }
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
    type DeliveryOpaque = Box<Waiting>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Box<Waiting>) {
        let outcome = match result {
            Ok(message) => {
                self.count(message.topic(), "written", 1);
                Ok(())
            }
            Err((error, message)) => {
                let reason = undelivered(error);
                self.lost(message.topic(), &reason);
                Err(reason)
            }
        };
        if let Some(tell) = *waiting {
            // Whoever waited may have gone.
            let _ = tell.send(outcome);
        }
    }
}

impl Books {
    fn lost(&self, topic: &str, reason: &Undelivered) {
        self.count(topic, "lost", 1);
        // A queue that is full loses each that comes.
        if let Some(unsaid) = self.quiet.may_speak() {
            tracing::warn!(topic.name = topic, %reason, unsaid, "a dead letter is lost");
        }
    }

    fn count(&self, topic: &str, result: &'static str, count: u64) {
        let labels = [KeyValue::new("topic", topic.to_owned()), KeyValue::new("result", result)];
        self.letters.add(count, &labels);
    }
}

fn record(letter: &DeadLetter, waiting: Waiting) -> BaseRecord<'_, [u8], [u8], Box<Waiting>> {
    let headers =
        letter.headers.iter().fold(OwnedHeaders::new_with_capacity(letter.headers.len()), |all, (key, value)| {
            all.insert(Header { key, value: value.as_deref() })
        });
    let mut record = BaseRecord::with_opaque_to(&letter.topic, Box::new(waiting)).headers(headers);
    if letter.timestamp > 0 {
        record = record.timestamp(letter.timestamp);
    }
    record.key = letter.key.as_deref();
    record.payload = letter.value.as_deref();
    record
}

fn undelivered(error: &KafkaError) -> Undelivered {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::QueueFull) => Undelivered::Full,
        _ => Undelivered::Failed(error.to_string()),
    }
}

/// A producer of the server's own: idempotent, with `acks=all`, and by the login that it has.
pub(super) fn reached(config: &DeadLettersConfig, route: &Route, client_id: &str) -> ClientConfig {
    let mut client = crate::librdkafka::settings();
    client
        .set("bootstrap.servers", route.brokers.join(","))
        .set("client.id", client_id)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "lz4")
        .set("security.protocol", route.security.as_str());
    if let Some(authorities) = &route.ca {
        client.set("ssl.ca.location", authorities);
    }
    if let Some((certificate, key)) = &route.certificate {
        client.set("ssl.certificate.location", certificate).set("ssl.key.location", key);
    }
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        client.set("sasl.mechanism", &config.mechanism);
        client.set("sasl.username", user).set("sasl.password", password.reveal());
    }
    client
}

/// As the proxy knows it.
impl From<KafkaLetters> for Arc<dyn DeadLetters> {
    fn from(letters: KafkaLetters) -> Self {
        Arc::new(letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ClusterConfig;

    #[tokio::test]
    async fn what_nobody_takes_is_told_to_whoever_waits() {
        let config = DeadLettersConfig { timeout: Duration::from_millis(300), ..DeadLettersConfig::default() };
        let letters = KafkaLetters::new(&config, &config.route(&ClusterConfig::default()), 1 << 20).unwrap();
        let letter = DeadLetter {
            topic: "orders.dlq".into(),
            key: None,
            value: Some(b"x".to_vec()),
            headers: vec![("dlq.topic".to_owned(), Some(b"orders".to_vec()))],
            timestamp: 1,
        };
        assert_eq!(letters.post(letter.clone()), Ok(()), "nobody is waited for");
        assert!(matches!(letters.deliver(vec![letter.clone()]).await, Err(Undelivered::Failed(_))));
        let made_up = DeadLetter { topic: "a\0b.dlq".into(), ..letter };
        assert!(letters.post(made_up).is_err());
    }
}
