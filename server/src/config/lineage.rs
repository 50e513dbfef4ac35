//! How is lineage gathered and kept?

use std::time::Duration;

use super::section::section;

section! {
    /// Who writes and reads what, counted by the proxy.
    pub struct LineageConfig in "lineage" {
        /// How often counts are written to the store (or sent to the remote registry).
        pub flush_interval: Duration = Duration::from_secs(5),
        /// How many edges (client, topic, schema) are counted at once. What does not fit is dropped and counted in
        /// `tidegate_lineage_dropped_total`.
        pub capacity: usize = 100_000,
        /// How long declared events (OpenLineage) and runs are kept. What they say about jobs, datasets and the flows between
        /// them stays.
        pub keep_events: Duration = Duration::from_secs(30 * 24 * 3600),
        /// How long it is kept in which hours each client wrote and read, so that the graph can be told as it was.
        pub keep_hours: Duration = Duration::from_secs(30 * 24 * 3600),
        /// The same by days, beyond that.
        pub keep_days: Duration = Duration::from_secs(400 * 24 * 3600),
    }
}
