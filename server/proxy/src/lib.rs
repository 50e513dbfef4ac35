//! A Kafka proxy that reads what is produced: who connects, what they write, and does it obey its schema?
//!
//! One client connection is one broker connection. Everything but the few messages that carry addresses or records passes
//! through untouched.

mod batch;
mod bench;
mod codec;
mod complaint;
mod connection;
pub mod dead_letter;
mod error;
mod explain;
mod fetch;
mod frame;
mod groups;
mod inspect;
mod judge;
mod ledger;
mod listen;
mod metadata;
pub mod metrics;
mod nodes;
mod offences;
mod pipe;
pub mod policy;
mod policy_feed;
mod probe;
mod produce;
pub mod proxy;
mod proxy_header;
pub mod quiet;
mod reject;
mod relay;
mod rewrite;
mod sample;
mod sasl;
pub mod schemas;
mod sentence;
mod subject;
#[cfg(test)]
mod testing;
mod topics;
mod traces;
mod transactions;
mod unserved;
pub mod versions;
mod warm;
mod wire;
#[doc(hidden)]
pub mod workbench;

pub use dead_letter::{DeadLetter, DeadLetters, Undelivered};
pub use nodes::{Addressing, BrokerNames, BrokerPortError, BrokerPorts};
pub use policy::{Action, Framing, Mode, Policies, PolicyFault, SubjectNaming, TopicPolicy, Transforms, Undecidable};
pub use proxy::{BrokerTls, ClientTls, Outside, Proxy, ProxySettings, StartError};
pub use schemas::{Registered, SchemaSource, SourceError};
