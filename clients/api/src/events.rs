//! The live stream on the wire, `GET /govern/v1/events`: what stands in the data of its events?

use serde::{Deserialize, Serialize};

use crate::violations::Sample;

/// An event `counts`: what has been counted since the last one. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountsEvent {
    pub at: String,
    pub topics: Vec<TopicCounts>,
    /// Records of topics that found no room in this event.
    pub left_out: u64,
    /// Violations that were not shown as events of their own because there were too many. They are counted all the same.
    pub withheld: u64,
}

/// What was counted of one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicCounts {
    pub cluster: String,
    pub topic: String,
    /// Records that were written.
    pub records: u64,
    /// Records that were refused, or would have been in shadow mode.
    pub refused: u64,
    /// The rules that were broken.
    pub rules: Vec<RuleCounts>,
}

/// What was counted of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCounts {
    /// The rule of a contract, or one of the gate's own; `other` for those that found no room.
    pub rule: String,
    /// Records that broke it.
    pub records: u64,
    /// Those of them that were refused, removed or flagged.
    pub acted: u64,
}

/// An event `violation`: records of one producer that broke one rule in one way, with one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViolationEvent {
    pub cluster: String,
    pub topic: String,
    pub rule: String,
    pub path: String,
    pub reason: String,
    pub client_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub principal: String,
    /// Since it was last told of.
    pub records: u64,
    pub acted: u64,
    pub sample: Sample,
}

/// An event `lost`: the reader was too slow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostEvent {
    /// How many events it has missed.
    pub events: u64,
}
