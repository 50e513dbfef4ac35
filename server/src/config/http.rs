//! Where and how is the HTTP API served?

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::section::section;
use super::setting::ByteSize;

section! {
    /// The registry's HTTP API, with metrics and health on the same port.
    pub struct HttpConfig in "http" {
        /// Address and port to listen on. Loopback unless told otherwise: whoever reaches this port may change schemas.
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
        /// Larger request bodies are refused with 413.
        pub max_body: ByteSize = ByteSize(4 << 20),
        /// How long a request may take to arrive and be answered.
        pub request_timeout: Duration = Duration::from_secs(30),
    }
}
