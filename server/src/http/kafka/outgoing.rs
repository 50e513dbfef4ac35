//! How does a record on the wire become one that is sent, and what is told of it afterwards?

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tidegate_api::ErrorCode;
use tidegate_api::produce as wire;
use tidegate_compat::policy::Part;
use tidegate_compat::{ContextName, Parsed, SchemaId, SchemaKey, Strictness, SubjectName, Version, VersionSpec, parse};
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
    schemas: HashMap<Asked, Schema>,
}

/// How a schema was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asked {
    Id(i32),
    Version { subject: String, version: Option<i32> },
}

/// A schema that data is written under.
#[derive(Debug, Clone)]
struct Schema {
    id: SchemaId,
    parsed: Parsed,
    /// As what it was asked for, or is known.
    place: Option<(String, i32)>,
}

/// The bytes of a key or a value, and what is told of them.
type Body = (Option<Vec<u8>>, Option<wire::ProducedPart>);

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
        let (key, shown_key) = self.written(key, Part::Key).await?.unwrap_or_default();
        let (value, shown_value) = self.written(value, Part::Value).await?.unwrap_or_default();
        let record = Outgoing {
            partition: partition_id,
            headers: headers.into_iter().map(header).collect::<Result<_, _>>()?,
            timestamp: timestamp.map(|text| moment(&text)).transpose()?,
            key,
            value,
        };
        if record.partition.is_some_and(|partition| partition < 0) {
            return Err(unfit("partition_id is not negative"));
        }
        let receipt = wire::ProduceReceipt {
            id,
            error_code: 200,
            cluster_id: self.kafka.door.cluster().to_owned(),
            topic_name: self.topic.clone(),
            key: shown_key,
            value: shown_value,
            ..wire::ProduceReceipt::default()
        };
        let sent = self.kafka.door.send(&self.topic, &record).await.map_err(|refused| failure(&refused, None))?;
        Ok(Posted { kafka: self.kafka.clone(), sent, record, receipt })
    }

    async fn written(&mut self, data: Option<wire::ProduceData>, part: Part) -> Result<Option<Body>, Failure> {
        let Some(data) = data else { return Ok(None) };
        let told = |reason: &str| unfit(&format!("{}: {reason}", part.as_str()));
        if data.schema.is_some() {
            return Err(told(
                "'schema' is not taken: register it, and name it by schema_id, or subject and schema_version",
            ));
        }
        if data.subject_name_strategy.is_some() {
            return Err(told("'subject_name_strategy' is not taken: name the subject itself in 'subject'"));
        }
        let schema = match self.asked(&data, part) {
            Some(asked) => Some(self.schema(asked).await?),
            None => None,
        };
        let under = schema.as_ref().map(|schema| (schema.id, &schema.parsed));
        let written = door::write(&data, under).map_err(|reason| told(&reason))?;
        let place = schema.and_then(|schema| schema.place).filter(|_| written.schema.is_some());
        let shown = written.bytes.as_ref().map(|bytes| shown(&written, bytes.len(), place));
        Ok(Some((written.bytes, shown)))
    }

    fn asked(&self, data: &wire::ProduceData, part: Part) -> Option<Asked> {
        let own = || format!("{}-{}", self.topic, part.as_str());
        let version = data.schema_version;
        match (data.schema_id, &data.subject) {
            (Some(id), _) => Some(Asked::Id(id)),
            (None, Some(subject)) => Some(Asked::Version { subject: subject.clone(), version }),
            (None, None) if version.is_some() || data.kind.as_deref().is_some_and(door::needs_schema) => {
                Some(Asked::Version { subject: own(), version })
            }
            (None, None) => None,
        }
    }

    async fn schema(&mut self, asked: Asked) -> Result<Schema, Failure> {
        if let Some(known) = self.schemas.get(&asked) {
            return Ok(known.clone());
        }
        let context = ContextName::default_context();
        let source = &self.kafka.source;
        let found = match &asked {
            Asked::Id(id) => source.schema(&context, SchemaKey::Id(SchemaId(*id))).await,
            Asked::Version { subject, version } => source.version(&SubjectName::parse(subject), spec(*version)?).await,
        };
        let found = found.map_err(|error| match error {
            SourceError::NotFound => Failure::new(ErrorCode::SchemaNotFound, "Schema not found"),
            SourceError::Unavailable(_) => Failure::new(ErrorCode::Unavailable, error.to_string()),
        })?;
        let parsed = parse(found.kind, &found.text, &found.references, Strictness::Lenient);
        let parsed = parsed.map_err(|malformed| {
            unfit(&format!("the schema with id {} can't be read any more: {}", found.id.0, malformed.message))
        })?;
        let schema = Schema { id: found.id, parsed, place: place(&asked, &found.usages) };
        self.schemas.insert(asked, schema.clone());
        Ok(schema)
    }
}

/// Which version is meant; without a number the latest.
fn spec(version: Option<i32>) -> Result<VersionSpec, Failure> {
    match version {
        None => Ok(VersionSpec::Latest),
        Some(number) if number > 0 => Ok(VersionSpec::Number(Version(number))),
        Some(_) => Err(unfit("schema_version is greater than 0")),
    }
}

/// The subject and version that a schema is shown under: in the subject that was asked for, or wherever it is.
fn place(asked: &Asked, usages: &[(SubjectName, Version)]) -> Option<(String, i32)> {
    let newest = |wanted: &SubjectName| {
        let of_it = usages.iter().filter(|(subject, _)| subject == wanted);
        of_it.map(|(_, version)| *version).max()
    };
    match asked {
        Asked::Id(_) => usages.first().map(|(subject, version)| (subject.to_string(), version.0)),
        Asked::Version { subject, version: Some(number) } => Some((subject.clone(), *number)),
        Asked::Version { subject, version: None } => {
            newest(&SubjectName::parse(subject)).map(|version| (subject.clone(), version.0))
        }
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

fn shown(written: &Written, size: usize, place: Option<(String, i32)>) -> wire::ProducedPart {
    let (subject, schema_version) = place.unzip();
    wire::ProducedPart {
        kind: written.kind.to_owned(),
        size,
        subject,
        schema_id: written.schema.map(|id| id.0),
        schema_version,
    }
}

fn unfit(message: &str) -> Failure {
    Failure::new(ErrorCode::UnprocessableEntity, message)
}
