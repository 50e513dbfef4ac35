//! Records over HTTP: how are they sent to a topic, and what is answered? The shapes are those of Confluent's REST Proxy v3.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A record to be written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProduceRequest {
    /// Where an answer is about several records, which one. Only in a batch.
    pub id: Option<String>,
    /// Absent: as the key says, or any.
    pub partition_id: Option<i32>,
    pub headers: Vec<ProduceHeader>,
    pub key: Option<ProduceData>,
    pub value: Option<ProduceData>,
    /// RFC 3339; absent: now.
    pub timestamp: Option<String>,
}

/// A header of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProduceHeader {
    pub name: String,
    /// Base64
    pub value: Option<String>,
}

/// A key or a value, and how to write it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProduceData {
    /// `BINARY` (base64), `STRING`, `JSON`, `JSONSCHEMA`, `AVRO` or `PROTOBUF`; that of the schema when one is named.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub schema_id: Option<i32>,
    /// Absent: the topic's own, `orders-value` for topic `orders`.
    pub subject: Option<String>,
    /// Absent: the latest.
    pub schema_version: Option<i32>,
    /// A schema's own text, which is not taken.
    pub schema: Option<String>,
    /// Not taken either: say `subject`.
    pub subject_name_strategy: Option<String>,
    pub data: Option<Box<RawValue>>,
}

/// Several records in one body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProduceBatch {
    pub entries: Vec<ProduceRequest>,
}

/// A record that was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProduceReceipt {
    /// As in a batch it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 200
    pub error_code: u32,
    pub cluster_id: String,
    pub topic_name: String,
    pub partition_id: i32,
    pub offset: i64,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ProducedPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ProducedPart>,
}

/// What a key or a value became.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProducedPart {
    #[serde(rename = "type")]
    pub kind: String,
    /// Bytes.
    pub size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<i32>,
}

/// A record of a batch that was not written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProduceFailure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub error_code: u32,
    pub message: String,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProduceBatchAnswer {
    pub successes: Vec<ProduceReceipt>,
    pub failures: Vec<ProduceFailure>,
}

/// A list as the REST Proxy has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KafkaList<T> {
    /// `KafkaClusterList` or `KafkaTopicList`
    pub kind: String,
    pub metadata: ListMetadata,
    pub data: Vec<T>,
}

/// Where a list is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListMetadata {
    #[serde(rename = "self")]
    pub this: String,
    /// Always null: a list is told whole.
    pub next: Option<String>,
}

/// Where a thing is, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceMetadata {
    #[serde(rename = "self")]
    pub this: String,
    pub resource_name: String,
}

/// Where more is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Related {
    pub related: String,
}

/// The cluster behind the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KafkaCluster {
    /// `KafkaCluster`
    pub kind: String,
    pub metadata: ResourceMetadata,
    pub cluster_id: String,
    pub topics: Related,
}

/// A topic of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KafkaTopic {
    /// `KafkaTopic`
    pub kind: String,
    pub metadata: ResourceMetadata,
    pub cluster_id: String,
    pub topic_name: String,
    pub is_internal: bool,
    pub replication_factor: usize,
    pub partitions_count: usize,
}
