//! How does the port speak TLS? With a certificate from files, and with the next one as soon as it lies there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use opentelemetry::global;
use opentelemetry::metrics::Counter;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::HttpConfig;
use crate::metrics::{TLS_HANDSHAKE_FAILURES, TLS_RELOAD_FAILURES};
use crate::tls::{self, Files, Followed, TlsError};

/// The longest that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The server's side of TLS.
pub struct Tls {
    current: Arc<ArcSwap<ServerConfig>>,
    patience: Duration,
    handshake_failures: Counter<u64>,
}

impl Tls {
    /// What the configuration asks for; `None` when that is plain HTTP. Follows its files until `stop` is cancelled.
    pub fn of(config: &HttpConfig, stop: &CancellationToken) -> Result<Option<Arc<Self>>, TlsError> {
        let Some((certificate, key)) = config.tls_certificate.clone().zip(config.tls_key.clone()) else {
            return Ok(None);
        };
        let files = Files {
            identity: Some((certificate.into(), key.into())),
            authority: config.tls_client_ca.clone().map(Into::into),
        };
        let followed = Followed::new(files, |files| {
            let mut config = tls::server(files)?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(config)
        })?;
        let current = Arc::clone(&followed.current);
        tokio::spawn(followed.follow(TLS_RELOAD_FAILURES, stop.clone()));
        let meter = global::meter("tidegate");
        let counter = meter.u64_counter(TLS_HANDSHAKE_FAILURES.0).with_description(TLS_HANDSHAKE_FAILURES.2).build();
        Ok(Some(Arc::new(Self { current, patience: HANDSHAKE.min(config.idle_timeout), handshake_failures: counter })))
    }

    /// Agrees on keys with a caller.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let agreeing = TlsAcceptor::from(self.current.load_full()).accept(stream);
        let agreed = timeout(self.patience, agreeing).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        agreed.inspect_err(|_| self.handshake_failures.add(1, &[]))
    }
}
