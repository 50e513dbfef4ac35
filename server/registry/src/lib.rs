//! The registry's use-cases: who may do what to which schema, and what happens then?
//!
//! No HTTP words and no SQL words: the server translates requests into these calls and [`Error`] into answers.

pub mod access;
pub mod actor;
pub mod applications;
pub mod associations;
mod cache;
mod candidate;
pub mod check;
mod commit;
pub mod consumers;
pub mod contexts;
pub mod coverage;
pub mod declare;
pub mod declared;
pub mod delete;
mod described;
pub mod error;
pub mod explain;
pub mod grants;
pub mod graph;
mod ground;
mod lanes;
pub mod lineage;
pub mod listing;
pub mod lookup;
pub mod metrics;
pub mod model;
pub mod news;
pub mod overview;
pub mod policies;
pub mod references;
pub mod register;
mod reserved;
mod retry;
mod rules;
mod said;
pub mod search;
pub mod settings;
pub mod tagging;
pub mod tags;
pub mod together;
pub mod tokens;
pub mod trying;
pub mod usage;
pub mod violations;
mod visitors;

pub use access::Access;
pub use actor::Actor;
pub use applications::DeclaredApplication;
pub use associations::{
    Association, AssociationChoice, AssociationKind, AssociationsOf, Lifecycle, Operation, Related, Resource,
    ResourceChange, Wanted,
};
pub use consumers::{Claim, Consumer, DeclaredReader, Publication, Reads};
pub use coverage::Coverage;
pub use declare::{Declared, DeclaredRules};
pub use error::Error;
pub use grants::{Denied, Grant, Grants, Object, Right};
pub use listing::{Listed, Listing, Prefix};
pub use model::{Candidate, Page, Registry, StoredSchema, StoredVersion, Visibility};
pub use news::{Concerned, Stamp};
pub use overview::{Moment, Overview, OverviewChoice};
pub use policies::{Expected, KeptPolicy, PolicySet, PolicyVersion};
pub use search::{CatalogueOrder, Facet, Hit, InvalidQuery, Position, Progress, SearchPage, SearchQuery, Searched};
pub use settings::{Config, ConfigPatch, Defaults, Mode, Origin, Scope};
pub use tagging::{Changes, VersionEdit};
pub use together::Drafts;
pub use tokens::{NewToken, Token};
pub use violations::{Saying, Violation, ViolationFilter, ViolationState};

pub type Result<T> = std::result::Result<T, Error>;
