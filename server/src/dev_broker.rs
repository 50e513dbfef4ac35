//! Where does Kafka come from when a developer has none? An in-memory broker inside this process, for trying things out.
//!
//! It is librdkafka's mock cluster: topics appear when they are first used (4 partitions), consumer groups and idempotent
//! producers work, and nothing survives a restart. It keeps a few megabytes per partition, does not hide aborted
//! transactions, and has no admin calls such as `CreateTopics`.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// What clients are told that want to make a topic.
pub const NO_TOPICS: &str = "the in-memory development broker makes no topics on request, only when they are first used; for a \
                             real Apache Kafka start Tidegate with `make run KAFKA=1`, or name yours with --brokers";

/// The running broker; dropping it ends it.
pub struct DevBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl DevBroker {
    pub fn start() -> Result<Self, rdkafka::error::KafkaError> {
        MockCluster::new(1).map(|cluster| Self { cluster })
    }

    /// `host:port` on loopback, chosen by the system.
    pub fn address(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}
