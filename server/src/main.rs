//! The one daemon: from flags to a running registry and proxy.

mod cli;
mod config;
#[cfg(feature = "dev-broker")]
mod dev_broker;
mod shutdown;
mod telemetry;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {}
