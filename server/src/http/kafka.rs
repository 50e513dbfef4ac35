//! Kafka over HTTP, under `/kafka/v3`, in the shapes of Confluent's REST Proxy: who is there, and what is written?

pub(super) mod listing;
mod outgoing;
pub(super) mod records;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tidegate_api::ErrorCode;
use tidegate_proxy::{Proxy, SchemaSource};
use tokio_util::sync::CancellationToken;

use super::error::Failure;
use crate::door::Door;

/// What handlers work with: the clusters in the order of the configuration, none where no records are taken. Cheap to clone.
#[derive(Clone, Default)]
pub struct Clusters(pub Arc<[Kafka]>);

/// One cluster behind a door. Cheap to clone.
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
    /// When requests that go on and on have to end.
    pub stop: CancellationToken,
}

impl Clusters {
    /// The one that is meant.
    fn called(&self, name: &str) -> Result<&Kafka, Failure> {
        let found = self.0.iter().find(|kafka| kafka.door.cluster() == name);
        found.ok_or_else(|| {
            let known: Vec<_> = self.0.iter().map(|kafka| format!("'{}'", kafka.door.cluster())).collect();
            let others =
                if known.is_empty() { "nor any other".to_owned() } else { format!("but {}", known.join(", ")) };
            let message = format!("There is no cluster '{name}' here, {others}");
            Failure::new(ErrorCode::ClusterNotFound, message)
        })
    }
}
