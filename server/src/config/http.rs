//! Where and how is the HTTP API served?

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::header::HeaderLine;
use super::section::section;
use super::setting::ByteSize;

section! {
    /// The registry's HTTP API, with metrics and health on the same port.
    pub struct HttpConfig in "http" {
        /// Address and port to listen on. Loopback unless told otherwise: whoever reaches this port may change schemas.
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
        /// Larger request bodies are refused with 413.
        pub max_body: ByteSize = ByteSize(4 << 20),
        /// How long a request's body may take to arrive (408), and after that its answer (503).
        pub request_timeout: Duration = Duration::from_secs(30),
        /// How long a connection may stay silent: between requests, and until the head of one is complete.
        pub idle_timeout: Duration = Duration::from_secs(60),
        /// How many connections are served at once. More wait to be accepted.
        pub max_connections: usize = 10_000,
        /// Headers that every answer gets, errors included, each written `Name: value`, as in
        /// `["X-XSS-Protection: 1; mode=block", "Cache-Control: no-cache, no-store"]`. A variable or flag with a comma
        /// in a value needs these brackets and quotes too. Confluent's `response.http.headers.config` says `add` before
        /// each.
        pub response_headers: Vec<HeaderLine> = Vec::new(),
        /// Whether every answer gets `X-Content-Type-Options: nosniff`.
        pub nosniff: bool = false,
    }
}
