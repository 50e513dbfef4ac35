//! How is the product put under load? Prebuilt Kafka frames against a broker that stores nothing, and HTTP requests.
//!
//! The sender costs next to nothing per record, so that what is measured is the proxy.

pub mod bare;
pub mod daemon;
pub mod declares;
pub mod drive;
pub mod estate;
pub mod frames;
pub mod http;
pub mod orders;
pub mod seats;
pub mod seed;
pub mod sender;
pub mod sink;
pub mod stats;
pub mod writes;
