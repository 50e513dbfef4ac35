//! Kafka over HTTP, under `/kafka/v3`, in the shapes of Confluent's REST Proxy: who is there, and what is written?

pub(super) mod listing;
mod outgoing;
pub(super) mod records;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tidegate_api::ErrorCode;
use tidegate_proxy::{Proxy, SchemaSource};

use super::error::Failure;
use crate::door::Door;

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Kafka {
    pub door: Door,
    /// Who tells schemas.
    pub source: Arc<dyn SchemaSource>,
    /// Who says why a record was refused.
    pub proxy: Weak<Proxy>,
    /// The largest record, as JSON, in bytes.
    pub max_record: usize,
    /// How long nothing may come while records are being sent.
    pub patience: Duration,
}

impl Kafka {
    /// Lets pass who means the one cluster that there is.
    fn check_cluster(&self, cluster: &str) -> Result<(), Failure> {
        if cluster == self.door.cluster() {
            return Ok(());
        }
        let message = format!("There is no cluster '{cluster}' here: it is called '{}'", self.door.cluster());
        Err(Failure::new(ErrorCode::ClusterNotFound, message))
    }
}
