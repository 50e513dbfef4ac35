//! How is the registry spoken to over HTTP? Assembles routes, the one exchange around them, and the connections below.
//!
//! In the order a request meets them: `connections` (accept, limits) → `front` (paths put in order) → `fast` (is the answer
//! written already?) → `exchange` (request id, span, limits, media types, metrics) → `router` → `fresh` (what other nodes
//! did) → a handler, which only translates.

mod actor;
mod added;
mod confluent;
mod connections;
mod error;
mod exchange;
mod extract;
mod fast;
mod fresh;
mod front;
mod govern;
mod health;
mod instruments;
mod json;
mod media;
mod metrics;
mod page;
mod query;
mod request_id;
mod router;
mod timestamp;

use std::sync::Arc;

use tidegate_registry::Registry;

use self::confluent::Prepared;

pub use connections::{ConnectionLimits, serve};
pub use health::Health;
pub use router::{Around, Offered, front, routes};

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
struct Api {
    registry: Registry,
    prepared: Arc<Prepared>,
    /// The name of the Kafka cluster that this registry stands beside.
    cluster: Arc<str>,
}
