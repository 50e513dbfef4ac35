//! What was seen: one identity, one topic, one direction, how it is known, how much and when?

use std::sync::Arc;

use tidegate_compat::{ContextName, SchemaId};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// A topic of one cluster. The cluster is the name under which the proxy knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicRef {
    pub cluster: Arc<str>,
    pub topic: Arc<str>,
}

/// Who a connection is, as far as the wire tells. Empty text means "not told".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Identity {
    pub client_id: Arc<str>,
    /// Client library and version from `ApiVersions`, such as `librdkafka/2.12.1`.
    pub software: Arc<str>,
    /// The authenticated principal; empty when the connection is not authenticated.
    pub principal: Arc<str>,
    /// The peer's IP address without port.
    pub address: Arc<str>,
}

/// A schema id with the context that it counts in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchemaRef {
    pub context: ContextName,
    pub id: SchemaId,
}

/// How a consumer edge is known, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// The group subscribed (`JoinGroup` or `ConsumerGroupHeartbeat`).
    Subscribed,
    /// Records were fetched; the wire names no group for that.
    Fetched,
    /// The group committed an offset: proof that it read.
    Committed,
    /// It did so in a transaction in which the same client wrote: what was read went into what was written.
    Transactional,
}

impl Evidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribed => "subscribed",
            Self::Fetched => "fetched",
            Self::Committed => "committed",
            Self::Transactional => "transactional",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Subscribed, Self::Fetched, Self::Committed, Self::Transactional];
        all.into_iter().find(|evidence| evidence.as_str() == text)
    }
}

/// The direction in which data flows between the identity and the topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Edge {
    /// `schema` is `None` for records whose id could not be read or was not looked at.
    Produces {
        schema: Option<SchemaRef>,
    },
    /// Written to in transactions that also committed how far this group has read. The records are those of
    /// [`Self::Produces`], and not counted here again.
    Transacts {
        group: Arc<str>,
    },
    /// Written to in traces that passed records of another topic before, which this client reads: for this group, if it is
    /// one. The records are those of [`Self::Produces`], and not counted here again.
    Traced {
        from: Arc<str>,
        group: Option<Arc<str>>,
    },
    Consumes {
        group: Option<Arc<str>>,
        evidence: Evidence,
    },
}

impl Edge {
    /// The group that is named.
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Produces { .. } => None,
            Self::Transacts { group } => Some(group),
            Self::Consumes { group, .. } | Self::Traced { group, .. } => group.as_deref(),
        }
    }

    /// Whether data flows to the topic, rather than from it.
    pub fn does_write(&self) -> bool {
        !matches!(self, Self::Consumes { .. })
    }
}

/// One edge as seen since the last flush.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub identity: Arc<Identity>,
    pub topic: TopicRef,
    pub edge: Edge,
    /// Records written or read; 0 for subscriptions.
    pub records: u64,
    /// Bytes of keys and values as the records carry them, uncompressed.
    pub bytes: u64,
    /// Records that were refused, or would have been in shadow mode.
    pub refused: u64,
    pub first: Millis,
    pub last: Millis,
}
