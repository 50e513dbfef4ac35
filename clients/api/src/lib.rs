//! REST bodies and error codes exactly as they are on the wire: what do requests and answers look like?
//!
//! Shared by the server and by clients. Names and omissions are those of the Confluent Schema Registry 8.x: members that
//! are null or empty are left out, unless a type says otherwise; unknown members of requests are ignored.

pub mod application;
pub mod association;
pub mod check;
pub mod compatibility;
pub mod consumers;
pub mod contract;
pub mod error;
pub mod events;
pub mod explain;
pub mod graph;
pub mod lineage;
pub mod marquez;
pub mod overview;
pub mod patch;
pub mod policies;
pub mod produce;
pub mod schema;
pub mod search;
pub mod settings;
pub mod status;
pub mod tokens;
pub mod trying;
pub mod violations;

pub use association::{
    Association, AssociationBatch, AssociationBatchAnswer, AssociationBatchGet, AssociationInfo, AssociationQuestion,
    AssociationRequest, AssociationResult, AssociationWish, ResourceAssociations,
};
pub use compatibility::CompatibilityAnswer;
pub use contract::{Metadata, Rule, RuleSet};
pub use error::{ErrorBody, ErrorCode};
pub use marquez::MarquezError;
pub use overview::{SubjectOverview, SubjectPage};
pub use patch::Patch;
pub use schema::{
    ContextId, ListedSchema, Reference, RegisterRequest, Registered, Schema, SchemaById, SchemaEntity, SchemaTags,
    SubjectVersion, TagRequest,
};
pub use settings::{Config, ConfigUpdate, Mode, ModeUpdate, SettingsAnswer, SettingsRequest, SubjectSettings};
pub use status::{ClusterId, Deployment, Scope, ServerVersion};
