//! How is the registry spoken to over HTTP? Assembles routes, the one exchange around them, and the connections below.
//!
//! In the order a request meets them: `connections` (accept, TLS, limits) → `front` (is it for `ui`? paths put in order) → `fast` (is the
//! answer written already?) → `exchange` (request id, span, media types, `auth`: what other nodes did and who asks, limits,
//! metrics) → `router` → a handler, which only translates.

mod actor;
mod added;
mod auth;
mod confluent;
mod connections;
mod error;
mod exchange;
mod extract;
mod fast;
mod front;
mod govern;
mod health;
mod instruments;
mod json;
mod kafka;
mod marquez;
mod media;
mod metrics;
mod page;
mod pulse;
mod query;
mod request_id;
mod router;
mod tags;
mod timestamp;
mod tls;
mod ui;
mod visitor;

use std::sync::Arc;

use tidegate_registry::Registry;

use self::confluent::Prepared;
use crate::config::AuthConfig;
use crate::last_records::LastRecords;
use crate::live::Feed;

pub use auth::{Guard, hash_password};
pub use connections::{ConnectionLimits, serve};
pub use health::Health;
pub use kafka::{Clusters, Kafka};
pub use router::{Around, Offered, front, routes};
pub use timestamp::rfc3339;
pub use tls::Tls;

/// Who is let in to all that is served.
pub fn guard(config: &AuthConfig, registry: Option<&Registry>, is_private: bool) -> Guard {
    Guard::new(config, registry.cloned(), is_private, router::needs())
}

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
struct Api {
    registry: Registry,
    prepared: Arc<Prepared>,
    /// The name of the Kafka cluster that this registry stands beside.
    cluster: Arc<str>,
    /// What is happening now.
    feed: Feed,
    /// Where topics are read, by cluster.
    topics: Arc<[LastRecords]>,
}
