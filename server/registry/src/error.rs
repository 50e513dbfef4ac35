//! What can go wrong in the registry? Facts, not sentences for HTTP: the server decides codes and words in one place.

use tidegate_compat::{
    ContextName, InvalidName, InvalidRules, Malformed, PolicyFault, Reference, SchemaId, SchemaKind, SubjectName,
    UnknownEntity, Verdict, Version, VersionSpec,
};

use crate::grants::Denied;
use crate::settings::{Mode, Scope};

/// The one error of all use-cases.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("subject '{0}' not found")]
    SubjectNotFound(SubjectName),
    #[error("subject '{0}' was soft-deleted already")]
    SubjectSoftDeleted(SubjectName),
    #[error("subject '{0}' has live versions: soft-delete it first")]
    SubjectNotSoftDeleted(SubjectName),
    #[error("version {version:?} of subject '{subject}' not found")]
    VersionNotFound { subject: SubjectName, version: VersionSpec },
    #[error("version {version} of subject '{subject}' was soft-deleted already")]
    VersionSoftDeleted { subject: SubjectName, version: Version },
    #[error("version {version} of subject '{subject}' is live: soft-delete it first")]
    VersionNotSoftDeleted { subject: SubjectName, version: Version },
    #[error("schema not found")]
    SchemaNotFound,
    #[error("the scope has no config of its own")]
    ConfigNotFound(Scope),
    #[error("the scope has no mode of its own")]
    ModeNotFound(Scope),
    #[error("the schema is incompatible")]
    Incompatible { subject: SubjectName, verdict: Verdict, compared: Compared },
    #[error("{0}")]
    Malformed(Malformed),
    #[error("the request has no schema, and the subject has none to inherit")]
    EmptySchema,
    #[error("unknown schema type '{0}'")]
    UnknownSchemaType(String),
    #[error("a reference needs a name, a subject and a version")]
    IncompleteReference,
    #[error("reference {reference:?} does not lead to a schema")]
    UnresolvedReference { reference: Reference },
    /// What it leads to comes together with it.
    #[error("reference {reference:?} leads to a schema that can't be read")]
    UnreadableReference { reference: Reference },
    /// The way from a schema to the ring, and once around it.
    #[error("references form a ring: {0:?}")]
    ReferenceRing(Vec<SubjectName>),
    #[error("reference {reference:?} goes by a name that stands for version {version} of '{subject}' already")]
    ConflictingReference { reference: Reference, subject: SubjectName, version: Version },
    #[error("references form a chain of more than {limit} schemas")]
    TooManyReferences { limit: usize },
    /// The schemas that it stands on have more text than this many bytes.
    #[error("the schemas that it stands on have more than {limit} bytes")]
    TooMuchReferred { limit: usize },
    #[error("version {given} was asked for, the next one is {next}")]
    WrongVersion { given: i32, next: Version },
    #[error(transparent)]
    InvalidSubject(InvalidName),
    #[error("schemas may not be registered under the empty subject")]
    EmptySubject,
    #[error(transparent)]
    InvalidRules(InvalidRules),
    #[error(transparent)]
    UnknownEntity(UnknownEntity),
    #[error("schema {} refers to version {version} of '{subject}'", referrer.1)]
    ReferenceExists { subject: SubjectName, version: Version, referrer: (ContextName, SchemaId) },
    #[error("mode {mode:?} of '{subject}' does not permit this")]
    NotPermitted { subject: SubjectName, mode: Mode },
    #[error("an id may only be given in mode IMPORT")]
    IdOutsideImport { subject: SubjectName },
    #[error("in mode {mode:?} the id must be given")]
    IdMissing { subject: SubjectName, mode: Mode },
    #[error("id {0} belongs to other content already")]
    IdTaken(SchemaId),
    #[error("the scope has live schemas, and IMPORT was not forced")]
    NotEmptyForImport(Scope),
    #[error("context '{0}' has subjects")]
    ContextNotEmpty(ContextName),
    #[error("modes can't be changed on this server")]
    ModesAreFixed,
    #[error("mode {0} is for the global scope only")]
    ModeNotHere(&'static str),
    #[error("{0} has no such association")]
    AssociationNotFound(String),
    #[error("{resource} has an association for its {kind} already")]
    AssociationExists { resource: String, kind: &'static str },
    #[error("subject '{0}' has associations")]
    SubjectAssociated(SubjectName),
    #[error("subject '{0}' belongs to a topic")]
    SubjectOwned(SubjectName),
    #[error("subject '{0}' has no live version")]
    NoLiveVersion(SubjectName),
    #[error("the association of subject '{subject}' for the {kind} of a topic is frozen")]
    AssociationFrozen { subject: SubjectName, kind: &'static str },
    #[error("{member}: {reason}")]
    InvalidAssociation { member: &'static str, reason: String },
    #[error("reference to subject '{0}', which belongs to a topic")]
    ReferenceToOwned(SubjectName),
    #[error("the text holds a NUL character, which no database keeps")]
    NulInText,
    #[error("{} may not {} here", .0.who.as_deref().unwrap_or("nobody"), .0.right.as_str())]
    Denied(Denied),
    #[error("there is no token '{0}'")]
    TokenNotFound(String),
    #[error("there is a token '{0}' already")]
    TokenExists(String),
    /// What is wrong with a token that somebody wants to have.
    #[error("{0}")]
    InvalidToken(String),
    #[error("there is no policy '{0}'")]
    PolicyNotFound(String),
    /// Somebody else was faster; `version` is what is there now.
    #[error("the policy '{name}' is not what it was")]
    PolicyChanged { name: String, version: Option<i64> },
    /// All that is wrong with a policy.
    #[error("the policy can't be used")]
    InvalidPolicy(Vec<PolicyFault>),
    #[error("no application '{0}' is declared")]
    ApplicationNotFound(String),
    /// All that is wrong with how an application is declared.
    #[error("the application can't be declared so")]
    InvalidApplication(Vec<String>),
    #[error("application '{0}' has published nothing")]
    ConsumerNotFound(String),
    /// All that is wrong with what an application wants to publish.
    #[error("what the application reads can't be published")]
    InvalidConsumer(Vec<String>),
    /// All that is wrong with what somebody says of a violation.
    #[error("this can't be said of a violation")]
    InvalidViolationState(Vec<String>),
    #[error("the server is shutting down")]
    ShuttingDown,
    #[error(transparent)]
    Store(tidegate_store::Error),
}

impl From<tidegate_store::Error> for Error {
    fn from(error: tidegate_store::Error) -> Self {
        match error {
            tidegate_store::Error::NulInText => Self::NulInText,
            other => Self::Store(other),
        }
    }
}

/// What a check was made against: what verbose messages quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The language of the candidate.
    pub kind: SchemaKind,
    /// The oldest version with a problem, and its text.
    pub version: Option<Version>,
    pub text: Option<std::sync::Arc<str>>,
    pub level: tidegate_compat::CompatibilityLevel,
    /// Whether reserved fields were checked too.
    pub validate_fields: bool,
}
