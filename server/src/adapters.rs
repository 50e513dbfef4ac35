//! How do the parts that must not know each other talk? The proxy asks for schemas and gives lineage; here is where both
//! meet the registry, in this process or elsewhere.

mod dead_letters;
mod emitter;
mod flusher;
mod in_process;
mod remote;
mod store_sink;
mod surveyor;
pub(crate) mod violation_wire;
mod wire;

#[cfg(test)]
mod tests;

pub use dead_letters::KafkaLetters;
pub use emitter::{Emitter, EventTopic};
pub use flusher::{Counted, Flusher};
pub use in_process::InProcess;
pub use remote::{RemoteCredentials, RemoteError, RemoteRegistry};
pub use store_sink::StoreSink;
pub use surveyor::start_surveyor;
use wire::survey_to_wire;
pub(crate) use wire::{from_wire, survey_from_wire, to_wire};
