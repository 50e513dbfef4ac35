//! Lineage on the wire: who writes and reads a topic, and how does a proxy report what it saw?

use serde::{Deserialize, Serialize};

/// `GET /govern/v1/lineage/topics/{topic}`. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicLineage {
    pub topic: String,
    /// Absent when the topic was seen on no cluster, or on several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    pub producers: Vec<Producer>,
    /// Every schema version written, over all producers, oldest first.
    pub schema_versions: Vec<SchemaVersionSeen>,
    pub consumers: Vec<Consumer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
}

/// `GET /govern/v1/lineage/schemas`: the schemas under which records were seen in the last day, those seen last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentSchemas {
    pub schemas: Vec<RecentSchema>,
}

/// A schema under which records were seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentSchema {
    pub context: String,
    pub id: i32,
    pub last_seen: String,
}

/// Who a connection said it was. Empty members are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    pub client_id: String,
    /// The client library and its version, such as `librdkafka/2.12.1`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub software: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub principal: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// Someone who wrote to the topic, with the sums over all schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    #[serde(flatten)]
    pub client: Client,
    /// What was written, by schema. Records without a readable schema id are in the sums only.
    pub schemas: Vec<SchemaTraffic>,
    /// Consumer groups for which it wrote in transactions: what they had read was committed together with what it wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Topics that it reads, where records of the same traces had been before it wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traced_from: Vec<String>,
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
    pub first_seen: String,
    pub last_seen: String,
}

/// What one producer wrote with one schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaTraffic {
    pub id: i32,
    pub context: String,
    /// The subject and version of the id, where the registry still knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    pub records: u64,
    pub bytes: u64,
    pub refused: u64,
    pub first_seen: String,
    pub last_seen: String,
}

/// A schema version that the topic holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersionSeen {
    pub id: i32,
    pub context: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    pub records: u64,
    pub first_seen: String,
    pub last_seen: String,
}

/// Someone who reads the topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(flatten)]
    pub client: Client,
    /// `subscribed`, `fetched`, `committed`, `transactional`: how this is known.
    pub evidence: Vec<String>,
    pub first_seen: String,
    pub last_seen: String,
}

/// `POST /govern/v1/lineage/surveys`: what a cluster told of itself when a proxy asked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyReport {
    pub cluster: String,
    /// What the cluster calls itself, if it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Whether every group was told of.
    #[serde(default)]
    pub whole: bool,
    #[serde(default)]
    pub logs: Vec<LogEnd>,
    #[serde(default)]
    pub groups: Vec<GroupProgress>,
}

/// How far the logs of a topic reach: the sum of the ends of its partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    pub topic: String,
    pub end: u64,
}

/// How far a group has read a topic: the sum of its committed offsets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupProgress {
    pub group: String,
    pub topic: String,
    pub committed: u64,
}

/// `POST /govern/v1/lineage/observations`: what a proxy counted since its last report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObservationReport {
    pub observations: Vec<ObservedEdge>,
}

/// One edge with what to add to its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedEdge {
    pub cluster: String,
    pub topic: String,
    #[serde(flatten)]
    pub client: Client,
    #[serde(flatten)]
    pub direction: ObservedDirection,
    #[serde(default)]
    pub records: u64,
    #[serde(default)]
    pub bytes: u64,
    #[serde(default)]
    pub refused: u64,
    /// Milliseconds since 1970, UTC.
    pub first: i64,
    pub last: i64,
}

/// Which way the data went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "direction", rename_all = "lowercase")]
pub enum ObservedDirection {
    Produces {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<SchemaKey>,
        /// For which group, in transactions that committed how far that has read. Such an edge has no schema and no counts
        /// of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// The topic whose records are part of the same traces, and were read before. `group` is then the one for which they
        /// were read. Such an edge has no schema and no counts of its own either.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    Consumes {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        evidence: String,
    },
}

/// A schema id in its context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaKey {
    pub context: String,
    pub id: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_reads_back_as_it_was_sent() {
        let edge = ObservedEdge {
            cluster: "main".into(),
            topic: "orders".into(),
            client: Client { client_id: "shop".into(), ..Client::default() },
            direction: ObservedDirection::Produces {
                schema: Some(SchemaKey { context: ".".into(), id: 7 }),
                group: None,
                from: None,
            },
            records: 3,
            bytes: 300,
            refused: 1,
            first: 1,
            last: 2,
        };
        let text = serde_json::to_string(&edge).unwrap();
        assert!(text.contains(r#""direction":"produces""#), "{text}");
        assert_eq!(serde_json::from_str::<ObservedEdge>(&text).unwrap(), edge);
    }
}
