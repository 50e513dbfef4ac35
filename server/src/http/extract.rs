//! What stands in the path? Subjects, versions, ids, contexts, topics and resources, decoded once and parsed at the door.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use tidegate_api::ErrorCode;
use tidegate_compat::{ContextName, Fingerprint, SchemaId, SubjectName, VersionSpec};
use tidegate_registry::Error;

use super::Api;
use super::error::Failure;

/// `{subject}` of a path about schemas: the subject that answers for this name, which an alias makes another one. Whether
/// schemas may be registered under it is the registry's to say.
pub(super) struct Subject(pub(super) SubjectName);

/// `{subject}` of a path about settings: a subject or a context as it is written.
pub(super) struct Named(pub(super) SubjectName);

/// `{version}`: `latest`, `-1` or a positive number.
pub(super) struct AtVersion(pub(super) VersionSpec);

/// `{id}`: a number; anything else is a path that does not exist.
pub(super) struct Id(pub(super) SchemaId);

/// `{guid}`: what does not parse can't be found.
pub(super) struct Guid(pub(super) Fingerprint);

/// `{context}`: `name`, `.name` or `:.name:`.
pub(super) struct Context(pub(super) ContextName);

/// `{topic}`
pub(super) struct Topic(pub(super) String);

/// `{token}`: the name of one.
pub(super) struct TokenName(pub(super) String);

/// `{cluster}`: the id of one.
pub(super) struct Cluster(pub(super) String);

/// `{policy}`: the name of one.
pub(super) struct PolicyName(pub(super) String);

/// `{application}`: the name of one.
pub(super) struct ApplicationName(pub(super) String);

/// `{violation}`
pub(super) struct ViolationName(pub(super) String);

/// `{namespace}` of jobs and datasets.
pub(super) struct NamespaceName(pub(super) String);

/// `{dataset}`
pub(super) struct DatasetName(pub(super) String);

/// `{job}`
pub(super) struct JobName(pub(super) String);

/// `{run}`
pub(super) struct RunName(pub(super) String);

/// `{resourceId}`
pub(super) struct ResourceId(pub(super) String);

/// `{resourceNamespace}` and `{resourceName}`; `-` is any.
pub(super) struct ResourceName {
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Cluster {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "cluster").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PolicyName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "policy").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ApplicationName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "application").await.map(Self)
    }
}

impl FromRequestParts<Api> for Subject {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let Named(subject) = Named::from_request_parts(parts, api).await?;
        Ok(Self(api.registry.resolve_alias(&subject).await?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = parameter(parts, state, "subject").await?;
        if text.chars().any(char::is_control) {
            let message = format!("The subject '{}' is not valid: it has a control character", text.escape_default());
            return Err(Failure::new(ErrorCode::InvalidSubject, message));
        }
        Ok(Self(SubjectName::parse(&text)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtVersion {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = parameter(parts, state, "version").await?;
        let invalid = || {
            let message =
                format!("The version '{text}' is neither 'latest' nor -1 nor a positive number that fits 32 bits");
            Failure::new(ErrorCode::InvalidVersion, message)
        };
        VersionSpec::parse(&text).map(Self).ok_or_else(invalid)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let id = parameter(parts, state, "id").await?.trim().parse::<i32>();
        id.map(|id| Self(SchemaId(id))).map_err(|_| Failure::new(ErrorCode::NotFound, "HTTP 404 Not Found"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guid {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = parameter(parts, state, "guid").await?;
        Fingerprint::parse(text.trim()).map(Self).ok_or_else(|| Error::SchemaNotFound.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = parameter(parts, state, "context").await?;
        ContextName::parse(&text).map(Self).map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Topic {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "topic").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TokenName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "token").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ViolationName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "violation").await.map(Self)
    }
}

macro_rules! named {
    ($($name:ident = $parameter:literal),+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
                parameter(parts, state, $parameter).await.map(Self)
            }
        }
    )+};
}

named!(NamespaceName = "namespace", DatasetName = "dataset", JobName = "job", RunName = "run");

impl<S: Send + Sync> FromRequestParts<S> for ResourceId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        parameter(parts, state, "resourceId").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ResourceName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let named = |text: String| Some(text).filter(|text| text != "-");
        let namespace = named(parameter(parts, state, "resourceNamespace").await?);
        Ok(Self { namespace, name: named(parameter(parts, state, "resourceName").await?) })
    }
}

async fn parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Failure> {
    let invalid = |_| Failure::new(ErrorCode::BadRequest, "the path is not UTF-8 after percent-decoding");
    let parameters = RawPathParams::from_request_parts(parts, state).await.map_err(invalid)?;
    let value = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    value.ok_or_else(|| Failure::new(ErrorCode::Internal, format!("the route has no {{{name}}}")))
}
