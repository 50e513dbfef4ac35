//! What ends a session early, and on which side of the proxy did it happen?

use std::fmt;
use std::io;

use crate::nodes::BrokerPortError;

/// The most partitions that one request may name. Far above what clients send, far below what hurts.
pub(crate) const MAX_PARTITIONS: usize = 65_536;

/// Bytes that are not what the protocol says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("it ends too early")]
    CutShort,
    #[error("a length or count is negative or larger than what follows")]
    Length,
    #[error("a variable-length number is longer than its type")]
    Varint,
    #[error("a text is not UTF-8")]
    Text,
    #[error("it names more than {MAX_PARTITIONS} partitions")]
    TooMany,
    #[error("bytes are left over at its end")]
    LeftOver,
}

/// The two ends of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Broker,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Broker => "broker",
        })
    }
}

/// Why a session ended other than by the client going away between two requests.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("{side}: {source}")]
    Io { side: Side, source: io::Error },
    #[error("{0}: closed the connection")]
    Closed(Side),
    #[error("{0}: stopped in the middle of a message")]
    Stalled(Side),
    #[error("{0}: has not taken what it was sent for too long")]
    Unread(Side),
    #[error("{0}: has been silent for too long")]
    Idle(Side),
    #[error("{side}: TLS can't be agreed on: {source}")]
    Handshake { side: Side, source: io::Error },
    #[error("client: no header of the PROXY protocol, which this port expects: {0}")]
    ProxyHeader(&'static str),
    #[error("client: speaks TLS, but this port is plaintext (set security.protocol=PLAINTEXT or SASL_PLAINTEXT)")]
    Tls,
    #[error("{side}: a message of {length} bytes; at most {max} are taken")]
    FrameLength { side: Side, length: i64, max: usize },
    #[error("client: asks for API {key} version {version}, which this proxy does not advertise")]
    Unsupported { key: i16, version: i16 },
    #[error("{side}: {what} can't be read: {source}")]
    Malformed { side: Side, what: &'static str, source: Malformed },
    #[error(
        "client: SASL mechanism {0} without SaslAuthenticate is not supported; use a client that speaks Kafka 1.0 or later"
    )]
    Mechanism(String),
    #[error("broker: {address} can't be reached: {source}")]
    Unreachable { address: String, source: io::Error },
    #[error("broker: answered request {found} where {expected} was due")]
    Correlation { expected: i32, found: i32 },
    #[error("proxy: {0}")]
    BrokerPort(#[from] BrokerPortError),
}

impl SessionError {
    pub(crate) fn malformed(side: Side, what: &'static str) -> impl Fn(Malformed) -> Self {
        move |source| Self::Malformed { side, what, source }
    }
}
