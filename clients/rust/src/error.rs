//! Why was there no answer, or not the one that was hoped for?

/// What can go wrong between a program and a registry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The registry answered, and said no. Act on the code, never on the message.
    #[error("{message} (code {code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The registry's error code, such as 40401; the status where the answer has none.
        code: u32,
        /// What the registry says of it.
        message: String,
    },
    /// Nobody answered, or not in time.
    #[error("{url} can't be reached: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// The innermost cause.
        reason: String,
    },
    /// An answer that is not what this API gives: perhaps something else listens there.
    #[error("the answer of {url} is not one of a schema registry: {reason}")]
    Unintelligible {
        /// What was asked.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The client can't be built: the URL, a header or an authority is not usable.
    #[error("no client can be made for {url}: {reason}")]
    Unusable {
        /// The URL of the registry.
        url: String,
        /// Why not.
        reason: String,
    },
}

impl ClientError {
    /// The registry's code, if it answered.
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the question reached no registry that would answer it: the network, the registry itself, or the credentials.
    /// Then nothing was judged.
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 401 | 403 | 407 | 408 | 429) || *status >= 500,
            _ => true,
        }
    }

    /// The innermost cause is what helps; reqwest's own sentence only repeats the URL.
    pub(crate) fn innermost(error: &reqwest::Error) -> String {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
    }
}
