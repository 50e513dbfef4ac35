//! Where do observations and offences go when the registry is in this process? Into its store, and past those who watch.

use tidegate_lineage::{Observation, Offences, Survey};
use tidegate_registry::Registry;

use super::flusher::{Sink, SinkError};
use crate::live::Feed;

pub struct StoreSink {
    registry: Registry,
    feed: Feed,
}

impl StoreSink {
    pub fn new(registry: Registry, feed: Feed) -> Self {
        Self { registry, feed }
    }
}

impl Sink for StoreSink {
    async fn accept(&self, observations: &[Observation]) -> Result<(), SinkError> {
        self.registry.observe(observations).await.map_err(|error| SinkError(error.to_string()))?;
        self.feed.observed(observations);
        Ok(())
    }

    async fn accept_offences(&self, offences: &[Offences]) -> Result<(), SinkError> {
        self.registry.add_offences(offences).await.map_err(|error| SinkError(error.to_string()))?;
        self.feed.offended(offences);
        Ok(())
    }

    async fn accept_survey(&self, survey: &Survey) -> Result<(), SinkError> {
        self.registry.survey(survey).await.map_err(|error| SinkError(error.to_string()))
    }

    fn is_watched(&self) -> bool {
        self.feed.is_watched()
    }
}
