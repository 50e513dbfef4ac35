//! All SQL of the product, on PostgreSQL and SQLite: what is kept, and how is it read and changed?
//!
//! A [`Store`] hands out a [`Session`] to read with and a [`Tx`] to write with. Each noun has a file with its SQL and
//! the typed functions around it. What differs between the two databases is in [`db`] and in
//! the files below it that only one of them needs.

pub mod applications;
pub mod associations;
pub mod audit;
pub mod catalogue;
pub mod consumers;
mod contexts;
pub mod db;
pub mod declared;
pub mod error;
mod freshness;
pub mod grounds;
mod hearing;
pub mod history;
pub mod json;
pub mod lineage;
mod listen;
pub mod listing;
pub mod lookups;
pub mod policies;
mod postgres;
mod rows;
pub mod schemas;
pub mod sealing;
mod seals;
pub mod session;
pub mod settings;
pub mod standing;
pub mod subjects;
pub mod surveys;
pub mod tokens;
pub mod tx;
pub mod violations;
pub mod whole;

pub use applications::ApplicationRow;
pub use associations::{AssociationFilter, AssociationRow, AssociationsOf, Resource};
pub use audit::{AuditEntry, Change};
pub use catalogue::{
    CatalogueEntry, CatalogueOrder, CatalogueState, Clause, Condition, Counts, FacetCount, Found, Position, Search,
    WordPlace,
};
pub use consumers::{ConsumerRow, ReadRow};
pub use db::Store;
pub use declared::DeclaredEvent;
pub use error::Error;
pub use grounds::Grounds;
pub use hearing::Word;
pub use history::Window;
pub use listing::{Filter, Glance};
pub use policies::{PolicyRow, PolicyVersionRow};
pub use schemas::{Incoming, Placed, Referring, StoredSchema};
pub use sealing::Sealing;
pub use session::{Revisions, Session};
pub use settings::{Config, Setting};
pub use standing::{Said, Standing, ViolationState};
pub use subjects::VersionRow;
pub use surveys::{GroupRow, LogRow};
pub use tokens::TokenRow;
pub use tx::{Recorded, Tx};
pub use violations::{ViolationFilter, ViolationRow};
pub use whole::{EdgePage, TopicEdges};

pub type Result<T, E = Error> = std::result::Result<T, E>;
