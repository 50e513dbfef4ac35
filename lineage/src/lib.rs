//! Who really writes and reads what, in which schema version?
//!
//! Observations come off the wire ([`Recorder`]), are flushed to a store by whoever owns the clock, and are asked for as
//! edges. Rules that records break are kept beside them ([`Blotter`]). Nearly pure: the time of an observation is passed in.

pub mod blotter;
pub mod event;
pub mod offence;
pub mod recorder;

pub use blotter::Blotter;
pub use event::{Edge, Evidence, Identity, Millis, Observation, SchemaRef, TopicRef};
pub use offence::{Offence, Offences, Sample, SampleField};
pub use recorder::{EdgeKey, Recorder, Tally};
