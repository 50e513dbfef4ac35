//! Where and how is the HTTP API served?

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::header::HeaderLine;
use super::section::section;
use super::setting::{ByteSize, Problems};

section! {
    /// The registry's HTTP API, with metrics and health on the same port.
    pub struct HttpConfig in "http" {
        /// Address and port to listen on. One that others can reach needs somebody to be named who may use it: a token, a
        /// user, or everybody (section `auth`).
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
        /// The certificate to serve HTTPS with: a PEM file, the server's own certificate first, then those between it and
        /// the authority. With `tls_key`. Without them, plain HTTP is served.
        pub tls_certificate: Option<String> = None,
        /// The private key of the certificate, a PEM file. Both files are looked at every ten seconds and on SIGHUP; new
        /// connections get what is there then.
        pub tls_key: Option<String> = None,
        /// Let only callers connect who show a certificate of these authorities, a PEM file. It comes on top of users and
        /// tokens, and replaces neither.
        pub tls_client_ca: Option<String> = None,
        /// Larger request bodies are refused with 413.
        pub max_body: ByteSize = ByteSize(4 << 20),
        /// How long a request's body may take to arrive (408), and after that its answer (503).
        pub request_timeout: Duration = Duration::from_secs(30),
        /// How long a connection may stay silent: between requests, until the head of one is complete, and while an answer is
        /// left unread. It may be a quarter of that longer.
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

impl HttpConfig {
    /// Complains about half a TLS.
    pub fn check(&self, problems: &mut Problems) {
        match (&self.tls_certificate, &self.tls_key, &self.tls_client_ca) {
            (Some(_), None, _) => problems.add("http.tls_certificate needs http.tls_key beside it"),
            (None, Some(_), _) => problems.add("http.tls_key needs http.tls_certificate beside it"),
            (None, None, Some(_)) => {
                problems.add("http.tls_client_ca needs http.tls_certificate and http.tls_key beside it");
            }
            _ => {}
        }
    }
}
