//! What does a cluster tell of itself when it is asked: how far do its logs reach, and how far has each group read?

use std::sync::Arc;

use crate::event::Millis;

/// The answers of one asking. Offsets are sums over the partitions of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The name under which the proxy knows the cluster.
    pub cluster: Arc<str>,
    /// What the cluster calls itself: an id that Kafka made up when it was set up.
    pub id: Option<Arc<str>>,
    pub at: Millis,
    /// Whether every group was told of. Else a group that is missing may be there all the same.
    pub is_whole: bool,
    pub logs: Vec<Log>,
    pub groups: Vec<Progress>,
}

/// How far the logs of a topic reach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    pub topic: Arc<str>,
    /// The offset that the next record will have.
    pub end: u64,
}

/// How far a group has read a topic, by what it wrote down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Progress {
    pub topic: Arc<str>,
    pub group: Arc<str>,
    pub committed: u64,
}
