//! Who really writes and reads what, in which schema version?
//!
//! Observations come off the wire ([`Recorder`]), are flushed to a store by whoever owns the clock, and are asked for as
//! edges. Rules that records break are kept beside them ([`Blotter`]). What others declare comes as OpenLineage events
//! ([`openlineage::read`]) and is the same graph told from the other side ([`Declaration`]). How both are walked is told in
//! [`graph`]. Nearly pure: the time of an observation is passed in.

pub mod application;
pub mod blotter;
pub mod clusters;
pub mod declared;
pub mod event;
pub mod graph;
pub mod lookups;
pub mod offence;
pub mod openlineage;
pub mod recorder;
pub mod survey;

pub use application::{Application, Applications, Known, NamedBy, Pattern};
pub use blotter::Blotter;
pub use clusters::ClusterNames;
pub use declared::{ColumnFlow, Declaration, Entity, Flow, Named, RunFact, RunState, Subject, Transformation};
pub use event::{Edge, Evidence, Identity, Millis, Observation, SchemaRef, TopicRef};
pub use lookups::{Lookup, Lookups};
pub use offence::{Offence, Offences, Sample, SampleField};
pub use recorder::{EdgeKey, Recorder, Tally};
pub use survey::{Log, Progress, Survey};
