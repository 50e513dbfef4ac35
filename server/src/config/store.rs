//! Where are schemas, settings, audit and lineage kept?

use super::section::section;

section! {
    /// The database: SQLite for one node, PostgreSQL for one or more.
    pub struct StoreConfig in "store" {
        /// `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`. Tables are created and brought
        /// up to date at start. The folder of a SQLite file is created if it is missing.
        pub url: String = "sqlite://tidegate-data/tidegate.db".to_owned(),
    }
}
