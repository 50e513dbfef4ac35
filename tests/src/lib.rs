//! The harness: how do tests start the product and talk to it through its front doors?

pub mod contract;
pub mod load;
pub mod otlp;
pub mod registry;
pub mod relay;
