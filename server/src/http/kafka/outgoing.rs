//! How does a record on the wire become one that is sent, and what is told of it afterwards?

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tidegate_api::ErrorCode;
use tidegate_api::produce as wire;
use tidegate_compat::policy::Part;
use tidegate_compat::{ContextName, SchemaId, SchemaKey, SchemaKind, SubjectName};
use tidegate_proxy::SourceError;

use super::Kafka;
use crate::door::{self, Outgoing, Placed, Refused, Sent, Written};
use crate::http::error::Failure;
use crate::http::timestamp::{millis, rfc3339};

/// How often a record is sent again that was refused for others.
const MOST_AGAIN: usize = 5;

/// What is known of a topic while one request lasts.
pub(super) struct Desk {
    kafka: Kafka,
    topic: String,
    schemas: HashMap<Asked, SchemaId>,
}

/// How a schema was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asked {
    Id(i32),
    Subject(String),
}

/// A record that is under way, and what will be told of it.
pub(super) struct Posted {
    kafka: Kafka,
    sent: Sent,
    record: Outgoing,
    receipt: wire::ProduceReceipt,
}

impl Desk {
    pub(super) fn of(kafka: Kafka, topic: String) -> Self {
        Self { kafka, topic, schemas: HashMap::new() }
    }

    /// Writes a record down and sends it.
    pub(super) async fn post(&mut self, request: wire::ProduceRequest) -> Result<Posted, Failure> {
        let wire::ProduceRequest { id, partition_id, headers, key, value, timestamp } = request;
        let key = self.written(key, Part::Key).await?;
        let value = self.written(value, Part::Value).await?;
        let record = Outgoing {
            partition: partition_id,
            headers: headers.into_iter().map(header).collect::<Result<_, _>>()?,
            timestamp: timestamp.map(|text| moment(&text)).transpose()?,
            key: key.as_ref().and_then(|key| key.bytes.clone()),
            value: value.as_ref().and_then(|value| value.bytes.clone()),
        };
        if record.partition.is_some_and(|partition| partition < 0) {
            return Err(unfit("partition_id is not negative"));
        }
        let receipt = wire::ProduceReceipt {
            id,
            error_code: 200,
            cluster_id: self.kafka.door.cluster().to_owned(),
            topic_name: self.topic.clone(),
            key: key.as_ref().and_then(part),
            value: value.as_ref().and_then(part),
            ..wire::ProduceReceipt::default()
        };
        let sent = self.kafka.door.send(&self.topic, &record).await.map_err(|refused| failure(&refused, None))?;
        Ok(Posted { kafka: self.kafka.clone(), sent, record, receipt })
    }

    async fn written(&mut self, data: Option<wire::ProduceData>, part: Part) -> Result<Option<Written>, Failure> {
        let Some(data) = data else { return Ok(None) };
        let schema = match self.asked(&data, part) {
            Some(asked) => Some(self.schema(asked).await?),
            None => None,
        };
        door::write(&data, schema).map(Some).map_err(|reason| unfit(&format!("{}: {reason}", part.as_str())))
    }

    fn asked(&self, data: &wire::ProduceData, part: Part) -> Option<Asked> {
        let own = || format!("{}-{}", self.topic, part.as_str());
        match (data.schema_id, &data.subject) {
            (Some(id), _) => Some(Asked::Id(id)),
            (None, Some(subject)) => Some(Asked::Subject(subject.clone())),
            (None, None) => (data.kind.as_deref() == Some("JSONSCHEMA")).then(|| Asked::Subject(own())),
        }
    }

    async fn schema(&mut self, asked: Asked) -> Result<SchemaId, Failure> {
        if let Some(id) = self.schemas.get(&asked) {
            return Ok(*id);
        }
        let context = ContextName::default_context();
        let source = &self.kafka.source;
        let found = match &asked {
            Asked::Id(id) => source.schema(&context, SchemaKey::Id(SchemaId(*id))).await,
            Asked::Subject(subject) => source.latest(&SubjectName::parse(subject)).await,
        };
        let found = found.map_err(|error| match error {
            SourceError::NotFound => Failure::new(ErrorCode::SchemaNotFound, "Schema not found"),
            SourceError::Unavailable(_) => Failure::new(ErrorCode::Unavailable, error.to_string()),
        })?;
        if found.kind != SchemaKind::Json {
            let kind = found.kind.as_str();
            return Err(unfit(&format!(
                "data under schemas of type {kind} is not encoded here: send what a serializer made of it, as BINARY"
            )));
        }
        self.schemas.insert(asked, found.id);
        Ok(found.id)
    }
}

impl Posted {
    /// Waits for what becomes of the record. One with which nothing is wrong was refused for others of its batch, and is sent
    /// again without them.
    pub(super) async fn settled(self) -> Result<wire::ProduceReceipt, Failure> {
        let Self { kafka, mut sent, record, mut receipt } = self;
        for _ in 0..MOST_AGAIN {
            match sent.settled().await {
                Ok(Placed { partition, offset, timestamp }) => {
                    (receipt.partition_id, receipt.offset) = (partition, offset);
                    receipt.timestamp = timestamp.map(rfc3339);
                    return Ok(receipt);
                }
                Err(Refused::Record) => {
                    if let Some(reason) = reason(&kafka, &receipt.topic_name, &record).await {
                        return Err(failure(&Refused::Record, Some(reason)));
                    }
                    let again = kafka.door.send(&receipt.topic_name, &record).await;
                    sent = again.map_err(|refused| failure(&refused, None))?;
                }
                Err(refused) => return Err(failure(&refused, None)),
            }
        }
        Err(failure(&Refused::Record, None))
    }
}

/// Why the record was refused: Kafka's own libraries don't hand that on.
async fn reason(kafka: &Kafka, topic: &str, record: &Outgoing) -> Option<String> {
    let proxy = kafka.proxy.upgrade()?;
    let headers: Vec<_> = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
    proxy.explain(topic, record.key.as_deref(), record.value.as_deref(), &headers).await
}

pub(super) fn failure(refused: &Refused, reason: Option<String>) -> Failure {
    let code = match refused {
        Refused::Record => ErrorCode::RecordRefused,
        Refused::Nowhere => ErrorCode::TopicNotFound,
        Refused::TooLarge => ErrorCode::PayloadTooLarge,
        Refused::Forbidden => ErrorCode::Forbidden,
        Refused::Later(_) => ErrorCode::Unavailable,
    };
    match reason {
        Some(reason) => Failure::new(code, format!("{refused}: {reason}")),
        None => Failure::new(code, refused.to_string()),
    }
}

fn header(header: wire::ProduceHeader) -> Result<(String, Option<Vec<u8>>), Failure> {
    let value = header.value.map(|value| STANDARD.decode(value)).transpose();
    value.map(|value| (header.name, value)).map_err(|_| unfit("the value of a header is in base64"))
}

fn moment(text: &str) -> Result<i64, Failure> {
    millis(text).ok_or_else(|| unfit("timestamp is one such as 2026-02-28T23:59:59.123Z"))
}

fn part(written: &Written) -> Option<wire::ProducedPart> {
    let size = written.bytes.as_ref()?.len();
    Some(wire::ProducedPart { kind: written.kind.to_owned(), size, schema_id: written.schema.map(|id| id.0) })
}

fn unfit(message: &str) -> Failure {
    Failure::new(ErrorCode::UnprocessableEntity, message)
}
