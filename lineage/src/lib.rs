//! Who really writes and reads what, in which schema version?
//!
//! Observations come off the wire ([`Recorder`]), are flushed to a store by whoever owns the clock, and are asked for as
//! edges. Nearly pure: the time of an observation is passed in.

pub mod event;
pub mod recorder;

pub use event::{Edge, Evidence, Identity, Millis, Observation, SchemaRef, TopicRef};
pub use recorder::{EdgeKey, Recorder, Tally};
