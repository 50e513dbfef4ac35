//! What does a caller get to hear when something goes wrong? The only place where errors of the registry become codes.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tidegate_api::{ErrorBody, ErrorCode};
use tidegate_compat::{SubjectName, VersionSpec};
use tidegate_registry::{Denied, Error, Object, Scope};

use super::confluent::messages;
use super::json::Json;
use super::media::Media;

/// How a caller may say who it is.
const CHALLENGES: [&str; 2] =
    ["Basic realm=\"Schema Registry\", charset=\"UTF-8\"", "Bearer realm=\"Schema Registry\""];
/// Seconds.
const PAUSE: &str = "6";

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

/// How many bytes a message may have. Names and values that callers make up stand in them.
const MAX_MESSAGE: usize = 64 * 1024;

/// What handlers return.
pub(super) type Answer<T> = Result<Json<T>, Failure>;

impl Failure {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn body(&self) -> ErrorBody {
        ErrorBody { error_code: self.code.code(), message: shortened(&self.message) }
    }

    /// As an answer that goes through no exchange, and so has to name its media type itself.
    pub(super) fn alone(self) -> Response {
        let mut response = self.into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(Media::default().as_str()));
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Json(self.body());
        let mut response = (status, body).into_response();
        match self.code {
            ErrorCode::Unauthorized => {
                for challenge in CHALLENGES {
                    response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
                }
            }
            ErrorCode::TooManyRequests => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(PAUSE));
            }
            _ => {}
        }
        if status.is_server_error() {
            response.extensions_mut().insert(self);
        }
        response
    }
}

/// A message without its end, if it is a long one.
fn shortened(message: &str) -> String {
    match message.get(..message.floor_char_boundary(MAX_MESSAGE)) {
        Some(start) if start.len() < message.len() => format!("{start}…"),
        _ => message.to_owned(),
    }
}

/// Logs what went wrong on our side, once, where the request is known.
pub(super) fn log(response: &Response, method: &Method, route: &str, request_id: &str) {
    if let Some(Failure { code, message }) = response.extensions().get() {
        tracing::error!(
            error.code = code.code(),
            error.message = message,
            http.request.method = %method,
            http.route = route,
            http.request.id = request_id,
            "a request failed"
        );
    }
}

/// Logs what went wrong on our side in one part of a request whose answer as a whole is a success.
pub(super) fn log_part(failure: &Failure) {
    if failure.code.status() >= 500 {
        tracing::error!(
            error.code = failure.code.code(),
            error.message = failure.message,
            "a part of a request failed"
        );
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use ErrorCode as Code;
        let (code, message) = match error {
            Error::SubjectNotFound(subject) => (Code::SubjectNotFound, format!("Subject '{subject}' not found.")),
            Error::SubjectSoftDeleted(subject) => (
                Code::SubjectSoftDeleted,
                format!("Subject '{subject}' was soft deleted. Set permanent=true to delete it for good."),
            ),
            Error::SubjectNotSoftDeleted(subject) => (
                Code::SubjectNotSoftDeleted,
                format!("Subject '{subject}' must be soft deleted before it is deleted for good."),
            ),
            Error::VersionNotFound { subject, version } => {
                (Code::VersionNotFound, format!("Version {} of subject '{subject}' not found.", shown(version)))
            }
            Error::VersionSoftDeleted { subject, version } => (
                Code::VersionSoftDeleted,
                format!(
                    "Version {version} of subject '{subject}' was soft deleted. Set permanent=true to delete it for good."
                ),
            ),
            Error::VersionNotSoftDeleted { subject, version } => (
                Code::VersionNotSoftDeleted,
                format!("Version {version} of subject '{subject}' must be soft deleted before it is deleted for good."),
            ),
            Error::SchemaNotFound => (Code::SchemaNotFound, "Schema not found".to_owned()),
            Error::ConfigNotFound(scope) => {
                (Code::SubjectConfigNotFound, format!("{} has no compatibility config of its own", scoped(&scope)))
            }
            Error::ModeNotFound(scope) => {
                (Code::SubjectModeNotFound, format!("{} has no mode of its own", scoped(&scope)))
            }
            Error::Incompatible { subject, verdict, compared } => {
                let list = messages::list(&verdict, &compared).join(", ");
                (
                    Code::IncompatibleSchema,
                    format!("The schema is incompatible with an earlier one of subject '{subject}', details: [{list}]"),
                )
            }
            Error::Malformed(malformed) => (Code::InvalidSchema, format!("Invalid schema: {malformed}")),
            Error::EmptySchema => {
                (Code::InvalidSchema, "Invalid schema: it is empty, and there is none to inherit".to_owned())
            }
            Error::UnknownSchemaType(kind) => (Code::InvalidSchema, format!("Unknown schema type '{kind}'")),
            Error::IncompleteReference => {
                (Code::InvalidSchema, "A reference needs a name, a subject and a version".to_owned())
            }
            Error::UnresolvedReference { reference } => (
                Code::InvalidSchema,
                format!(
                    "The reference '{}' leads to version {} of subject '{}', which is not there",
                    reference.name, reference.version, reference.subject
                ),
            ),
            Error::UnreadableReference { reference } => (
                Code::InvalidSchema,
                format!(
                    "The reference '{}' leads to subject '{}' of this request, whose schema can't be read",
                    reference.name, reference.subject
                ),
            ),
            Error::ReferenceRing(way) => {
                let way: Vec<_> = way.iter().map(ToString::to_string).collect();
                (Code::InvalidSchema, format!("References form a ring: {}", way.join(" → ")))
            }
            Error::ConflictingReference { reference, subject, version } => (
                Code::InvalidSchema,
                format!(
                    "The name '{}' leads to version {version} of subject '{subject}' and to version {} of subject '{}'",
                    reference.name, reference.version, reference.subject
                ),
            ),
            Error::TooManyReferences { limit } => {
                (Code::InvalidSchema, format!("The schema stands on more than {limit} others"))
            }
            Error::TooMuchReferred { limit } => (
                Code::InvalidSchema,
                format!("The schemas that this one stands on have more than {} MiB together", limit >> 20),
            ),
            Error::WrongVersion { given, next } => {
                (Code::InvalidSchema, format!("The version must be {next}, not {given}"))
            }
            Error::InvalidSubject(invalid) => (Code::InvalidSubject, sentence(&invalid.to_string())),
            Error::EmptySubject => (
                Code::InvalidSubject,
                "The subject is empty, which is not taken here (setting registry.reject_empty_subject)".to_owned(),
            ),
            Error::InvalidRules(invalid) => (Code::InvalidRuleSet, format!("Invalid ruleSet: {invalid}")),
            Error::UnknownEntity(unknown) => (Code::InvalidSchema, format!("Invalid tags: {unknown}")),
            Error::ReferenceExists { subject, version, referrer: (context, id) } => {
                // Whoever may delete here need not know of other contexts.
                let of = if context == *subject.context() { "" } else { " of another context" };
                let told =
                    format!("Schema {id}{of} refers to version {version} of subject '{subject}': delete that first");
                (Code::ReferenceExists, told)
            }
            Error::NotPermitted { subject, mode } => {
                (Code::OperationNotPermitted, format!("{} is in {} mode", named(&subject), mode.as_str()))
            }
            Error::IdOutsideImport { subject } => (
                Code::OperationNotPermitted,
                format!("{} is not in IMPORT mode: an id can't be given", named(&subject)),
            ),
            Error::IdMissing { subject, mode } => (
                Code::OperationNotPermitted,
                format!("{} is in {} mode: an id must be given", named(&subject), mode.as_str()),
            ),
            Error::IdTaken(id) => {
                (Code::OperationNotPermitted, format!("Id {id} belongs to another schema of this context already"))
            }
            Error::NotEmptyForImport(scope) => (
                Code::OperationNotPermitted,
                format!("{} has schemas: IMPORT mode needs none, or force=true", every(&scope)),
            ),
            Error::ModesAreFixed => (
                Code::OperationNotPermitted,
                "Modes can't be changed here (setting registry.mode_mutability)".to_owned(),
            ),
            Error::ModeNotHere(mode) => (Code::InvalidMode, format!("Mode {mode} can be set on ':.__GLOBAL:' only")),
            Error::ContextNotEmpty(context) => {
                (Code::ContextNotEmpty, format!("Context '{context}' has subjects: delete them for good before it"))
            }
            Error::AssociationNotFound(resource) => {
                (Code::AssociationNotFound, format!("'{resource}' has no such association"))
            }
            Error::AssociationExists { resource, kind } => {
                (Code::ResourceAssociated, format!("'{resource}' has an association for its {kind} already"))
            }
            Error::SubjectAssociated(subject) => {
                (Code::SubjectAssociated, format!("Subject '{subject}' has associations: delete those first"))
            }
            Error::SubjectOwned(subject) => {
                (Code::SubjectOwned, format!("Subject '{subject}' belongs to a topic: it has a STRONG association"))
            }
            Error::NoLiveVersion(subject) => (
                Code::NoActiveVersion,
                format!("Subject '{subject}' needs a live version as long as topics are associated with it"),
            ),
            Error::AssociationFrozen { subject, kind } => (
                Code::AssociationFrozen,
                format!("The association of subject '{subject}' for the {kind} of its topic is frozen"),
            ),
            Error::InvalidAssociation { member, reason } => {
                (Code::InvalidAssociation, format!("Invalid association, {member}: {reason}"))
            }
            Error::ReferenceToOwned(subject) => (
                Code::OperationNotPermitted,
                format!("Subject '{subject}' belongs to a topic: other schemas can't refer to it"),
            ),
            Error::NulInText => nul_in_text(),
            Error::Denied(denied) => refusal(&denied),
            Error::TokenNotFound(name) => (Code::TokenNotFound, format!("There is no token '{name}'")),
            Error::TokenExists(name) => {
                (Code::TokenExists, format!("There is a token '{name}' already: revoke it, or take another name"))
            }
            Error::InvalidToken(reason) => (Code::UnprocessableEntity, sentence(&reason)),
            Error::PolicyNotFound(name) => (Code::PolicyNotFound, format!("There is no topic policy '{name}'")),
            Error::PolicyChanged { name, version: Some(version) } => {
                (Code::PolicyChanged, format!("The topic policy '{name}' is at version {version}: look at it again"))
            }
            Error::PolicyChanged { name, version: None } => {
                (Code::PolicyChanged, format!("There is no topic policy '{name}' any more, or not yet"))
            }
            Error::InvalidPolicy(faults) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                (Code::InvalidPolicy, format!("The policy can't be used: {}", faults.join("; ")))
            }
            Error::ApplicationNotFound(name) => {
                (Code::ApplicationNotFound, format!("No application '{name}' is declared"))
            }
            Error::InvalidApplication(faults) => {
                (Code::InvalidApplication, format!("The application can't be declared so: {}", faults.join("; ")))
            }
            Error::ConsumerNotFound(name) => {
                (Code::ConsumerNotFound, format!("Application '{name}' has published nothing that it reads"))
            }
            Error::InvalidConsumer(faults) => {
                (Code::InvalidConsumer, format!("What the application reads can't be published: {}", faults.join("; ")))
            }
            Error::InvalidViolationState(faults) => {
                (Code::UnprocessableEntity, format!("This can't be said of a violation: {}", faults.join("; ")))
            }
            Error::ShuttingDown => (Code::Unavailable, "The server is shutting down".to_owned()),
            Error::Store(error) => store(error),
        };
        Self { code, message }
    }
}

/// Who showed no credentials is asked for some; who did, and may not, hears that.
fn refusal(denied: &Denied) -> (ErrorCode, String) {
    let right = denied.right.as_str();
    let on = match &denied.on {
        Object::Everything => "on everything".to_owned(),
        Object::Anything => "on anything".to_owned(),
        Object::Subject(subject) if subject.bare().is_empty() => format!("on context '{}'", subject.context()),
        Object::Subject(subject) => format!("on subject '{subject}'"),
        Object::Schema => "on a subject that has this schema".to_owned(),
        Object::Topic(topic) => format!("on a subject of topic '{topic}'"),
    };
    match &denied.who {
        None => (ErrorCode::Unauthorized, format!("Credentials are needed: this takes the right to {right} {on}")),
        Some(name) => (ErrorCode::Forbidden, format!("'{name}' does not have the right to {right} {on}")),
    }
}

fn store(error: tidegate_store::Error) -> (ErrorCode, String) {
    use tidegate_store::Error as Store;
    match error {
        Store::NotFound | Store::Conflict(_) | Store::Corrupt(_) | Store::Sealed(_) => {
            (ErrorCode::StoreError, error.to_string())
        }
        Store::NulInText => nul_in_text(),
        Store::Unavailable(_) => (ErrorCode::Unavailable, error.to_string()),
        Store::InDoubt(_) => (ErrorCode::Unavailable, format!("{error}; ask before trying again")),
    }
}

fn nul_in_text() -> (ErrorCode, String) {
    (ErrorCode::InvalidSchema, "A NUL character can't be stored".to_owned())
}

fn shown(version: VersionSpec) -> String {
    match version {
        VersionSpec::Latest => "latest".to_owned(),
        VersionSpec::Number(number) => number.to_string(),
    }
}

fn scoped(scope: &Scope) -> String {
    match scope {
        Scope::Default => "The default context".to_owned(),
        Scope::Subject(subject) => named(subject),
    }
}

/// What is meant where a scope stands for all that it holds for.
fn every(scope: &Scope) -> String {
    match scope {
        Scope::Subject(subject) if !subject.context().is_global() => named(subject),
        Scope::Default | Scope::Subject(_) => "The registry".to_owned(),
    }
}

fn named(subject: &SubjectName) -> String {
    match subject {
        subject if subject.to_string().is_empty() => "The default context".to_owned(),
        subject if subject.is_context() => format!("Context '{}'", subject.context()),
        subject => format!("Subject '{subject}'"),
    }
}

/// With a capital at its start.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_become_confluents_codes() {
        let subject = SubjectName::parse("orders-value");
        for (error, code) in [
            (Error::SubjectNotFound(subject.clone()), 40401),
            (Error::SchemaNotFound, 40403),
            (Error::EmptySchema, 42201),
            (Error::ConfigNotFound(Scope::Default), 40408),
            (Error::NotPermitted { subject, mode: tidegate_registry::Mode::ReadOnly }, 42205),
            (Error::Store(tidegate_store::Error::Corrupt("x".into())), 50001),
            (Error::Store(tidegate_store::Error::Unavailable("x".into())), 503),
            (Error::Store(tidegate_store::Error::InDoubt("x".into())), 503),
        ] {
            assert_eq!(Failure::from(error).code.code(), code);
        }
    }

    #[test]
    fn long_messages_end_early() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"ä".repeat(MAX_MESSAGE));
        assert!(long.ends_with("ä…") && long.len() <= MAX_MESSAGE + 3, "{}", long.len());
    }

    #[test]
    fn messages_name_what_they_are_about() {
        let failure = Failure::from(Error::NotPermitted {
            subject: SubjectName::parse(":.ctx:"),
            mode: tidegate_registry::Mode::Import,
        });
        assert_eq!(failure.message, "Context '.ctx' is in IMPORT mode");
    }
}
