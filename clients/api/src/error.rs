//! The error body and the table of error codes: what can go wrong, and what does each number mean?

use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of every answer that isn't a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error_code: u32,
    pub message: String,
}

macro_rules! error_codes {
    ($($name:ident = $code:literal $meaning:literal),+ $(,)?) => {
        /// What went wrong, in Confluent's numbers: five digits are `status * 100 + n`, three digits are the HTTP status
        /// itself. Clients act on the number, never on the message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $meaning] $name),+
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number on the wire.
            pub fn code(self) -> u32 {
                match self { $(Self::$name => $code),+ }
            }

            /// One sentence for documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),+ }
            }
        }
    };
}

error_codes! {
    BadRequest = 400 "The body is not JSON of the expected form, or a context prefix is malformed.",
    Unauthorized = 401 "No or wrong credentials.",
    NotFound = 404 "No such path; also an id or a query value that does not parse.",
    MethodNotAllowed = 405 "The path exists, but not with this method.",
    NotAcceptable = 406 "None of the media types in Accept is spoken here.",
    RequestTimeout = 408 "The request did not arrive in time.",
    PayloadTooLarge = 413 "The body is larger than the server takes.",
    UnsupportedMediaType = 415 "The media type of the body is not spoken here.",
    UnprocessableEntity = 422 "The body is missing, or a member has an impossible value.",
    TooManyRequests = 429 "Too many wrong passwords; wait a little.",
    Forbidden = 40301 "The credentials do not allow this.",
    SubjectNotFound = 40401 "No such subject; also: no config or mode of its own to delete.",
    VersionNotFound = 40402 "The subject has no such version.",
    SchemaNotFound = 40403 "No such schema.",
    SubjectSoftDeleted = 40404 "The subject is soft-deleted already.",
    SubjectNotSoftDeleted = 40405 "The subject must be soft-deleted before it is deleted for good.",
    VersionSoftDeleted = 40406 "The version is soft-deleted already.",
    VersionNotSoftDeleted = 40407 "The version must be soft-deleted before it is deleted for good.",
    SubjectConfigNotFound = 40408 "The subject has no config of its own.",
    SubjectModeNotFound = 40409 "The subject has no mode of its own.",
    AssociationNotFound = 40410 "No such association.",
    TokenNotFound = 40491 "No such token.",
    PolicyNotFound = 40492 "No such topic policy.",
    TopicNotFound = 40493 "No such topic or partition on the cluster.",
    ClusterNotFound = 40494 "No such cluster.",
    ConsumerNotFound = 40495 "The application has published nothing that it reads.",
    ApplicationNotFound = 40496 "No such application is declared.",
    IncompatibleSchema = 40901 "The schema is not compatible with earlier versions.",
    TokenExists = 40991 "There is a token of this name already.",
    TooManyAssociations = 40902 "A batch is about more resources than the server takes at once.",
    ResourceAssociated = 40903 "The topic has an association for this already.",
    SubjectAssociated = 40904 "The subject has associations.",
    SubjectOwned = 40905 "The subject belongs to a topic: it has a STRONG association.",
    NoActiveVersion = 40907 "A subject with associations needs a live version.",
    AssociationFrozen = 40908 "The association is frozen.",
    PolicyChanged = 41291 "The topic policy is not the one that `If-Match` or `If-None-Match` expects.",
    InvalidSchema = 42201 "The schema, its type, its references or its explicit version are not valid.",
    InvalidVersion = 42202 "A version is `latest`, -1 or a positive number.",
    InvalidCompatibilityLevel = 42203 "No such compatibility level.",
    InvalidMode = 42204 "No such mode, or not here.",
    OperationNotPermitted = 42205 "The mode of the scope does not permit this, or a reference leads to a subject that a topic owns.",
    ReferenceExists = 42206 "Another schema refers to this one.",
    InvalidSubject = 42208 "The subject name is not valid.",
    SchemaTooLarge = 42209 "The schema is larger than the store takes.",
    InvalidRuleSet = 42210 "The rule set is not valid.",
    ContextNotEmpty = 42211 "The context still has subjects.",
    InvalidAssociation = 42212 "The request about an association is not valid.",
    InvalidPolicy = 42291 "The topic policy can't be used; the message tells all that is wrong.",
    RecordRefused = 42292 "The record does not obey what is asked of its topic; the message tells why.",
    InvalidConsumer = 42293 "What the application says that it reads can't be published; the message tells all that is wrong.",
    InvalidApplication = 42294 "The application can't be declared so; the message tells all that is wrong.",
    Internal = 500 "A defect of the server.",
    StoreError = 50001 "The store failed.",
    OperationTimeout = 50002 "The operation took too long.",
    Unavailable = 503 "The server can't answer now; try again.",
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub fn status(self) -> u16 {
        let code = self.code();
        let status = if code >= 10_000 { code / 100 } else { code };
        u16::try_from(status).unwrap_or(500)
    }

    /// The code with this number, if the table has it.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_carry_their_status() {
        let numbers: HashSet<u32> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(numbers.len(), ErrorCode::ALL.len());
        assert_eq!(ErrorCode::SchemaNotFound.status(), 404);
        assert_eq!(ErrorCode::UnsupportedMediaType.status(), 415);
        assert_eq!(ErrorCode::StoreError.status(), 500);
        assert_eq!(ErrorCode::from_code(40901), Some(ErrorCode::IncompatibleSchema));
        for code in ErrorCode::ALL {
            assert!((400..=599).contains(&code.status()), "{code}");
            assert!(code.meaning().ends_with('.'), "{code}");
        }
    }
}
