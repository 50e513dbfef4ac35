//! Where do observations and offences go when the registry is in this process? Into its store.

use tidegate_lineage::{Observation, Offences};
use tidegate_registry::Registry;

use super::flusher::{Sink, SinkError};

pub struct StoreSink {
    registry: Registry,
}

impl StoreSink {
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }
}

impl Sink for StoreSink {
    async fn accept(&self, observations: &[Observation]) -> Result<(), SinkError> {
        self.registry.observe(observations).await.map_err(|error| SinkError(error.to_string()))
    }

    async fn accept_offences(&self, offences: &[Offences]) -> Result<(), SinkError> {
        self.registry.add_offences(offences).await.map_err(|error| SinkError(error.to_string()))
    }
}
