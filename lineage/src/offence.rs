//! Which rules do records break, who sends them, how often, and what did one look like?

use std::sync::Arc;

use tidegate_compat::Sketch;

use crate::event::{Millis, SchemaRef, TopicRef};

/// One way in which one producer's records break one rule. What is the same in all of this counts as the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Offence {
    pub topic: TopicRef,
    /// What the producer calls itself; empty when it says nothing.
    pub client_id: Arc<str>,
    /// Who it has proved to be; empty when it has not.
    pub principal: Arc<str>,
    /// The rule of a contract, or one of the gate's own, such as `tidegate.payload`.
    pub rule: Arc<str>,
    /// The field, such as `order.lines[].price`, with no positions in it; empty where it is about no field.
    pub path: Arc<str>,
    /// What is wrong, in words that hold nothing of a record.
    pub reason: Arc<str>,
}

/// An offence as seen since the last flush.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offences {
    pub offence: Offence,
    /// Records, whatever was done about them.
    pub records: u64,
    /// Those of them about which something was done: they were refused, removed or flagged.
    pub acted: u64,
    pub first: Millis,
    pub last: Millis,
    /// A few of the records, the newest last.
    pub samples: Vec<Sample>,
}

/// One record that broke a rule, with all of its values masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub at: Millis,
    pub partition: i32,
    /// The record's place in its batch.
    pub index: u32,
    /// The schema that it named.
    pub schema: Option<SchemaRef>,
    /// What was done about it, or would have been in shadow.
    pub action: Arc<str>,
    /// The field at fault, with positions: `order.lines[2].price`.
    pub path: String,
    /// Bytes of key and value.
    pub bytes: u64,
    /// The record's fields in their order, as far as it can be read.
    pub fields: Vec<SampleField>,
    /// The record as a tree, with everything in it that is at fault; `None` where nobody can read it.
    pub tree: Option<Sketch>,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleField {
    /// Its path, with `[]` for the items of arrays and `{}` for the values of maps.
    pub path: Arc<str>,
    /// What kind of value it is, and how long: `string(12)`, `int`. Nothing of the value itself; of fields that hold personal
    /// data not even this.
    pub mask: Arc<str>,
}
