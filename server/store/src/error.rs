//! Why could the store not do it?

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    /// Somebody else was faster, or a constraint forbids it. Trying the whole transaction again helps against the former.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database can't be reached or is too slow.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database went silent while it was committing.
    #[error("it is not known whether the change was made: {0}")]
    InDoubt(String),
    /// What is stored makes no sense.
    #[error("the stored data is damaged: {0}")]
    Corrupt(String),
    /// It is encrypted, and the secret for it is not there.
    #[error(
        "{0} is sealed with a secret that this server does not have: set registry.metadata_secret, or name it in registry.metadata_old_secrets"
    )]
    Sealed(String),
    /// No database keeps this text. Refused before it gets there.
    #[error("the text holds a NUL character, which no database keeps")]
    NulInText,
}

/// PostgreSQL: serialization failure, deadlock.
const LOST_RACE: [&str; 2] = ["40001", "40P01"];
/// SQLite: the file is damaged, the file is no database.
const DAMAGED: [&str; 2] = ["11", "26"];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::RowNotFound => Self::NotFound,
            E::Database(error) => refused(&*error),
            E::Decode(_) | E::ColumnDecode { .. } | E::ColumnNotFound(_) | E::ColumnIndexOutOfBounds { .. } => {
                Self::Corrupt(error.to_string())
            }
            E::PoolTimedOut => Self::Unavailable("no connection became free in time".into()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(step) => {
                Self::Corrupt(format!("it was written by a newer release (migration {step} is unknown here)"))
            }
            other => Self::Corrupt(other.to_string()),
        }
    }
}

fn refused(error: &dyn DatabaseError) -> Error {
    let code = error.code().unwrap_or_default();
    let message = error.message().to_owned();
    match error.kind() {
        ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::CheckViolation => {
            Error::Conflict(message)
        }
        _ if LOST_RACE.contains(&&*code) => Error::Conflict(message),
        _ if DAMAGED.contains(&&*code) => Error::Corrupt(message),
        _ => Error::Unavailable(message),
    }
}

/// Passes text on that a database can keep.
pub(crate) fn plain(text: &str) -> Result<&str, Error> {
    if text.contains('\0') { Err(Error::NulInText) } else { Ok(text) }
}
