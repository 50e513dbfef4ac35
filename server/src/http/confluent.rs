//! The paths of the Confluent Schema Registry: how do its requests become calls of the registry, and results its answers?
//!
//! One file per noun of the API. Handlers translate and nothing else.

pub(super) mod associations;
pub(super) mod compatibility;
pub(super) mod config;
pub(super) mod contexts;
pub(super) mod messages;
pub(super) mod metadata;
pub(super) mod mode;
mod prefix;
mod prepared;
pub(super) mod schemas;
mod shown;
pub(super) mod subjects;
mod tagging;
pub(super) mod versions;
pub(super) mod wire;

pub(super) use prepared::Prepared;
